//! Logins that nobody can repeat any more are forgotten.

use crate::days::{run, world};

#[tokio::test]
async fn logins_are_kept_for_a_week() {
    let world = world().await;
    world.sign_up("ann").await;
    world
        .sql(
            "insert into app.login_events (webhook_id, user_id, logged_in_at, received_at) \
             select days::text, 'auth0|ann', app.now(), app.now() - make_interval(days => days) from generate_series(0, 9) days",
        )
        .await;
    assert_eq!(run(&world).await["logins_forgotten"], 2, "those of eight and nine days ago");
    let kept = "select string_agg(webhook_id, ' ' order by webhook_id) from app.login_events";
    assert_eq!(world.one(kept).await, "0 1 2 3 4 5 6 7");
    assert_eq!(run(&world).await["logins_forgotten"], 0);
}

#[tokio::test]
async fn more_than_one_statement_can_bear_are_forgotten_in_pieces() {
    let world = world().await;
    world.sign_up("ann").await;
    world
        .sql(
            "insert into app.login_events (webhook_id, user_id, logged_in_at, received_at) \
             select n::text, 'auth0|ann', app.now(), app.now() - interval '8 days' from generate_series(1, 20001) n",
        )
        .await;
    assert_eq!(run(&world).await["logins_forgotten"], 20001);
}
