//! What becomes of accounts on clusters, against a stand-in for Hopsworks over TLS.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod accounts;
mod changes;
mod client;
mod clusters;
mod faults;
mod fixtures;
mod identity;
mod leases;
mod limits;
mod names;
mod project_leases;
mod project_lists;
mod projects;
mod secrecy;
mod site;
mod statuses;
mod sweeps;
mod wishes;
