//! A call that is done and whose answer is lost is made again by the door, and is done once.

use std::time::Duration;

use testkit::{Function, TestRequest, TestResponse, World, proxy::Proxy};
use tokio::time::sleep;

use crate::fixtures::{
    accept, address, invite, invited, invited_address, joined, list_invites, memberships, places, remove, sign_up,
    suspend, text, withdraw,
};

async fn behind(world: &World, proxy: &Proxy) -> Function {
    world.function_through(proxy.port, team::NAME, team::routes()).await
}

/// Sends a request on a connection that takes it and gives nothing back.
async fn answer_lost(proxy: &Proxy, function: &Function, request: TestRequest) -> TestResponse {
    let before = proxy.connections();
    proxy.lose_next_answers();
    let response = function.send(request).await;
    assert_eq!(proxy.connections(), before + 1, "the door has repeated the call: {}", response.text);
    response
}

#[tokio::test]
async fn a_repeated_invitation_is_one_invite_and_its_token_is_good() {
    let world = World::new().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = behind(&world, &proxy).await;
    sign_up(&world, &["ann", "bob"]).await;
    let sent = answer_lost(&proxy, &function, invite(&world, "ann", &address("bob"))).await.expect(201).json;
    assert_eq!(world.all("select id from public.team_invites").await, [text(&sent["id"])]);
    assert_eq!(sent["status"], "open");
    function.send(accept(&world, "bob", &text(&sent["token"]))).await.expect(200);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_repeated_invitation_finds_its_invite_whatever_became_of_it_meanwhile() {
    let world = World::new().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = behind(&world, &proxy).await;
    sign_up(&world, &["ann"]).await;
    let withdrawn_meanwhile = async {
        while world.all("update public.team_invites set withdrawn_at = now() returning id").await.is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let asking = answer_lost(&proxy, &function, invite(&world, "ann", &address("bob")));
    let (response, ()) = tokio::join!(asking, withdrawn_meanwhile);
    assert_eq!(response.expect(201).json["status"], "withdrawn");
}

#[tokio::test]
async fn a_repeated_withdrawal_is_one_withdrawal() {
    let world = World::new().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = behind(&world, &proxy).await;
    sign_up(&world, &["ann"]).await;
    let sent = invited_address(&world, &function, "ann", &address("bob")).await;
    answer_lost(&proxy, &function, withdraw(&world, "ann", &text(&sent["id"]))).await.expect(204);
    let listed = function.send(list_invites(&world, "ann")).await.expect(200);
    assert_eq!(listed.json["items"][0]["status"], "withdrawn");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_repeated_acceptance_joins_once_and_is_answered_like_the_first() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = behind(&world, &proxy).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = invited(&world, &function, "ann", "bob").await;

    let place = answer_lost(&proxy, &function, accept(&world, "bob", &token)).await.expect(200).json;

    assert_eq!(place["account_owner_id"], "auth0|ann");
    assert_eq!(place["assignment"]["cluster_name"], "demo");
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    assert_eq!(world.one("select count(*) from app.account_memberships where user_id = 'auth0|bob'").await, "2");
    // What the door may do, a new request may not.
    function.send(accept(&world, "bob", &token)).await.expect_problem(409, "invite_used");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_repeated_removal_costs_nobody_their_place_twice() {
    let world = World::new().await;
    world.add_cluster("demo", 2).await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = behind(&world, &proxy).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    answer_lost(&proxy, &function, remove(&world, "ann", "bob")).await.expect(204);
    assert!(memberships(&world).await.is_empty());
    assert_eq!(places(&world).await, ["ann on demo", "bob waits", "carla on demo"]);

    joined(&world, &function, "ann", "bob").await;
    answer_lost(&proxy, &function, remove(&world, "bob", "bob")).await.expect(204);
    assert!(memberships(&world).await.is_empty());

    // Also of a member whom the owner's suspension took, and who is no member suspended with an owner any more.
    joined(&world, &function, "ann", "bob").await;
    suspend(&world, "ann").await;
    answer_lost(&proxy, &function, remove(&world, "bob", "bob")).await.expect(204);
    assert!(memberships(&world).await.is_empty());
    world.assert_sound().await;
}

#[tokio::test]
async fn a_repeated_invitation_that_catches_up_with_the_first_is_the_same_invite() {
    let world = World::new().await;
    // The first call is slow at its end, as when a disk stalls, and does not notice that its client has gone.
    world
        .sql(&format!(
            "alter role api in database {} set client_connection_check_interval = 0; \
             create function public.stall() returns trigger language plpgsql as \
             $$ begin perform pg_sleep(1.5); return null; end $$; \
             create trigger stall after insert on public.team_invites for each row execute function public.stall()",
            world.database
        ))
        .await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = behind(&world, &proxy).await;
    sign_up(&world, &["ann", "bob"]).await;
    let sent = answer_lost(&proxy, &function, invite(&world, "ann", &address("bob"))).await.expect(201).json;
    assert_eq!(world.all("select id from public.team_invites").await, [text(&sent["id"])]);
    function.send(accept(&world, "bob", &text(&sent["token"]))).await.expect(200);
}
