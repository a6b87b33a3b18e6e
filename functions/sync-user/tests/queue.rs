//! Nobody overtakes: whoever waits longest and could sit there sits first.

use testkit::World;

use crate::logins::{instance, sign_up};

/// Who sits, by name and in order.
async fn seated(world: &World) -> String {
    world.one("select coalesce(string_agg(substr(user_id, 7), ' ' order by user_id), '') from public.user_hopsworks_assignments").await
}

/// So many owners who wait, from `auth0|q0001` on, the first one longest.
async fn queue(world: &World, owners: u32) {
    world
        .sql(&format!(
            "select sync_user(jsonb_build_object('input', jsonb_build_object( \
               'user_id', 'auth0|q' || to_char(n, 'FM0000'), 'logged_in_at', '2026-01-01T00:00:00Z'))) \
             from generate_series(1, {owners}) n; \
             update public.users set waiting_since = waiting_since - interval '1 day' + substr(id, 8)::integer * interval '1 second'"
        ))
        .await;
}

#[tokio::test]
async fn a_newcomer_does_not_take_the_room_that_somebody_made_by_hand_for_those_who_wait() {
    let world = World::new().await;
    let function = instance(&world).await;
    queue(&world, 2).await;
    world.add_cluster("demo", 1).await;
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert!(zoe["assignment"].is_null() && zoe["waiting_since"].is_string(), "{zoe}");
    assert_eq!(zoe["instance"]["status"], "provisioning");
    assert_eq!(seated(&world).await, "q0001");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_login_of_a_user_who_waits_seats_those_who_wait_longer_first() {
    let world = World::new().await;
    let function = instance(&world).await;
    queue(&world, 2).await;
    function.send(sign_up(&world, "zoe")).await.expect(200);
    world.add_cluster("demo", 2).await;
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert!(zoe["waiting_since"].is_string());
    assert_eq!(seated(&world).await, "q0001 q0002");
    world.sql("update public.hopsworks_clusters set max_users = 3").await;
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert_eq!(zoe["assignment"]["cluster_name"], "demo");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_queue_that_is_too_long_for_one_login_moves_on_in_its_order_and_the_newcomer_waits_at_its_end() {
    let world = World::new().await;
    let function = instance(&world).await;
    queue(&world, 150).await;
    world.add_cluster("demo", 1000).await;
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert!(zoe["waiting_since"].is_string(), "fifty who are older wait too");
    assert_eq!(seated(&world).await.split(' ').next_back(), Some("q0100"));
    assert_eq!(world.one("select count(*) from public.user_hopsworks_assignments").await, "100");
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert_eq!(zoe["assignment"]["cluster_name"], "demo");
    assert_eq!(world.one("select count(*) from public.user_hopsworks_assignments").await, "151");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_owner_does_not_take_the_seat_that_a_member_has_waited_for_longer() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        function.send(sign_up(&world, name)).await.expect(200);
    }
    world.join("bob", "ann").await;
    world.sql("update public.hopsworks_clusters set max_users = 2").await;
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert!(zoe["waiting_since"].is_string());
    assert_eq!(seated(&world).await, "ann bob");
    world.assert_sound().await;
}

#[tokio::test]
async fn who_waits_for_a_full_cluster_holds_up_nobody_who_may_sit_elsewhere() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        function.send(sign_up(&world, name)).await.expect(200);
    }
    world.join("bob", "ann").await;
    world.add_cluster("elsewhere", 1).await;
    let zoe = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert_eq!(zoe["assignment"]["cluster_name"], "elsewhere");
    world.assert_sound().await;
}

#[tokio::test]
async fn who_waits_is_told_their_place_in_the_queue_up_to_the_hundredth() {
    for (others, places) in [(2, [3, 4]), (98, [99, 100]), (120, [100, 100])] {
        let world = World::new().await;
        let function = instance(&world).await;
        queue(&world, others).await;
        for (name, place) in ["zoe", "ann"].into_iter().zip(places) {
            let login = function.send(sign_up(&world, name)).await.expect(200).json;
            assert_eq!(login["place_in_queue"], place, "{name} behind {others}");
        }
    }
}

#[tokio::test]
async fn a_member_is_told_their_place_among_those_who_wait_for_the_owners_cluster() {
    let world = World::new().await;
    let function = instance(&world).await;
    queue(&world, 2).await;
    world.add_cluster("home", 0).await;
    function.send(sign_up(&world, "zoe")).await.expect(200);
    world
        .sql(
            "select set_membership('auth0|q0001', 'auth0|zoe', 'test'); \
             select set_membership('auth0|q0002', 'auth0|zoe', 'test')",
        )
        .await;
    let place = "select describe_user('auth0|q0002') -> 'place_in_queue'";
    assert_eq!(world.one(place).await, "null", "the owner has no seat");
    world
        .sql(
            "update public.hopsworks_clusters set max_users = 1; \
             insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) \
             select 'auth0|zoe', id from public.hopsworks_clusters",
        )
        .await;
    assert_eq!(world.one(place).await, "2");
    let owner = function.send(sign_up(&world, "zoe")).await.expect(200).json;
    assert_eq!(owner["place_in_queue"], serde_json::Value::Null);
}
