//! `GET /api/auth/me`: what signed-in users may know about themselves.

use chrono::{DateTime, Utc};
use serde_json::json;
use testkit::{TestRequest, World};

use crate::logins::{instance, sign_up};

const PATH: &str = "/api/auth/me";

#[tokio::test]
async fn an_owner_sees_profile_seat_instance_and_credits() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    let synced = function.send(sign_up(&world, "ann")).await.expect(200).json;

    let me = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|ann"))).await.expect(200).json;

    for field in ["id", "email", "name", "is_admin", "status", "assignment", "instance", "credits", "owner", "metadata"]
    {
        assert_eq!(me[field], synced[field], "{field}");
    }
    assert!(me["created_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{}", me["created_at"]);
    assert_eq!(me["credits"]["total_purchased"], "0.00");
}

#[tokio::test]
async fn a_member_sees_the_owner_and_no_credits() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    function.send(sign_up(&world, "bob")).await.expect(200);
    world.sql("update public.users set account_owner_id = 'auth0|ann' where id = 'auth0|bob'").await;

    let me = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|bob"))).await.expect(200).json;

    assert_eq!(me["owner"], json!({ "id": "auth0|ann", "name": "Ann Example", "email": "ann@example.com" }));
    assert_eq!(me["account_owner_id"], "auth0|ann");
    assert_eq!(me["credits"], json!(null));
}

#[tokio::test]
async fn a_waiting_user_sees_since_when() {
    let world = World::new().await;
    let function = instance(&world).await;
    let synced = function.send(sign_up(&world, "ann")).await.expect(200).json;
    let me = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|ann"))).await.expect(200).json;
    assert_eq!(me["assignment"], json!(null));
    assert_eq!(me["waiting_since"], synced["waiting_since"]);
    assert_eq!(me["instance"]["status"], "provisioning");
}

#[tokio::test]
async fn a_token_alone_is_not_enough() {
    let world = World::new().await;
    let function = instance(&world).await;
    let request = || TestRequest::get(PATH).bearer(&world.token("auth0|ann"));
    function.send(request()).await.expect_problem(403, "account_unknown");
    function.send(sign_up(&world, "ann")).await.expect(200);
    world.sql("select lock_seats(); select set_user_status('auth0|ann', 'deleted')").await;
    function.send(request()).await.expect_problem(403, "account_deleted");
}

#[tokio::test]
async fn who_is_suspended_sees_that_and_why() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        function.send(sign_up(&world, name)).await.expect(200);
    }
    world.join("bob", "ann").await;
    let mut seen = Vec::new();
    for step in [
        "suspend_user('auth0|ann', 'money')",
        "suspend_user('auth0|ann', 'administrator')",
        "lift_suspension('auth0|ann', 'money')",
    ] {
        world.sql(&format!("select lock_seats(); select {step}")).await;
        for name in ["ann", "bob"] {
            let request = TestRequest::get(PATH).bearer(&world.token(&format!("auth0|{name}")));
            let me = function.send(request).await.expect(200).json;
            assert_eq!((&me["status"], &me["instance"]["status"]), (&json!("suspended"), &json!("stopped")), "{name}");
            seen.push(me["suspended_for"].clone());
        }
    }
    let with_owner = json!(["owner"]);
    assert_eq!(
        seen,
        [
            json!(["money"]),
            with_owner.clone(),
            json!(["administrator", "money"]),
            with_owner.clone(),
            json!(["administrator"]),
            with_owner,
        ]
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn other_methods_and_other_addresses_are_refused_clearly() {
    let world = World::new().await;
    let function = instance(&world).await;
    let refused =
        function.send(TestRequest::new("PUT".parse().unwrap(), PATH)).await.expect_problem(405, "method_not_allowed");
    assert_eq!(refused.headers["allow"], "POST,GET,HEAD,PATCH,DELETE");
    function.send(TestRequest::get("/api/auth/you")).await.expect_problem(404, "route_unknown");
}

#[tokio::test]
async fn each_request_leaves_one_line_that_is_log_and_metric() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let response = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|ann"))).await.expect(200);

    let lines = function.log.lines();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    let line = &lines[1];
    assert_eq!(line["request_id"], response.headers["x-request-id"].to_str().unwrap());
    assert_eq!((&line["message"], &line["function"]), (&json!("request"), &json!("sync-user")));
    assert_eq!((&line["method"], &line["route"]), (&json!("GET"), &json!(PATH)));
    assert_eq!((&line["status"], &line["cold_start"], &line["level"]), (&json!(200), &json!(false), &json!("INFO")));
    assert!(["lambda_request_id", "code", "reason"].iter().all(|absent| line.get(absent).is_none()), "{line}");
    assert_eq!(lines[0]["cold_start"], true);

    let written_at = line["timestamp"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok()).unwrap();
    let metrics = &line["_aws"];
    assert_eq!(metrics["Timestamp"], written_at.timestamp_millis());
    let [directive] = &metrics["CloudWatchMetrics"].as_array().unwrap()[..] else { panic!("{metrics}") };
    assert_eq!(directive["Dimensions"], json!([["function", "route"], ["function"]]));
    for metric in directive["Metrics"].as_array().unwrap() {
        let name = metric["Name"].as_str().unwrap();
        assert!(line[name].as_f64().is_some_and(|value| (value > 0.0) == (name != "server_errors")), "{name} {line}");
    }
}

#[tokio::test]
async fn the_line_of_a_refusal_says_why() {
    let world = World::new().await;
    let function = instance(&world).await;
    let refused = function.send(TestRequest::get(PATH).bearer("x")).await.expect(401);
    let line = &function.log.lines()[0];
    assert_eq!((&line["code"], &line["level"]), (&json!("unauthorized"), &json!("INFO")));
    assert!(line["reason"].as_str().unwrap().starts_with("the header"), "{line}");
    assert_eq!(line["request_id"], refused.headers["x-request-id"].to_str().unwrap());
}
