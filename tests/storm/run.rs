//! Runs a storm: many clients at once, each on instances of its own.

use std::sync::Arc;

use contract::openapi;
use proof::storm::{
    seed,
    session::{Actor, Session, Statuses},
};
use testkit::{Instances, World};
use tokio::task::JoinSet;

const CLIENTS: u64 = 16;

/// Has clients do this many operations between them, all at once. They come back with what they were answered.
pub async fn run<C: Actor>(
    world: &Arc<World>,
    functions: &[&'static str],
    operations: u64,
    client: impl Fn(Session<Instances>, u64) -> C,
) -> (Vec<C>, Statuses) {
    let seed = seed();
    println!("STORM_SEED={seed}");
    let mut clients = Vec::new();
    // One after the other: connecting is not what is tested here.
    for number in 0..CLIENTS {
        let called = openapi::functions().into_iter().filter(|(name, _)| functions.contains(name));
        let instances = Instances::start(world, called).await;
        clients.push(client(Session::new(Arc::clone(world), instances, seed.wrapping_add(number)), number));
    }
    let mut tasks = JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            for _ in 0..=operations / CLIENTS {
                client.act().await;
            }
            client
        });
    }
    let (clients, mut statuses) = (tasks.join_all().await, Statuses::new());
    for (answered, count) in clients.iter().flat_map(Actor::statuses) {
        *statuses.entry(*answered).or_default() += count;
    }
    println!("answers by operation and status: {statuses:?}");
    assert!(statuses.keys().all(|(_, status)| *status < 500), "{statuses:?}");
    world.assert_sound().await;
    (clients, statuses)
}
