//! `POST /api/admin/users/{id}/erase`: who a deleted user was is erased now.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{AUDIT_LOG, get, instance, patch, set_status, world};

fn erase(world: &World, id: &str) -> TestRequest {
    TestRequest::post(&format!("/api/admin/users/{id}/erase")).bearer(&world.token("auth0|admin"))
}

#[tokio::test]
async fn a_deleted_user_is_erased_at_once_and_once() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    function.send(patch(&world, "ann", &json!({ "name": "Ann Lee", "metadata": { "phone": "1" } }))).await.expect(200);
    function.send(erase(&world, "auth0%7Cann")).await.expect_problem(409, "user_not_deleted");
    let before = set_status(&world, &function, "ann", "deleted").await.expect(200);
    let erased = function.send(erase(&world, "auth0%7Cann")).await.expect(200);
    assert_ne!(before.headers["etag"], erased.headers["etag"]);
    let ann = erased.json;
    assert_eq!((&ann["name"], &ann["email"], &ann["metadata"]), (&json!(null), &json!(null), &json!({})));
    assert_eq!((&ann["status"], ann["erased_at"].is_string()), (&json!("deleted"), true));
    let again = function.send(erase(&world, "auth0%7Cann")).await.expect(200).json;
    assert_eq!(again["erased_at"], ann["erased_at"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_audit_log_still_tells_who_did_what_and_when_and_no_more() {
    let world = world(&["ann", "bob"]).await;
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        function.send(patch(&world, name, &json!({ "name": "Somebody" }))).await.expect(200);
    }
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    function.send(erase(&world, "auth0%7Cann")).await.expect(200);
    let page = function.send(get(&world, &format!("{AUDIT_LOG}?actor=auth0%7Cadmin"))).await.expect(200).json;
    let told: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            let is_told = !entry["before"].is_null() || !entry["after"].is_null();
            (text("action"), text("target"), is_told, entry["erased"] == json!(true), entry["request_id"].is_string())
        })
        .collect();
    let entry = |action: &str, name: &str, is_told, is_erased| {
        (action.to_owned(), format!("auth0|{name}"), is_told, is_erased, true)
    };
    let expected = [
        entry("users.erase", "ann", true, false),
        entry("users.update", "ann", false, true),
        entry("users.update", "bob", true, false),
        entry("users.update", "ann", false, true),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn nobody_is_erased_by_an_id_that_is_unknown_or_may_be_anothers() {
    let world = world(&["ann"]).await;
    world
        .sql("insert into public.users (id, status, deleted_at) values ('a%41', 'active', null), ('aA', 'deleted', app.now())")
        .await;
    let function = instance(&world).await;
    function.send(erase(&world, "auth0%7Cnobody")).await.expect_problem(404, "user_unknown");
    function.send(erase(&world, "aA")).await.expect_problem(400, "id_ambiguous");
    assert_eq!(world.one("select count(*) from public.users where erased_at is not null").await, "0");
}
