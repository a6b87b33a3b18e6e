//! What every request costs where there are a thousand times more users: the median of each on a small and on a large
//! database, in turn, so that other work on the machine slows both; and what was scanned as a whole meanwhile.

mod cases;
mod scans;

use anyhow::{Context, Error, Result, anyhow, bail};
use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::Value;
use shared::http::routes::Operation;

use self::cases::{CASES, Case};
use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::succeeded,
    times::Times,
};
use contract::openapi;
use ops::{admin_db::AdminDb, progress::step};
use testkit::{Function, TestRequest, World, stack::Stack};

/// In one session: the second part knows what the first has made.
const SCRIPT: &str = concat!(include_str!("scale/people.sql"), include_str!("scale/usage.sql"));

const PREWARM: &str = "select sum(pg_prewarm(oid)) from pg_class \
    where relkind in ('r', 'i') and relnamespace in ('public'::regnamespace, 'app'::regnamespace)";

/// The pooler has four connections, and a statement is planned for good with its sixth call on each.
const WARM_UPS: usize = 40;
const REQUESTS: usize = 100;

struct Database {
    world: World,
    admin: String,
    /// By the operation's id.
    functions: BTreeMap<&'static str, (Operation, Arc<Function>)>,
}

pub async fn measure(stack: &Stack) -> Result<Vec<Table>> {
    // On so many clusters that a page of them is as full as on the large one.
    let small = Database::create(stack, 1_000, 60).await?;
    let large = Database::create(stack, 1_000_000, 200).await?;
    let missing: Vec<_> = small.functions.keys().filter(|id| CASES.iter().all(|case| case.operation != **id)).collect();
    if !missing.is_empty() {
        bail!("no case asks for {missing:?}");
    }
    let before = scans::of_growing_tables(&large.world).await?;
    let mut figures = Vec::new();
    for case in CASES {
        let (operation, _) = small.function(case)?;
        let method = openapi::method(operation)?.to_uppercase();
        let what = format!("{method} {} {}", operation.path, case.with).trim_end().to_owned();
        let (on_small, on_large) = medians(case, &small, &large).await.with_context(|| what.clone())?;
        step(&format!("{what}: {on_small} and {on_large} microseconds"));
        let figure = Figure::new(what, Unit::Microseconds, on_large);
        figures.push(figure.beside("on the small database", on_small).limit(Limit::AtMostPercent(130)));
    }
    figures.push(scans::figure(&large.world, &before).await?);
    figures.extend(full_passes(&large.world).await?);
    let about = "Every request on a million users, 200 clusters and five million readings of 14 months. Beside it: the \
                 same on a thousand users. Median.";
    Ok(vec![Table::new("Scale", about, figures)])
}

impl Database {
    async fn create(stack: &Stack, users: u32, clusters: u32) -> Result<Self> {
        step(&format!("making a database of {users} users"));
        let started = Instant::now();
        let world = World::on(stack.address).await;
        let mut owner = AdminDb::connect(&stack.address.direct_url(&world.database)).await?;
        owner.run(&format!("set scale.users = {users}; set scale.clusters = {clusters}")).await?;
        owner.run(SCRIPT).await.context("making the database")?;
        owner.run("vacuum (analyze)").await?;
        // A server that has run for a while has read what it is asked for.
        owner.run(&format!("create extension pg_prewarm; {PREWARM}")).await.context("reading the database")?;
        step(&format!("made in {} s", started.elapsed().as_secs()));
        let admin = world.one("select id from scale.people where is_admin order by n limit 1").await;
        let mut functions = BTreeMap::new();
        for (name, routes) in openapi::functions() {
            let operations = routes.operations().to_vec();
            let function = Arc::new(world.function(name, routes).await);
            functions
                .extend(operations.into_iter().map(|operation| (operation.id, (operation, Arc::clone(&function)))));
        }
        Ok(Self { world, admin, functions })
    }

    fn function(&self, case: &Case) -> Result<&(Operation, Arc<Function>)> {
        self.functions.get(case.operation).ok_or_else(|| anyhow!("there is no operation {}", case.operation))
    }

    /// The requests of a case, for which whatever they need is made.
    async fn requests(&self, case: &Case, count: usize) -> Result<Vec<TestRequest>> {
        let mut owner = AdminDb::connect(&self.world.stack.direct_url(&self.world.database)).await?;
        // Its own scans must not be counted.
        owner.run(&format!("set enable_seqscan = off; set scale.count = {count}")).await?;
        let (before, rows) = case.rows(count);
        owner.run(before).await?;
        let rows = owner.texts(&rows).await?;
        if rows.len() != count {
            bail!("{} rows for {count} requests", rows.len());
        }
        let (operation, _) = self.function(case)?;
        let requests = rows.iter().map(|row| {
            let mut row: Value = serde_json::from_str(row.as_deref().unwrap_or_default())?;
            row["admin"] = Value::from(self.admin.as_str());
            case.request(operation, &self.world, row)
        });
        requests.collect()
    }
}

/// The medians on the two, in microseconds.
async fn medians(case: &Case, small: &Database, large: &Database) -> Result<(u64, u64)> {
    let count = WARM_UPS + REQUESTS;
    let requests = small.requests(case, count).await?.into_iter().zip(large.requests(case, count).await?);
    let mut times = [Times::default(), Times::default()];
    for (number, (to_small, to_large)) in requests.enumerate() {
        for (times, (database, request)) in times.iter_mut().zip([(small, to_small), (large, to_large)]) {
            let (_, function) = database.function(case)?;
            let started = Instant::now();
            let answer = function.send(request).await;
            if number >= WARM_UPS {
                times.add_since(started);
            }
            succeeded(answer)?;
        }
    }
    Ok(times.each_ref().map(Times::median).into())
}

/// How long it takes to check all users: the daily run, and the view of what must always hold.
async fn full_passes(world: &World) -> Result<Vec<Figure>> {
    let figure = |what: &str, started: Instant| {
        let mut times = Times::default();
        times.add_since(started);
        Figure::new(what, Unit::Microseconds, times.median())
    };
    step("running the daily work");
    let worker = world.worker(upkeep::NAME, upkeep::run).await;
    let started = Instant::now();
    let report = worker.handle(serde_json::json!({ "source": "aws.scheduler" })).await.map_err(Error::msg)?;
    let daily = figure("a run of upkeep, all users looked at", started);
    if report["violations"] != 0 {
        bail!("not sound: {report}");
    }
    step("counting what violates an invariant");
    let started = Instant::now();
    let violations = world.one("select count(*) from app.invariant_violations").await;
    let view = figure("select count(*) from app.invariant_violations", started);
    if violations == "0" { Ok(vec![daily, view]) } else { Err(anyhow!("not sound: {violations}")) }
}
