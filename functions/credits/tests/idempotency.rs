//! Money moves once: a key is bound to its body, for as long as the ledger lives.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{TestRequest, TestResponse, World};

use crate::fixtures::{
    ADJUSTMENTS, PURCHASES, adjustment, bought, entries, expect_field, instance, purchase, purchase_of, world,
};

#[tokio::test]
async fn the_same_again_returns_the_first_answer() {
    let world = world().await;
    let function = instance(&world).await;
    let first = function.send(purchase(&world, "k", &purchase_of("ann", "5"))).await.expect(201);
    bought(&world, &function, "7").await;
    // The same purchase in other words.
    for body in [
        purchase_of("ann", "5"),
        purchase_of("ann", "5.00"),
        json!({ "reference": null, "amount": "05.0", "user_id": "auth0|ann" }),
    ] {
        let again = function.send(purchase(&world, "k", &body)).await.expect(201);
        assert_eq!(again.headers["idempotent-replay"], "true");
        assert_eq!(again.text, first.text);
    }
    assert_eq!(entries(&world).await, ["ann 1 purchase 5.00 5.00", "ann 2 purchase 7.00 12.00"]);
}

/// Sends all of them while somebody else holds Ann's account, so that they meet on their way to it.
async fn all_at_once(world: &World, requests: Vec<TestRequest>) -> Vec<TestResponse> {
    let mut instances = Vec::new();
    for _ in &requests {
        instances.push(Arc::new(instance(world).await));
    }
    world.race("select lock_accounts(array['auth0|ann'])", instances, requests).await
}

#[tokio::test]
async fn the_same_purchase_ten_times_at_once_is_one_entry_and_ten_equal_answers() {
    let world = world().await;
    let responses = all_at_once(&world, vec![purchase(&world, "k", &purchase_of("ann", "5")); 10]).await;
    for response in &responses {
        assert_eq!((response.status, &response.text), (201, &responses[0].text));
    }
    let replays = responses.iter().filter(|response| response.headers.contains_key("idempotent-replay")).count();
    assert_eq!(replays, 9);
    assert_eq!(entries(&world).await, ["ann 1 purchase 5.00 5.00"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_same_key_with_another_body_is_a_409_and_nothing_is_written() {
    let world = world().await;
    world.sign_up("bob").await;
    let function = instance(&world).await;
    function.send(purchase(&world, "k", &purchase_of("ann", "5"))).await.expect(201);
    let others: [Value; 3] = [
        purchase_of("ann", "5.01"),
        purchase_of("bob", "5"),
        json!({ "user_id": "auth0|ann", "amount": "5", "reference": "r" }),
    ];
    for other in others {
        function.send(purchase(&world, "k", &other)).await.expect_problem(409, "idempotency_key_reused");
    }
    let as_adjustment = json!({ "user_id": "auth0|ann", "amount": "5", "reason": "r" });
    function.send(adjustment(&world, "k", &as_adjustment)).await.expect_problem(409, "idempotency_key_reused");
    // Nor is it another key for another caller: a payment is a payment, whoever reports it.
    let admin = TestRequest::post(PURCHASES).bearer(&world.token("auth0|admin")).header("idempotency-key", "k");
    let again = function.send(admin.json(&purchase_of("ann", "5"))).await.expect(201);
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(entries(&world).await, ["ann 1 purchase 5.00 5.00"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn one_key_with_two_bodies_at_once_writes_one_of_them() {
    let world = world().await;
    let requests = (0..8).map(|number| purchase(&world, "k", &purchase_of("ann", ["5", "6"][number % 2]))).collect();
    let responses = all_at_once(&world, requests).await;
    let with = |status| responses.iter().filter(|response| response.status == status).count();
    assert_eq!((with(201), with(409)), (4, 4));
    assert_eq!(entries(&world).await.len(), 1);
}

#[tokio::test]
async fn a_money_write_without_a_good_key_is_refused() {
    let world = world().await;
    let function = instance(&world).await;
    let machine = world.machine_token(&["credits:write"]);
    let buy = || TestRequest::post(PURCHASES).bearer(&machine).json(&purchase_of("ann", "5"));
    let adjust = json!({ "user_id": "auth0|ann", "amount": "5", "reason": "r" });
    for request in [
        buy(),
        buy().header("idempotency-key", ""),
        buy().header("idempotency-key", "two words"),
        buy().header("idempotency-key", &"k".repeat(256)),
        buy().header("idempotency-key", "a, b"),
        TestRequest::post(ADJUSTMENTS).bearer(&world.token("auth0|admin")).json(&adjust),
    ] {
        let response = function.send(request).await.expect_problem(400, "invalid_idempotency_key");
        expect_field(&response, "Idempotency-Key", &json!(null));
    }
    assert!(entries(&world).await.is_empty());
    function.send(buy().header("idempotency-key", &"k".repeat(255))).await.expect(201);
}
