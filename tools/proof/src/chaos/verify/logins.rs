//! Each acknowledged login has been counted once, by its `webhook-id`.

use std::collections::HashSet;

use testkit::World;

use super::select::{json_by_key, of};
use crate::chaos::recorder::Write;

pub async fn logins(world: &World, writes: &[Write]) -> Vec<String> {
    let query = "select webhook_id || ' = ' || to_jsonb(user_id) from public.login_events";
    let counted = json_by_key(world, query).await;
    let (mut findings, mut sent) = (Vec::new(), HashSet::new());
    for login in of(writes, &["sync_user"]) {
        let id = login.header("webhook-id");
        let (user, found) = (login.body()["user_id"].clone(), counted.get(id));
        sent.insert(id);
        if login.is_acknowledged() && found != Some(&user) {
            findings.push(format!("the login {id} of {user} was acknowledged and is not there: {found:?}"));
        }
        if login.is_refused() && found.is_some() {
            findings.push(format!("the login {id} of {user} was refused every time and is there"));
        }
    }
    let strange = counted.keys().filter(|id| !sent.contains(id.as_str()));
    findings.extend(strange.map(|id| format!("nobody sent the login {id}, and it is there")));
    let miscounted = "select format('%s has %s logins of %s counted', u.id, u.login_count, count(e.webhook_id)) \
                      from public.users u left join public.login_events e on e.user_id = u.id \
                      where u.profile_at > '2026-01-01T00:00:00Z' \
                      group by u.id having count(e.webhook_id) <> u.login_count";
    findings.extend(world.all(miscounted).await);
    findings
}
