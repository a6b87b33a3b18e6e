//! A back office with a cluster that provisions, and the server behind it.

use serde_json::{Value, json};
use shared::scheduled::{Run, ScheduledTask};
use testkit::{
    Worker, World,
    hopsworks::{Hopsworks, HopsworksUser, Status},
};
use uuid::Uuid;

/// The server behind the cluster `demo`, and that cluster's id.
pub async fn demo(world: &World, max_users: u32) -> (Hopsworks, Uuid) {
    let hopsworks = crate::fixtures::start().await;
    let id = world.add_hopsworks_cluster(&hopsworks, "demo", max_users).await;
    (hopsworks, id)
}

/// An instance of the function that works until nothing is due.
pub async fn worker(world: &World) -> Worker<impl ScheduledTask> {
    world.provisioner(async |job: &Run| provision::until_idle(job).await).await
}

/// Works until nothing is due; the report.
pub async fn work(world: &World) -> Value {
    worker(world).await.handle(json!({})).await.unwrap()
}

/// From now on usage is collected from the cluster, and so its projects are listed.
pub async fn collect(world: &World, cluster: Uuid) {
    world
        .sql(&format!(
            "insert into app.usage_collection \
               (hopsworks_cluster_id, opencost_url, collect_from, cpu_cores, gpus, system_namespaces) \
             values ('{cluster}', 'https://opencost.example.com', '2026-01-01T00:00:00Z', 100, 0, '{{}}')"
        ))
        .await;
}

/// The number of the user with this subject.
pub fn number_of(hopsworks: &Hopsworks, subject: &str) -> i32 {
    hopsworks.users().iter().find(|user| user.subject.as_deref() == Some(subject)).unwrap().number
}

/// `subject status projects` of each user of the server that our identity provider knows.
pub fn accounts(hopsworks: &Hopsworks) -> Vec<String> {
    let mut accounts: Vec<String> = hopsworks.users().iter().filter_map(account).collect();
    accounts.sort();
    accounts
}

fn account(user: &HopsworksUser) -> Option<String> {
    let status = match user.status {
        Status::Activated => "active",
        Status::Deactivated => "deactivated",
        _ => "other",
    };
    Some(format!("{} {status} {}", user.subject.as_ref()?, user.max_projects))
}

/// `user wanted projects state` of each account in the database, and the user's instance.
pub async fn wanted(world: &World) -> Vec<String> {
    world
        .all(
            "select concat_ws(' ', a.user_id, a.wanted, a.wanted_projects, account_state(a, p, c.api_key is not null), i.status) \
             from app.hopsworks_accounts a \
             left join app.hopsworks_provisioning p using (hopsworks_cluster_id) \
             join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id \
             left join public.instances i using (user_id) order by a.user_id, a.wanted",
        )
        .await
}
