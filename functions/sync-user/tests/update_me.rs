//! `PATCH /api/auth/me`: a user's own preferences, and nothing else.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::logins::{instance, sign_up};

const PATH: &str = "/api/auth/me";

async fn change(world: &World, function: &Function, changes: &Value) -> TestResponse {
    let request = TestRequest::new(Method::PATCH, PATH).bearer(&world.token("auth0|ann"));
    function.send(request.json(changes)).await
}

/// Somebody of whom an administrator remembers something.
async fn world() -> (World, Function) {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    world.sql("update public.users set metadata = '{\"tags\": [\"vip\"], \"preferences\": {\"a\": 1}}'").await;
    (world, function)
}

#[tokio::test]
async fn preferences_are_merged_and_all_other_metadata_stays() {
    let (world, function) = world().await;
    let changes = json!({ "metadata": { "preferences": { "a": null, "theme": { "dark": true }, "n": 1.50 } } });
    let me = change(&world, &function, &changes).await.expect(200).json;
    let kept = json!({ "tags": ["vip"], "preferences": { "theme": { "dark": true }, "n": 1.50 } });
    assert_eq!(me["metadata"], kept);
    let seen = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|ann"))).await.expect(200).json;
    assert_eq!(seen, me);

    let none = json!({ "metadata": { "preferences": null } });
    let me = change(&world, &function, &none).await.expect(200).json;
    assert_eq!(me["metadata"], json!({ "tags": ["vip"] }));
    world.assert_sound().await;
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() {
    let (world, function) = world().await;
    let row = "select u::text from public.users u where id = 'auth0|ann'";
    let before = world.one(row).await;
    for changes in [
        json!({}),
        json!({ "metadata": {} }),
        json!({ "metadata": { "preferences": {} } }),
        json!({ "metadata": { "preferences": { "a": 1, "b": null } } }),
    ] {
        change(&world, &function, &changes).await.expect(200);
    }
    assert_eq!(world.one(row).await, before);
}

#[tokio::test]
async fn nothing_else_of_the_user_can_be_changed() {
    let (world, function) = world().await;
    let row = "select u::text from public.users u where id = 'auth0|ann'";
    let before = world.one(row).await;
    for (field, changes) in [
        ("name", json!({ "name": "Queen" })),
        ("is_admin", json!({ "is_admin": true })),
        ("status", json!({ "status": "active" })),
        ("metadata", json!({ "metadata": null })),
        ("metadata.tags", json!({ "metadata": { "tags": [], "preferences": { "b": 2 } } })),
        ("metadata.preferences", json!({ "metadata": { "preferences": "dark" } })),
        ("metadata.preferences", json!({ "metadata": { "preferences": [] } })),
        ("metadata.preferences", json!({ "metadata": { "preferences": { "x": "x".repeat(16 * 1024) } } })),
    ] {
        let response = change(&world, &function, &changes).await;
        assert_eq!((response.status, response.field()), (400, field), "{changes}: {}", response.text);
    }
    assert_eq!(world.one(row).await, before);
}

#[tokio::test]
async fn the_database_takes_nothing_but_preferences_either() {
    let (world, _) = world().await;
    let args = json!({
        "caller": { "sub": "auth0|ann", "must_be": "user" },
        "input": { "is_admin": true, "metadata": { "tags": null, "preferences": { "b": 2 } } },
    });
    world.sql(&format!("select update_me('{args}'::jsonb)")).await;
    let kept = "select format('%s %s', is_admin, metadata) from public.users where id = 'auth0|ann'";
    assert_eq!(world.one(kept).await, r#"f {"tags": ["vip"], "preferences": {"a": 1, "b": 2}}"#);
}

#[tokio::test]
async fn preferences_do_not_grow_without_end() {
    let (world, function) = world().await;
    let half = |name: &str| json!({ "metadata": { "preferences": { name: "x".repeat(14 * 1024) } } });
    change(&world, &function, &half("one")).await.expect(200);
    change(&world, &function, &half("two")).await.expect_problem(400, "metadata_too_large");
    change(&world, &function, &half("one")).await.expect(200);
}

#[tokio::test]
async fn whoever_is_suspended_or_deleted_or_nobody_changes_nothing() {
    let (world, function) = world().await;
    let changes = json!({ "metadata": { "preferences": { "b": 2 } } });
    let stranger = TestRequest::new(Method::PATCH, PATH).bearer(&world.token("auth0|eve")).json(&changes);
    function.send(stranger).await.expect_problem(403, "account_unknown");
    for (set, code) in [
        ("status = 'suspended', waiting_since = null", "account_suspended"),
        ("status = 'deleted', deleted_at = now()", "account_deleted"),
    ] {
        world.sql(&format!("update public.users set {set}")).await;
        change(&world, &function, &changes).await.expect_problem(403, code);
    }
    assert_eq!(world.one("select metadata #>> '{preferences,b}' is null from public.users").await, "t");
}
