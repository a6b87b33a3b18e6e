//! `make chaos`: the storms' clients over HTTP, while everything that can break breaks, one thing after the other; and
//! the verification when all is over.

pub mod client;
pub mod disk;
pub mod documented;
pub mod faults;
pub mod pool;
pub mod recorder;
pub mod report;
pub mod testbed;
pub mod verify;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use clap::ValueEnum;
use contract::openapi;
use fastrand::Rng;
use ops::progress::step;
use testkit::Gateway;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use self::{
    client::RetryingClient,
    faults::{Fault, KEYS_ARE_READ_AGAIN_AFTER},
    pool::{Launcher, Pool},
    testbed::Testbed,
};
use crate::storm::{
    money, seats,
    session::{Actor, Session},
};

/// A system that is down for longer after everything was mended has not recovered. (A function may have read the
/// secret just before it changed: then it reads it again after half a minute.)
const RECOVERS_WITHIN: Duration = Duration::from_secs(90);

/// How much is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Half of them are about seats, half about money.
    pub clients: u64,
    /// No fault begins later than this.
    pub lasts: Duration,
    /// How often every fault strikes at most.
    pub rounds: usize,
    /// However fast the faults are over, the clients go on until so many requests have ended.
    pub requests: usize,
    /// Between two faults.
    pub calm: Duration,
    /// How long a client waits before each request.
    pub think_time: Duration,
}

/// Lets the clients work while faults strike, and verifies. What was found is in the recorder.
///
/// # Errors
/// When something cannot be mended.
pub async fn run(testbed: &mut Testbed, launcher: Launcher, plan: Plan) -> Result<()> {
    let gateway = Gateway::start(openapi::functions(), Pool::new(launcher)).await?;
    testbed.recorder.begin("calm");
    // Held by each client for as long as it lives.
    let is_over = Arc::new(AtomicBool::default());
    let mut clients = clients(testbed, &gateway.url(), plan, &is_over)?;
    let struck = strike_all(testbed, &gateway.backend, plan, || Arc::strong_count(&is_over) > 1).await;
    is_over.store(true, Ordering::SeqCst);
    while let Some(ended) = clients.join_next().await {
        if let Err(panic) = ended {
            testbed.recorder.find(format!("a client gave up: {panic}"));
        }
    }
    gateway.backend.renew();
    struck?;
    step(&format!("{} instances were started", gateway.backend.started()));
    step("comparing what was acknowledged with what is there");
    let compared = verify::verify(&testbed.world, &testbed.recorder).await;
    if compared == 0 {
        testbed.recorder.find("nothing was written, so nothing was compared".to_owned());
    }
    step(&format!("{compared} writes compared"));
    Ok(())
}

fn clients(testbed: &Testbed, url: &str, plan: Plan, is_over: &Arc<AtomicBool>) -> Result<JoinSet<()>> {
    let (http, mut clients) = (client::http()?, JoinSet::new());
    for number in 0..plan.clients {
        let seed = plan.seed.wrapping_add(number);
        let api = RetryingClient {
            url: url.to_owned(),
            http: http.clone(),
            credentials: Arc::clone(&testbed.credentials),
            recorder: Arc::clone(&testbed.recorder),
            rng: Mutex::new(Rng::with_seed(seed ^ 0x5eed)),
            think_time: plan.think_time,
        };
        let session = Session::new(Arc::clone(&testbed.world), api, seed);
        let is_over = Arc::clone(is_over);
        if number % 2 == 0 {
            clients.spawn(work(seats::Client::new(session), is_over));
        } else {
            let time = money::Time::of(&testbed.world.clock);
            clients.spawn(work(money::Client::new(session, time, number, &format!("meter-{number}-")), is_over));
        }
    }
    Ok(clients)
}

async fn work(mut client: impl Actor, is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::SeqCst) {
        client.act().await;
    }
}

/// One fault after the other, in an order that the seed gives, with calm between them.
async fn strike_all(testbed: &mut Testbed, pool: &Pool, plan: Plan, is_anybody_alive: impl Fn() -> bool) -> Result<()> {
    let (mut rng, began) = (Rng::with_seed(plan.seed), Instant::now());
    let say = |what: &str| step(&format!("{:>5} s  {what}", began.elapsed().as_secs()));
    sleep(plan.calm).await;
    if testbed.signs_from.is_none() {
        // Only now, so that some instances do not know the next key.
        let present = testbed.world.key.clone();
        testbed.announce_next_key(&present, KEYS_ARE_READ_AGAIN_AFTER);
    }
    let (mut round, mut left) = (Fault::value_variants().to_vec(), Fault::value_variants().to_vec());
    'rounds: for _ in 0..plan.rounds {
        rng.shuffle(&mut round);
        for fault in round.iter().copied() {
            if began.elapsed() >= plan.lasts {
                break 'rounds;
            }
            left.retain(|other| *other != fault);
            if let Some(why) = fault.missing(testbed) {
                say(&format!("{}: left out, {why}", fault.name()));
                testbed.recorder.record().left_out.insert(fault.name());
                continue;
            }
            say(&fault.name());
            testbed.recorder.begin(&fault.name());
            fault.strike(testbed, pool, &mut rng).await?;
            testbed.recorder.begin("calm");
            recover(testbed, fault, plan).await;
        }
    }
    while testbed.recorder.record().ended < plan.requests && is_anybody_alive() {
        sleep(plan.calm).await;
    }
    for fault in left {
        say(&format!("no time was left for: {}", fault.name()));
        testbed.recorder.record().left_out.insert(fault.name());
    }
    Ok(())
}

/// After the calm, what was mended works again: requests that began since are answered by 2xx.
async fn recover(testbed: &Testbed, after: Fault, plan: Plan) {
    let mended = Instant::now();
    while mended.elapsed() < plan.calm + RECOVERS_WITHIN {
        sleep(plan.calm).await;
        if testbed.recorder.record().last_success > Some(mended) {
            return;
        }
    }
    testbed.recorder.find(format!("nobody was served after: {}", after.name()));
}
