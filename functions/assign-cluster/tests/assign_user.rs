//! `POST /api/clusters/assign`.

use std::sync::Arc;

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{assign, audit, instance, log_in, seating};

#[tokio::test]
async fn a_user_gets_the_seat_they_are_due() {
    let world = World::new().await;
    let function = instance(&world).await;
    log_in(&world, "ann").await;
    world.add_cluster("first", 1).await;

    let token = world.token("auth0|ann");
    let place = function.send(assign(&token, &json!({}))).await.expect(200).json;
    assert_eq!(place["assignment"]["cluster_name"], "first");
    assert_eq!(place["instance"]["status"], "active");
    let again = function.send(assign(&token, &json!({ "user_id": "auth0|ann" }))).await.expect(200).json;
    assert_eq!(again, place);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_without_a_free_seat_goes_on_waiting() {
    let world = World::new().await;
    let function = instance(&world).await;
    log_in(&world, "ann").await;
    let place = function.send(assign(&world.token("auth0|ann"), &json!({}))).await.expect(200).json;
    assert_eq!(place["assignment"], json!(null));
    assert!(place["waiting_since"].is_string());
}

#[tokio::test]
async fn only_an_administrator_names_another_user_or_a_cluster() {
    let world = World::new().await;
    let function = instance(&world).await;
    let id = world.add_cluster("first", 5).await;
    log_in(&world, "ann").await;
    log_in(&world, "bob").await;
    let token = world.token("auth0|ann");
    for body in [
        json!({ "user_id": "auth0|bob" }),
        json!({ "cluster_id": id }),
        json!({ "user_id": "auth0|ann", "cluster_id": id }),
    ] {
        function.send(assign(&token, &body)).await.expect_problem(403, "admin_only");
    }
    assert!(audit(&world).await.is_empty());
}

#[tokio::test]
async fn an_owner_is_moved_with_the_whole_team_or_not_at_all() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    world.add_cluster("home", 3).await;
    for name in ["ann", "bob", "eve"] {
        log_in(&world, name).await;
    }
    world.join("bob", "ann").await;
    world.join("eve", "ann").await;
    let large = world.add_cluster("large", 3).await;
    let small = world.add_cluster("small", 2).await;
    log_in(&world, "zoe").await;
    assert_eq!(seating(&world).await, "ann=home bob=home eve=home zoe=large");

    for (cluster, detail) in [(&small, "2 free seats, and 3"), (&large, "2 free seats, and 3")] {
        let body = json!({ "user_id": "auth0|ann", "cluster_id": cluster });
        let refused = function.send(assign(&admin, &body)).await.expect_problem(409, "no_free_seat");
        assert!(refused.text.contains(detail), "{}", refused.text);
    }
    assert_eq!(seating(&world).await, "ann=home bob=home eve=home zoe=large");
    assert!(audit(&world).await.is_empty(), "what was refused is not written down");

    world.sql("update public.hopsworks_clusters set max_users = 4 where name = 'large'").await;
    let body = json!({ "user_id": "auth0|ann", "cluster_id": large });
    function.send(assign(&admin, &body)).await.expect(200);
    assert_eq!(seating(&world).await, "ann=large bob=large eve=large zoe=large");
    assert_eq!(audit(&world).await, ["users.assign"]);
    let before_and_after = world
        .one("select before #>> '{assignment,cluster_name}' || ' ' || (after #>> '{assignment,cluster_name}') from app.audit_log where action = 'users.assign'")
        .await;
    assert_eq!(before_and_after, "home large");
    function.send(assign(&admin, &body)).await.expect(200);
    assert_eq!(audit(&world).await.len(), 1, "what changes nothing is not written down");
    world.assert_sound().await;
}

