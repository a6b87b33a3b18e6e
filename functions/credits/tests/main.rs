//! What users of `credits` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod adjust_credits;
mod fixtures;
mod get_credits;
mod idempotency;
mod list_transactions;
mod openings;
mod record_purchase;
mod round_trips;
