//! `/api/clusters`: a user's deployments.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::fixtures::{instance, log_in};

const PATH: &str = "/api/clusters";

fn at(method: Method, deployment: &Value, token: &str) -> TestRequest {
    TestRequest::new(method, &format!("{PATH}/{}", deployment["id"].as_str().unwrap())).bearer(token)
}

async fn deploy(function: &Function, token: &str, kind: &str) -> Value {
    function
        .send(TestRequest::post(PATH).bearer(token).json(&json!({ "deployment_type": kind })))
        .await
        .expect(201)
        .json
}

#[tokio::test]
async fn a_deployment_is_made_read_changed_and_deleted_by_its_owner() {
    let world = World::new().await;
    let function = instance(&world).await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    let body = json!({ "deployment_type": "aws", "zone": "eu-west-1", "hopsworks_project_id": "p1", "hopsworks_api_key": "secret-key" });
    let made = function.send(TestRequest::post(PATH).bearer(&ann).json(&body)).await.expect(201).json;
    assert_eq!((&made["status"], &made["has_hopsworks_api_key"]), (&json!("provisioning"), &json!(true)));
    assert_eq!(function.send(at(Method::GET, &made, &ann)).await.expect(200).json, made);

    let changes = json!({ "status": "active", "zone": null, "hopsworks_api_key": null });
    let changed = function.send(at(Method::PATCH, &made, &ann).json(&changes)).await.expect(200).json;
    assert_eq!((&changed["status"], &changed["zone"]), (&json!("active"), &json!(null)));
    assert_eq!((&changed["hopsworks_project_id"], &changed["has_hopsworks_api_key"]), (&json!("p1"), &json!(false)));

    function.send(at(Method::DELETE, &made, &ann)).await.expect(204);
    function.send(at(Method::DELETE, &made, &ann)).await.expect(204);
    function.send(at(Method::GET, &made, &ann)).await.expect_problem(404, "deployment_unknown");
    function.send(at(Method::PATCH, &made, &ann).json(&json!({}))).await.expect_problem(404, "deployment_unknown");
    assert_eq!(function.send(TestRequest::get(PATH).bearer(&ann)).await.expect(200).json["items"], json!([]));
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    let world = World::new().await;
    let function = instance(&world).await;
    log_in(&world, "ann").await;
    log_in(&world, "eve").await;
    let (ann, eve) = (world.token("auth0|ann"), world.token("auth0|eve"));
    let made = deploy(&function, &ann, "aws").await;
    for request in [
        at(Method::GET, &made, &eve),
        at(Method::PATCH, &made, &eve).json(&json!({ "status": "failed" })),
        at(Method::DELETE, &made, &eve),
    ] {
        function.send(request).await.expect_problem(404, "deployment_unknown");
    }
    assert_eq!(function.send(TestRequest::get(PATH).bearer(&eve)).await.expect(200).json["items"], json!([]));
    assert_eq!(function.send(at(Method::GET, &made, &ann)).await.expect(200).json, made);
}

#[tokio::test]
async fn the_list_is_newest_first_and_its_pages_skip_nothing() {
    let world = World::new().await;
    let function = instance(&world).await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    for number in 0..5 {
        deploy(&function, &ann, &format!("t{number}")).await;
    }
    let first = function.send(TestRequest::get(&format!("{PATH}?limit=3")).bearer(&ann)).await.expect(200).json;
    deploy(&function, &ann, "later").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second =
        function.send(TestRequest::get(&format!("{PATH}?limit=3&cursor={cursor}")).bearer(&ann)).await.expect(200).json;
    let kinds: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| item["deployment_type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["t4", "t3", "t2", "t1", "t0"]);
    assert_eq!(second["next_cursor"], json!(null));
}

#[tokio::test]
async fn bad_bodies_are_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    let function = instance(&world).await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    for (body, field) in [
        (json!({}), "deployment_type"),
        (json!({ "deployment_type": "" }), "deployment_type"),
        (json!({ "deployment_type": "a\nb" }), "deployment_type"),
        (json!({ "deployment_type": "aws", "status": "deleted" }), "status"),
        (json!({ "deployment_type": "aws", "zone": "x".repeat(201) }), "zone"),
        (json!({ "deployment_type": "aws", "user_id": "auth0|eve" }), "user_id"),
    ] {
        let refused =
            function.send(TestRequest::post(PATH).bearer(&ann).json(&body)).await.expect_problem(400, "invalid_body");
        assert_eq!(refused.field(), field, "{}", refused.text);
    }
}
