//! Runs many clients at once, each on instances of its own.

use std::sync::{Arc, Mutex};

use contract::openapi;
use proof::storm::{
    seed,
    session::{Actor, Session, Statuses},
};
use testkit::{Instances, World, lock::lock};
use tokio::task::JoinSet;

const CLIENTS: u64 = 16;

/// Has clients do this many operations between them, all at once. They come back with what all were answered. The
/// worlds are one but for what their functions are: clients take turns among them.
pub async fn run<C: Actor>(
    worlds: &[&Arc<World>],
    functions: &[&'static str],
    operations: u64,
    client: impl Fn(Session<Instances>, u64) -> C,
) -> (Vec<C>, Statuses) {
    let (seed, statuses, slowest) = (seed(), Arc::<Mutex<Statuses>>::default(), Arc::default());
    println!("STORM_SEED={seed}");
    let mut clients = Vec::new();
    // One after the other: connecting is not what is tested here.
    for (number, world) in (0..CLIENTS).zip(worlds.iter().copied().cycle()) {
        let called = openapi::functions().into_iter().filter(|(name, _)| functions.contains(name));
        let instances = Instances::start(world, called).await;
        let mut session = Session::new(Arc::clone(world), instances, seed.wrapping_add(number));
        session.statuses = Arc::clone(&statuses);
        session.slowest = Arc::clone(&slowest);
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
    println!("answers by operation and status: {statuses:?}; the slowest took {:?}", lock(&slowest));
    assert!(statuses.keys().all(|(_, status)| *status < 500), "{statuses:?}");
    worlds[0].assert_sound().await;
    (clients, statuses)
}
