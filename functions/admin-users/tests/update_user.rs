//! `PATCH /api/admin/users/{id}`: name, rights and metadata.

use serde_json::json;

use crate::fixtures::{audit, get, instance, patch, patch_by, user, world};

#[tokio::test]
async fn what_is_named_changes_the_rest_stays_and_it_is_audited() {
    let world = world(&["ann"]).await;
    world
        .sql("update public.users set metadata = '{\"a\": 1, \"b\": {\"c\": 2, \"d\": 3}}' where id = 'auth0|ann'")
        .await;
    let function = instance(&world).await;
    let changes = json!({ "is_admin": true, "metadata": { "a": null, "b": { "c": 4 }, "tags": ["beta"] } });
    let response = function.send(patch(&world, "ann", &changes)).await.expect(200);
    let ann = &response.json;
    assert_eq!((&ann["name"], &ann["is_admin"], &ann["status"]), (&json!("ann"), &json!(true), &json!("active")));
    assert_eq!(ann["metadata"], json!({ "b": { "c": 4, "d": 3 }, "tags": ["beta"] }));
    assert_eq!(&function.send(get(&world, &user("ann"))).await.json, ann);
    let entry = world
        .one(
            "select jsonb_build_array(actor, action, target, before -> 'is_admin', after -> 'is_admin', \
                before #> '{metadata,b,c}', after #> '{metadata,b,c}', request_id) from app.audit_log where action = 'users.update'",
        )
        .await;
    let request_id = response.headers["x-request-id"].to_str().unwrap();
    let expected = json!(["auth0|admin", "users.update", "auth0|ann", false, true, 2, 4, request_id]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&entry).unwrap(), expected);
}

#[tokio::test]
async fn a_name_is_replaced_and_null_removes_it() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    for (changes, name) in [
        (json!({ "name": "Ann O'Neill" }), json!("Ann O'Neill")),
        (json!({}), json!("Ann O'Neill")),
        (json!({ "name": null }), json!(null)),
    ] {
        let ann = function.send(patch(&world, "ann", &changes)).await.expect(200).json;
        assert_eq!(ann["name"], name, "{changes}");
    }
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let row = "select u::text from public.users u where id = 'auth0|ann'";
    let before = world.one(row).await;
    for changes in
        [json!({}), json!({ "name": "ann", "status": "active", "is_admin": false, "metadata": { "x": null } })]
    {
        function.send(patch(&world, "ann", &changes)).await.expect(200);
    }
    assert_eq!(world.one(row).await, before);
    assert!(audit(&world).await.is_empty());
}

#[tokio::test]
async fn a_bad_field_is_a_400_that_names_it_and_nothing_is_written() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    for (field, changes) in [
        ("name", json!({ "name": "" })),
        ("name", json!({ "name": "a\u{7}" })),
        ("name", json!({ "name": "x".repeat(301) })),
        ("name", json!({ "name": "a\0" })),
        ("status", json!({ "status": "gone" })),
        ("is_admin", json!({ "is_admin": "true" })),
        ("metadata", json!({ "metadata": [] })),
        ("metadata", json!({ "metadata": { "a": "x".repeat(17 * 1024) } })),
        ("status", json!({ "status": null })),
        ("is_admin", json!({ "is_admin": null })),
        ("metadata", json!({ "metadata": null })),
        ("email", json!({ "email": "eve@example.com" })),
        ("body", json!([])),
    ] {
        let response = function.send(patch(&world, "ann", &changes)).await;
        assert_eq!((response.status, response.field()), (400, field), "{changes}: {}", response.text);
    }
    let big = json!({ "metadata": { "more": "x" } });
    world
        .sql("update public.users set metadata = jsonb_build_object('a', repeat('x', 24560)) where id = 'auth0|ann'")
        .await;
    function.send(patch(&world, "ann", &big)).await.expect_problem(400, "metadata_too_large");
    assert!(audit(&world).await.is_empty());
    world
        .sql("update public.users set metadata = jsonb_build_object('a', repeat('x', 60000)) where id = 'auth0|ann'")
        .await;
    // What was written by hand is in nobody's way.
    function.send(patch(&world, "ann", &json!({ "name": "Ann" }))).await.expect(200);
}

#[tokio::test]
async fn who_may_not_change_changes_nothing() {
    let world = world(&["ann", "bob"]).await;
    let function = instance(&world).await;
    let promote = json!({ "is_admin": true });
    function.send(patch_by(&world, "ann", "ann", &promote)).await.expect_problem(403, "admin_only");
    function.send(patch_by(&world, "nobody", "ann", &promote)).await.expect_problem(403, "account_unknown");
    function.send(patch(&world, "nobody", &promote)).await.expect_problem(404, "user_unknown");
    world.sql("select promote_admin('auth0|bob'); select set_user_status('auth0|bob', 'suspended')").await;
    function.send(patch_by(&world, "bob", "ann", &promote)).await.expect_problem(403, "account_suspended");
    assert!(audit(&world).await.is_empty());
    assert_eq!(world.one("select count(*) from public.users where is_admin and status = 'active'").await, "1");
}
