//! What users of `sync-user` see, against PostgreSQL through PgBouncer.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that panics has failed, and what it prints is shown then"
)]

mod addresses;
mod bad_bodies;
mod close_account;
mod events;
mod faults;
mod forged_tokens;
mod get_me;
mod jwks_answers;
mod logins;
mod pooler;
mod queue;
mod repeats;
mod round_trips;
mod seats;
mod settings;
mod signatures;
mod subjects;
mod sync_me;
mod sync_user;
mod tokens;
mod update_me;
mod wrong_tokens;
