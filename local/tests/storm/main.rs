//! Storms of seat operations through the real pooler, and a simple model that must come to the same
//! places. A failure prints its seed; `STORM_SEED=… make test T=storm` replays the clients' choices.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod client;
mod model;
mod watch;

use std::{collections::BTreeMap, env, sync::Arc};

use local::testkit::World;

use self::{client::Client, model::Model};

const CLIENTS: u64 = 16;
const OPERATIONS: usize = 5_000;

/// The seed of this run: given, or drawn and printed.
#[expect(clippy::disallowed_methods, reason = "a replay is told its seed from outside")]
fn seed() -> u64 {
    env::var("STORM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_seat_operations_ends_where_a_simple_model_ends() {
    let seed = seed();
    println!("STORM_SEED={seed}");
    let world = Arc::new(World::new().await);
    watch::install(&world).await;
    world.add_cluster("first", 6).await;
    world.add_cluster("second", 4).await;
    world.add_administrator().await;
    let before = watch::clusters(&world).await;

    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut client = Client::new(world, seed.wrapping_add(number)).await;
                for _ in 0..OPERATIONS / CLIENTS as usize + 1 {
                    client.act().await;
                }
                client.statuses
            })
        })
        .collect();
    let mut statuses = BTreeMap::new();
    for client in clients {
        for (status, count) in client.await.unwrap() {
            *statuses.entry(status).or_insert(0) += count;
        }
    }
    println!("answers by status: {statuses:?}");
    assert!(statuses.keys().all(|status| *status < 500), "{statuses:?}");

    world.assert_sound().await;
    let decisions = watch::decisions(&world).await;
    println!("{} decisions about seats", decisions.len());
    assert!(decisions.len() > OPERATIONS / 4, "the storm blew");
    let mut model = Model::new(before, watch::invites(&world).await);
    for decision in &decisions {
        model.apply(decision);
    }
    assert_eq!(model.places(), watch::places(&world).await);
}
