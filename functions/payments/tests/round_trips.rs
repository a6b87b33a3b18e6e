//! Every delivery is one round trip to the database, or none, and money that was moved is not moved twice.

use serde_json::json;
use testkit::{TestRequest, proxy::Proxy};

use crate::fixtures::{COMPLETED, PARKED, WITHDRAWN, checkout, delivery, entries, event, later, refund, world};

#[tokio::test]
async fn every_warm_request_is_one_round_trip_and_what_moves_nothing_is_none() {
    let (world, _) = world().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, payments::NAME, payments::routes()).await;
    let dispute = event(WITHDRAWN, &json!({ "amount": 10_000 }));
    let won = later(dispute.clone(), "charge.dispute.closed", "won", 1);
    for (what, event, round_trips) in [
        ("a refund that waits", refund("re_1", 2500), 1),
        ("a payment with a refund that waits", event(COMPLETED, &json!({})), 1),
        ("a payment again", event(COMPLETED, &json!({})), 1),
        ("a dispute", dispute, 1),
        ("a dispute that is won", won, 1),
        ("a payment of nobody's", checkout("pi_2", "auth0|nobody"), 1),
        ("an event of another type", later(refund("re_2", 1), "charge.refunded", "succeeded", 0), 0),
    ] {
        let before = proxy.round_trips();
        function.send(delivery(&world, &event)).await.expect(200);
        assert_eq!(proxy.round_trips() - before, round_trips, "{what}");
    }
    let id = world.one("select id from app.stripe_payments where state = 'parked'").await;
    let admin = world.token("auth0|admin");
    let resolution = json!({ "user_id": "auth0|ann", "reason": "r" });
    for request in [
        TestRequest::get(PARKED).bearer(&admin),
        TestRequest::post(&format!("{PARKED}/{id}/resolve")).bearer(&admin).json(&resolution),
    ] {
        let before = proxy.round_trips();
        function.send(request).await.expect(200);
        assert_eq!(proxy.round_trips() - before, 1);
    }
    assert_eq!(proxy.connections(), 1, "the connection was kept");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_repeated_and_done_once() {
    let (world, _) = world().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, payments::NAME, payments::routes()).await;
    for event in [event(COMPLETED, &json!({})), refund("re_1", 2500), checkout("pi_2", "auth0|nobody")] {
        proxy.lose_next_answers();
        function.send(delivery(&world, &event)).await.expect(200);
    }
    let id = world.one("select id from app.stripe_payments where state = 'parked'").await;
    let request = TestRequest::post(&format!("{PARKED}/{id}/resolve")).bearer(&world.token("auth0|admin"));
    proxy.lose_next_answers();
    function.send(request.json(&json!({ "user_id": "auth0|ann", "reason": "r" }))).await.expect(200);
    let expected = ["ann 1 purchase 100.00 100.00", "ann 2 refund -20.00 80.00", "ann 3 purchase 100.00 180.00"];
    assert_eq!(entries(&world).await, expected);
    world.assert_sound().await;
}
