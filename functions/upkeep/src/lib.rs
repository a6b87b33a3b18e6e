//! `upkeep`: what has to happen without a request, once a day.
//!
//! Every part may be done twice and by two runs at once, and one that fails does not keep the others: the run
//! fails at its end, and Lambda repeats it.

mod check_invariants;
mod count_parked;
mod erase_deleted;
mod forget_ended;
mod forget_events;
mod forget_logins;
mod make_partitions;
mod pieces;
mod review_accounts;
mod seat_waiting;
mod settle_due_credits;
mod tell_of_expired;

use serde::Serialize;
use serde_json::Value;
use shared::{Error, Result, scheduled::Run};

use crate::review_accounts::Reviewed;

pub const NAME: &str = "upkeep";

/// What a run did.
#[derive(Debug, Serialize)]
struct Report {
    partitions_made: Vec<String>,
    logins_forgotten: u64,
    /// Deployments, invites, and hours of namespaces.
    ended_forgotten: u64,
    /// Deleted users whose person was erased.
    users_erased: u64,
    /// Those that the bus has had for a week.
    events_forgotten: u64,
    invites_expired: u64,
    users_seated: u64,
    /// Accounts whose grace period or month is over.
    credits_settled: u64,
    #[serde(flatten)]
    accounts_reviewed: Reviewed,
    payments_parked: u64,
    violations: u64,
}

/// Does the day's work.
pub async fn run(job: &Run) -> Result<Value> {
    let db = &job.app.db;
    let partitions_made = part(make_partitions::make_partitions(db)).await;
    let logins_forgotten = part(forget_logins::forget_logins(db)).await;
    // Before they are forgotten.
    let invites_expired = part(tell_of_expired::tell_of_expired(db)).await;
    let ended_forgotten = part(forget_ended::forget_ended(db)).await;
    let users_erased = part(erase_deleted::erase_deleted(db)).await;
    let events_forgotten = part(forget_events::forget_events(db)).await;
    let users_seated = part(seat_waiting::seat_waiting(db)).await;
    let accounts_reviewed = part(review_accounts::review_accounts(db)).await;
    let credits_settled = part(settle_due_credits::settle_due_credits(db)).await;
    let payments_parked = part(count_parked::count_parked(job)).await;
    let violations = part(check_invariants::check_invariants(job)).await;
    let report = Report {
        partitions_made: partitions_made?,
        logins_forgotten: logins_forgotten?,
        ended_forgotten: ended_forgotten?,
        users_erased: users_erased?,
        events_forgotten: events_forgotten?,
        invites_expired: invites_expired?,
        users_seated: users_seated?,
        credits_settled: credits_settled?,
        accounts_reviewed: accounts_reviewed?,
        payments_parked: payments_parked?,
        violations: violations?,
    };
    serde_json::to_value(report).map_err(|error| Error::Bug(format!("the report: {error}")))
}

/// Says at once what has failed; the others go on.
async fn part<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let done = work.await;
    if let Err(failed) = &done {
        tracing::warn!(function = NAME, code = failed.code(), reason = failed.reason(), "a part failed");
    }
    done
}
