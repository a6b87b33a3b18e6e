//! `POST /api/team/invites`: an owner invites an address, once at a time.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{
    INVITES, address, by, column, instance, invite, invited_address, joined, later, list_invites, sign_up, suspend,
    text,
};

#[tokio::test]
async fn an_owner_gets_a_token_that_fits_into_a_link_and_an_invite_for_seven_days() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    world.database_time_is("timestamptz '2026-07-01 12:00:00Z'").await;

    let sent = invited_address(&world, &function, "ann", "Bob@Example.com").await;

    assert!(text(&sent["token"]).len() == 43 && !text(&sent["token"]).contains(['+', '/', '=']), "{sent}");
    assert_eq!((&sent["email"], &sent["status"]), (&json!("Bob@Example.com"), &json!("open")));
    assert_eq!(sent["created_at"], "2026-07-01T12:00:00Z");
    assert_eq!(sent["expires_at"], "2026-07-08T12:00:00Z");
    assert_eq!((&sent["accepted_at"], &sent["accepted_by_user_id"]), (&json!(null), &json!(null)));
    world.assert_sound().await;
}

#[tokio::test]
async fn every_invite_has_a_token_and_an_id_of_its_own() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    let bob = invited_address(&world, &function, "ann", &address("bob")).await;
    let carla = invited_address(&world, &function, "ann", &address("carla")).await;
    assert_ne!(bob["token"], carla["token"]);
    assert_ne!(bob["id"], carla["id"]);
}

#[tokio::test]
async fn a_field_that_is_wrong_is_a_400_that_names_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    let long = format!("{}@example.com", "x".repeat(309));
    for (what, body, field) in [
        ("no address", json!({}), "email"),
        ("null", json!({ "email": null }), "email"),
        ("a number", json!({ "email": 1 }), "email"),
        ("a list", json!({ "email": ["bob@example.com"] }), "email"),
        ("nothing in it", json!({ "email": "" }), "email"),
        ("no @", json!({ "email": "bob" }), "email"),
        ("two @", json!({ "email": "bob@example@com" }), "email"),
        ("a space", json!({ "email": "bob @example.com" }), "email"),
        ("321 characters", json!({ "email": long }), "email"),
        ("a NUL", json!({ "email": "b\0b@example.com" }), "email"),
        ("an unknown field", json!({ "email": "bob@example.com", "role": "admin" }), "role"),
        ("an id of one's own", json!({ "email": "bob@example.com", "id": "1" }), "id"),
        ("no object", json!("bob@example.com"), "body"),
        ("a list of invites", json!([{ "email": "bob@example.com" }]), "body"),
    ] {
        let response = function.send(by(&world, "ann", TestRequest::post(INVITES).json(&body))).await;
        assert_eq!(response.status, 400, "{what}: {}", response.text);
        assert_eq!(response.field(), field, "{what}: {}", response.text);
    }
    assert_eq!(world.one("select count(*) from public.team_invites").await, "0");
}

#[tokio::test]
async fn nobody_invites_themselves_whatever_the_case() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    for email in ["ann@example.com", "ANN@Example.com"] {
        function.send(invite(&world, "ann", email)).await.expect_problem(409, "invite_self");
    }
    assert_eq!(world.one("select count(*) from public.team_invites").await, "0");
}

#[tokio::test]
async fn who_is_in_the_team_is_not_invited_again_in_whatever_letters() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    for email in ["bob@example.com", "Bob@EXAMPLE.com"] {
        function.send(invite(&world, "ann", email)).await.expect_problem(409, "already_member");
    }
    // Another owner may: whether they come is their decision.
    function.send(invite(&world, "carla", "bob@example.com")).await.expect(201);
}

#[tokio::test]
async fn an_address_has_one_open_invite_of_an_owner_in_whatever_letters() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "carla"]).await;
    function.send(invite(&world, "ann", "bob@example.com")).await.expect(201);
    for email in ["bob@example.com", "BOB@example.com"] {
        function.send(invite(&world, "ann", email)).await.expect_problem(409, "invite_open");
    }
    function.send(invite(&world, "carla", "bob@example.com")).await.expect(201);
    assert_eq!(world.one("select count(*) from public.team_invites").await, "2");
}

#[tokio::test]
async fn an_expired_invite_makes_room_for_another_and_stays_expired() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    function.send(invite(&world, "ann", "bob@example.com")).await.expect(201);
    later(&world, "6 days 23 hours").await;
    function.send(invite(&world, "ann", "bob@example.com")).await.expect_problem(409, "invite_open");
    later(&world, "7 days").await;
    function.send(invite(&world, "ann", "bob@example.com")).await.expect(201);

    let listed = function.send(list_invites(&world, "ann")).await.expect(200);
    assert_eq!(column(&listed, "status"), ["open", "expired"]);
}

#[tokio::test]
async fn a_member_a_stranger_and_the_suspended_invite_nobody() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    suspend(&world, "carla").await;
    function.send(invite(&world, "bob", "dora@example.com")).await.expect_problem(403, "account_owner_only");
    function.send(invite(&world, "nobody", "dora@example.com")).await.expect_problem(403, "account_unknown");
    function.send(invite(&world, "carla", "dora@example.com")).await.expect_problem(403, "account_suspended");
    let unsigned = TestRequest::post(INVITES).json(&json!({ "email": "dora@example.com" }));
    function.send(unsigned).await.expect_problem(401, "unauthorized");
    assert_eq!(world.one("select count(*) from public.team_invites").await, "1");
}
