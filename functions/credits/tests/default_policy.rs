//! `GET` and `PUT /api/admin/credit-policy`: what holds for accounts that have no policy of their own.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{DEFAULT_POLICY, anns_policy_is, expect_field, instance, world};

async fn set(world: &World, function: &Function, name: &str, body: &Value) -> TestResponse {
    let token = world.token(&format!("auth0|{name}"));
    function.send(TestRequest::new(Method::PUT, DEFAULT_POLICY).bearer(&token).json(body)).await
}

#[tokio::test]
async fn it_is_set_and_seen_and_gets_to_accounts_that_do_not_differ_within_a_day() {
    let world = world().await;
    world.sign_up("bob").await;
    let function = instance(&world).await;
    anns_policy_is(&world, &function, &json!({ "warn_below": "7" })).await;
    let told = set(&world, &function, "admin", &json!({ "warn_below": "20", "grace_days": 30 })).await.expect(200).json;
    assert_eq!(
        told,
        json!({
            "own": { "warn_below": "20.00", "overdraft": null, "grace_days": 30, "projects_when_exhausted": null },
            "in_force": { "warn_below": "20.00", "overdraft": "0.00", "grace_days": 30, "projects_when_exhausted": null },
        })
    );
    let get = TestRequest::get(DEFAULT_POLICY).bearer(&world.token("auth0|admin"));
    assert_eq!(function.send(get).await.expect(200).json, told);
    world.sql("select review_accounts('{\"caller\": {\"must_be\": \"schedule\"}}')").await;
    let goes_by = "select string_agg(concat_ws(' ', user_id, warn_below, grace_days), ', ' order by user_id) \
                   from public.user_credits where user_id <> 'auth0|admin'";
    assert_eq!(world.one(goes_by).await, "auth0|ann 7.00 30, auth0|bob 20.00 30");
    // What is left out is as at first.
    let told = set(&world, &function, "admin", &json!({})).await.expect(200).json;
    assert_eq!((&told["in_force"]["warn_below"], &told["in_force"]["grace_days"]), (&json!("10.00"), &json!(14)));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_change_is_audited_once_and_only_administrators_make_one() {
    let world = world().await;
    let function = instance(&world).await;
    set(&world, &function, "ann", &json!({ "warn_below": "20" })).await.expect_problem(403, "admin_only");
    for _ in 0..2 {
        set(&world, &function, "admin", &json!({ "warn_below": "20" })).await.expect(200);
    }
    let audit = "select concat_ws(' ', actor, target, before #>> '{in_force,warn_below}', after #>> '{in_force,warn_below}') \
        from app.audit_log where action = 'credits.default_policy'";
    assert_eq!(world.all(audit).await, ["auth0|admin default 10.00 20.00"]);
}

#[tokio::test]
async fn a_bad_field_is_a_400_that_names_it() {
    let world = world().await;
    let function = instance(&world).await;
    for (field, value) in [
        ("warn_below", json!("-1")),
        ("overdraft", json!("1.001")),
        ("grace_days", json!(3651)),
        ("projects_when_exhausted", json!(1001)),
        ("monthly_cap", json!("5")),
    ] {
        let body = json!({ field: value });
        expect_field(&set(&world, &function, "admin", &body).await, field, &body);
    }
}
