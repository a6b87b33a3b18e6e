//! `upkeep`: what has to happen without a request, once a day.
//!
//! Every part may be done twice and by two runs at once, and one that fails does not keep the others: the run
//! fails at its end, and Lambda repeats it.

mod check_invariants;
mod forget_ended;
mod forget_logins;
mod make_partitions;
mod pieces;
mod seat_waiting;

use serde::Serialize;
use serde_json::Value;
use shared::{Error, Result, scheduled::Run};

pub const NAME: &str = "upkeep";

/// What a run did.
#[derive(Debug, Serialize)]
struct Report {
    partitions_made: Vec<String>,
    logins_forgotten: u64,
    /// Deployments, invites, and hours of namespaces.
    ended_forgotten: u64,
    users_seated: u64,
    violations: u64,
}

/// Does the day's work.
pub async fn run(job: &Run) -> Result<Value> {
    let db = &job.app.db;
    let partitions_made = make_partitions::make_partitions(db).await;
    let logins_forgotten = forget_logins::forget_logins(db).await;
    let ended_forgotten = forget_ended::forget_ended(db).await;
    let users_seated = seat_waiting::seat_waiting(db).await;
    let violations = check_invariants::check_invariants(job).await;
    for failed in [
        partitions_made.as_ref().err(),
        logins_forgotten.as_ref().err(),
        ended_forgotten.as_ref().err(),
        users_seated.as_ref().err(),
        violations.as_ref().err(),
    ]
    .into_iter()
    .flatten()
    {
        tracing::warn!(function = NAME, code = failed.code(), reason = failed.reason(), "a part failed");
    }
    let report = Report {
        partitions_made: partitions_made?,
        logins_forgotten: logins_forgotten?,
        ended_forgotten: ended_forgotten?,
        users_seated: users_seated?,
        violations: violations?,
    };
    serde_json::to_value(report).map_err(|error| Error::Bug(format!("the report: {error}")))
}
