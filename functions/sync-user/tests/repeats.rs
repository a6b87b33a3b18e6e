//! A login whose answer is lost is reported again by the door, and answered as the first time.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{Function, TestRequest, World, at_once, proxy::Proxy};

use crate::logins::{PATH, event, instance, sign_up, signed};

/// Sends each request on a connection that takes it and gives nothing back; what the answers say of the login.
async fn answers_lost(world: &World, requests: Vec<TestRequest>) -> Vec<Value> {
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function: Function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    let mut answers = Vec::new();
    for request in requests {
        let before = proxy.connections();
        proxy.lose_next_answers();
        let user = function.send(request).await.expect(200).json;
        assert_eq!(proxy.connections(), before + 1, "the door has repeated the call");
        answers.push(json!([user["created"], user["replayed"], user["profile"], user["login_count"]]));
    }
    answers
}

#[tokio::test]
async fn a_login_whose_answer_was_lost_is_answered_as_if_it_had_not_been() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let renamed = |name: &str| {
        let mut event = event(&world, "auth0|ann", "ann@example.com");
        event["name"] = json!(name);
        TestRequest::post(PATH).json(&event).signed_as(&world, name)
    };
    let answers = answers_lost(&world, vec![renamed("msg_1"), renamed("msg_2"), renamed("msg_2")]).await;
    assert_eq!(
        answers,
        [json!([true, false, "stored", 1]), json!([false, false, "stored", 2]), json!([false, true, "unchanged", 2]),]
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_login_by_token_whose_answer_was_lost_is_answered_as_if_it_had_not_been() {
    let world = World::new().await;
    let by_token = |email: &str| TestRequest::post(PATH).bearer(&world.token_with_email("auth0|ann", email));
    let answers = answers_lost(&world, vec![by_token("ann@x.io"), by_token("ann@y.io")]).await;
    assert_eq!(answers, [json!([true, false, "stored", 1]), json!([false, false, "stored", 1])]);
    world.assert_sound().await;
}

#[tokio::test]
async fn of_two_logins_that_meet_one_made_the_user_whatever_came_first() {
    let world = World::new().await;
    let instances = vec![Arc::new(instance(&world).await), Arc::new(instance(&world).await)];
    let requests = vec![sign_up(&world, "ann"), TestRequest::post(PATH).bearer(&world.token("auth0|ann"))];
    let answers = at_once(instances, requests).await;
    assert_eq!(answers.iter().filter(|answer| answer.json["created"] == true).count(), 1);
    let later = instance(&world).await.send(signed(&world, &event(&world, "auth0|ann", "ann@x.io"))).await.expect(200);
    assert_eq!(later.json["created"], false);
}
