//! What users of `usage` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod agents;
mod at_once;
mod coverage;
mod deletions;
mod fixtures;
mod get_usage;
mod projects;
mod rates;
mod record_usage;
mod rejections;
mod round_trips;
mod rounding;
mod sources;
mod taken_over;
mod teams;
mod unattributed;
mod usage_groups;
mod windows;
