//! Ids in paths, as API Gateway hands them over: the user who was meant, or a refusal, and never another one.

use axum::http::Method;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::fixtures::{USERS, instance, world};

fn percent_encoded(id: &str) -> String {
    let escaped =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") };
    id.bytes().map(escaped).collect()
}

fn base64url(id: &str) -> String {
    format!("~{}", BASE64URL_NOPAD.encode(id.as_bytes()))
}

async fn with_users(ids: &[&str]) -> (World, Function) {
    let world = world(&[]).await;
    for id in ids {
        world.sql(&format!("insert into public.users (id) values ('{id}')")).await;
    }
    let function = instance(&world).await;
    (world, function)
}

fn suspend(world: &World, segment: &str) -> TestRequest {
    let request = TestRequest::new(Method::PATCH, &format!("{USERS}/{segment}"));
    request.bearer(&world.token("auth0|admin")).json(&json!({ "status": "suspended" }))
}

/// Without decoding, as whoever invokes the function might write it.
fn raw(request: TestRequest, path: &str) -> Value {
    let mut event = request.into_event();
    event["rawPath"] = json!(path);
    event
}

#[tokio::test]
async fn usual_ids_stand_as_they_are_and_every_id_stands_encoded() {
    let usual = ["auth0|ann", "samlp|acme|ann@corp.com", "oauth2|x|a b", "ad|x|\u{eb}\u{4e16}\u{1f600}", "a.b-c_d:1"];
    let odd = [
        "samlp|acme|aB/c+d=",
        "samlp|acme|CORP\\ann",
        "samlp|acme|50%",
        "oauth2|x|a#b",
        "oauth2|x|a?b",
        "~a",
        ".",
        "a%ff",
    ];
    let (world, function) = with_users(&[&usual[..], &odd[..]].concat()).await;
    let get = |segment: String| TestRequest::get(&format!("{USERS}/{segment}")).bearer(&world.token("auth0|admin"));
    for id in usual {
        let plain = function.send(get(percent_encoded(id))).await.expect(200);
        assert_eq!(plain.json["id"], id);
        // As it arrives, and as a gateway that does not decode would hand it over.
        for path in [id.to_owned(), percent_encoded(id)] {
            let returned = function.invoke(&raw(get(String::new()), &format!("{USERS}/{path}"))).await.unwrap();
            let is_known = path == id || id.contains('|');
            assert_eq!(returned["statusCode"], if is_known { 200 } else { 400 }, "{path}");
        }
    }
    for id in usual.into_iter().chain(odd) {
        assert_eq!(function.send(get(base64url(id))).await.expect(200).json["id"], id);
    }
    for id in odd {
        let answer = function.send(get(percent_encoded(id))).await;
        assert!((400..500).contains(&answer.status), "{id}: {}", answer.text);
    }
    let told = function.send(get(percent_encoded("oauth2|x|a#b"))).await.expect_problem(400, "invalid_path");
    assert_eq!(told.field(), "id");
    assert!(told.text.contains("base64url"), "{}", told.text);
}

#[tokio::test]
async fn no_spelling_of_an_odd_id_reaches_another_user() {
    let pairs = [
        ("samlp|acme|100%41", "samlp|acme|100A"),
        ("samlp|acme|100%2541", "samlp|acme|100A"),
        ("oauth2|siwe|eip155%3A5", "oauth2|siwe|eip155:5"),
        ("oauth2|x|a?b", "oauth2|x|a"),
        ("oauth2|x|c%3Fb", "oauth2|x|c"),
        ("samlp|azure|ann_x#EXT#@c", "samlp|azure|ann_x"),
        ("auth0%7Cbob", "auth0|bob"),
    ];
    let mut ids: Vec<&str> = pairs.iter().flat_map(|(odd, usual)| [*odd, *usual]).collect();
    ids.sort_unstable();
    ids.dedup();
    let (world, function) = with_users(&ids).await;
    for (odd, usual) in pairs {
        let once = percent_encoded(odd);
        for spelling in [once.clone(), percent_encoded(&once), percent_encoded(&percent_encoded(&once))] {
            let answer = function.send(suspend(&world, &spelling)).await;
            assert!((400..500).contains(&answer.status), "{spelling}: {}", answer.text);
        }
        for path in [odd, &once] {
            let returned = function.invoke(&raw(suspend(&world, ""), &format!("{USERS}/{path}"))).await.unwrap();
            assert!((400..500).contains(&returned["statusCode"].as_u64().unwrap()), "{path}: {returned}");
        }
        assert_eq!(world.one("select count(*) from public.users where status <> 'active'").await, "0", "{odd}");
        let answer = function.send(suspend(&world, &base64url(odd))).await.expect(200);
        assert_eq!((&answer.json["id"], &answer.json["status"]), (&json!(odd), &json!("suspended")));
        assert_eq!(world.one(&format!("select status from public.users where id = '{usual}'")).await, "active");
        world.sql("update public.users set status = 'active'").await;
    }
}

#[tokio::test]
async fn an_id_that_another_one_may_arrive_as_is_refused_until_it_is_written_in_full() {
    let (world, function) = with_users(&["samlp|acme|100%41", "samlp|acme|100A", "samlp|acme|100B"]).await;
    let told = function.send(suspend(&world, &percent_encoded("samlp|acme|100A"))).await;
    let told = told.expect_problem(400, "id_ambiguous");
    assert!(told.text.contains("base64url"), "{}", told.text);
    function.send(suspend(&world, &base64url("samlp|acme|100A"))).await.expect(200);
    function.send(suspend(&world, &percent_encoded("samlp|acme|100B"))).await.expect(200);
    assert_eq!(world.one("select status from public.users where id = 'samlp|acme|100%41'").await, "active");
}

#[tokio::test]
async fn ids_that_no_gateway_would_hand_over_do_no_harm() {
    let odd = ["x|50%", "x|%zz", "x|%ff", "x|%00", "x|%E0%A4%A", "x|%", "x|??", "%", "?", "x|%25%", "x|%3F%3F"];
    let (world, function) = with_users(&odd).await;
    for id in odd {
        let request = TestRequest::get(&format!("{USERS}/{}", base64url(id))).bearer(&world.token("auth0|admin"));
        assert_eq!(function.send(request).await.expect(200).json["id"], id);
    }
    for (id, arrives) in [
        ("x|50%", "refused"),
        ("x|%ff", "refused"),
        ("x|%00", "refused"),
        ("x|%7C%2541", "x||A"),
        ("x|%C3%ABé%20", "x|ëé "),
        ("x|a?%", "x|a"),
    ] {
        let read = world.one(&format!("select coalesce(app.read_from_path('{id}'), 'refused')")).await;
        assert_eq!(read, arrives, "{id}");
    }
}
