//! Who gets a seat at a login, and who waits.

use std::sync::Arc;

use serde_json::json;
use testkit::{World, at_once};

use crate::logins::{instance, sign_up};

#[tokio::test]
async fn a_new_owner_goes_to_the_active_cluster_with_the_fewest_users() {
    let world = World::new().await;
    world.add_cluster("large", 100).await;
    world.add_cluster("small", 1).await;
    world.add_cluster("maintained", 100).await;
    world.add_cluster("retired", 100).await;
    world.sql("update public.hopsworks_clusters set status = 'maintenance' where name = 'maintained'").await;
    world.sql("update public.hopsworks_clusters set status = 'inactive' where name = 'retired'").await;
    let function = instance(&world).await;
    let mut places = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let user = function.send(sign_up(&world, name)).await.expect(200).json;
        places.push(user["assignment"]["cluster_name"].as_str().unwrap_or("none").to_owned());
    }
    assert_eq!(places, ["large", "small", "large", "large"]);
    assert_eq!(world.one("select status from public.hopsworks_clusters where name = 'small'").await, "full");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_sits_on_the_owners_cluster_or_waits() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    function.send(sign_up(&world, "bob")).await.expect(200);
    world.sql("update public.users set account_owner_id = 'auth0|ann' where id = 'auth0|bob'").await;
    world.sql("update app.account_memberships set account_owner_id = 'auth0|ann' where user_id = 'auth0|bob'").await;
    world.add_cluster("elsewhere", 10).await;

    let bob = function.send(sign_up(&world, "bob")).await.expect(200).json;
    assert_eq!(bob["assignment"], json!(null), "there is room, but not beside Ann");
    assert!(bob["waiting_since"].is_string());

    world.sql("update public.hopsworks_clusters set max_users = 2 where name = 'home'").await;
    let bob = function.send(sign_up(&world, "bob")).await.expect(200).json;
    assert_eq!(bob["assignment"]["cluster_name"], "home");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_returning_owner_brings_the_waiting_team_to_their_seats() {
    let world = World::new().await;
    world.add_cluster("home", 10).await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    function.send(sign_up(&world, "bob")).await.expect(200);
    world.sql("select set_membership('auth0|bob', 'auth0|ann', 'test')").await;
    world.sql("delete from public.user_hopsworks_assignments").await;
    let bob = function.send(sign_up(&world, "bob")).await.expect(200).json;
    assert!(bob["waiting_since"].is_string(), "the owner has no seat");

    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(world.one("select count(*) from public.user_hopsworks_assignments").await, "2");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_waiting_user_keeps_their_place_in_the_queue() {
    let world = World::new().await;
    let function = instance(&world).await;
    let first = function.send(sign_up(&world, "ann")).await.expect(200).json;
    let again = function.send(sign_up(&world, "ann")).await.expect(200).json;
    assert!(first["waiting_since"].is_string());
    assert_eq!(first["waiting_since"], again["waiting_since"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_whose_seat_was_taken_away_gets_one_at_the_next_login() {
    let world = World::new().await;
    world.add_cluster("demo", 1).await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    world.sql("delete from public.user_hopsworks_assignments").await;
    assert_eq!(world.one("select status from public.instances").await, "stopped");
    let ann = function.send(sign_up(&world, "ann")).await.expect(200).json;
    assert_eq!(ann["assignment"]["cluster_name"], "demo");
    assert_eq!(ann["instance"]["status"], "active");
    world.assert_sound().await;
}

#[tokio::test]
async fn forty_sign_ups_at_once_on_ten_seats_seat_ten_and_fail_nobody() {
    let world = World::new().await;
    world.add_cluster("first", 10).await;
    let mut instances = Vec::new();
    for _ in 0..40 {
        instances.push(Arc::new(instance(&world).await));
    }
    let requests = || (0..40).map(|number| sign_up(&world, &format!("user{number}"))).collect();

    let responses = at_once(instances.clone(), requests()).await;

    assert!(responses.iter().all(|response| response.status == 200));
    assert_eq!(responses.iter().filter(|response| response.json["assignment"].is_object()).count(), 10);
    assert_eq!(responses.iter().filter(|response| response.json["waiting_since"].is_string()).count(), 30);
    assert_eq!(world.one("select current_users || ' ' || status from public.hopsworks_clusters").await, "10 full");
    world.assert_sound().await;

    world.add_cluster("second", 30).await;
    let responses = at_once(instances, requests()).await;

    assert!(responses.iter().all(|response| response.status == 200 && response.json["assignment"].is_object()));
    assert_eq!(world.all("select current_users from public.hopsworks_clusters order by name").await, ["10", "30"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_database_refuses_one_seat_too_many_and_follows_edits_by_hand() {
    let world = World::new().await;
    world.add_cluster("demo", 1).await;
    let function = instance(&world).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    function.send(sign_up(&world, "bob")).await.expect(200);

    let seat_bob = "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) \
                    select 'auth0|bob', id from public.hopsworks_clusters";
    let refusal = world.direct().await.run(seat_bob).await.unwrap_err();
    assert_eq!(refusal.constraint.as_deref(), Some("hopsworks_clusters_seats_within_capacity"));

    world.sql("delete from public.user_hopsworks_assignments").await;
    assert_eq!(world.one("select current_users || ' ' || status from public.hopsworks_clusters").await, "0 active");
    world.sql(seat_bob).await;
    assert_eq!(world.one("select current_users || ' ' || status from public.hopsworks_clusters").await, "1 full");
    world.sql("update public.hopsworks_clusters set current_users = 0").await;
    assert_eq!(world.one("select current_users || ' ' || status from public.hopsworks_clusters").await, "1 full");
    world.sql("truncate public.user_hopsworks_assignments").await;
    assert_eq!(world.one("select current_users || ' ' || status from public.hopsworks_clusters").await, "0 active");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_login_that_meets_an_edit_by_hand_looks_again_instead_of_failing() {
    let world = World::new().await;
    world.add_cluster("first", 1).await;
    world.add_cluster("second", 1).await;
    let function = Arc::new(instance(&world).await);
    let mut editor = world.direct().await;
    let edit =
        "begin; update public.hopsworks_clusters set max_users = case name when 'first' then 0 else max_users end";
    editor.run(edit).await.unwrap();

    let login = tokio::spawn({
        let (function, request) = (Arc::clone(&function), sign_up(&world, "ann"));
        async move { function.send(request).await }
    });
    let waiting = "select count(*) from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock' and query like '%sync_user%'";
    while world.one(waiting).await == "0" {
        tokio::task::yield_now().await;
    }
    editor.run("commit").await.unwrap();

    let ann = login.await.unwrap().expect(200).json;
    assert_eq!(ann["assignment"]["cluster_name"], "second");
    world.assert_sound().await;
}
