//! `GET /api/auth/me`: what signed-in users may know about themselves.

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
    for (change, code) in [
        ("status = 'suspended', waiting_since = null", "account_suspended"),
        ("status = 'deleted', deleted_at = now()", "account_deleted"),
    ] {
        world.sql(&format!("update public.users set {change}")).await;
        function.send(request()).await.expect_problem(403, code);
    }
}

#[tokio::test]
async fn other_methods_and_other_addresses_are_refused_clearly() {
    let world = World::new().await;
    let function = instance(&world).await;
    let refused = function
        .send(TestRequest::new("DELETE".parse().unwrap(), PATH))
        .await
        .expect_problem(405, "method_not_allowed");
    assert_eq!(refused.headers["allow"], "POST,GET,HEAD");
    function.send(TestRequest::get("/api/auth/you")).await.expect_problem(404, "route_unknown");
}

#[tokio::test]
async fn each_request_leaves_one_log_line_and_one_metric_line() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let response = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|ann"))).await.expect(200);

    let lines = function.log.lines();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    let metrics: Vec<_> = lines.iter().filter(|line| line["_aws"].is_object()).collect();
    assert_eq!((requests.len(), metrics.len()), (2, 2), "{lines:#?}");
    let line = requests[1];
    assert_eq!(line["request_id"], response.headers["x-request-id"].to_str().unwrap());
    assert_eq!((&line["function"], &line["route"]), (&json!("sync-user"), &json!(PATH)));
    assert_eq!((&line["status"], &line["cold_start"], &line["level"]), (&json!(200), &json!(false), &json!("INFO")));
    assert!(line["timestamp"].is_string());
    for time in ["duration_ms", "db_ms"] {
        assert!(line[time].as_f64().is_some_and(|ms| ms > 0.0) && metrics[1][time] == line[time], "{line}");
    }
    assert_eq!(requests[0]["cold_start"], true);
}
