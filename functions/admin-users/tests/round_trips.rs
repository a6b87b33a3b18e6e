//! Every warm request is one round trip to the database, and a change whose answer was lost is made once.

use axum::http::header::ETAG;
use serde_json::json;
use testkit::{TestRequest, World, proxy::Proxy};

use crate::fixtures::{AUDIT_LOG, INVARIANTS, USERS, audit, get, instance, patch, statuses, user, world};

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = world(&["ann"]).await;
    world
        .sql(
            "insert into public.users (id, name) select 'auth0|' || n, repeat('x', 300) from generate_series(1, 300) n",
        )
        .await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, admin_users::NAME, admin_users::routes()).await;
    let page = format!("{USERS}?limit=200");
    for (what, request) in [
        ("a page of 200", get(&world, &page)),
        ("all as CSV", get(&world, USERS).header("accept", "text/csv")),
        ("a user", get(&world, &user("ann"))),
        ("a change", patch(&world, "ann", &json!({ "name": "Ann" }))),
        ("a suspension", patch(&world, "ann", &json!({ "status": "suspended" }))),
        ("an end", patch(&world, "ann", &json!({ "status": "deleted" }))),
        ("an erasure", TestRequest::post(&format!("{}/erase", user("ann"))).bearer(&world.token("auth0|admin"))),
        ("a return", patch(&world, "ann", &json!({ "status": "active" }))),
        ("the audit log", get(&world, AUDIT_LOG)),
        ("the events", get(&world, "/api/admin/events")),
        ("the invariants", get(&world, INVARIANTS)),
    ] {
        let before = proxy.round_trips();
        let response = function.send(request).await;
        assert!(response.status < 300, "{what}: {}", response.text);
        assert_eq!(proxy.round_trips() - before, 1, "{what}");
    }
    assert_eq!(proxy.connections(), 1, "the connection was kept");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_made_once_and_not_refused_for_its_own_doing() {
    let world = world(&["ann"]).await;
    let seen = instance(&world).await.send(get(&world, &user("ann"))).await.expect(200);
    let tag = seen.headers[ETAG].to_str().unwrap();
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, admin_users::NAME, admin_users::routes()).await;
    proxy.lose_next_answers();
    let changes = json!({ "name": "Ann", "status": "deleted" });
    let response = function.send(patch(&world, "ann", &changes).header("if-match", tag)).await.expect(200);
    assert_eq!(proxy.connections(), 2, "the door has repeated the call");
    assert_eq!((&response.json["name"], &response.json["status"]), (&json!("Ann"), &json!("deleted")));
    assert_ne!(response.headers[ETAG], tag);
    assert_eq!(audit(&world).await, ["admin ann"]);
    assert_eq!(statuses(&world).await, ["ann deleted"]);
    // What the door may do, a new request may not.
    function
        .send(patch(&world, "ann", &changes).header("if-match", tag))
        .await
        .expect_problem(412, "precondition_failed");
}

#[tokio::test]
async fn an_admin_who_gives_up_the_role_is_answered_on_retry() {
    let world: World = world(&["ann"]).await;
    world.sql("select promote_admin('auth0|ann')").await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, admin_users::NAME, admin_users::routes()).await;
    proxy.lose_next_answers();
    let response = function.send(patch(&world, "admin", &json!({ "is_admin": false }))).await.expect(200);
    assert_eq!(response.json["is_admin"], false);
    assert_eq!(audit(&world).await, ["admin admin"]);
    function.send(patch(&world, "ann", &json!({ "name": "x" }))).await.expect_problem(403, "admin_only");
}
