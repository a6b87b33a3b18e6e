//! Who may work on what, and whose word counts.

use serde_json::{Value, json};
use testkit::World;
use uuid::Uuid;

use crate::site::{demo, wanted, work};

async fn claim(world: &World, room: u32) -> Value {
    let args = json!({ "caller": { "must_be": "schedule" }, "input": { "lease": Uuid::new_v4(), "room": room } });
    serde_json::from_str(&world.one(&format!("select claim_accounts('{args}')")).await).unwrap()
}

/// How many accounts of each cluster.
fn by_cluster(claim: &Value, clusters: [Uuid; 2]) -> [usize; 2] {
    let accounts = claim["accounts"].as_array().unwrap();
    clusters.map(|id| accounts.iter().filter(|account| account["cluster_id"] == id.to_string()).count())
}

#[tokio::test]
async fn a_cluster_has_sixteen_in_flight_and_one_while_it_fails_and_waits_for_none_with_more() {
    let world = World::new().await;
    let (_many, many) = demo(&world, 40).await;
    for number in 0..40 {
        world.sign_up(&format!("m{number}")).await;
    }
    let few = crate::fixtures::start().await;
    let few = world.add_hopsworks_cluster(&few, "few", 10).await;
    for number in 0..3 {
        world.sign_up(&format!("f{number}")).await;
    }
    let clusters = [many, few];
    assert_eq!(by_cluster(&claim(&world, 4).await, clusters), [2, 2]);
    assert_eq!(by_cluster(&claim(&world, 100).await, clusters), [14, 1]);
    assert_eq!(by_cluster(&claim(&world, 100).await, clusters), [0, 0]);
    world
        .sql(
            "update app.hopsworks_accounts set lease = null, leased_until = null; \
             update app.hopsworks_provisioning set error_code = 'cluster_unreachable', failing_since = app.now(), attempts = 1",
        )
        .await;
    assert_eq!(by_cluster(&claim(&world, 100).await, clusters), [1, 1]);
}

#[tokio::test]
async fn a_claim_that_is_repeated_finds_its_own_accounts() {
    let world = World::new().await;
    demo(&world, 10).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    let args = json!({ "caller": { "must_be": "schedule" }, "input": { "lease": Uuid::new_v4(), "room": 1 } });
    let claim = format!("select claim_accounts('{args}')");
    let first = world.one(&claim).await;
    assert_eq!(world.one(&claim).await, first);
}

#[tokio::test]
async fn an_account_whose_worker_died_is_worked_on_again_and_the_dead_ones_word_does_not_count() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    let dead = claim(&world, 1).await["accounts"][0].clone();
    let lease = world.one("select lease from app.hopsworks_accounts").await;
    work(&world).await;
    assert_eq!(hopsworks.users().len(), 0, "somebody works on it");
    world.sql("update app.hopsworks_accounts set leased_until = app.now()").await;
    work(&world).await;
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 ready active"]);
    let word = json!({
        "user_id": "auth0|ann", "cluster_id": dead["cluster_id"], "revision": dead["revision"], "lease": lease,
        "outcome": "stuck", "code": "late", "detail": "from the dead",
    });
    let args = json!({ "caller": { "must_be": "schedule" }, "input": { "accounts": [word], "clusters": [] } });
    world.sql(&format!("select settle_accounts('{args}')")).await;
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 ready active"]);
}

#[tokio::test]
async fn nobody_waits_for_who_is_being_decided_about_right_now() {
    let world = World::new().await;
    demo(&world, 10).await;
    world.sign_up("ann").await;
    let claimed = claim(&world, 1).await["accounts"][0].clone();
    let lease = world.one("select lease from app.hopsworks_accounts").await;
    let mut other = world.direct().await;
    other.run("begin; select from public.instances where user_id = 'auth0|ann' for update").await.unwrap();
    let word = json!({
        "user_id": "auth0|ann", "cluster_id": claimed["cluster_id"], "revision": 1, "lease": lease, "outcome": "later",
        "code": "server_error", "detail": "500",
    });
    let args = json!({ "caller": { "must_be": "schedule" }, "input": { "accounts": [word], "clusters": [] } });
    let settle = format!("select settle_accounts('{args}')");
    assert_eq!(world.one(&settle).await, r#"{"again": ["auth0|ann"]}"#);
    other.run("commit").await.unwrap();
    assert_eq!(world.one(&settle).await, r#"{"again": []}"#);
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 failing provisioning"]);
}

#[tokio::test]
async fn a_pause_doubles_from_five_seconds_to_the_longest_unless_the_cluster_asks_for_more() {
    let world = World::new().await;
    for (tries, shortest, longest) in [
        ("0, null", "3.75 s", "5 s"),
        ("1, null", "7.5 s", "10 s"),
        ("3, 7", "30 s", "40 s"),
        ("0, 7", "7 s", "7 s"),
        ("0, 86400", "1 hour", "1 hour"),
        ("50, null", "45 min", "1 hour"),
        ("50, null, '5 min'", "225 s", "5 min"),
    ] {
        let is_between = format!("select pause_after({tries}) between interval '{shortest}' and interval '{longest}'");
        assert_eq!(world.one(&is_between).await, "t", "{tries}");
    }
}
