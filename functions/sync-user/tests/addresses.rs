//! E-mail addresses: unique whatever the case, no reason to merge accounts, and reserved only once verified.

use chrono::TimeDelta;
use serde_json::json;
use testkit::{TestRequest, World};

use crate::logins::{PATH, event, instance, sign_up, signed};

#[tokio::test]
async fn an_address_in_use_refuses_a_new_identity_and_merges_nothing() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    function.send(signed(&world, &event(&world, "auth0|ann", "ann@x.io"))).await.expect(200);
    for (sub, email) in [("google-oauth2|1", "ann@x.io"), ("google-oauth2|1", "Ann@X.io")] {
        let refused = function.send(signed(&world, &event(&world, sub, email))).await;
        refused.expect_problem(409, "email_in_use");
    }
    let bearer = TestRequest::post(PATH).bearer(&world.token_with_email("google-oauth2|1", "ANN@x.io"));
    function.send(bearer).await.expect_problem(409, "email_in_use");
    assert_eq!(world.one("select string_agg(id, ',') from public.users").await, "auth0|ann");
    assert_eq!(world.one("select current_users from public.hopsworks_clusters").await, "1");
    assert_eq!(world.one("select count(*) from app.login_events").await, "1", "a refused login leaves nothing");
}

#[tokio::test]
async fn a_user_who_changes_to_an_address_in_use_keeps_the_old_one_and_still_logs_in() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    function.send(sign_up(&world, "bob")).await.expect(200);
    let bob = function.send(signed(&world, &event(&world, "auth0|bob", "ANN@example.com"))).await.expect(200).json;
    assert_eq!((&bob["profile"], &bob["email"]), (&json!("email_in_use"), &json!("bob@example.com")));
    assert_eq!(bob["login_count"], 2);
}

#[tokio::test]
async fn what_an_event_leaves_out_stays_and_a_new_address_is_not_verified_by_the_old_one() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let time = world.clock.now() + TimeDelta::seconds(1);
    let bare = json!({ "user_id": "auth0|ann", "logged_in_at": time });
    let ann = function.send(signed(&world, &bare)).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["name"]), (&json!("ann@example.com"), &json!("Ann Example")));
    assert_eq!(ann["email_verified"], true);

    let time = time + TimeDelta::seconds(1);
    let moved = json!({ "user_id": "auth0|ann", "email": "ann@new.io", "logged_in_at": time });
    let ann = function.send(signed(&world, &moved)).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ann@new.io"), &json!(false)));
}

#[tokio::test]
async fn the_address_of_a_deleted_user_may_be_used_again() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(signed(&world, &event(&world, "auth0|ann", "ann@x.io"))).await.expect(200);
    world.sql("update public.users set status = 'deleted', deleted_at = now(), waiting_since = null").await;
    function.send(signed(&world, &event(&world, "google-oauth2|ann", "ann@x.io"))).await.expect(200);
}

#[tokio::test]
async fn an_address_that_nobody_verified_goes_to_the_identity_that_has() {
    let world = World::new().await;
    let function = instance(&world).await;
    let unverified = |sub: &str| {
        let mut event = event(&world, sub, "ceo@x.io");
        event["email_verified"] = json!(false);
        signed(&world, &event)
    };
    function.send(unverified("auth0|squatter")).await.expect(200);
    function.send(unverified("auth0|other")).await.expect_problem(409, "email_in_use");

    let ceo = function.send(signed(&world, &event(&world, "google-oauth2|ceo", "CEO@x.io"))).await.expect(200).json;
    assert_eq!((&ceo["created"], &ceo["email"]), (&json!(true), &json!("CEO@x.io")));
    assert_eq!(world.one("select email from public.users where id = 'auth0|squatter'").await, "null");
    assert_eq!(
        world.one("select action || ' ' || target from app.audit_log").await,
        "users.release_email auth0|squatter"
    );
    function.send(unverified("auth0|squatter")).await.expect(200);
    assert_eq!(world.one("select email from public.users where id = 'auth0|squatter'").await, "null");
    function.send(signed(&world, &event(&world, "auth0|second", "ceo@x.io"))).await.expect_problem(409, "email_in_use");
}

#[tokio::test]
async fn an_address_is_not_verified_by_an_event_that_does_not_name_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    let mut unverified = event(&world, "auth0|ann", "ann@x.io");
    unverified["email_verified"] = json!(false);
    function.send(signed(&world, &unverified)).await.expect(200);
    let nameless = json!({ "user_id": "auth0|ann", "email_verified": true, "logged_in_at": world.clock.now() });
    let ann = function.send(signed(&world, &nameless)).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ann@x.io"), &json!(false)));
}
