//! Seats, clusters, statuses, prices and invites, by the audit log, by the decision_log, and by the invites themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::{of, pairs};
use crate::{
    chaos::recorder::{Verdict, Written},
    storm::decision_log,
};
use testkit::World;

/// Each is a decision about seats, and so in the decision_log.
const SEATS: [&str; 7] = [
    "assign_user",
    "unassign_user",
    "create_hopsworks_cluster",
    "update_hopsworks_cluster",
    "accept_invite",
    "remove_member",
    "update_user",
];

/// All attempts with an id: the write, the id, how it ended.
fn attempts(writes: &[Written]) -> impl Iterator<Item = (&Written, &str, &Verdict)> {
    let all = writes.iter().flat_map(|written| written.attempts.iter().map(move |attempt| (written, attempt)));
    all.filter_map(|(written, attempt)| Some((written, attempt.request_id.as_deref()?, &attempt.verdict)))
}

/// The operations that leave an entry in the audit log.
const AUDITED: [&str; 8] = [
    "update_user",
    "assign_user",
    "unassign_user",
    "create_hopsworks_cluster",
    "update_hopsworks_cluster",
    "record_purchase",
    "adjust_credits",
    "set_rate",
];

/// An administrator's change is audited once, by the request that made it; one that was refused is not.
pub async fn audited(world: &World, writes: &[Written]) -> Vec<String> {
    let query = "select request_id || ' ' || action || ' ' || count(*) from public.audit_log \
                 where request_id is not null group by request_id, action, target";
    let mut findings = Vec::new();
    let mut audited: BTreeMap<String, String> = BTreeMap::new();
    for (request_id, action) in pairs(world, query).await {
        if !action.ends_with(" 1") {
            findings.push(format!("one request is audited more than once: {action}, request {request_id}"));
        }
        audited.insert(request_id, action);
    }
    let mut known = HashSet::new();
    for (written, request_id, verdict) in attempts(writes) {
        known.insert(request_id.to_owned());
        match (verdict, audited.get(request_id)) {
            (Verdict::Refused, Some(action)) => {
                findings.push(format!("refused and audited as {action}: {}, request {request_id}", written.operation));
            }
            (Verdict::Done(_), None) if written.operation == "update_hopsworks_cluster" => {
                findings.push(format!("acknowledged and not audited: {}, request {request_id}", written.operation));
            }
            _ => {}
        }
    }
    // Whoever was lost without having been told an id may be behind some, if it can be behind any.
    let nameless = of(writes, &AUDITED).flat_map(|written| &written.attempts);
    let nameless = nameless.filter(|attempt| attempt.request_id.is_none());
    let strange = audited.iter().filter(|(request_id, _)| !known.contains(*request_id));
    findings.extend(
        strange
            .skip(nameless.count())
            .map(|(request_id, action)| format!("nobody made the request {request_id}: {action}")),
    );
    findings
}

/// A decision about seats is in the decision_log if it was acknowledged, and not if it was refused.
pub async fn in_the_diary(world: &World, writes: &[Written]) -> Vec<String> {
    let (mut requests, mut logins) = (HashSet::new(), HashSet::new());
    for decision in decision_log::decisions(world).await {
        requests.extend(decision.args["caller"]["request_id"].as_str().map(str::to_owned));
        logins.extend(decision.args["input"]["webhook_id"].as_str().map(str::to_owned));
    }
    let mut findings = Vec::new();
    for (written, request_id, verdict) in attempts(writes) {
        let is_there = requests.contains(request_id);
        match verdict {
            Verdict::Done(_) if !is_there && SEATS.contains(&written.operation) => {
                findings.push(format!("acknowledged and not decided: {}, request {request_id}", written.operation));
            }
            Verdict::Refused if is_there => {
                findings.push(format!("refused and decided: {}, request {request_id}", written.operation));
            }
            _ => {}
        }
    }
    for login in of(writes, &["sync_user"]) {
        let id = login.ask.named("webhook-id").unwrap_or_default();
        if login.is_refused() && logins.contains(id) {
            findings.push(format!("the login {id} was refused every time and took part in a decision"));
        }
    }
    findings
}

/// Each acknowledged invite is there, accepted by whoever was told so and by nobody else.
pub async fn invites(world: &World, writes: &[Written]) -> Vec<String> {
    let query = "select encode(token_hash, 'hex') || ' ' || jsonb_build_object('id', id, 'email', email, \
                 'accepted_by', accepted_by_user_id, 'is_withdrawn', withdrawn_at is not null) from public.team_invites";
    let invites: HashMap<String, Value> = pairs(world, query)
        .await
        .into_iter()
        .map(|(hash, row)| (hash, serde_json::from_str(&row).expect("the database writes JSON")))
        .collect();
    let find = |token: &Value| {
        let hash = digest(&SHA256, token.as_str().unwrap_or_default().as_bytes());
        invites.get(&HEXLOWER.encode(hash.as_ref()))
    };
    let (mut findings, mut open) = (Vec::new(), 0);
    for sent in of(writes, &["create_invite"]) {
        open += sent.attempts.iter().filter(|attempt| matches!(attempt.verdict, Verdict::Open)).count();
        for attempt in &sent.attempts {
            let Verdict::Done(told) = &attempt.verdict else { continue };
            if find(&told["token"]).is_none_or(|invite| invite["id"] != told["id"] || invite["email"] != told["email"])
            {
                findings.push(format!("the invite {} was acknowledged and is not there", told["id"]));
            }
        }
    }
    let acknowledged: HashSet<String> = of(writes, &["create_invite"])
        .flat_map(|sent| &sent.attempts)
        .filter_map(|attempt| match &attempt.verdict {
            Verdict::Done(told) => told["id"].as_str().map(str::to_owned),
            _ => None,
        })
        .collect();
    let strange = invites.values().filter(|invite| !acknowledged.contains(invite["id"].as_str().unwrap_or_default()));
    if strange.count() > open {
        findings.push(format!("there are more invites than were sent: {open} of them may be"));
    }
    for accepted in of(writes, &["accept_invite"]) {
        let Some(invite) = find(&accepted.body()["token"]) else {
            findings.push("an invite that was told is not there".to_owned());
            continue;
        };
        let is_accepted = !invite["accepted_by"].is_null();
        if is_accepted && accepted.is_refused() || !is_accepted && accepted.done().is_some() {
            findings.push(format!("the invite is {invite}, and accepting it was told {:?}", accepted.attempts));
        }
    }
    findings
}
