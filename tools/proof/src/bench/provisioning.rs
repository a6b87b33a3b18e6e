//! From a sign-up to an account on the cluster, and ten thousand accounts after an import.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{interval, sleep},
};

use super::{
    contenders::Bench,
    figure::{Figure, Table},
    setup::{Setup, succeeded},
    times::since,
    unit::Unit,
};
use crate::lambda::{Instance, Program};
use ops::progress::step;
use testkit::{
    TestRequest, TestResponse, World,
    hopsworks::{Fault, Hopsworks, Rules},
};

const CLIENTS: usize = 16;
/// Ten sign-ups a second.
const SIGN_UPS: usize = 600;
const BETWEEN_TWO: Duration = Duration::from_millis(100);
const CLUSTER_TAKES: Duration = Duration::from_millis(100);
const IMPORTED: u32 = 10_000;

pub async fn measure(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    let setup = Arc::new(Setup::empty(bench.stack, &bench.versions[0]).await);
    bench.made.push(Arc::clone(&setup));
    let world = &setup.world;
    let hopsworks = Hopsworks::start(0).await?;
    hopsworks.set_rules(Rules { is_saas_managed: false, ..Rules::default() });
    world.add_hopsworks_cluster(&hopsworks, "demo", 100_000_000).await;
    let (provisioning, workers) = provision(&setup).await?;

    step("signing up, and waiting for the accounts");
    hopsworks.set_fault(Some(Fault::Slow(CLUSTER_TAKES)));
    sign_up(&setup).await?;
    until_done(world).await?;
    let [p50, p99] = ready_after(world).await;
    hopsworks.set_fault(None);

    step(&format!("making {IMPORTED} accounts after an import"));
    world.sql("update app.hopsworks_provisioning set provisions = false").await;
    world.sql(&imported()).await;
    let started = Instant::now();
    world.sql("update app.hopsworks_provisioning set provisions = true").await;
    let wanted = since(started);
    until_done(world).await?;
    let made = since(started);
    let mut peak = 0;
    for worker in workers.iter() {
        peak = peak.max(worker.peak_resident_kib()?);
    }
    drop(provisioning);
    ensure!(hopsworks.users().len() == SIGN_UPS + IMPORTED as usize, "not everybody has one account");

    let about = format!(
        "{CLIENTS} clients sign up ten users a second for a minute; the cluster answers in {} ms. Two runs of provision \
         overlap. Then {IMPORTED} users who have seats already get accounts on a cluster that answers at once.",
        CLUSTER_TAKES.as_millis()
    );
    Ok(vec![Table::new(
        "Accounts on clusters",
        about,
        vec![
            Figure::new("from a sign-up to the account, p50", Unit::Microseconds, p50),
            Figure::new("the same, p99", Unit::Microseconds, p99),
            Figure::new("10,000 accounts: what is wanted, in one statement", Unit::Microseconds, wanted),
            Figure::new("10,000 accounts: all made", Unit::Microseconds, made),
            Figure::new("memory of provision, at most", Unit::Kibibytes, peak),
        ],
    )])
}

/// Two runs at once, each followed by another one.
async fn provision(setup: &Setup) -> Result<(JoinSet<()>, Arc<[Instance; 2]>)> {
    let program = Program::released(provision::NAME).in_world(&setup.world, setup.port).await;
    let start = || Instance::start(&program, &setup.home);
    let (workers, mut tasks) = (Arc::new([start().await?, start().await?]), JoinSet::new());
    for number in 0..2 {
        let workers = Arc::clone(&workers);
        tasks.spawn(async move {
            loop {
                // It works for longer than anybody here waits for an answer.
                let _ = workers[number].invoke(&json!({})).await;
            }
        });
    }
    Ok((tasks, workers))
}

/// New users at an even pace, whatever each takes.
async fn sign_up(setup: &Arc<Setup>) -> Result<()> {
    let program = setup.program(sync_user::NAME, setup.port).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(Arc::new(Instance::start(&program, &setup.home).await?));
    }
    let (mut pace, mut sent) = (interval(BETWEEN_TWO), JoinSet::new());
    for number in 0..SIGN_UPS {
        pace.tick().await;
        let (client, now) = (Arc::clone(&clients[number % CLIENTS]), setup.world.clock.now());
        let address = format!("{number:05}user@example.com");
        let body = json!({ "user_id": format!("auth0|new{number}"), "email": address, "email_verified": true, "logged_in_at": now });
        let event = TestRequest::post("/api/auth/sync-user").json(&body).signed(&setup.world).into_event();
        sent.spawn(async move { succeeded(TestResponse::from_returned(&client.invoke(&event).await?)) });
    }
    while let Some(answered) = sent.join_next().await {
        answered??;
    }
    Ok(())
}

/// Until every account is as it should be.
async fn until_done(world: &World) -> Result<()> {
    let started = Instant::now();
    while world.one("select count(*) from app.hopsworks_accounts where done_revision < revision").await != "0" {
        ensure!(started.elapsed() < Duration::from_secs(600), "accounts are still due after ten minutes");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The median and the slowest hundredth, in microseconds, by the database's clock.
async fn ready_after(world: &World) -> [u64; 2] {
    let after = |share: &str| {
        format!(
            "select (1000000 * percentile_disc({share}) within group (order by extract(epoch from a.done_at - u.created_at)))::bigint \
             from app.hopsworks_accounts a join public.users u on u.id = a.user_id"
        )
    };
    let [p50, p99] = [after("0.5"), after("0.99")];
    [world.one(&p50).await, world.one(&p99).await].map(|text| text.parse().unwrap_or_default())
}

/// Users with seats, as if they had been there long.
fn imported() -> String {
    format!(
        "select sync_user(jsonb_build_object('input', jsonb_build_object('user_id', 'auth0|old' || n, \
           'email', substr(md5(n::text), 1, 12) || '@example.com', 'email_verified', true, 'name', 'Old ' || n, \
           'logged_in_at', '2026-01-01T00:00:00Z'))) from generate_series(1, {IMPORTED}) n"
    )
}
