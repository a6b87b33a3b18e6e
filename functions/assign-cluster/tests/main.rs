//! What users of `assign-cluster` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod assign_user;
mod collection;
mod deployment_limits;
mod deployments;
mod fixtures;
mod hopsworks_accounts;
mod hopsworks_clusters;
mod inactive_clusters;
mod keys;
mod manual_edits;
mod round_trips;
mod unassign_user;
