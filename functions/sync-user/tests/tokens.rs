//! Access tokens: every wrong one gets the same 401, every right one passes.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use testkit::{
    AUDIENCE, TestRequest, World,
    issuer::{Issuer, KeySize, SigningKey},
};

use crate::{
    forged_tokens::{Signature, token},
    logins::{instance, sign_up},
    wrong_tokens::{HEADER, with, without, wrong_headers, wrong_payloads, wrong_texts},
};

const ME: &str = "/api/auth/me";
#[tokio::test]
async fn every_wrong_token_gets_the_same_401() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let good = world.token("auth0|ann");
    let mut requests: Vec<(&str, TestRequest)> = vec![
        ("no header", TestRequest::get(ME)),
        ("two headers", TestRequest::get(ME).bearer(&good).bearer(&good)),
        ("another scheme", TestRequest::get(ME).header("authorization", &format!("Token {good}"))),
        ("basic", TestRequest::get(ME).header("authorization", "Basic YW5uOmFubg==")),
        ("no scheme", TestRequest::get(ME).header("authorization", &good)),
    ];
    for (what, payload) in wrong_payloads(&world) {
        let forged = token(HEADER, &payload, Signature::Rsa(&world.key, Algorithm::RS256));
        requests.push((what, TestRequest::get(ME).bearer(&forged)));
    }
    for (what, text) in wrong_headers(&world).into_iter().chain(wrong_texts(&world)) {
        requests.push((what, TestRequest::get(ME).bearer(&text)));
    }
    assert!(requests.len() >= 40, "{}", requests.len());

    let mut bodies = std::collections::BTreeSet::new();
    for (what, request) in requests {
        let mut response = function.send(request).await;
        assert_eq!(response.status, 401, "{what}: {}", response.text);
        assert_eq!(response.headers["www-authenticate"], "Bearer", "{what}");
        response.json.as_object_mut().unwrap().remove("request_id");
        bodies.insert(response.json.to_string());
    }
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    let logged = function.log.text();
    assert!(logged.contains("another audience") && logged.contains("a critical extension"), "the log says why");
    assert!(!logged.contains(&good), "and repeats no token");
    function.send(TestRequest::get(ME).bearer(&good)).await.expect(200);
}

#[tokio::test]
async fn a_good_token_of_a_machine_is_told_that_this_is_for_people() {
    let world = World::new().await;
    let function = instance(&world).await;
    let machine = world.machine_token(&["usage:write"]);
    for request in [TestRequest::get(ME), TestRequest::post(ME), TestRequest::post("/api/auth/sync-user")] {
        function.send(request.bearer(&machine)).await.expect_problem(403, "person_only");
    }
    assert_eq!(world.one("select count(*) from public.users").await, "0");
}

#[tokio::test]
async fn every_right_token_passes() {
    let world = World::new().await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let now = world.clock.now().timestamp();
    for (what, payload) in [
        ("one audience as a text", with(&world, "aud", json!(AUDIENCE))),
        ("expired within the leeway", with(&world, "exp", json!(now - 20))),
        ("valid in a moment", with(&world, "nbf", json!(now + 20))),
        ("no permissions", without(&world, "permissions")),
        ("an address that is none", with(&world, "https://app.test/email", json!(7))),
    ] {
        let right = token(HEADER, &payload, Signature::Rsa(&world.key, Algorithm::RS256));
        let response = function.send(TestRequest::get(ME).bearer(&right)).await;
        assert_eq!(response.status, 200, "{what}: {}", response.text);
    }
    for header in [r#"{"alg":"RS256","kid":"first"}"#, r#"{"alg":"RS256","kid":"first","typ":"at+jwt"}"#] {
        let claims = world.claims("auth0|ann").to_string();
        let right = token(header, &claims, Signature::Rsa(&world.key, Algorithm::RS256));
        function.send(TestRequest::get(ME).bearer(&right)).await.expect(200);
    }
    let lower = TestRequest::get(ME).header("authorization", &format!("bearer {}", world.token("auth0|ann")));
    function.send(lower).await.expect(200);
}

