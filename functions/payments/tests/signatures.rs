//! Only what Stripe has signed is believed: the raw bytes, five minutes, by one of the secrets of the endpoint. Stripe's
//! own library signs here.

use std::process::Stdio;

use chrono::TimeDelta;
use ops::{app_secret, schema};
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{Function, TestRequest, World, programs::Packages};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::fixtures::{CLOSED, COMPLETED, PAID_LATER, REFUNDED, STRIPE, WITHDRAWN, delivery, entries, event, world};

const LIBRARY: &str = "functions/payments/tests/stripe";

/// The headers for these messages, each of payload, secret and seconds.
async fn signed(messages: &[(&str, &str, i64)]) -> Vec<String> {
    let checkout = schema::checkout();
    let Packages { node, home } = Packages::find_or_install(&checkout, LIBRARY).await.unwrap();
    let mut command = Command::new(node);
    command.arg(checkout.join(LIBRARY).join("sign.js")).env("NODE_PATH", home.join("node_modules"));
    let mut library = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let message = |(payload, secret, timestamp): &(&str, &str, i64)| json!({ "payload": payload, "secret": secret, "timestamp": timestamp });
    let messages = Value::from_iter(messages.iter().map(message)).to_string();
    library.stdin.take().unwrap().write_all(messages.as_bytes()).await.unwrap();
    let output = library.wait_with_output().await.unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The endpoint's secret as an operator has it.
fn secret(world: &World) -> String {
    world.secret(0)["stripe"]["webhook_secrets"][0].as_str().unwrap().to_owned()
}

fn post(payload: &str, signature: &str) -> TestRequest {
    let request = TestRequest::post(STRIPE).header("content-type", "application/json; charset=utf-8");
    request.header("stripe-signature", signature).bytes(payload)
}

async fn refused(function: &Function, request: TestRequest) {
    function.send(request).await.expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn what_stripes_library_has_signed_is_believed_byte_by_byte() {
    let (world, function) = world().await;
    let (secret, now) = (secret(&world), world.clock.now().timestamp());
    // Characters beyond ASCII stand in all of them; here one more time as escapes.
    let escaped = COMPLETED.replace('Ö', "\\u00d6");
    let payloads = [COMPLETED, PAID_LATER, REFUNDED, WITHDRAWN, CLOSED, &escaped];
    let messages: Vec<_> = payloads.iter().map(|payload| (*payload, &*secret, now)).collect();
    let headers = signed(&messages).await;
    for (payload, header) in payloads.iter().zip(&headers) {
        function.send(post(payload, header)).await.expect(200);
        let ours = world.stripe_secret.sign(now, payload.as_bytes());
        assert_eq!(*header, format!("t={now},v1={ours}"), "what the other tests sign with");
        refused(&function, post(&payload.replacen("\n", "\n ", 1), header)).await;
        refused(&function, post(payload.trim_end(), header)).await;
    }
    refused(&function, post(COMPLETED, &headers[1])).await;
}

#[tokio::test]
async fn a_body_that_the_gateway_has_encoded_is_checked_as_it_was_sent() {
    let (world, function) = world().await;
    let delivery = delivery(&world, &event(COMPLETED, &json!({})));
    let body = delivery.body.clone();
    let mut encoded = delivery.into_event();
    encoded["body"] = json!(data_encoding::BASE64.encode(&body));
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(function.invoke(&encoded).await.unwrap()["statusCode"], 200);
    assert_eq!(entries(&world).await.len(), 1);
    // What is no UTF-8 can be signed too, and is then no event.
    let odd = TestRequest::post(STRIPE).header("content-type", "application/json").bytes([b'{', 0xff, b'}']);
    function.send(odd.signed_as_stripe(&world)).await.expect_problem(400, "invalid_json");
}

#[tokio::test]
async fn a_signature_of_another_time_or_by_another_secret_is_refused() {
    let (mut world, _) = world().await;
    world.clock = Clock::manual(world.clock.now());
    let function = crate::fixtures::instance(&world).await;
    let (secret, now) = (secret(&world), world.clock.now().timestamp());
    let messages = [
        (COMPLETED, &*secret, now - 300),
        (COMPLETED, &*secret, now + 300),
        (COMPLETED, &*secret, now - 301),
        (COMPLETED, &*secret, now + 301),
        (COMPLETED, "whsec_of_another_endpoint_of_somebody", now),
        (COMPLETED, secret.trim_start_matches("whsec_"), now),
    ];
    for (number, header) in signed(&messages).await.iter().enumerate() {
        let answer = function.send(post(COMPLETED, header)).await;
        assert_eq!(answer.status, if number < 2 { 200 } else { 401 }, "{number}");
    }
    world.clock.advance(TimeDelta::seconds(1));
    refused(&function, post(COMPLETED, &signed(&messages[..1]).await[0])).await;
}

#[tokio::test]
async fn a_request_without_exactly_one_good_header_is_refused() {
    let (world, function) = world().await;
    let (secret, now) = (secret(&world), world.clock.now().timestamp());
    let headers = signed(&[(COMPLETED, &secret, now)]).await;
    let good = headers[0].as_str();
    let v1 = good.split_once(',').unwrap().1;
    let other = "0".repeat(64);
    // Stripe signs with each secret while one is being replaced, and may add other versions.
    for taken in [format!("t={now},v1={other},{v1},v0={other}"), format!("t={now}, {v1}")] {
        function.send(post(COMPLETED, &taken)).await.expect(200);
    }
    for header in [
        String::new(),
        v1.to_owned(),
        format!("t={now}"),
        format!("t={now},v0={}", &v1[3..]),
        format!("t={now},v1={}", v1[3..].to_uppercase()),
        format!("t={now},t={now},{v1}"),
        format!("{good},{good}"),
        format!("t={now},{},{v1}", vec![format!("v1={other}"); 16].join(",")),
        format!("t={now},{v1},x={}", "x".repeat(4096)),
    ] {
        refused(&function, post(COMPLETED, &header)).await;
    }
    refused(&function, TestRequest::post(STRIPE).header("content-type", "application/json").bytes(COMPLETED)).await;
    let bearer = TestRequest::post(STRIPE).bearer(&world.token("auth0|admin")).json(&event(COMPLETED, &json!({})));
    refused(&function, bearer).await;
}

#[tokio::test]
async fn a_long_body_is_refused_unread_and_a_signed_one_must_be_json() {
    let (world, function) = world().await;
    let long = TestRequest::post(STRIPE).header("content-type", "application/json").bytes(vec![b' '; 512 * 1024 + 1]);
    // Without a signature nobody asks how long it is.
    refused(&function, long.clone()).await;
    function.send(long.signed_as_stripe(&world)).await.expect_problem(413, "body_too_large");
    let text = TestRequest::post(STRIPE).header("content-type", "text/plain").bytes(COMPLETED);
    function.send(text.signed_as_stripe(&world)).await.expect_problem(415, "body_not_json");
    for (body, code) in [("", "invalid_json"), ("{}", "invalid_body"), ("[]", "invalid_body"), ("{", "invalid_json")] {
        let request = TestRequest::post(STRIPE).header("content-type", "application/json").bytes(body);
        function.send(request.signed_as_stripe(&world)).await.expect_problem(400, code);
    }
}

/// A function with this secret, and what it answers to a good event.
async fn answer_with(world: &World, secret: &Value) -> (u16, Value) {
    let id = world.put_secret(secret).await;
    let config = Ok(world.config(&id));
    let function = Function::start(payments::NAME, payments::routes(), config, world.clock.clone()).await;
    let answer = function.send(delivery(world, &event(COMPLETED, &json!({})))).await;
    (answer.status, answer.json["code"].clone())
}

#[tokio::test]
async fn an_endpoint_that_is_not_connected_or_of_the_other_mode_takes_nothing() {
    let (world, _) = world().await;
    let secret = world.secret(world.stack.pgbouncer_port);
    let mut disconnected = secret.clone();
    disconnected["stripe"] = json!(null);
    assert_eq!(answer_with(&world, &disconnected).await, (404, json!("stripe_not_connected")));
    let mut live = secret.clone();
    live["stripe"]["livemode"] = json!(true);
    assert_eq!(answer_with(&world, &live).await, (409, json!("livemode_differs")));
    assert!(entries(&world).await.is_empty());
    assert_eq!(answer_with(&world, &secret).await.0, 200);
}

#[tokio::test]
async fn the_secrets_before_these_are_good_while_they_are_being_replaced() {
    let (world, _) = world().await;
    let before = world.secret(world.stack.pgbouncer_port);
    let mut replaced = before.clone();
    replaced["stripe"]["webhook_secrets"] =
        json!(["whsec_rolledrolledrolledrolledro", "whsec_anotheranotheranotherano"]);
    let mut disconnected = before.clone();
    disconnected["stripe"] = json!(null);
    for (after, status) in [(&replaced, 200), (&disconnected, 404)] {
        let id = world.put_secret(&before).await;
        app_secret::put(&world.stack.secrets_url(), &id, after).await.unwrap();
        let config = Ok(world.config(&id));
        let function = Function::start(payments::NAME, payments::routes(), config, world.clock.clone()).await;
        let answer = function.send(delivery(&world, &event(COMPLETED, &json!({})))).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}
