//! A payment, refund or dispute as administrators see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{money::Money, time::AnsweredTime},
    telemetry::Metrics,
};
use uuid::Uuid;

/// What Stripe has told of a payment, a refund or a dispute, and what became of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ParkedPayment {
    id: Uuid,
    #[schemars(extend("enum" = ["payment", "refund", "dispute"]))]
    kind: String,
    /// By which Stripe's dashboard finds it.
    stripe_id: String,
    /// The payment that it is about.
    payment_intent: Option<String>,
    #[schemars(extend("enum" = ["parked", "waiting", "recorded", "undone", "returned"]))]
    state: String,
    /// Why it was parked: `user_unknown`, `currency_unknown` and others, which the operators' guide explains.
    reason: Option<String>,
    /// Whom the checkout named, which may be nobody.
    reference: Option<String>,
    /// In the smallest unit of the currency, with the tax.
    #[schemars(extend("pattern" = "^[0-9]+$"))]
    amount_minor: String,
    #[schemars(extend("pattern" = "^[0-9]+$"))]
    tax_minor: String,
    currency: String,
    /// The account whose ledger has it.
    user_id: Option<String>,
    /// What it gave that account, or what was taken back of it.
    credits: Money,
    /// When Stripe made the last event that changed this.
    happened_at: AnsweredTime,
    created_at: AnsweredTime,
    resolved_at: Option<AnsweredTime>,
}

/// The dimension of the metric.
const FUNCTION: (&str, &str) = ("function", "payments");

/// Writes how many payments are parked: what the alarm reads.
pub fn count(metrics: &Metrics, parked: u64) {
    metrics.count("parked_payments", &[FUNCTION], parked);
}
