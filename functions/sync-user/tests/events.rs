//! Events as API Gateway might send them, and as it never would: each is answered, and none is a function's error.

use fastrand::Rng;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::logins::instance;

const PATH: &str = "/api/auth/sync-user";
/// Of the events that are drawn; another one draws others.
const SEED: u64 = 20_261_126;
const DRAWN: usize = 500;

fn event() -> Value {
    let mut event = TestRequest::post(&format!("{PATH}?a=b")).json(&json!({})).into_event();
    event["headers"]["x-forwarded-proto"] = json!("https");
    event["cookies"] = json!(["a=b"]);
    event["queryStringParameters"] = json!({ "a": "b" });
    event["pathParameters"] = json!({ "id": "a" });
    event
}

/// Asserts that a function answers an event, with a status that is no fault of ours.
async fn assert_answered(function: &Function, event: &Value) -> u64 {
    let returned = function.invoke(event).await.unwrap_or_else(|error| panic!("{error}: {event}"));
    let status = returned["statusCode"].as_u64().unwrap();
    assert!((200..500).contains(&status), "{status}: {event}");
    assert_eq!(returned["headers"]["cache-control"], "no-store", "{event}");
    let body: Value = serde_json::from_str(returned["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["request_id"], returned["headers"]["x-request-id"], "{event}");
    status
}

/// The places of all texts, and of all members, in a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at_item, value)| places(value, &format!("{at}/{at_item}"), found))
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_ascii_character_in_every_text_of_an_event_is_answered() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (plain, mut all) = (event(), Vec::new());
    places(&plain, "", &mut all);
    for place in all {
        let Some(text) = plain.pointer(&place).and_then(Value::as_str) else { continue };
        for character in '\0'..='\u{7f}' {
            let mut event = plain.clone();
            *event.pointer_mut(&place).unwrap() = json!(format!("{text}{character}"));
            assert_answered(&function, &event).await;
        }
    }
    for character in '\0'..='\u{7f}' {
        let mut event = plain.clone();
        event["headers"][format!("x{character}")] = json!("a");
        assert_answered(&function, &event).await;
    }
}

#[tokio::test]
async fn what_no_request_can_be_made_of_is_a_400() {
    let world = World::new().await;
    let function = instance(&world).await;
    for (place, values) in [
        ("/rawQueryString", &["a=<", "a=>", "a=\"", "a b", "a=\u{7f}", "a=#", "\n"][..]),
        ("/rawPath", &["", "api", "*"]),
        ("/headers/x-forwarded-proto", &["", "a b", "http,https", "ftp"]),
        ("/headers/host", &["", "a b", "[", "a:99999", "a@b", "a/b"]),
        ("/headers/content-type", &["\u{7f}", "a\nb", "\0"]),
        ("/requestContext/http/method", &["", "A B"]),
    ] {
        for value in values {
            let mut event = event();
            *event.pointer_mut(place).unwrap() = json!(value);
            assert_eq!(assert_answered(&function, &event).await, 400, "{event}");
        }
    }
    let mut event = event();
    event["isBase64Encoded"] = json!(true);
    assert_eq!(assert_answered(&function, &event).await, 400, "{event}");
    let lines = function.log.lines();
    let refused = lines.iter().filter(|line| line["message"] == "request" && line["code"] == "invalid_request");
    assert_eq!(refused.count(), 26, "each has its line in the log");
}

#[tokio::test]
async fn events_with_members_that_are_missing_or_of_another_kind_are_answered() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (plain, mut rng, mut all) = (event(), Rng::with_seed(SEED), Vec::new());
    places(&plain, "", &mut all);
    all.retain(|place| !place.is_empty());
    let values =
        [json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!("\u{1f600}\r\n"), json!([]), json!({})];
    for _ in 0..DRAWN {
        let mut event = plain.clone();
        for _ in 0..rng.usize(1..4) {
            let (parent, name) = rng.choice(&all).unwrap().rsplit_once('/').unwrap();
            let Some(members) = event.pointer_mut(parent).and_then(Value::as_object_mut) else { continue };
            if rng.bool() && (parent, name) != ("", "requestContext") {
                members.remove(name);
            } else {
                members.insert(name.to_owned(), rng.choice(&values).unwrap().clone());
            }
        }
        assert_answered(&function, &event).await;
    }
}

#[tokio::test]
async fn what_nobody_sent_by_http_is_an_error_for_whoever_invoked_the_function() {
    let world = World::new().await;
    let function = instance(&world).await;
    for event in [json!({}), json!({ "Records": [] }), json!([]), json!(null)] {
        let failed = function.invoke(&event).await.unwrap_err();
        assert!(failed.to_string().starts_with("not_a_request: "), "{failed}");
    }
}
