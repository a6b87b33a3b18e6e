//! Readings per second through the whole function and the pooler: in batches of 1, 100 and 1,000, spread over many
//! accounts and on one hot account.

use anyhow::{Result, bail};
use std::{sync::Arc, time::Instant};

use serde_json::{Value, json};

use super::{Figure, Target, Unit};
use ops::progress::step;
use testkit::{Function, TestRequest, World};

/// How many send at once.
const CLIENTS: usize = 8;
const ACCOUNTS: usize = 5_000;
const MEMBERS: usize = 50;

struct Load {
    what: &'static str,
    /// `spread`: every user is an account of her own. `hot`: all are members of one.
    users: (&'static str, usize),
    /// How many users a batch is about; each has as many readings in it as there is room for.
    users_per_batch: usize,
    batch_size: usize,
    batches: usize,
    target: Option<u64>,
}

const SPREAD: (&str, usize) = ("spread", ACCOUNTS);
const HOT: (&str, usize) = ("hot", MEMBERS);

const LOADS: [Load; 7] = [
    Load { what: "1 a batch, spread", users: SPREAD, users_per_batch: 1, batch_size: 1, batches: 8_000, target: None },
    Load { what: "1 a batch, hot", users: HOT, users_per_batch: 1, batch_size: 1, batches: 4_000, target: None },
    Load {
        what: "100 a batch, spread",
        users: SPREAD,
        users_per_batch: 100,
        batch_size: 100,
        batches: 1_200,
        target: None,
    },
    Load {
        what: "100 a batch, hot",
        users: HOT,
        users_per_batch: MEMBERS,
        batch_size: 100,
        batches: 800,
        target: None,
    },
    Load {
        what: "1,000 a batch, spread, of 250 accounts",
        users: SPREAD,
        users_per_batch: 250,
        batch_size: 1000,
        batches: 240,
        target: Some(20_000),
    },
    Load {
        what: "1,000 a batch, spread, of 1,000 accounts",
        users: SPREAD,
        users_per_batch: 1000,
        batch_size: 1000,
        batches: 240,
        target: Some(20_000),
    },
    Load {
        what: "1,000 a batch, hot",
        users: HOT,
        users_per_batch: MEMBERS,
        batch_size: 1000,
        batches: 160,
        target: Some(10_000),
    },
];

pub async fn measure(world: &World) -> Result<Vec<Figure>> {
    step(&format!("making {ACCOUNTS} accounts, and one with {MEMBERS} members"));
    sign_up(world).await;
    let mut figures = Vec::new();
    for (number, load) in LOADS.iter().enumerate() {
        step(&format!("recording readings: {}", load.what));
        let value = readings_per_second(world, number, load).await?;
        let figure = Figure::new("readings, 8 clients", load.what, Unit::PerSecond, value);
        figures.push(match load.target {
            Some(least) => figure.target(Target::AtLeast(least)),
            None => figure,
        });
    }
    Ok(figures)
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

async fn readings_per_second(world: &World, number: usize, load: &Load) -> Result<u64> {
    let per_client = load.batches / CLIENTS;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let function = world.function(usage::NAME, usage::routes()).await;
        let asks: Vec<TestRequest> = (0..per_client).map(|at| batch(world, number, load, client, at)).collect();
        clients.push((Arc::new(function), asks));
    }
    let started = Instant::now();
    let tasks: Vec<_> = clients.into_iter().map(|(function, asks)| tokio::spawn(send_all(function, asks))).collect();
    for task in tasks {
        task.await??;
    }
    let readings = (per_client * CLIENTS * load.batch_size) as u64;
    Ok(readings * 1000 / u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1))
}

async fn send_all(function: Arc<Function>, asks: Vec<TestRequest>) -> Result<()> {
    for ask in asks {
        let answer = function.send(ask).await;
        let all = answer.json["results"].as_array().map_or(0, Vec::len);
        if answer.status != 200 || answer.json["created"] != json!(all) {
            bail!("{}: {:.300}", answer.status, answer.text);
        }
    }
    Ok(())
}

/// New readings: a minute each of yesterday, of users one after the other.
fn batch(world: &World, number: usize, load: &Load, client: usize, at: usize) -> TestRequest {
    let (kind, users) = load.users;
    let midnight = (world.clock.now() - chrono::Days::new(1)).date_naive();
    let batch = client * load.batches / CLIENTS + at;
    let readings: Vec<Value> = (0..load.batch_size)
        .map(|index| {
            let user = (batch * load.users_per_batch + index % load.users_per_batch) % users;
            let turn = batch * load.batch_size / load.users_per_batch + index / load.users_per_batch;
            let (minute, source) = (turn % 1439, turn / 1439);
            let time = |minute: usize| format!("{midnight}T{:02}:{:02}:00Z", minute / 60, minute % 60);
            json!({
                "source": format!("bench-{number}-{source}"),
                "user_id": format!("{kind}|{user}"),
                "window_start": time(minute),
                "window_end": time(minute + 1),
                "cpu_hours": format!("0.{:06}", (batch + index) * 7919 % 1_000_000),
                "gpu_hours": "0",
                "storage_gb": "1",
            })
        })
        .collect();
    TestRequest::post("/api/usage")
        .bearer(&world.machine_token(&["usage:write"]))
        .json(&json!({ "readings": readings }))
}
