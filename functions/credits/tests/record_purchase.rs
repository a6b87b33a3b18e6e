//! `POST /api/credits/purchases`: credits that an account owner has paid for.

use serde_json::{Value, json};
use testkit::TestRequest;

use crate::fixtures::{PURCHASES, entries, expect_field, instance, purchase, purchase_of, world};

#[tokio::test]
async fn a_purchase_is_an_entry_and_a_balance() {
    let world = world().await;
    let function = instance(&world).await;
    let mut body = purchase_of("ann", "100");
    body["reference"] = json!("pi_123");
    let entry = function.send(purchase(&world, "k1", &body)).await.expect(201);
    assert!(!entry.headers.contains_key("idempotent-replay"));
    let (id, created_at) = (entry.json["id"].clone(), entry.json["created_at"].clone());
    assert!(id.is_string() && created_at.is_string());
    assert_eq!(
        entry.json,
        json!({
            "id": id,
            "user_id": "auth0|ann",
            "seq": 1,
            "kind": "purchase",
            "amount": "100.00",
            "balance_before": "0.00",
            "balance_after": "100.00",
            "reference": "pi_123",
            "reason": null,
            "refund_of": null,
            "actor": "meter@clients",
            "created_at": created_at,
        })
    );
    function.send(purchase(&world, "k2", &purchase_of("ann", "0.01"))).await.expect(201);
    assert_eq!(entries(&world).await, ["ann 1 purchase 100.00 100.00", "ann 2 purchase 0.01 100.01"]);
    assert_eq!(
        world.one("select total_purchased from public.user_credits where user_id = 'auth0|ann'").await,
        "100.01"
    );
    let audit = "select concat_ws(' ', actor, action, target, before ->> 'balance', after ->> 'balance', after ->> 'entry_id') \
        from app.audit_log where action like 'credits.%' order by id";
    let audit = world.all(audit).await;
    assert_eq!(audit[0], format!("meter@clients credits.purchase auth0|ann 0.00 100.00 {}", id.as_str().unwrap()));
    assert_eq!(audit.len(), 2, "a machine's, once each");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_administrator_may_record_one_and_it_is_audited() {
    let world = world().await;
    let function = instance(&world).await;
    let admin = world.token("auth0|admin");
    let request =
        || TestRequest::post(PURCHASES).bearer(&admin).header("idempotency-key", "k").json(&purchase_of("ann", "5"));
    function.send(request()).await.expect(201);
    function.send(request()).await.expect(201);
    let audit = world
        .all("select action || ' ' || target || ' ' || (before ->> 'balance') || ' ' || (after ->> 'balance') from app.audit_log where actor = 'auth0|admin'")
        .await;
    assert_eq!(audit, ["credits.purchase auth0|ann 0.00 5.00"], "once");
}

#[tokio::test]
async fn who_may_not_is_refused_and_nothing_is_written() {
    let world = world().await;
    let function = instance(&world).await;
    let mut claims = world.claims("auth0|ann");
    claims["permissions"] = json!(["credits:write"]);
    let request = |token: &str| {
        TestRequest::post(PURCHASES).bearer(token).header("idempotency-key", "k").json(&purchase_of("ann", "5"))
    };
    for (token, status, code) in [
        (world.machine_token(&[]), 403, "permission_missing"),
        (world.machine_token(&["usage:write"]), 403, "permission_missing"),
        (world.token("auth0|ann"), 403, "admin_only"),
        (world.key.sign(&claims), 403, "admin_only"),
        (world.token("auth0|nobody"), 403, "account_unknown"),
    ] {
        function.send(request(&token)).await.expect_problem(status, code);
    }
    let unsigned = TestRequest::post(PURCHASES).header("idempotency-key", "k").json(&purchase_of("ann", "5"));
    function.send(unsigned).await.expect_problem(401, "unauthorized");
    assert!(entries(&world).await.is_empty());
}

#[tokio::test]
async fn only_a_living_account_owner_buys() {
    let world = world().await;
    let function = instance(&world).await;
    for name in ["bob", "gone", "tired"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world
        .sql("select set_user_status('auth0|gone', 'deleted'); select set_user_status('auth0|tired', 'suspended')")
        .await;
    for (name, status, code) in
        [("bob", 409, "user_is_member"), ("gone", 409, "user_deleted"), ("nobody", 404, "user_unknown")]
    {
        let response =
            function.send(purchase(&world, name, &purchase_of(name, "5"))).await.expect_problem(status, code);
        if name == "bob" {
            assert!(response.json["detail"].as_str().unwrap().contains("auth0|ann"), "it says where to record it");
        }
    }
    function.send(purchase(&world, "tired", &purchase_of("tired", "5"))).await.expect(201);
    assert_eq!(entries(&world).await, ["tired 1 purchase 5.00 5.00"]);
    // A refusal does not use the key up.
    world.join("bob", "bob").await;
    function.send(purchase(&world, "bob", &purchase_of("bob", "5"))).await.expect(201);
}

#[tokio::test]
async fn a_bad_field_is_a_400_that_names_it_and_writes_nothing() {
    let world = world().await;
    let function = instance(&world).await;
    let cases: [(&str, Value); 16] = [
        ("amount", json!({ "amount": "-5" })),
        ("amount", json!({ "amount": "0" })),
        ("amount", json!({ "amount": "0.00" })),
        ("amount", json!({ "amount": "1.001" })),
        ("amount", json!({ "amount": "10000000.01" })),
        ("amount", json!({ "amount": "1e2" })),
        ("amount", json!({ "amount": "NaN" })),
        ("amount", json!({ "amount": 5 })),
        ("amount", json!({ "amount": 5.5 })),
        ("amount", json!({ "amount": null })),
        ("user_id", json!({ "user_id": "" })),
        ("user_id", json!({ "user_id": "meter@clients" })),
        ("reference", json!({ "reference": "" })),
        ("reference", json!({ "reference": "x".repeat(501) })),
        ("reference", json!({ "reference": "a\u{0}b" })),
        ("currency", json!({ "currency": "USD" })),
    ];
    for (field, change) in cases {
        let mut body = purchase_of("ann", "5");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        expect_field(&function.send(purchase(&world, "k", &body)).await, field, &change);
    }
    assert!(entries(&world).await.is_empty());
}
