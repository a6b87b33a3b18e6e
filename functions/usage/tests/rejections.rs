//! A bad reading is rejected by itself, with its code; the rest of its batch counts.

use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use testkit::TestRequest;

use crate::fixtures::{USAGE, account, batch, instance, outcomes, reading, record, with, world};

#[tokio::test]
async fn each_bad_reading_has_its_code_and_names_its_field() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    world.sign_up("gone").await;
    world.sql("select set_user_status('auth0|gone', 'deleted')").await;
    let good = || reading("ann", "2026-07-14", "1");
    let window = |start: &str, end: &str| with(good(), json!({ "window_start": start, "window_end": end }));
    let cases = [
        ("negative_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": "-0.000001" }))),
        ("negative_quantity", "storage_gb", with(good(), json!({ "storage_gb": "-1" }))),
        ("too_many_digits", "cpu_hours", with(good(), json!({ "cpu_hours": "0.0000001" }))),
        ("too_many_digits", "gpu_hours", with(good(), json!({ "gpu_hours": "1000000" }))),
        ("too_many_digits", "storage_gb", with(good(), json!({ "storage_gb": "100000000" }))),
        ("too_many_digits", "storage_gb", with(good(), json!({ "storage_gb": "9".repeat(400) }))),
        ("invalid_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": "NaN" }))),
        ("invalid_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": "Infinity" }))),
        ("invalid_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": "1e309" }))),
        ("invalid_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": "" }))),
        ("invalid_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": " 1" }))),
        ("invalid_quantity", "cpu_hours", with(good(), json!({ "cpu_hours": "-" }))),
        ("invalid_reading", "cpu_hours", with(good(), json!({ "cpu_hours": 1 }))),
        ("invalid_reading", "cpu_hours", with(good(), json!({ "cpu_hours": null }))),
        ("window_too_long", "window_end", window("2026-07-13T00:00:00Z", "2026-07-14T00:00:00.000001Z")),
        ("window_across_days", "window_end", window("2026-07-13T23:59:59Z", "2026-07-14T00:00:01Z")),
        ("window_across_days", "window_end", window("2026-07-14T01:00:00+02:00", "2026-07-14T03:00:00+02:00")),
        ("window_empty", "window_end", window("2026-07-14T01:00:00Z", "2026-07-14T01:00:00Z")),
        ("window_empty", "window_end", window("2026-07-14T02:00:00Z", "2026-07-14T01:00:00Z")),
        ("window_in_future", "window_end", window("2026-07-15T11:00:00Z", "2026-07-15T12:05:01Z")),
        ("window_in_future", "window_end", window("2026-07-15T12:00:01Z", "2026-07-15T12:00:02Z")),
        ("window_in_future", "window_end", window("2027-07-15T11:00:00Z", "2027-07-15T12:00:00Z")),
        ("window_too_old", "window_end", window("2026-06-10T10:00:00Z", "2026-06-10T11:59:59Z")),
        ("window_too_old", "window_end", window("2001-06-10T10:00:00Z", "2001-06-10T11:59:59Z")),
        ("invalid_reading", "window_start", window("0000-01-01T00:00:00Z", "0000-01-01T01:00:00Z")),
        ("invalid_reading", "window_end", window("2026-07-13T23:00:00Z", "2026-07-13T23:59:60Z")),
        ("invalid_reading", "window_start", window("yesterday", "2026-07-14T01:00:00Z")),
        ("invalid_reading", "window_start", window("2026-07-14T00:00:00", "2026-07-14T01:00:00Z")),
        ("user_unknown", "user_id", with(good(), json!({ "user_id": "auth0|nobody" }))),
        (
            "user_deleted",
            "user_id",
            with(window("2026-07-15T12:00:00Z", "2026-07-15T12:01:00Z"), json!({ "user_id": "auth0|gone" })),
        ),
        ("invalid_reading", "user_id", with(good(), json!({ "user_id": "meter@clients" }))),
        ("invalid_reading", "user_id", with(good(), json!({ "user_id": "auth0|\u{0}" }))),
        ("invalid_reading", "source", with(good(), json!({ "source": "" }))),
        ("invalid_reading", "project", with(good(), json!({ "project": "x".repeat(201) }))),
        ("invalid_reading", "(unknown)", with(good(), json!({ "a_name_that_may_be_a_token_in_the_wrong_place": 1 }))),
        ("invalid_reading", "memory", with(good(), json!({ "memory": "1" }))),
        ("invalid_reading", "reading", json!([])),
        ("invalid_reading", "reading", json!(null)),
        ("invalid_reading", "source", json!({})),
    ];
    // A good one before and after each bad one.
    let mut readings = Vec::new();
    for (index, (_, _, bad)) in cases.iter().enumerate() {
        readings.extend([with(good(), json!({ "source": format!("s{index}") })), bad.clone()]);
    }
    let response = function.send(batch(&world, &readings)).await.expect(200);
    for (index, (code, field, bad)) in cases.iter().enumerate() {
        assert_eq!(response.json["results"][2 * index], json!({ "result": "created" }), "beside {bad}");
        let result = &response.json["results"][2 * index + 1];
        assert_eq!((&result["result"], &result["code"]), (&json!("rejected"), &json!(code)), "{bad}");
        assert_eq!(result["field"], *field, "{bad}");
        assert!(result["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{bad}");
    }
    assert_eq!(response.json["created"], cases.len());
    assert_eq!(response.json["rejected"], cases.len());
    assert_eq!(world.one("select count(*) from app.usage_readings").await, cases.len().to_string());
    world.assert_sound().await;
}

