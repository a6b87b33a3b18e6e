//! The replay in its small form: two clusters, a few days. `STORM_SEED=… make test T=replay` draws the same again.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use proof::{
    replay::{self, Plan},
    storm::seed,
};
use testkit::World;

#[tokio::test(flavor = "multi_thread")]
async fn bills_are_what_was_used_whatever_went_wrong_while_it_was_collected() {
    let seed = seed();
    println!("STORM_SEED={seed}");
    let mut world = World::new().await;
    let plan = Plan { seed, days: 3, clusters: 2, namespaces: 12, killed_one_in: 4 };
    let outcome = replay::run(&mut world, None, plan).await.unwrap();
    println!("{outcome:?}");
    assert!(outcome.findings.is_empty(), "{:#?}", outcome.findings);
    assert!(outcome.accounts > 5 && outcome.hours > 140, "{outcome:?}");
}
