//! The ledger and the readings, against what the clients were told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::of;
use crate::{
    chaos::recorder::{Verdict, Written},
    storm::decimal::{Micros, micros, text, time},
};
use testkit::World;

const CENT: Micros = 10_000;

async fn rows(world: &World, query: &str) -> Vec<Value> {
    let rows = world.all(query).await;
    rows.iter().map(|row| serde_json::from_str(row).expect("the database writes JSON")).collect()
}

/// Each acknowledged entry is in the ledger as it was told, no refused one is, and the balances are their sums.
pub async fn entries(world: &World, writes: &[Written]) -> Vec<String> {
    let query = "select jsonb_build_object('key', idempotency_key, 'id', id, 'user_id', account_owner_id, 'seq', seq, \
                 'amount', amount::text, 'balance_after', balance_after::text) \
                 from public.credit_transactions where idempotency_key is not null";
    let mut ledger: HashMap<String, Value> =
        rows(world, query).await.into_iter().map(|row| (text(&row["key"]).to_owned(), row)).collect();
    let (mut findings, mut seen, mut sums) = (Vec::new(), BTreeSet::new(), BTreeMap::<String, Micros>::new());
    for write in of(writes, &["record_purchase", "adjust_credits"]) {
        let key = write.ask.named("idempotency-key").unwrap_or_default();
        if !seen.insert(key.to_owned()) {
            continue;
        }
        let (entry, body) = (ledger.remove(key), write.body());
        if let Some(entry) = &entry {
            let account = text(&body["user_id"]).to_owned();
            *sums.entry(account).or_default() += micros(&body["amount"]);
            if micros(&entry["amount"]) != micros(&body["amount"]) || entry["user_id"] != body["user_id"] {
                findings.push(format!("the entry {key} is {entry}, and was {body}"));
            }
        }
        let done = write.done();
        let is_as_told = |entry: &Value, told: &Value| {
            ["id", "user_id", "seq"].iter().all(|field| entry[*field] == told[*field])
                && micros(&entry["balance_after"]) == micros(&told["balance_after"])
        };
        match (done, &entry) {
            (Some(told), Some(entry)) if is_as_told(entry, told) => {}
            (Some(told), entry) => findings.push(format!("the entry {key} was told {told} and is {entry:?}")),
            (None, Some(_)) if write.is_refused() => {
                findings.push(format!("the entry {key} was refused every time and is there"));
            }
            (None, _) => {}
        }
    }
    findings.extend(ledger.keys().map(|key| format!("nobody sent the entry {key}, and it is there")));
    let query = "select jsonb_build_object('user_id', user_id, 'paid', (balance + total_used)::text) \
                 from public.user_credits";
    for account in rows(world, query).await {
        let (paid, sum) = (micros(&account["paid"]), sums.remove(text(&account["user_id"])).unwrap_or_default());
        if paid != sum {
            findings.push(format!("{account}: its entries are {} cents", sum / CENT));
        }
    }
    findings
}

type Key = (String, DateTime<Utc>, String, String);
type Values = [Micros; 3];

fn key_and_values(reading: &Value) -> (Key, (DateTime<Utc>, Values)) {
    let project = reading["project"].as_str().unwrap_or_default();
    let names = (text(&reading["user_id"]).to_owned(), time(&reading["window_start"]));
    let key = (names.0, names.1, text(&reading["source"]).to_owned(), project.to_owned());
    let values = ["cpu_hours", "gpu_hours", "storage_gb"].map(|field| micros(&reading[field]));
    (key, (time(&reading["window_end"]), values))
}

/// Each reading holds the values that were acknowledged last. A client reports for sources of its own, so it knows.
pub async fn readings(world: &World, writes: &[Written]) -> Vec<String> {
    let (mut expected, mut open) = (BTreeMap::new(), BTreeSet::new());
    for batch in of(writes, &["record_usage"]) {
        let body = batch.body();
        let readings = body["readings"].as_array().cloned().unwrap_or_default();
        for attempt in &batch.attempts {
            let Verdict::Done(told) = &attempt.verdict else { continue };
            for (reading, result) in readings.iter().zip(told["results"].as_array().into_iter().flatten()) {
                if result["result"] != json!("rejected") {
                    let (key, values) = key_and_values(reading);
                    expected.insert(key, values);
                }
            }
        }
        if batch.done().is_none() && !batch.is_refused() {
            let good = readings.iter().filter(|reading| reading["cpu_hours"].is_string());
            open.extend(good.map(|reading| text(&reading["source"]).to_owned()));
        }
    }
    let query = "select jsonb_build_object('user_id', user_id, 'window_start', window_start, 'window_end', window_end, \
                 'source', source, 'project', project, 'cpu_hours', cpu_hours::text, 'gpu_hours', gpu_hours::text, \
                 'storage_gb', storage_gb::text) from public.usage_readings";
    let mut findings = Vec::new();
    for row in rows(world, query).await {
        let (key, values) = key_and_values(&row);
        match expected.remove(&key) {
            Some(told) if told == values => {}
            _ if open.contains(&key.2) => {}
            told => findings.push(format!("the reading {row} was acknowledged as {told:?}")),
        }
    }
    findings.extend(expected.keys().map(|key| format!("the reading {key:?} was acknowledged and is not there")));
    findings
}
