//! Who may start it, and what it does when it cannot work: it fails, so that Lambda sends the event again.

use std::time::Duration;

use serde_json::json;
use shared::config::ConfigError;
use testkit::{Worker, World, own_stack};
use tokio::time::timeout;

use crate::days::{event, instance, world};

/// No run hangs, whatever is broken. (How fast it is, is not for a test to say.)
const NEVER_LONGER_THAN: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_database_that_is_down_fails_the_run_and_one_that_is_back_ends_it_well() {
    let mut stack = own_stack("upkeep").await;
    let world = World::on(stack.address).await;
    let instance = instance(&world).await;
    instance.handle(event()).await.unwrap();

    stack.postgres.stop().await;
    let failure = timeout(NEVER_LONGER_THAN, instance.handle(event())).await.expect("an end").unwrap_err();
    assert!(failure.starts_with("unavailable: make_partitions: the database:"), "{failure}");
    stack.postgres.start_again().await.unwrap();
    instance.handle(event()).await.unwrap();

    stack.pgbouncer.stop();
    let failure = timeout(NEVER_LONGER_THAN, instance.handle(event())).await.expect("an end").unwrap_err();
    assert!(failure.starts_with("unavailable: "), "{failure}");
    stack.remove().await.unwrap();
}

#[tokio::test]
async fn what_came_by_http_starts_nothing() {
    let world = world().await;
    let instance = instance(&world).await;
    for request in [
        json!({ "version": "2.0", "rawPath": "/", "requestContext": { "http": { "method": "POST" } }, "body": "{}" }),
        json!({ "httpMethod": "GET", "path": "/", "requestContext": { "elb": { "targetGroupArn": "x" } } }),
    ] {
        assert_eq!(
            instance.handle(request).await.unwrap_err(),
            "internal_error: started by a request, and no route may lead here"
        );
    }
    let log = instance.log.text();
    assert!(!log.contains("invariant_violations"), "{log}");
}

#[tokio::test]
async fn a_function_that_lacks_a_setting_names_it_to_lambda() {
    let world = world().await;
    let missing = Err(ConfigError::Missing("APP_SECRET_ID"));
    let instance = Worker::start(upkeep::NAME, upkeep::run, missing, world.clock.clone()).await;
    let failure = instance.handle(event()).await.unwrap_err();
    assert_eq!(failure, "unavailable: the environment variable APP_SECRET_ID is missing");
}

#[tokio::test]
async fn the_days_work_is_refused_to_whoever_is_not_the_schedule() {
    let world = world().await;
    world.add_administrator().await;
    for function in
        ["check_invariants", "erase_deleted", "forget_ended", "forget_logins", "make_partitions", "seat_waiting"]
    {
        for caller in [json!({}), json!({ "sub": "auth0|admin", "must_be": "admin" }), json!({ "must_be": "machine" })]
        {
            let call = format!("set role api; select {function}('{}')", json!({ "caller": caller }));
            let refusal = world.direct().await.run(&call).await.unwrap_err();
            assert_eq!(refusal.code, "42501", "{call}");
            assert!(refusal.message.starts_with("this is for schedule, and not for "), "{call}: {}", refusal.message);
        }
    }
}

#[tokio::test]
async fn two_runs_at_once_do_the_work_once() {
    let world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world.add_cluster("a", 5).await;
    world
        .sql(
            "insert into app.login_events (webhook_id, user_id, logged_in_at, received_at) \
             select n::text, 'auth0|ann', app.now(), app.now() - interval '8 days' from generate_series(1, 100) n",
        )
        .await;
    let (one, other) = (instance(&world).await, instance(&world).await);
    let (one, other) = tokio::join!(one.handle(event()), other.handle(event()));
    let (one, other) = (one.unwrap(), other.unwrap());
    let sum = |what: &str| one[what].as_u64().unwrap() + other[what].as_u64().unwrap();
    assert_eq!((sum("users_seated"), sum("logins_forgotten")), (2, 100), "{one} {other}");
    world.assert_sound().await;
}
