//! `PUT /api/credits/policy`: an owner sets the warning and the cap, an administrator all of it.

use serde_json::{Value, json};
use testkit::TestRequest;

use crate::fixtures::{POLICY, anns_policy_is, expect_field, instance, policy, world};

#[tokio::test]
async fn an_owner_sets_when_they_are_warned_and_what_a_month_may_cost() {
    let world = world().await;
    let function = instance(&world).await;
    let set = json!({ "warn_below": "25", "monthly_cap": "199.9" });
    let answer = function.send(policy(&world, "ann", "", &set)).await.expect(200).json;
    assert_eq!(
        answer,
        json!({
            "user_id": "auth0|ann",
            "own": {
                "warn_below": "25.00", "overdraft": null, "grace_days": null, "projects_when_exhausted": null,
                "monthly_cap": "199.90",
            },
            "in_force": {
                "warn_below": "25.00", "overdraft": "0.00", "grace_days": 14, "projects_when_exhausted": null,
                "monthly_cap": "199.90",
            },
        })
    );
    let seen = function.send(TestRequest::get(POLICY).bearer(&world.token("auth0|ann"))).await.expect(200).json;
    assert_eq!(seen, answer);
    // What is left out is as the default says.
    let answer = function.send(policy(&world, "ann", "", &json!({}))).await.expect(200).json;
    assert_eq!(
        (&answer["in_force"]["warn_below"], &answer["in_force"]["monthly_cap"]),
        (&json!("10.00"), &Value::Null)
    );
    assert_eq!(world.one("select count(*) from app.credit_policies").await, "0");
    assert_eq!(world.one("select count(*) from app.audit_log where action = 'credits.policy'").await, "0");
    world.assert_sound().await;
}

#[tokio::test]
async fn how_far_and_how_long_without_paying_is_an_administrators_to_say() {
    let world = world().await;
    let function = instance(&world).await;
    let said = json!({ "overdraft": "50", "grace_days": 3, "projects_when_exhausted": 0 });
    anns_policy_is(&world, &function, &said).await;
    for (field, other) in [
        ("overdraft", json!("50.01")),
        ("overdraft", json!("0")),
        ("grace_days", json!(4)),
        ("projects_when_exhausted", json!(1)),
    ] {
        let refused = function.send(policy(&world, "ann", "", &json!({ "warn_below": "1", field: other }))).await;
        let refused = refused.expect_problem(403, "policy_field_admin_only");
        assert!(refused.json["detail"].as_str().unwrap().starts_with(&format!("{field}: ")), "{}", refused.text);
    }
    // As it is, is no other value.
    let mut same = said.clone();
    same["warn_below"] = json!("1");
    let kept = json!({
        "warn_below": "1.00", "overdraft": "50.00", "grace_days": 3, "projects_when_exhausted": 0, "monthly_cap": null,
    });
    for body in [same, json!({ "warn_below": "1" })] {
        assert_eq!(function.send(policy(&world, "ann", "", &body)).await.expect(200).json["own"], kept, "{body}");
    }
    // What is in force by the default may be sent too, and is not made the account's own.
    anns_policy_is(&world, &function, &json!({})).await;
    let in_force = json!({ "overdraft": "0.00", "grace_days": 14 });
    let answer = function.send(policy(&world, "ann", "", &in_force)).await.expect(200).json;
    assert_eq!((&answer["own"]["overdraft"], &answer["own"]["grace_days"]), (&Value::Null, &Value::Null));
    world.assert_sound().await;
}

#[tokio::test]
async fn an_administrators_change_is_audited_once() {
    let world = world().await;
    let function = instance(&world).await;
    for _ in 0..2 {
        anns_policy_is(&world, &function, &json!({ "overdraft": "50" })).await;
    }
    let audit = "select concat_ws(' ', actor, target, before #>> '{in_force,overdraft}', after #>> '{in_force,overdraft}') \
        from app.audit_log where action = 'credits.policy'";
    assert_eq!(world.all(audit).await, ["auth0|admin auth0|ann 0.00 50.00"]);
}

#[tokio::test]
async fn only_owners_and_administrators_set_a_policy() {
    let world = world().await;
    for name in ["bob", "carla"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    let body = json!({ "warn_below": "1" });
    for (name, query, status, code) in [
        ("bob", "", 403, "billing_owner_only"),
        ("bob", "?user_id=auth0%7Cann", 403, "billing_owner_only"),
        ("carla", "?user_id=auth0%7Cann", 404, "user_unknown"),
        ("admin", "?user_id=auth0%7Cnobody", 404, "user_unknown"),
    ] {
        function.send(policy(&world, name, query, &body)).await.expect_problem(status, code);
    }
    assert_eq!(world.one("select count(*) from app.credit_policies").await, "0");
    // Of their own account they may set all.
    function.send(policy(&world, "admin", "", &json!({ "overdraft": "1" }))).await.expect(200);
}

#[tokio::test]
async fn a_bad_field_is_a_400_that_names_it() {
    let world = world().await;
    let function = instance(&world).await;
    for (field, value) in [
        ("warn_below", json!("-1")),
        ("warn_below", json!("1.001")),
        ("warn_below", json!("10000000.01")),
        ("warn_below", json!(5)),
        ("monthly_cap", json!("0")),
        ("monthly_cap", json!("0.00")),
        ("monthly_cap", json!("1e2")),
        ("overdraft", json!("NaN")),
        ("grace_days", json!(-1)),
        ("grace_days", json!(3651)),
        ("grace_days", json!(1.5)),
        ("projects_when_exhausted", json!(1001)),
        ("projects_when_exhausted", json!("1")),
        ("currency", json!("USD")),
    ] {
        let body = json!({ field: value });
        expect_field(&function.send(policy(&world, "admin", "", &body)).await, field, &body);
    }
    assert_eq!(world.one("select count(*) from app.credit_policies").await, "0");
}
