//! What users of `credits` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod adjust_credits;
mod default_policy;
mod fixtures;
mod get_credits;
mod get_policy;
mod get_statement;
mod idempotency;
mod list_transactions;
mod openings;
mod overdue;
mod projects;
mod record_purchase;
mod round_trips;
mod set_policy;
mod statement_lines;
mod statements;
mod states;
