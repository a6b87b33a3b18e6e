//! A run may end at any point, and the next one goes on: no event is lost, and none comes before an earlier one of its
//! subject.

use std::collections::BTreeSet;

use publish::{run, until_idle};
use serde_json::{Value, json};
use testkit::event_bus::Moment;
use uuid::Uuid;

use crate::fixtures::Site;

async fn call(site: &Site, function: &str, input: Value) -> Value {
    let args = json!({ "caller": { "must_be": "schedule" }, "input": input });
    serde_json::from_str(&site.world.one(&format!("select {function}('{args}')")).await).unwrap()
}

fn numbers(claimed: &Value) -> Vec<Value> {
    let events = claimed["events"].as_array().unwrap().iter();
    events.map(|event| json!({ "number": event["number"], "outcome": "published" })).collect()
}

#[tokio::test]
async fn a_run_that_is_killed_before_or_after_the_bus_has_an_event_leaves_it_to_the_next_when_its_lease_is_over() {
    for moment in [Moment::BeforeCommit, Moment::AfterCommit] {
        let site = Site::ready().await;
        site.happen(&["a", "b"], 2).await;
        let mut held = site.bus.hold(moment);
        let worker = site.world.publisher(&site.bus, until_idle).await;
        tokio::select! {
            _ = worker.handle(json!({})) => panic!("it waits"),
            () = held.arrived() => {}
        }
        drop(worker);
        assert_eq!(site.publish().await["published"], 0, "somebody publishes");
        site.lease_ends().await;
        assert_eq!(site.publish().await["published"], 4);
        drop(held);
        let mut seen = BTreeSet::new();
        let (mut arrived, _): (Vec<_>, Vec<_>) =
            site.arrived().await.into_iter().partition(|event| seen.insert(event.clone()));
        arrived.sort_by_key(|event| event.starts_with('b'));
        assert_eq!(arrived, ["a 1", "a 2", "b 1", "b 2"], "{moment:?}");
    }
}

#[tokio::test]
async fn who_has_lost_the_lease_settles_nothing_and_a_late_call_of_theirs_brings_nothing_new() {
    let site = Site::ready().await;
    site.happen(&["a"], 2).await;
    let mut held = site.bus.hold(Moment::BeforeCommit);
    let slow = site.world.publisher(&site.bus, until_idle).await;
    let other = async {
        held.arrived().await;
        site.lease_ends().await;
        assert_eq!(site.publish().await["published"], 2);
        held.release();
    };
    let (report, ()) = tokio::join!(slow.handle(json!({})), other);
    assert_eq!(report.unwrap()["published"], 0);
    assert!(slow.log.text().contains("somebody else publishes"));
    // The last one is the first again, with its id.
    assert_eq!(site.arrived().await, ["a 1", "a 2", "a 1"]);
    assert_eq!(site.world.all("select seq || ' ' || attempts from app.outbox order by 1").await, ["1 1", "2 1"]);
}

#[tokio::test]
async fn a_claim_that_is_repeated_finds_its_own_and_nobody_else_does() {
    let site = Site::ready().await;
    site.happen(&["a", "b"], 2).await;
    let (mine, others) = (json!({ "lease": Uuid::new_v4(), "room": 9 }), json!({ "lease": Uuid::new_v4(), "room": 9 }));
    let first = call(&site, "claim_events", mine.clone()).await;
    assert_eq!(first["events"].as_array().unwrap().len(), 2, "one of a subject");
    assert_eq!(call(&site, "claim_events", mine).await, first);
    assert_eq!(call(&site, "claim_events", others).await, json!({ "is_ours": false, "events": [] }));
}

#[tokio::test]
async fn what_is_settled_twice_counts_once_and_another_lease_settles_nothing() {
    let site = Site::ready().await;
    site.happen(&["a"], 2).await;
    let lease = Uuid::new_v4();
    let first = call(&site, "claim_events", json!({ "lease": lease, "room": 9 })).await;
    let settled = |lease: Uuid| json!({ "lease": lease, "is_last": false, "events": numbers(&first) });
    assert_eq!(call(&site, "settle_events", settled(Uuid::new_v4())).await, json!({ "is_ours": false }));
    assert_eq!(site.left().await, ["a 1", "a 2"]);
    for _ in 0..2 {
        assert_eq!(call(&site, "settle_events", settled(lease)).await, json!({ "is_ours": true }));
        assert_eq!(site.left().await, ["a 2"]);
    }
    // Late, and nobody else has claimed.
    site.lease_ends().await;
    assert_eq!(call(&site, "settle_events", settled(lease)).await, json!({ "is_ours": true }));
    call(&site, "claim_events", json!({ "lease": Uuid::new_v4(), "room": 9 })).await;
    assert_eq!(call(&site, "settle_events", settled(lease)).await, json!({ "is_ours": false }));
}

#[tokio::test]
async fn of_two_runs_one_publishes_and_the_other_goes_on_when_it_ends() {
    let site = Site::ready().await;
    site.happen(&["a", "b", "c"], 4).await;
    let (first, second) =
        (site.world.publisher(&site.bus, until_idle).await, site.world.publisher(&site.bus, until_idle).await);
    let mut held = site.bus.hold(Moment::AfterCommit);
    let next = async {
        held.arrived().await;
        assert_eq!(second.handle(json!({})).await.unwrap()["published"], 0);
        held.release();
    };
    let (report, ()) = tokio::join!(first.handle(json!({})), next);
    assert_eq!(report.unwrap()["published"], 12);
    site.happen(&["a"], 1).await;
    // The lease was given back.
    assert_eq!(second.handle(json!({})).await.unwrap()["published"], 1);
    assert_eq!(site.arrived().await.len(), 13);
}

#[tokio::test]
async fn a_run_stays_for_what_is_yet_to_happen() {
    let site = Site::ready().await;
    let worker = site.world.publisher(&site.bus, run).await;
    let mut held = site.bus.hold(Moment::AfterCommit);
    let happens = async {
        site.happen(&["a"], 1).await;
        held.arrived().await;
    };
    tokio::select! {
        _ = worker.handle(json!({})) => panic!("it stays"),
        () = happens => {}
    }
}
