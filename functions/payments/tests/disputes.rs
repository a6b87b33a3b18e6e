//! A dispute takes credits back when its money is withdrawn, and gives them back when it is won.

use serde_json::{Value, json};
use testkit::{Function, World};

use crate::fixtures::{CLOSED, COMPLETED, DISPUTE, WITHDRAWN, entries, event, kept, later, refund, told, world};

async fn paid(world: &World, function: &Function) {
    assert_eq!(told(world, function, &event(COMPLETED, &json!({}))).await, "recorded");
}

fn withdrawn() -> Value {
    event(WITHDRAWN, &json!({}))
}

fn lost() -> Value {
    event(CLOSED, &json!({}))
}

fn won() -> Value {
    later(lost(), "charge.dispute.closed", "won", 86_400)
}

#[tokio::test]
async fn a_lost_dispute_takes_the_credits_once_and_one_that_is_won_after_all_gives_them_back_once() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    let reinstated = later(won(), "charge.dispute.funds_reinstated", "won", 1);
    for (event, outcome) in [
        (withdrawn(), "recorded"),
        (lost(), "known"),
        (lost(), "known"),
        (won(), "recorded"),
        (reinstated, "known"),
        (won(), "known"),
        (withdrawn(), "known"),
    ] {
        assert_eq!(told(&world, &function, &event).await, outcome, "{}", event["type"]);
    }
    let expected = ["ann 1 purchase 100.00 100.00", "ann 2 refund -100.00 0.00", "ann 3 refund 100.00 100.00"];
    assert_eq!(entries(&world).await, expected);
    let keys = "select concat_ws(' ', idempotency_key, reference, reason) from app.credit_transactions where seq > 1 order by seq";
    let keys = world.all(keys).await;
    assert_eq!(keys[0], format!("stripe:{DISPUTE} {DISPUTE} dispute"));
    assert_eq!(keys[1], format!("stripe:{DISPUTE}:won {DISPUTE} dispute won"));
    let events = "select concat_ws(' ', type, data ->> 'entry_seq', data ->> 'amount_usd', data ->> 'refunded_entry_seq') \
        from app.outbox where type in ('credits.purchased', 'credits.refunded', 'credits.refund_undone') order by number";
    let expected = ["credits.purchased 1 100.00", "credits.refunded 2 -100.00 1", "credits.refund_undone 3 100.00 1"];
    assert_eq!(world.all(events).await, expected);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_dispute_takes_the_same_by_whichever_event_tells_of_it_first() {
    for first in [withdrawn(), lost()] {
        let (world, function) = world().await;
        paid(&world, &function).await;
        assert_eq!(told(&world, &function, &first).await, "recorded");
        assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 refund -100.00 0.00"]);
    }
}

#[tokio::test]
async fn a_dispute_that_is_told_in_reverse_and_before_its_payment_ends_as_it_ended() {
    let (world, function) = world().await;
    for (event, outcome) in [(won(), "recorded"), (lost(), "known"), (withdrawn(), "known")] {
        assert_eq!(told(&world, &function, &event).await, outcome);
    }
    paid(&world, &function).await;
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);

    let (world, function) = self::world().await;
    assert_eq!(told(&world, &function, &lost()).await, "waiting");
    paid(&world, &function).await;
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 refund -100.00 0.00"]);
}

#[tokio::test]
async fn an_inquiry_takes_nothing() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    let inquiry = later(lost(), "charge.dispute.closed", "warning_closed", 0);
    assert_eq!(told(&world, &function, &inquiry).await, "ignored");
    assert_eq!(entries(&world).await.len(), 1);
}

#[tokio::test]
async fn a_dispute_about_what_a_refund_has_left_takes_the_rest() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    told(&world, &function, &refund("re_1", 4167)).await;
    assert_eq!(told(&world, &function, &event(WITHDRAWN, &json!({ "amount": 8333 }))).await, "recorded");
    assert_eq!(entries(&world).await[1..], ["ann 2 refund -33.34 66.66", "ann 3 refund -66.66 0.00"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_dispute_that_is_taken_up_again_after_it_was_won_waits_for_a_person() {
    let (world, function) = world().await;
    paid(&world, &function).await;
    let again = later(won(), "charge.dispute.funds_withdrawn", "needs_response", 86_400);
    for (event, outcome) in
        [(withdrawn(), "recorded"), (won(), "recorded"), (again.clone(), "parked"), (again, "known"), (won(), "known")]
    {
        assert_eq!(told(&world, &function, &event).await, outcome);
    }
    assert_eq!(entries(&world).await.len(), 3);
    assert_eq!(kept(&world).await[0], format!("{DISPUTE} parked taken_again 0.00"));
}
