//! Bad input gets a clear 4xx that names the field, and writes nothing.

use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::logins::{PATH, event, instance};

#[tokio::test]
async fn a_bad_body_is_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    let function = instance(&world).await;
    let with = |field: &str, value: Value| {
        let mut event = event(&world, "auth0|ann", "ann@x.io");
        event[field] = value;
        event.to_string()
    };
    let without = |field: &str| {
        let mut event = event(&world, "auth0|ann", "ann@x.io");
        event.as_object_mut().unwrap().remove(field);
        event.to_string()
    };
    let good = event(&world, "auth0|ann", "ann@x.io").to_string();
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let cases = [
        ("not JSON", "hello".to_owned(), "body"),
        ("empty", String::new(), "body"),
        ("null", "null".to_owned(), "body"),
        ("an array", "[]".to_owned(), "body"),
        ("a text", "\"auth0|ann\"".to_owned(), "body"),
        ("cut off", good[..good.len() - 1].to_owned(), "body"),
        ("something behind it", format!("{good} {{}}"), "body"),
        ("too deep", deep.clone(), "body"),
        ("a deep field", with("name", json!("x")).replace("\"x\"", &deep), "name"),
        ("no user_id", without("user_id"), "user_id"),
        ("no logged_in_at", without("logged_in_at"), "logged_in_at"),
        ("a number for an id", with("user_id", json!(1)), "user_id"),
        ("an empty id", with("user_id", json!("")), "user_id"),
        ("a long id", with("user_id", json!("x".repeat(256))), "user_id"),
        ("a line feed in an id", with("user_id", json!("auth0|a\nb")), "user_id"),
        ("a NUL in an id", with("user_id", json!("auth0|a\0b")), "user_id"),
        ("a machine", with("user_id", json!("abc@clients")), "user_id"),
        ("no address", with("email", json!("ann")), "email"),
        ("an address with a space", with("email", json!("a nn@x.io")), "email"),
        ("an address with two @", with("email", json!("ann@x@y.io")), "email"),
        ("a list of addresses", with("email", json!(["ann@x.io"])), "email"),
        ("a text for a boolean", with("email_verified", json!("true")), "email_verified"),
        ("a NUL in a name", with("name", json!("A\0nn")), "name"),
        ("a long name", with("name", json!("x".repeat(301))), "name"),
        ("a lone surrogate", with("name", json!("x")).replace("\"x\"", r#""\ud800""#), "name"),
        ("a swapped surrogate pair", with("name", json!("x")).replace("\"x\"", r#""\udc00\ud800""#), "name"),
        ("a day that is none", with("logged_in_at", json!("2026-02-30T00:00:00Z")), "logged_in_at"),
        ("a time without a zone", with("logged_in_at", json!("2026-02-03T00:00:00")), "logged_in_at"),
        ("a number for a time", with("logged_in_at", json!(1_790_000_000)), "logged_in_at"),
        ("a time before all clocks", with("logged_in_at", json!("0000-01-01T00:00:00Z")), "logged_in_at"),
        ("a leap second", with("logged_in_at", json!("2016-12-31T23:59:60Z")), "logged_in_at"),
        ("a part of a leap second", with("logged_in_at", json!("2016-12-31T23:59:60.5Z")), "logged_in_at"),
        ("a time far ahead", with("logged_in_at", json!("2999-01-01T00:00:00Z")), "logged_in_at"),
        ("an unknown field", with("is_admin", json!(true)), "is_admin"),
        ("a NUL in an unknown field's name", with("is\0admin", json!(true)), "is\\u0000admin"),
        ("a field twice", good.replacen('{', r#"{"user_id":"auth0|eve","#, 1), "user_id"),
    ];
    for (what, body, field) in cases {
        let request = TestRequest::post(PATH).header("content-type", "application/json").bytes(body).signed(&world);
        let response = function.send(request).await;
        assert_eq!(response.status, 400, "{what}: {}", response.text);
        assert_eq!(response.field(), field, "{what}: {}", response.text);
        assert_eq!(response.headers["content-type"], "application/problem+json");
    }
    let not_utf8 =
        TestRequest::post(PATH).header("content-type", "application/json").bytes(b"{\"name\":\"\xff\"}".to_vec());
    function.send(not_utf8.signed(&world)).await.expect_problem(400, "invalid_json");
    nothing_was_written(&world).await;
}

#[tokio::test]
async fn a_body_larger_than_any_login_is_refused_unhashed() {
    let world = World::new().await;
    let function = instance(&world).await;
    for request in [
        TestRequest::post(PATH)
            .header("content-type", "application/json")
            .bytes(vec![b' '; 64 * 1024 + 1])
            .signed(&world),
        TestRequest::post(PATH).header("webhook-id", "x").bytes(vec![b' '; 2 * 1024 * 1024]),
        TestRequest::post(PATH).bearer(&world.token("auth0|ann")).bytes(vec![b' '; 64 * 1024 + 1]),
    ] {
        function.send(request).await.expect_problem(413, "body_too_large");
    }
    nothing_was_written(&world).await;
}

#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_is_refused() {
    let world = World::new().await;
    let function = instance(&world).await;
    let body = event(&world, "auth0|ann", "ann@x.io").to_string();
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")]
    {
        let request = TestRequest::post(PATH).bytes(body.clone());
        let request = if let Some(value) = content_type { request.header("content-type", value) } else { request };
        function.send(request.signed(&world)).await.expect_problem(415, "body_not_json");
    }
    nothing_was_written(&world).await;
    for content_type in ["application/json; charset=latin1", "application/merge-patch+json", "application/json, a/b"] {
        let request = TestRequest::post(PATH).header("content-type", content_type).bytes(body.clone());
        function.send(request.signed(&world)).await.expect_problem(415, "body_not_json");
    }
    nothing_was_written(&world).await;
    let said = TestRequest::post(PATH).header("content-type", "Application/JSON; charset=\"UTF-8\"").bytes(body);
    function.send(said.header("content-encoding", "Identity").signed(&world)).await.expect(200);
}

#[tokio::test]
async fn a_compressed_body_is_refused_as_such_whoever_sends_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    // What begins as gzip does, is no UTF-8, and so arrives in base64.
    for encoding in ["gzip", "br", "deflate", "identity, gzip", "GZIP"] {
        let request = || {
            let request =
                TestRequest::post(PATH).header("content-type", "application/json").bytes(b"\x1f\x8b\x08\xff".to_vec());
            request.header("content-encoding", encoding)
        };
        for request in [request().signed(&world), request().bearer(&world.token("auth0|ann"))] {
            let told = function.send(request).await.expect_problem(415, "content_encoding_unsupported");
            assert!(told.text.contains("not compressed"), "{}", told.text);
        }
    }
    nothing_was_written(&world).await;
}

#[tokio::test]
async fn a_byte_order_mark_is_named() {
    let world = World::new().await;
    let function = instance(&world).await;
    let body = event(&world, "auth0|ann", "ann@x.io").to_string().into_bytes();
    for mark in [&b"\xef\xbb\xbf"[..], b"\xfe\xff", b"\xff\xfe"] {
        let request = TestRequest::post(PATH).header("content-type", "application/json").bytes([mark, &body].concat());
        let told = function.send(request.signed(&world)).await.expect_problem(400, "invalid_json");
        assert!(told.text.contains("byte order mark"), "{}", told.text);
    }
    nothing_was_written(&world).await;
}

async fn nothing_was_written(world: &World) {
    assert_eq!(world.one("select count(*) from public.users").await, "0");
    assert_eq!(world.one("select count(*) from app.login_events").await, "0");
}
