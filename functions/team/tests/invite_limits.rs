//! How many invites an account may have open, and send in a day.

use std::sync::Arc;

use testkit::{TestResponse, World};

use crate::fixtures::{instance, invite, later, sign_up, withdraw};

/// Ann, who has sent so many invites at this time, open or withdrawn.
async fn world_with(number: u32, created_at: &str, withdrawn_at: &str) -> World {
    let world = World::new().await;
    sign_up(&world, &["ann"]).await;
    world
        .sql(&format!(
            "insert into public.team_invites (account_owner_id, email, token_hash, created_at, expires_at, withdrawn_at) \
             select 'auth0|ann', n || '@x.io', sha256(n::text::bytea), {created_at}, {created_at} + interval '7 days', {withdrawn_at} \
             from generate_series(1, {number}) n"
        ))
        .await;
    world
}

fn expect_limit(response: TestResponse, words: &str) {
    let refused = response.expect_problem(409, "invite_limit");
    assert!(refused.text.contains(words), "{}", refused.text);
}

#[tokio::test]
async fn an_account_has_a_hundred_open_invites_at_most_and_ended_ones_make_room() {
    let world = world_with(99, "app.now() - interval '2 days'", "null").await;
    let function = instance(&world).await;
    let sent = function.send(invite(&world, "ann", "bob@x.io")).await.expect(201).json;
    expect_limit(function.send(invite(&world, "ann", "carla@x.io")).await, "100 open invites");
    assert_eq!(world.one("select count(*) from public.team_invites").await, "100");
    function.send(withdraw(&world, "ann", sent["id"].as_str().unwrap())).await.expect(204);
    function.send(invite(&world, "ann", "carla@x.io")).await.expect(201);
    later(&world, "6 days").await;
    function.send(invite(&world, "ann", "1@x.io")).await.expect(201);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_account_that_invites_and_withdraws_sends_a_hundred_in_a_day_at_most() {
    let world = world_with(100, "app.now() - interval '23 hours'", "app.now()").await;
    let function = instance(&world).await;
    expect_limit(function.send(invite(&world, "ann", "bob@x.io")).await, "100 invites in 24 hours");
    later(&world, "2 hours").await;
    function.send(invite(&world, "ann", "bob@x.io")).await.expect(201);
}

#[tokio::test]
async fn of_many_invites_at_once_no_more_are_sent_than_there_is_room_for() {
    let world = world_with(98, "app.now() - interval '2 days'", "null").await;
    let mut instances = Vec::new();
    for _ in 0..6 {
        instances.push(Arc::new(instance(&world).await));
    }
    let requests = (0..6).map(|number| invite(&world, "ann", &format!("bob{number}@x.io"))).collect();
    let lock = "select from public.users where id = 'auth0|ann' for update";
    let mut statuses: Vec<_> =
        world.race(lock, instances, requests).await.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409, 409, 409]);
}
