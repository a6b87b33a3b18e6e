//! `ETag` and `If-Match`: nobody overwrites a version they have not seen.

use axum::http::header::ETAG;
use serde_json::{Value, json};
use testkit::{Function, TestResponse, World};

use crate::fixtures::{audit, get, instance, patch, user, world};

async fn change_if(world: &World, function: &Function, tag: &str, changes: &Value) -> TestResponse {
    function.send(patch(world, "ann", changes).header("if-match", tag)).await
}

fn tag(response: &TestResponse) -> String {
    response.headers[ETAG].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_change_of_what_was_seen_is_made_and_of_anything_else_refused() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let seen = tag(&function.send(get(&world, &user("ann"))).await.expect(200));
    let changed = change_if(&world, &function, &seen, &json!({ "name": "Ann" })).await.expect(200);
    assert_ne!(tag(&changed), seen);
    assert_eq!(tag(&function.send(get(&world, &user("ann"))).await), tag(&changed), "the answer has the new tag");
    let late = change_if(&world, &function, &seen, &json!({ "is_admin": true })).await;
    late.expect_problem(412, "precondition_failed");
    assert_eq!(world.one("select name || ' ' || is_admin from public.users where id = 'auth0|ann'").await, "Ann false");
    assert_eq!(audit(&world).await, ["admin ann"]);
    change_if(&world, &function, &tag(&changed), &json!({ "is_admin": true })).await.expect(200);
}

#[tokio::test]
async fn a_star_asks_for_nothing_one_of_a_list_is_enough_and_a_weak_tag_never_matches() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let seen = tag(&function.send(get(&world, &user("ann"))).await);
    for (if_match, status) in [
        ("*".to_owned(), 200),
        (format!("\"x\", {seen}"), 200),
        (format!("W/{seen}"), 412),
        (format!("W/{seen}, \"x\""), 412),
        ("\"\"".to_owned(), 412),
    ] {
        change_if(&world, &function, &if_match, &json!({})).await.expect(status);
    }
    for if_match in ["", "x", "\"x", "*, \"x\""] {
        let response = change_if(&world, &function, if_match, &json!({})).await;
        assert_eq!(response.field(), "If-Match", "{if_match}");
        response.expect_problem(400, "invalid_if_match");
    }
}

#[tokio::test]
async fn neither_a_login_nor_used_credits_nor_preferences_change_the_tag_and_a_new_address_does() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let seen = tag(&function.send(get(&world, &user("ann"))).await);
    world.sql("update public.user_credits set cpu_hours_used = 1 where user_id = 'auth0|ann'").await;
    assert_eq!(tag(&function.send(get(&world, &user("ann"))).await), seen);
    world.sql("update public.users set login_count = login_count + 1 where id = 'auth0|ann'").await;
    assert_eq!(tag(&function.send(get(&world, &user("ann"))).await), seen);
    world
        .sql("update public.users set metadata = '{\"preferences\": {\"theme\": \"dark\"}}' where id = 'auth0|ann'")
        .await;
    assert_eq!(tag(&function.send(get(&world, &user("ann"))).await), seen);
    world.sql("update public.users set email = 'new@example.com' where id = 'auth0|ann'").await;
    assert_ne!(tag(&function.send(get(&world, &user("ann"))).await), seen);
}
