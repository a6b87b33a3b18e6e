//! `POST /api/credits/adjustments`: an administrator corrects an account's credits, or returns a purchase.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::Admin,
    domain::{money::Amount, user::UserId},
    error::Kind,
    http::{
        body::Json,
        idempotency::{IdempotencyKey, Written},
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{entry::Entry, note::Text};

/// A correction, or, with `refund_of`, a purchase that is returned in part or whole.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// The account owner.
    user_id: UserId,
    /// Added, or, if negative, taken. A refund takes.
    amount: Amount,
    reason: Text,
    /// The purchase (`id` of its entry) that is returned; all refunds of it together never exceed it.
    refund_of: Option<Uuid>,
}

pub fn operation() -> Operation {
    Operation::post("/api/credits/adjustments", "adjust_credits", Access::Admin)
        .summary("Corrects an account's credits, or returns a purchase in part or whole")
        .idempotent()
        .body::<Adjustment>()
        .responds::<Entry>(201)
        .errors(Kind::NotFound, &["purchase_unknown", "user_unknown"])
        .errors(Kind::Conflict, &["idempotency_key_reused", "refund_exceeds_purchase"])
}

pub async fn adjust_credits(
    caller: Admin,
    key: IdempotencyKey,
    State(app): State<App>,
    Json(adjustment): Json<Adjustment>,
) -> Result<Written<Entry>> {
    if adjustment.refund_of.is_some() && !adjustment.amount.is_negative() {
        return Err(Error::invalid("invalid_body", "amount", "must be negative: a refund takes credits back"));
    }
    app.db.call("adjust_credits", &caller.with(key.bind("adjust_credits", adjustment)?)).await
}
