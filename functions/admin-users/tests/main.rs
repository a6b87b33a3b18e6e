//! What administrators see of `admin-users`, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod at_once;
mod erase_user;
mod etags;
mod filters;
mod fixtures;
mod get_user;
mod ids_in_paths;
mod last_admin;
mod list_audit_log;
mod list_events;
mod list_users;
mod list_violations;
mod plans;
mod reasons;
mod reopen_user;
mod round_trips;
mod service_key;
mod status;
mod update_user;
