//! What clients get done at once through the whole function, in this process, and the pooler: sixteen beside the same
//! calls by pgbench, and eight with readings in batches of 1, 100 and 1,000, of many accounts and of a hot one.

use anyhow::{Result, bail};
use std::{sync::Arc, time::Instant};

use serde_json::{Value, json};

use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::{CREDITS, LOGIN, READING, SIGN_UP, Setup, succeeded},
    pgbench,
    times::since,
};
use ops::progress::step;
use testkit::{Function, TestRequest, TestResponse, World};

const CLIENTS: u64 = 16;
/// Ours and pgbench's in turn, so that other work on the machine slows both; the first round only warms up.
const ROUNDS: u64 = 3;
const REQUESTS_EACH: u64 = 400;
const PGBENCH_SECONDS: u64 = 3;

const METERS: usize = 8;
const ACCOUNTS: usize = 5_000;
const MEMBERS: usize = 50;

/// What the page calls it; which users (`spread`: each is an account; `hot`: all are members of one), how many of them
/// and how many readings are in a batch; how many batches; and the least that should be recorded in a second.
type Load = (&'static str, &'static str, usize, usize, usize, Option<u64>);

const LOADS: [Load; 7] = [
    ("1 a batch, spread", "spread", 1, 1, 8_000, None),
    ("1 a batch, hot", "hot", 1, 1, 4_000, None),
    ("100 a batch, spread", "spread", 100, 100, 1_200, None),
    ("100 a batch, hot", "hot", MEMBERS, 100, 800, None),
    ("1,000 a batch, spread, of 250 accounts", "spread", 250, 1000, 240, Some(20_000)),
    ("1,000 a batch, spread, of 1,000 accounts", "spread", 1000, 1000, 240, Some(20_000)),
    ("1,000 a batch, hot", "hot", MEMBERS, 1000, 160, Some(10_000)),
];

pub async fn measure_throughput(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let mut figures = Vec::new();
    for job in [LOGIN, SIGN_UP, CREDITS, READING] {
        step(&format!("sixteen clients at once: {}", job.what));
        let (_, script) = setup.statement(job).await?;
        let mut functions = Vec::new();
        for _ in 0..CLIENTS {
            functions.push(Arc::new(setup.function(job, setup.port).await));
        }
        let (mut ours, mut bare) = (0, 0);
        for round in 0..=ROUNDS {
            let requests = |client: u64| {
                let first = (round * CLIENTS + client) * REQUESTS_EACH;
                (first..first + REQUESTS_EACH).map(|at| setup.request(job, at)).collect()
            };
            let clients = (0..).zip(&functions).map(|(client, function)| (Arc::clone(function), requests(client)));
            let elapsed_us = send_at_once(clients.collect(), succeeded).await?;
            let (per_second, _) = pgbench::run(setup, setup.port, &script, CLIENTS, PGBENCH_SECONDS).await?;
            if round > 0 {
                ours += CLIENTS * REQUESTS_EACH * 1_000_000 / elapsed_us;
                bare += per_second;
            }
        }
        let figure = Figure::new(job.what, Unit::PerSecond, ours / ROUNDS).beside("by pgbench", bare / ROUNDS);
        figures.push(figure.limit(Limit::AtLeastPercent(80)));
    }
    let about = "At once, each with an instance of its own; `pgbench` with as many.";
    Ok(vec![Table::new("Sixteen clients", about, figures)])
}

/// All clients send at once, each its requests one after the other; how long that takes, in microseconds.
async fn send_at_once(
    clients: Vec<(Arc<Function>, Vec<TestRequest>)>,
    check: fn(TestResponse) -> Result<()>,
) -> Result<u64> {
    let started = Instant::now();
    let send_all = |(function, requests): (Arc<Function>, Vec<TestRequest>)| async move {
        for request in requests {
            check(function.send(request).await)?;
        }
        anyhow::Ok(())
    };
    let tasks: Vec<_> = clients.into_iter().map(|client| tokio::spawn(send_all(client))).collect();
    for task in tasks {
        task.await??;
    }
    Ok(since(started))
}

