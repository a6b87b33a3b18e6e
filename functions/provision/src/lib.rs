//! `provision`: makes the accounts on Hopsworks clusters what they should be.
//!
//! It is started every minute and works for a little longer, so that two runs overlap and somebody is always there. What
//! should be stands in `app.hopsworks_accounts`, and triggers keep that. A run leases accounts that are due, works on each
//! outside of any transaction, and writes what became of it. It may be killed at any point: the lease ends, and whoever
//! takes the account next reads before it writes.
//!
//! Of clusters whose usage is collected it also keeps who owns which project, in `app.hopsworks_projects`.

pub mod account;
pub mod hopsworks;
mod leases;
mod outcomes;
mod projects;
mod shift;
mod sweep;

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use shared::{Error, Result, auth::caller::Call, scheduled::Run};

use crate::shift::Shift;

pub const NAME: &str = "provision";

/// Longer than the minute between two starts.
const WORK_FOR: Duration = Duration::from_secs(75);

/// How the accounts are.
#[derive(Deserialize)]
struct Counts {
    oldest_due_s: u64,
    stuck: u64,
    failing_clusters: u64,
    refusing_clusters: u64,
    refused_sweeps: u64,
    failing_project_lists: u64,
    strangers: u64,
}

/// Works for a little longer than a minute.
pub async fn run(job: &Run) -> Result<Value> {
    work(job, Some(WORK_FOR)).await
}

/// Works until nothing is due.
pub async fn until_idle(job: &Run) -> Result<Value> {
    work(job, None).await
}

async fn work(job: &Run, work_for: Option<Duration>) -> Result<Value> {
    let mut shift = Shift::new(job, work_for);
    let worked = shift.work().await;
    let counts: Counts = job.app.db.call("count_accounts", &Call::by_schedule(())).await?;
    for (metric, count) in [
        ("oldest_account_due_s", counts.oldest_due_s),
        ("stuck_accounts", counts.stuck),
        ("failing_clusters", counts.failing_clusters),
        ("clusters_refusing_the_key", counts.refusing_clusters),
        ("refused_sweeps", counts.refused_sweeps),
        ("failing_project_lists", counts.failing_project_lists),
        ("strangers_on_clusters", counts.strangers),
    ] {
        job.metrics.count(metric, &[("function", job.function)], count);
    }
    worked?;
    serde_json::to_value(&shift.outcomes.report).map_err(|error| Error::Bug(format!("the report: {error}")))
}
