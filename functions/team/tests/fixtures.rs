//! Users and requests of these tests: `ann` is `auth0|ann` with the address `ann@example.com`.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{CLAIMS_NAMESPACE, Function, TestRequest, TestResponse, World};

pub const INVITES: &str = "/api/team/invites";
pub const ACCEPT: &str = "/api/team/invites/accept";
pub const MEMBERS: &str = "/api/team/members";

/// A new instance of `team`.
pub async fn instance(world: &World) -> Function {
    world.function(team::NAME, team::routes()).await
}

pub fn id(name: &str) -> String {
    format!("auth0|{name}")
}

pub fn address(name: &str) -> String {
    format!("{name}@example.com")
}

/// Signs everybody up, one after the other.
pub async fn sign_up(world: &World, names: &[&str]) {
    for name in names {
        let login = json!({ "input": {
            "user_id": id(name),
            "email": address(name),
            "email_verified": true,
            "name": name,
            "logged_in_at": "2026-01-01T00:00:00Z",
            "webhook_id": format!("msg_{name}"),
        }});
        world.sql(&format!("select sync_user('{login}')")).await;
    }
}

/// A token with these claims about the address; `null` leaves a claim out.
pub fn token_saying(world: &World, name: &str, email: &Value, email_verified: &Value) -> String {
    let mut claims = world.claims(&id(name));
    for (claim, value) in [("email", email), ("email_verified", email_verified)] {
        if !value.is_null() {
            claims[format!("{CLAIMS_NAMESPACE}/{claim}")] = value.clone();
        }
    }
    world.key.sign(&claims)
}

/// Adds the user's access token, with their verified address.
pub fn by(world: &World, name: &str, request: TestRequest) -> TestRequest {
    request.bearer(&world.token_with_email(&id(name), &address(name)))
}

pub fn invite(world: &World, owner: &str, email: &str) -> TestRequest {
    by(world, owner, TestRequest::post(INVITES).json(&json!({ "email": email })))
}

pub fn list_invites(world: &World, owner: &str) -> TestRequest {
    by(world, owner, TestRequest::get(INVITES))
}

pub fn withdraw(world: &World, owner: &str, invite_id: &str) -> TestRequest {
    by(world, owner, TestRequest::new(Method::DELETE, &format!("{INVITES}/{invite_id}")))
}

pub fn accept(world: &World, name: &str, token: &str) -> TestRequest {
    accept_as(&world.token_with_email(&id(name), &address(name)), token)
}

pub fn accept_as(access_token: &str, token: &str) -> TestRequest {
    TestRequest::post(ACCEPT).json(&json!({ "token": token })).bearer(access_token)
}

pub fn list_members(world: &World, owner: &str) -> TestRequest {
    by(world, owner, TestRequest::get(MEMBERS))
}

pub fn remove(world: &World, caller: &str, member: &str) -> TestRequest {
    by(world, caller, TestRequest::new(Method::DELETE, &format!("{MEMBERS}/auth0%7C{member}")))
}

/// Has `owner` invite that address, and returns the invite with its token.
pub async fn invited_address(world: &World, function: &Function, owner: &str, email: &str) -> Value {
    function.send(invite(world, owner, email)).await.expect(201).json
}

/// Has `owner` invite the user, and returns the token.
pub async fn invited(world: &World, function: &Function, owner: &str, name: &str) -> String {
    text(&invited_address(world, function, owner, &address(name)).await["token"])
}

/// Has the user join the team of `owner`, and returns the response.
pub async fn joined(world: &World, function: &Function, owner: &str, name: &str) -> TestResponse {
    let token = invited(world, function, owner, name).await;
    function.send(accept(world, name, &token)).await.expect(200)
}

pub async fn suspend(world: &World, name: &str) {
    world.sql(&format!("select set_user_status('{}', 'suspended')", id(name))).await;
}

/// From now on the database's clock is ahead by this interval.
pub async fn later(world: &World, interval: &str) {
    world.database_time_is(&format!("pg_catalog.now() + interval '{interval}'")).await;
}

/// Who belongs to whom: `bob of ann`.
pub async fn memberships(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(id || ' of ' || account_owner_id, 'auth0|', '') from public.users \
             where account_owner_id is not null order by 1",
        )
        .await
}

/// Where everybody is: `ann on demo`, or `ann waits`.
pub async fn places(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(u.id, 'auth0|', '') || coalesce(' on ' || c.name, '') \
                || case when u.waiting_since is not null then ' waits' else '' end \
             from public.users u \
             left join public.user_hopsworks_assignments a on a.user_id = u.id \
             left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id \
             order by u.id",
        )
        .await
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// One column of a list.
pub fn column(response: &TestResponse, field: &str) -> Vec<String> {
    response.json["items"].as_array().unwrap().iter().map(|item| text(&item[field])).collect()
}

/// Every page of a list, by one field, until it says that there is no more.
pub async fn every_page(world: &World, function: &Function, path: &str, limit: usize, field: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = format!("{path}?limit={limit}");
    loop {
        let page = function.send(by(world, "ann", TestRequest::get(&next))).await.expect(200);
        pages.push(column(&page, field));
        match &page.json["next_cursor"] {
            Value::Null => return pages,
            cursor => next = format!("{path}?limit={limit}&cursor={}", text(cursor)),
        }
        assert!(pages.len() < 20, "the list ends");
    }
}
