//! Seat operations, and a simple model that must come to the same places.

mod model;
mod watch;

use std::sync::Arc;

use proof::storm::{
    decision_log,
    seats::{Client, FUNCTIONS},
};
use testkit::World;

use self::model::Model;
use crate::run::run;

const OPERATIONS: u64 = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_seat_operations_ends_where_a_simple_model_ends() {
    let world = Arc::new(World::new().await);
    watch::install(&world).await;
    world.add_cluster("first", 6).await;
    world.add_cluster("second", 4).await;
    world.add_administrator().await;
    let before = watch::clusters(&world).await;

    run(&world, &FUNCTIONS, OPERATIONS, |session, _| Client::new(session)).await;

    let decisions = decision_log::decisions(&world).await;
    println!("{} decisions about seats", decisions.len());
    assert!(decisions.len() > OPERATIONS as usize / 4, "too little was decided");
    let mut model = Model::new(before, decision_log::invites(&world).await);
    for decision in &decisions {
        model.apply(decision);
    }
    assert_eq!(model.places(), watch::places(&world).await);
}
