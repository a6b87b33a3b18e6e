//! `make replay`: a month of usage on clusters, collected while OpenCosts fail, restart and change their minds, namespaces
//! pass to other owners, users change teams, and runs are killed. Then the bill of each account is compared with what
//! `replay/bill.py` makes of the same facts, by itself.

mod history;
mod judge;
mod plan;

use std::{path::PathBuf, time::Duration};

use anyhow::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use ops::progress::step;
use serde_json::json;
use shared::{
    clock::Clock,
    config::{Config, Login},
};
use testkit::{World, environment};
use tokio::time::Instant;

use self::history::History;
pub use self::plan::Plan;
use crate::lambda::{Instance, Program};

/// Longer than any run.
const TIME_OUT: Duration = Duration::from_secs(660);
/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub runs: u32,
    pub killed: u32,
    pub hours: u64,
    /// How long all runs took together.
    pub took: Duration,
    pub peak_kib: Option<u64>,
    pub accounts: usize,
    /// Empty, if all is right.
    pub findings: Vec<String>,
}

/// Replays in a world without users. The release binary runs if there is a `home` for its log, else the function in this
/// process.
pub async fn run(world: &mut World, home: Option<PathBuf>, plan: Plan) -> Result<Outcome> {
    let mut rng = Rng::with_seed(plan.seed);
    let begins: DateTime<Utc> = "2026-06-01T00:00:00Z".parse()?;
    // With partitions for readings of that time.
    world.database_time_is(&format!("timestamptz '{}'", begins.to_rfc3339())).await;
    step("making users, clusters and what they will use");
    let mut history = History::make(world, begins, plan, &mut rng).await?;
    let mut outcome = Outcome::default();
    let mut now = begins;
    // Hours are read once more after a day, and some are missing until then.
    while now < begins + TimeDelta::days(i64::from(plan.days) + 3) {
        now = history.next_event(now + TimeDelta::hours(rng.i64(1..8)));
        it_is(world, now).await;
        history.happen(world, now, &mut rng).await?;
        let is_killed = rng.u32(..plan.killed_one_in) == 0;
        collect(world, home.as_ref(), &history, is_killed.then_some(&mut rng), &mut outcome).await?;
        if outcome.runs.is_multiple_of(20) {
            step(&format!("{}: {} runs, {} of them killed", now.format("%F"), outcome.runs, outcome.killed));
        }
    }
    history.calm();
    world.sql("update app.usage_coverage set due_at = app.now() where state in ('expected', 'missing')").await;
    collect(world, home.as_ref(), &history, None, &mut outcome).await?;
    let (accounts, findings) = judge::judge(world, &history).await?;
    outcome.accounts = accounts;
    outcome.findings.extend(findings);
    step("collecting once more: nothing may change");
    let before = judge::checksum(world).await;
    world.sql("update app.usage_coverage set due_at = app.now()").await;
    collect(world, home.as_ref(), &history, None, &mut outcome).await?;
    if judge::checksum(world).await != before {
        outcome.findings.push("another run over the same hours has changed the bill".to_owned());
    }
    Ok(outcome)
}

/// One run, which is killed while it reads if there is chance for it.
async fn collect(
    world: &World,
    home: Option<&PathBuf>,
    history: &History,
    kill: Option<&mut Rng>,
    outcome: &mut Outcome,
) -> Result<()> {
    outcome.runs += 1;
    let mut held = kill.map(|rng| history.hold_a_request(rng));
    let started = Instant::now();
    let run = async {
        let Some(home) = home else {
            let worker = world.collector(collect_usage::run).await;
            return worker.handle(json!({})).await.map_err(Error::msg).map(|report| (report, None));
        };
        let secret_id = world.put_secret(&world.secret(world.stack.pgbouncer_port)).await;
        let config = Config { login: Login::Collector, ..world.config(&secret_id) };
        let program = Program::released(collect_usage::NAME).with(environment(config));
        let instance = Instance::start(&program, home).await?;
        let report = instance.invoke_within(TIME_OUT, &json!({})).await?;
        Ok((report, Some(instance.peak_resident_kib()?)))
    };
    let ended = match &mut held {
        None => Some(run.await?),
        Some(held) => tokio::select! {
            ended = run => Some(ended?),
            () = held.arrived() => None,
        },
    };
    outcome.took += started.elapsed();
    drop(held);
    match ended {
        Some((report, peak)) => {
            outcome.hours += report["read"].as_u64().unwrap_or_default();
            outcome.peak_kib = outcome.peak_kib.max(peak);
        }
        None => {
            outcome.killed += 1;
            // Its lease is over before the next run.
            world.sql("update app.usage_collection set leased_until = app.now() where lease is not null").await;
        }
    }
    Ok(())
}

async fn it_is(world: &mut World, time: DateTime<Utc>) {
    world.clock = Clock::manual(time);
    let time = time.to_rfc3339();
    world
        .sql(&format!(
            "create or replace function app.now() returns timestamptz language sql stable parallel safe \
             as $$ select timestamptz '{time}' $$"
        ))
        .await;
}
