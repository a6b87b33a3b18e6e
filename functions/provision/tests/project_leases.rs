//! Who lists the projects of which cluster, and when.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{World, hopsworks::Moment};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    project_lists::{CODE, OPEN, lists, started},
    site::{collect, demo, work, worker},
};

async fn claim(world: &World, lease: Uuid) -> Value {
    let input = json!({ "lease": lease, "room": 1, "may_list_projects": true });
    let args = json!({ "caller": { "must_be": "schedule" }, "input": input });
    serde_json::from_str(&world.one(&format!("select claim_accounts('{args}')")).await).unwrap()
}

#[tokio::test]
async fn each_call_leases_the_cluster_that_has_been_due_longest_if_there_is_one_that_collects_and_provisions() {
    let world = World::new().await;
    let (_first, first) = demo(&world, 10).await;
    let second = crate::fixtures::start().await;
    let second = world.add_hopsworks_cluster(&second, "second", 10).await;
    for id in [second, first] {
        collect(&world, id).await;
    }
    let earlier = format!(
        "update app.usage_collection set projects_due_at = app.now() - interval '1 hour' where hopsworks_cluster_id = '{first}'"
    );
    world.sql(&earlier).await;
    let lease = Uuid::new_v4();
    let claimed = claim(&world, lease).await;
    assert_eq!((&claimed["projects"], &claimed["clusters"][0]["id"]), (&json!(first), &json!(first)));
    assert_eq!(claim(&world, lease).await, claimed, "a call that is repeated");
    assert_eq!(claim(&world, Uuid::new_v4()).await["projects"], json!(second));
    assert_eq!(claim(&world, Uuid::new_v4()).await["projects"], Value::Null);
    for off in ["app.usage_collection set collects = false", "app.hopsworks_provisioning set provisions = false"] {
        world.sql(&format!("update app.usage_collection set projects_leased_until = app.now(); update {off}")).await;
        assert_eq!(claim(&world, Uuid::new_v4()).await["projects"], Value::Null, "{off}");
        world.sql(&format!("update {}", off.replace("false", "true"))).await;
    }
    assert_eq!(claim(&world, Uuid::new_v4()).await["projects"], json!(first));
}

#[tokio::test]
async fn the_word_of_who_has_lost_the_lease_does_not_count() {
    let world = World::new().await;
    let (_hopsworks, _) = started(&world, 1).await;
    world.sql("update app.usage_collection set projects_due_at = app.now()").await;
    let lease = Uuid::new_v4();
    let cluster = claim(&world, lease).await["projects"].clone();
    world.sql("update app.usage_collection set projects_leased_until = app.now()").await;
    work(&world).await;
    for found in [json!({ "projects": [] }), json!({ "failure": { "code": "late", "detail": "from the dead" } })] {
        let mut input = json!({ "cluster_id": cluster, "lease": lease });
        input.as_object_mut().unwrap().extend(found.as_object().unwrap().clone());
        let args = json!({ "caller": { "must_be": "schedule" }, "input": input });
        let answer = world.one(&format!("select settle_projects('{args}')")).await;
        assert_eq!(answer, r#"{"is_ours": false, "is_refused": false}"#);
    }
    assert_eq!((world.one(CODE).await, world.one(OPEN).await), ("null".to_owned(), "1".to_owned()));
}

#[tokio::test]
async fn what_is_asked_for_meanwhile_is_done_afterwards() {
    let world = World::new().await;
    let (hopsworks, _) = started(&world, 1).await;
    world.sql("update app.usage_collection set projects_due_at = app.now()").await;
    hopsworks.clear_requests();
    let mut held = hopsworks.hold("GET", "/admin/projects", Moment::AfterCommit);
    let worker = worker(&world).await;
    let asking = async {
        held.arrived().await;
        world.sql("update app.usage_collection set projects_due_at = app.now()").await;
        held.release();
    };
    let (report, ()) = tokio::join!(worker.handle(json!({})), asking);
    assert_eq!((report.unwrap()["listed"].as_u64(), lists(&hopsworks)), (Some(2), 2));
}

#[tokio::test]
async fn a_run_asks_for_one_list_at_a_time_and_goes_on_with_accounts() {
    let world = World::new().await;
    let (slow, first) = demo(&world, 10).await;
    collect(&world, first).await;
    let other = crate::fixtures::start().await;
    let second = world.add_hopsworks_cluster(&other, "second", 10).await;
    let mut held = slow.hold("GET", "/admin/projects", Moment::BeforeCommit);
    let worker = worker(&world).await;
    let beside = async {
        held.arrived().await;
        collect(&world, second).await;
        // The run has leased again when both have their accounts, one after the other.
        for name in ["ann", "bob"] {
            world.sign_up(name).await;
            let done = format!("select done_revision from app.hopsworks_accounts where user_id = 'auth0|{name}'");
            while world.one(&done).await == "0" {}
        }
        let leased = format!("select projects_lease from app.usage_collection where hopsworks_cluster_id = '{second}'");
        assert_eq!((world.one(&leased).await.as_str(), lists(&other)), ("null", 0));
        held.release();
    };
    let beside = timeout(Duration::from_secs(60), beside);
    let (report, beside) = tokio::join!(worker.handle(json!({})), beside);
    beside.unwrap();
    assert_eq!((report.unwrap()["listed"].as_u64(), lists(&other)), (Some(2), 1));
}
