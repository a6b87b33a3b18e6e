//! Whose a token is: subjects that no account can have, and agents, which are machines.

use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::logins::{PATH, instance};

const ME: &str = "/api/auth/me";

/// Every way to come with a token.
fn requests() -> [TestRequest; 3] {
    [TestRequest::post(PATH), TestRequest::post(ME), TestRequest::get(ME)]
}

/// A token of this subject, with further claims.
fn token(world: &World, sub: &str, more: &Value) -> String {
    let mut claims = world.claims(sub);
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.key.sign(&claims)
}

async fn nobody_was_written(world: &World) {
    assert_eq!(world.one("select count(*) from public.users").await, "0");
    assert_eq!(world.one("select current_users from public.hopsworks_clusters").await, "0");
}

#[tokio::test]
async fn a_subject_that_no_account_can_have_is_told_who_can_mend_it() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    let subjects = [
        format!("samlp|campus|{}", "a".repeat(256)),
        "ë".repeat(256),
        "auth0|ann\0".to_owned(),
        "samlp|corp|a\nb".to_owned(),
        "samlp|corp|a\u{7f}b".to_owned(),
        "samlp|corp|a\u{85}b".to_owned(),
        format!("{}@clients", "a".repeat(256)),
    ];
    for sub in &subjects {
        for request in requests() {
            let request = request.bearer(&token(&world, sub, &json!({})));
            let refused = function.send(request).await.expect_problem(403, "subject_unusable");
            let detail = refused.json["detail"].as_str().unwrap();
            assert!(detail.contains("administrator") && !detail.contains("Sign in again"), "{detail}");
        }
    }
    nobody_was_written(&world).await;
}

#[tokio::test]
async fn a_subject_of_255_characters_is_an_account() {
    let world = World::new().await;
    let function = instance(&world).await;
    for sub in ["a".repeat(255), "ë".repeat(255)] {
        for request in requests() {
            let user = function.send(request.bearer(&world.token(&sub))).await.expect(200).json;
            assert_eq!(user["id"], sub.as_str());
        }
    }
}

#[tokio::test]
async fn an_agent_is_a_machine_and_gets_no_account() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    for marks in [
        json!({ "gty": "client-credentials" }),
        json!({ "gty": ["client-credentials"] }),
        json!({ "gty": "client_credentials" }),
        json!({ "sub_profile": "ai_agent" }),
        json!({ "sub_profile": "service ai_agent" }),
        json!({ "sub_profile": ["ai_agent"] }),
        json!({ "sub_profile": "user ai_agent" }),
        json!({ "sub_profile": "service" }),
        json!({ "azp": "agt_meter" }),
        json!({ "client_id": "agt_meter" }),
    ] {
        for request in requests() {
            let response = function.send(request.bearer(&token(&world, "agt_meter", &marks))).await;
            assert_eq!((response.status, &response.json["code"]), (403, &json!("person_only")), "{marks}");
        }
    }
    nobody_was_written(&world).await;
}

#[tokio::test]
async fn a_person_for_whom_an_agent_acts_stays_a_person() {
    let world = World::new().await;
    let function = instance(&world).await;
    for marks in [
        json!({ "act": { "sub": "agt_helper", "sub_profile": "ai_agent" } }),
        json!({ "sub_profile": "user", "client_profile": "ai_agent", "client_id": "agt_helper" }),
        json!({ "gty": "password" }),
        json!({ "gty": ["authorization_code", "refresh_token"] }),
        json!({ "gty": 7, "sub_profile": null }),
    ] {
        for request in requests() {
            let response = function.send(request.bearer(&token(&world, "auth0|ann", &marks))).await;
            assert_eq!(
                (response.status, &response.json["id"]),
                (200, &json!("auth0|ann")),
                "{marks}: {}",
                response.text
            );
        }
    }
}
