//! Counts what breaks a rule that must always hold, for the alarm, and names it in the log.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::{Result, auth::caller::Call, scheduled::Run};

/// The metric of the alarm.
const METRIC: &str = "invariant_violations";
/// How many of a kind are named in the log; the rest is counted.
const NAMED_OF_A_KIND: u64 = 20;
/// Counting stops here.
const ENOUGH: u64 = 100_000;

#[derive(Deserialize)]
struct Found {
    items: Vec<Violation>,
    next: Option<Value>,
}

#[derive(Deserialize)]
struct Violation {
    kind: String,
    id: String,
}

/// How many there are. The metric is written also when it is 0: an alarm without data would say nothing.
pub async fn check_invariants(job: &Run) -> Result<u64> {
    let mut counts = BTreeMap::<String, u64>::new();
    let mut after = None;
    loop {
        let input = json!({ "after": after });
        let found: Found = job.app.db.call("check_invariants", &Call::by_schedule(input)).await?;
        for Violation { kind, id } in found.items {
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            if *count <= NAMED_OF_A_KIND {
                tracing::error!(function = job.function, kind, id, "an invariant is violated");
            }
        }
        after = found.next;
        if after.is_none() || counts.values().sum::<u64>() >= ENOUGH {
            break;
        }
    }
    let total = counts.values().sum();
    job.metrics.count(METRIC, &[("function", job.function)], total);
    for (kind, count) in &counts {
        job.metrics.count(METRIC, &[("function", job.function), ("kind", kind)], *count);
    }
    Ok(total)
}
