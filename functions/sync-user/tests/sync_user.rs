//! `POST /api/auth/sync-user`: who may call, what a login writes, and what a repeated one does not.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::json;
use testkit::{TestRequest, World, at_once};

use crate::logins::{PATH, event, event_at, instance, sign_up, signed};

#[tokio::test]
async fn a_first_login_makes_a_user_with_a_seat_and_an_instance() {
    let world = World::new().await;
    let cluster_id = world.add_cluster("demo", 10).await;
    let function = instance(&world).await;

    let ann = function.send(sign_up(&world, "ann")).await.expect(200).json;

    assert_eq!(ann["id"], "auth0|ann");
    assert_eq!(ann["email"], "ann@example.com");
    assert_eq!(ann["name"], "Ann Example");
    assert_eq!((&ann["created"], &ann["login_count"], &ann["profile"]), (&json!(true), &json!(1), &json!("stored")));
    assert_eq!(ann["assignment"]["cluster_id"], cluster_id.as_str());
    assert_eq!(ann["assignment"]["api_url"], "https://demo.example.com");
    assert_eq!(ann["instance"]["status"], "active");
    assert_eq!(ann["instance"]["hopsworks_url"], "https://demo.example.com");
    assert_eq!(ann["waiting_since"], json!(null));
    assert_eq!(ann["credits"]["balance"], "0.00");
    assert_eq!(world.one("select current_users from public.hopsworks_clusters").await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_may_report_their_own_login_with_their_token() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    let token = world.token_with_email("google-oauth2|456", "ann@example.com");

    for (body, created) in [(None, true), (Some(json!({})), false)] {
        let request = TestRequest::post(PATH).bearer(&token);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let ann = function.send(request).await.expect(200).json;
        assert_eq!(ann["created"], created);
        assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ann@example.com"), &json!(true)));
        assert_eq!(ann["login_count"], 1, "only a signed event counts as another login");
        assert_eq!(ann["assignment"]["cluster_name"], "demo");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_cannot_choose_their_identity_in_the_body() {
    let world = World::new().await;
    let function = instance(&world).await;
    let request =
        TestRequest::post(PATH).bearer(&world.token("auth0|eve")).json(&json!({ "email": "ann@example.com" }));
    let refused = function.send(request).await.expect_problem(400, "invalid_body");
    assert_eq!(refused.field(), "email");
    assert_eq!(world.one("select count(*) from public.users").await, "0");
}

#[tokio::test]
async fn every_login_counts_once() {
    let world = World::new().await;
    let function = instance(&world).await;
    for count in 1..=3 {
        let ann = function.send(sign_up(&world, "ann")).await.expect(200).json;
        assert_eq!(ann["login_count"], count);
    }
}

#[tokio::test]
async fn a_repeated_webhook_id_returns_the_state_and_counts_no_second_login() {
    let world = World::new().await;
    let function = instance(&world).await;
    let request =
        || TestRequest::post(PATH).json(&event(&world, "auth0|ann", "ann@example.com")).signed_as(&world, "msg_1");
    let first = function.send(request()).await.expect(200).json;
    let second = function.send(request()).await.expect(200).json;
    assert_eq!((&first["replayed"], &second["replayed"]), (&json!(false), &json!(true)));
    assert_eq!((&first["login_count"], &second["login_count"]), (&json!(1), &json!(1)));
    assert_eq!(first["waiting_since"], second["waiting_since"]);
}

#[tokio::test]
async fn a_webhook_id_belongs_to_one_user() {
    let world = World::new().await;
    let function = instance(&world).await;
    let request = |sub: &str| {
        TestRequest::post(PATH).json(&event(&world, sub, &format!("{sub}@x.io"))).signed_as(&world, "msg_1")
    };
    function.send(request("auth0|ann")).await.expect(200);
    function.send(request("auth0|bob")).await.expect_problem(409, "webhook_id_reused");
    assert_eq!(world.one("select string_agg(id, ',') from public.users").await, "auth0|ann");
}

#[tokio::test]
async fn one_login_sent_20_times_at_once_makes_one_user_who_logged_in_once() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let mut instances = Vec::new();
    for _ in 0..20 {
        instances.push(Arc::new(instance(&world).await));
    }
    let request =
        TestRequest::post(PATH).json(&event(&world, "auth0|ann", "ann@example.com")).signed_as(&world, "msg_1");

    let responses = at_once(instances, vec![request; 20]).await;

    assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 20);
    assert_eq!(responses.iter().filter(|response| response.json["created"] == true).count(), 1);
    assert_eq!(responses.iter().filter(|response| response.json["replayed"] == false).count(), 1);
    assert!(
        responses.iter().all(|response| response.json["login_count"] == 1 && response.json["assignment"].is_object())
    );
    assert_eq!(world.one("select count(*) from public.users where login_count = 1").await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_older_event_never_overwrites_a_newer_profile() {
    let world = World::new().await;
    let function = instance(&world).await;
    let now = world.clock.now();
    let (early, late) = (now - TimeDelta::hours(2), now - TimeDelta::hours(1));

    function.send(signed(&world, &event_at(late, "auth0|ann", "new@x.io"))).await.expect(200);
    let ann = function.send(signed(&world, &event_at(early, "auth0|ann", "old@x.io"))).await.expect(200).json;
    assert_eq!((&ann["profile"], &ann["email"]), (&json!("outdated"), &json!("new@x.io")));
    assert_eq!(ann["login_count"], 2, "it was a login all the same");
    assert_eq!(ann["last_login_at"].as_str().map(|time| &time[..19]), Some(&late.to_rfc3339()[..19]));

    // An event that changes nothing moves the profile's time forward too.
    function.send(signed(&world, &event_at(now, "auth0|ann", "new@x.io"))).await.expect(200);
    let between = now - TimeDelta::minutes(1);
    let ann = function.send(signed(&world, &event_at(between, "auth0|ann", "older@x.io"))).await.expect(200).json;
    assert_eq!((&ann["profile"], &ann["email"]), (&json!("outdated"), &json!("new@x.io")));
}

#[tokio::test]
async fn a_user_may_be_nothing_but_an_id() {
    let world = World::new().await;
    let function = instance(&world).await;
    for id in ["sms|1", "samlp|corp|J Doe", "auth0|ünïcode-🦀"] {
        let bare = json!({ "user_id": id, "name": " ", "logged_in_at": world.clock.now() });
        let user = function.send(signed(&world, &bare)).await.expect(200).json;
        assert_eq!((&user["id"], &user["email"], &user["name"]), (&json!(id), &json!(null), &json!(null)));
    }
}

#[tokio::test]
async fn suspended_members_and_the_deleted_are_turned_away_and_nothing_is_written() {
    let world = World::new().await;
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        function.send(sign_up(&world, name)).await.expect(200);
    }
    world.join("bob", "ann").await;
    for (change, code) in [
        ("set_user_status('auth0|ann', 'suspended')", "account_suspended"),
        ("set_user_status('auth0|bob', 'suspended')", "account_suspended"),
        ("set_user_status('auth0|bob', 'deleted')", "account_deleted"),
    ] {
        world.sql(&format!("select lock_seats(); select {change}")).await;
        function.send(sign_up(&world, "bob")).await.expect_problem(403, code);
        let bearer = TestRequest::post(PATH).bearer(&world.token("auth0|bob"));
        function.send(bearer).await.expect_problem(403, code);
    }
    assert_eq!(world.one("select login_count from public.users where id = 'auth0|bob'").await, "1");
    assert_eq!(world.one("select count(*) from app.login_events where user_id = 'auth0|bob'").await, "1");
}

#[tokio::test]
async fn a_suspended_owner_is_let_in_to_pay_and_gets_no_seat() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    world.sql("select lock_seats(); select suspend_user('auth0|ann', 'money')").await;
    world.add_cluster("demo", 10).await;
    for login in [sign_up(&world, "ann"), TestRequest::post(PATH).bearer(&world.token("auth0|ann"))] {
        let ann = function.send(login).await.expect(200).json;
        assert_eq!((&ann["status"], &ann["suspended_for"]), (&json!("suspended"), &json!(["money"])));
        assert_eq!((&ann["assignment"], &ann["waiting_since"]), (&json!(null), &json!(null)));
    }
    assert_eq!(world.one("select login_count from public.users").await, "2");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_old_token_does_not_overwrite_a_newer_profile() {
    let world = World::new().await;
    let function = instance(&world).await;
    let mut claims = world.claims("auth0|ann");
    claims["iat"] = json!(world.clock.now().timestamp() - 600);
    claims["https://app.test/email"] = json!("old@x.io");
    function.send(signed(&world, &event(&world, "auth0|ann", "new@x.io"))).await.expect(200);
    let ann = function.send(TestRequest::post(PATH).bearer(&world.key.sign(&claims))).await.expect(200).json;
    assert_eq!((&ann["profile"], &ann["email"]), (&json!("outdated"), &json!("new@x.io")));
}
