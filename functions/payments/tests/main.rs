//! What Stripe and administrators see of `payments`, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod disputes;
mod fixtures;
mod list_parked_payments;
mod parked;
mod record_stripe_event;
mod refunds;
mod resolve_parked_payment;
mod round_trips;
mod same_payment_twice;
mod signatures;
