//! An event as Stripe sends it, of which only those members are read that decide what becomes of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, value::RawValue};

use crate::stripe_id::{Currency, MinorUnits, StripeId};

/// An event of Stripe's. It has many more members, and so has what it is about: the shapes are Stripe's, and only the
/// members named here are looked at.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = true))]
pub struct StripeEvent {
    pub id: StripeId,
    /// Events of other types than those that the operators' guide names are answered with `ignored`.
    pub r#type: String,
    /// Whether it is about real money.
    pub livemode: bool,
    /// When it happened.
    pub created: Seconds,
    pub data: EventData,
}

/// Seconds since 1970, up to the year 9999.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "Number")]
#[schemars(with = "i64", extend("minimum" = 0, "maximum" = MOST_SECONDS))]
pub struct Seconds(pub i64);

const MOST_SECONDS: i64 = 253_402_300_799;

impl TryFrom<Number> for Seconds {
    type Error = &'static str;

    fn try_from(number: Number) -> Result<Self, &'static str> {
        // To JSON Schema, 12.0 is a whole number too.
        let text = number.to_string();
        let seconds = text.strip_suffix(".0").unwrap_or(&text).parse().ok();
        seconds
            .filter(|seconds| (0..=MOST_SECONDS).contains(seconds))
            .map(Self)
            .ok_or("must be a time in seconds since 1970")
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct EventData {
    /// What the event is about, as it was then: a checkout session, a refund or a dispute.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub object: Box<RawValue>,
}

/// A checkout session. What its metadata says is not looked at: whoever makes the session writes it.
#[derive(Debug, Deserialize)]
pub struct CheckoutSession {
    pub id: StripeId,
    pub payment_status: String,
    pub payment_intent: Option<StripeId>,
    /// Null where nothing is to be paid.
    pub amount_total: Option<MinorUnits>,
    pub total_details: Option<TotalDetails>,
    pub currency: Option<Currency>,
    pub client_reference_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct TotalDetails {
    pub amount_tax: MinorUnits,
}

/// A refund, or a dispute: both are about a part of one payment.
#[derive(Debug, Deserialize)]
pub struct Returned {
    pub id: StripeId,
    pub amount: MinorUnits,
    pub currency: Currency,
    /// Null for charges of Stripe's older kind, which no checkout makes.
    pub payment_intent: Option<StripeId>,
    pub status: String,
}
