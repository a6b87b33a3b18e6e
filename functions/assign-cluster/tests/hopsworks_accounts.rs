//! How accounts are made on a cluster, and `/api/admin/hopsworks-accounts`.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::{
    fixtures::{audit, instance, log_in},
    hopsworks_clusters::{change, create, new_cluster},
};

const ACCOUNTS: &str = "/api/admin/hopsworks-accounts";

/// An administrator, and a cluster that provisions, with Ann and Bob on it; its id.
async fn provisioning(world: &World, function: &Function) -> (String, Value) {
    let admin = world.add_administrator().await;
    let mut body = new_cluster("first", 5);
    body["api_key"] = json!("key");
    body["provisioning"] = json!({ "oauth_client_id": "web-app", "owner_projects": 3 });
    let id = function.send(create(&admin, &body)).await.expect(201).json["id"].clone();
    for name in ["ann", "bob"] {
        log_in(world, name).await;
    }
    (admin, id)
}

/// Who is answered, each with the state of their account.
async fn listed(function: &Function, admin: &str, query: &str) -> Vec<String> {
    let list = TestRequest::get(&format!("{ACCOUNTS}?{query}")).bearer(admin);
    let items = function.send(list).await.expect(200).json["items"].clone();
    let line = |item: &Value| format!("{} {}", item["user_id"].as_str().unwrap(), item["state"].as_str().unwrap());
    items.as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn how_accounts_are_made_is_set_changed_and_ended() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, id) = provisioning(&world, &function).await;
    let set = |body: Value| change(&admin, &id, &json!({ "provisioning": body }));
    let answer = function.send(set(json!({ "member_projects": 2, "raise_only": true }))).await.expect(200).json;
    let expected = json!({
        "provisions": true, "oauth_client_id": "web-app", "tls_ca_pem": null, "raise_only": true, "owner_projects": 3,
        "member_projects": 2, "projects_without_credit": 1, "failure": null, "sweep": null,
    });
    assert_eq!(answer["provisioning"], expected);
    assert_eq!(function.send(set(Value::Null)).await.expect(200).json["provisioning"], Value::Null);
    // It begins anew, so it takes what it took at first.
    function.send(set(json!({ "owner_projects": 2 }))).await.expect_problem(400, "oauth_client_id_missing");
    for (field, wrong) in [
        ("oauth_client_id", json!("")),
        ("oauth_client_id", json!("web app")),
        ("tls_ca_pem", json!("no certificate")),
        ("owner_projects", json!(-1)),
        ("member_projects", json!(1001)),
        ("projects_without_credit", Value::Null),
    ] {
        let refusal = function.send(set(json!({ field: wrong }))).await.expect_problem(400, "invalid_body");
        assert_eq!(refusal.field(), format!("provisioning.{field}"));
    }
}

#[tokio::test]
async fn a_key_is_not_sent_to_another_server_than_it_was_given_for() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, id) = provisioning(&world, &function).await;
    let set = |body: Value| change(&admin, &id, &body);
    let (same, other) = ("https://FIRST.example.com/path", "https://other.example.com");
    function.send(set(json!({ "api_url": same }))).await.expect(200);
    function.send(set(json!({ "api_url": other }))).await.expect_problem(409, "api_key_of_another_server");
    function.send(set(json!({ "api_url": other, "api_key": "another" }))).await.expect(200);
    function.send(set(json!({ "api_url": same, "api_key": null }))).await.expect(200);
    function.send(set(json!({ "api_url": other }))).await.expect(200);
}

