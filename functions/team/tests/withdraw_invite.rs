//! `DELETE /api/team/invites/{id}`: an owner takes back what nobody has accepted.

use axum::http::Method;
use testkit::{TestRequest, World};
use uuid::Uuid;

use crate::fixtures::{
    INVITES, accept, address, column, instance, invite, invited_address, joined, later, list_invites, sign_up, text,
    withdraw,
};

#[tokio::test]
async fn a_withdrawn_invite_is_good_for_nobody_and_makes_room_for_another() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let sent = invited_address(&world, &function, "ann", &address("bob")).await;

    let response = function.send(withdraw(&world, "ann", &text(&sent["id"]))).await.expect(204);

    assert_eq!(response.text, "");
    function.send(accept(&world, "bob", &text(&sent["token"]))).await.expect_problem(409, "invite_withdrawn");
    function.send(invite(&world, "ann", &address("bob"))).await.expect(201);
    let listed = function.send(list_invites(&world, "ann")).await.expect(200);
    assert_eq!(column(&listed, "status"), ["open", "withdrawn"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn withdrawing_again_changes_nothing() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    let sent = invited_address(&world, &function, "ann", &address("bob")).await;
    function.send(withdraw(&world, "ann", &text(&sent["id"]))).await.expect(204);
    let before = world.one("select withdrawn_at from public.team_invites").await;
    function.send(withdraw(&world, "ann", &text(&sent["id"]))).await.expect(204);
    assert_eq!(world.one("select withdrawn_at from public.team_invites").await, before);
}

#[tokio::test]
async fn an_expired_invite_may_be_withdrawn_and_stays_expired() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    let sent = invited_address(&world, &function, "ann", &address("bob")).await;
    later(&world, "8 days").await;
    function.send(withdraw(&world, "ann", &text(&sent["id"]))).await.expect(204);
    let listed = function.send(list_invites(&world, "ann")).await.expect(200);
    assert_eq!(column(&listed, "status"), ["expired"]);
}

#[tokio::test]
async fn an_accepted_invite_is_not_withdrawn() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    let id = world.one("select id from public.team_invites").await;
    function.send(withdraw(&world, "ann", &id)).await.expect_problem(409, "invite_used");
    assert_eq!(world.one("select withdrawn_at from public.team_invites").await, "null");
}

#[tokio::test]
async fn another_owners_invite_is_unknown_and_stays_open() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "carla"]).await;
    let sent = invited_address(&world, &function, "ann", &address("bob")).await;
    let of_another = function.send(withdraw(&world, "carla", &text(&sent["id"]))).await;
    let of_nobody = function.send(withdraw(&world, "carla", &Uuid::nil().to_string())).await;
    let of_another = of_another.expect_problem(404, "invite_unknown");
    let of_nobody = of_nobody.expect_problem(404, "invite_unknown");
    assert_eq!(of_another.json["detail"], of_nobody.json["detail"], "nothing tells that it is there");
    assert_eq!(world.one("select withdrawn_at from public.team_invites").await, "null");
}

#[tokio::test]
async fn a_member_withdraws_nothing_not_even_what_they_sent_as_an_owner() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let sent = invited_address(&world, &function, "bob", &address("dora")).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(withdraw(&world, "bob", &text(&sent["id"]))).await.expect_problem(403, "account_owner_only");
    let unsigned = TestRequest::new(Method::DELETE, &format!("{INVITES}/{}", text(&sent["id"])));
    function.send(unsigned).await.expect_problem(401, "unauthorized");
    assert_eq!(world.one("select count(*) from public.team_invites where withdrawn_at is not null").await, "0");
}

#[tokio::test]
async fn an_id_that_is_none_is_a_400_that_names_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    for id in ["1", "00000000-0000-0000-0000-00000000000g", "00000000-0000-0000-0000-0000000000000", "%00", "a%23b"] {
        let response = function.send(withdraw(&world, "ann", id)).await.expect_problem(400, "invalid_path");
        assert_eq!(response.field(), "id", "{id}");
    }
}
