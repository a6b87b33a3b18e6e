//! Clusters of a world that a server stands behind, and the function that works on them.

use chrono::{DateTime, SecondsFormat, Utc};
use ops::admin_db::literal;
use shared::{
    cipher::{Cipher, EncryptionKeys, Location},
    config::{Config, Login},
    scheduled::ScheduledTask,
};
use uuid::Uuid;

use super::{World, function::Worker};
use crate::{hopsworks::Hopsworks, opencost::OpenCost};

/// Under which the servers know the identity provider.
pub const OAUTH_CLIENT_ID: &str = "web-app";

impl World {
    /// Adds a cluster that a server stands behind, as an administrator does.
    pub async fn add_hopsworks_cluster(&self, hopsworks: &Hopsworks, name: &str, max_users: u32) -> Uuid {
        let id = Uuid::new_v4();
        let (url, key, ca) = (hopsworks.url(), self.sealed(id, &hopsworks.api_key()), hopsworks.ca_pem());
        self.sql(&format!(
            "insert into public.hopsworks_clusters (id, name, api_url, api_key, max_users) \
             values ('{id}', '{name}', '{url}', '{key}', {max_users}); \
             insert into app.hopsworks_provisioning (hopsworks_cluster_id, oauth_client_id, tls_ca_pem, owner_projects) \
             values ('{id}', '{OAUTH_CLIENT_ID}', '{ca}', 3)"
        ))
        .await;
        id
    }

    /// Has the usage of a cluster read from this OpenCost from an hour on, as an administrator does.
    pub async fn add_opencost(&self, cluster: Uuid, opencost: &OpenCost, collect_from: DateTime<Utc>) {
        let place = Location { column: "usage_collection.token", row: cluster };
        let token = opencost.token().map(|token| literal(&self.sealed_at(place, &token)));
        self.sql(&format!(
            "insert into app.usage_collection (hopsworks_cluster_id, opencost_url, tls_ca_pem, token, collect_from, \
               cpu_cores, gpus, system_namespaces, projects_seen_at) \
             values ('{cluster}', '{}', '{}', {}, '{}', 1000, 100, '{{kube-system,__unmounted__}}', 'infinity')",
            opencost.url(),
            opencost.ca_pem(),
            token.as_deref().unwrap_or("null"),
            collect_from.to_rfc3339_opts(SecondsFormat::Secs, true),
        ))
        .await;
    }

    /// A cluster's key as the database has it.
    pub fn sealed(&self, cluster: Uuid, key: &str) -> String {
        self.sealed_at(Location { column: "hopsworks_clusters.api_key", row: cluster }, key)
    }

    fn sealed_at(&self, place: Location, value: &str) -> String {
        let keys = EncryptionKeys::from_json(&self.secret["encryption_keys"]).expect("our own keys");
        Cipher::new(&keys).expect("our own keys").encrypt(place, &value.to_owned().into()).as_str().to_owned()
    }

    /// A new instance of `provision`, which does this.
    pub async fn provisioner<W: ScheduledTask>(&self, work: W) -> Worker<W> {
        self.worker_as(Login::Provisioner, "provision", work).await
    }

    /// A new instance of `collect-usage`, which does this.
    pub async fn collector<W: ScheduledTask>(&self, work: W) -> Worker<W> {
        self.worker_as(Login::Collector, "collect-usage", work).await
    }

    async fn worker_as<W: ScheduledTask>(&self, login: Login, name: &'static str, work: W) -> Worker<W> {
        self.worker_with(name, work, |config| Config { login, ..config }).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::scheduled::Run;

    use super::*;

    #[tokio::test]
    async fn an_opencost_is_known_with_its_authority_and_a_token_that_opens_in_its_row() {
        let (world, opencost) = (World::new().await, OpenCost::start(0).await.unwrap());
        let cluster = world.add_cluster("a", 1).await.parse::<Uuid>().unwrap();
        opencost.set_token(Some("secret"));
        world.add_opencost(cluster, &opencost, DateTime::UNIX_EPOCH).await;
        let row = "select token from app.usage_collection where tls_ca_pem like '-----BEGIN%'";
        let (url, token) = (world.one("select opencost_url from app.usage_collection").await, world.one(row).await);
        let keys = EncryptionKeys::from_json(&world.secret["encryption_keys"]).unwrap();
        let place = Location { column: "usage_collection.token", row: cluster };
        let cipher = Cipher::new(&keys).unwrap();
        assert!(cipher.decrypt(place, &token).is_ok());
        assert!(cipher.decrypt(Location { row: Uuid::nil(), ..place }, &token).is_err());
        assert_eq!(url, opencost.url());
    }

    #[tokio::test]
    async fn the_collector_logs_in_and_may_call_what_was_granted_to_it_alone() {
        let world = World::new().await;
        let call = "select count_accounts('{}')";
        for role in ["collector", "publisher", "api"] {
            let refusal = world.direct().await.run(&format!("set role {role}; {call}")).await.unwrap_err();
            assert_eq!(refusal.code, "42501", "{role}: {refusal:?}");
        }
        let worker = world.collector(async |job: &Run| job.app.db.warm().await.map(|()| json!({}))).await;
        assert_eq!(worker.handle(json!({})).await, Ok(json!({})));
    }
}
