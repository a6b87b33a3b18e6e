//! A day is divided among its projects, whoever writes it.

use serde_json::{Value, json};
use testkit::World;

use crate::fixtures::{instance, reading, record, with, world};

/// Ann's reading of an hour of July 14, for a project.
fn of(project: &str, hour: u32, cpu_hours: &str) -> Value {
    let (start, end) = (format!("2026-07-14T{hour:02}:00:00Z"), format!("2026-07-14T{:02}:00:00Z", hour + 1));
    let project = (!project.is_empty()).then_some(project);
    let changes = json!({ "project": project, "window_start": start, "window_end": end, "storage_gb": "0.5" });
    with(reading("ann", "2026-07-14", cpu_hours), changes)
}

async fn projects(world: &World) -> Vec<String> {
    world
        .all(
            "select format('%s %s: %s %s %s', date, coalesce(nullif(project, ''), '-'), trim_scale(cpu_hours), \
               trim_scale(gpu_hours), trim_scale(storage_gb_seconds)) from app.usage_daily_projects order by user_id, date, project",
        )
        .await
}

#[tokio::test]
async fn each_project_has_its_part_of_a_day_and_a_revision_moves_its_own() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[of("churn", 1, "4"), of("churn", 2, "1"), of("fraud", 1, "2"), of("", 1, "8")]).await;
    assert_eq!(
        projects(&world).await,
        ["2026-07-14 -: 8 0 1800", "2026-07-14 churn: 5 0 3600", "2026-07-14 fraud: 2 0 1800"]
    );
    record(&world, &function, &[of("churn", 1, "2.5"), of("new", 5, "1")]).await;
    let taken_back = with(of("fraud", 1, "0"), json!({ "storage_gb": "0" }));
    record(&world, &function, &[taken_back, of("churn", 1, "2.5")]).await;
    assert_eq!(
        projects(&world).await,
        [
            "2026-07-14 -: 8 0 1800",
            "2026-07-14 churn: 3.5 0 3600",
            "2026-07-14 fraud: 0 0 0",
            "2026-07-14 new: 1 0 1800"
        ]
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_release_that_knows_no_projects_leaves_them_right() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[of("churn", 1, "4"), of("", 2, "1")]).await;
    // As it writes: readings and their day in one statement.
    let older = |project: &str, hour: u32, cpu_hours: u32| {
        format!(
            "with stored as (insert into app.usage_readings values ('old', 'auth0|ann', '{project}', \
               '2026-07-14 {hour:02}:00Z', '2026-07-14 {:02}:00Z', {cpu_hours}, 0.25, 0)) \
             update public.usage_daily set cpu_hours = cpu_hours + {cpu_hours}, gpu_hours = gpu_hours + 0.25",
            hour + 1
        )
    };
    world.sql(&older("churn", 3, 2)).await;
    world.sql(&older("fraud", 4, 7)).await;
    assert_eq!(
        projects(&world).await,
        ["2026-07-14 -: 1 0 1800", "2026-07-14 churn: 6 0.25 1800", "2026-07-14 fraud: 7 0.25 0"]
    );
    // And the new one goes on from there. (What was charged is not what these days hold: the hand did not charge it.)
    record(&world, &function, &[of("fraud", 5, "1"), of("churn", 1, "3")]).await;
    assert_eq!(
        projects(&world).await,
        ["2026-07-14 -: 1 0 1800", "2026-07-14 churn: 5 0.25 1800", "2026-07-14 fraud: 8 0.25 1800"]
    );
    let broken = world.all("select distinct kind from app.broken_rules_of_usage").await;
    assert!(broken.is_empty(), "{broken:?}");
}

