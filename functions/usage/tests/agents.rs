//! An agent's token, whose subject looks like anybody's: its permissions are those of a machine.

use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::fixtures::{RATES, USAGE, instance, reading, world};

/// A token of this subject by client credentials.
fn agent(world: &World, sub: &str, permissions: &Value) -> String {
    let mut claims = world.claims(sub);
    claims["gty"] = json!("client-credentials");
    claims["permissions"] = permissions.clone();
    world.key.sign(&claims)
}

fn batch(token: &str) -> TestRequest {
    TestRequest::post(USAGE).bearer(token).json(&json!({ "readings": [reading("ann", "2026-07-14", "1")] }))
}

#[tokio::test]
async fn an_agent_may_what_its_permissions_say() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    let recorded = function.send(batch(&agent(&world, "agt_meter", &json!(["usage:write"])))).await.expect(200).json;
    assert_eq!(recorded["created"], 1);
    for permissions in [json!([]), json!(["credits:write"])] {
        let refused = function.send(batch(&agent(&world, "agt_meter", &permissions))).await;
        refused.expect_problem(403, "permission_missing");
    }
    let prices = TestRequest::get(RATES).bearer(&agent(&world, "auth0|admin", &json!(["usage:write"])));
    function.send(prices).await.expect_problem(403, "person_only");
    assert_eq!(world.one("select count(*) from public.users").await, "1");
}

/// What cannot be stored as an actor is refused before the database sees it.
#[tokio::test]
async fn a_machine_whose_name_cannot_be_kept_is_refused() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    for sub in ["agt\0@clients".to_owned(), "a\nb@clients".to_owned(), format!("{}@clients", "m".repeat(250))] {
        let refused = function.send(batch(&agent(&world, &sub, &json!(["usage:write"])))).await;
        refused.expect_problem(403, "subject_unusable");
    }
}
