//! A kept release knows nothing of what a balance makes of an account, and writes it all the same.

use std::fs;

use migrations::Release;
use ops::schema;
use testkit::World;
use tests::variants::{enter, file};

/// A world whose functions are those of the oldest kept release that knows nothing of it.
async fn old() -> World {
    let mut world = World::new().await;
    let script = migrations::recorded(&schema::checkout()).unwrap().into_iter().next().unwrap();
    let text = fs::read_to_string(&script).unwrap();
    let name = script.file_stem().unwrap().to_string_lossy().into_owned();
    let (_, schema) = name.split_once('_').unwrap();
    enter(&mut world, &Release { schema: schema.to_owned(), files: vec![file(&name, &text)] }).await;
    world
}

/// A CPU hour costs a dollar.
async fn used(world: &World, day: &str, cpu_hours: &str) {
    world
        .sql(&format!(
            "select record_usage(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
               'input', jsonb_build_object('readings', jsonb_build_array(jsonb_build_object( \
                 'index', 0, 'source', 's', 'user_id', 'auth0|ann', 'cpu_hours', '{cpu_hours}', 'gpu_hours', 0, 'storage_gb', 0, \
                 'window_start', '{day}T00:00:00Z', 'window_end', '{day}T01:00:00Z')))))"
        ))
        .await;
}

/// Such as `low 2026-08-01 8.00 80`: the state, the month, its cost, and the level of the cap.
async fn state(world: &World) -> String {
    world.assert_sound().await;
    world
        .one(
            "select concat_ws(' ', state, month, app.round_cost(month_scaled_cost_usd), cap_level) \
             from public.user_credits where user_id = 'auth0|ann'",
        )
        .await
}

#[tokio::test]
async fn an_older_releases_entries_move_states_months_and_levels() {
    let world = old().await;
    world.database_time_is("timestamptz '2026-07-31 12:00Z'").await;
    world.sign_up("ann").await;
    world
        .sql(
            "insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test'); \
             insert into app.credit_policies (account_owner_id, monthly_cap) values ('auth0|ann', 10); \
             select record_purchase(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'shop@clients', 'must_be', 'machine', 'request_id', 'r'), \
               'input', jsonb_build_object('user_id', 'auth0|ann', 'amount', '20', 'idempotency_key', 'k', \
                 'body_sha256', encode(sha256('x'), 'hex'))))",
        )
        .await;
    used(&world, "2026-07-31", "8").await;
    assert_eq!(state(&world).await, "good 2026-07-01 8.00 80");
    used(&world, "2026-07-31", "10.5").await;
    assert_eq!(state(&world).await, "low 2026-07-01 10.50 100");
    world.database_time_is("timestamptz '2026-08-01 12:00Z'").await;
    used(&world, "2026-07-31", "10.6").await;
    assert_eq!(state(&world).await, "low 2026-08-01 0.00 0", "a new month, by usage of the old one");
    used(&world, "2026-08-01", "9.4").await;
    assert_eq!(state(&world).await, "exhausted 2026-08-01 9.40 90");
    used(&world, "2026-08-01", "1").await;
    assert_eq!(state(&world).await, "low 2026-08-01 1.00 0");
}
