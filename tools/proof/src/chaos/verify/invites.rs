//! Each acknowledged invite is there, accepted by the user whose request was acknowledged and by nobody else.

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use serde_json::Value;
use testkit::World;

use super::select::{json_by_key, of};
use crate::chaos::recorder::Write;

pub async fn invites(world: &World, writes: &[Write]) -> Vec<String> {
    let query = "select encode(token_hash, 'hex') || ' = ' || jsonb_build_object('id', id, 'email', email, \
                 'accepted_by', accepted_by_user_id, 'is_withdrawn', withdrawn_at is not null) from public.team_invites";
    let invites = json_by_key(world, query).await;
    let find = |token: &Value| {
        let hash = digest(&SHA256, token.as_str().unwrap_or_default().as_bytes());
        invites.get(&HEXLOWER.encode(hash.as_ref()))
    };
    let (mut findings, mut acknowledged) = (Vec::new(), HashSet::new());
    for body in of(writes, &["create_invite"]).flat_map(Write::acknowledgements) {
        acknowledged.insert(body["id"].clone());
        if find(&body["token"]).is_none_or(|invite| invite["id"] != body["id"] || invite["email"] != body["email"]) {
            findings.push(format!("the invite {} was acknowledged and is not there", body["id"]));
        }
    }
    let attempts = of(writes, &["create_invite"]).flat_map(|sent| &sent.attempts);
    let unknown = attempts.filter(|attempt| attempt.status >= 500).count();
    let strange = invites.values().filter(|invite| !acknowledged.contains(&invite["id"]));
    if strange.count() > unknown {
        findings.push(format!("there are more invites than were sent: {unknown} of them may be"));
    }
    for accepted in of(writes, &["accept_invite"]) {
        let Some(invite) = find(&accepted.body()["token"]) else {
            findings.push("an invite that was sent is not there".to_owned());
            continue;
        };
        let is_accepted = !invite["accepted_by"].is_null();
        if is_accepted && accepted.is_refused() || !is_accepted && accepted.is_acknowledged() {
            findings.push(format!("the invite is {invite}, and accepting it came to {:?}", accepted.attempts));
        }
    }
    findings
}
