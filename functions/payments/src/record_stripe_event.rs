//! `POST /api/payments/stripe`: Stripe tells that money has come, or was taken back.

use axum::{Extension, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Call,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
    telemetry::Metrics,
};

use crate::{delivery::Delivery, event::StripeEvent, movement::Movement, parked_payment};

/// What became of an event.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    outcome: EventOutcome,
}

/// `recorded`: it is done, in the ledger where it moves credits. `known`: another event had said so before. `waiting`: a
/// refund or dispute of a payment that has not been credited. `parked`: a person will decide. `ignored`: it moves no
/// credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventOutcome {
    Recorded,
    Known,
    Waiting,
    Parked,
    Ignored,
}

/// The same as SQL says it, with how many payments are parked now.
#[derive(Debug, Deserialize)]
struct Recorded {
    outcome: EventOutcome,
    parked: u64,
}

pub fn operation() -> Operation {
    Operation::post("/api/payments/stripe", "record_stripe_event", Access::Stripe)
        .summary("Takes an event of Stripe's: a payment becomes credits, a refund or a lost dispute takes them back")
        .body::<StripeEvent>()
        .responds::<Receipt>(200)
}

pub async fn record_stripe_event(
    State(app): State<App>,
    Extension(metrics): Extension<Metrics>,
    Delivery { event, request_id }: Delivery,
) -> Result<Json<Receipt>> {
    let Some(movement) = Movement::of(&event)? else {
        return Ok(Json(Receipt { outcome: EventOutcome::Ignored }));
    };
    let call = Call::by_processor("stripe", &request_id, movement);
    let Recorded { outcome, parked } = app.db.call("record_stripe_event", &call).await?;
    // Types and ids alone: what else the event holds is other people's.
    tracing::info!(event = event.id.as_str(), r#type = event.r#type, ?outcome, "a payment processor's event");
    parked_payment::count(&metrics, parked);
    Ok(Json(Receipt { outcome }))
}