#[tokio::test]
async fn the_edges_of_the_rules_are_good() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let window = |start: &str, end: &str| {
        with(reading("ann", "2026-07-14", "999999.999999"), json!({ "window_start": start, "window_end": end }))
    };
    let readings = [
        window("2026-07-15T12:00:00Z", "2026-07-15T12:05:00Z"),
        window("2026-06-10T11:00:00Z", "2026-06-10T12:00:00Z"),
        window("2026-07-14T00:00:00Z", "2026-07-15T00:00:00Z"),
        with(window("2026-07-14T00:00:00.000001Z", "2026-07-14T00:00:00.000002Z"), json!({ "project": "p" })),
        with(
            window("2026-07-13T00:00:00Z", "2026-07-13T01:00:00Z"),
            json!({ "storage_gb": "99999999.999999", "gpu_hours": "-0" }),
        ),
        with(window("2026-07-12T00:00:00Z", "2026-07-12T01:00:00Z"), json!({ "cpu_hours": "0001.0000000" })),
    ];
    assert_eq!(record(&world, &function, &readings).await, ["created"; 6]);
    world.assert_sound().await;
}

#[tokio::test]
async fn numbers_that_no_float_holds_and_texts_that_postgresql_cannot_hold_are_rejected_by_themselves() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let good = reading("ann", "2026-07-14", "1").to_string();
    let huge = good.replace(r#""cpu_hours":"1""#, r#""cpu_hours":1e309"#);
    let nul = good.replace("cluster-1", r"cluster\u0000");
    let doubled = good.replacen('{', r#"{"source":"x","#, 1);
    let body = format!(r#"{{"readings": [{huge}, {nul}, {doubled}, {good}]}}"#);
    let request = TestRequest::post(USAGE).bearer(&world.machine_token(&["usage:write"])).bytes(body);
    let response = function.send(request.header(CONTENT_TYPE.as_str(), "application/json")).await.expect(200);
    let rejected = "rejected invalid_reading";
    assert_eq!(outcomes(&response), [rejected, rejected, rejected, "created"], "{}", response.text);
    let fields: Vec<&Value> =
        response.json["results"].as_array().unwrap().iter().map(|result| &result["field"]).collect();
    assert_eq!(fields[..3], ["cpu_hours", "source", "source"]);
}

#[tokio::test]
async fn of_readings_with_one_key_in_a_batch_the_first_good_one_counts_and_the_same_again_is_unchanged() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let bad = with(reading("ann", "2026-07-14", "5"), json!({ "cpu_hours": "-5" }));
    let late = json!({ "window_start": "2026-07-15T11:00:00Z" });
    let too_late =
        with(with(reading("ann", "2026-07-15", "7"), late.clone()), json!({ "window_end": "2026-07-15T13:00:00Z" }));
    let in_time = with(with(reading("ann", "2026-07-15", "7"), late), json!({ "window_end": "2026-07-15T12:00:00Z" }));
    let readings = [
        bad,
        reading("ann", "2026-07-14", "10"),
        reading("ann", "2026-07-14", "20"),
        reading("ann", "2026-07-14", "10"),
        too_late,
        in_time,
    ];
    let duplicate = "rejected duplicate_in_batch";
    assert_eq!(
        record(&world, &function, &readings).await,
        ["rejected negative_quantity", "created", duplicate, "unchanged", "rejected window_in_future", "created"]
    );
    assert_eq!(account(&world, "ann").await, "used 2.98, balance -2.98, 1 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_batch_of_nothing_but_bad_readings_writes_nothing() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let response = function.send(batch(&world, &[json!({}), reading("nobody", "2026-07-14", "1")])).await.expect(200);
    assert_eq!(outcomes(&response), ["rejected invalid_reading", "rejected user_unknown"]);
    assert_eq!(response.json["exhausted_accounts"], json!([]));
    assert_eq!(record(&world, &function, &[json!({})]).await, ["rejected invalid_reading"]);
    assert_eq!(account(&world, "ann").await, "used 0.00, balance 0.00, 0 entries");
}
