//! Links of invites from a system that was taken over: their tokens may have any form, and an invite may have several.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{
    ACCEPT, accept, address, by, column, instance, later, list_invites, memberships, sign_up, withdraw,
};

/// Tokens as other systems make them.
const TOKENS: [&str; 8] = [
    "plain-token-2",
    "6f1c8e3a-3b1e-4a53-9d0e-2f1d8f3c7a11",
    "deadbeef",
    "x",
    "YWJj+/8=",
    " with blanks ",
    "Schlüssel 🔑",
    // Like one of ours, but for its last character, which no 32 bytes end with.
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
];

/// Ann's open invite to that person, with this token; the invite's id.
async fn old_invite(world: &World, name: &str, token: &str) -> String {
    world
        .one(&format!(
            "insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             values ('auth0|ann', '{}', sha256(convert_to('{token}', 'UTF8')), app.now() + interval '3 days') returning id",
            address(name)
        ))
        .await
}

/// One more link to an invite.
async fn link(world: &World, invite_id: &str, token: &str) {
    world
        .sql(&format!("insert into app.invite_links values (sha256(convert_to('{token}', 'UTF8')), '{invite_id}')"))
        .await;
}

#[tokio::test]
async fn an_old_token_of_any_form_is_accepted_once() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    let longest = "é".repeat(1024);
    for (number, token) in TOKENS.into_iter().chain([longest.as_str()]).enumerate() {
        let name = format!("user{number}");
        sign_up(&world, &[&name]).await;
        old_invite(&world, &name, token).await;
        assert_eq!(function.send(accept(&world, &name, &format!("{token}x"))).await.status / 100, 4, "{token}x");
        function.send(accept(&world, &name, token)).await.expect(200);
        assert_eq!(
            function.send(accept(&world, &name, token)).await.expect(409).json["code"],
            "invite_used",
            "{token}"
        );
        let log = function.log.text();
        assert!(token.len() < 8 || !log.contains(token), "a token stays a secret: {log}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_and_not_repeated() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["bob"]).await;
    for token in
        ["".to_owned(), "secret\n".to_owned(), "secret\0".to_owned(), "\u{85}secret".to_owned(), "secret".repeat(171)]
    {
        let response = function.send(accept(&world, "bob", &token)).await.expect(400);
        assert_eq!(response.field(), "token");
        assert!(!response.text.contains("secret"), "{}", response.text);
    }
    let number = by(&world, "bob", TestRequest::post(ACCEPT).json(&json!({ "token": 12345678 })));
    assert_eq!(function.send(number).await.expect(400).field(), "token");
    assert!(!function.log.text().contains("secret"));
}

#[tokio::test]
async fn each_link_of_an_invite_is_good_and_all_together_once() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let invite = old_invite(&world, "bob", "first").await;
    link(&world, &invite, "second").await;
    link(&world, &invite, "third").await;
    let refused = function.send(accept(&world, "carla", "second")).await.expect(403);
    assert_eq!(refused.json["code"], "invite_for_another_address");
    assert_eq!(column(&function.send(list_invites(&world, "ann")).await.expect(200), "status"), ["open"]);
    function.send(accept(&world, "bob", "second")).await.expect(200);
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    for token in ["first", "second", "third"] {
        assert_eq!(
            function.send(accept(&world, "bob", token)).await.expect(409).json["code"],
            "invite_used",
            "{token}"
        );
    }
    assert_eq!(function.send(accept(&world, "bob", "fourth")).await.expect(404).json["code"], "invite_unknown");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_link_ends_with_its_invite() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let (withdrawn, expired) = (old_invite(&world, "bob", "b").await, old_invite(&world, "carla", "c").await);
    link(&world, &withdrawn, "b2").await;
    link(&world, &expired, "c2").await;
    function.send(withdraw(&world, "ann", &withdrawn)).await.expect(204);
    assert_eq!(function.send(accept(&world, "bob", "b2")).await.expect(409).json["code"], "invite_withdrawn");
    later(&world, "4 days").await;
    assert_eq!(function.send(accept(&world, "carla", "c2")).await.expect(409).json["code"], "invite_expired");
}
