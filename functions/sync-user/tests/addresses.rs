//! E-mail addresses: unique whatever the case, no reason to merge accounts, and reserved only once verified.

use chrono::TimeDelta;
use serde_json::json;
use testkit::{TestRequest, World};

use crate::logins::{PATH, event, event_at, instance, sign_up, signed};

#[tokio::test]
async fn an_address_in_use_refuses_a_new_identity_and_merges_nothing() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    function.send(signed(&world, &event(&world, "auth0|ann", "ann@x.io"))).await.expect(200);
    for (sub, email) in [("google-oauth2|1", "ann@x.io"), ("google-oauth2|1", "Ann@X.io")] {
        let refused = function.send(signed(&world, &event(&world, sub, email))).await;
        refused.expect_problem(409, "email_in_use");
    }
    let bearer = TestRequest::post(PATH).bearer(&world.token_with_email("google-oauth2|1", "ANN@x.io"));
    function.send(bearer).await.expect_problem(409, "email_in_use");
    assert_eq!(world.one("select string_agg(id, ',') from public.users").await, "auth0|ann");
    assert_eq!(world.one("select current_users from public.hopsworks_clusters").await, "1");
    assert_eq!(world.one("select count(*) from app.login_events").await, "1", "a refused login leaves nothing");
}

#[tokio::test]
async fn a_user_who_changes_to_an_address_in_use_keeps_the_old_one_and_still_logs_in() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    function.send(sign_up(&world, "bob")).await.expect(200);
    let bob = function.send(signed(&world, &event(&world, "auth0|bob", "ANN@example.com"))).await.expect(200).json;
    assert_eq!((&bob["profile"], &bob["email"]), (&json!("email_in_use"), &json!("bob@example.com")));
    assert_eq!(bob["login_count"], 2);
}

#[tokio::test]
async fn what_an_event_leaves_out_stays_and_a_new_address_is_not_verified_by_the_old_one() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let time = world.clock.now() + TimeDelta::seconds(1);
    let bare = json!({ "user_id": "auth0|ann", "logged_in_at": time });
    let ann = function.send(signed(&world, &bare)).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["name"]), (&json!("ann@example.com"), &json!("Ann Example")));
    assert_eq!(ann["email_verified"], true);

    let time = time + TimeDelta::seconds(1);
    let moved = json!({ "user_id": "auth0|ann", "email": "ann@new.io", "logged_in_at": time });
    let ann = function.send(signed(&world, &moved)).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ann@new.io"), &json!(false)));
}

#[tokio::test]
async fn the_address_of_a_deleted_user_may_be_used_again() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(signed(&world, &event(&world, "auth0|ann", "ann@x.io"))).await.expect(200);
    world.sql("update public.users set status = 'deleted', deleted_at = now(), waiting_since = null").await;
    function.send(signed(&world, &event(&world, "google-oauth2|ann", "ann@x.io"))).await.expect(200);
}

#[tokio::test]
async fn an_address_that_nobody_verified_goes_to_the_identity_that_has() {
    let world = World::new().await;
    let function = instance(&world).await;
    let unverified = |sub: &str| {
        let mut event = event(&world, sub, "ceo@x.io");
        event["email_verified"] = json!(false);
        signed(&world, &event)
    };
    function.send(unverified("auth0|squatter")).await.expect(200);
    let other = function.send(unverified("auth0|other")).await.expect(200).json;
    assert_eq!(
        (&other["created"], &other["email"], &other["profile"]),
        (&json!(true), &json!(null), &json!("email_in_use"))
    );

    let ceo = function.send(signed(&world, &event(&world, "google-oauth2|ceo", "CEO@x.io"))).await.expect(200).json;
    assert_eq!((&ceo["created"], &ceo["email"]), (&json!(true), &json!("CEO@x.io")));
    assert_eq!(world.one("select email from public.users where id = 'auth0|squatter'").await, "null");
    assert_eq!(
        world.one("select action || ' ' || target from app.audit_log").await,
        "users.release_email auth0|squatter"
    );
    function.send(unverified("auth0|squatter")).await.expect(200);
    assert_eq!(world.one("select email from public.users where id = 'auth0|squatter'").await, "null");
    function.send(signed(&world, &event(&world, "auth0|second", "ceo@x.io"))).await.expect_problem(409, "email_in_use");
}

#[tokio::test]
async fn an_address_is_not_verified_by_an_event_that_does_not_name_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    let mut unverified = event(&world, "auth0|ann", "ann@x.io");
    unverified["email_verified"] = json!(false);
    function.send(signed(&world, &unverified)).await.expect(200);
    let nameless = json!({ "user_id": "auth0|ann", "email_verified": true, "logged_in_at": world.clock.now() });
    let ann = function.send(signed(&world, &nameless)).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ann@x.io"), &json!(false)));
}

