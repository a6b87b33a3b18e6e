//! A refund takes back its part of the credits, in whatever order Stripe tells of it.

use serde_json::{Value, json};
use testkit::{Function, World};

use crate::fixtures::{COMPLETED, PAYMENT, REFUNDED, entries, event, kept, later, refund, told, world};

async fn paid(world: &World, function: &Function) {
    assert_eq!(told(world, function, &event(COMPLETED, &json!({}))).await, "recorded");
}

#[tokio::test]
async fn a_refund_takes_its_part_of_the_credits_without_the_tax_in_it() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    assert_eq!(told(&world, &function, &event(REFUNDED, &json!({}))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 refund -20.00 80.00"]);
    let entry = "select concat_ws(' ', idempotency_key, reference, reason, refunded_seq, actor) \
        from app.credit_transactions where seq = 2";
    let refund = "re_3RpA8ZEr3kQnv2Pz0Yw7uBnM";
    assert_eq!(world.one(entry).await, format!("stripe:{refund} {refund} refund 1 stripe"));
    assert_eq!(world.one("select total_purchased from public.user_credits where user_id = 'auth0|ann'").await, "80.00");
    world.assert_sound().await;
}

#[tokio::test]
async fn partial_refunds_are_rounded_together_and_the_last_one_takes_the_rest() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    for (id, amount) in [("re_1", 4167), ("re_2", 4167), ("re_3", 4166)] {
        assert_eq!(told(&world, &function, &refund(id, amount)).await, "recorded");
    }
    let expected = [
        "ann 1 purchase 100.00 100.00",
        "ann 2 refund -33.34 66.66",
        "ann 3 refund -33.33 33.33",
        "ann 4 refund -33.33 0.00",
    ];
    assert_eq!(entries(&world).await, expected);
    // Stripe would not refund more than was paid. If it says so, a person looks.
    assert_eq!(told(&world, &function, &refund("re_4", 1)).await, "parked");
    assert!(kept(&world).await.contains(&"re_4 parked more_than_paid 0.00".to_owned()));
    world.assert_sound().await;
}

#[tokio::test]
async fn half_a_cent_is_rounded_to_the_even_one_and_a_part_worth_none_has_no_entry() {
    let (world, function) = world().await;
    let halved = json!({ "amount_total": 200, "total_details": { "amount_tax": 100 } });
    told(&world, &function, &event(COMPLETED, &halved)).await;
    // 0.5, 2, 3.5 and 4.5 cents in all.
    for (id, amount) in [("re_1", 1), ("re_2", 3), ("re_3", 3), ("re_4", 2)] {
        assert_eq!(told(&world, &function, &refund(id, amount)).await, "recorded");
    }
    assert_eq!(
        entries(&world).await,
        ["ann 1 purchase 1.00 1.00", "ann 2 refund -0.02 0.98", "ann 3 refund -0.02 0.96"]
    );
    assert_eq!(kept(&world).await[1], "re_1 recorded 0.00");
}

#[tokio::test]
async fn a_refund_that_comes_before_its_payment_waits_for_it() {
    let (world, function) = world().await;
    for (id, amount) in [("re_1", 2500), ("re_2", 5000)] {
        assert_eq!(told(&world, &function, &refund(id, amount)).await, "waiting");
        assert_eq!(told(&world, &function, &refund(id, amount)).await, "known");
    }
    assert!(entries(&world).await.is_empty());
    paid(&world, &function).await;
    let expected = ["ann 1 purchase 100.00 100.00", "ann 2 refund -20.00 80.00", "ann 3 refund -40.00 40.00"];
    assert_eq!(entries(&world).await, expected);
    assert_eq!(kept(&world).await[1..], ["re_1 recorded 20.00", "re_2 recorded 40.00"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_refund_takes_when_it_has_succeeded_and_once() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    let created = refund("re_1", 2500);
    let pending = later(created.clone(), "refund.created", "pending", 0);
    let action = later(created.clone(), "refund.updated", "requires_action", 1);
    for event in [pending, action] {
        assert_eq!(told(&world, &function, &event).await, "ignored");
    }
    let succeeded = later(created.clone(), "refund.updated", "succeeded", 5);
    for (event, outcome) in [(&succeeded, "recorded"), (&succeeded, "known"), (&created, "known")] {
        assert_eq!(told(&world, &function, event).await, outcome);
    }
    assert_eq!(entries(&world).await.len(), 2);
}

/// The refund that a bank sent back, days later.
fn failed(refund: &Value) -> Value {
    later(refund.clone(), "refund.failed", "failed", 86_400)
}

#[tokio::test]
async fn a_refund_that_fails_gives_back_what_it_took_and_another_one_takes_it_again() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    let first = refund("re_1", 12_500);
    for (event, outcome) in [
        (first.clone(), "recorded"),
        (failed(&first), "recorded"),
        (failed(&first), "known"),
        (later(first.clone(), "refund.updated", "failed", 86_401), "known"),
        (first.clone(), "known"),
        (refund("re_2", 12_500), "recorded"),
    ] {
        assert_eq!(told(&world, &function, &event).await, outcome, "{}", event["type"]);
    }
    let expected = [
        "ann 1 purchase 100.00 100.00",
        "ann 2 refund -100.00 0.00",
        "ann 3 refund 100.00 100.00",
        "ann 4 refund -100.00 0.00",
    ];
    assert_eq!(entries(&world).await, expected);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_refund_whose_failure_comes_first_takes_nothing() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    let refund = refund("re_1", 2500);
    assert_eq!(told(&world, &function, &failed(&refund)).await, "recorded");
    assert_eq!(told(&world, &function, &refund).await, "known");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
}

#[tokio::test]
async fn what_somebody_has_returned_by_hand_is_not_returned_again() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    world
        .sql(
            "select adjust_credits(jsonb_build_object( \
               'caller', '{\"sub\": \"auth0|admin\", \"must_be\": \"admin\", \"request_id\": \"r\"}'::jsonb, \
               'input', jsonb_build_object('user_id', 'auth0|ann', 'amount', '-90.00', 'reason', 'by hand', \
                 'idempotency_key', 'k', 'body_sha256', encode(sha256('k'), 'hex'), \
                 'refund_of', (select id from app.credit_transactions where seq = 1))))",
        )
        .await;
    assert_eq!(told(&world, &function, &event(REFUNDED, &json!({}))).await, "parked");
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 refund -90.00 10.00"]);
    assert_eq!(kept(&world).await[1], "re_3RpA8ZEr3kQnv2Pz0Yw7uBnM parked more_than_left 0.00");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_refund_in_another_currency_than_its_payment_waits_for_a_person() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    assert_eq!(told(&world, &function, &event(REFUNDED, &json!({ "currency": "eur" }))).await, "parked");
    assert_eq!(entries(&world).await.len(), 1);
    assert_eq!(kept(&world).await[0], format!("{PAYMENT} recorded 100.00"));
}
