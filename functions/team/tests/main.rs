//! What users of `team` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod accept_invite;
mod at_once;
mod create_invite;
mod fixtures;
mod history;
mod invite_limits;
mod list_invites;
mod list_members;
mod old_links;
mod refused_acceptances;
mod remove_member;
mod repeats;
mod round_trips;
mod seats;
mod token_secrecy;
mod withdraw_invite;
