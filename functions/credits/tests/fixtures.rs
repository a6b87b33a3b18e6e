//! Requests as these tests need them: `ann` is `auth0|ann`, `admin` an administrator.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

pub const CREDITS: &str = "/api/credits";
pub const TRANSACTIONS: &str = "/api/credits/transactions";
pub const STATEMENTS: &str = "/api/credits/statements";
pub const PURCHASES: &str = "/api/credits/purchases";
pub const ADJUSTMENTS: &str = "/api/credits/adjustments";
pub const POLICY: &str = "/api/credits/policy";
pub const DEFAULT_POLICY: &str = "/api/admin/credit-policy";

/// A world with an administrator and Ann.
pub async fn world() -> World {
    let world = World::new().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    world
}

/// A new instance of `credits`.
pub async fn instance(world: &World) -> Function {
    world.function(credits::NAME, credits::routes()).await
}

pub fn purchase_of(name: &str, amount: &str) -> Value {
    json!({ "user_id": format!("auth0|{name}"), "amount": amount })
}

/// As a payment processor's machine sends it.
pub fn purchase(world: &World, key: &str, body: &Value) -> TestRequest {
    let token = world.machine_token(&["credits:write"]);
    TestRequest::post(PURCHASES).bearer(&token).header("idempotency-key", key).json(body)
}

/// As an administrator sends it.
pub fn adjustment(world: &World, key: &str, body: &Value) -> TestRequest {
    TestRequest::post(ADJUSTMENTS).bearer(&world.token("auth0|admin")).header("idempotency-key", key).json(body)
}

/// As that user sets a policy; `query` names another account.
pub fn policy(world: &World, name: &str, query: &str, body: &Value) -> TestRequest {
    let token = world.token(&format!("auth0|{name}"));
    TestRequest::new(Method::PUT, &format!("{POLICY}{query}")).bearer(&token).json(body)
}

/// As an administrator sets Ann's policy.
pub async fn anns_policy_is(world: &World, function: &Function, body: &Value) {
    function.send(policy(world, "admin", "?user_id=auth0%7Cann", body)).await.expect(200);
}

/// Ann buys so much, once for each amount; the entry.
pub async fn bought(world: &World, function: &Function, amount: &str) -> Value {
    let key = format!("bought-{amount}");
    function.send(purchase(world, &key, &purchase_of("ann", amount))).await.expect(201).json
}

/// What an account has used costs so many dollars, on that day before today.
pub async fn used(world: &World, name: &str, days_ago: u32, dollars: &str) {
    world
        .sql(&format!(
            "insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test') on conflict do nothing; \
             select record_usage(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
               'input', jsonb_build_object('readings', jsonb_build_array(jsonb_build_object( \
                 'index', 0, 'source', 's', 'user_id', 'auth0|{name}', 'cpu_hours', {dollars}, 'gpu_hours', 0, 'storage_gb', 0, \
                 'window_start', (date_trunc('day', app.now() at time zone 'UTC') - interval '{days_ago} days') at time zone 'UTC', \
                 'window_end', (date_trunc('day', app.now() at time zone 'UTC') - interval '{days_ago} days') at time zone 'UTC' + interval '1 second')))))"
        ))
        .await;
}

pub async fn entries(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(account_owner_id, 'auth0|', '') || ' ' || seq || ' ' || kind || ' ' || amount || ' ' || balance_after \
             from app.credit_transactions order by account_owner_id, seq",
        )
        .await
}

/// Asserts that an answer is a 400 that names this field.
#[track_caller]
pub fn expect_field(response: &TestResponse, field: &str, what: &Value) {
    assert_eq!((response.status, response.field()), (400, field), "{what}: {}", response.text);
}
