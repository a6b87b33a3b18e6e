//! Which hours are read, when, and what they become.

use testkit::opencost::Odd;

use crate::site::{Site, at};

#[tokio::test]
async fn hours_that_have_been_over_for_two_hours_are_read_and_billed() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    assert_eq!(site.collect().await["read"], 2);
    assert_eq!(site.hours().await, ["8 collected 2", "9 collected 2"]);
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 2, 0, 3", "auth0|ann 9 ann: 2, 0, 3"]);
    assert_eq!(site.used_dollars().await["auth0|ann"], "0.70");
    site.world.assert_sound().await;
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_asks_for_nothing() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.collect().await;
    let (readings, asked) = (site.readings().await, site.opencost.requests().len());
    assert_eq!(site.collect().await["read"], 0);
    assert_eq!((site.readings().await, site.opencost.requests().len()), (readings, asked));
}

#[tokio::test]
async fn an_hour_that_is_read_again_a_day_later_and_differs_moves_the_difference() {
    let mut site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.owns("bob", "bob", 0..24).await;
    site.used(8, "bob", "4", "0", "0");
    site.collect().await;
    assert_eq!(site.used_dollars().await["auth0|bob"], "0.70");
    // More of Ann's, nothing of Bob's, and somebody new.
    site.used(8, "ann", "6", "0", "3");
    site.opencost.remove(at(8), "bob");
    site.used(8, "new", "1", "0", "0");
    site.it_is("2026-07-16T12:31:00Z").await;
    site.collect().await;
    assert_eq!(site.hours().await[..2], ["8 revised 3", "9 collected 2"]);
    assert_eq!(site.used_dollars().await["auth0|ann"], "1.40");
    assert!(!site.used_dollars().await.contains_key("auth0|bob"));
    assert_eq!(site.unattributed().await, ["new 1"]);
    site.world.assert_sound().await;
}

#[tokio::test]
async fn gpus_and_volumes_without_a_running_pod_are_billed_too() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.owns("eve", "idle-project", 0..24).await;
    site.used(8, "ann", "0", "0.5", "0");
    // 720 hours of a gigabyte are a gigabyte-month.
    site.used(8, "idle-project", "0", "0", "720000");
    site.collect().await;
    let owed = site.used_dollars().await;
    assert_eq!((owed["auth0|ann"].as_str(), owed["auth0|eve"].as_str()), ("1.60", "30.00"));
    site.world.assert_sound().await;
}

#[tokio::test]
async fn floats_become_decimals_once_with_six_places_half_to_even_and_an_hour_is_the_sum_of_its_readings() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.owns("bob", "bob", 0..24).await;
    site.used(8, "ann", "0.1234565", "0", "0.0000005");
    site.used(8, "bob", "0.1234575", "0", "0.0000015");
    site.opencost.set_answer(at(8), Odd::Exponent);
    site.collect().await;
    let of_8 = site.readings().await.into_iter().filter(|reading| reading.contains(" 8 ")).collect::<Vec<_>>();
    assert_eq!(of_8, ["auth0|ann 8 ann: 0.123456, 0, 0", "auth0|bob 8 bob: 0.123458, 0, 0.000002"]);
    let total = "select cpu_hours || ' ' || storage_gb from app.usage_coverage order by hour limit 1";
    assert_eq!(site.world.one(total).await, "1.246914 0.000002");
}

#[tokio::test]
async fn hours_of_another_month_wait_until_a_price_applies() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.world.sql("delete from app.usage_rates").await;
    assert_eq!(site.collect().await["missing"], 2);
    assert_eq!(site.hours().await, ["8 missing rate_missing", "9 missing rate_missing"]);
    site.world
        .sql(
            "insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'test'); \
             update app.usage_coverage set due_at = app.now()",
        )
        .await;
    site.collect().await;
    assert_eq!(site.used_dollars().await["auth0|ann"], "0.70");
}

#[tokio::test]
async fn hours_after_an_outage_are_read_from_the_oldest_on_and_what_is_too_old_is_given_up() {
    let site = Site::from(8).await;
    site.world.sql("update app.usage_collection set collect_from = '2026-06-10T08:00:00Z'").await;
    site.use_all(8);
    site.collect().await;
    // 35 days before half past noon, the hour left for reading.
    let first = "select min(hour) at time zone 'UTC' from app.usage_coverage";
    assert_eq!(site.world.one(first).await, "2026-06-10 12:00:00");
    assert_eq!(site.world.one("select count(*) from app.usage_coverage where state = 'collected'").await, "1");
    site.world.sql("update app.usage_coverage set due_at = app.now() where state = 'missing'").await;
    let mut site = site;
    site.it_is("2026-07-15T14:30:00Z").await;
    site.collect().await;
    assert_eq!(site.hours().await[..2], ["12 given_up empty_answer", "13 given_up empty_answer"]);
}

#[tokio::test]
async fn another_source_that_reports_of_the_same_hour_is_named() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.world
        .sql(
            "insert into app.usage_readings (source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb) \
             values ('own-meter', 'auth0|ann', 'ann', '2026-07-15T08:30:00Z', '2026-07-15T08:40:00Z', 1, 0, 0), \
             ('own-meter', 'auth0|ann', 'other', '2026-07-15T09:30:00Z', '2026-07-15T09:40:00Z', 1, 0, 0)",
        )
        .await;
    site.collect().await;
    let sources = "select other_sources::text from app.usage_coverage order by hour";
    assert_eq!(site.world.all(sources).await, ["{own-meter}", "{}"]);
}

#[tokio::test]
async fn an_hour_that_the_database_does_not_take_holds_up_no_other() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.owns("ann", "ann-serving", 0..24).await;
    // Of one project: more than a reading can hold.
    site.world.sql("update app.hopsworks_projects set name = 'ann'").await;
    for namespace in ["ann", "ann-serving"] {
        site.used(8, namespace, "1", "0", "90000000");
    }
    site.collect().await;
    assert_eq!(site.hours().await, ["8 missing not_settled", "9 collected 2"]);
    assert_eq!(site.readings().await, ["auth0|ann 9 ann: 2, 0, 3"]);
}

#[tokio::test]
async fn an_hour_that_is_not_known_between_others_is_read_and_one_before_the_first_is_not() {
    let site = Site::from(6).await;
    for hour in 6..10 {
        site.use_all(hour);
    }
    site.collect().await;
    site.world.sql("delete from app.usage_coverage where hour = '2026-07-15T07:00:00Z'").await;
    site.world
        .sql(
            "update app.usage_coverage set due_at = app.now(); \
             update app.usage_collection set collect_from = '2026-07-15T07:00:00Z'",
        )
        .await;
    site.opencost.clear_requests();
    site.collect().await;
    assert_eq!(site.hours().await[1], "7 collected 2");
    assert!(!site.opencost.requests().contains(&at(6)));
}