pub async fn measure_usage(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let world = &setup.world;
    step(&format!("making {ACCOUNTS} accounts, and one with {MEMBERS} members"));
    sign_up(world).await;
    let mut figures = Vec::new();
    for (number, load) in LOADS.into_iter().enumerate() {
        let (what, _, _, batch_size, batches, least) = load;
        step(&format!("recording readings: {what}"));
        let mut meters = Vec::new();
        for meter in 0..METERS {
            let function = world.function(usage::NAME, usage::routes()).await;
            let batches = batches * meter / METERS..batches * (meter + 1) / METERS;
            meters.push((Arc::new(function), batches.map(|at| batch(world, number, load, at)).collect()));
        }
        let elapsed_us = send_at_once(meters, all_created).await?;
        let per_second = (batches * batch_size) as u64 * 1_000_000 / elapsed_us;
        let figure = Figure::new(what, Unit::PerSecond, per_second);
        figures.push(least.into_iter().fold(figure, |figure, least| figure.limit(Limit::AtLeast(least))));
    }
    let about = "Eight clients at once. `spread`: each user is an account; `hot`: all are members of one account.";
    Ok(vec![Table::new("Readings", about, figures)])
}

async fn sign_up(world: &World) {
    world
        .sql(&format!(
            "create temp table bench_users as \
               select 'spread|' || n as id, null as account_owner_id from generate_series(0, {ACCOUNTS} - 1) n \
               union all values ('hot|owner', null) \
               union all select 'hot|' || n, 'hot|owner' from generate_series(0, {MEMBERS} - 1) n; \
             insert into public.users (id, account_owner_id) select id, account_owner_id from bench_users; \
             insert into public.instances (user_id, instance_name, status) \
               select id, app.instance_name(id), 'stopped' from bench_users; \
             insert into app.account_memberships (user_id, effective_on, account_owner_id) \
               select id, '-infinity', coalesce(account_owner_id, id) from bench_users; \
             insert into public.user_credits (user_id) select id from bench_users where account_owner_id is null; \
             analyze public.users, public.user_credits, app.account_memberships"
        ))
        .await;
}

fn all_created(answer: TestResponse) -> Result<()> {
    let readings = answer.json["results"].as_array().map_or(0, Vec::len);
    if answer.json["created"] == json!(readings) {
        return succeeded(answer);
    }
    bail!("{}: {:.300}", answer.status, answer.text)
}

/// New readings: a minute each of yesterday, of users one after the other.
fn batch(world: &World, number: usize, load: Load, at: usize) -> TestRequest {
    let (_, kind, users_per_batch, batch_size, ..) = load;
    let users = if kind == "hot" { MEMBERS } else { ACCOUNTS };
    let midnight = (world.clock.now() - chrono::Days::new(1)).date_naive();
    let reading = |index: usize| {
        let user = (at * users_per_batch + index % users_per_batch) % users;
        let turn = at * batch_size / users_per_batch + index / users_per_batch;
        let (minute, source) = (turn % 1439, turn / 1439);
        let time = |minute: usize| format!("{midnight}T{:02}:{:02}:00Z", minute / 60, minute % 60);
        json!({
            "source": format!("bench-{number}-{source}"),
            "user_id": format!("{kind}|{user}"),
            "window_start": time(minute),
            "window_end": time(minute + 1),
            "cpu_hours": format!("0.{:06}", (at + index) * 7919 % 1_000_000),
            "gpu_hours": "0",
            "storage_gb": "1",
        })
    };
    let readings: Vec<Value> = (0..batch_size).map(reading).collect();
    TestRequest::post("/api/usage")
        .bearer(&world.machine_token(&["usage:write"]))
        .json(&json!({ "readings": readings }))
}
