//! `collect-usage`: reads from each cluster's OpenCost what its namespaces used, hour by hour, and bills it to their owners.
//!
//! It is started every hour and works until nothing is due, all clusters beside each other. What is known of each hour
//! stands in `app.usage_coverage`, and an hour that was not to be had stays missing there: missing is not zero. It may be
//! killed at any point: each hour is settled in one transaction, and its values are absolute.

mod claim;
pub mod opencost;
mod piece;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{Error, Result, auth::caller::Call, scheduled::Run};
use tokio::{task::JoinSet, time::Instant};
use tracing::instrument::WithSubscriber;
use uuid::Uuid;

use crate::{claim::Claim, piece::Piece};

pub const NAME: &str = "collect-usage";

/// After that nothing more is begun: the next run goes on.
const WORK_FOR: Duration = Duration::from_secs(240);
/// How many clusters are read at a time.
const ROOM: usize = 32;

/// What a run did.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Hours that were read, and are billed.
    read: u64,
    /// Hours that could not be read, or are not believed.
    missing: u64,
    /// Hours of namespaces that had waited for an owner, and are billed now.
    attributed: u64,
}

/// How the collection is.
#[derive(Deserialize)]
struct Counts {
    oldest_due_s: u64,
    missing: u64,
    implausible: u64,
    failing: u64,
    unattributed: u64,
    reported_twice: u64,
}

pub async fn run(job: &Run) -> Result<Value> {
    let ends = Instant::now() + WORK_FOR;
    let mut report = Report::default();
    // First, so that a cluster that is slow to read delays nobody's bill; and of what was read once more.
    let waited = attribute(job, ends, &mut report).await;
    let read = read_hours(job, ends, &mut report).await;
    let attributed = attribute(job, ends, &mut report).await;
    let counts: Counts = job.app.db.call("count_hours", &Call::by_schedule(())).await?;
    for (metric, count) in [
        ("oldest_hour_due_s", counts.oldest_due_s),
        ("missing_hours", counts.missing),
        ("implausible_hours", counts.implausible),
        ("failing_opencosts", counts.failing),
        ("unattributed_namespaces", counts.unattributed),
        ("hours_reported_twice", counts.reported_twice),
    ] {
        job.metrics.count(metric, &[("function", job.function)], count);
    }
    waited.and(read).and(attributed)?;
    serde_json::to_value(&report).map_err(|error| Error::Bug(format!("the report: {error}")))
}

/// Reads what is due, of every cluster at its own pace.
async fn read_hours(job: &Run, ends: Instant, report: &mut Report) -> Result<()> {
    let mut pieces = JoinSet::new();
    loop {
        let room = if Instant::now() < ends { ROOM.saturating_sub(pieces.len()) } else { 0 };
        if room > 0 {
            let lease = Uuid::new_v4();
            for cluster in Claim::take(&job.app, lease, room).await?.clusters {
                pieces.spawn(Piece::new(job, lease, cluster).work().with_current_subscriber());
            }
        }
        match pieces.join_next().await {
            None => return Ok(()),
            Some(Ok(done)) => {
                report.read += done.read;
                report.missing += done.missing;
            }
            // Its lease ends by itself.
            Some(Err(error)) => {
                tracing::error!(function = job.function, reason = %error, "a cluster's work panicked");
            }
        }
    }
}

/// Bills what waited for an owner and has one now.
async fn attribute(job: &Run, ends: Instant, report: &mut Report) -> Result<()> {
    #[derive(Deserialize)]
    struct Attributed {
        cluster_id: Option<Uuid>,
        hours: u64,
    }
    let mut after: Option<Uuid> = None;
    while Instant::now() < ends {
        let input = json!({ "after": after });
        let Attributed { cluster_id, hours } = job.app.db.call("attribute_usage", &Call::by_schedule(input)).await?;
        let Some(cluster_id) = cluster_id else { break };
        report.attributed += hours;
        // The same cluster again, as long as that gets on.
        if hours == 0 {
            after = Some(cluster_id);
        }
    }
    Ok(())
}
