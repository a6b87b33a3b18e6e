//! Old months of readings go, and what they came to stays.

use serde_json::json;
use testkit::World;

use crate::days::{it_is, record, run, world};

/// Records at noon of the day `now`.
async fn record_at(world: &World, now: &str, days: &[&str], cpu_hours: &str) -> Vec<String> {
    it_is(world, &format!("{now} 12:00Z")).await;
    record(world, days, cpu_hours).await
}

/// Ann's hour on May 20 and on June 20, in a world in which it is July 15, 2040.
async fn world_with_readings() -> World {
    let world = world().await;
    world.sign_up("ann").await;
    world.sql("insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test')").await;
    for day in ["2040-05-20", "2040-06-20"] {
        assert_eq!(record_at(&world, day, &[day], "1").await, ["created"]);
    }
    it_is(&world, "2040-07-15 12:00Z").await;
    world
}

/// Days, ledger and credits, to the letter, but for what time alone makes of the credits.
async fn books(world: &World) -> Vec<String> {
    world
        .all(
            "select d::text from public.usage_daily d union all select t::text from app.credit_transactions t \
             union all select (to_jsonb(c) - '{state, state_since, due_at, updated_at}'::text[])::text \
             from public.user_credits c order by 1",
        )
        .await
}

async fn oldest(world: &World) -> String {
    world
        .one("select min(inhrelid::regclass::text) from pg_inherits where inhparent = 'app.usage_readings'::regclass")
        .await
}

#[tokio::test]
async fn a_month_that_is_detached_takes_neither_days_nor_money_along_and_is_not_made_again() {
    let world = world_with_readings().await;
    let before = books(&world).await;
    world.sql("call app.detach_usage_partitions('2040-06-01')").await;
    assert_eq!(oldest(&world).await, "app.usage_readings_2040_06");
    assert_eq!(world.one("select count(*) from app.usage_readings_2040_05").await, "1", "to be archived");
    assert_eq!(run(&world).await["violations"], 0);
    world.sql("drop table app.usage_readings_2040_05").await;
    let report = run(&world).await;
    assert_eq!((&report["partitions_made"], &report["violations"]), (&json!([]), &json!(0)));
    assert_eq!(oldest(&world).await, "app.usage_readings_2040_06");
    assert_eq!(books(&world).await, before);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_month_that_may_still_get_readings_stays_attached() {
    let world = world_with_readings().await;
    world.sql("call app.detach_usage_partitions('2041-01-01')").await;
    assert_eq!(oldest(&world).await, "app.usage_readings_2040_06");
}

#[tokio::test]
async fn a_month_ends_in_utc_wherever_the_operator_lives() {
    let world = world_with_readings().await;
    world.sql("set timezone = 'America/New_York'; call app.detach_usage_partitions('2040-05-31')").await;
    assert_eq!(oldest(&world).await, "app.usage_readings_2040_05");
}

#[tokio::test]
async fn a_reading_of_a_month_that_was_detached_by_hand_is_rejected_and_the_others_of_its_batch_count() {
    let world = world_with_readings().await;
    world.sql("call app.detach_usage_partitions('2040-06-01')").await;
    world.sql("alter table app.usage_readings detach partition app.usage_readings_2040_06 concurrently").await;
    let late = ["2040-06-20", "2040-06-30", "2040-07-01", "2040-07-14"];
    let too_old = "rejected window_too_old";
    assert_eq!(record_at(&world, "2040-07-15", &late, "2").await, [too_old, too_old, "created", "created"]);
    assert_eq!(record_at(&world, "2040-07-15", &late, "3").await, [too_old, too_old, "revised", "revised"]);
    assert_eq!(world.one("select total_used from public.user_credits").await, "8.00");
    world.sql("drop table app.usage_readings_2040_06").await;
    assert_eq!(record_at(&world, "2040-07-15", &late, "3").await, [too_old, too_old, "unchanged", "unchanged"]);
    assert_eq!(run(&world).await["partitions_made"], json!([]));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_day_whose_month_is_attached_is_still_held_against_its_readings() {
    let world = world_with_readings().await;
    world.sql("call app.detach_usage_partitions('2040-06-01')").await;
    world.sql("delete from app.usage_readings where window_start < '2040-07-01'").await;
    assert_eq!(run(&world).await["violations"], 1, "June 20");
}
