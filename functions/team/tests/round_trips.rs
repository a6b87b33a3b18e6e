//! Every warm request is one round trip to the database.

use testkit::{Function, TestRequest, TestResponse, World, proxy::Proxy};

use crate::fixtures::{
    accept, address, invite, list_invites, list_members, memberships, places, remove, sign_up, text, withdraw,
};

async fn in_one_round_trip(
    proxy: &Proxy,
    function: &Function,
    what: &str,
    request: TestRequest,
    status: u16,
) -> TestResponse {
    let before = proxy.round_trips();
    let response = function.send(request).await.expect(status);
    assert_eq!(proxy.round_trips() - before, 1, "{what}");
    response
}

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    sign_up(&world, &["ann"]).await;
    world.add_cluster("away", 1).await;
    sign_up(&world, &["bob", "carla"]).await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, team::NAME, team::routes()).await;
    let once = async |what, request, status| in_one_round_trip(&proxy, &function, what, request, status).await;

    let sent = once("an invite", invite(&world, "ann", &address("bob")), 201).await.json;
    once("an invite that is open", invite(&world, "ann", &address("bob")), 409).await;
    once("the invites", list_invites(&world, "ann"), 200).await;
    once("a join that moves two people", accept(&world, "bob", &text(&sent["token"])), 200).await;
    assert_eq!(places(&world).await, ["ann on home", "bob waits", "carla on away"]);
    once("the members", list_members(&world, "ann"), 200).await;
    once("a removal", remove(&world, "ann", "bob"), 204).await;
    assert!(memberships(&world).await.is_empty());
    let sent = once("another invite", invite(&world, "ann", &address("bob")), 201).await.json;
    once("a withdrawal", withdraw(&world, "ann", &text(&sent["id"])), 204).await;
    assert_eq!(proxy.connections(), 1, "the connection was kept");
}
