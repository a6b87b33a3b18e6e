//! Two Hopsworks clusters for the back office to work with, each with its OpenCost, and the schedules by which it does.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{
    hopsworks::Hopsworks,
    opencost::{OpenCost, Used},
    process::Port,
};
use tokio::{task::JoinSet, time::sleep};

/// Under which the clusters know the identity provider.
const OAUTH_CLIENT_ID: &str = "back-office";
/// Between two tries while the gateway is not there.
const PAUSE: Duration = Duration::from_secs(1);
/// A run ends as Lambda ends it (`Timeout` in template.yaml): one that hangs, as when its function is built anew, is not
/// waited for until the next start.
const RUN_ENDS_AFTER: Duration = Duration::from_secs(130);
/// On AWS it is an hour.
const COLLECTS_EVERY: Duration = Duration::from_secs(5);

pub struct Clusters {
    servers: [Cluster; 2],
    _schedules: JoinSet<()>,
}

struct Cluster {
    name: &'static str,
    hopsworks: Hopsworks,
    opencost: OpenCost,
}

impl Clusters {
    /// Starts the clusters on the usual ports or others, and the functions that look after them again and again, with the one
    /// that tells of it. (On AWS `provision` and `publish` are started every minute and work for longer than that; here the
    /// next run begins when one ends.)
    pub async fn start(home: &Path, gateway_port: u16) -> Result<Self> {
        let home = home.join("hopsworks");
        let servers =
            [Cluster::start("demo", &home, 9002, 9004).await?, Cluster::start("second", &home, 9003, 9005).await?];
        let mut schedules = JoinSet::new();
        for (function, pause) in
            [("provision", Duration::ZERO), ("publish", Duration::ZERO), ("collect-usage", COLLECTS_EVERY)]
        {
            let url = format!("http://127.0.0.1:{gateway_port}/2015-03-31/functions/{function}/invocations");
            schedules.spawn(invoke_again_and_again(url, pause));
        }
        Ok(Self { servers, _schedules: schedules })
    }

    /// What an administrator tells the API to add the cluster.
    pub fn body(&self, name: &str, max_users: u32) -> Result<Value> {
        let hopsworks = &self.cluster(name)?.hopsworks;
        Ok(json!({
            "name": name,
            "api_url": hopsworks.url(),
            "api_key": hopsworks.api_key(),
            "max_users": max_users,
            "provisioning": { "oauth_client_id": OAUTH_CLIENT_ID, "tls_ca_pem": hopsworks.ca_pem() },
        }))
    }

    /// What an administrator tells the API, so that the cluster's usage is collected from the last full hour on.
    pub fn collection(&self, name: &str) -> Result<Value> {
        let opencost = &self.cluster(name)?.opencost;
        Ok(json!({
            "opencost_url": opencost.url(),
            "tls_ca_pem": opencost.ca_pem(),
            "cpu_cores": 64,
            "gpus": 8,
            "closed_for_minutes": 0,
            "collect_from": last_full_hour()?,
        }))
    }

    /// Somebody of this address whom the back office does not know has an account there.
    pub fn add_stranger(&self, name: &str, email: &str) -> Result<()> {
        self.cluster(name)?.hopsworks.add_user(None, email);
        Ok(())
    }

    /// A user makes a project on the cluster, and has worked there for the last full hour: what OpenCost tells of it.
    pub fn work(&self, name: &str, sub: &str, project: &str) -> Result<Value> {
        let Cluster { hopsworks, opencost, .. } = self.cluster(name)?;
        let user = hopsworks.users().into_iter().find(|user| user.subject.as_deref() == Some(sub));
        hopsworks.add_project(user.context("the user has no account there")?.number, project);
        let used = Used {
            cpu_hours: Decimal::from(4),
            gpu_hours: Decimal::ONE,
            pv_byte_hours: Decimal::from(50_000_000_000_u64),
        };
        let (hour, namespace) = (last_full_hour()?, project.to_lowercase().replace('_', "-"));
        opencost.set(hour, &namespace, used);
        opencost.set(hour, "kube-system", Used { gpu_hours: Decimal::ZERO, pv_byte_hours: Decimal::ZERO, ..used });
        Ok(json!({
            "window": hour,
            "namespace": namespace,
            "cpuCoreHours": used.cpu_hours,
            "gpuHours": used.gpu_hours,
            "pvByteHours": used.pv_byte_hours,
        }))
    }

    /// A user as the cluster has them; null if it does not know them.
    pub fn user(&self, name: &str, sub: &str) -> Result<Value> {
        let users = self.cluster(name)?.hopsworks.users();
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

    fn cluster(&self, name: &str) -> Result<&Cluster> {
        let cluster = self.servers.iter().find(|cluster| cluster.name == name);
        cluster.with_context(|| format!("there is no cluster {name}"))
    }
}

impl Cluster {
    /// On these ports, or others.
    async fn start(name: &'static str, home: &Path, hopsworks: u16, opencost: u16) -> Result<Self> {
        let home = home.join(name);
        fs::create_dir_all(&home)?;
        let [hopsworks, opencost] = [hopsworks, opencost].map(Port::reserve);
        Ok(Self {
            name,
            hopsworks: Hopsworks::start_kept(hopsworks?.release(), &home).await?,
            opencost: OpenCost::start_kept(opencost?.release(), &home).await?,
        })
    }
}

/// What goes wrong stands in the function's log.
async fn invoke_again_and_again(url: String, pause: Duration) {
    loop {
        let run = reqwest::Client::new().post(&url).body("{}").timeout(RUN_ENDS_AFTER);
        let is_there = run.send().await.is_ok();
        sleep(if is_there { pause } else { PAUSE }).await;
    }
}

fn last_full_hour() -> Result<DateTime<Utc>> {
    let hour = TimeDelta::hours(1);
    Ok(Clock::System.now().duration_trunc(hour)? - hour)
}
