//! `POST /api/admin/parked-payments/{id}/resolve`: a person decides about a payment.

use serde_json::{Value, json};
use testkit::{Function, World};

use crate::fixtures::{COMPLETED, PAYMENT, REFUNDED, entries, event, kept, later, refund, resolve, told, world};

async fn parked(world: &World, function: &Function, change: &Value) {
    assert_eq!(told(world, function, &event(COMPLETED, change)).await, "parked");
}

fn nobodys() -> Value {
    json!({ "client_reference_id": "auth0|nobody" })
}

#[tokio::test]
async fn a_parked_payment_is_credited_to_the_account_that_an_administrator_names_with_what_came_back_of_it() {
    let (world, function) = world().await;
    parked(&world, &function, &nobodys()).await;
    told(&world, &function, &refund("re_1", 2500)).await;
    let resolution = json!({ "user_id": "auth0|ann", "reason": "Ann paid with another sign-in" });
    let answer = resolve(&world, &function, PAYMENT, &resolution).await.expect(200);
    assert_eq!((&answer.json["state"], &answer.json["user_id"]), (&json!("recorded"), &json!("auth0|ann")));
    assert_eq!((&answer.json["credits"], &answer.json["reason"]), (&json!("100.00"), &json!("user_unknown")));
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 refund -20.00 80.00"]);
    let entry = "select concat_ws(' ', idempotency_key, reason, actor) from app.credit_transactions where seq = 1";
    assert_eq!(world.one(entry).await, format!("stripe:{PAYMENT} Ann paid with another sign-in auth0|admin"));
    let audit =
        "select concat_ws(' ', actor, action, target) from app.audit_log where action like 'credits.%' order by id";
    assert_eq!(
        world.all(audit).await,
        ["auth0|admin credits.purchase auth0|ann", "auth0|admin credits.refund auth0|ann"]
    );
    // What Stripe tells of it from now on finds it credited.
    assert_eq!(told(&world, &function, &event(COMPLETED, &nobodys())).await, "known");
    assert_eq!(told(&world, &function, &refund("re_2", 10_000)).await, "recorded");
    assert_eq!(entries(&world).await.last().unwrap(), "ann 3 refund -80.00 0.00");
    resolve(&world, &function, PAYMENT, &resolution).await.expect_problem(409, "payment_not_parked");
    let counts = function.log.lines().iter().rev().find_map(|line| line["parked_payments"].as_u64());
    assert_eq!(counts, Some(0), "so that the alarm ends");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_is_not_in_dollars_is_credited_with_what_the_administrator_says() {
    let (world, function) = world().await;
    parked(&world, &function, &json!({ "currency": "eur" })).await;
    let mut resolution = json!({ "user_id": "auth0|ann", "reason": "by the rate of that day" });
    resolve(&world, &function, PAYMENT, &resolution).await.expect_problem(409, "credits_missing");
    resolution["credits"] = json!("115.20");
    resolve(&world, &function, PAYMENT, &resolution).await.expect(200);
    assert_eq!(told(&world, &function, &event(REFUNDED, &json!({ "currency": "eur" }))).await, "recorded");
    assert_eq!(entries(&world).await, ["ann 1 purchase 115.20 115.20", "ann 2 refund -23.04 92.16"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_was_returned_is_credited_to_nobody() {
    let (world, function) = world().await;
    parked(&world, &function, &nobodys()).await;
    let resolution = json!({ "returned": true, "reason": "by bank transfer" });
    let answer = resolve(&world, &function, PAYMENT, &resolution).await.expect(200);
    assert_eq!(answer.json["state"], "returned");
    assert!(answer.json["resolved_at"].is_string());
    let audit = "select concat_ws(' ', actor, action, target, after) from app.audit_log where action like 'payments.%'";
    let said = r#"{"reason": "by bank transfer", "parked_as": "user_unknown"}"#;
    assert_eq!(world.all(audit).await, [format!("auth0|admin payments.return {PAYMENT} {said}")]);
    assert_eq!(told(&world, &function, &refund("re_1", 12_500)).await, "recorded");
    assert!(entries(&world).await.is_empty());
}

#[tokio::test]
async fn only_an_account_that_buys_gets_a_payment_and_only_a_payment_is_credited() {
    let (world, function) = world().await;
    for name in ["bob", "gone"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world.sql("select set_user_status('auth0|gone', 'deleted')").await;
    parked(&world, &function, &nobodys()).await;
    for (user, status, code) in [
        ("auth0|nobody", 404, "user_unknown"),
        ("auth0|gone", 409, "user_deleted"),
        ("auth0|bob", 409, "user_is_member"),
    ] {
        let resolution = json!({ "user_id": user, "reason": "r" });
        resolve(&world, &function, PAYMENT, &resolution).await.expect_problem(status, code);
    }
    let worthless = json!({ "payment_intent": "pi_2", "total_details": { "amount_tax": 12500 } });
    parked(&world, &function, &worthless).await;
    let to_ann = json!({ "user_id": "auth0|ann", "reason": "r" });
    resolve(&world, &function, "pi_2", &to_ann).await.expect_problem(409, "credits_missing");

    assert_eq!(told(&world, &function, &event(COMPLETED, &json!({ "payment_intent": "pi_3" }))).await, "recorded");
    let too_much = event(REFUNDED, &json!({ "id": "re_3", "payment_intent": "pi_3", "amount": 12501 }));
    assert_eq!(told(&world, &function, &too_much).await, "parked");
    resolve(&world, &function, "re_3", &to_ann).await.expect_problem(409, "refund_not_creditable");
    resolve(&world, &function, "re_3", &json!({ "returned": true, "reason": "r" })).await.expect(200);
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00"]);
}

#[tokio::test]
async fn a_payment_that_the_ledger_has_in_another_way_is_not_credited_again() {
    let (world, function) = world().await;
    world
        .sql(&format!(
            "select record_purchase(jsonb_build_object( \
               'caller', '{{\"sub\": \"shop@clients\", \"must_be\": \"machine\"}}'::jsonb, \
               'input', jsonb_build_object('user_id', 'auth0|ann', 'amount', '125.00', 'idempotency_key', 'stripe:{PAYMENT}', \
                 'body_sha256', encode(sha256('k'), 'hex'))))"
        ))
        .await;
    parked(&world, &function, &json!({})).await;
    assert_eq!(told(&world, &function, &refund("re_1", 2500)).await, "parked", "a person has to decide about it too");
    let to_ann = json!({ "user_id": "auth0|ann", "reason": "r" });
    resolve(&world, &function, PAYMENT, &to_ann).await.expect_problem(409, "payment_already_recorded");
    resolve(&world, &function, PAYMENT, &json!({ "returned": true, "reason": "r" })).await.expect(200);
    assert_eq!(kept(&world).await[1], "re_1 parked recorded_otherwise 0.00");
    assert_eq!(entries(&world).await, ["ann 1 purchase 125.00 125.00"]);
}

#[tokio::test]
async fn a_decision_that_is_none_is_a_400_that_names_the_field() {
    let (world, function) = world().await;
    parked(&world, &function, &nobodys()).await;
    for (field, resolution) in [
        ("user_id", json!({ "reason": "r" })),
        ("user_id", json!({ "returned": false, "reason": "r" })),
        ("user_id", json!({ "user_id": "auth0|ann", "returned": true, "reason": "r" })),
        ("credits", json!({ "returned": true, "credits": "1", "reason": "r" })),
        ("credits", json!({ "user_id": "auth0|ann", "credits": "-1", "reason": "r" })),
        ("reason", json!({ "user_id": "auth0|ann" })),
        ("reason", json!({ "user_id": "auth0|ann", "reason": "" })),
        ("user_id", json!({ "user_id": "meter@clients", "reason": "r" })),
        ("note", json!({ "user_id": "auth0|ann", "reason": "r", "note": "n" })),
    ] {
        let answer = resolve(&world, &function, PAYMENT, &resolution).await.expect_problem(400, "invalid_body");
        assert!(
            answer.field().contains(field) || answer.json["detail"].as_str().unwrap().contains(field),
            "{resolution}"
        );
    }
    let unknown = testkit::TestRequest::post("/api/admin/parked-payments/8e2f5b14-7c63-4d9a-b1f0-2a4c6e8d0b35/resolve");
    let request = unknown.bearer(&world.token("auth0|admin")).json(&json!({ "returned": true, "reason": "r" }));
    function.send(request).await.expect_problem(404, "payment_unknown");
}

#[tokio::test]
async fn a_refund_that_fails_after_a_person_had_decided_is_parked() {
    let (world, function) = world().await;
    let nobodys = event(COMPLETED, &json!({ "client_reference_id": "auth0|nobody" }));
    assert_eq!(told(&world, &function, &nobodys).await, "parked");
    resolve(&world, &function, PAYMENT, &json!({ "returned": true, "reason": "nobody's" })).await.expect(200);
    let returned = refund("re_1", 12500);
    assert_eq!(told(&world, &function, &returned).await, "recorded");
    told(&world, &function, &later(returned, "refund.failed", "failed", 60)).await;
    assert_eq!(
        kept(&world).await,
        [format!("{PAYMENT} returned user_unknown 0.00"), "re_1 parked given_back 0.00".to_owned()]
    );
    assert_eq!(entries(&world).await, Vec::<String>::new());
}
