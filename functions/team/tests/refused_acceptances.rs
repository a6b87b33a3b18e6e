//! Who may not join is told why, and nothing changes.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::fixtures::{
    ACCEPT, accept, accept_as, id, instance, invited, invited_address, joined, later, memberships, places, sign_up,
    suspend, text, token_saying, withdraw,
};

#[tokio::test]
async fn a_used_invite_is_refused_to_another_user_and_to_the_same_one() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "bobby"]).await;
    let token = invited(&world, &function, "ann", "bob").await;
    function.send(accept(&world, "bob", &token)).await.expect(200);
    let bobby = token_saying(&world, "bobby", &json!("bob@example.com"), &json!(true));
    function.send(accept_as(&bobby, &token)).await.expect_problem(409, "invite_used");
    function.send(accept(&world, "bob", &token)).await.expect_problem(409, "invite_used");
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_used_invite_brings_nobody_back_who_has_left() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = invited(&world, &function, "ann", "bob").await;
    function.send(accept(&world, "bob", &token)).await.expect(200);
    function.send(crate::fixtures::remove(&world, "ann", "bob")).await.expect(204);
    function.send(accept(&world, "bob", &token)).await.expect_problem(409, "invite_used");
    assert!(memberships(&world).await.is_empty());
}

#[tokio::test]
async fn an_expired_a_withdrawn_and_an_unknown_invite_are_told_apart() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let withdrawn = invited_address(&world, &function, "ann", "bob@example.com").await;
    function.send(withdraw(&world, "ann", &text(&withdrawn["id"]))).await.expect(204);
    let expired = invited(&world, &function, "ann", "carla").await;
    let unknown = BASE64URL_NOPAD.encode(&[7; 32]);

    function.send(accept(&world, "bob", &text(&withdrawn["token"]))).await.expect_problem(409, "invite_withdrawn");
    function.send(accept(&world, "bob", &unknown)).await.expect_problem(404, "invite_unknown");
    later(&world, "8 days").await;
    function.send(accept(&world, "carla", &expired)).await.expect_problem(409, "invite_expired");
    assert!(memberships(&world).await.is_empty());
}

#[tokio::test]
async fn only_the_invited_address_accepts_and_only_when_it_is_verified() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let token = invited(&world, &function, "ann", "bob").await;
    let bobs = json!("bob@example.com");
    let (another, unverified) = ("invite_for_another_address", "email_not_verified");
    for (what, email, verified, code) in [
        ("another address", json!("carla@example.com"), json!(true), another),
        ("an address that begins like it", json!("bob@example.com.evil.test"), json!(true), another),
        ("no address", Value::Null, json!(true), another),
        ("an address that is none", json!("bob"), json!(true), another),
        ("a list", json!([bobs]), json!(true), another),
        ("not verified", bobs.clone(), json!(false), unverified),
        ("nothing said", bobs.clone(), Value::Null, unverified),
        ("verified as a text", bobs.clone(), json!("true"), unverified),
        ("verified as a number", bobs.clone(), json!(1), unverified),
    ] {
        let response = function.send(accept_as(&token_saying(&world, "bob", &email, &verified), &token)).await;
        assert_eq!((response.status, &response.json["code"]), (403, &json!(code)), "{what}: {}", response.text);
    }
    assert!(memberships(&world).await.is_empty());
    function.send(accept(&world, "bob", &token)).await.expect(200);
}

#[tokio::test]
async fn an_owner_with_members_a_member_and_the_inviter_cannot_join() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla", "dora"]).await;
    joined(&world, &function, "ann", "bob").await;
    let before = places(&world).await;

    let for_ann = invited(&world, &function, "carla", "ann").await;
    function.send(accept(&world, "ann", &for_ann)).await.expect_problem(409, "has_members");
    let for_bob = invited(&world, &function, "carla", "bob").await;
    function.send(accept(&world, "bob", &for_bob)).await.expect_problem(409, "already_member");
    let second = text(&invited_address(&world, &function, "ann", "bob@home.example.com").await["token"]);
    let bob = token_saying(&world, "bob", &json!("bob@home.example.com"), &json!(true));
    function.send(accept_as(&bob, &second)).await.expect_problem(409, "already_member");
    let own = text(&invited_address(&world, &function, "dora", "dora@home.example.com").await["token"]);
    let dora = token_saying(&world, "dora", &json!("dora@home.example.com"), &json!(true));
    function.send(accept_as(&dora, &own)).await.expect_problem(409, "invite_self");

    assert_eq!(memberships(&world).await, ["bob of ann"]);
    assert_eq!(places(&world).await, before);
    assert_eq!(world.one("select count(*) from public.team_invites where accepted_at is not null").await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_team_whose_owner_is_suspended_or_has_joined_another_takes_nobody() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla", "dora"]).await;
    let of_ann = invited(&world, &function, "ann", "bob").await;
    let of_carla = invited(&world, &function, "carla", "bob").await;
    suspend(&world, "ann").await;
    joined(&world, &function, "dora", "carla").await;
    for token in [of_ann.clone(), of_carla] {
        function.send(accept(&world, "bob", &token)).await.expect_problem(409, "account_owner_not_active");
    }
    assert_eq!(memberships(&world).await, ["carla of dora"]);
    world.sql("select set_user_status('auth0|ann', 'active')").await;
    function.send(accept(&world, "bob", &of_ann)).await.expect(200);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_stranger_and_the_suspended_cannot_join() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = invited(&world, &function, "ann", "bob").await;
    let stranger = token_saying(&world, "nobody", &json!("bob@example.com"), &json!(true));
    function.send(accept_as(&stranger, &token)).await.expect_problem(403, "account_unknown");
    function.send(TestRequest::post(ACCEPT).json(&json!({ "token": token }))).await.expect_problem(401, "unauthorized");
    suspend(&world, "bob").await;
    function.send(accept(&world, "bob", &token)).await.expect_problem(403, "account_suspended");
    world.sql(&format!("select set_user_status('{}', 'deleted')", id("bob"))).await;
    function.send(accept(&world, "bob", &token)).await.expect_problem(403, "account_deleted");
    assert!(memberships(&world).await.is_empty());
}

#[tokio::test]
async fn an_address_that_folds_into_the_invited_one_is_another_address() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "mike", "odd"]).await;
    let token = text(&invited_address(&world, &function, "ann", "mike@example.org").await["token"]);
    let saying = |name: &str, email: &str| token_saying(&world, name, &json!(email), &json!(true));
    for email in ["mi\u{212a}e@example.org", "m\u{130}ke@example.org", "MI\u{212a}E@example.org"] {
        let odd = function.send(accept_as(&saying("odd", email), &token)).await;
        odd.expect_problem(403, "invite_for_another_address");
    }
    function.send(accept_as(&saying("mike", "MIKE@Example.org"), &token)).await.expect(200);
    assert_eq!(memberships(&world).await, ["mike of ann"]);
}
