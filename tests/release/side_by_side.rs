//! Two releases at once on the same tables: each is right, alone and beside the other, and so is going back.

use std::sync::Arc;

use migrations::Release;
use ops::schema::releases;
use proof::storm::seats::{Client, FUNCTIONS};
use serde_json::json;
use testkit::{TestRequest, World};
use tests::{
    clients::run,
    variants::{changed, enter},
};

/// A release with another helper signature, another member in an answer, and another argument.
fn next() -> Release {
    changed(&[
        ("create function page(\n  p_limit integer,", "create function page(\n  p_release text,\n  p_limit integer,"),
        ("return page(", "return page('next', "),
        (
            "return describe_user(v_user.id);",
            "return describe_user(v_user.id) || '{\"name\": \"next\", \"since\": 2}';",
        ),
        ("create function write_entry(args", "create function write_entry(p_release text, args"),
        ("return write_entry(", "return write_entry('next', "),
    ])
}

/// The name that `GET /api/auth/me` answers through a new instance of the world's release.
async fn name(world: &World, token: &str) -> String {
    let function = world.function(sync_user::NAME, sync_user::routes()).await;
    let response = function.send(TestRequest::get("/api/auth/me").bearer(token)).await.expect(200);
    response.json["name"].to_string()
}

#[tokio::test]
async fn each_build_calls_its_own_release_and_going_back_needs_no_migration() {
    let mut world = World::new().await;
    let old = world.release.clone();
    let token = world.sign_up("ann").await;
    assert_eq!(name(&world, &token).await, "\"ann\"");
    enter(&mut world, &next()).await;
    assert_eq!(name(&world, &token).await, "\"next\"");
    world.release = old;
    assert_eq!(name(&world, &token).await, "\"ann\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_right_under_load() {
    let mut next_world = World::new().await;
    next_world.add_cluster("first", 6).await;
    next_world.add_cluster("second", 4).await;
    next_world.add_administrator().await;
    let world = Arc::new(next_world.clone());
    enter(&mut next_world, &next()).await;
    run(&[&world, &Arc::new(next_world)], &FUNCTIONS, 1_600, |session, _| Client { session }).await;
}

#[tokio::test]
async fn a_purchase_that_is_sent_again_to_the_other_release_is_one_entry() {
    let mut world = World::new().await;
    world.sign_up("ann").await;
    let purchase = || {
        TestRequest::post("/api/credits/purchases")
            .bearer(&world.machine_token(&["credits:write"]))
            .header("idempotency-key", "pi_1")
            .json(&json!({ "user_id": "auth0|ann", "amount": "100.00", "reference": "pi_1" }))
    };
    let (first, again) = (purchase(), [purchase(), purchase()]);
    let before = world.function(credits::NAME, credits::routes()).await;
    let first = before.send(first).await.expect(201);
    enter(&mut world, &next()).await;
    let after = world.function(credits::NAME, credits::routes()).await;
    for (function, request) in [&after, &before].into_iter().zip(again) {
        let response = function.send(request).await.expect(201);
        assert_eq!(response.json, first.json);
        assert_eq!(response.headers["idempotent-replay"], "true");
    }
    assert_eq!(world.one("select count(*) from app.credit_transactions").await, "1");
}

#[tokio::test]
async fn the_daily_work_of_two_releases_at_once_is_done_once() {
    let mut world = World::new().await;
    for name in ["ann", "bob", "eve"] {
        world.sign_up(name).await;
    }
    // By hand and unnoticed, so that only the daily work seats them.
    world.add_cluster("late", 2).await;
    let old = world.worker(upkeep::NAME, upkeep::run).await;
    enter(&mut world, &next()).await;
    let new = world.worker(upkeep::NAME, upkeep::run).await;
    let (one, other) = tokio::join!(old.handle(json!({})), new.handle(json!({})));
    let seated = [one.unwrap(), other.unwrap()].map(|report| report["users_seated"].as_u64().unwrap());
    assert_eq!(seated.iter().sum::<u64>(), 2, "{seated:?}");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_build_whose_sql_is_not_in_the_database_answers_503_and_says_so() {
    let mut world = World::new().await;
    let token = world.sign_up("ann").await;
    let old = world.release.clone();
    enter(&mut world, &next()).await;
    let function = world.function(sync_user::NAME, sync_user::routes()).await;
    world.release = old;
    let secret = world.secret(world.stack.pgbouncer_port);
    releases::require_deployed(&secret, &next().schema).await.unwrap();
    releases::drop_old(&mut world.direct().await, &world.release, &[next().schema]).await.unwrap();
    let refusal = releases::require_deployed(&secret, &next().schema).await.unwrap_err().to_string();
    assert!(refusal.contains("are not in the database: run `make migrate` first"), "{refusal}");
    let response = function.send(TestRequest::get("/api/auth/me").bearer(&token)).await;
    assert_eq!(response.status, 503);
    assert!(response.headers.contains_key("retry-after"));
    let log = function.log.text();
    assert!(
        log.contains(&next().schema) && log.contains("`make migrate` puts the SQL of a build into the database"),
        "{log}"
    );
    assert_eq!(name(&world, &token).await, "\"ann\"");
}
