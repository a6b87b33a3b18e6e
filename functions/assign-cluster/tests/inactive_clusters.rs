//! Nobody sits on an `inactive` cluster.

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, World};

use crate::{
    fixtures::{instance, log_in, seating},
    hopsworks_clusters::{change, create, new_cluster},
};

#[tokio::test]
async fn a_cluster_with_users_does_not_become_inactive_and_an_empty_one_does() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let id = function.send(create(&admin, &new_cluster("burnt", 5))).await.expect(201).json["id"].clone();
    for name in ["ann", "bob", "eve"] {
        log_in(&world, name).await;
    }
    world.join("bob", "ann").await;
    world.sql("select set_user_status('auth0|eve', 'suspended')").await;
    let set = |status: &str| change(&admin, &id, &json!({ "status": status, "metadata": { "left": true } }));
    let refused = function.send(set("inactive")).await.expect_problem(409, "hopsworks_cluster_has_users");
    assert!(refused.text.contains("3 users"), "{}", refused.text);
    assert_eq!(world.one("select status || metadata from public.hopsworks_clusters").await, "active{}");

    // As the refusal says: nobody new, and then everybody away, also the suspended.
    function.send(set("maintenance")).await.expect(200);
    function.send(set("inactive")).await.expect_problem(409, "hopsworks_cluster_has_users");
    for owner in ["ann", "eve"] {
        let away = TestRequest::new(Method::DELETE, &format!("/api/clusters/assign/auth0%7C{owner}")).bearer(&admin);
        function.send(away).await.expect(200);
    }
    function.send(set("inactive")).await.expect(200);
    function.send(set("inactive")).await.expect(200);
    world.add_cluster("other", 5).await;
    for name in ["ann", "bob"] {
        assert_eq!(log_in(&world, name).await, "other");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn the_database_keeps_users_and_inactive_clusters_apart_whoever_writes() {
    let world = World::new().await;
    let [home, retired] = [world.add_cluster("home", 5).await, world.add_cluster("retired", 5).await];
    world.sql(&format!("update public.hopsworks_clusters set status = 'inactive' where id = '{retired}'")).await;
    log_in(&world, "ann").await;
    let retire = format!("update public.hopsworks_clusters set status = 'inactive' where id = '{home}'");
    let seat = format!("update public.user_hopsworks_assignments set hopsworks_cluster_id = '{retired}'");
    for by_hand in [retire, seat] {
        let refusal = world.direct().await.run(&by_hand).await.unwrap_err();
        assert_eq!((&*refusal.code, &*refusal.message), ("AP409", "hopsworks_cluster_has_users"));
    }
    assert_eq!(seating(&world).await, "ann=home");
    world.assert_sound().await;
}

#[tokio::test]
async fn users_of_a_cluster_that_was_inactive_before_that_was_refused_can_be_taken_away() {
    let world = World::new().await;
    let home = world.add_cluster("home", 5).await;
    log_in(&world, "ann").await;
    log_in(&world, "bob").await;
    world
        .sql(&format!(
            "set session_replication_role = replica; \
             update public.hopsworks_clusters set status = 'inactive' where id = '{home}'"
        ))
        .await;
    let found = "select kind || ' ' || detail from app.invariant_violations";
    assert_eq!(world.all(found).await, ["inactive_clusters_are_empty 2 users sit there"]);
    for name in ["ann", "bob"] {
        world.sql(&format!("delete from public.user_hopsworks_assignments where user_id = 'auth0|{name}'")).await;
    }
    world.assert_sound().await;
}
