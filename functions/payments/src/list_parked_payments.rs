//! `GET /api/admin/parked-payments`: payments that a person must decide about.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::line::Line,
    http::{
        body::Json,
        page::{After, Limit, Page, PageFromSql, PageQuery, Window},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::parked_payment::ParkedPayment;

/// Which of them: those that every filter lets through.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ParkedPaymentsQuery {
    /// Without it, those that are parked.
    state: Option<PaymentState>,
    /// A payment, or what was taken back of one.
    kind: Option<PaymentKind>,
    /// Such as `user_unknown`.
    reason: Option<Line<100>>,
    #[serde(skip_serializing)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// `waiting`: refunds and disputes of payments that have not been credited.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    Parked,
    Waiting,
    Recorded,
    Undone,
    Returned,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    Payment,
    Refund,
    Dispute,
}

#[derive(Serialize)]
struct Input<'a> {
    #[serde(flatten)]
    filters: &'a ParkedPaymentsQuery,
    #[serde(flatten)]
    window: Window<After<Uuid>>,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/parked-payments", "list_parked_payments", Access::Admin)
        .summary("Payments that a person must decide about, newest first")
        .query::<ParkedPaymentsQuery>()
        .responds::<Page<ParkedPayment>>(200)
}

pub async fn list_parked_payments(
    caller: Admin,
    State(app): State<App>,
    Query(mut query): Query<ParkedPaymentsQuery>,
) -> Result<Json<Page<ParkedPayment>>> {
    let window = PageQuery::new(query.limit.take(), query.cursor.take()).among::<Uuid>()?;
    let input = Input { filters: &query, window };
    let found: PageFromSql<_> = app.db.call("list_parked_payments", &caller.with(input)).await?;
    Ok(Json(found.into()))
}
