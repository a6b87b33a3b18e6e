//! A payment that is nobody's for sure lands in no account: it waits for a person.

use serde_json::{Value, json};

use crate::fixtures::{COMPLETED, PAYMENT, delivery, entries, event, kept, later, refund, told, world};

#[tokio::test]
async fn a_payment_that_is_nobodys_for_sure_is_parked_with_the_reason() {
    let (world, function) = world().await;
    for name in ["bob", "gone"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world.sql("select set_user_status('auth0|gone', 'deleted')").await;
    let total = |total: u64, tax: u64| json!({ "amount_total": total, "total_details": { "amount_tax": tax } });
    let cases: [(&str, Value); 11] = [
        ("user_unknown", json!({ "client_reference_id": "auth0|nobody" })),
        ("user_unknown", json!({ "client_reference_id": "AUTH0|ann" })),
        ("user_deleted", json!({ "client_reference_id": "auth0|gone" })),
        // Their owner has not asked for it, and they may want it back.
        ("user_is_member", json!({ "client_reference_id": "auth0|bob" })),
        ("reference_missing", json!({ "client_reference_id": null })),
        ("reference_missing", json!({ "client_reference_id": "auth0|ann\n" })),
        ("currency_unknown", json!({ "currency": "eur" })),
        ("currency_unknown", json!({ "currency": "jpy" })),
        ("amount_implausible", total(2500, 2500)),
        ("amount_too_large", total(1_000_000_001, 0)),
        // A subscription's first invoice.
        ("payment_intent_missing", json!({ "mode": "subscription", "payment_intent": null })),
    ];
    for (number, (reason, change)) in cases.iter().enumerate() {
        let mut event = event(COMPLETED, &json!({ "payment_intent": format!("pi_{number}"), "id": "cs_1" }));
        event["data"]["object"].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(told(&world, &function, &event).await, "parked", "{change}");
        assert_eq!(told(&world, &function, &event).await, "known", "{change}");
        let id = event["data"]["object"]["payment_intent"].as_str().unwrap_or("cs_1");
        assert!(kept(&world).await.contains(&format!("{id} parked {reason} 0.00")), "{change}");
    }
    assert!(entries(&world).await.is_empty());
    assert_eq!(kept(&world).await.len(), cases.len());
    world.assert_sound().await;
}

#[tokio::test]
async fn how_many_are_parked_is_counted_for_the_alarm_when_it_changes() {
    let (world, function) = world().await;
    let others =
        |payment: &str| event(COMPLETED, &json!({ "payment_intent": payment, "client_reference_id": "nobody" }));
    for event in [others("pi_1"), others("pi_2"), event(COMPLETED, &json!({}))] {
        function.send(delivery(&world, &event)).await.expect(200);
    }
    let lines = function.log.lines();
    let counted: Vec<_> = lines.iter().filter(|line| line["parked_payments"].is_u64()).collect();
    assert_eq!(counted.iter().map(|line| line["parked_payments"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 2]);
    assert_eq!(counted[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["function"]]));
    assert_eq!(counted[0]["function"], "payments");
}

#[tokio::test]
async fn a_parked_payment_that_goes_back_in_full_needs_nobody_any_more() {
    let (world, function) = world().await;
    told(&world, &function, &event(COMPLETED, &json!({ "client_reference_id": "nobody" }))).await;
    assert_eq!(told(&world, &function, &refund("re_1", 5000)).await, "waiting");
    assert_eq!(kept(&world).await[0], format!("{PAYMENT} parked user_unknown 0.00"));
    assert_eq!(told(&world, &function, &refund("re_2", 7500)).await, "recorded");
    let all_returned =
        [format!("{PAYMENT} returned user_unknown 0.00"), "re_1 recorded 0.00".into(), "re_2 recorded 0.00".into()];
    assert_eq!(kept(&world).await, all_returned);
    assert!(entries(&world).await.is_empty());
    // The bank sends one of them back, so the money is ours again, and still nobody's.
    told(&world, &function, &later(refund("re_2", 7500), "refund.failed", "failed", 60)).await;
    let parked_again =
        [format!("{PAYMENT} parked user_unknown 0.00"), "re_1 waiting 0.00".into(), "re_2 undone 0.00".into()];
    assert_eq!(kept(&world).await, parked_again);
}

#[tokio::test]
async fn a_refund_of_a_payment_that_is_not_ours_waits_and_holds_up_nothing() {
    let (world, function) = world().await;
    let others = event(crate::fixtures::REFUNDED, &json!({ "payment_intent": "pi_of_another_shop" }));
    assert_eq!(told(&world, &function, &others).await, "waiting");
    let without = event(crate::fixtures::REFUNDED, &json!({ "payment_intent": null }));
    assert_eq!(told(&world, &function, &without).await, "ignored");
    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({}))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
}
