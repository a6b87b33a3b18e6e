//! `POST /api/payments/stripe`: what a checkout pays for is credited, once.

use serde_json::{Value, json};
use testkit::{Function, World};

use crate::fixtures::{COMPLETED, PAID_LATER, PAYMENT, checkout, delivery, entries, event, kept, refund, told, world};

#[tokio::test]
async fn a_paid_checkout_credits_the_user_that_it_names_with_what_was_paid_less_the_tax() {
    let (world, function) = world().await;
    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({}))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"], "whatever the metadata says");
    let entry = "select concat_ws(' ', idempotency_key, reference, reason, actor) from app.credit_transactions";
    assert_eq!(world.one(entry).await, format!("stripe:{PAYMENT} {PAYMENT} stripe"));
    let audit = "select concat_ws(' ', actor, action, target, before ->> 'balance', after ->> 'balance') from app.audit_log \
        where action like 'credits.%'";
    assert_eq!(world.all(audit).await, ["stripe credits.purchase auth0|ann 0.00 100.00"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn nothing_of_the_person_or_the_card_is_kept_or_logged() {
    let (world, function) = world().await;
    told(&world, &function, &event(COMPLETED, &json!({}))).await;
    told(&world, &function, &refund("re_1", 2500)).await;
    let mut odd = event(COMPLETED, &json!({ "amount_total": "ann@example.com" }));
    function.send(delivery(&world, &odd)).await.expect_problem(400, "invalid_body");
    odd["livemode"] = json!(true);
    function.send(delivery(&world, &odd)).await.expect_problem(409, "livemode_differs");
    let kept = world.all("select to_jsonb(p) from app.stripe_payments p").await.join("\n");
    let ledger = world.all("select to_jsonb(t) from app.credit_transactions t").await.join("\n");
    for text in [kept, ledger, function.log.text()] {
        for secret in ["ann@example.com", "berg", "Stockholm", "cus_", "7014219534108362", "mallory", "whsec_"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn a_payment_that_comes_later_is_credited_when_it_has_come_and_once() {
    let (world, function) = world().await;
    let unpaid = event(COMPLETED, &json!({ "payment_status": "unpaid" }));
    assert_eq!(told(&world, &function, &unpaid).await, "ignored");
    assert!(entries(&world).await.is_empty());
    let paid = event(PAID_LATER, &json!({}));
    for (event, outcome) in [(&paid, "recorded"), (&paid, "known"), (&event(COMPLETED, &json!({})), "known")] {
        assert_eq!(told(&world, &function, event).await, outcome);
    }
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
}

/// That an event changes nothing, and is no failure for Stripe.
async fn is_ignored(world: &World, function: &Function, event: &Value) {
    assert_eq!(told(world, function, event).await, "ignored", "{event}");
    assert!(entries(world).await.is_empty() && kept(world).await.is_empty(), "{event}");
}

#[tokio::test]
async fn a_checkout_for_nothing_and_events_of_other_types_write_nothing() {
    let (world, function) = world().await;
    for nothing in [
        json!({ "payment_status": "no_payment_required", "payment_intent": null, "amount_total": 0 }),
        json!({ "payment_status": "paid", "payment_intent": null, "amount_total": 0, "total_details": null }),
        json!({ "mode": "setup", "payment_status": "no_payment_required", "amount_total": null, "currency": null }),
    ] {
        is_ignored(&world, &function, &event(COMPLETED, &nothing)).await;
    }
    for other in [
        "checkout.session.expired",
        "checkout.session.async_payment_failed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "charge.refunded",
        "charge.dispute.created",
        "invoice.paid",
        "",
        "a type that Stripe will have one day",
    ] {
        let mut event = event(COMPLETED, &json!({}));
        event["type"] = json!(other);
        is_ignored(&world, &function, &event).await;
    }
    let about_another_thing = json!({
        "id": "evt_1", "type": "ping", "livemode": false, "created": 0, "data": { "object": {} }
    });
    is_ignored(&world, &function, &about_another_thing).await;
}

#[tokio::test]
async fn a_suspended_owner_pays_as_anybody() {
    let (world, function) = world().await;
    world.sql("select set_user_status('auth0|ann', 'suspended')").await;
    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({}))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
}

#[tokio::test]
async fn each_payment_is_an_entry_of_its_own() {
    let (world, function) = world().await;
    world.sign_up("bob").await;
    for (payment, user) in [("pi_1", "auth0|ann"), ("pi_2", "auth0|ann"), ("pi_3", "auth0|bob")] {
        assert_eq!(told(&world, &function, &checkout(payment, user)).await, "recorded");
    }
    let expected = ["ann 1 purchase 100.00 100.00", "ann 2 purchase 100.00 200.00", "bob 1 purchase 100.00 100.00"];
    assert_eq!(entries(&world).await, expected);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_stripe_would_not_send_is_a_400_that_names_the_field_and_writes_nothing() {
    let (world, function) = world().await;
    for (field, change) in [
        ("amount_total", json!({ "amount_total": 125.5 })),
        ("amount_total", json!({ "amount_total": -12500 })),
        ("amount_total", json!({ "amount_total": "12500" })),
        ("amount_total", json!({ "amount_total": 1_000_000_000_000_u64 })),
        ("total_details.amount_tax", json!({ "total_details": { "amount_tax": 0.1 } })),
        ("currency", json!({ "currency": "USD" })),
        ("currency", json!({ "currency": null })),
        ("payment_intent", json!({ "payment_intent": "pi_1'; drop table users" })),
        ("payment_intent", json!({ "payment_intent": { "id": "pi_1" } })),
        ("payment_status", json!({ "payment_status": true })),
    ] {
        let response = function.send(delivery(&world, &event(COMPLETED, &change))).await;
        let response = response.expect_problem(400, "invalid_body");
        assert_eq!(response.field(), field, "{change}");
    }
    let whole =
        [("created", json!({ "created": -1 })), ("livemode", json!({ "livemode": "no" })), ("id", json!({ "id": "" }))];
    for (field, change) in whole {
        let mut event = event(COMPLETED, &json!({}));
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let response = function.send(delivery(&world, &event)).await.expect_problem(400, "invalid_body");
        assert_eq!(response.field(), field, "{change}");
    }
    assert!(entries(&world).await.is_empty() && kept(&world).await.is_empty());
}
