//! Seats of users who join or leave a team, and of those who wait meanwhile.

use serde_json::json;
use testkit::World;

use crate::fixtures::{instance, joined, places, remove, sign_up, suspend};

/// Seats a user by hand, wherever they sat before.
async fn seat(world: &World, name: &str, cluster_id: &str) {
    world
        .sql(&format!(
            "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) \
             values ('auth0|{name}', '{cluster_id}') \
             on conflict (user_id) do update set hopsworks_cluster_id = excluded.hopsworks_cluster_id"
        ))
        .await;
}

#[tokio::test]
async fn a_joining_user_moves_to_the_owners_cluster() {
    let world = World::new().await;
    let home = world.add_cluster("home", 2).await;
    let away = world.add_cluster("away", 2).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    seat(&world, "ann", &home).await;
    seat(&world, "bob", &away).await;

    let place = joined(&world, &function, "ann", "bob").await.json;

    assert_eq!(place["assignment"]["cluster_name"], "home");
    assert_eq!(place["instance"]["hopsworks_url"], "https://home.example.com");
    assert_eq!(places(&world).await, ["ann on home", "bob on home"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_who_joins_a_full_cluster_gives_up_their_seat_and_waits() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    world.add_cluster("away", 5).await;
    sign_up(&world, &["bob"]).await;
    assert_eq!(places(&world).await, ["ann on home", "bob on away"]);

    let place = joined(&world, &function, "ann", "bob").await.json;

    assert_eq!((&place["assignment"], &place["instance"]["status"]), (&json!(null), &json!("provisioning")));
    assert!(place["waiting_since"].is_string() && place["instance"]["hopsworks_url"].is_null(), "{place}");
    assert_eq!(places(&world).await, ["ann on home", "bob waits"]);
    assert_eq!(world.all("select current_users from public.hopsworks_clusters order by name").await, ["0", "1"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_seat_given_up_goes_at_once_to_whoever_has_waited_longest() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    world.add_cluster("away", 1).await;
    sign_up(&world, &["bob", "zoe", "carla"]).await;
    assert_eq!(places(&world).await, ["ann on home", "bob on away", "carla waits", "zoe waits"]);

    joined(&world, &function, "ann", "bob").await;

    assert_eq!(places(&world).await, ["ann on home", "bob waits", "carla waits", "zoe on away"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_on_the_owners_cluster_already_keeps_the_seat_though_others_wait() {
    let world = World::new().await;
    world.add_cluster("home", 2).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let seat_of_bob =
        "select id::text || assigned_at from public.user_hopsworks_assignments where user_id = 'auth0|bob'";
    let before = world.one(seat_of_bob).await;

    joined(&world, &function, "ann", "bob").await;

    assert_eq!(world.one(seat_of_bob).await, before, "the same row, not one like it");
    assert_eq!(places(&world).await, ["ann on home", "bob on home", "carla waits"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_seat_given_up_can_go_to_the_waiting_owner() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    sign_up(&world, &["bob", "ann"]).await;
    assert_eq!(places(&world).await, ["ann waits", "bob on home"]);
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(places(&world).await, ["ann on home", "bob waits"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_who_waits_when_joining_keeps_their_place_in_the_queue() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "carla").await;
    joined(&world, &function, "ann", "bob").await;
    world.sql("update public.hopsworks_clusters set max_users = 2; select place_waiting()").await;
    assert_eq!(places(&world).await, ["ann on home", "bob on home", "carla waits"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_leaving_member_gives_up_the_seat_to_those_who_wait_already() {
    let world = World::new().await;
    world.add_cluster("home", 2).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "zoe", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;

    function.send(remove(&world, "bob", "bob")).await.expect(204);

    assert_eq!(places(&world).await, ["ann on home", "bob waits", "carla waits", "zoe on home"]);
    assert_eq!(world.one("select status from public.instances where user_id = 'auth0|bob'").await, "provisioning");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_leaving_member_goes_like_a_new_owner_to_the_cluster_with_the_fewest_users() {
    let world = World::new().await;
    world.add_cluster("home", 5).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    world.add_cluster("empty", 5).await;
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    assert_eq!(places(&world).await, ["ann on home", "bob on empty"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_waiting_member_loses_their_place_in_the_queue_by_leaving() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    world.add_cluster("new", 1).await;
    world.sql("select place_waiting()").await;
    assert_eq!(places(&world).await, ["ann on home", "bob waits", "carla on new"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_suspended_member_who_is_removed_keeps_their_seat_like_every_suspended_user() {
    let world = World::new().await;
    world.add_cluster("home", 2).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    suspend(&world, "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(places(&world).await, ["ann on home", "bob on home", "carla waits"]);
    assert_eq!(world.one("select status from public.instances where user_id = 'auth0|bob'").await, "stopped");
    world.assert_sound().await;
}
