//! What is leased from the database, and what is told it afterwards.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use shared::{Result, auth::caller::Call, scheduled::Run};
use uuid::Uuid;

/// How many events are sent at a time: ten calls of ten.
const ROOM: usize = 100;

/// The outbox, for one run.
pub struct Outbox<'a> {
    job: &'a Run,
    lease: Uuid,
}

/// The next events, each of another subject; none while somebody else publishes.
#[derive(Deserialize)]
pub struct Claim {
    pub events: Vec<Event>,
}

/// Something that happened.
#[derive(Clone, Deserialize)]
pub struct Event {
    pub number: i64,
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: String,
    pub subject: String,
    pub seq: u64,
    pub occurred_at: DateTime<Utc>,
    pub data: Box<RawValue>,
}

/// What became of an event.
#[derive(Debug, Serialize)]
pub struct Settled {
    pub number: i64,
    #[serde(skip)]
    pub id: Uuid,
    pub outcome: Outcome,
    /// Why the bus did not take it.
    pub code: Option<String>,
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Published,
    Later,
    Parked,
}

impl<'a> Outbox<'a> {
    pub fn new(job: &'a Run) -> Self {
        Self { job, lease: Uuid::new_v4() }
    }

    /// Takes the lease, or goes on with it.
    pub async fn claim(&self) -> Result<Claim> {
        self.job.app.db.call("claim_events", &Call::by_schedule(json!({ "lease": self.lease, "room": ROOM }))).await
    }

    /// Whether it is written. What is not is sent again, by whoever has the lease.
    pub async fn settle(&self, events: &[Settled]) -> bool {
        for Settled { id, outcome, code, .. } in events {
            if let Some(code) = code {
                tracing::warn!(function = self.job.function, %id, code, ?outcome, "not published");
            }
        }
        self.write(events, false).await
    }

    /// Ends the lease, so that the next run need not wait until it is over.
    pub async fn release(&self) {
        self.write(&[], true).await;
    }

    async fn write(&self, events: &[Settled], is_last: bool) -> bool {
        #[derive(Deserialize)]
        struct Answer {
            is_ours: bool,
        }
        let input = json!({ "lease": self.lease, "events": events, "is_last": is_last });
        match self.job.app.db.call("settle_events", &Call::by_schedule(input)).await {
            Ok(Answer { is_ours }) => {
                if !is_ours && !events.is_empty() {
                    tracing::warn!(function = self.job.function, "somebody else publishes");
                }
                is_ours
            }
            Err(error) => {
                tracing::warn!(
                    function = self.job.function,
                    code = error.code(),
                    reason = error.reason(),
                    "not settled"
                );
                false
            }
        }
    }
}

impl Event {
    pub fn settled(&self, outcome: Outcome, why: Option<(&str, &str)>) -> Settled {
        let (code, detail) = why.map(|(code, detail)| (code.to_owned(), detail.to_owned())).unzip();
        Settled { number: self.number, id: self.id, outcome, code, detail }
    }
}
