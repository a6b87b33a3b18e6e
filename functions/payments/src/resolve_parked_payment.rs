//! `POST /api/admin/parked-payments/{id}/resolve`: credits a parked payment by hand, or says that it is dealt with.

use axum::{Extension, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::Admin,
    domain::{line::Line, money::Amount, user::UserId},
    error::Kind,
    http::{
        body::Json,
        params::Id,
        routes::{Access, Operation},
    },
    telemetry::Metrics,
};
use uuid::Uuid;

use crate::parked_payment::{self, ParkedPayment};

/// Either whose the payment is, or that nothing is to be credited.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// The account that it is credited to.
    user_id: Option<UserId>,
    /// How much. Without it, the payment less its tax, if it was in dollars.
    #[schemars(extend("pattern" = "^[0-9]"))]
    credits: Option<Amount>,
    /// True: the money was given back, or what had to be done has been done.
    returned: Option<bool>,
    /// For the ledger and the audit log.
    reason: Line<500>,
}

#[derive(Serialize)]
struct Input {
    id: Uuid,
    #[serde(flatten)]
    resolution: Resolution,
}

/// As SQL says it, with how many payments are parked now.
#[derive(Debug, Deserialize)]
struct Resolved {
    payment: ParkedPayment,
    parked: u64,
}

pub fn operation() -> Operation {
    Operation::post("/api/admin/parked-payments/{id}/resolve", "resolve_parked_payment", Access::Admin)
        .summary("Credits a parked payment to an account, or says that it is dealt with")
        .body::<Resolution>()
        .responds::<ParkedPayment>(200)
        .errors(Kind::NotFound, &["payment_unknown", "user_unknown"])
        .errors(
            Kind::Conflict,
            &[
                "credits_missing",
                "payment_already_recorded",
                "payment_not_parked",
                "refund_not_creditable",
                "user_deleted",
                "user_is_member",
            ],
        )
}

pub async fn resolve_parked_payment(
    caller: Admin,
    State(app): State<App>,
    Extension(metrics): Extension<Metrics>,
    Id(id): Id<Uuid>,
    Json(resolution): Json<Resolution>,
) -> Result<Json<ParkedPayment>> {
    let is_returned = resolution.returned == Some(true);
    if is_returned == resolution.user_id.is_some() {
        return Err(Error::invalid("invalid_body", "user_id", "must be there, unless `returned` is true"));
    }
    if resolution.credits.is_some_and(|credits| is_returned || credits.is_negative()) {
        return Err(Error::invalid("invalid_body", "credits", "must be more than zero, and go to a `user_id`"));
    }
    let call = caller.with(Input { id, resolution });
    let Resolved { payment, parked } = app.db.call("resolve_parked_payment", &call).await?;
    parked_payment::count(&metrics, parked);
    Ok(Json(payment))
}
