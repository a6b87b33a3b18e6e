//! `make chaos`: the storms' clients over HTTP, while everything that can break breaks, one thing after the other; and
//! the reckoning when all is over.

pub mod contract;
pub mod credentials;
pub mod disk;
pub mod faults;
pub mod gateway;
pub mod in_process;
pub mod recorder;
pub mod report;
pub mod retrying_client;
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
    retrying_client::Persistent,
    testbed::{Functions, Stage},
    transport::Wire,
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

/// Lets the clients work while faults strike, and reckons. What was found is in the book.
///
/// # Errors
/// When something cannot be mended.
pub async fn run<W: Wire>(
    stage: &mut Stage,
    wire: &Arc<W>,
    functions: &dyn Functions,
    faults: &[Fault],
    plan: Plan,
) -> Result<()> {
    let book = Arc::clone(&stage.book);
    let is_over = Arc::new(AtomicBool::default());
    // Held by each client for as long as it lives.
    let alive = Arc::new(());
    let mut clients = JoinSet::new();
    for number in 0..plan.clients {
        let seed = plan.seed.wrapping_add(number);
        let answers = Persistent {
            wire: Arc::clone(wire),
            credentials: Arc::clone(&stage.credentials),
            book: Arc::clone(&book),
            rng: Mutex::new(Rng::with_seed(seed ^ 0x5eed)),
            thinks: plan.thinks,
        };
        let world = Arc::clone(&stage.world);
        if number % 2 == 0 {
            clients.spawn(work(seats::Client::new(world, answers, seed), Arc::clone(&is_over), Arc::clone(&alive)));
        } else {
            let time = Time::of(&world.clock);
            let meter = format!("meter-{number}-");
            let client = money::Client::new(world, answers, time, number, &meter, seed);
            clients.spawn(work(client, Arc::clone(&is_over), Arc::clone(&alive)));
        }
    }
    let struck = strike_all(stage, functions, faults, plan, || Arc::strong_count(&alive) > 1).await;
    is_over.store(true, Ordering::SeqCst);
    while let Some(ended) = clients.join_next().await {
        if let Err(panic) = ended {
            book.find(format!("a client gave up: {panic}"));
        }
    }
    struck?;
    step("comparing what was told with what is there");
    let compared = verify::reckon(&stage.world, &book).await;
    if compared == 0 {
        book.find("nothing was written, so nothing was compared".to_owned());
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
    stage: &mut Stage,
    functions: &dyn Functions,
    faults: &[Fault],
    plan: Plan,
    is_anybody_alive: impl Fn() -> bool,
) -> Result<()> {
    let mut rng = Rng::with_seed(plan.seed);
    let began = Instant::now();
    sleep(plan.calm).await;
    if stage.signs_from.is_none() {
        // Only now, so that some instances do not know the next key.
        let present = stage.world.key.clone();
        stage.announce_next_key(&present, KEYS_ARE_READ_AGAIN_AFTER);
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
            if let Some(why) = fault.missing(stage) {
                step(&format!("{:>5} s  {}: left out, {why}", began.elapsed().as_secs(), fault.name()));
                stage.book.leave_out(fault.name());
                continue;
            }
            step(&format!("{:>5} s  {}", began.elapsed().as_secs(), fault.name()));
            stage.book.begin(fault.name());
            fault.strike(stage, functions, &mut rng).await?;
            stage.book.begin("calm");
            sleep(plan.calm).await;
            recover(stage, fault, plan).await;
        }
    }
    while stage.book.ended() < plan.requests && is_anybody_alive() {
        sleep(plan.calm).await;
    }
    for fault in left {
        step(&format!("no time was left for: {}", fault.name()));
        stage.book.leave_out(fault.name());
    }
    Ok(())
}

/// What was mended works again: requests that began after it are answered by 2xx.
async fn recover(stage: &Stage, after: Fault, plan: Plan) {
    let began = Instant::now();
    while began.elapsed() < RECOVERS_WITHIN {
        if stage.book.succeeded() > 0 {
            return;
        }
        sleep(plan.calm).await;
    }
    stage.book.find(format!("nobody was served after: {}", after.name()));
}
