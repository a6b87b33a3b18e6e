//! `POST /api/credits/purchases`: records credits that an account has paid for.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::CreditsWriter,
    domain::{money::Amount, user::UserId},
    error::Kind,
    http::{
        body::Json,
        idempotency::{IdempotencyKey, Written},
        routes::{Access, Operation},
    },
};

use crate::{entry::Entry, note::Text};

/// What an account owner has paid.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// The account owner.
    user_id: UserId,
    /// More than zero.
    #[schemars(extend("pattern" = "^[0-9]"))]
    amount: Amount,
    /// The payment's own, to look it up by later.
    reference: Option<Text>,
}

pub fn operation() -> Operation {
    Operation::post("/api/credits/purchases", "record_purchase", Access::MachineOrAdmin("credits:write"))
        .summary("Records credits that an account owner has paid for")
        .idempotent()
        .body::<Purchase>()
        .responds::<Entry>(201)
        .errors(Kind::NotFound, &["user_unknown"])
        .errors(Kind::Conflict, &["idempotency_key_reused", "user_deleted", "user_is_member"])
}

pub async fn record_purchase(
    caller: CreditsWriter,
    key: IdempotencyKey,
    State(app): State<App>,
    Json(purchase): Json<Purchase>,
) -> Result<Written<Entry>> {
    if purchase.amount.is_negative() {
        return Err(Error::invalid("invalid_body", "amount", "must be more than zero"));
    }
    app.db.call("record_purchase", &caller.with(key.bind("record_purchase", purchase)?)).await
}
