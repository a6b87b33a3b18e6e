//! What somebody changed on a cluster is found, and put right if it is not too much.

use serde_json::Value;
use testkit::{
    World,
    hopsworks::{Fault, Hopsworks, Status},
};
use uuid::Uuid;

use crate::{
    fixtures::CLIENT_ID,
    site::{accounts, demo, number_of, wanted, work},
};

const SWEEP: &str = "select coalesce(last_sweep, '{}') from app.hopsworks_provisioning";

/// Users with accounts that are as they should be, on a cluster that is looked at again.
async fn settled(world: &World, users: usize) -> (Hopsworks, Uuid) {
    let (hopsworks, id) = demo(world, 100).await;
    for number in 0..users {
        world.sign_up(&format!("u{number}")).await;
    }
    work(world).await;
    assert_eq!(accounts(&hopsworks).len(), users);
    (hopsworks, id)
}

/// A day later. What the sweep found.
async fn look_again(world: &World) -> Value {
    // All that was done lies before it.
    world
        .sql(
            "update app.hopsworks_accounts set done_at = done_at - interval '1 hour'; \
             update app.hopsworks_provisioning set sweep_due_at = app.now()",
        )
        .await;
    work(world).await;
    serde_json::from_str(&world.one(SWEEP).await).unwrap()
}

#[tokio::test]
async fn what_was_changed_by_hand_is_put_right() {
    let world = World::new().await;
    let (hopsworks, _) = settled(&world, 3).await;
    hopsworks.change(number_of(&hopsworks, "auth0|u0"), |user| user.status = Status::Deactivated);
    hopsworks.change(number_of(&hopsworks, "auth0|u1"), |user| user.max_projects = 1);
    hopsworks.forget(number_of(&hopsworks, "auth0|u2"));
    let sweep = look_again(&world).await;
    assert_eq!((&sweep["users"], &sweep["differing"], &sweep["refused"]), (&2.into(), &3.into(), &false.into()));
    assert_eq!(accounts(&hopsworks), ["auth0|u0 active 3", "auth0|u1 active 3", "auth0|u2 active 3"]);
    assert_eq!(look_again(&world).await["differing"], 0);
    world.assert_sound().await;
}

#[tokio::test]
async fn who_has_no_seat_is_a_stranger_and_left_alone() {
    let world = World::new().await;
    let (hopsworks, _) = settled(&world, 1).await;
    let guest = hopsworks.add_user(Some((CLIENT_ID, "auth0|guest")), "guest@example.com");
    hopsworks.add_user(None, "local@example.com");
    let sweep = look_again(&world).await;
    assert_eq!((&sweep["strangers"], &sweep["differing"]), (&1.into(), &0.into()));
    assert_eq!(sweep["stranger_examples"][0]["hopsworks_user_id"], guest);
    assert_eq!(accounts(&hopsworks), ["auth0|guest active 10", "auth0|u0 active 3"]);
}

#[tokio::test]
async fn too_much_at_once_is_told_and_not_done_until_somebody_accepts_it() {
    let world = World::new().await;
    let (hopsworks, _) = settled(&world, 5).await;
    hopsworks.set_fault(Some(Fault::EmptyList));
    assert_eq!(look_again(&world).await["refused"], true);
    hopsworks.set_fault(None);
    for number in 0..4 {
        hopsworks.change(number_of(&hopsworks, &format!("auth0|u{number}")), |user| user.status = Status::Deactivated);
    }
    let sweep = look_again(&world).await;
    assert_eq!((&sweep["differing"], &sweep["refused"]), (&4.into(), &true.into()));
    assert_eq!(accounts(&hopsworks).iter().filter(|line| line.contains("deactivated")).count(), 4);
    assert!(wanted(&world).await.iter().all(|line| line.contains("ready")));
    world.sql("update app.hopsworks_provisioning set last_sweep = last_sweep || jsonb_build_object('accepted_until', app.now() + interval '1 minute')").await;
    let sweep = look_again(&world).await;
    assert_eq!((&sweep["differing"], &sweep["refused"]), (&4.into(), &false.into()));
    assert!(accounts(&hopsworks).iter().all(|line| line.contains("active 3") && !line.contains("deactivated")));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_cluster_that_fails_meanwhile_is_looked_at_later() {
    let world = World::new().await;
    let (hopsworks, _) = settled(&world, 1).await;
    let before = world.one(SWEEP).await;
    hopsworks.fail_next(1, "GET", "/admin/users", Fault::Status(500));
    assert_eq!(look_again(&world).await.to_string(), before.replace(": ", ":").replace(", ", ","));
    let due = "select sweep_lease is null and sweep_due_at > app.now() from app.hopsworks_provisioning";
    assert_eq!(world.one(due).await, "t");
}
