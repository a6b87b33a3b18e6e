//! `POST /api/credits/adjustments`: signed corrections with a reason, and refunds that never exceed their purchase.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{TestRequest, at_once};

use crate::fixtures::{
    ADJUSTMENTS, adjustment, bought, entries, expect_field, instance, purchase, purchase_of, used, world,
};

fn of_ann(amount: &str) -> Value {
    json!({ "user_id": "auth0|ann", "amount": amount, "reason": "goodwill" })
}

fn refund(purchase: &Value, amount: &str) -> Value {
    json!({ "user_id": "auth0|ann", "amount": amount, "reason": "returned", "refund_of": purchase["id"] })
}

#[tokio::test]
async fn an_adjustment_adds_or_takes_and_is_audited() {
    let world = world().await;
    let function = instance(&world).await;
    let entry = function.send(adjustment(&world, "a", &of_ann("12.5"))).await.expect(201).json;
    assert_eq!(
        (&entry["kind"], &entry["amount"], &entry["reason"]),
        (&json!("adjustment"), &json!("12.50"), &json!("goodwill"))
    );
    function.send(adjustment(&world, "b", &of_ann("-20"))).await.expect(201);
    assert_eq!(entries(&world).await, ["ann 1 adjustment 12.50 12.50", "ann 2 adjustment -20.00 -7.50"]);
    let audit = world
        .all("select action || ' ' || target || ' ' || (before ->> 'balance') || ' ' || (after ->> 'balance') from app.audit_log where action like 'credits%' order by id")
        .await;
    assert_eq!(audit, ["credits.adjustment auth0|ann 0.00 12.50", "credits.adjustment auth0|ann 12.50 -7.50"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn refunds_return_a_purchase_and_no_more_than_it() {
    let world = world().await;
    let function = instance(&world).await;
    let first = bought(&world, &function, "10").await;
    bought(&world, &function, "100").await;
    used(&world, "ann", 1, "109").await;
    let entry = function.send(adjustment(&world, "a", &refund(&first, "-6"))).await.expect(201).json;
    assert_eq!((&entry["kind"], &entry["refund_of"]), (&json!("refund"), &first["id"]));
    let exceeds = function.send(adjustment(&world, "b", &refund(&first, "-4.01"))).await;
    let exceeds = exceeds.expect_problem(409, "refund_exceeds_purchase");
    assert!(exceeds.json["detail"].as_str().unwrap().contains("4.00"), "{}", exceeds.text);
    function.send(adjustment(&world, "c", &refund(&first, "-4"))).await.expect(201);
    function
        .send(adjustment(&world, "d", &refund(&first, "-0.01")))
        .await
        .expect_problem(409, "refund_exceeds_purchase");
    let totals = "select balance || ' ' || total_purchased || ' ' || total_adjusted || ' ' || total_used from public.user_credits where user_id = 'auth0|ann'";
    assert_eq!(world.one(totals).await, "-9.00 100.00 0.00 109.00");
    world.assert_sound().await;
}

#[tokio::test]
async fn refunds_of_one_purchase_at_once_do_not_exceed_it() {
    let world = world().await;
    let function = instance(&world).await;
    let first = bought(&world, &function, "10").await;
    let mut instances = Vec::new();
    let mut requests = Vec::new();
    for number in 0..8 {
        instances.push(Arc::new(instance(&world).await));
        requests.push(adjustment(&world, &format!("k{number}"), &refund(&first, "-3")));
    }
    let responses = at_once(instances, requests).await;
    let with = |status| responses.iter().filter(|response| response.status == status).count();
    assert_eq!((with(201), with(409)), (3, 5));
    world.assert_sound().await;
}

#[tokio::test]
async fn only_a_purchase_of_that_account_can_be_returned() {
    let world = world().await;
    world.sign_up("bob").await;
    let function = instance(&world).await;
    let of_bob = function.send(purchase(&world, "bob", &purchase_of("bob", "10"))).await.expect(201).json;
    let adjusted = function.send(adjustment(&world, "a", &of_ann("10"))).await.expect(201).json;
    let unknown = json!({ "id": "11111111-1111-4111-8111-111111111111" });
    for (key, entry) in [("b", &of_bob), ("c", &adjusted), ("d", &unknown)] {
        function.send(adjustment(&world, key, &refund(entry, "-1"))).await.expect_problem(404, "purchase_unknown");
    }
    let nobody = json!({ "user_id": "auth0|nobody", "amount": "1", "reason": "r" });
    function.send(adjustment(&world, "e", &nobody)).await.expect_problem(404, "user_unknown");
    assert_eq!(entries(&world).await.len(), 2);
}

#[tokio::test]
async fn a_member_and_a_deleted_account_can_still_be_put_right() {
    let world = world().await;
    for name in ["bob", "gone"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world.sql("select set_user_status('auth0|gone', 'deleted')").await;
    let function = instance(&world).await;
    for name in ["bob", "gone"] {
        let body = json!({ "user_id": format!("auth0|{name}"), "amount": "-1", "reason": "r" });
        function.send(adjustment(&world, name, &body)).await.expect(201);
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn a_bad_field_is_a_400_and_only_administrators_adjust() {
    let world = world().await;
    let function = instance(&world).await;
    let first = bought(&world, &function, "10").await;
    for (field, body) in [
        ("amount", of_ann("0")),
        ("amount", of_ann("1.234")),
        ("amount", refund(&first, "1")),
        ("reason", json!({ "user_id": "auth0|ann", "amount": "1" })),
        ("reason", json!({ "user_id": "auth0|ann", "amount": "1", "reason": "  " })),
        ("refund_of", json!({ "user_id": "auth0|ann", "amount": "-1", "reason": "r", "refund_of": "1" })),
        ("user_id", json!({ "amount": "-1", "reason": "r" })),
        ("kind", json!({ "user_id": "auth0|ann", "amount": "1", "reason": "r", "kind": "purchase" })),
    ] {
        expect_field(&function.send(adjustment(&world, "k", &body)).await, field, &body);
    }
    for (token, status, code) in
        [(world.token("auth0|ann"), 403, "admin_only"), (world.machine_token(&["credits:write"]), 403, "person_only")]
    {
        let request = TestRequest::post(ADJUSTMENTS).bearer(&token).header("idempotency-key", "k").json(&of_ann("1"));
        function.send(request).await.expect_problem(status, code);
    }
    assert_eq!(entries(&world).await.len(), 1);
}
