//! `make chaos`: the storms' clients over HTTP, while everything that can break breaks, one thing after the other; and
//! the reckoning when all is over.

pub mod documented;
pub mod credentials;
pub mod disk;
pub mod faults;
pub mod pool;
pub mod in_process;
pub mod recorder;
pub mod report;
pub mod client;
pub mod testbed;
pub mod transport;
pub mod verify;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use self::{
    faults::{Fault, KEYS_ARE_READ_AGAIN_AFTER},
    client::RetryingClient,
    testbed::{Functions, Testbed},
    transport::Transport,
};
use crate::storm::{Actor, Time, money, seats};
use anyhow::Result;
use ops::progress::step;

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
    /// What a client does between two requests.
    pub thinks: Duration,
}

/// Lets the clients work while faults strike, and reckons. What was found is in the recorder.
///
/// # Errors
/// When something cannot be mended.
pub async fn run<W: Transport>(
    testbed: &mut Testbed,
    transport: &Arc<W>,
    functions: &dyn Functions,
    faults: &[Fault],
    plan: Plan,
) -> Result<()> {
    let recorder = Arc::clone(&testbed.recorder);
    let is_over = Arc::new(AtomicBool::default());
    // Held by each client for as long as it lives.
    let alive = Arc::new(());
    let mut clients = JoinSet::new();
    for number in 0..plan.clients {
        let seed = plan.seed.wrapping_add(number);
        let answers = RetryingClient {
            transport: Arc::clone(transport),
            credentials: Arc::clone(&testbed.credentials),
            recorder: Arc::clone(&recorder),
            rng: Mutex::new(Rng::with_seed(seed ^ 0x5eed)),
            thinks: plan.thinks,
        };
        let world = Arc::clone(&testbed.world);
        if number % 2 == 0 {
            clients.spawn(work(seats::Client::new(world, answers, seed), Arc::clone(&is_over), Arc::clone(&alive)));
        } else {
            let time = Time::of(&world.clock);
            let meter = format!("meter-{number}-");
            let client = money::Client::new(world, answers, time, number, &meter, seed);
            clients.spawn(work(client, Arc::clone(&is_over), Arc::clone(&alive)));
        }
    }
    let struck = strike_all(testbed, functions, faults, plan, || Arc::strong_count(&alive) > 1).await;
    is_over.store(true, Ordering::SeqCst);
    while let Some(ended) = clients.join_next().await {
        if let Err(panic) = ended {
            recorder.find(format!("a client gave up: {panic}"));
        }
    }
    struck?;
    step("comparing what was told with what is there");
    let compared = verify::verify(&testbed.world, &recorder).await;
    if compared == 0 {
        recorder.find("nothing was written, so nothing was compared".to_owned());
    }
    step(&format!("{compared} writes compared"));
    Ok(())
}

/// A client that gave up leaves what it held as it was.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn work<A: Actor>(mut client: A, is_over: Arc<AtomicBool>, _alive: Arc<()>) {
    while !is_over.load(Ordering::SeqCst) {
        client.act().await;
    }
}

/// One fault after the other, in an order that the seed gives, with calm between them.
async fn strike_all(
    testbed: &mut Testbed,
    functions: &dyn Functions,
    faults: &[Fault],
    plan: Plan,
    is_anybody_alive: impl Fn() -> bool,
) -> Result<()> {
    let mut rng = Rng::with_seed(plan.seed);
    let began = Instant::now();
    sleep(plan.calm).await;
    if testbed.signs_from.is_none() {
        // Only now, so that some instances do not know the next key.
        let present = testbed.world.key.clone();
        testbed.announce_next_key(&present, KEYS_ARE_READ_AGAIN_AFTER);
    }
    let mut round = faults.to_vec();
    let mut left = faults.to_vec();
    'rounds: for _ in 0..plan.rounds {
        rng.shuffle(&mut round);
        for fault in round.iter().copied() {
            if began.elapsed() >= plan.lasts {
                break 'rounds;
            }
            left.retain(|other| *other != fault);
            if let Some(why) = fault.missing(testbed) {
                step(&format!("{:>5} s  {}: left out, {why}", began.elapsed().as_secs(), fault.name()));
                testbed.recorder.leave_out(fault.name());
                continue;
            }
            step(&format!("{:>5} s  {}", began.elapsed().as_secs(), fault.name()));
            testbed.recorder.begin(fault.name());
            fault.strike(testbed, functions, &mut rng).await?;
            testbed.recorder.begin("calm");
            sleep(plan.calm).await;
            recover(testbed, fault, plan).await;
        }
    }
    while testbed.recorder.ended() < plan.requests && is_anybody_alive() {
        sleep(plan.calm).await;
    }
    for fault in left {
        step(&format!("no time was left for: {}", fault.name()));
        testbed.recorder.leave_out(fault.name());
    }
    Ok(())
}

/// What was mended works again: requests that began after it are answered by 2xx.
async fn recover(testbed: &Testbed, after: Fault, plan: Plan) {
    let began = Instant::now();
    while began.elapsed() < RECOVERS_WITHIN {
        if testbed.recorder.succeeded() > 0 {
            return;
        }
        sleep(plan.calm).await;
    }
    testbed.recorder.find(format!("nobody was served after: {}", after.name()));
}
