//! What arrives at the bus: every event, each subject's in their order, in the form that docs/events.md says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use publish::until_idle;
use serde_json::{Value, json};
use testkit::World;

use crate::fixtures::Site;

#[tokio::test]
async fn an_event_arrives_once_with_what_it_tells_and_in_what_it_is_found_by_rules() {
    let site = Site::ready().await;
    site.world.add_cluster("first", 1).await;
    site.world.sign_up("ann").await;
    assert_eq!(site.publish().await, json!({ "published": 3, "put_off": 0, "parked": 0 }));
    let received = site.bus.received().await;
    let seated = received.iter().find(|event| event["detail-type"] == "user.seated").unwrap();
    let detail = &seated["detail"];
    assert_eq!(seated["source"], "back-office");
    assert_eq!(
        (&detail["type"], &detail["subject"], &detail["seq"]),
        (&json!("user.seated"), &json!("user:auth0|ann"), &json!(2))
    );
    assert_eq!(detail["data"]["cluster_name"], "first");
    let row = "select id || ' ' || (published_at is not null) from app.outbox where type = 'user.seated'";
    assert_eq!(site.world.one(row).await, format!("{} true", detail["id"].as_str().unwrap()));
    assert!(DateTime::parse_from_rfc3339(detail["occurred_at"].as_str().unwrap()).is_ok(), "{detail}");
    assert_eq!(site.publish().await["published"], 0);
    assert_eq!(site.arrived().await, [""; 0]);
}

#[tokio::test]
async fn a_call_has_ten_entries_at_most_and_no_two_of_a_subject_and_each_subject_keeps_its_order() {
    let world = World::new().await;
    let site = Site { bus: world.swallowing_bus().await, world };
    let subjects: Vec<String> = (0..123).map(|number| format!("s{number}")).collect();
    site.happen(&subjects.iter().map(String::as_str).collect::<Vec<_>>(), 3).await;
    site.happen(&["s0"], 20).await;
    assert_eq!(site.publish().await["published"], 123 * 3 + 20);
    let mut orders = BTreeMap::<String, Vec<i64>>::new();
    for call in site.bus.calls() {
        let of: BTreeSet<&str> = call.iter().map(|detail| detail["subject"].as_str().unwrap()).collect();
        assert!(of.len() == call.len() && call.len() <= 10, "{call:?}");
        for detail in &call {
            orders.entry(detail["subject"].to_string()).or_default().push(detail["seq"].as_i64().unwrap());
        }
    }
    assert_eq!(orders.len(), 123);
    for (subject, order) in orders {
        assert_eq!(order, (1..=i64::try_from(order.len()).unwrap()).collect::<Vec<_>>(), "{subject}");
    }
}

#[tokio::test]
async fn what_was_decided_later_is_published_later_though_its_transaction_began_before() {
    let site = Site::ready().await;
    site.world.add_cluster("first", 5).await;
    site.world.sign_up("ann").await;
    site.publish().await;
    site.bus.received().await;
    let (mut early, mut late) = (site.world.direct().await, site.world.direct().await);
    // It has a transaction id, and is the last to get Ann's row.
    early.run("begin; select pg_current_xact_id()").await.unwrap();
    let set = |status: &str| format!("update public.users set status = '{status}' where id = 'auth0|ann'");
    late.run(&format!("begin; {}", set("suspended"))).await.unwrap();
    let waits = async { early.run(&format!("{}; commit", set("active"))).await.unwrap() };
    let decides = async {
        // Nobody sees it yet, and nobody is stopped by it.
        assert_eq!(site.publish().await["published"], 0);
        late.run("commit").await.unwrap();
    };
    tokio::join!(waits, decides);
    site.publish().await;
    let types: Vec<Value> = site.bus.received().await.iter().map(|event| event["detail-type"].clone()).collect();
    assert_eq!(types, ["user.suspended", "user.reactivated"]);
}

#[tokio::test]
async fn events_that_are_large_together_go_in_several_calls() {
    let site = Site::ready().await;
    let large = "select app.tell('user.created', 'user:auth0|' || n, jsonb_build_object('user_id', repeat('x', 100000))) \
                 from generate_series(1, 5) n";
    site.world.sql(large).await;
    assert_eq!(site.publish().await["published"], 5);
    let mut sizes: Vec<usize> = site.bus.calls().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2, 2]);
}

#[tokio::test]
async fn a_seq_goes_on_when_all_events_of_a_subject_are_forgotten() {
    let site = Site::ready().await;
    site.happen(&["a"], 2).await;
    site.publish().await;
    site.world.sql("delete from app.outbox").await;
    site.happen(&["a"], 1).await;
    site.publish().await;
    assert_eq!(site.arrived().await, ["a 1", "a 2", "a 3"]);
}

#[tokio::test]
async fn a_run_tells_how_old_the_oldest_unpublished_event_is_and_how_many_are_parked() {
    let site = Site::ready().await;
    site.happen(&["a", "b"], 2).await;
    site.world.sql("update app.outbox set occurred_at = occurred_at - interval '10 minutes'").await;
    site.bus.refuse("auth0|a", "MalformedDetail", 1);
    site.bus.refuse("auth0|b", "InternalFailure", 1);
    let worker = site.world.publisher(&site.bus, until_idle).await;
    worker.handle(json!({})).await.unwrap();
    let lines = worker.log.lines();
    let metric = |name: &str| lines.iter().rev().find_map(|line| line[name].as_u64()).unwrap();
    assert!((600..700).contains(&metric("oldest_unpublished_s")), "{lines:?}");
    assert_eq!(metric("parked_events"), 1);
    site.time_passes().await;
    let worker = site.world.publisher(&site.bus, until_idle).await;
    worker.handle(json!({})).await.unwrap();
    let lines = worker.log.lines();
    // What a parked one holds up has an alarm of its own.
    assert!(lines.iter().any(|line| line["oldest_unpublished_s"] == 0), "{lines:?}");
}

#[tokio::test]
async fn without_a_bus_a_run_fails_and_names_what_is_missing() {
    let site = Site::ready().await;
    let worker = site.world.worker("publish", until_idle).await;
    let failure = worker.handle(json!({})).await.unwrap_err();
    assert!(failure.contains("EVENT_BUS_NAME"), "{failure}");
}
