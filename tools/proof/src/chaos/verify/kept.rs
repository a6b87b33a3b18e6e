//! Logins, entries, readings and invites, against what was acknowledged.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde_json::Value;
use testkit::World;

use crate::{
    chaos::recorder::{Write, of},
    storm::values::{by_key, micros, text, time},
};

/// Each that was acknowledged is there and is right, none is that was refused every time, and nothing else is.
fn differences<'a>(
    what: &str,
    there: &BTreeMap<String, Value>,
    sent: impl Iterator<Item = (&'a str, &'a Write)>,
    is_right: impl Fn(&Value, &Write) -> bool,
) -> Vec<String> {
    let (sent, mut findings) = (sent.collect::<HashMap<_, _>>(), Vec::new());
    for (key, write) in &sent {
        match there.get(*key) {
            Some(_) if write.is_refused() => {
                findings.push(format!("the {what} {key} was refused every time and is there"));
            }
            Some(found) if is_right(found, write) => {}
            None if !write.is_acknowledged() => {}
            found => {
                let (body, attempts) = (write.body(), &write.attempts);
                findings.push(format!("the {what} {key} is {found:?}, and was sent as {body}: {attempts:?}"));
            }
        }
    }
    let strange = there.keys().filter(|key| !sent.contains_key(key.as_str()));
    findings.extend(strange.map(|key| format!("nobody sent the {what} {key}, and it is there")));
    findings
}

/// Each acknowledged login has been counted once, by its `webhook-id`.
pub async fn logins(world: &World, writes: &[Write]) -> Vec<String> {
    let counted = by_key(world, "select webhook_id, user_id from app.login_events").await;
    let logins = of(writes, &["sync_user"]).map(|login| (login.header("webhook-id"), login));
    let mut findings = differences("login", &counted, logins, |user, login| *user == login.body()["user_id"]);
    let miscounted = "select format('%s has %s logins of %s counted', u.id, u.login_count, count(e.webhook_id)) \
                      from public.users u left join app.login_events e on e.user_id = u.id \
                      where u.profile_at > '2026-01-01T00:00:00Z' \
                      group by u.id having count(e.webhook_id) <> u.login_count";
    findings.extend(world.all(miscounted).await);
    findings
}

/// Each acknowledged entry is in the ledger as its response says. (That the balances are their sums is an invariant.)
pub async fn entries(world: &World, writes: &[Write]) -> Vec<String> {
    let query = "select coalesce(idempotency_key, 'without a key ' || id), jsonb_build_object('id', id, \
                 'user_id', account_owner_id, 'seq', seq, 'amount', amount::text, 'balance_after', balance_after::text) \
                 from app.credit_transactions where kind <> 'usage'";
    let ledger = by_key(world, query).await;
    // Of those that were sent again later, the first.
    let sent = of(writes, &["record_purchase", "adjust_credits"]).rev();
    let sent = sent.map(|write| (write.header("idempotency-key"), write));
    differences("entry", &ledger, sent, |entry, write| {
        let body = write.body();
        let is_as_acknowledged = |acknowledged: &Value| {
            ["id", "user_id", "seq"].iter().all(|field| entry[*field] == acknowledged[*field])
                && micros(&entry["balance_after"]) == micros(&acknowledged["balance_after"])
        };
        let is_as_sent = entry["user_id"] == body["user_id"] && micros(&entry["amount"]) == micros(&body["amount"]);
        is_as_sent && write.acknowledgements().all(is_as_acknowledged)
    })
}

/// Each reading holds the values that were acknowledged last. A client reports for sources of its own, so it knows.
pub async fn readings(world: &World, writes: &[Write]) -> Vec<String> {
    let (mut expected, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    for batch in of(writes, &["record_usage"]) {
        let body = batch.body();
        let readings = body["readings"].as_array().into_iter().flatten();
        for acknowledged in batch.acknowledgements() {
            let results = acknowledged["results"].as_array().into_iter().flatten();
            let taken = readings.clone().zip(results).filter(|(_, result)| result["result"] != "rejected");
            expected.extend(taken.map(|(reading, _)| key_and_values(reading)));
        }
        if !batch.is_acknowledged() && !batch.is_refused() {
            unknown.extend(readings.filter_map(|reading| reading["source"].as_str().map(str::to_owned)));
        }
    }
    let query = "select jsonb_build_object('user_id', user_id, 'window_start', window_start, 'window_end', window_end, \
                 'source', source, 'project', project, 'cpu_hours', cpu_hours::text, 'gpu_hours', gpu_hours::text, \
                 'storage_gb', storage_gb::text) from app.usage_readings where source not like 'opencost:%'";
    let mut findings = Vec::new();
    for row in world.all(query).await {
        let (key, values) = key_and_values(&serde_json::from_str(&row).expect("the database writes JSON"));
        let acknowledged = expected.remove(&key);
        if acknowledged.as_ref() != Some(&values) && !unknown.contains(&key[0]) {
            findings.push(format!("the reading {row} was acknowledged as {acknowledged:?}"));
        }
    }
    findings.extend(expected.keys().map(|key| format!("the reading {key:?} was acknowledged and is not there")));
    findings
}

fn key_and_values(reading: &Value) -> ([String; 4], [i128; 4]) {
    let [start, end] = ["window_start", "window_end"].map(|field| time(&reading[field]).timestamp());
    let [source, user, project] =
        ["source", "user_id", "project"].map(|field| reading[field].as_str().unwrap_or_default().to_owned());
    let [cpu, gpu, storage] = ["cpu_hours", "gpu_hours", "storage_gb"].map(|field| micros(&reading[field]));
    ([source, user, project, start.to_string()], [end.into(), cpu, gpu, storage])
}

/// Each acknowledged invite is there, accepted by the user whose request was acknowledged and by nobody else.
pub async fn invites(world: &World, writes: &[Write]) -> Vec<String> {
    let query = "select encode(token_hash, 'hex'), jsonb_build_object('id', id, 'email', email, \
                 'is_accepted', accepted_by_user_id is not null) from public.team_invites";
    let invites: BTreeMap<String, Value> = by_key(world, query).await;
    let find = |token: &Value| {
        let hash = digest(&SHA256, text(token).as_bytes());
        invites.get(&HEXLOWER.encode(hash.as_ref())).unwrap_or(&Value::Null)
    };
    let (mut findings, mut acknowledged) = (Vec::new(), HashSet::new());
    for body in of(writes, &["create_invite"]).flat_map(Write::acknowledgements) {
        acknowledged.insert(&body["id"]);
        let invite = find(&body["token"]);
        if invite["id"] != body["id"] || invite["email"] != body["email"] {
            findings.push(format!("the invite {} was acknowledged and is not there", body["id"]));
        }
    }
    let attempts = of(writes, &["create_invite"]).flat_map(|sent| &sent.attempts);
    let unknown = attempts.filter(|attempt| attempt.status >= 500).count();
    if invites.values().filter(|invite| !acknowledged.contains(&invite["id"])).count() > unknown {
        findings.push(format!("there are more invites than were sent: {unknown} of them may be"));
    }
    for accepted in of(writes, &["accept_invite"]) {
        let invite = find(&accepted.body()["token"]);
        let is_right = match invite["is_accepted"].as_bool() {
            Some(true) => !accepted.is_refused(),
            Some(false) => !accepted.is_acknowledged(),
            None => false,
        };
        if !is_right {
            findings.push(format!("the invite is {invite}, and accepting it came to {:?}", accepted.attempts));
        }
    }
    findings
}
