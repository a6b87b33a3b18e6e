//! The token of an invite is in the answer that creates it, and nowhere else.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{
    ACCEPT, INVITES, MEMBERS, accept, address, by, instance, invite, invited_address, list_invites, list_members,
    remove, sign_up, text, token_saying, withdraw,
};

#[tokio::test]
async fn no_other_answer_and_no_log_line_has_the_token() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let sent = invited_address(&world, &function, "ann", &address("bob")).await;
    let token = text(&sent["token"]);
    let hash = world.one(&format!("select encode(sha256('{token}'), 'hex')")).await;

    for (request, status) in [
        (list_invites(&world, "ann"), 200),
        (invite(&world, "ann", &address("bob")), 409),
        (accept(&world, "carla", &token), 403),
        (accept(&world, "ann", &token), 403),
        (accept(&world, "bob", &token), 200),
        (accept(&world, "bob", &token), 409),
        (list_invites(&world, "ann"), 200),
        (list_members(&world, "ann"), 200),
        (withdraw(&world, "ann", &text(&sent["id"])), 409),
        (remove(&world, "ann", "bob"), 204),
    ] {
        let response = function.send(request).await.expect(status);
        assert!(!response.text.contains(&token) && !response.text.contains(&hash), "{}", response.text);
        assert!(response.headers.values().all(|value| !value.to_str().unwrap().contains(&token)));
    }
    let log = function.log.text();
    assert!(!log.contains(&token) && !log.contains(&hash), "{log}");
}

#[tokio::test]
async fn a_token_in_the_wrong_place_is_repeated_neither_to_the_caller_nor_to_the_log() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = text(&invited_address(&world, &function, "ann", &address("bob")).await["token"]);
    let post = |path: &str, body: String| {
        by(&world, "bob", TestRequest::post(path).header("content-type", "application/json").bytes(body))
    };
    let (number, cut) = (format!("{{\"token\":{token}}}"), format!("{{\"token\":\"{token}"));
    let bodies = [
        json!(token).to_string(),
        json!([token]).to_string(),
        json!({ "token": [token] }).to_string(),
        json!({ "token": { "token": token } }).to_string(),
        json!({ "token": format!("{token}x") }).to_string(),
        json!({ "token": format!(" {token}") }).to_string(),
        json!({ "token": format!("{token}\0") }).to_string(),
        json!({ "invite": token }).to_string(),
        format!("{{\"{token}\":\"\"}}"),
        json!({ "email": token }).to_string(),
        json!({ "email": [token] }).to_string(),
        json!({ "email": format!("{token}@{token}@x") }).to_string(),
        json!({ "token": token, "email": token }).to_string(),
        token.clone(),
        number,
        cut,
    ];
    let mut requests: Vec<TestRequest> = Vec::new();
    for path in [ACCEPT, INVITES] {
        requests.extend(bodies.iter().map(|body| post(path, body.clone())));
    }
    requests.extend([
        withdraw(&world, "ann", &token),
        by(&world, "ann", TestRequest::get(&format!("{INVITES}?limit={token}"))),
        by(&world, "ann", TestRequest::get(&format!("{INVITES}?cursor={token}"))),
        by(&world, "ann", TestRequest::get(&format!("{MEMBERS}?token={token}"))),
        by(&world, "ann", TestRequest::get(&format!("{INVITES}?{token}"))),
        TestRequest::post(ACCEPT).json(&json!({ "token": token })).bearer(&token),
    ]);
    for request in requests {
        let response = function.send(request.clone()).await;
        assert!((400..500).contains(&response.status), "{request:?}: {} {}", response.status, response.text);
        assert!(!response.text.contains(&token), "{}", response.text);
    }
    assert!(!function.log.text().contains(&token), "{}", function.log.text());
}

#[tokio::test]
async fn the_database_has_its_hash_alone() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = text(&invited_address(&world, &function, "ann", &address("bob")).await["token"]);
    let another = token_saying(&world, "bob", &json!("else@example.com"), &json!(true));
    function.send(crate::fixtures::accept_as(&another, &token)).await.expect(403);
    function.send(accept(&world, "bob", &token)).await.expect(200);

    let is_its_hash = format!("select token_hash = sha256('{token}') from public.team_invites");
    assert_eq!(world.one(&is_its_hash).await, "t");
    let tables = world
        .all("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'app')")
        .await;
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        // A `bytea` is shown in hexadecimal digits, and what the token stands for is 32 bytes.
        let rows = format!(
            "select count(*) from {table} t where t::text like any (array['%{token}%', \
             '%' || encode('{token}', 'hex') || '%', \
             '%' || encode(decode(translate('{token}', '-_', '+/') || '=', 'base64'), 'hex') || '%'])"
        );
        assert_eq!(world.one(&rows).await, "0", "{table}");
    }
}
