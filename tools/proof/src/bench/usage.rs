//! Readings per second through the whole function and the pooler: in batches of 1, 100 and 1,000, spread over many
//! accounts and on one hot account.

use anyhow::{Result, bail};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::succeeded,
    setup::Setup,
    throughput::send_at_once,
};
use ops::progress::step;
use testkit::{TestRequest, TestResponse, World};

/// How many send at once.
const CLIENTS: usize = 8;
const ACCOUNTS: usize = 5_000;
const MEMBERS: usize = 50;

struct Load {
    what: &'static str,
    /// `spread`: every user is an account. `hot`: all are members of one.
    users: (&'static str, usize),
    /// Each of them has the same number of readings in a batch.
    users_per_batch: usize,
    batch_size: usize,
    batches: usize,
    least_per_second: Option<u64>,
}

const SPREAD: (&str, usize) = ("spread", ACCOUNTS);
const HOT: (&str, usize) = ("hot", MEMBERS);

// Which users, how many of them and how many readings are in a batch, how many batches, and the limit.
const LOADS: [Load; 7] = [
    load("1 a batch, spread", SPREAD, 1, 1, 8_000, None),
    load("1 a batch, hot", HOT, 1, 1, 4_000, None),
    load("100 a batch, spread", SPREAD, 100, 100, 1_200, None),
    load("100 a batch, hot", HOT, MEMBERS, 100, 800, None),
    load("1,000 a batch, spread, of 250 accounts", SPREAD, 250, 1000, 240, Some(20_000)),
    load("1,000 a batch, spread, of 1,000 accounts", SPREAD, 1000, 1000, 240, Some(20_000)),
    load("1,000 a batch, hot", HOT, MEMBERS, 1000, 160, Some(10_000)),
];

const fn load(
    what: &'static str,
    users: (&'static str, usize),
    users_per_batch: usize,
    batch_size: usize,
    batches: usize,
    least_per_second: Option<u64>,
) -> Load {
    Load { what, users, users_per_batch, batch_size, batches, least_per_second }
}

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let world = &setup.population.world;
    step(&format!("making {ACCOUNTS} accounts, and one with {MEMBERS} members"));
    sign_up(world).await;
    let mut figures = Vec::new();
    for (number, load) in LOADS.iter().enumerate() {
        step(&format!("recording readings: {}", load.what));
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let function = world.function(usage::NAME, usage::routes()).await;
            let batches = load.batches * client / CLIENTS..load.batches * (client + 1) / CLIENTS;
            clients.push((Arc::new(function), batches.map(|at| batch(world, number, load, at)).collect()));
        }
        let elapsed_us = send_at_once(clients, all_created).await?;
        let per_second = (load.batches * load.batch_size) as u64 * 1_000_000 / elapsed_us;
        let figure = Figure::new(load.what, Unit::PerSecond, per_second);
        figures
            .push(load.least_per_second.into_iter().fold(figure, |figure, least| figure.limit(Limit::AtLeast(least))));
    }
    let about = "Eight clients at once. `spread`: each user is an account; `hot`: all are members of one account.";
    Ok(vec![Table::new("Readings", about, figures)])
}

async fn sign_up(world: &World) {
    world
        .sql(&format!(
            "insert into public.users (id) select 'spread|' || n from generate_series(0, {ACCOUNTS} - 1) n; \
             insert into public.users (id) values ('hot|owner'); \
             insert into public.users (id, account_owner_id) select 'hot|' || n, 'hot|owner' from generate_series(0, {MEMBERS} - 1) n; \
             create temp view bench_users as select * from public.users where id like 'spread|%' or id like 'hot|%'; \
             insert into public.instances (user_id, instance_name, status) select id, app.instance_name(id), 'stopped' from bench_users; \
             insert into public.account_memberships (user_id, effective_on, account_owner_id) \
               select id, '-infinity', coalesce(account_owner_id, id) from bench_users; \
             insert into public.user_credits (user_id) select id from bench_users where account_owner_id is null; \
             analyze public.users, public.user_credits, public.account_memberships"
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
fn batch(world: &World, number: usize, load: &Load, at: usize) -> TestRequest {
    let (kind, users) = load.users;
    let midnight = (world.clock.now() - chrono::Days::new(1)).date_naive();
    let readings: Vec<Value> = (0..load.batch_size)
        .map(|index| {
            let user = (at * load.users_per_batch + index % load.users_per_batch) % users;
            let turn = at * load.batch_size / load.users_per_batch + index / load.users_per_batch;
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
        })
        .collect();
    TestRequest::post("/api/usage")
        .bearer(&world.machine_token(&["usage:write"]))
        .json(&json!({ "readings": readings }))
}
