//! `publish`: tells the bus what happened, each subject's events in their order, at least once and with a stable id.
//!
//! Events are rows of `app.outbox`, written by the statements that did what they tell. It is started every minute and works
//! for a little longer, so that two runs overlap; the one that has the lease publishes, and the other one waits for it. It
//! may be killed at any point: what the bus has and nobody has settled is sent again by the next one, with the same id.

mod batch;
mod bus;
mod outbox;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{Error, Result, auth::caller::Call, scheduled::Run};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tracing::instrument::WithSubscriber;

use crate::{
    bus::Bus,
    outbox::{Outbox, Outcome, Settled},
};

pub const NAME: &str = "publish";

/// Longer than the minute between two starts.
const WORK_FOR: Duration = Duration::from_secs(75);
/// Between two looks, while there is nothing to send or the bus takes nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// What a run did.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    published: u64,
    /// Tries in vain, which are repeated.
    put_off: u64,
    /// Events that wait for an operator.
    parked: u64,
}

/// How the outbox is.
#[derive(Deserialize)]
struct Counts {
    oldest_unpublished_s: u64,
    parked: u64,
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
    let bus = Arc::new(Bus::new(&job.config).await?);
    let outbox = Outbox::new(job);
    let mut report = Report::default();
    let worked = publish(&outbox, &bus, work_for.map(|time| Instant::now() + time), &mut report).await;
    outbox.release().await;
    let counts: Counts = job.app.db.call("count_events", &Call::by_schedule(())).await?;
    for (metric, count) in [("oldest_unpublished_s", counts.oldest_unpublished_s), ("parked_events", counts.parked)] {
        job.metrics.count(metric, &[("function", job.function)], count);
    }
    worked?;
    serde_json::to_value(&report).map_err(|error| Error::Bug(format!("the report: {error}")))
}

/// Until the time is over; without an end, until nothing is due. It fails if the last look did.
async fn publish(outbox: &Outbox<'_>, bus: &Arc<Bus>, ends: Option<Instant>, report: &mut Report) -> Result<()> {
    loop {
        let looked = outbox.claim().await;
        let events = looked.as_ref().map_or(&[][..], |claim| &claim.events);
        let gets_on = match send(bus, events).await {
            settled if settled.is_empty() => false,
            settled => outbox.settle(&settled).await && report.add(&settled),
        };
        if let Err(error) = &looked {
            tracing::warn!(function = NAME, code = error.code(), reason = error.reason(), "no events");
        }
        let is_over = ends.map_or(!gets_on, |ends| Instant::now() >= ends);
        if is_over {
            return looked.map(drop);
        }
        if !gets_on {
            sleep(PAUSE).await;
        }
    }
}

/// Sends events of different subjects, in several calls at once.
async fn send(bus: &Arc<Bus>, events: &[outbox::Event]) -> Vec<Settled> {
    let (batches, mut settled) = batch::batches(events);
    let mut calls = JoinSet::new();
    for batch in batches {
        let bus = Arc::clone(bus);
        calls.spawn(async move { batch::send(&bus, batch).await }.with_current_subscriber());
    }
    while let Some(done) = calls.join_next().await {
        match done {
            Ok(done) => settled.extend(done),
            // They are sent again.
            Err(error) => tracing::error!(function = NAME, reason = %error, "a call panicked"),
        }
    }
    settled
}

impl Report {
    /// Whether the bus took anything, or something will not be sent again.
    fn add(&mut self, settled: &[Settled]) -> bool {
        let count = |outcome| settled.iter().filter(|settled| settled.outcome == outcome).map(|_| 1_u64).sum::<u64>();
        let (published, parked) = (count(Outcome::Published), count(Outcome::Parked));
        self.published += published;
        self.put_off += count(Outcome::Later);
        self.parked += parked;
        published + parked > 0
    }
}
