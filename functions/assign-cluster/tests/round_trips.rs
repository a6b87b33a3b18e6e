//! Every warm request is one round trip to the database, and what it did it does not do twice.

use axum::http::Method;
use local::{
    proxy::Proxy,
    testkit::{Ask, World},
};
use serde_json::json;

use crate::{
    hopsworks_clusters::new_cluster,
    people::{assign, audit, log_in},
};

const CLUSTERS: &str = "/api/admin/hopsworks-clusters";

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port(), assign_cluster::NAME, assign_cluster::routes()).await;
    let mut body = new_cluster("first", 5);
    body["api_key"] = json!("key");
    let made = function.send(Ask::post(CLUSTERS).bearer(&admin).json(&body)).await.expect(201).json;
    let cluster = format!("{CLUSTERS}/{}", made["id"].as_str().unwrap());
    let deployment = Ask::post("/api/clusters").bearer(&ann).json(&json!({ "deployment_type": "aws" }));
    let made_deployment = function.send(deployment.clone()).await.expect(201).json;
    let one = format!("/api/clusters/{}", made_deployment["id"].as_str().unwrap());

    for (what, ask) in [
        ("assign", assign(&ann, &json!({}))),
        ("assign by an administrator", assign(&admin, &json!({ "user_id": "auth0|ann", "cluster_id": made["id"] }))),
        ("list clusters", Ask::get(CLUSTERS).bearer(&admin)),
        ("create a cluster", Ask::post(CLUSTERS).bearer(&admin).json(&new_cluster("second", 5))),
        ("get a cluster", Ask::get(&cluster).bearer(&admin)),
        (
            "change a cluster",
            Ask::new(Method::PATCH, &cluster).bearer(&admin).json(&json!({ "api_key": "k", "max_users": 9 })),
        ),
        ("unassign", Ask::new(Method::DELETE, "/api/clusters/assign/auth0%7Cann").bearer(&admin)),
        ("list deployments", Ask::get("/api/clusters").bearer(&ann)),
        ("create a deployment", deployment),
        ("get a deployment", Ask::get(&one).bearer(&ann)),
        ("change a deployment", Ask::new(Method::PATCH, &one).bearer(&ann).json(&json!({ "status": "active" }))),
        ("delete a deployment", Ask::new(Method::DELETE, &one).bearer(&ann)),
    ] {
        let before = proxy.round_trips();
        let answer = function.send(ask).await;
        assert!(answer.status < 300, "{what}: {}", answer.text);
        assert_eq!(proxy.round_trips() - before, 1, "{what}");
    }
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_repeated_and_done_once() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port(), assign_cluster::NAME, assign_cluster::routes()).await;
    for (status, ask) in [
        (201, Ask::post(CLUSTERS).bearer(&admin).json(&new_cluster("first", 5))),
        (200, Ask::new(Method::DELETE, "/api/clusters/assign/auth0%7Cann").bearer(&admin)),
        (200, assign(&ann, &json!({}))),
        (201, Ask::post("/api/clusters").bearer(&ann).json(&json!({ "deployment_type": "aws" }))),
    ] {
        proxy.silence_open_connections();
        function.send(ask).await.expect(status);
    }
    assert_eq!(world.one("select count(*) from public.hopsworks_clusters").await, "1");
    assert_eq!(world.one("select count(*) from public.clusters").await, "1");
    assert_eq!(audit(&world).await, ["hopsworks_clusters.create", "users.unassign"]);
    world.assert_sound().await;
}
