//! Seat operations, and a simple model that must come to the same places.

mod model;
mod watch;

use std::{collections::BTreeMap, sync::Arc};

use proof::storm::{
    Instances, decision_log,
    seats::{Client, FUNCTIONS},
    seed,
};
use testkit::World;

use self::model::Model;
use crate::{CLIENTS, blow};

const OPERATIONS: usize = 5_000;

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

    // One after the other: connecting is not what is tested here.
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let instances = Instances::start(&world, &FUNCTIONS).await;
        clients.push(Client::new(Arc::clone(&world), instances, seed.wrapping_add(number)));
    }
    let mut statuses = BTreeMap::new();
    for client in blow(clients, OPERATIONS).await {
        for (status, count) in client.statuses {
            *statuses.entry(status).or_insert(0) += count;
        }
    }
    println!("answers by status: {statuses:?}");
    assert!(statuses.keys().all(|status| *status < 500), "{statuses:?}");

    world.assert_sound().await;
    let decisions = decision_log::decisions(&world).await;
    println!("{} decisions about seats", decisions.len());
    assert!(decisions.len() > OPERATIONS / 4, "the storm blew");
    let mut model = Model::new(before, decision_log::invites(&world).await);
    for decision in &decisions {
        model.apply(decision);
    }
    assert_eq!(model.places(), watch::places(&world).await);
}
