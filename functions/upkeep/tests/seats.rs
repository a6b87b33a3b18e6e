//! Whoever waits while a seat is free is seated.

use crate::days::{run, world};

#[tokio::test]
async fn room_that_was_made_by_hand_is_given_to_those_who_wait_longest() {
    let world = world().await;
    for name in ["ann", "bob", "eve"] {
        world.sign_up(name).await;
    }
    world.sql("update public.users set waiting_since = waiting_since - interval '1 hour' where id = 'auth0|bob'").await;
    assert_eq!(run(&world).await["users_seated"], 0, "there is no cluster");
    world.add_cluster("a", 2).await;
    assert_eq!(run(&world).await["users_seated"], 2);
    assert_eq!(world.one("select id from public.users where waiting_since is not null").await, "auth0|eve");
    assert_eq!(run(&world).await["users_seated"], 0);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_who_waits_for_the_wrong_cluster_is_seated_on_the_owners() {
    let world = world().await;
    let home = world.add_cluster("home", 1).await;
    world.sign_up("ann").await;
    world.sign_up("bob").await;
    world.join("bob", "ann").await;
    // What two sessions can leave behind, of which neither sees the other.
    world
        .sql(
            "alter table public.users disable trigger set_waiting; \
             update public.users set waiting_cluster_id = null where id = 'auth0|bob'; \
             alter table public.users enable trigger set_waiting",
        )
        .await;
    world.sql(&format!("update public.hopsworks_clusters set max_users = 2 where id = '{home}'")).await;
    assert_eq!(run(&world).await["users_seated"], 1);
    world.assert_sound().await;
}
