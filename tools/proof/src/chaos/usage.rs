//! What the clusters of chaos tell of usage: some hours of four users, and of these again and again something else.

use anyhow::Result;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use fastrand::Rng;
use rust_decimal::Decimal;
use shared::clock::Clock;
use testkit::{
    World,
    opencost::{OpenCost, Used},
};
use uuid::Uuid;

const HOURS: i64 = 48;
const LATER: i64 = 3;
const USERS: usize = 4;

/// An OpenCost for a cluster, whose namespaces belong to users that no client is about.
pub async fn add(world: &World, cluster: Uuid) -> Result<OpenCost> {
    let opencost = OpenCost::start(0).await?;
    // So many are closed, and a few more will be before all is over.
    let first = Clock::System.now().duration_trunc(TimeDelta::hours(1))? - TimeDelta::hours(HOURS + 2);
    world.add_opencost(cluster, &opencost, first).await;
    for user in 0..USERS {
        world
            .sql(&format!(
                "insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, \
                 owner_username, user_id, from_hour) \
                 values ('{cluster}', {user}, 'work_{user}', 'work-{user}', 'w{user}', 'auth0|w{user}', '-infinity')"
            ))
            .await;
    }
    let mut rng = Rng::with_seed(u64::from(opencost.port));
    for hour in 0..HOURS + LATER {
        draw(&opencost, first + TimeDelta::hours(hour), &mut rng);
    }
    Ok(opencost)
}

pub async fn sign_up(world: &World) {
    for user in 0..USERS {
        world.sign_up(&format!("w{user}")).await;
    }
}

/// OpenCosts know better about some hours, and all hours are read again.
pub async fn revise(world: &World, clusters: &[(Uuid, &OpenCost)], rng: &mut Rng) {
    for (id, opencost) in clusters {
        for hour in hours(world, *id).await {
            if rng.bool() {
                draw(opencost, hour, rng);
            }
        }
    }
    // One by one, so that this deadlocks with nobody.
    for (id, _) in clusters {
        let of = format!("hopsworks_cluster_id = '{id}'");
        world
            .sql(&format!("update app.usage_coverage set due_at = app.now() where {of} and state <> 'given_up'"))
            .await;
    }
}

/// Of hours that are told of.
async fn hours(world: &World, cluster: Uuid) -> Vec<DateTime<Utc>> {
    let hours = format!(
        "select to_char(hour at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from app.usage_coverage \
         where hopsworks_cluster_id = '{cluster}' order by hour"
    );
    world.all(&hours).await.iter().filter_map(|hour| hour.parse().ok()).collect()
}

fn draw(opencost: &OpenCost, hour: DateTime<Utc>, rng: &mut Rng) {
    for user in 0..USERS {
        let used = Used {
            cpu_hours: Decimal::new(rng.i64(0..400_000), 5),
            gpu_hours: Decimal::new(rng.i64(0..100_000), 5),
            pv_byte_hours: Decimal::from(rng.i64(0..100_000_000_000)),
        };
        opencost.set(hour, &format!("work-{user}"), used);
    }
}

/// What is not as the clusters tell it, when all hours have been read for the last time.
pub async fn findings(world: &World, clusters: &[(Uuid, &OpenCost)]) -> Vec<String> {
    let mut findings = Vec::new();
    for (id, opencost) in clusters {
        let unread = format!(
            "select format('usage: %s of {id} is %s (%s)', hour, state, error_code) from app.usage_coverage \
             where hopsworks_cluster_id = '{id}' and state not in ('collected', 'revised') order by hour"
        );
        findings.extend(world.all(&unread).await);
        for hour in hours(world, *id).await {
            for (namespace, used) in opencost.used(hour) {
                let billed = format!(
                    "select coalesce((select format('%s %s %s', trim_scale(cpu_hours), trim_scale(gpu_hours), storage_gb) \
                     from app.usage_readings where source = 'opencost:{id}' and window_start = '{}' and project = '{}'), '0')",
                    hour.to_rfc3339(),
                    namespace.replace('-', "_"),
                );
                let gigabytes = (used.pv_byte_hours / Decimal::from(1_000_000_000)).round_dp(6);
                let told = format!("{} {} {gigabytes:.6}", used.cpu_hours.normalize(), used.gpu_hours.normalize());
                let billed = world.one(&billed).await;
                if billed != told {
                    findings.push(format!("usage: {namespace} at {hour} is billed {billed}, and was {told}"));
                }
            }
        }
    }
    findings
}
