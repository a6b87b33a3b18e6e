//! Every warm request is one round trip to the database, and money that was moved is not moved twice.

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, World, proxy::Proxy};

use crate::fixtures::{
    CREDITS, DEFAULT_POLICY, POLICY, STATEMENTS, TRANSACTIONS, adjustment, entries, policy, purchase, purchase_of,
    used, world,
};

fn adjust(world: &World, key: &str) -> TestRequest {
    adjustment(world, key, &json!({ "user_id": "auth0|ann", "amount": "1", "reason": "r" }))
}

#[tokio::test]
async fn every_warm_request_is_one_round_trip() {
    let world = world().await;
    used(&world, "ann", 1, "1").await;
    let (ann, admin) = (world.token("auth0|ann"), world.token("auth0|admin"));
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, credits::NAME, credits::routes()).await;
    let statement = format!("{STATEMENTS}/{}", world.clock.now().format("%Y-%m"));
    for (what, request) in [
        ("a purchase", purchase(&world, "k", &purchase_of("ann", "5"))),
        ("a purchase again", purchase(&world, "k", &purchase_of("ann", "5"))),
        ("an adjustment", adjust(&world, "a")),
        ("credits", TestRequest::get(CREDITS).bearer(&ann)),
        ("transactions", TestRequest::get(TRANSACTIONS).bearer(&ann)),
        ("a statement", TestRequest::get(&statement).bearer(&ann)),
        ("a statement as CSV", TestRequest::get(&statement).bearer(&ann).header("accept", "text/csv")),
        ("transactions as CSV", TestRequest::get(TRANSACTIONS).bearer(&ann).header("accept", "text/csv")),
        ("a policy", TestRequest::get(POLICY).bearer(&ann)),
        ("another policy", policy(&world, "ann", "", &json!({ "warn_below": "5" }))),
        ("the default policy", TestRequest::get(DEFAULT_POLICY).bearer(&admin)),
        ("another default policy", TestRequest::new(Method::PUT, DEFAULT_POLICY).bearer(&admin).json(&json!({}))),
    ] {
        let before = proxy.round_trips();
        let response = function.send(request).await;
        assert!(response.status < 300, "{what}: {}", response.text);
        assert_eq!(proxy.round_trips() - before, 1, "{what}");
    }
    assert_eq!(proxy.connections(), 1, "the connection was kept");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_repeated_and_done_once() {
    let world = world().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, credits::NAME, credits::routes()).await;
    for request in [purchase(&world, "k", &purchase_of("ann", "5")), adjust(&world, "a")] {
        proxy.lose_next_answers();
        function.send(request).await.expect(201);
    }
    assert_eq!(entries(&world).await, ["ann 1 purchase 5.00 5.00", "ann 2 adjustment 1.00 6.00"]);
    world.assert_sound().await;
}
