//! Windows of one source, user and project do not overlap: whoever comes second is refused, and told which is in the way.

use serde_json::{Value, json};
use testkit::World;

use crate::fixtures::{account, batch, instance, it_is, outcomes, reading, record, with, world};

const OVERLAPS: &str = "rejected window_overlaps";

/// So many CPU hours of Ann's on July 14, from one time to another such as `01:00`.
fn window(start: &str, end: &str, cpu_hours: &str) -> Value {
    let [start, end] = [start, end].map(|time| format!("2026-07-14T{time}:00Z"));
    with(reading("ann", "2026-07-14", cpu_hours), json!({ "window_start": start, "window_end": end }))
}

async fn world_of_ann() -> World {
    let world = world().await;
    world.sign_up("ann").await;
    world
}

#[tokio::test]
async fn a_window_that_overlaps_another_is_refused_and_the_other_is_named() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let half_a_second = with(window("05:00", "06:00", "1"), json!({ "window_end": "2026-07-14T06:00:00.5Z" }));
    let stored = [window("01:00", "02:00", "1"), window("02:00", "03:00", "1"), half_a_second];
    assert_eq!(record(&world, &function, &stored).await, ["created"; 3], "windows that touch do not overlap");
    for (start, end, other) in [
        ("00:30", "01:30", "2026-07-14T01:00:00Z to 2026-07-14T02:00:00Z"),
        ("01:30", "01:45", "2026-07-14T01:00:00Z to 2026-07-14T02:00:00Z"),
        ("01:59", "02:01", "2026-07-14T01:00:00Z to 2026-07-14T02:00:00Z"),
        ("00:00", "23:59", "2026-07-14T01:00:00Z to 2026-07-14T02:00:00Z"),
        ("02:30", "04:00", "2026-07-14T02:00:00Z to 2026-07-14T03:00:00Z"),
        ("06:00", "07:00", "2026-07-14T05:00:00Z to 2026-07-14T06:00:00.500Z"),
    ] {
        let response = function.send(batch(&world, &[window(start, end, "7")])).await.expect(200);
        let result = &response.json["results"][0];
        assert_eq!((&result["code"], &result["field"]), (&json!("window_overlaps"), &json!("window_start")), "{start}");
        let reason = result["reason"].as_str().unwrap();
        assert!(reason.ends_with(&format!("the one from {other}")), "{start}-{end}: {reason}");
    }
    let free = [window("00:00", "01:00", "1"), window("03:00", "05:00", "1"), window("06:01", "23:59", "1")];
    assert_eq!(record(&world, &function, &free).await, ["created"; 3]);
    let apart = [json!({ "source": "other" }), json!({ "project": "p" })]
        .map(|other| with(window("01:30", "02:30", "1"), other));
    assert_eq!(record(&world, &function, &apart).await, ["created"; 2], "another source, another project");
    assert_eq!(account(&world, "ann").await, "used 1.40, balance -1.40, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_day_and_then_its_hours_are_billed_once() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    record(&world, &function, &[window("00:00", "23:59", "24")]).await;
    let hours: Vec<Value> =
        (1..23).map(|hour| window(&format!("{hour:02}:00"), &format!("{hour:02}:55"), "1")).collect();
    assert_eq!(record(&world, &function, &hours).await, [OVERLAPS; 22]);
    assert_eq!(account(&world, "ann").await, "used 4.20, balance -4.20, 1 entries");
    // The meter takes the day back, and reports by the hour.
    let first = window("00:00", "01:00", "1");
    assert_eq!(record(&world, &function, &[first]).await, ["revised"]);
    assert_eq!(record(&world, &function, &hours).await, ["created"; 22]);
    assert_eq!(account(&world, "ann").await, "used 4.02, balance -4.02, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_reading_that_was_taken_back_with_zeros_is_in_nobodys_way_until_it_says_something_again() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let misplaced = window("00:30", "01:30", "1");
    record(&world, &function, std::slice::from_ref(&misplaced)).await;
    let hours = [window("00:00", "01:00", "1"), window("01:00", "02:00", "1")];
    assert_eq!(record(&world, &function, &hours).await, [OVERLAPS; 2]);
    let taken_back = with(misplaced.clone(), json!({ "cpu_hours": "0" }));
    let batch = [&[taken_back], &hours[..]].concat();
    assert_eq!(record(&world, &function, &batch).await, ["revised", "created", "created"]);
    assert_eq!(record(&world, &function, &batch).await, ["unchanged"; 3]);
    assert_eq!(record(&world, &function, &[misplaced]).await, [OVERLAPS]);
    assert_eq!(account(&world, "ann").await, "used 0.35, balance -0.35, 2 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_revision_may_end_earlier_or_later_but_not_within_another_window() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    record(&world, &function, &[window("01:00", "02:00", "1"), window("03:00", "04:00", "1")]).await;
    for (end, expected) in [("03:00", "revised"), ("03:01", OVERLAPS), ("05:00", OVERLAPS), ("01:30", "revised")] {
        assert_eq!(record(&world, &function, &[window("01:00", end, "1")]).await, [expected], "to {end}");
    }
    assert_eq!(
        record(&world, &function, &[window("01:30", "03:00", "2")]).await,
        ["created"],
        "the room is free again"
    );
    assert_eq!(
        record(&world, &function, &[window("01:00", "01:30", "9")]).await,
        ["revised"],
        "another value, the same end"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn within_a_batch_each_reading_is_compared_with_what_those_before_it_left() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    let duplicate = "rejected duplicate_in_batch";
    for (what, readings, expected) in [
        (
            "the second overlaps the first, and the third only the second",
            vec![window("01:00", "02:00", "1"), window("01:30", "02:30", "1"), window("02:00", "03:00", "1")],
            vec!["created", OVERLAPS, "created"],
        ),
        (
            "one makes room for the next",
            vec![window("01:00", "01:15", "1"), window("01:15", "02:00", "1")],
            vec!["revised", "created"],
        ),
        (
            "the next comes before there is room",
            vec![window("02:30", "03:00", "1"), window("02:00", "02:30", "1")],
            vec![OVERLAPS, "revised"],
        ),
        (
            "of one key the first that fits counts",
            vec![
                window("00:30", "01:30", "1"),
                window("00:30", "01:00", "1"),
                window("00:30", "00:45", "1"),
                window("00:30", "01:00", "1"),
            ],
            vec![OVERLAPS, "created", duplicate, "unchanged"],
        ),
        (
            "latest first",
            vec![window("08:00", "09:00", "1"), window("07:00", "08:30", "1"), window("06:00", "07:30", "1")],
            vec!["created", OVERLAPS, "created"],
        ),
    ] {
        assert_eq!(record(&world, &function, &readings).await, expected, "{what}");
        world.assert_sound().await;
    }
    let entries = world.one("select count(*) from app.credit_transactions where reference <> '2026-07-14'").await;
    assert_eq!(entries, "0", "a batch is one entry, whatever its turns");
}

#[tokio::test]
async fn overlaps_in_a_batch_of_several_days_are_one_entry_of_each_account() {
    let world = world_of_ann().await;
    world.sign_up("bob").await;
    let function = instance(&world).await;
    let mut readings = Vec::new();
    for day in ["2026-07-12", "2026-07-14"] {
        for name in ["ann", "bob"] {
            let hour = reading(name, day, "10");
            readings.extend([hour.clone(), hour]);
        }
    }
    assert_eq!(record(&world, &function, &readings).await, ["created", "unchanged"].repeat(4));
    let entries = world.all("select amount || ' ' || reference from app.credit_transactions").await;
    assert_eq!(entries, ["-3.50 2026-07-12/2026-07-14"; 2]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_end_of_a_month_is_no_overlap_and_no_gap() {
    let mut world = world().await;
    world.sign_up("ann").await;
    it_is(&mut world, "2026-07-02T12:00:00Z").await;
    let function = instance(&world).await;
    let window = |start: &str, end: &str| {
        with(reading("ann", "2026-07-01", "1"), json!({ "window_start": start, "window_end": end }))
    };
    let readings = [
        window("2026-06-30T23:00:00Z", "2026-07-01T00:00:00Z"),
        window("2026-07-01T00:00:00Z", "2026-07-01T01:00:00Z"),
        window("2026-06-30T23:30:00Z", "2026-07-01T00:00:00Z"),
        window("2026-06-30T22:00:00Z", "2026-06-30T23:30:00Z"),
    ];
    assert_eq!(record(&world, &function, &readings[..2]).await, ["created"; 2]);
    assert_eq!(record(&world, &function, &readings[2..]).await, [OVERLAPS; 2]);
    world.assert_sound().await;
}

#[tokio::test]
async fn of_two_batches_at_once_that_overlap_one_is_refused() {
    let world = world_of_ann().await;
    let instances = vec![instance(&world).await.into(), instance(&world).await.into()];
    let batches = [window("01:00", "02:00", "1"), window("01:30", "02:30", "1")].map(|one| batch(&world, &[one]));
    let responses = world.race("select lock_accounts(array['auth0|ann'])", instances, batches.to_vec()).await;
    let mut results: Vec<String> = responses.iter().flat_map(outcomes).collect();
    results.sort();
    assert_eq!(results, ["created", OVERLAPS]);
    world.assert_sound().await;
}

#[tokio::test]
async fn overlaps_that_are_there_already_are_found_and_can_be_mended() {
    let world = world_of_ann().await;
    let function = instance(&world).await;
    record(&world, &function, &[window("00:00", "01:00", "1"), window("02:00", "03:00", "1")]).await;
    // As releases before took it.
    world
        .sql("update app.usage_readings set window_end = '2026-07-14T04:00Z' where window_start = '2026-07-14T00:00Z'")
        .await;
    let found = "select id || ': ' || detail from app.invariant_violations where kind = 'windows_do_not_overlap'";
    let expected = "auth0|ann: cluster-1 (): the window to 2026-07-14 03:00:00+00 ends after the one from 2026-07-14 00:00:00+00 has begun";
    assert_eq!(world.all(found).await, [expected]);
    assert_eq!(record(&world, &function, &[window("00:00", "02:00", "1")]).await, ["revised"]);
    world.assert_sound().await;
}
