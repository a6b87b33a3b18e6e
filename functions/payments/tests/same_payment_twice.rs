//! One payment is one entry, however often and by whomever it is reported.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::http::idempotency::IdempotencyKey;
use testkit::World;

use crate::fixtures::{COMPLETED, PAYMENT, REFUNDED, delivery, entries, event, instance, kept, told, world};

#[tokio::test]
async fn twenty_deliveries_at_once_are_one_entry() {
    let (world, _) = world().await;
    let mut instances = Vec::new();
    for _ in 0..20 {
        instances.push(Arc::new(instance(&world).await));
    }
    let requests = vec![delivery(&world, &event(COMPLETED, &json!({}))); 20];
    let answers = world.race("select lock_accounts(array['auth0|ann'])", instances, requests).await;
    let with =
        |outcome| answers.iter().filter(|answer| answer.status == 200 && answer.json["outcome"] == outcome).count();
    assert_eq!((with("recorded"), with("known")), (1, 19));
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
    world.assert_sound().await;
}

/// What `POST /api/credits/purchases` answers to a machine that reports a payment under the key that we use.
async fn reported_by_a_machine(world: &World, amount: &str) -> Result<Value, String> {
    let body = json!({ "user_id": "auth0|ann", "amount": amount, "reference": PAYMENT });
    let keyed = IdempotencyKey::of(format!("stripe:{PAYMENT}")).bind("record_purchase", body).unwrap();
    let args = json!({ "caller": { "sub": "shop@clients", "must_be": "machine", "request_id": "r" }, "input": keyed });
    let args = args.to_string().replace('\'', "''");
    let answer = world.direct().await.one_text(&format!("select record_purchase('{args}')")).await;
    answer.map(|text| serde_json::from_str(&text).unwrap()).map_err(|refusal| format!("{refusal:?}"))
}

#[tokio::test]
async fn a_machine_that_reports_the_same_payment_under_its_key_is_answered_with_the_entry() {
    let (world, function) = world().await;
    told(&world, &function, &event(COMPLETED, &json!({}))).await;
    let again = reported_by_a_machine(&world, "100.00").await.unwrap();
    assert_eq!((&again["replayed"], &again["entry"]["actor"]), (&json!(true), &json!("stripe")));
    assert!(reported_by_a_machine(&world, "99.00").await.unwrap_err().contains("idempotency_key_reused"));
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
}

#[tokio::test]
async fn a_payment_that_a_machine_has_reported_is_not_credited_again() {
    let (world, function) = world().await;
    reported_by_a_machine(&world, "100.00").await.unwrap();
    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({}))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
    assert_eq!(kept(&world).await, [format!("{PAYMENT} recorded 100.00")]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_payment_that_was_reported_with_another_amount_waits_for_a_person() {
    let (world, function) = world().await;
    reported_by_a_machine(&world, "125.00").await.unwrap();
    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({}))).await, "parked");
    assert_eq!(entries(&world).await, ["ann 1 purchase 125.00 125.00"]);
    assert_eq!(kept(&world).await, [format!("{PAYMENT} parked recorded_otherwise 0.00")]);
}

#[tokio::test]
async fn a_refund_of_a_payment_that_only_a_machine_has_reported_waits_for_a_person_or_for_the_checkout() {
    let (world, function) = world().await;
    reported_by_a_machine(&world, "100.00").await.unwrap();
    assert_eq!(told(&world, &function, &event(REFUNDED, &json!({}))).await, "parked");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({}))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 refund -20.00 80.00"]);
    world.assert_sound().await;
}
