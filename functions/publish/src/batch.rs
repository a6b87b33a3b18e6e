//! Some events in one call, and what becomes of each.

use std::mem;

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    bus::{Answer, Bus, Entry, Failure},
    outbox::{Event, Outcome, Settled},
};

/// What EventBridge takes in one call: so many entries, and so many bytes of all together.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 256 * 1024;

/// What EventBridge answers of an entry that it will never take.
const FOR_EVER: [&str; 2] = ["InvalidArgument", "MalformedDetail"];

pub type Batch = Vec<(Event, Entry)>;

/// An event as receivers get it, in the entry's `detail`.
#[derive(Serialize)]
struct Detail<'a> {
    id: Uuid,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: &'a str,
    seq: u64,
    occurred_at: chrono::DateTime<chrono::Utc>,
    data: &'a RawValue,
}

/// As many events in a call as it takes. What no call takes is settled at once.
pub fn batches(events: &[Event]) -> (Vec<Batch>, Vec<Settled>) {
    let (mut batches, mut settled) = (Vec::new(), Vec::new());
    let (mut batch, mut bytes) = (Batch::new(), 0);
    for event in events {
        let entry = match entry(event) {
            Ok(entry) if entry.bytes() < MOST_BYTES => entry,
            Ok(entry) => {
                let detail = format!("{} bytes, and a call takes {MOST_BYTES}", entry.bytes());
                settled.push(event.settled(Outcome::Parked, Some(("entry_too_large", &detail))));
                continue;
            }
            Err(reason) => {
                settled.push(event.settled(Outcome::Parked, Some(("not_json", &reason.to_string()))));
                continue;
            }
        };
        if batch.len() == MOST_ENTRIES || bytes + entry.bytes() >= MOST_BYTES {
            batches.extend(Some(mem::take(&mut batch)).filter(|batch| !batch.is_empty()));
            bytes = 0;
        }
        bytes += entry.bytes();
        batch.push((event.clone(), entry));
    }
    batches.extend(Some(batch).filter(|batch| !batch.is_empty()));
    (batches, settled)
}

fn entry(event: &Event) -> serde_json::Result<Entry> {
    let detail = Detail {
        id: event.id,
        kind: &event.kind,
        subject: &event.subject,
        seq: event.seq,
        occurred_at: event.occurred_at,
        data: &event.data,
    };
    Ok(Entry { kind: event.kind.clone(), detail: serde_json::to_string(&detail)?, occurred_at: event.occurred_at })
}

/// Sends one call. If it is refused as a whole for what one of its entries is, each goes alone: so that one is found.
pub async fn send(bus: &Bus, batch: Batch) -> Vec<Settled> {
    let entries: Vec<&Entry> = batch.iter().map(|(_, entry)| entry).collect();
    match bus.put(&entries).await {
        Ok(answers) => batch.iter().zip(answers).map(|((event, _), answer)| settled(event, &answer)).collect(),
        Err(failure) if failure.is_of_entries && batch.len() > 1 => {
            let mut settled = Vec::new();
            for (event, entry) in &batch {
                settled.push(alone(bus, event, entry).await);
            }
            // All of them: then it is not what they are.
            if settled.iter().all(|one: &Settled| one.outcome == Outcome::Parked) {
                settled.iter_mut().for_each(|one| one.outcome = Outcome::Later);
            }
            settled
        }
        Err(failure) => batch.iter().map(|(event, _)| refused(event, &failure)).collect(),
    }
}

async fn alone(bus: &Bus, event: &Event, entry: &Entry) -> Settled {
    match bus.put(&[entry]).await {
        Ok(answers) => settled(event, answers.first().unwrap_or(&Answer::Missing)),
        Err(failure) => refused(event, &failure),
    }
}

fn settled(event: &Event, answer: &Answer) -> Settled {
    match answer {
        Answer::Taken => event.settled(Outcome::Published, None),
        Answer::Missing => event.settled(Outcome::Later, Some(("no_answer", "the bus did not answer of it"))),
        Answer::Refused { code, detail } => {
            let outcome = if FOR_EVER.contains(&code.as_str()) { Outcome::Parked } else { Outcome::Later };
            event.settled(outcome, Some((code, detail)))
        }
    }
}

fn refused(event: &Event, failure: &Failure) -> Settled {
    let outcome = if failure.is_of_entries { Outcome::Parked } else { Outcome::Later };
    event.settled(outcome, Some((&failure.code, &failure.detail)))
}
