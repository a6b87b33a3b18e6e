//! A run may end at any point, and whoever has the next lease goes on: no hour twice, none lost.

use collect_usage::run;
use serde_json::{Value, json};
use testkit::opencost::{Moment, Odd};
use uuid::Uuid;

use crate::site::{Site, at};

async fn call(site: &Site, function: &str, input: Value) -> Value {
    let args = json!({ "caller": { "must_be": "schedule" }, "input": input });
    serde_json::from_str(&site.world.one(&format!("select {function}('{args}')")).await).unwrap()
}

async fn end_leases(site: &Site) {
    site.world.sql("update app.usage_collection set leased_until = app.now() where lease is not null").await;
}

#[tokio::test]
async fn a_run_that_ends_while_it_reads_leaves_its_hours_to_the_next_one_when_its_lease_is_over() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    let mut held = site.opencost.hold(Moment::AfterCommit);
    let worker = site.world.collector(run).await;
    tokio::select! {
        _ = worker.handle(json!({})) => panic!("it waits"),
        () = held.arrived() => {}
    }
    drop((worker, held));
    assert_eq!(site.hours().await, ["8 expected", "9 expected"]);
    site.collect().await;
    assert_eq!(site.hours().await, ["8 expected", "9 expected"], "somebody reads");
    end_leases(&site).await;
    site.collect().await;
    assert_eq!(site.hours().await, ["8 collected 2", "9 collected 2"]);
    assert_eq!(site.used_dollars().await["auth0|ann"], "0.70");
    site.world.assert_sound().await;
}

#[tokio::test]
async fn a_claim_that_is_repeated_finds_its_own_clusters_and_nobody_else_does() {
    let site = Site::ready().await;
    let lease = json!({ "lease": Uuid::new_v4(), "room": 10 });
    let first = call(&site, "claim_hours", lease.clone()).await;
    assert_eq!(first["clusters"][0]["hours"].as_array().unwrap().len(), 2);
    assert_eq!(call(&site, "claim_hours", lease).await, first);
    let other = call(&site, "claim_hours", json!({ "lease": Uuid::new_v4(), "room": 10 })).await;
    assert_eq!(other["clusters"], json!([]));
}

#[tokio::test]
async fn what_is_settled_twice_counts_once_and_who_has_lost_the_lease_settles_nothing() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    let lease = Uuid::new_v4();
    call(&site, "claim_hours", json!({ "lease": lease, "room": 10 })).await;
    let settled = |lease: Uuid| {
        json!({
            "cluster_id": site.cluster, "lease": lease, "hour": at(8), "is_last": false,
            "namespaces": [{ "namespace": "ann", "cpu_hours": "2", "gpu_hours": "0", "storage_gb": "0" }],
        })
    };
    let read = json!({ "is_ours": true, "code": null });
    assert_eq!(call(&site, "settle_hour", settled(lease)).await, read);
    assert_eq!(call(&site, "settle_hour", settled(lease)).await, read);
    assert_eq!(site.used_dollars().await["auth0|ann"], "0.35");
    assert_eq!(call(&site, "settle_hour", settled(Uuid::new_v4())).await, json!({ "is_ours": false }));
    end_leases(&site).await;
    assert_eq!(call(&site, "settle_hour", settled(lease)).await, json!({ "is_ours": false }));
}

#[tokio::test]
async fn a_run_that_ends_between_billing_and_the_next_hour_is_as_good_as_two_runs() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.opencost.set_answer(at(9), Odd::Error500);
    site.collect().await;
    site.opencost.set_answer(at(9), None);
    site.world.sql("update app.usage_coverage set due_at = app.now() where state = 'missing'").await;
    site.collect().await;
    assert_eq!(site.readings().await.len(), 2);
    assert_eq!(site.used_dollars().await["auth0|ann"], "0.70");
}
