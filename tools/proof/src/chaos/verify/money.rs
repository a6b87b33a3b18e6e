//! The ledger and the readings, against what was acknowledged.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testkit::World;

use super::select::{json_by_key, of};
use crate::{
    chaos::recorder::Write,
    storm::decimal::{Micros, micros, text, time},
};

const CENT: Micros = 10_000;

/// Each acknowledged entry is in the ledger as its response says, no refused one is, and the balances are their sums.
pub async fn entries(world: &World, writes: &[Write]) -> Vec<String> {
    let query = "select idempotency_key || ' = ' || jsonb_build_object('id', id, 'user_id', account_owner_id, 'seq', seq, \
                 'amount', amount::text, 'balance_after', balance_after::text) \
                 from public.credit_transactions where idempotency_key is not null";
    let mut ledger = json_by_key(world, query).await;
    let (mut findings, mut seen, mut sums) = (Vec::new(), HashSet::new(), BTreeMap::<String, Micros>::new());
    for write in of(writes, &["record_purchase", "adjust_credits"]) {
        let key = write.header("idempotency-key");
        if !seen.insert(key) {
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
        let is_as_acknowledged = |entry: &Value, acknowledged: &Value| {
            ["id", "user_id", "seq"].iter().all(|field| entry[*field] == acknowledged[*field])
                && micros(&entry["balance_after"]) == micros(&acknowledged["balance_after"])
        };
        match (write.acknowledgements().next(), &entry) {
            (Some(acknowledged), Some(entry)) if is_as_acknowledged(entry, acknowledged) => {}
            (Some(acknowledged), entry) => {
                findings.push(format!("the entry {key} was acknowledged as {acknowledged} and is {entry:?}"))
            }
            (None, Some(_)) if write.is_refused() => {
                findings.push(format!("the entry {key} was refused every time and is there"));
            }
            (None, _) => {}
        }
    }
    findings.extend(ledger.keys().map(|key| format!("nobody sent the entry {key}, and it is there")));
    let query = "select user_id || ' = ' || to_jsonb((balance + total_used)::text) from public.user_credits";
    for (account, paid) in json_by_key(world, query).await {
        let (paid, sum) = (micros(&paid), sums.remove(&account).unwrap_or_default());
        if paid != sum {
            findings.push(format!("{account} has paid {} cents: its entries are {} cents", paid / CENT, sum / CENT));
        }
    }
    findings
}

type Key = (String, DateTime<Utc>, String, String);
type Values = (DateTime<Utc>, [Micros; 3]);

fn key_and_values(reading: &Value) -> (Key, Values) {
    let [user, source] = ["user_id", "source"].map(|field| text(&reading[field]).to_owned());
    let project = reading["project"].as_str().unwrap_or_default().to_owned();
    let values = ["cpu_hours", "gpu_hours", "storage_gb"].map(|field| micros(&reading[field]));
    ((user, time(&reading["window_start"]), source, project), (time(&reading["window_end"]), values))
}

/// Each reading holds the values that were acknowledged last. A client reports for sources of its own, so it knows.
pub async fn readings(world: &World, writes: &[Write]) -> Vec<String> {
    let (mut expected, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    for batch in of(writes, &["record_usage"]) {
        let body = batch.body();
        let readings = body["readings"].as_array().into_iter().flatten();
        for acknowledged in batch.acknowledgements() {
            for (reading, result) in readings.clone().zip(acknowledged["results"].as_array().into_iter().flatten()) {
                if result["result"] != json!("rejected") {
                    let (key, values) = key_and_values(reading);
                    expected.insert(key, values);
                }
            }
        }
        if !batch.is_acknowledged() && !batch.is_refused() {
            let good = readings.filter(|reading| reading["cpu_hours"].is_string());
            unknown.extend(good.map(|reading| text(&reading["source"]).to_owned()));
        }
    }
    let query = "select jsonb_build_object('user_id', user_id, 'window_start', window_start, 'window_end', window_end, \
                 'source', source, 'project', project, 'cpu_hours', cpu_hours::text, 'gpu_hours', gpu_hours::text, \
                 'storage_gb', storage_gb::text) from public.usage_readings";
    let mut findings = Vec::new();
    for row in world.all(query).await {
        let (key, values) = key_and_values(&serde_json::from_str(&row).expect("the database writes JSON"));
        match expected.remove(&key) {
            Some(acknowledged) if acknowledged == values => {}
            _ if unknown.contains(&key.2) => {}
            acknowledged => findings.push(format!("the reading {row} was acknowledged as {acknowledged:?}")),
        }
    }
    findings.extend(expected.keys().map(|key| format!("the reading {key:?} was acknowledged and is not there")));
    findings
}