#[tokio::test]
async fn waiting_members_move_along_and_the_seats_that_become_free_go_to_those_who_wait() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    world.add_cluster("home", 1).await;
    log_in(&world, "ann").await;
    log_in(&world, "bob").await;
    world.join("bob", "ann").await;
    log_in(&world, "zoe").await;
    assert_eq!(seating(&world).await, "ann=home bob=waits zoe=waits");
    let target = world.add_cluster("target", 2).await;

    function.send(assign(&admin, &json!({ "user_id": "auth0|ann", "cluster_id": target }))).await.expect(200);
    assert_eq!(seating(&world).await, "ann=target bob=target zoe=home");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_sits_where_the_owner_sits() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let home = world.add_cluster("home", 2).await;
    log_in(&world, "ann").await;
    log_in(&world, "bob").await;
    world.join("bob", "ann").await;
    let other = world.add_cluster("other", 5).await;
    let body = |cluster: &str| json!({ "user_id": "auth0|bob", "cluster_id": cluster });
    function.send(assign(&admin, &body(&other))).await.expect_problem(409, "member_follows_owner");
    function.send(assign(&admin, &body(&home))).await.expect(200);
    assert_eq!(seating(&world).await, "ann=home bob=home");
}

#[tokio::test]
async fn a_cluster_that_takes_nobody_is_refused() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    log_in(&world, "ann").await;
    let id = world.add_cluster("first", 5).await;
    for status in ["maintenance", "inactive"] {
        world.sql(&format!("update public.hopsworks_clusters set status = '{status}'")).await;
        let body = json!({ "user_id": "auth0|ann", "cluster_id": id });
        function.send(assign(&admin, &body)).await.expect_problem(409, "hopsworks_cluster_unavailable");
    }
    let unknown = json!({ "user_id": "auth0|ann", "cluster_id": "00000000-0000-0000-0000-000000000000" });
    function.send(assign(&admin, &unknown)).await.expect_problem(404, "hopsworks_cluster_unknown");
    function.send(assign(&admin, &json!({ "user_id": "auth0|nobody" }))).await.expect_problem(404, "user_unknown");
    world.sql("update public.users set status = 'suspended', waiting_since = null where id = 'auth0|ann'").await;
    function.send(assign(&admin, &json!({ "user_id": "auth0|ann" }))).await.expect_problem(409, "user_not_active");
}

#[tokio::test]
async fn somebody_who_is_seated_by_hand_in_the_same_moment_does_not_wait_as_well() {
    let world = World::new().await;
    let function = Arc::new(instance(&world).await);
    log_in(&world, "eve").await;
    let id = world.add_cluster("first", 5).await;
    world.sql("update public.hopsworks_clusters set status = 'maintenance'").await;
    world.sql("update public.users set waiting_since = null").await;
    let mut editor = world.direct().await;
    let seat = format!(
        "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values ('auth0|eve', '{id}')"
    );
    editor.run(&format!("begin; {seat}")).await.unwrap();
    let asked = tokio::spawn({
        let (function, request) = (Arc::clone(&function), assign(&world.token("auth0|eve"), &json!({})));
        async move { function.send(request).await }
    });
    let waiting = "select count(*) from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock' and query like '%assign_user%'";
    while world.one(waiting).await == "0" {
        tokio::task::yield_now().await;
    }
    editor.run("commit").await.unwrap();
    let place = asked.await.unwrap().expect(200).json;
    assert_eq!((&place["assignment"]["cluster_name"], &place["waiting_since"]), (&json!("first"), &json!(null)));
    world.assert_sound().await;
}

#[tokio::test]
async fn bad_bodies_are_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    for (body, field) in [
        (json!({ "user_id": 1 }), "user_id"),
        (json!({ "user_id": "" }), "user_id"),
        (json!({ "user_id": "x@clients" }), "user_id"),
        (json!({ "cluster_id": "first" }), "cluster_id"),
        (json!({ "cluster": "first" }), "cluster"),
        (json!([]), "body"),
    ] {
        let refused = function.send(assign(&admin, &body)).await.expect_problem(400, "invalid_body");
        assert_eq!(refused.field(), field, "{}", refused.text);
    }
    function.send(TestRequest::post("/api/clusters/assign").json(&json!({}))).await.expect_problem(401, "unauthorized");
}
