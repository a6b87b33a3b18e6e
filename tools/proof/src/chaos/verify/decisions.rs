//! Seats, clusters, statuses and prices, by the audit log and by the decision log.

use std::collections::{BTreeMap, HashSet};

use testkit::World;

use crate::{
    chaos::recorder::{Write, of},
    storm::{decision_log, values::by_key},
};

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

/// A request of these operations is in a log if it was acknowledged, and none is that was refused.
fn told(logged: &str, is_logged: impl Fn(&str) -> bool, writes: &[Write], operations: &[&str]) -> Vec<String> {
    let wrong = |(operation, request_id, status): (&str, &str, u16)| {
        let wrong = match (status, is_logged(request_id)) {
            (200..300, false) if operations.contains(&operation) => format!("acknowledged and not {logged}"),
            (400..500, true) => format!("refused and {logged}"),
            _ => return None,
        };
        Some(format!("{wrong}: {operation}, request {request_id}"))
    };
    attempts(writes).filter_map(wrong).collect()
}

/// An administrator's change is audited once, by the request that made it; one that was refused is not.
pub async fn audited(world: &World, writes: &[Write]) -> Vec<String> {
    let twice = "select format('one request is audited more than once: %s, request %s', action, request_id) \
                 from app.audit_log where request_id is not null \
                 group by request_id, action, target having count(*) > 1";
    let mut findings = world.all(twice).await;
    let query = "select request_id, action from app.audit_log where request_id is not null";
    let audited: BTreeMap<String, String> = by_key(world, query).await;
    findings.extend(told("audited", |id| audited.contains_key(id), writes, &["update_hopsworks_cluster"]));
    let sent: HashSet<&str> = attempts(writes).map(|(_, request_id, _)| request_id).collect();
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
    let mut findings = told("decided", |id| requests.contains(id), writes, &SEATS);
    let refused = of(writes, &["sync_user"]).filter(|login| login.is_refused()).map(|login| login.header("webhook-id"));
    let decided = refused.filter(|id| logins.contains(*id));
    findings.extend(decided.map(|id| format!("the login {id} was refused every time and took part in a decision")));
    findings
}
