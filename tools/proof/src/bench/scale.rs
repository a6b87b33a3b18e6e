//! What every request costs where there are a thousand times more users: p50 of each on a small and on a large
//! database, in turn, so that both meet the machine's other business; and what was scanned as a whole meanwhile.

mod reads;
mod scans;
mod writes;

use anyhow::{Context, Error, Result, anyhow, bail};
use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::Value;

use super::{Figure, Target, Times, Unit, good};
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

/// A request as people send it, about other data each time.
struct Case {
    /// The operation's id.
    operation: &'static str,
    /// Which of its uses, where it has several.
    with: &'static str,
    /// Statements, of which the last is a query of whom and what the requests are about: a row for each.
    about: &'static str,
    ask: fn(&World, &Value) -> TestRequest,
}

struct Place {
    world: World,
    admin: String,
    /// By operation.
    functions: BTreeMap<&'static str, Arc<Function>>,
}

pub async fn measure(stack: &Stack) -> Result<Vec<Figure>> {
    // On so many clusters that a page of them is as full as there.
    let small = Place::make(stack, 1_000, 60).await?;
    let large = Place::make(stack, 1_000_000, 200).await?;
    let before = scans::of_growing_tables(&large.world).await?;
    let mut figures = Vec::new();
    let operations = operations();
    for case in reads::CASES.iter().chain(writes::CASES) {
        let (route, _) = operations.get(case.operation).ok_or_else(|| anyhow!(case.operation))?;
        let what = format!("{route} {}", case.with).trim_end().to_owned();
        let (on_small, on_large) = p50s(case, &small, &large).await.with_context(|| what.clone())?;
        step(&format!("{what}: {on_small} and {on_large} microseconds"));
        let figure = Figure::new("scale", what, Unit::Microseconds, on_large);
        figures.push(figure.beside("on the small database", on_small).target(Target::AtMostPercent(130)));
    }
    let missing: Vec<_> = operations.keys().filter(|id| !is_measured(id)).collect();
    if !missing.is_empty() {
        bail!("nobody asks for {missing:?}");
    }
    figures.push(scans::figure(&large.world, &before).await?);
    figures.extend(whole_looks(&large.world).await?);
    Ok(figures)
}

fn is_measured(operation: &str) -> bool {
    reads::CASES.iter().chain(writes::CASES).any(|case| case.operation == operation)
}

/// Every operation with its route, such as `GET /api/auth/me`, and its function.
fn operations() -> BTreeMap<&'static str, (String, &'static str)> {
    let functions = openapi::functions();
    let mut operations = BTreeMap::new();
    for (name, routes) in &functions {
        for operation in routes.operations() {
            let method = openapi::method(operation).unwrap_or_default().to_uppercase();
            operations.insert(operation.id, (format!("{method} {}", operation.path), *name));
        }
    }
    operations
}

impl Place {
    async fn make(stack: &Stack, users: u32, clusters: u32) -> Result<Self> {
        step(&format!("making a database of {users} users"));
        let started = Instant::now();
        let world = World::on(stack.address()).await;
        let mut owner = AdminDb::connect(&stack.address().direct_url(&world.database)).await?;
        owner.run(&format!("set scale.users = {users}; set scale.clusters = {clusters}")).await?;
        owner.run(SCRIPT).await.context("making the database")?;
        owner.run("vacuum (analyze)").await?;
        // A server that has run for a while has read what it is asked for.
        owner.run(&format!("create extension pg_prewarm; {PREWARM}")).await.context("reading the database")?;
        step(&format!("made in {} s", started.elapsed().as_secs()));
        let admin = world.one("select id from scale.people where is_admin order by n limit 1").await;
        let mut functions = BTreeMap::new();
        for (name, routes) in openapi::functions() {
            let ids: Vec<_> = routes.operations().iter().map(|operation| operation.id).collect();
            let function = Arc::new(world.function(name, routes).await);
            functions.extend(ids.into_iter().map(|id| (id, Arc::clone(&function))));
        }
        Ok(Self { world, admin, functions })
    }

    /// The requests of a case; whatever they need is made.
    async fn asks(&self, case: &Case, count: usize) -> Result<Vec<TestRequest>> {
        let mut owner = AdminDb::connect(&self.world.stack.direct_url(&self.world.database)).await?;
        // Else its own looks would be among those that are counted.
        owner.run(&format!("set enable_seqscan = off; set scale.count = {count}")).await?;
        let (before, about) = case.about.rsplit_once(';').unwrap_or(("", case.about));
        owner.run(before).await?;
        let rows = owner.texts(&format!("select to_jsonb(about) from ({about}) about")).await?;
        if rows.len() != count {
            bail!("{} rows for {count} requests", rows.len());
        }
        let rows = rows.iter().map(|row| {
            let mut row: Value = serde_json::from_str(row.as_deref().unwrap_or_default())?;
            row["admin"] = Value::from(self.admin.as_str());
            Ok((case.ask)(&self.world, &row))
        });
        rows.collect()
    }

    async fn time(&self, case: &Case, ask: TestRequest) -> Result<Times> {
        let function = self.functions.get(case.operation).ok_or_else(|| anyhow!("an operation"))?;
        let started = Instant::now();
        let answer = function.send(ask).await;
        let mut times = Times::default();
        times.note(started);
        good(answer)?;
        Ok(times)
    }
}

/// The p50 on each of the two, in microseconds.
async fn p50s(case: &Case, small: &Place, large: &Place) -> Result<(u64, u64)> {
    let count = WARM_UPS + REQUESTS;
    let asks = small.asks(case, count).await?.into_iter().zip(large.asks(case, count).await?);
    let (mut on_small, mut on_large) = (Times::default(), Times::default());
    for (number, (to_small, to_large)) in asks.enumerate() {
        let (of_small, of_large) = (small.time(case, to_small).await?, large.time(case, to_large).await?);
        if number >= WARM_UPS {
            on_small.add(of_small);
            on_large.add(of_large);
        }
    }
    Ok((on_small.median(), on_large.median()))
}

/// How long it takes to look at everything: the daily run, and the view of what must always hold.
async fn whole_looks(world: &World) -> Result<Vec<Figure>> {
    let looked = |what: &'static str, started: Instant| {
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Figure::new("scale", what, Unit::Microseconds, took)
    };
    step("running the daily work");
    let worker = world.worker(upkeep::NAME, upkeep::run).await;
    let started = Instant::now();
    let report = worker.handle(serde_json::json!({ "source": "aws.scheduler" })).await.map_err(Error::msg)?;
    let daily = looked("a run of upkeep, all users looked at", started);
    if report["violations"] != 0 {
        bail!("not sound: {report}");
    }
    step("counting what breaks a rule");
    let started = Instant::now();
    let violations = world.one("select count(*) from app.invariant_violations").await;
    let view = looked("select count(*) from app.invariant_violations", started);
    if violations == "0" { Ok(vec![daily, view]) } else { Err(anyhow!("not sound: {violations}")) }
}
