//! When all is over: what was acknowledged is there exactly once, what was refused is not, and nothing else is.

mod decisions;
mod money;

use std::collections::{BTreeMap, HashMap};

use super::recorder::{Recorder, Written};
use testkit::World;

/// Compares the writes with the database, and notes in the recorder what does not agree. How many writes were compared.
pub async fn verify(world: &World, recorder: &Recorder) -> usize {
    let writes = recorder.take_writes();
    let mut findings = Vec::new();
    let violations = world.all("select format('%s %s: %s', kind, id, detail) from app.invariant_violations").await;
    findings.extend(violations.into_iter().map(|violation| format!("an invariant is violated: {violation}")));
    findings.extend(logins(world, &writes).await);
    findings.extend(money::entries(world, &writes).await);
    findings.extend(money::readings(world, &writes).await);
    findings.extend(decisions::audited(world, &writes).await);
    findings.extend(decisions::in_the_diary(world, &writes).await);
    findings.extend(decisions::invites(world, &writes).await);
    for finding in findings {
        recorder.find(finding);
    }
    let compared = writes.len();
    recorder.write(writes);
    compared
}

/// The writes of these operations.
fn of<'a>(writes: &'a [Written], operations: &'a [&str]) -> impl Iterator<Item = &'a Written> {
    writes.iter().filter(|written| operations.contains(&written.operation))
}

/// Rows of two columns, joined by a blank.
async fn pairs(world: &World, query: &str) -> Vec<(String, String)> {
    let rows = world.all(query).await;
    let halves = rows.iter().filter_map(|row| row.split_once(' '));
    halves.map(|(one, other)| (one.to_owned(), other.to_owned())).collect()
}

/// Each acknowledged login has been counted once, by its `webhook-id`.
async fn logins(world: &World, writes: &[Written]) -> Vec<String> {
    let counted: BTreeMap<String, String> =
        pairs(world, "select webhook_id || ' ' || user_id from public.login_events").await.into_iter().collect();
    let (mut findings, mut known) = (Vec::new(), HashMap::new());
    for login in of(writes, &["sync_user"]) {
        let id = login.ask.named("webhook-id").unwrap_or_default();
        let (user, found) = (login.body()["user_id"].clone(), counted.get(id));
        known.insert(id.to_owned(), ());
        if login.done().is_some() && found.is_none_or(|found| user != **found) {
            findings.push(format!("the login {id} of {user} was acknowledged and is not there: {found:?}"));
        }
        if login.is_refused() && found.is_some() {
            findings.push(format!("the login {id} of {user} was refused every time and is there"));
        }
    }
    let strange = counted.keys().filter(|id| !known.contains_key(*id));
    findings.extend(strange.map(|id| format!("nobody sent the login {id}, and it is there")));
    let miscounted = "select format('%s has %s logins of %s counted', u.id, u.login_count, count(e.webhook_id)) \
                      from public.users u left join public.login_events e on e.user_id = u.id \
                      where u.profile_at > '2026-01-01T00:00:00Z' \
                      group by u.id having count(e.webhook_id) <> u.login_count";
    findings.extend(world.all(miscounted).await);
    findings
}
