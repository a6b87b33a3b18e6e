//! Room for the readings of the months ahead.

use serde_json::json;

use crate::days::{event, instance, it_is, record, run, world};

#[tokio::test]
async fn with_a_run_in_each_month_there_is_always_room_for_readings() {
    let world = world().await;
    world.sign_up("ann").await;
    world.sql("insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test')").await;
    for (today, made) in [
        ("2040-08-20", vec!["usage_readings_2040_11"]),
        ("2040-09-01", vec!["usage_readings_2040_12"]),
        ("2040-10-31", vec!["usage_readings_2041_01"]),
        ("2040-11-30", vec!["usage_readings_2041_02"]),
    ] {
        it_is(&world, &format!("{today} 12:00Z")).await;
        assert_eq!(run(&world).await["partitions_made"], json!(made), "{today}");
        assert_eq!(run(&world).await["partitions_made"], json!([]), "{today}, again");
        assert_eq!(record(&world, &[today], "1").await, ["created"]);
    }
    let elsewhere = "select count(*) from app.usage_readings where tableoid = 'app.usage_readings_2040_11'::regclass";
    assert_eq!(world.one(elsewhere).await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_a_run_makes_is_as_closed_and_as_checked_as_what_a_migration_makes() {
    let world = world().await;
    it_is(&world, "2040-08-20 12:00Z").await;
    run(&world).await;
    let describe = |partition: &str| {
        format!(
            "select concat_ws(' ', c.relowner::regrole, c.relacl, c.relrowsecurity, \
               (select string_agg(polname || polroles::text, ',') from pg_policy where polrelid = c.oid), \
               (select string_agg(tgname, ',' order by tgname) from pg_trigger where tgrelid = c.oid and not tgisinternal), \
               (select string_agg(pg_get_constraintdef(oid), ',' order by 1) from \
                 (select * from pg_constraint where conrelid = c.oid order by pg_get_constraintdef(oid)) k), \
               (select string_agg(indkey::text, ',' order by indkey::text) from pg_index where indrelid = c.oid)) \
             from pg_class c where c.oid = 'app.{partition}'::regclass"
        )
    };
    let migrated = world.one(&describe("usage_readings_2040_10")).await;
    assert!(migrated.contains("touch_updated_at") && migrated.contains("FOREIGN KEY"), "{migrated}");
    assert_eq!(world.one(&describe("usage_readings_2040_11")).await, migrated);
}

#[tokio::test]
async fn meters_that_are_writing_need_not_stop_for_a_new_partition() {
    let world = world().await;
    world.sign_up("ann").await;
    let mut meter = world.direct().await;
    meter
        .run(
            "begin; insert into app.usage_readings values \
             ('m', 'auth0|ann', '', '2040-07-15 00:00Z', '2040-07-15 01:00Z', 1, 1, 1)",
        )
        .await
        .unwrap();
    it_is(&world, "2040-08-20 12:00Z").await;
    assert_eq!(run(&world).await["partitions_made"], json!(["usage_readings_2040_11"]));
    meter.run("rollback").await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_not_to_be_had_fails_the_run_and_not_its_other_parts() {
    let world = world().await;
    world.sign_up("ann").await;
    world.add_cluster("a", 1).await;
    it_is(&world, "2040-08-20 12:00Z").await;
    let mut writer = world.direct().await;
    writer.run("begin; lock table public.users in row exclusive mode").await.unwrap();
    let instance = instance(&world).await;
    let failure = instance.handle(event()).await.unwrap_err();
    assert!(failure.starts_with("unavailable: make_partitions: the database: 55P03"), "{failure}");
    assert_eq!(world.one("select waiting_since from public.users").await, "null", "the user was seated all the same");
    writer.run("rollback").await.unwrap();
    assert_eq!(instance.handle(event()).await.unwrap()["partitions_made"], json!(["usage_readings_2040_11"]));
}
