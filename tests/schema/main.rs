//! Asks the schema itself whether it keeps the rules of the house.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod access;
mod functions;
mod ledger;
mod refusals;
mod rules;
mod supabase;

use testkit::World;

/// The rows of a query that lists offenders.
async fn offenders(sql: &str) -> Vec<String> {
    World::new().await.all(sql).await
}
