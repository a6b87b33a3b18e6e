//! Stripe's events as its documentation has them, complete with all that is not looked at: Ann buys for 125 dollars, of
//! which 25 are tax.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

pub const STRIPE: &str = "/api/payments/stripe";
pub const PARKED: &str = "/api/admin/parked-payments";

pub const COMPLETED: &str = include_str!("payloads/checkout.session.completed.json");
pub const PAID_LATER: &str = include_str!("payloads/checkout.session.async_payment_succeeded.json");
pub const REFUNDED: &str = include_str!("payloads/refund.created.json");
pub const WITHDRAWN: &str = include_str!("payloads/charge.dispute.funds_withdrawn.json");
pub const CLOSED: &str = include_str!("payloads/charge.dispute.closed.json");

/// The payment of these events, and its dispute.
pub const PAYMENT: &str = "pi_3RpA8ZEr3kQnv2Pz0aVw1FhT";
pub const DISPUTE: &str = "du_1RqC2wEr3kQnv2PzVh3kYt0s";

/// A world with an administrator and Ann, and an instance of the function.
pub async fn world() -> (World, Function) {
    let world = World::new().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    (world, function)
}

pub async fn instance(world: &World) -> Function {
    world.function(payments::NAME, payments::routes()).await
}

/// An event, with other members in what it is about.
pub fn event(payload: &str, changes: &Value) -> Value {
    let mut event: Value = serde_json::from_str(payload).unwrap();
    event["data"]["object"].as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    event
}

/// Another payment of this user's.
pub fn checkout(payment: &str, user: &str) -> Value {
    event(COMPLETED, &json!({ "payment_intent": payment, "client_reference_id": user }))
}

/// A refund of Ann's payment.
pub fn refund(id: &str, amount: u64) -> Value {
    event(REFUNDED, &json!({ "id": id, "amount": amount }))
}

/// The same event of another type, so many seconds later.
pub fn later(mut event: Value, kind: &str, status: &str, seconds: i64) -> Value {
    event["type"] = json!(kind);
    event["created"] = json!(event["created"].as_i64().unwrap() + seconds);
    event["data"]["object"]["status"] = json!(status);
    event
}

/// As Stripe sends it: over several lines, and signed.
pub fn delivery(world: &World, event: &Value) -> TestRequest {
    let body = serde_json::to_string_pretty(event).unwrap();
    let request = TestRequest::post(STRIPE).header("content-type", "application/json; charset=utf-8").bytes(body);
    request.signed_as_stripe(world)
}

/// Delivers an event; what became of it.
pub async fn told(world: &World, function: &Function, event: &Value) -> String {
    let answer = function.send(delivery(world, event)).await.expect(200);
    answer.json["outcome"].as_str().unwrap().to_owned()
}

/// Such as `ann 1 purchase 100.00 100.00`: whose, number, kind, amount, balance.
pub async fn entries(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(account_owner_id, 'auth0|', '') || ' ' || seq || ' ' || kind || ' ' || amount || ' ' || balance_after \
             from app.credit_transactions order by account_owner_id, seq",
        )
        .await
}

/// What is kept of payments, refunds and disputes: which, its state, why, and the credits.
pub async fn kept(world: &World) -> Vec<String> {
    world
        .all("select concat_ws(' ', stripe_id, state, reason, credits) from app.stripe_payments order by kind, stripe_id")
        .await
}

pub async fn resolve(world: &World, function: &Function, stripe_id: &str, resolution: &Value) -> TestResponse {
    let id = world.one(&format!("select id from app.stripe_payments where stripe_id = '{stripe_id}'")).await;
    let request = TestRequest::post(&format!("{PARKED}/{id}/resolve")).bearer(&world.token("auth0|admin"));
    function.send(request.json(resolution)).await
}
