//! The accounts on the clusters, against seats and users.

use std::{collections::BTreeMap, time::Duration};

use testkit::{World, hopsworks::Status};
use tokio::time::{Instant, sleep};

use crate::{chaos::clusters::Cluster, storm::values::by_key};

/// From when everything was mended. A claim whose answer was lost leaves a lease, which ends after two minutes.
const DONE_WITHIN: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(100);

/// Waits until nothing is to be done about any account or any hour of usage, but not for ever.
pub async fn are_done(world: &World) {
    let due = "select (select count(*) from app.hopsworks_accounts where done_revision < revision) \
               + (select count(*) from app.usage_coverage where state in ('expected', 'missing') or due_at <= app.now())";
    let began = Instant::now();
    while world.one(due).await != "0" && began.elapsed() < DONE_WITHIN {
        sleep(POLL).await;
    }
}

/// Every account is as it should be, on the cluster too.
pub async fn accounts(world: &World, clusters: &[Cluster]) -> Vec<String> {
    let unfinished = "select format('the account of %s is not done or stuck: %s, %s', user_id, error_code, error_detail) \
                      from app.hopsworks_accounts where done_revision < revision or stuck_since is not null";
    let mut findings = world.all(unfinished).await;
    for cluster in clusters {
        findings.extend(on(world, cluster).await);
    }
    findings
}

async fn on(world: &World, Cluster { id, name, hopsworks, .. }: &Cluster) -> Vec<String> {
    let mut active = BTreeMap::<String, Vec<i32>>::new();
    let (mut findings, mut counts) = (Vec::new(), BTreeMap::<String, usize>::new());
    for user in hopsworks.users() {
        let subject = user.subject.unwrap_or_default();
        *counts.entry(subject.clone()).or_default() += 1;
        if user.status == Status::Activated {
            active.entry(subject).or_default().push(user.max_projects);
        }
    }
    let doubled = counts.iter().filter(|(_, count)| **count > 1);
    findings.extend(doubled.map(|(user, count)| format!("{user} has {count} accounts on {name}")));
    // How many projects they may have, by who sits there and may work.
    let seated: BTreeMap<String, Vec<i32>> = by_key(
        world,
        &format!(
            "select s.user_id, jsonb_build_array(a.wanted_projects) \
             from public.user_hopsworks_assignments s \
             join public.users u on u.id = s.user_id \
             left join app.hopsworks_accounts a using (user_id, hopsworks_cluster_id) \
             where hopsworks_cluster_id = '{id}' and u.status = 'active'"
        ),
    )
    .await;
    for (user, projects) in &seated {
        match active.get(user) {
            None => findings.push(format!("{user} is left out on {name}: there is a seat and no active account")),
            Some(there) if there != projects => {
                findings
                    .push(format!("{user} may have {projects:?} projects on {name}, and the account has {there:?}"));
            }
            Some(_) => {}
        }
    }
    let strangers = active.keys().filter(|user| !seated.contains_key(*user));
    findings.extend(strangers.map(|user| format!("{user} has an active account without a seat on {name}")));
    let instances: BTreeMap<String, String> = by_key(
        world,
        &format!(
            "select user_id, to_jsonb(i.status) from public.user_hopsworks_assignments s \
             join public.instances i using (user_id) where s.hopsworks_cluster_id = '{id}'"
        ),
    )
    .await;
    let wrong = instances.iter().filter(|(user, status)| (*status == "active") != active.contains_key(*user));
    let told = |(user, status): (&String, &String)| {
        let is = if active.contains_key(user) { "is" } else { "is not" };
        format!("the instance of {user} is {status}, and their account on {name} {is} active")
    };
    findings.extend(wrong.map(told));
    findings
}
