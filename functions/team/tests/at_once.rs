//! Several requests at once: one of them wins, the others are told why they did not.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use testkit::{Function, TestRequest, TestResponse, World, at_once};
use tokio::time::{sleep, timeout};

use crate::fixtures::{
    accept, accept_as, address, instance, invite, invited, invited_address, joined, memberships, places, remove,
    sign_up, text, token_saying, withdraw,
};

async fn instances(world: &World, count: usize) -> Vec<Arc<Function>> {
    let mut instances = Vec::new();
    for _ in 0..count {
        instances.push(Arc::new(instance(world).await));
    }
    instances
}

/// Sends one request through each instance; answers the statuses with their codes, sorted.
async fn outcomes(instances: &[Arc<Function>], requests: Vec<TestRequest>) -> Vec<(u16, String)> {
    let responses = at_once(instances.to_vec(), requests).await;
    let mut outcomes: Vec<_> = responses
        .iter()
        .map(|response| (response.status, response.json["code"].as_str().unwrap_or_default().to_owned()))
        .collect();
    outcomes.sort();
    outcomes
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn of_people_who_accept_one_invite_at_once_one_joins() {
    let world = World::new().await;
    world.add_cluster("demo", 20).await;
    let names = ["bob", "carla", "dora", "eve", "fred", "gina", "hugo", "ida"];
    sign_up(&world, &["ann"]).await;
    sign_up(&world, &names).await;
    let instances = instances(&world, names.len()).await;
    let sent = invited_address(&world, &instances[0], "ann", "shared@example.com").await;
    let token = text(&sent["token"]);
    let access = |name: &&str| token_saying(&world, name, &json!("shared@example.com"), &json!(true));

    let outcomes = outcomes(&instances, names.iter().map(|name| accept_as(&access(name), &token)).collect()).await;

    assert_eq!(outcomes[0].0, 200);
    assert_eq!(outcomes[1..], vec![refusal(409, "invite_used"); names.len() - 1]);
    assert_eq!(memberships(&world).await.len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn one_person_who_accepts_two_invites_at_once_joins_one_team() {
    let world = World::new().await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let instances = instances(&world, 2).await;
    let of_ann = invited(&world, &instances[0], "ann", "bob").await;
    let of_carla = invited(&world, &instances[0], "carla", "bob").await;
    let requests = vec![accept(&world, "bob", &of_ann), accept(&world, "bob", &of_carla)];
    assert_eq!(outcomes(&instances, requests).await[..], [refusal(200, ""), refusal(409, "already_member")]);
    assert_eq!(memberships(&world).await.len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn two_owners_who_accept_each_others_invites_at_once_are_one_team() {
    let world = World::new().await;
    sign_up(&world, &["ann", "bob"]).await;
    let instances = instances(&world, 2).await;
    let for_bob = invited(&world, &instances[0], "ann", "bob").await;
    let for_ann = invited(&world, &instances[0], "bob", "ann").await;
    let requests = vec![accept(&world, "bob", &for_bob), accept(&world, "ann", &for_ann)];
    assert_eq!(outcomes(&instances, requests).await[..], [refusal(200, ""), refusal(409, "has_members")]);
    assert_eq!(memberships(&world).await.len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_invite_that_is_withdrawn_and_accepted_at_once_is_one_of_both() {
    let world = World::new().await;
    sign_up(&world, &["ann", "bob"]).await;
    let instances = instances(&world, 2).await;
    let sent = invited_address(&world, &instances[0], "ann", &address("bob")).await;
    let requests = vec![accept(&world, "bob", &text(&sent["token"])), withdraw(&world, "ann", &text(&sent["id"]))];
    let outcomes = outcomes(&instances, requests).await;
    let accepted = [refusal(200, ""), refusal(409, "invite_used")];
    let withdrawn = [refusal(204, ""), refusal(409, "invite_withdrawn")];
    assert!(outcomes[..] == accepted || outcomes[..] == withdrawn, "{outcomes:?}");
    assert_eq!(memberships(&world).await.is_empty(), outcomes[..] == withdrawn);
}

#[tokio::test]
async fn of_invites_for_one_address_at_once_one_is_sent() {
    let world = World::new().await;
    sign_up(&world, &["ann"]).await;
    let instances = instances(&world, 8).await;
    let requests = (0..8).map(|_| invite(&world, "ann", "bob@example.com")).collect();
    let outcomes = outcomes(&instances, requests).await;
    assert_eq!(outcomes[0], refusal(201, ""));
    assert_eq!(outcomes[1..], vec![refusal(409, "invite_open"); 7]);
    assert_eq!(world.one("select count(*) from public.team_invites").await, "1");
}

/// Sends a request that has to wait for the seats, until this SQL has been done in front of it.
async fn overtaken_by(world: &World, request: TestRequest, sql: &str) -> TestResponse {
    let function = instance(world).await;
    let mut operator = world.direct().await;
    operator.run("begin; select lock_seats()").await.unwrap();
    let waiting = tokio::spawn(async move { function.send(request).await });
    let waits = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
                 where d.datname = current_database() and l.locktype = 'advisory' and not l.granted";
    let seen = async {
        while world.one(waits).await == "0" {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(3), seen).await.expect("the request waits for the seats");
    operator.run(&format!("{sql}; commit")).await.unwrap();
    waiting.await.unwrap()
}

#[tokio::test]
async fn a_user_suspended_while_their_acceptance_waits_does_not_join() {
    let world = World::new().await;
    world.add_cluster("demo", 1).await;
    let function = instance(&world).await;
    sign_up(&world, &["bob", "ann"]).await;
    let token = invited(&world, &function, "ann", "bob").await;

    let suspend = "select set_user_status('auth0|bob', 'suspended')";
    let response = overtaken_by(&world, accept(&world, "bob", &token), suspend).await;

    response.expect_problem(403, "account_suspended");
    assert!(memberships(&world).await.is_empty());
    assert_eq!(places(&world).await, ["ann waits", "bob on demo"], "suspending keeps the seat");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_owner_suspended_while_their_removal_waits_removes_nobody() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;

    let suspend = "select set_user_status('auth0|ann', 'suspended')";
    let response = overtaken_by(&world, remove(&world, "ann", "bob"), suspend).await;

    response.expect_problem(403, "account_suspended");
    world.sql("select set_user_status('auth0|ann', 'active')").await;
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    assert_eq!(
        world.one("select status from public.users where id = 'auth0|bob'").await,
        "active",
        "the member came back too"
    );
    world.assert_sound().await;
}
