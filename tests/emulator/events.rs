//! What API Gateway, and the schedule, send.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::json;
use testkit::{TestRequest, World};

use crate::{ANSWERING, emulated::Emulated};

#[tokio::test]
async fn every_function_answers_behind_the_gateway() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    for (function, path) in ANSWERING {
        let emulated = Emulated::start(&world, function).await;
        // With the authorizer's claims, and as the one route without an authorizer gets it.
        let mut event = TestRequest::get(path).bearer(&admin).into_event();
        emulated.send_event(&event).await.expect(200);
        event["requestContext"]["authorizer"] = json!({ "jwt": { "claims": { "sub": "auth0|eve" }, "scopes": null } });
        emulated.send_event(&event).await.expect(200);
        emulated.send(TestRequest::get(path)).await.expect_problem(401, "unauthorized");
        emulated.send(TestRequest::get("/nowhere")).await.expect_problem(404, "route_unknown");
    }
}

#[tokio::test]
async fn a_signed_login_is_read_from_a_body_in_base64() {
    let world = World::new().await;
    world.add_cluster("demo", 5).await;
    let emulated = Emulated::start(&world, "sync-user").await;
    let login = json!({ "user_id": "auth0|ann", "name": "Ann \u{1f600}", "logged_in_at": world.clock.now() });
    let mut event = TestRequest::post("/api/auth/sync-user").json(&login).signed(&world).into_event();
    let body = event["body"].as_str().unwrap().to_owned();
    event["body"] = json!(BASE64.encode(body.as_bytes()));
    event["isBase64Encoded"] = json!(true);
    let ann = emulated.send_event(&event).await.expect(200).json;
    assert_eq!((&ann["name"], &ann["assignment"]["cluster_name"]), (&json!("Ann \u{1f600}"), &json!("demo")));
    event["body"] = json!(BASE64.encode(body.replace("Ann", "Eve").as_bytes()));
    emulated.send_event(&event).await.expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn ids_in_paths_arrive_as_they_were_meant() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    world.sql("insert into public.users (id) values ('google-oauth2|a b/..%2Fc'), ('google-oauth2|a b')").await;
    let emulated = Emulated::start(&world, "admin-users").await;
    for id in ["google-oauth2|a b/..%2Fc", "google-oauth2|a b"] {
        let path = format!("/api/admin/users/~{}", BASE64URL_NOPAD.encode(id.as_bytes()));
        assert_eq!(emulated.send(TestRequest::get(&path).bearer(&admin)).await.expect(200).json["id"], id);
    }
    let plain = TestRequest::get("/api/admin/users/google-oauth2%7Ca%20b").bearer(&admin);
    assert_eq!(emulated.send(plain).await.expect(200).json["id"], "google-oauth2|a b");
    for path in ["/api/admin/users/", "/api/admin//users", "/api/admin/users/a/b", "//", "/api/%2e%2e/x", "/api/%23"] {
        let response = emulated.send(TestRequest::get(path).bearer(&admin)).await;
        assert!((400..500).contains(&response.status), "{path}: {}", response.text);
    }
}

#[tokio::test]
async fn the_schedule_starts_the_daily_work_and_no_request_does() {
    let world = World::new().await;
    let emulated = Emulated::start(&world, "upkeep").await;
    let report = emulated.invoke(&json!({})).await;
    assert!(report.contains("\"violations\":0"), "{report}\n{}", emulated.log());
    let refused = emulated.invoke(&TestRequest::get("/").into_event()).await;
    assert!(refused.contains("errorType"), "{refused}");
}
