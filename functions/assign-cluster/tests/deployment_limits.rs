//! How many deployments a user may have, and that none outlives the user.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, TestResponse, World};
use tokio::time::{sleep, timeout};

use crate::fixtures::{instance, log_in};

const PATH: &str = "/api/clusters";

fn add(world: &World) -> TestRequest {
    let body = json!({ "deployment_type": "aws", "hopsworks_api_key": "a-secret" });
    TestRequest::post(PATH).bearer(&world.token("auth0|ann")).json(&body)
}

/// Ann, with so many deployments of this status, made at this time.
async fn world_with(number: u32, status: &str, created_at: &str) -> World {
    let world = World::new().await;
    log_in(&world, "ann").await;
    world
        .sql(&format!(
            "insert into public.clusters (user_id, deployment_type, status, created_at, deleted_at) \
             select 'auth0|ann', 'aws', '{status}', {created_at}, case '{status}' when 'deleted' then app.now() end \
             from generate_series(1, {number})"
        ))
        .await;
    world
}

fn expect_limit(response: TestResponse, number: &str) {
    let refused = response.expect_problem(409, "deployment_limit");
    assert!(refused.text.contains(number), "{}", refused.text);
}

#[tokio::test]
async fn a_user_has_a_hundred_deployments_at_most_and_one_that_is_deleted_makes_room() {
    let world = world_with(99, "active", "app.now() - interval '2 days'").await;
    let function = instance(&world).await;
    let made = function.send(add(&world)).await.expect(201).json;
    expect_limit(function.send(add(&world)).await, "100 deployments");
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    function.send(TestRequest::new(Method::DELETE, &path).bearer(&world.token("auth0|ann"))).await.expect(204);
    function.send(add(&world)).await.expect(201);
    assert_eq!(world.one("select count(*) from public.clusters where status <> 'deleted'").await, "100");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_who_adds_and_deletes_adds_two_hundred_in_a_day_at_most() {
    let world = world_with(200, "deleted", "app.now() - interval '23 hours'").await;
    let function = instance(&world).await;
    expect_limit(function.send(add(&world)).await, "200 deployments");
    world.database_time_is("pg_catalog.now() + interval '2 hours'").await;
    function.send(add(&world)).await.expect(201);
}

#[tokio::test]
async fn of_many_additions_at_once_no_more_get_in_than_there_is_room_for() {
    let world = world_with(97, "active", "app.now() - interval '2 days'").await;
    let mut instances = Vec::new();
    for _ in 0..8 {
        instances.push(Arc::new(instance(&world).await));
    }
    let lock = "select from public.users where id = 'auth0|ann' for update";
    let mut statuses: Vec<_> =
        world.race(lock, instances, vec![add(&world); 8]).await.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn a_deployment_that_is_added_while_its_user_is_deleted_is_refused() {
    let world = world_with(1, "active", "app.now()").await;
    let function = instance(&world).await;
    let mut operator = world.direct().await;
    operator.run("begin; select set_user_status('auth0|ann', 'deleted')").await.unwrap();
    let request = add(&world);
    let adding = tokio::spawn(async move { function.send(request).await });
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let seen = async {
        while world.one(waiting).await == "0" {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(3), seen).await.expect("the request waits for the user's row");
    operator.run("commit").await.unwrap();
    adding.await.unwrap().expect_problem(403, "account_deleted");
    assert_eq!(world.all("select status from public.clusters").await, ["deleted"]);
    world.assert_sound().await;
}
