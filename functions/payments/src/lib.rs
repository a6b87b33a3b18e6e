//! `payments`: what a payment processor reports becomes credits, or waits for a person.

mod delivery;
mod event;
mod list_parked_payments;
mod movement;
mod parked_payment;
mod record_stripe_event;
mod resolve_parked_payment;
mod stripe_id;

use shared::app::Routes;

pub const NAME: &str = "payments";

pub fn routes() -> Routes {
    Routes::new()
        .add(record_stripe_event::operation(), record_stripe_event::record_stripe_event)
        .add(list_parked_payments::operation(), list_parked_payments::list_parked_payments)
        .add(resolve_parked_payment::operation(), resolve_parked_payment::resolve_parked_payment)
}
