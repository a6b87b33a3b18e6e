//! A back office with a cluster whose usage is collected: it is half past noon of July 15, hours have been over for two
//! hours when they are read, and a CPU hour costs 0.175 dollars.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use collect_usage::run;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{
    World,
    opencost::{OpenCost, Used},
};
use uuid::Uuid;

pub const NOW: &str = "2026-07-15T12:30:00Z";

/// The cluster `demo`, and what stands behind it.
pub struct Site {
    pub world: World,
    pub opencost: OpenCost,
    pub cluster: Uuid,
}

impl Site {
    /// Usage is collected from that hour of July 15 on; Ann, Bob and Eve have signed up.
    pub async fn from(hour: u32) -> Self {
        let mut world = World::new().await;
        it_is(&mut world, NOW).await;
        world.sql("insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'test')").await;
        for name in ["ann", "bob", "eve"] {
            world.sign_up(name).await;
        }
        let cluster = world.add_cluster("demo", 10).await.parse().unwrap();
        let opencost = OpenCost::start(0).await.unwrap();
        world.add_opencost(cluster, &opencost, at(hour)).await;
        Self { world, opencost, cluster }
    }

    /// The hours 8 and 9, the only ones that are due at half past noon, and are all there.
    pub async fn ready() -> Self {
        let site = Self::from(8).await;
        for hour in [8, 9] {
            site.use_all(hour);
        }
        site
    }

    /// Ann's namespace and the cluster's own.
    pub fn use_all(&self, hour: u32) {
        self.used(hour, "ann", "2", "0", "3");
        self.used(hour, "kube-system", "1", "0", "0");
    }

    /// CPU and GPU hours, and gigabytes.
    pub fn used(&self, hour: u32, namespace: &str, cpu: &str, gpu: &str, gb: &str) {
        let [cpu_hours, gpu_hours, gb]: [Decimal; 3] = [cpu, gpu, gb].map(|amount| amount.parse().unwrap());
        let pv_byte_hours = gb * Decimal::from(1_000_000_000);
        self.opencost.set(at(hour), namespace, Used { cpu_hours, gpu_hours, pv_byte_hours });
    }

    /// `auth0|<name>` owns the namespace from one hour of the day to another, by a project of that name.
    pub async fn owns(&self, name: &str, namespace: &str, hours: std::ops::Range<u32>) {
        let hour = |hour: u32| if hour < 24 { format!("'{}'", at(hour)) } else { "'infinity'".to_owned() };
        self.world
            .sql(&format!(
                "insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, \
                 user_id, from_hour, to_hour) values ('{}', {}, '{}', '{namespace}', '{name}', 'auth0|{name}', {}, {})",
                self.cluster,
                hours.start + 100,
                namespace.replace('-', "_"),
                hour(hours.start),
                hour(hours.end),
            ))
            .await;
    }

    /// One run; what it did.
    pub async fn collect(&self) -> Value {
        let worker = self.world.collector(run).await;
        worker.handle(json!({})).await.unwrap_or_else(|failure| panic!("{failure}: {}", worker.log.text()))
    }

    pub async fn it_is(&mut self, time: &str) {
        it_is(&mut self.world, time).await;
    }

    /// `hour state namespaces` of each hour, with the code if there is one.
    pub async fn hours(&self) -> Vec<String> {
        self.world
            .all(
                "select concat_ws(' ', extract(hour from hour at time zone 'UTC'), state, namespaces, error_code) \
                 from app.usage_coverage order by hopsworks_cluster_id, hour",
            )
            .await
    }

    /// `user hour project: CPU, GPU, gigabytes` of each reading.
    pub async fn readings(&self) -> Vec<String> {
        self.world
            .all(
                "select format('%s %s %s: %s, %s, %s', user_id, extract(hour from window_start at time zone 'UTC'), project, \
                 trim_scale(cpu_hours), trim_scale(gpu_hours), trim_scale(storage_gb)) \
                 from app.usage_readings order by user_id, window_start, project",
            )
            .await
    }

    /// `namespace hours` of what waits for an owner or was refused, but for the cluster's own.
    pub async fn unattributed(&self) -> Vec<String> {
        self.world
            .all(
                "select concat_ws(' ', namespace, count(*), rejection) from app.namespace_hours \
                 where (user_id is null or rejection is not null) and namespace <> 'kube-system' \
                 group by namespace, rejection order by namespace",
            )
            .await
    }

    /// What accounts owe, by their owners.
    pub async fn used_dollars(&self) -> BTreeMap<String, String> {
        let owed = "select user_id || ' ' || total_used from public.user_credits where total_used > 0";
        let owed = self.world.all(owed).await;
        owed.iter()
            .filter_map(|owed| owed.split_once(' '))
            .map(|(user, owed)| (user.to_owned(), owed.to_owned()))
            .collect()
    }
}

/// An hour of July 15.
pub fn at(hour: u32) -> DateTime<Utc> {
    format!("2026-07-15T{hour:02}:00:00Z").parse().unwrap()
}

async fn it_is(world: &mut World, time: &str) {
    world.clock = Clock::manual(time.parse().unwrap());
    world.database_time_is(&format!("timestamptz '{time}'")).await;
}
