//! Every warm request is one round trip to the database.

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, World, proxy::Proxy};

use crate::logins::{PATH, event, sign_up};

fn preferences(world: &World) -> TestRequest {
    let changes = json!({ "metadata": { "preferences": { "theme": "dark" } } });
    TestRequest::new(Method::PATCH, "/api/auth/me").bearer(&world.token("auth0|ann")).json(&changes)
}

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    let replayed =
        || TestRequest::post(PATH).json(&event(&world, "auth0|ann", "ann@example.com")).signed_as(&world, "msg_1");

    for (what, request) in [
        ("a new login", replayed()),
        ("a replayed login", replayed()),
        ("a returning login", sign_up(&world, "ann")),
        ("a login by token", TestRequest::post(PATH).bearer(&world.token("auth0|ann")).json(&json!({}))),
        ("one's own login", TestRequest::post("/api/auth/me").bearer(&world.token("auth0|ann"))),
        ("me", TestRequest::get("/api/auth/me").bearer(&world.token("auth0|ann"))),
        ("one's own preferences", preferences(&world)),
        ("a new login by token", TestRequest::post(PATH).bearer(&world.token("auth0|bob"))),
        ("one's own first login", TestRequest::post("/api/auth/me").bearer(&world.token("auth0|eve"))),
    ] {
        let before = proxy.round_trips();
        function.send(request).await.expect(200);
        assert_eq!(proxy.round_trips() - before, 1, "{what}");
    }
    let before = proxy.round_trips();
    let closing = TestRequest::new(Method::DELETE, "/api/auth/me").bearer(&world.token("auth0|bob"));
    function.send(closing).await.expect(204);
    assert_eq!(proxy.round_trips() - before, 1, "the end of an account");
    assert_eq!(proxy.connections(), 1, "the connection was kept");
}
