//! Who pays for whom, from which day: what is billed stays where it was billed.

use local::testkit::World;

use crate::people::{instance, it_is, joined, remove, sign_up};

/// Late on July 1 in UTC, when it is July 2 already further east.
const NOW: &str = "timestamptz '2026-07-02 01:30:00+02'";

async fn history(world: &World) -> Vec<String> {
    world
        .all(
            "select effective_on || ' ' || replace(account_owner_id, 'auth0|', '') \
             from public.account_memberships where user_id = 'auth0|bob' order by effective_on",
        )
        .await
}

async fn use_something(world: &World, payer: &str, day: &str) {
    world
        .sql(&format!(
            "insert into public.usage_daily (user_id, account_owner_id, date, cpu_hours) \
             values ('auth0|bob', 'auth0|{payer}', '{day}', 1)"
        ))
        .await;
}

#[tokio::test]
async fn without_usage_today_the_new_account_pays_from_today() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    it_is(&world, NOW).await;
    use_something(&world, "bob", "2026-06-30").await;
    use_something(&world, "bob", "2026-07-02").await;
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 ann"]);
    it_is(&world, "timestamptz '2026-07-05 12:00:00Z'").await;
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 ann", "2026-07-05 bob"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn with_usage_today_the_new_account_pays_from_tomorrow() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    it_is(&world, NOW).await;
    use_something(&world, "bob", "2026-07-01").await;
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-02 ann"]);
    it_is(&world, "timestamptz '2026-07-05 12:00:00Z'").await;
    use_something(&world, "ann", "2026-07-05").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-02 ann", "2026-07-06 bob"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn who_joins_and_leaves_on_one_day_leaves_no_second_payer_behind() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    it_is(&world, NOW).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 bob"]);
    joined(&world, &function, "carla", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 carla"]);
    use_something(&world, "carla", "2026-07-01").await;
    function.send(remove(&world, "carla", "bob")).await.expect(204);
    joined(&world, &function, "ann", "bob").await;
    assert_eq!(history(&world).await, ["-infinity bob", "2026-07-01 carla", "2026-07-02 ann"]);
    world.assert_sound().await;
}
