//! `make chaos`: the storms' clients over HTTP, while everything that can break breaks, one thing after the other; and
//! the verification when all is over.

pub mod client;
pub mod clusters;
pub mod disk;
pub mod documented;
pub mod faults;
pub mod pool;
pub mod recorder;
pub mod report;
pub mod testbed;
pub mod usage;
pub mod verify;
pub mod workers;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Result;
use clap::ValueEnum;
use contract::openapi;
use fastrand::Rng;
use ops::progress::step;
use testkit::{Gateway, gateway};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use self::{client::RetryingClient, faults::Fault, pool::Pool, recorder::Recorder, testbed::Testbed, workers::Workers};
use crate::storm::{
    money, seats,
    session::{Actor, Session},
};

/// Then a client hangs up: a function that has not answered by now never does.
const HANGS_UP_AFTER: Duration = Duration::from_secs(20);
/// A system that is down for longer after everything was mended has not recovered. (A function may have read the
/// secret just before it changed: then it reads it again after half a minute.)
const RECOVERS_WITHIN: Duration = Duration::from_secs(90);

/// How much is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Half of them are about seats, half about money.
    pub clients: u64,
    /// Every fault strikes once in a round, and no second round begins later than this.
    pub lasts: Duration,
    /// Between two faults.
    pub calm: Duration,
}

/// Lets the clients work while faults strike, and verifies. What was found is in the recorder. The release binaries run
/// if there is a `home` for their logs, else functions in this process.
pub async fn run(testbed: &mut Testbed, home: Option<PathBuf>, plan: Plan) -> Result<()> {
    let gateway =
        Gateway::start(0, gateway::routes(openapi::functions()), Pool::new(testbed.config(), home.clone()), None)
            .await?;
    let mut workers = Workers::start(&testbed.config(), home.as_ref());
    "calm".clone_into(&mut testbed.recorder.record().phase);
    let mut clients = clients(testbed, &gateway.url(), plan)?;
    let struck = strike_all(testbed, &gateway.backend, &mut workers, plan).await;
    testbed.recorder.record().is_over = true;
    while let Some(ended) = clients.join_next().await {
        if let Err(panic) = ended {
            testbed.recorder.find(format!("a client gave up: {panic}"));
        }
    }
    gateway.backend.renew();
    struck?;
    step("waiting until every account is as it should be, and every hour of usage is read");
    usage::revise(&testbed.world, &testbed.opencosts(), &mut Rng::with_seed(plan.seed)).await;
    for runs in [&mut workers.provision, &mut workers.collect_usage] {
        runs.kill(&testbed.world).await;
        runs.start_again();
    }
    verify::accounts::are_done(&testbed.world).await;
    for runs in [&mut workers.provision, &mut workers.collect_usage] {
        runs.kill(&testbed.world).await;
    }
    step("comparing what was acknowledged with what is there");
    let compared = verify::verify(testbed).await;
    if compared == 0 {
        testbed.recorder.find("nothing was written, so nothing was compared".to_owned());
    }
    step(&format!("{compared} writes compared"));
    Ok(())
}

fn clients(testbed: &Testbed, url: &str, plan: Plan) -> Result<JoinSet<()>> {
    let api = RetryingClient {
        url: url.to_owned(),
        http: reqwest::Client::builder().timeout(HANGS_UP_AFTER).build()?,
        credentials: Arc::clone(&testbed.credentials),
        recorder: Arc::clone(&testbed.recorder),
        think_time: testbed.unit / 50,
    };
    let mut clients = JoinSet::new();
    for number in 0..plan.clients {
        let session = Session::new(Arc::clone(&testbed.world), api.clone(), plan.seed.wrapping_add(number));
        let recorder = Arc::clone(&testbed.recorder);
        if number % 2 == 0 {
            clients.spawn(work(seats::Client { session }, recorder));
        } else {
            let clock = testbed.world.clock.clone();
            let now = Arc::new(move || clock.now());
            clients.spawn(work(money::Client::new(session, now, number, &format!("meter-{number}-")), recorder));
        }
    }
    Ok(clients)
}

async fn work(mut client: impl Actor, recorder: Arc<Recorder>) {
    while !recorder.record().is_over {
        client.act().await;
    }
}

/// One fault after the other, in an order that the seed gives, with calm between them.
async fn strike_all(testbed: &mut Testbed, pool: &Pool, workers: &mut Workers, plan: Plan) -> Result<()> {
    let (mut rng, mut round) = (Rng::with_seed(plan.seed), Fault::value_variants().to_vec());
    let began = Instant::now();
    sleep(plan.calm).await;
    loop {
        rng.shuffle(&mut round);
        for fault in &round {
            let (name, seconds) = (format!("{fault:?}"), began.elapsed().as_secs());
            if let (Fault::DiskFull, Err(why)) = (fault, &testbed.disk) {
                step(&format!("{seconds:>5} s  {name}: left out, {why}"));
                continue;
            }
            step(&format!("{seconds:>5} s  {name}"));
            testbed.recorder.record().phase.clone_from(&name);
            usage::revise(&testbed.world, &testbed.opencosts(), &mut rng).await;
            // Wherever it is; and a lease that was lost with the database may end now.
            workers.collect_usage.kill(&testbed.world).await;
            workers.collect_usage.start_again();
            fault.strike(testbed, pool, workers, &mut rng).await?;
            "calm".clone_into(&mut testbed.recorder.record().phase);
            recover(testbed, &name, plan).await;
        }
        if began.elapsed() >= plan.lasts {
            return Ok(());
        }
    }
}

/// After the calm, what was mended works again: requests that began since are answered by 2xx.
async fn recover(testbed: &Testbed, after: &str, plan: Plan) {
    let mended = Instant::now();
    while mended.elapsed() < plan.calm + RECOVERS_WITHIN {
        sleep(plan.calm).await;
        if testbed.recorder.record().last_success > Some(mended) {
            return;
        }
    }
    testbed.recorder.find(format!("nobody was served after: {after}"));
}
