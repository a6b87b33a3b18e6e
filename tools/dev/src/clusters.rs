//! Two Hopsworks clusters for the back office to work with, and the schedule by which it does.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use testkit::{hopsworks::Hopsworks, process::Port};
use tokio::{task::JoinSet, time::sleep};

/// Under which the clusters know the identity provider.
const OAUTH_CLIENT_ID: &str = "back-office";
/// Between two tries while the gateway is not there.
const PAUSE: Duration = Duration::from_secs(1);

pub struct Clusters {
    servers: [(&'static str, Hopsworks); 2],
    _schedule: JoinSet<()>,
}

impl Clusters {
    /// Starts the clusters on the usual ports or others, and `provision` again and again. (On AWS it is started every
    /// minute and works for longer than that; here the next run begins when one ends.)
    pub async fn start(home: &Path, gateway_port: u16) -> Result<Self> {
        let [demo, second] = [("demo", 9002), ("second", 9003)].map(|(name, port)| {
            let folder = home.join("hopsworks").join(name);
            fs::create_dir_all(&folder).map(|()| (folder, Port::reserve(port)))
        });
        let ((demo_home, demo_port), (second_home, second_port)) = (demo?, second?);
        let servers = [
            ("demo", Hopsworks::start_kept(demo_port?.release(), &demo_home).await?),
            ("second", Hopsworks::start_kept(second_port?.release(), &second_home).await?),
        ];
        let mut schedule = JoinSet::new();
        schedule.spawn(async move {
            let url = format!("http://127.0.0.1:{gateway_port}/2015-03-31/functions/provision/invocations");
            loop {
                // What goes wrong stands in the function's log.
                if reqwest::Client::new().post(&url).body("{}").send().await.is_err() {
                    sleep(PAUSE).await;
                }
            }
        });
        Ok(Self { servers, _schedule: schedule })
    }

    /// What an administrator tells the API to add the cluster.
    pub fn body(&self, name: &str, max_users: u32) -> Result<Value> {
        let server = self.server(name)?;
        Ok(json!({
            "name": name,
            "api_url": server.url(),
            "api_key": server.api_key(),
            "max_users": max_users,
            "provisioning": { "oauth_client_id": OAUTH_CLIENT_ID, "tls_ca_pem": server.ca_pem() },
        }))
    }

    /// A user as the cluster has them; null if it does not know them.
    pub fn user(&self, name: &str, sub: &str) -> Result<Value> {
        let users = self.server(name)?.users();
        let user = users.into_iter().find(|user| user.subject.as_deref() == Some(sub));
        Ok(user.map_or(Value::Null, |user| {
            json!({
                "id": user.number,
                "username": user.username,
                "email": user.email,
                "status": format!("{:?}", user.status).to_lowercase(),
                "maxNumProjects": user.max_projects,
            })
        }))
    }

    fn server(&self, name: &str) -> Result<&Hopsworks> {
        let server = self.servers.iter().find(|(known, _)| *known == name);
        server.map(|(_, server)| server).with_context(|| format!("there is no cluster {name}"))
    }
}
