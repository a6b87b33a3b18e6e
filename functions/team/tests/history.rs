//! Who pays for whom, from which day: what is billed stays where it was billed.

use testkit::World;

use crate::fixtures::{instance, joined, remove, sign_up};

/// Late on July 1 in UTC, when it is July 2 already further east.
const NOW: &str = "timestamptz '2026-07-02 01:30:00+02'";

async fn history(world: &World) -> Vec<String> {
    world
        .all(
            "select effective_on || ' ' || replace(account_owner_id, 'auth0|', '') \
             from app.account_memberships where user_id = 'auth0|bob' order by effective_on",
        )
        .await
}

/// Bob uses something on that day, as a meter reports it.
async fn use_something(world: &World, day: &str) {
    world
        .sql(&format!(
            "insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'x') on conflict do nothing; \
             select record_usage('{{\"caller\": {{\"sub\": \"x@clients\", \"must_be\": \"machine\"}}, \"input\": {{\"readings\": [{{ \
               \"index\": 0, \"source\": \"x\", \"user_id\": \"auth0|bob\", \"cpu_hours\": 1, \"gpu_hours\": 0, \"storage_gb\": 0, \
               \"window_start\": \"{day}T00:00:00Z\", \"window_end\": \"{day}T01:00:00Z\"}}]}}}}')"
        ))
        .await;
}

/// Who pays for each of Bob's days with usage.
async fn billed(world: &World) -> Vec<String> {
    world
        .all("select date || ' ' || replace(account_owner_id, 'auth0|', '') from public.usage_daily order by date")
        .await
}

#[tokio::test]
async fn without_usage_today_the_new_account_pays_from_today() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    world.database_time_is(NOW).await;
    use_something(&world, "2026-06-30").await;
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 ann"]);
    world.database_time_is("timestamptz '2026-07-05 12:00:00Z'").await;
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 ann", "2026-07-05 bob"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn with_usage_today_the_new_account_pays_from_tomorrow() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    world.database_time_is(NOW).await;
    use_something(&world, "2026-07-01").await;
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-02 ann"]);
    world.database_time_is("timestamptz '2026-07-05 12:00:00Z'").await;
    use_something(&world, "2026-07-05").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-02 ann", "2026-07-06 bob"]);
    assert_eq!(billed(&world).await, ["2026-07-01 bob", "2026-07-05 ann"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn who_joins_and_leaves_on_one_day_leaves_no_second_payer_behind() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    world.database_time_is(NOW).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 bob"]);
    joined(&world, &function, "carla", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 carla"]);
    use_something(&world, "2026-07-01").await;
    function.send(remove(&world, "carla", "bob")).await.expect(204);
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 carla", "2026-07-02 ann"]);
    world.assert_sound().await;
}
