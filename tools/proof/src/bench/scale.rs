//! What every request costs where there are a thousand times more users: the median of each on a small and on a large
//! database, in turn, so that other work on the machine slows both; and what was scanned as a whole meanwhile.

pub mod cases;

use anyhow::{Context, Error, Result, anyhow, bail};
use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::json;
use shared::http::routes::Operation;

use self::cases::{CASES, Case};
use super::{
    figure::{Figure, Table},
    goal::{Bound, Goal},
    setup::succeeded,
    times::{median, since},
    unit::Unit,
};
use contract::openapi;
use ops::{admin_db::AdminDb, progress::step};
use testkit::{Function, TestRequest, World, stack::Stack};

/// In one session: the second part knows what the first has made.
const SCRIPT: &str = concat!(include_str!("scale/people.sql"), include_str!("scale/usage.sql"));

/// Revisions before these tables are measured, too.
const LATER: [(&str, &str); 2] = [
    ("app.hopsworks_accounts", include_str!("scale/accounts.sql")),
    ("app.usage_collection", include_str!("scale/collection.sql")),
];

/// A server that has run for a while has read what it is asked for.
const PREWARM: &str = "create extension pg_prewarm; select sum(pg_prewarm(oid)) from pg_class \
    where relkind in ('r', 'i') and relnamespace in ('public'::regnamespace, 'app'::regnamespace)";

/// A connection reports what it has scanned at its end, at the latest.
pub const REPORT: &str = "select pg_terminate_backend(pid, 10000) from pg_stat_activity \
    where datname = current_database() and usename = 'api'";

const ON_SMALL: &str = "on the small database";
const DEEPER: &str = "one index level, cold pages";

/// The pooler has four connections, and a statement is planned for good with its sixth call on each.
const WARM_UPS: usize = 40;
const REQUESTS: usize = 100;

struct Database {
    world: World,
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
    large.world.sql(REPORT).await;
    large.world.sql("select pg_stat_reset()").await;
    let mut figures = Vec::new();
    for case in CASES {
        let (operation, _) = small.function(case)?;
        let method = openapi::method(operation)?.to_uppercase();
        let what = format!("{method} {} {}", operation.path, case.with).trim_end().to_owned();
        let (on_small, on_large) = medians(case, &small, &large).await.with_context(|| what.clone())?;
        step(&format!("{what}: {on_small} and {on_large} microseconds"));
        let figure = Figure::new(what, Unit::Microseconds, on_large);
        let goal = Goal::new("a request at a million users", Bound::PercentAtMost(160), ON_SMALL, DEEPER);
        figures.push(figure.beside(ON_SMALL, on_small).goal(goal));
    }
    figures.push(scans(&large.world).await);
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
        fill(&world, users, clusters).await?;
        step(&format!("made in {} s", started.elapsed().as_secs()));
        let mut functions = BTreeMap::new();
        for (name, routes) in openapi::functions() {
            let operations = routes.operations().to_vec();
            let function = Arc::new(world.function(name, routes).await);
            functions.extend(operations.into_iter().map(|operation| (operation.id, (operation, function.clone()))));
        }
        Ok(Self { world, functions })
    }

    fn function(&self, case: &Case) -> Result<&(Operation, Arc<Function>)> {
        self.functions.get(case.operation).with_context(|| format!("there is no operation {}", case.operation))
    }

    /// So many requests of a case.
    async fn requests(&self, case: &Case, count: usize) -> Result<Vec<TestRequest>> {
        let mut owner = self.world.direct().await;
        // Its own scans must not be counted.
        owner.run("set enable_seqscan = off").await?;
        let rows = owner.texts(&case.rows(count)).await?;
        if rows.len() != count {
            bail!("{} rows for {count} requests", rows.len());
        }
        let (operation, _) = self.function(case)?;
        rows.iter().flatten().map(|row| case.request(operation, &self.world, &serde_json::from_str(row)?)).collect()
    }
}

/// Makes so many users in an empty database, and reads it as a whole.
pub async fn fill(world: &World, users: u32, clusters: u32) -> Result<()> {
    let mut owner = world.direct().await;
    make(&mut owner, users, clusters).await?;
    owner.run("vacuum (analyze)").await?;
    owner.run(PREWARM).await.context("reading the database")
}

/// Makes so many users in an empty database, of which PostgreSQL knows nothing yet.
pub async fn make(owner: &mut AdminDb, users: u32, clusters: u32) -> Result<()> {
    let size = format!("{users} as users, {clusters} as clusters, {} as full_ones", clusters / 10);
    owner.run(&format!("create schema scale; create table scale.size as select {size}")).await?;
    owner.run(SCRIPT).await.context("making the database")?;
    for (table, script) in LATER {
        if owner.one_text(&format!("select to_regclass('{table}') is not null")).await? == "t" {
            owner.run(script).await.with_context(|| format!("filling {table}"))?;
        }
    }
    owner.run("reindex schema public").await.context("making the indexes")
}

/// The medians on the two, in microseconds.
async fn medians(case: &Case, small: &Database, large: &Database) -> Result<(u64, u64)> {
    let count = WARM_UPS + REQUESTS;
    let requests = small.requests(case, count).await?.into_iter().zip(large.requests(case, count).await?);
    let mut times = [Vec::new(), Vec::new()];
    for (to_small, to_large) in requests {
        for (times, (database, request)) in times.iter_mut().zip([(small, to_small), (large, to_large)]) {
            let (_, function) = database.function(case)?;
            let started = Instant::now();
            let answer = function.send(request).await;
            times.push(since(started));
            succeeded(answer)?;
        }
    }
    Ok(times.map(|times| median(&times[WARM_UPS..])).into())
}

/// How often a table was read as a whole that grows with users or with time: all but clusters and prices.
async fn scans(world: &World) -> Figure {
    world.sql(REPORT).await;
    let scanned = "select seq_scan || ' of ' || relname from pg_stat_user_tables where seq_scan > 0 \
        and schemaname in ('public', 'app') and relname not in ('hopsworks_clusters', 'usage_rates')";
    let scans = world.all(scanned).await;
    let count = scans.iter().filter_map(|scans| scans.split(' ').next()?.parse::<u64>().ok()).sum();
    let what = [vec!["sequential scans of tables that grow".to_owned()], scans].concat().join(", ");
    Figure::new(what, Unit::Count, count)
}

/// How long it takes to check all users: the daily run, and the view of what must always hold.
async fn full_passes(world: &World) -> Result<Vec<Figure>> {
    step("running the daily work");
    let worker = world.worker(upkeep::NAME, upkeep::run).await;
    let started = Instant::now();
    let report = worker.handle(json!({ "source": "aws.scheduler" })).await.map_err(Error::msg)?;
    let daily = Figure::new("a run of upkeep, all users looked at", Unit::Microseconds, since(started));
    if report["violations"] != 0 {
        bail!("not sound: {report}");
    }
    step("counting what violates an invariant");
    let count = "select count(*) from app.invariant_violations";
    let started = Instant::now();
    let violations = world.one(count).await;
    let view = Figure::new(count, Unit::Microseconds, since(started));
    if violations == "0" { Ok(vec![daily, view]) } else { Err(anyhow!("not sound: {violations}")) }
}
