//! Every warm request is one round trip to the database, and what it did it does not do twice.

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, World, proxy::Proxy};

use crate::{
    fixtures::{assign, audit, instance, log_in, seating},
    hopsworks_clusters::new_cluster,
};

const CLUSTERS: &str = "/api/admin/hopsworks-clusters";

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, assign_cluster::NAME, assign_cluster::routes()).await;
    let mut body = new_cluster("first", 5);
    body["api_key"] = json!("key");
    body["provisioning"] = json!({ "oauth_client_id": "web-app" });
    body["collection"] = json!({ "opencost_url": "https://opencost", "cpu_cores": 96, "gpus": 8 });
    let made = function.send(TestRequest::post(CLUSTERS).bearer(&admin).json(&body)).await.expect(201).json;
    let cluster = format!("{CLUSTERS}/{}", made["id"].as_str().unwrap());
    let deployment = TestRequest::post("/api/clusters").bearer(&ann).json(&json!({ "deployment_type": "aws" }));
    let made_deployment = function.send(deployment.clone()).await.expect(201).json;
    let one = format!("/api/clusters/{}", made_deployment["id"].as_str().unwrap());

    for (what, request) in [
        ("assign", assign(&ann, &json!({}))),
        ("assign by an administrator", assign(&admin, &json!({ "user_id": "auth0|ann", "cluster_id": made["id"] }))),
        ("list clusters", TestRequest::get(CLUSTERS).bearer(&admin)),
        ("create a cluster", TestRequest::post(CLUSTERS).bearer(&admin).json(&new_cluster("second", 5))),
        ("get a cluster", TestRequest::get(&cluster).bearer(&admin)),
        (
            "change a cluster",
            TestRequest::new(Method::PATCH, &cluster)
                .bearer(&admin)
                .json(&json!({ "api_key": "k", "max_users": 9, "collection": { "token": "t" } })),
        ),
        ("list accounts", TestRequest::get("/api/admin/hopsworks-accounts").bearer(&admin)),
        ("check a cluster", TestRequest::post(&format!("{cluster}/check")).bearer(&admin).json(&json!({}))),
        ("unassign", TestRequest::new(Method::DELETE, "/api/clusters/assign/auth0%7Cann").bearer(&admin)),
        ("list deployments", TestRequest::get("/api/clusters").bearer(&ann)),
        ("create a deployment", deployment),
        ("get a deployment", TestRequest::get(&one).bearer(&ann)),
        (
            "change a deployment",
            TestRequest::new(Method::PATCH, &one).bearer(&ann).json(&json!({ "status": "active" })),
        ),
        ("delete a deployment", TestRequest::new(Method::DELETE, &one).bearer(&ann)),
    ] {
        let before = proxy.round_trips();
        let response = function.send(request).await;
        assert!(response.status < 300, "{what}: {}", response.text);
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
    let function = world.function_through(proxy.port, assign_cluster::NAME, assign_cluster::routes()).await;
    for (status, request) in [
        (201, TestRequest::post(CLUSTERS).bearer(&admin).json(&new_cluster("first", 5))),
        (200, TestRequest::new(Method::DELETE, "/api/clusters/assign/auth0%7Cann").bearer(&admin)),
        (200, assign(&ann, &json!({}))),
        (201, TestRequest::post("/api/clusters").bearer(&ann).json(&json!({ "deployment_type": "aws" }))),
    ] {
        proxy.lose_next_answers();
        function.send(request).await.expect(status);
    }
    let cluster = format!("{CLUSTERS}/{}", world.one("select id from public.hopsworks_clusters").await);
    proxy.lose_next_answers();
    let change = TestRequest::new(Method::PATCH, &cluster).bearer(&admin).json(&json!({ "max_users": 9 }));
    function.send(change).await.expect(200);
    assert_eq!(world.one("select count(*) from public.hopsworks_clusters").await, "1");
    assert_eq!(world.one("select count(*) from public.clusters").await, "1");
    assert_eq!(audit(&world).await, ["hopsworks_clusters.create", "users.unassign", "hopsworks_clusters.update"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_another_changed_since_is_not_undone_by_a_repeated_call() {
    let world = World::new().await;
    world.add_administrator().await;
    let function = instance(&world).await;
    let [first, second] = ["first", "second"].map(|name| world.add_cluster(name, 5));
    let (first, second) = (first.await, second.await);
    log_in(&world, "ann").await;
    let call = async |request_id: &str, name: &str, input: serde_json::Value| {
        let must_be = if name == "assign_user" { "user" } else { "admin" };
        let caller = json!({ "sub": "auth0|admin", "must_be": must_be, "request_id": request_id });
        let args = json!({ "caller": caller, "input": input });
        world.sql(&format!("select {name}('{args}'::jsonb)")).await;
    };
    let to = |cluster: &str| json!({ "user_id": "auth0|ann", "cluster_id": cluster });
    let of = |seats: u32| json!({ "id": first, "changes": { "max_users": seats } });

    for (request_id, seats) in [("one", 3), ("other", 7), ("one", 3)] {
        call(request_id, "update_hopsworks_cluster", of(seats)).await;
    }
    let seats = format!("select max_users from public.hopsworks_clusters where id = '{first}'");
    assert_eq!(world.one(&seats).await, "7");

    for (request_id, cluster) in [("one", &second), ("other", &first), ("one", &second)] {
        call(request_id, "assign_user", to(cluster)).await;
    }
    assert_eq!(seating(&world).await, "ann=first");

    call("one", "unassign_user", json!({ "user_id": { "id": "auth0|ann", "is_plain": true } })).await;
    function.send(assign(&world.token("auth0|ann"), &json!({}))).await.expect(200);
    call("one", "unassign_user", json!({ "user_id": { "id": "auth0|ann", "is_plain": true } })).await;
    assert_ne!(seating(&world).await, "ann=-", "the seat taken since is kept");
    world.assert_sound().await;
}