#[tokio::test]
async fn accounts_are_listed_by_state_cluster_and_user_in_pages() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, id) = provisioning(&world, &function).await;
    world
        .sql(
            "update app.hopsworks_accounts set error_code = 'no_verified_email', error_detail = 'nobody knows', stuck_since = app.now() \
             where user_id = 'auth0|bob'",
        )
        .await;
    let (ann, bob) = ("auth0|ann pending".to_owned(), "auth0|bob stuck".to_owned());
    for (query, expected) in [
        ("", vec![ann.clone(), bob.clone()]),
        ("state=pending", vec![ann.clone()]),
        ("state=stuck", vec![bob.clone()]),
        ("state=ready", vec![]),
        ("state=off", vec![]),
        ("user_id=auth0%7Cbob", vec![bob.clone()]),
        (&format!("cluster_id={}", id.as_str().unwrap()), vec![ann.clone(), bob.clone()]),
        ("cluster_id=00000000-0000-0000-0000-000000000000", vec![]),
    ] {
        assert_eq!(listed(&function, &admin, query).await, expected, "{query}");
    }
    let page = TestRequest::get(&format!("{ACCOUNTS}?limit=1")).bearer(&admin);
    let page = function.send(page).await.expect(200).json;
    let rest = listed(&function, &admin, &format!("cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest, [bob]);
    world
        .sql(
            "update app.hopsworks_provisioning set error_code = 'key_refused', failing_since = app.now(), attempts = 1",
        )
        .await;
    assert_eq!(listed(&function, &admin, "state=failing").await, ["auth0|ann failing"]);
    world.sql("update app.hopsworks_provisioning set provisions = false").await;
    assert_eq!(listed(&function, &admin, "state=off").await, ["auth0|ann off", "auth0|bob off"]);
}

#[tokio::test]
async fn an_account_that_is_stuck_is_tried_again() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, _) = provisioning(&world, &function).await;
    world.sql("update app.hopsworks_accounts set error_code = 'no_verified_email', stuck_since = app.now()").await;
    let id = world.one("select id from app.hopsworks_accounts where user_id = 'auth0|ann'").await;
    let retry = |id: &str| TestRequest::post(&format!("{ACCOUNTS}/{id}/retry")).bearer(&admin);
    let account = function.send(retry(&id)).await.expect(200).json;
    assert_eq!((&account["state"], &account["code"]), (&json!("pending"), &Value::Null));
    assert_eq!(listed(&function, &admin, "state=stuck").await, ["auth0|bob stuck"]);
    assert_eq!(audit(&world).await, ["hopsworks_clusters.create", "hopsworks_accounts.retry"]);
    let unknown = "00000000-0000-0000-0000-000000000000";
    function.send(retry(unknown)).await.expect_problem(404, "hopsworks_account_unknown");
}

#[tokio::test]
async fn a_cluster_is_looked_at_again_when_an_administrator_asks() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, id) = provisioning(&world, &function).await;
    world
        .sql(
            "update app.hopsworks_provisioning set sweep_due_at = app.now() + interval '1 day', error_code = 'time_out', \
             failing_since = app.now(), attempts = 3, next_attempt_at = app.now() + interval '1 hour'; \
             insert into app.usage_collection (hopsworks_cluster_id, opencost_url, collect_from, cpu_cores, gpus, \
               system_namespaces, projects_due_at) \
             select hopsworks_cluster_id, 'https://opencost.example.com', '2026-01-01T00:00:00Z', 9, 0, '{}', 'infinity' \
             from app.hopsworks_provisioning",
        )
        .await;
    let path = format!("/api/admin/hopsworks-clusters/{}/check", id.as_str().unwrap());
    let check = |body: Value| TestRequest::new(Method::POST, &path).bearer(&admin).json(&body);
    assert_eq!(function.send(check(json!({}))).await.expect(200).json["provisioning"]["failure"], Value::Null);
    let due = "select sweep_due_at <= app.now() and next_attempt_at <= app.now() from app.hopsworks_provisioning";
    assert_eq!(world.one(due).await, "t");
    assert_eq!(world.one("select projects_due_at <= app.now() from app.usage_collection").await, "t");
    function.send(check(json!({ "accept": true }))).await.expect(200);
    let accepted = "select (last_sweep ->> 'accepted_until')::timestamptz > app.now() from app.hopsworks_provisioning";
    assert_eq!(world.one(accepted).await, "t");
    world.sql("delete from app.hopsworks_provisioning").await;
    function.send(check(json!({}))).await.expect_problem(409, "accounts_made_by_hand");
}
