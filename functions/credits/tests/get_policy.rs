//! `GET /api/credits/policy`: what an account's balance does.

use serde_json::json;
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{POLICY, anns_policy_is, instance, world};

async fn get(world: &World, function: &Function, name: &str, query: &str) -> TestResponse {
    function.send(TestRequest::get(&format!("{POLICY}{query}")).bearer(&world.token(&format!("auth0|{name}")))).await
}

#[tokio::test]
async fn an_account_without_a_policy_has_what_holds_for_everybody() {
    let world = world().await;
    let function = instance(&world).await;
    let nothing = json!({
        "warn_below": null, "overdraft": null, "grace_days": null, "projects_when_exhausted": null, "monthly_cap": null,
    });
    let at_first = json!({
        "warn_below": "10.00", "overdraft": "0.00", "grace_days": 14, "projects_when_exhausted": null, "monthly_cap": null,
    });
    assert_eq!(
        get(&world, &function, "ann", "").await.expect(200).json,
        json!({ "user_id": "auth0|ann", "own": nothing, "in_force": at_first })
    );
    world.sql("insert into app.default_credit_policy (warn_below, grace_days) values (20, 30)").await;
    assert_eq!(
        get(&world, &function, "ann", "").await.expect(200).json["in_force"],
        json!({
            "warn_below": "20.00", "overdraft": "0.00", "grace_days": 30, "projects_when_exhausted": null, "monthly_cap": null,
        })
    );
}

#[tokio::test]
async fn members_see_none_and_an_administrator_sees_anybodys() {
    let world = world().await;
    for name in ["bob", "carla"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    anns_policy_is(&world, &function, &json!({ "overdraft": "7" })).await;
    for query in ["", "?user_id=auth0%7Cbob", "?user_id=auth0%7Cann"] {
        get(&world, &function, "bob", query).await.expect_problem(403, "billing_owner_only");
    }
    get(&world, &function, "carla", "?user_id=auth0%7Cann").await.expect_problem(404, "user_unknown");
    let seen = get(&world, &function, "admin", "?user_id=auth0%7Cann").await.expect(200).json;
    assert_eq!((&seen["user_id"], &seen["own"]["overdraft"]), (&json!("auth0|ann"), &json!("7.00")));
    get(&world, &function, "admin", "?user_id=auth0%7Cnobody").await.expect_problem(404, "user_unknown");
}
