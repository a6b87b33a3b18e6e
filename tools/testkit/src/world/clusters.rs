//! Clusters of a world that a server stands behind, and the function that works on them.

use shared::{
    cipher::{Cipher, EncryptionKeys, Location},
    config::{Config, Login},
    scheduled::ScheduledTask,
};
use uuid::Uuid;

use super::{World, function::Worker};
use crate::hopsworks::Hopsworks;

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

    /// A cluster's key as the database has it.
    pub fn sealed(&self, cluster: Uuid, key: &str) -> String {
        let keys = EncryptionKeys::from_json(&self.secret["encryption_keys"]).expect("our own keys");
        let place = Location { column: "hopsworks_clusters.api_key", row: cluster };
        Cipher::new(&keys).expect("our own keys").encrypt(place, &key.to_owned().into()).as_str().to_owned()
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
        let secret_id = self.put_secret(&self.secret(self.stack.pgbouncer_port)).await;
        let config = Config { login, ..self.config(&secret_id) };
        Worker::start(name, work, Ok(config), self.clock.clone()).await
    }
}
