//! Missing is not zero: what is not told, or cannot be true, is no reading, and comes later.

use testkit::opencost::Odd;

use crate::site::{Site, at};

/// What OpenCost does with the hour 8, and what is said of it.
fn odd_answers() -> [(Odd, &'static str); 14] {
    [
        (Odd::NotThere, "empty_answer"),
        (Odd::NullStep, "empty_answer"),
        (Odd::NoData, "empty_answer"),
        (Odd::NoSteps, "empty_answer"),
        (Odd::OnlyUnmounted, "empty_answer"),
        (Odd::EmptyBody, "not_opencost"),
        (Odd::Html200, "not_opencost"),
        (Odd::Error500, "server_error"),
        (Odd::Code500InBody, "server_error"),
        (Odd::NaN("ann".to_owned()), "not_a_number"),
        (Odd::Negative("ann".to_owned()), "negative_amount"),
        (Odd::HugeNumber, "amount_out_of_range"),
        (Odd::OtherWindow, "other_window"),
        (Odd::TwoSteps, "other_window"),
    ]
}

#[tokio::test]
async fn an_odd_answer_is_no_reading_and_the_hour_is_read_as_soon_as_it_can_be() {
    for (odd, code) in odd_answers() {
        let site = Site::ready().await;
        site.owns("ann", "ann", 0..24).await;
        site.opencost.set_answer(at(8), odd.clone());
        site.collect().await;
        assert_eq!(site.hours().await, [format!("8 missing {code}"), "9 collected 2".to_owned()], "{odd:?}");
        assert_eq!(site.readings().await, ["auth0|ann 9 ann: 2, 0, 3"], "{odd:?}");
        site.opencost.set_answer(at(8), None);
        site.world.sql("update app.usage_coverage set due_at = app.now() where state = 'missing'").await;
        site.collect().await;
        assert_eq!(site.hours().await, ["8 collected 2", "9 collected 2"], "{odd:?}");
        assert_eq!(site.used_dollars().await["auth0|ann"], "0.70", "{odd:?}");
    }
}

#[tokio::test]
async fn fewer_than_half_of_the_namespaces_and_more_than_the_cluster_has_are_not_believed_until_somebody_accepts() {
    let site = Site::from(7).await;
    site.owns("ann", "ann", 0..24).await;
    for hour in [7, 8, 9] {
        site.use_all(hour);
    }
    for namespace in ["a", "b", "c"] {
        site.used(7, namespace, "1", "0", "0");
        site.used(9, namespace, "1", "0", "0");
    }
    site.used(9, "ann", "1000.5", "0", "0");
    site.collect().await;
    assert_eq!(site.hours().await, ["7 collected 5", "8 missing fewer_namespaces", "9 missing more_than_the_cluster"]);
    assert_eq!(site.readings().await, ["auth0|ann 7 ann: 2, 0, 3"]);
    site.world
        .sql("update app.usage_coverage set accepted_by = 'auth0|admin', due_at = app.now() where state = 'missing'")
        .await;
    site.collect().await;
    assert_eq!(site.hours().await, ["7 collected 5", "8 collected 2", "9 collected 5"]);
    assert_eq!(site.readings().await.last().unwrap(), "auth0|ann 9 ann: 1000.5, 0, 0");
}

#[tokio::test]
async fn an_hour_that_was_read_stays_what_it_is_when_a_later_answer_is_odd() {
    let mut site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.collect().await;
    site.opencost.set_answer(at(8), Odd::NotThere);
    site.it_is("2026-07-16T12:31:00Z").await;
    site.collect().await;
    assert_eq!(site.hours().await[..2], ["8 collected 2 empty_answer", "9 collected 2"]);
    assert_eq!(site.readings().await.len(), 2);
}

#[tokio::test]
async fn what_is_missing_rings() {
    let mut site = Site::ready().await;
    site.opencost.set_answer(at(8), Odd::NotThere);
    site.it_is("2026-07-15T17:30:00Z").await;
    let worker = site.world.collector(collect_usage::run).await;
    worker.handle(serde_json::json!({})).await.unwrap();
    let metric = |name: &str| worker.log.lines().into_iter().find_map(|line| line[name].as_u64());
    // It has been due since eleven.
    assert_eq!(metric("oldest_hour_due_s"), Some(23_400));
    assert_eq!(metric("implausible_hours"), Some(6));
    assert_eq!(metric("unattributed_namespaces"), Some(1));
}

#[tokio::test]
async fn only_the_answer_that_was_doubted_is_accepted_and_none_that_comes_in_its_place() {
    let site = Site::from(8).await;
    site.owns("ann", "ann", 0..24).await;
    for hour in [8, 9] {
        site.use_all(hour);
    }
    for namespace in ["a", "b", "c"] {
        site.used(8, namespace, "1", "0", "0");
    }
    site.collect().await;
    assert_eq!(site.hours().await[1], "9 missing fewer_namespaces");
    site.world
        .sql("update app.usage_coverage set accepted_by = 'auth0|admin', due_at = app.now() where state = 'missing'")
        .await;
    site.opencost.set_answer(at(9), Odd::NotThere);
    site.collect().await;
    assert_eq!(site.hours().await[1], "9 missing empty_answer");
    assert_eq!(site.readings().await.len(), 1);
}