#[tokio::test]
async fn what_no_reading_explains_is_no_projects() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[of("churn", 1, "4")]).await;
    world.sql("update public.usage_daily set cpu_hours = cpu_hours + 3").await;
    assert_eq!(projects(&world).await, ["2026-07-14 -: 3 0 0", "2026-07-14 churn: 4 0 1800"]);
    world.sql("update public.usage_daily set cpu_hours = cpu_hours - 3.5").await;
    assert_eq!(projects(&world).await, ["2026-07-14 -: -0.5 0 0", "2026-07-14 churn: 4 0 1800"]);
    record(&world, &function, &[of("churn", 1, "5")]).await;
    assert_eq!(projects(&world).await, ["2026-07-14 -: -0.5 0 0", "2026-07-14 churn: 5 0 1800"]);
    world.sql("delete from public.usage_daily").await;
    assert!(projects(&world).await.is_empty(), "they go with their day");
}

#[tokio::test]
async fn a_day_that_is_corrected_after_its_readings_were_put_away_keeps_its_projects() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[of("churn", 1, "4"), of("", 3, "1")]).await;
    let months = "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid \
        where i.inhparent = 'app.usage_readings'::regclass and c.relname <= 'usage_readings_2026_07'";
    for month in world.all(months).await {
        world.sql(&format!("alter table app.usage_readings detach partition app.{month}")).await;
    }
    world.sql("update public.usage_daily set cpu_hours = cpu_hours + 3").await;
    assert_eq!(projects(&world).await, ["2026-07-14 -: 4 0 1800", "2026-07-14 churn: 4 0 1800"]);
    world.sql("update public.usage_daily set cpu_hours = cpu_hours - 4").await;
    assert_eq!(projects(&world).await, ["2026-07-14 -: 0 0 1800", "2026-07-14 churn: 4 0 1800"]);
}

#[tokio::test]
async fn days_that_were_there_before_projects_are_divided_as_their_readings_say() {
    let world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    let function = instance(&world).await;
    let bobs = with(of("churn", 3, "9"), json!({ "user_id": "auth0|bob" }));
    record(&world, &function, &[of("churn", 1, "4"), of("fraud", 1, "2"), of("", 1, "8"), bobs]).await;
    record(
        &world,
        &function,
        &[with(of("churn", 1, "0"), json!({ "storage_gb": "0" })), reading("ann", "2026-07-15", "1")],
    )
    .await;
    // Of a month that is put away, and one that was taken over.
    world
        .sql(
            "insert into public.usage_daily (user_id, account_owner_id, date, cpu_hours, rate_effective_on, cpu_hour_usd, \
               gpu_hour_usd, storage_gb_month_usd) values ('auth0|ann', 'auth0|ann', '2026-01-05', 7, '2026-01-01', 0.175, 2.5, 0.03); \
             insert into public.usage_daily (user_id, account_owner_id, date, gpu_hours, charged_usd, charged_until, \
               charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds) \
             values ('auth0|bob', 'auth0|bob', '2026-07-10', 3, 5, '2026-07-11Z', 0, 3, 0)",
        )
        .await;
    let written = projects(&world).await;
    for last in ["2026-06-08", "2026-07-12", "infinity"] {
        world
            .sql(&format!("delete from app.usage_daily_projects where date <= '{last}'; call app.split_days('{last}')"))
            .await;
        assert_eq!(projects(&world).await, written, "{last}");
    }
    world.sql("call app.split_days('infinity')").await;
    assert_eq!(projects(&world).await, written, "again");
    assert_eq!(written[0], "2026-01-05 -: 7 0 0");
    let broken = world.all("select kind || ' ' || detail from app.broken_rules_of_usage where kind ~ 'project'").await;
    assert!(broken.is_empty(), "{broken:?}");
}

#[tokio::test]
async fn projects_that_do_not_add_up_to_their_day_are_found() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[of("churn", 1, "4"), of("", 1, "1")]).await;
    world.sql("delete from app.usage_daily_projects where project = ''").await;
    let found = world.all("select format('%s %s %s', kind, id, detail) from app.broken_rules_of_usage").await;
    let [found] = &found[..] else { panic!("{found:?}") };
    assert!(found.starts_with("a_day_is_the_sum_of_its_projects auth0|ann 2026-07-14: 5.000000 CPU hours"), "{found}");
}
