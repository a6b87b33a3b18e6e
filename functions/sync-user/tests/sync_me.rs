//! `POST /api/auth/me`: a login, reported by the user's web app.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::logins::{event, instance, sign_up, signed};

const PATH: &str = "/api/auth/me";

#[tokio::test]
async fn a_first_login_by_token_makes_the_user_and_gives_a_seat() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    let token = world.token_with_email("google-oauth2|456", "ann@example.com");
    for (body, created) in [(None, true), (Some(json!({})), false)] {
        let request = TestRequest::post(PATH).bearer(&token);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let ann = function.send(request).await.expect(200).json;
        assert_eq!((&ann["id"], &ann["created"]), (&json!("google-oauth2|456"), &json!(created)));
        assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ann@example.com"), &json!(true)));
        assert_eq!((&ann["login_count"], &ann["replayed"]), (&json!(1), &json!(false)));
        assert_eq!(ann["assignment"]["cluster_name"], "demo");
    }
    world.assert_sound().await;
}

/// What comes by the Action's door has no business here: neither its body nor its signature.
#[tokio::test]
async fn nobody_can_report_somebody_else() {
    let world = World::new().await;
    let function = instance(&world).await;
    let eve = world.token("auth0|eve");
    let event = event(&world, "auth0|ann", "ann@example.com");
    let refused = function.send(TestRequest::post(PATH).bearer(&eve).json(&event)).await;
    assert_eq!(refused.expect_problem(400, "invalid_body").field(), "user_id");
    function.send(TestRequest::post(PATH).json(&event).signed(&world)).await.expect(401);
    function.send(TestRequest::post(PATH)).await.expect(401);
    assert_eq!(world.one("select count(*) from public.users").await, "0");
    let me = function.send(TestRequest::post(PATH).bearer(&eve).signed(&world)).await.expect(200).json;
    assert_eq!((&me["id"], &me["login_count"]), (&json!("auth0|eve"), &json!(1)));
    assert_eq!(world.one("select count(*) from app.login_events").await, "0");
}

#[tokio::test]
async fn whom_the_action_may_not_let_in_is_refused_here_too() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    world.sql("update public.users set email_verified = true").await;
    let other = world.token_with_email("google-oauth2|ann", "ann@example.com");
    function.send(TestRequest::post(PATH).bearer(&other)).await.expect_problem(409, "email_in_use");
    function.send(TestRequest::post(PATH).bearer(&world.machine_token(&[]))).await.expect_problem(403, "person_only");
    function.send(sign_up(&world, "eve")).await.expect(200);
    world.join("ann", "eve").await;
    world.sql("select lock_seats(); select set_user_status('auth0|eve', 'suspended')").await;
    let ann = TestRequest::post(PATH).bearer(&world.token("auth0|ann"));
    function.send(ann).await.expect_problem(403, "account_suspended");
    function.send(signed(&world, &event(&world, "auth0|ann", "ann@example.com"))).await.expect(403);
}