#[tokio::test]
async fn a_newcomer_whose_address_an_unverified_account_holds_gets_it_once_they_prove_it() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    let login = |sub: &str, email: &str, verified: bool| {
        let mut event = event(&world, sub, email);
        event["email_verified"] = json!(verified);
        signed(&world, &event)
    };
    function.send(login("auth0|squatter", "mike@x.io", false)).await.expect(200);
    for (created, email) in [(true, "Mike@x.io"), (false, "mike@X.io")] {
        let mike = function.send(login("auth0|mike", email, false)).await.expect(200).json;
        assert_eq!((&mike["created"], &mike["email"]), (&json!(created), &json!(null)));
        assert_eq!((&mike["email_verified"], &mike["profile"]), (&json!(false), &json!("email_in_use")));
        assert!(mike["name"].is_string() && mike["assignment"].is_object(), "{mike}");
    }
    let mike = function.send(login("auth0|mike", "mike@x.io", true)).await.expect(200).json;
    assert_eq!(
        (&mike["email"], &mike["email_verified"], &mike["profile"]),
        (&json!("mike@x.io"), &json!(true), &json!("stored"))
    );
    let squatter = function.send(login("auth0|squatter", "mike@x.io", false)).await.expect(200).json;
    assert_eq!((&squatter["email"], &squatter["profile"]), (&json!(null), &json!("email_in_use")));
    function.send(login("auth0|third", "MIKE@x.io", false)).await.expect_problem(409, "email_in_use");
    world.assert_sound().await;
}

/// Pairs that `lower` makes equal by the rules of some language or other.
const FOLDED: [(&str, &str); 4] = [
    ("mi\u{212a}e@x.io", "mike@x.io"),
    ("\u{130}da@x.io", "ida@x.io"),
    ("\u{212b}sa@x.io", "\u{e5}sa@x.io"),
    ("\u{c4}nne@x.io", "\u{e4}nne@x.io"),
];

#[tokio::test]
async fn addresses_are_equal_but_for_ascii_case_alone() {
    let world = World::new().await;
    let function = instance(&world).await;
    for (number, (odd, plain)) in FOLDED.into_iter().enumerate() {
        for (sub, email) in [(format!("auth0|odd{number}"), odd), (format!("auth0|plain{number}"), plain)] {
            let user = function.send(signed(&world, &event(&world, &sub, email))).await.expect(200).json;
            assert_eq!((&user["email"], &user["email_verified"]), (&json!(email), &json!(true)));
        }
        let upper = plain.to_ascii_uppercase();
        let again = signed(&world, &event(&world, "google-oauth2|again", &upper));
        function.send(again).await.expect_problem(409, "email_in_use");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn an_address_that_folds_into_another_takes_it_from_nobody() {
    let world = World::new().await;
    let function = instance(&world).await;
    let mut unverified = event(&world, "auth0|mike", "mike@x.io");
    unverified["email_verified"] = json!(false);
    function.send(signed(&world, &unverified)).await.expect(200);
    function.send(signed(&world, &event(&world, "auth0|odd", "mi\u{212a}e@x.io"))).await.expect(200);
    assert_eq!(world.one("select email from public.users where id = 'auth0|mike'").await, "mike@x.io");
}

#[tokio::test]
async fn a_change_of_case_alone_leaves_an_address_verified() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(signed(&world, &event(&world, "auth0|ann", "ann@x.io"))).await.expect(200);
    let time = world.clock.now() + TimeDelta::seconds(1);
    let other_case = json!({ "user_id": "auth0|ann", "email": "Ann@X.io", "logged_in_at": time });
    let ann = function.send(signed(&world, &other_case)).await.expect(200).json;
    assert_eq!(
        (&ann["email"], &ann["email_verified"], &ann["profile"]),
        (&json!("Ann@X.io"), &json!(true), &json!("stored"))
    );
    let folded =
        json!({ "user_id": "auth0|ann", "email": "\u{c5}nn@x.io", "logged_in_at": time + TimeDelta::seconds(1) });
    let ann = function.send(signed(&world, &folded)).await.expect(200).json;
    assert_eq!(ann["email_verified"], false, "that is another address");
}

#[tokio::test]
async fn a_token_that_does_not_say_whether_its_address_is_verified_takes_nothing_back() {
    let world = World::new().await;
    let function = instance(&world).await;
    let earlier = world.clock.now() - TimeDelta::hours(1);
    function.send(signed(&world, &event_at(earlier, "auth0|ann", "ann@x.io"))).await.expect(200);
    let mut claims = world.claims("auth0|ann");
    claims["https://app.test/email"] = json!("ANN@x.io");
    let ann = function.send(TestRequest::post(PATH).bearer(&world.key.sign(&claims))).await.expect(200).json;
    assert_eq!((&ann["email"], &ann["email_verified"]), (&json!("ANN@x.io"), &json!(true)));
}
