//! What an event says has happened to money, as SQL decides about it.

use chrono::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;
use shared::{
    Error, Result,
    domain::{line::is_line, money::Money, time::Time, user::MAX_SUBJECT_CHARS},
    http::{
        body,
        idempotency::{IdempotencyKey, Keyed},
    },
};

use crate::{
    event::{CheckoutSession, Returned, StripeEvent},
    stripe_id::{Currency, MinorUnits, StripeId},
};

/// Money that has come, or was taken back.
#[derive(Debug, Serialize)]
pub struct Movement {
    kind: Kind,
    /// Of the payment, the refund or the dispute.
    stripe_id: StripeId,
    payment_intent: Option<StripeId>,
    amount_minor: MinorUnits,
    tax_minor: MinorUnits,
    currency: Currency,
    /// What the checkout was started with.
    reference: Option<String>,
    /// The digest that the ledger keeps with the entry of a payment.
    body_sha256: Option<String>,
    /// A refund or dispute is over, and the money stays ours.
    undone: Option<Undone>,
    happened_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Payment,
    Refund,
    Dispute,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Undone {
    Failed,
    Won,
}

impl Movement {
    /// None if the event is of another type, or says that nothing has moved yet.
    pub fn of(event: &StripeEvent) -> Result<Option<Self>> {
        let object = event.data.object.get().as_bytes();
        match &*event.r#type {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
                Self::of_checkout(event, body::parse_frame(object)?)
            }
            "refund.created" | "refund.updated" | "refund.failed" => {
                let refund: Returned = body::parse_frame(object)?;
                let undone = match &*refund.status {
                    "succeeded" => None,
                    "failed" | "canceled" => Some(Undone::Failed),
                    _ => return Ok(None),
                };
                Self::of_returned(event, Kind::Refund, refund, undone)
            }
            "charge.dispute.funds_withdrawn" => {
                Self::of_returned(event, Kind::Dispute, body::parse_frame(object)?, None)
            }
            "charge.dispute.funds_reinstated" => {
                Self::of_returned(event, Kind::Dispute, body::parse_frame(object)?, Some(Undone::Won))
            }
            "charge.dispute.closed" => {
                let dispute: Returned = body::parse_frame(object)?;
                let undone = match &*dispute.status {
                    "lost" => None,
                    "won" => Some(Undone::Won),
                    // An inquiry: nothing was withdrawn.
                    _ => return Ok(None),
                };
                Self::of_returned(event, Kind::Dispute, dispute, undone)
            }
            _ => Ok(None),
        }
    }

    fn of_checkout(event: &StripeEvent, session: CheckoutSession) -> Result<Option<Self>> {
        let amount_minor = session.amount_total.unwrap_or_default();
        // `unpaid`: it is paid later, by a debit for example, and then there is another event.
        if session.payment_status != "paid" || amount_minor.is_zero() {
            return Ok(None);
        }
        let no_currency = || Error::invalid("invalid_body", "currency", "is missing beside an amount");
        let tax_minor = session.total_details.map(|details| details.amount_tax).unwrap_or_default();
        // What cannot be anybody's id is not kept.
        let reference = session.client_reference_id.filter(|reference| is_line(reference, MAX_SUBJECT_CHARS));
        let stripe_id = session.payment_intent.clone().unwrap_or(session.id);
        let body_sha256 =
            Purchase::of(&stripe_id, reference.as_deref(), amount_minor, tax_minor)?.body_sha256().to_owned();
        Ok(Some(Self {
            kind: Kind::Payment,
            stripe_id,
            payment_intent: session.payment_intent,
            amount_minor,
            tax_minor,
            currency: session.currency.ok_or_else(no_currency)?,
            reference,
            body_sha256: Some(body_sha256),
            undone: None,
            happened_at: happened_at(event)?,
        }))
    }

    fn of_returned(
        event: &StripeEvent,
        kind: Kind,
        returned: Returned,
        undone: Option<Undone>,
    ) -> Result<Option<Self>> {
        if returned.payment_intent.is_none() || returned.amount.is_zero() {
            return Ok(None);
        }
        Ok(Some(Self {
            kind,
            stripe_id: returned.id,
            payment_intent: returned.payment_intent,
            amount_minor: returned.amount,
            tax_minor: MinorUnits::default(),
            currency: returned.currency,
            reference: None,
            body_sha256: None,
            undone,
            happened_at: happened_at(event)?,
        }))
    }
}

/// A payment as `POST /api/credits/purchases` would be told of it. Its entry gets the digest of that body: so whoever
/// reports the same payment there too, under the same key, is answered with the entry.
#[derive(Debug, Serialize)]
struct Purchase<'a> {
    user_id: Option<&'a str>,
    amount: Money,
    reference: &'a StripeId,
}

impl<'a> Purchase<'a> {
    fn of(
        payment: &'a StripeId,
        reference: Option<&'a str>,
        amount_minor: MinorUnits,
        tax_minor: MinorUnits,
    ) -> Result<Keyed<Self>> {
        let cents = Decimal::from(amount_minor.get().saturating_sub(tax_minor.get()));
        let purchase = Self { user_id: reference, amount: Money(cents * CENT), reference: payment };
        IdempotencyKey::of(format!("stripe:{}", payment.as_str())).bind("record_purchase", purchase)
    }
}

/// A dollar has a hundred. In currencies that have another number, nothing is credited by itself.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

fn happened_at(event: &StripeEvent) -> Result<Time> {
    let time = DateTime::from_timestamp(event.created.0, 0);
    Ok(time.ok_or_else(|| Error::Bug("seconds up to the year 9999 that are no time".to_owned()))?.into())
}
