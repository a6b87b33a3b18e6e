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
