//! `GET /api/admin/users/{id}`: everything about one user.

use axum::http::header::ETAG;
use serde_json::json;

use crate::fixtures::{USERS, get, instance, set_status, user, world};

#[tokio::test]
async fn one_user_is_shown_with_all_details() {
    let world = world(&["ann", "bob"]).await;
    world.add_cluster("demo", 10).await;
    world.sql("select enqueue_for_seat('auth0|ann'); select place_waiting()").await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    let ann = function.send(get(&world, &user("ann"))).await.expect(200);
    let tag = ann.headers[ETAG].to_str().unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let ann = ann.json;
    assert_eq!((&ann["id"], &ann["email"]), (&json!("auth0|ann"), &json!("ann@example.com")));
    assert_eq!((&ann["team_size"], &ann["credits"]["balance"]), (&json!(1), &json!("0.00")));
    assert_eq!((&ann["assignment"]["cluster_name"], &ann["instance"]["status"]), (&json!("demo"), &json!("active")));
    let bob = function.send(get(&world, &user("bob"))).await.expect(200).json;
    assert_eq!((&bob["owner"]["id"], &bob["account_owner_id"]), (&json!("auth0|ann"), &json!("auth0|ann")));
}

#[tokio::test]
async fn the_suspended_and_the_deleted_are_told_as_what_they_are() {
    let world = world(&["ann", "bob", "carla"]).await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    set_status(&world, &function, "carla", "deleted").await.expect(200);
    let bob = function.send(get(&world, &user("bob"))).await.expect(200).json;
    assert_eq!((&bob["status"], &bob["suspended_with_owner"]), (&json!("suspended"), &json!(true)));
    let carla = function.send(get(&world, &user("carla"))).await.expect(200).json;
    assert_eq!((&carla["status"], &carla["instance"]["status"]), (&json!("deleted"), &json!("deleted")));
    assert!(carla["deleted_at"].is_string(), "{carla}");
}

#[tokio::test]
async fn nobody_is_a_404_and_what_is_no_id_a_400() {
    let world = world(&[]).await;
    let function = instance(&world).await;
    function.send(get(&world, &user("nobody"))).await.expect_problem(404, "user_unknown");
    for id in ["meter@clients", "%00", "a%23b"] {
        let response = function.send(get(&world, &format!("{USERS}/{id}"))).await.expect_problem(400, "invalid_path");
        assert_eq!(response.field(), "id", "{id}");
    }
}

#[tokio::test]
async fn of_each_user_all_is_told_that_they_see_themselves_and_five_things_more() {
    let world = world(&["ann", "bob", "eve"]).await;
    world.add_cluster("demo", 1).await;
    world
        .sql("select enqueue_for_seat('auth0|ann'); select enqueue_for_seat('auth0|eve'); select place_waiting()")
        .await;
    world.join("bob", "ann").await;
    let more = "select distinct (describe_managed_users(array[u.id]))[1]::jsonb - '{suspended_with_owner, team_size, updated_at, deleted_at, erased_at}'::text[] \
        = describe_user(u.id) from public.users u";
    assert_eq!(world.all(more).await, ["t"]);
    let in_order =
        "select array(select d ->> 'id' from unnest(describe_managed_users('{auth0|eve, auth0|nobody, auth0|ann}')) d)";
    assert_eq!(world.one(in_order).await, "{auth0|eve,auth0|ann}");
}
