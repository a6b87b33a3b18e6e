//! Runs a storm: many clients at once, each on instances of its own.

use std::sync::{Arc, Mutex};

use contract::openapi;
use proof::storm::{
    seed,
    session::{Actor, Session, Statuses},
};
use testkit::{Instances, World, lock::lock};
use tokio::task::JoinSet;

const CLIENTS: u64 = 16;

/// Has clients do this many operations between them, all at once. They come back with what all were answered.
pub async fn run<C: Actor>(
    world: &Arc<World>,
    functions: &[&'static str],
    operations: u64,
    client: impl Fn(Session<Instances>, u64) -> C,
) -> (Vec<C>, Statuses) {
    let (seed, statuses) = (seed(), Arc::<Mutex<Statuses>>::default());
    println!("STORM_SEED={seed}");
    let mut clients = Vec::new();
    // One after the other: connecting is not what is tested here.
    for number in 0..CLIENTS {
        let called = openapi::functions().into_iter().filter(|(name, _)| functions.contains(name));
        let instances = Instances::start(world, called).await;
        let mut session = Session::new(Arc::clone(world), instances, seed.wrapping_add(number));
        session.statuses = Arc::clone(&statuses);
        clients.push(client(session, number));
    }
    let tasks = clients.into_iter().map(|mut client| async move {
        for _ in 0..=operations / CLIENTS {
            client.act().await;
        }
        client
    });
    let clients = tasks.collect::<JoinSet<_>>().join_all().await;
    let statuses = lock(&statuses).clone();
    println!("answers by operation and status: {statuses:?}");
    assert!(statuses.keys().all(|(_, status)| *status < 500), "{statuses:?}");
    world.assert_sound().await;
    (clients, statuses)
}
