//! Seats, clusters, statuses and prices, by the audit log and by the decision log.

use std::collections::HashSet;

use testkit::World;

use super::select::{json_by_key, of};
use crate::{chaos::recorder::Write, storm::decision_log};

/// Each is a decision about seats, and so in the decision log.
const SEATS: [&str; 7] = [
    "assign_user",
    "unassign_user",
    "create_hopsworks_cluster",
    "update_hopsworks_cluster",
    "accept_invite",
    "remove_member",
    "update_user",
];

/// All attempts: the operation, the id, the status. Only one that hung has no id, and that is a finding already.
fn attempts(writes: &[Write]) -> impl Iterator<Item = (&str, &str, u16)> {
    let all = writes.iter().flat_map(|write| write.attempts.iter().map(move |attempt| (write, attempt)));
    all.filter_map(|(write, attempt)| Some((write.operation, attempt.request_id.as_deref()?, attempt.status)))
}

/// An administrator's change is audited once, by the request that made it; one that was refused is not.
pub async fn audited(world: &World, writes: &[Write]) -> Vec<String> {
    let twice = "select format('one request is audited more than once: %s, request %s', action, request_id) \
                 from public.audit_log where request_id is not null \
                 group by request_id, action, target having count(*) > 1";
    let mut findings = world.all(twice).await;
    let query = "select request_id || ' = ' || to_jsonb(action) from public.audit_log where request_id is not null";
    let audited = json_by_key(world, query).await;
    let mut sent = HashSet::new();
    for (operation, request_id, status) in attempts(writes) {
        sent.insert(request_id);
        match (status, audited.get(request_id)) {
            (400..500, Some(action)) => {
                findings.push(format!("refused and audited as {action}: {operation}, request {request_id}"));
            }
            (200..300, None) if operation == "update_hopsworks_cluster" => {
                findings.push(format!("acknowledged and not audited: {operation}, request {request_id}"));
            }
            _ => {}
        }
    }
    let strange = audited.iter().filter(|(request_id, _)| !sent.contains(request_id.as_str()));
    findings.extend(strange.map(|(request_id, action)| format!("nobody made the request {request_id}: {action}")));
    findings
}

/// A decision about seats is in the decision log if it was acknowledged, and not if it was refused.
pub async fn logged(world: &World, writes: &[Write]) -> Vec<String> {
    let (mut requests, mut logins) = (HashSet::new(), HashSet::new());
    for decision in decision_log::decisions(world).await {
        requests.extend(decision.args["caller"]["request_id"].as_str().map(str::to_owned));
        logins.extend(decision.args["input"]["webhook_id"].as_str().map(str::to_owned));
    }
    let mut findings = Vec::new();
    for (operation, request_id, status) in attempts(writes) {
        match (status, requests.contains(request_id)) {
            (200..300, false) if SEATS.contains(&operation) => {
                findings.push(format!("acknowledged and not decided: {operation}, request {request_id}"));
            }
            (400..500, true) => {
                findings.push(format!("refused and decided: {operation}, request {request_id}"));
            }
            _ => {}
        }
    }
    let refused = of(writes, &["sync_user"]).filter(|login| login.is_refused()).map(|login| login.header("webhook-id"));
    let decided = refused.filter(|id| logins.contains(*id));
    findings.extend(decided.map(|id| format!("the login {id} was refused every time and took part in a decision")));
    findings
}