#[tokio::test]
async fn tokens_pass_while_the_issuer_is_down_and_after_it_rotates_its_keys() {
    let mut world = World::new().await;
    world.clock = shared::clock::Clock::manual(world.clock.now());
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let me = |world: &World| TestRequest::get(ME).bearer(&world.token("auth0|ann"));
    function.send(me(&world)).await.expect(200);

    // The issuer is down, and the keys are no longer fresh.
    let port = world.issuer.port();
    let first = world.key.clone();
    world.issuer = Arc::new(Issuer::start(0, &[]).await.unwrap());
    let issuer_of_tokens = format!("http://127.0.0.1:{port}/");
    let stale = |world: &World| {
        let mut claims = world.claims("auth0|ann");
        claims["iss"] = json!(issuer_of_tokens);
        TestRequest::get(ME).bearer(&world.key.sign(&claims))
    };
    world.clock.advance(chrono::TimeDelta::minutes(11));
    function.send(stale(&world)).await.expect(200);

    // It is back with another key. Whether that is a good one is not known before the pause is over.
    let second = SigningKey::generate("second", KeySize::Rsa2048).unwrap();
    world.issuer = Arc::new(Issuer::start(port, std::slice::from_ref(&second)).await.unwrap());
    world.key = second;
    function.send(me(&world)).await.expect_problem(503, "unavailable");
    world.clock.advance(chrono::TimeDelta::seconds(30));
    function.send(me(&world)).await.expect(200);
    world.key = first;
    function.send(me(&world)).await.expect(401);
}

#[tokio::test]
async fn keys_that_are_not_for_rs256_signatures_or_too_short_are_no_keys() {
    let world = World::new().await;
    let with = |member: &str, value: Value| {
        let mut jwk = world.key.jwk();
        jwk[member] = value;
        jwk
    };
    let jwk = world.key.jwk();
    let first_1032_bits = &jwk["n"].as_str().unwrap()[..172];
    for (what, unusable) in [
        ("no keys", vec![]),
        ("no RSA key", vec![json!({ "kty": "oct", "kid": "first", "k": "AAAA" }), json!(1)]),
        ("for encryption", vec![with("use", json!("enc"))]),
        ("for another algorithm", vec![with("alg", json!("PS256"))]),
        ("for encrypting", vec![with("key_ops", json!(["encrypt"]))]),
        ("for signing", vec![with("key_ops", json!(["sign"]))]),
        ("for nothing", vec![with("key_ops", json!([]))]),
        ("for we know not what", vec![with("key_ops", json!("verify")), with("key_ops", json!(["verify", 1]))]),
        ("1032 bits", vec![with("n", json!(first_1032_bits))]),
    ] {
        world.issuer.publish(unusable);
        let function = instance(&world).await;
        let response = function.send(TestRequest::get(ME).bearer(&world.token("auth0|ann"))).await;
        assert_eq!(response.status, 503, "{what}: {}", response.text);
        assert!(function.log.text().contains("no usable RSA signing key"), "{what}");
    }
    let modulus = BASE64URL_NOPAD.decode(jwk["n"].as_str().unwrap().as_bytes()).unwrap();
    let with_a_zero = with("n", json!(BASE64URL_NOPAD.encode(&[&[0], &modulus[..]].concat())));
    for usable in [jwk, with("key_ops", json!(["verify"])), with("key_ops", json!(["sign", "verify"])), with_a_zero] {
        world.issuer.publish(vec![json!(1), with("use", json!("enc")), usable]);
        let function = instance(&world).await;
        let request = TestRequest::get(ME).bearer(&world.token("auth0|ann"));
        function.send(request).await.expect_problem(403, "account_unknown");
    }
}
