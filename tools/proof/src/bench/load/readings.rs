//! Readings per second: eight clients with batches of 1, 100 and 1,000, of many accounts and of a hot one.

use std::sync::Arc;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{clients::Clients, flush::Flush};
use crate::bench::{
    contenders::Bench,
    figure::{Figure, Table},
    goal::{Bound, Goal},
    setup::{Setup, succeeded},
    unit::Unit,
};
use ops::progress::step;
use testkit::{TestRequest, TestResponse, World};

const METERS: usize = 8;
/// Both versions in turn; a first one of fewer batches only warms up.
const ROUNDS: usize = 3;
const ACCOUNTS: usize = 5_000;
const MEMBERS: usize = 50;

/// What the page calls it; which users (`spread`: each is an account; `hot`: all are members of one), how many of them
/// and how many readings are in a batch; how many batches in a round; and the least of before, in percent.
type Load = (&'static str, &'static str, usize, usize, usize, Option<u64>);

const LOADS: [Load; 7] = [
    ("1 a batch, spread", "spread", 1, 1, 2_000, None),
    ("1 a batch, hot", "hot", 1, 1, 1_000, None),
    ("100 a batch, spread", "spread", 100, 100, 320, None),
    ("100 a batch, hot", "hot", MEMBERS, 100, 240, None),
    ("1,000 a batch, spread, of 250 accounts", "spread", 250, 1000, 80, Some(100)),
    ("1,000 a batch, spread, of 1,000 accounts", "spread", 1000, 1000, 80, Some(105)),
    ("1,000 a batch, hot", "hot", MEMBERS, 1000, 56, Some(100)),
];

pub async fn measure(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    step(&format!("making {ACCOUNTS} accounts, and one with {MEMBERS} members"));
    let mut setups = Vec::new();
    for version in &bench.versions {
        let setup = Arc::new(Setup::empty(bench.stack, version).await);
        sign_up(&setup.world).await;
        bench.made.push(Arc::clone(&setup));
        setups.push(setup);
    }
    let mut next = [0; LOADS.len()];
    let mut figures = Vec::new();
    let all = all_loads(&setups, ROUNDS, &mut next).await?;
    for ((what, _, _, _, _, least), values) in LOADS.into_iter().zip(&all) {
        let figure = Figure::new(what, Unit::PerSecond, values[0]);
        let before = setups[1..].iter().zip(&values[1..]);
        let figure = before.fold(figure, |figure, (setup, value)| figure.beside(setup.version.name.clone(), *value));
        let limit = "35 us an account, 10 a reading";
        let goal = |least| Goal::new(&format!("readings, {what}"), Bound::PercentAtLeast(least), "before", limit);
        figures.push(least.into_iter().fold(figure, |figure, least| figure.goal(goal(least))));
    }
    for flush in [Flush::Disk, Flush::Slow] {
        if flush.set(bench.stack).await? {
            let durable = all_loads(&setups[..1], 1, &mut next).await?;
            let named = |figure: Figure, value: u64| figure.beside(format!("with {}", flush.name()), value);
            figures = figures.into_iter().zip(durable).map(|(figure, values)| named(figure, values[0])).collect();
        }
    }
    Flush::No.set(bench.stack).await?;
    let about = "Eight clients at once, through a pool of 4. `spread`: each user is an account; `hot`: all are members of \
        one account. Accounts have credits left, as those that are worked in. A commit waits for no disk, as before; beside it: the same where it does.";
    Ok(vec![Table::new("Readings", about, figures)])
}

/// How many readings each version records in a second, of each load, in so many rounds. `next` counts the batches.
async fn all_loads(setups: &[Arc<Setup>], rounds: usize, next: &mut [usize]) -> Result<Vec<Vec<u64>>> {
    let mut meters = Vec::new();
    for setup in setups {
        meters.push(Clients::start(setup, usage::NAME, METERS).await?);
    }
    let mut all = Vec::new();
    for ((number, load), next) in LOADS.into_iter().enumerate().zip(next) {
        let (what, _, _, batch_size, batches, _) = load;
        step(&format!("recording readings: {what}"));
        let mut elapsed = vec![0; setups.len()];
        for round in 0..=rounds {
            let batches = if round == 0 { 3 * METERS } else { batches };
            for ((setup, meters), elapsed) in setups.iter().zip(&meters).zip(&mut elapsed) {
                let each = |meter: usize| *next + batches * meter / METERS..*next + batches * (meter + 1) / METERS;
                let events = (0..METERS).map(|meter| each(meter).map(|at| batch(setup, number, load, at)).collect());
                let taken = meters.send_events(events.collect(), all_created).await?;
                *elapsed += if round > 0 { taken } else { 0 };
            }
            *next += batches;
        }
        let readings = (rounds * batches * batch_size) as u64;
        all.push(elapsed.into_iter().map(|elapsed| readings * 1_000_000 / elapsed.max(1)).collect());
    }
    Ok(all)
}

/// Memberships and prices are in another schema in an earlier revision.
async fn sign_up(world: &World) {
    world
        .sql(&format!(
            "set search_path = app, public; \
             create temp table bench_users as \
               select 'spread|' || n as id, null as account_owner_id from generate_series(0, {ACCOUNTS} - 1) n \
               union all values ('hot|owner', null) \
               union all select 'hot|' || n, 'hot|owner' from generate_series(0, {MEMBERS} - 1) n; \
             insert into public.users (id, account_owner_id) select id, account_owner_id from bench_users; \
             insert into public.instances (user_id, instance_name, status) \
               select id, app.instance_name(id), 'stopped' from bench_users; \
             insert into account_memberships (user_id, effective_on, account_owner_id) \
               select id, '-infinity', coalesce(account_owner_id, id) from bench_users; \
             insert into public.user_credits (user_id) select id from bench_users where account_owner_id is null; \
             with bought as ( \
               update public.user_credits set balance = 1000000, total_purchased = 1000000, last_seq = 1 returning user_id) \
             insert into app.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, \
                 idempotency_key, body_hash, actor) \
               select user_id, 1, 'purchase', 1000000, 0, 1000000, 'bench|' || user_id, sha256(convert_to(user_id, 'UTF8')), 'bench' \
               from bought; \
             insert into usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'bench') on conflict do nothing; \
             analyze"
        ))
        .await;
}

/// A batch whose answer came too late finds its readings when it is sent again.
fn all_created(answer: TestResponse) -> Result<()> {
    let readings = answer.json["results"].as_array().map_or(0, Vec::len);
    let [created, unchanged] = ["created", "unchanged"].map(|member| answer.json[member].as_u64().unwrap_or_default());
    if created + unchanged == readings as u64 {
        return succeeded(answer);
    }
    bail!("{}: {:.300}", answer.status, answer.text)
}

/// New readings: a minute each of yesterday, of users one after the other.
fn batch(setup: &Setup, number: usize, load: Load, at: usize) -> Value {
    let (_, kind, users_per_batch, batch_size, ..) = load;
    let users = if kind == "hot" { MEMBERS } else { ACCOUNTS };
    let midnight = (setup.began_at - chrono::Days::new(1)).date_naive();
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
    TestRequest::post("/api/usage").bearer(&setup.meter).json(&json!({ "readings": readings })).into_event()
}
