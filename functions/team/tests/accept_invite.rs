//! `POST /api/team/invites/accept`: who may join joins.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{
    ACCEPT, accept, accept_as, by, instance, invited, invited_address, joined, later, memberships, places, remove,
    sign_up, text, token_saying,
};

#[tokio::test]
async fn the_invited_user_becomes_a_member_and_gets_their_placement() {
    let world = World::new().await;
    let cluster_id = world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = invited(&world, &function, "ann", "bob").await;

    let place = function.send(accept(&world, "bob", &token)).await.expect(200).json;

    assert_eq!((&place["user_id"], &place["account_owner_id"]), (&json!("auth0|bob"), &json!("auth0|ann")));
    assert_eq!(place["assignment"]["cluster_id"], cluster_id);
    assert_eq!(place["assignment"]["cluster_name"], "demo");
    assert_eq!((&place["waiting_since"], &place["instance"]["status"]), (&json!(null), &json!("active")));
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    assert_eq!(
        world.one("select accepted_by_user_id || (accepted_at is not null) from public.team_invites").await,
        "auth0|bobtrue"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn the_address_is_the_same_in_whatever_letters() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let sent = invited_address(&world, &function, "ann", "BOB@example.com").await;
    let access = token_saying(&world, "bob", &json!("bob@EXAMPLE.com"), &json!(true));
    function.send(accept_as(&access, &text(&sent["token"]))).await.expect(200);
    assert_eq!(memberships(&world).await, ["bob of ann"]);
}

#[tokio::test]
async fn the_proof_is_the_address_in_the_token_and_not_the_one_we_remember() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let sent = invited_address(&world, &function, "ann", "bob@new.example.com").await;
    let token = text(&sent["token"]);
    function.send(accept(&world, "bob", &token)).await.expect_problem(403, "invite_for_another_address");
    let access = token_saying(&world, "bob", &json!("bob@new.example.com"), &json!(true));
    function.send(accept_as(&access, &token)).await.expect(200);
}

#[tokio::test]
async fn an_invite_is_good_until_its_last_hour_and_not_after() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let bobs = invited(&world, &function, "ann", "bob").await;
    let carlas = invited(&world, &function, "ann", "carla").await;
    later(&world, "6 days 23 hours").await;
    function.send(accept(&world, "bob", &bobs)).await.expect(200);
    later(&world, "7 days").await;
    function.send(accept(&world, "carla", &carlas)).await.expect_problem(409, "invite_expired");
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn who_has_left_may_be_invited_again_and_may_come_back() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    assert_eq!(places(&world).await, ["ann on demo", "bob on demo"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_keeps_the_credits_row_from_before_but_does_not_see_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(world.one("select count(*) from public.user_credits where user_id = 'auth0|bob'").await, "1");
    assert_eq!(world.one("select describe_user('auth0|bob') -> 'credits'").await, "null");
}

#[tokio::test]
async fn a_field_that_is_wrong_is_a_400_that_names_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = invited(&world, &function, "ann", "bob").await;
    for (what, body, field) in [
        ("no token", json!({}), "token"),
        ("null", json!({ "token": null }), "token"),
        ("a number", json!({ "token": 1 }), "token"),
        ("nothing in it", json!({ "token": "" }), "token"),
        ("too long", json!({ "token": token.repeat(24) }), "token"),
        ("a line break", json!({ "token": format!("{token}\n") }), "token"),
        ("a NUL", json!({ "token": format!("\0{}", &token[1..]) }), "token"),
        ("an address of one's own", json!({ "token": token, "email": "bob@example.com" }), "email"),
        ("no object", json!(token), "body"),
        ("a list", json!([token]), "body"),
    ] {
        let response = function.send(by(&world, "bob", TestRequest::post(ACCEPT).json(&body))).await;
        assert_eq!(response.status, 400, "{what}: {}", response.text);
        assert_eq!(response.field(), field, "{what}: {}", response.text);
    }
    // Tokens of other systems may look like this.
    for mistyped in [token[1..].to_owned(), format!("{token}="), format!(" {token}"), format!("+{}", &token[1..])] {
        let response = function.send(accept(&world, "bob", &mistyped)).await.expect(404);
        assert_eq!(response.json["code"], "invite_unknown", "{mistyped}");
    }
    assert!(memberships(&world).await.is_empty());
}
