//! `POST /api/usage`: absolute readings; what is sent again changes nothing, what is revised moves the difference.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{USAGE, account, batch, instance, outcomes, reading, record, with, world};

#[tokio::test]
async fn readings_become_days_credits_and_one_entry() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let gpu = json!({ "project": "p", "gpu_hours": "2", "storage_gb": "720" });
    let readings = [
        reading("ann", "2026-07-14", "10"),
        with(reading("ann", "2026-07-15", "0.000001"), gpu),
        with(reading("ann", "2026-07-15", "1"), json!({ "source": "cluster-2" })),
    ];
    let response = function.send(batch(&world, &readings)).await.expect(200);
    assert_eq!(outcomes(&response), ["created"; 3]);
    assert_eq!(response.json["created"], 3);
    assert_eq!(response.json["exhausted_accounts"], json!(["auth0|ann"]));
    let days = world
        .all("select date || ' ' || trim_scale(cpu_hours) || ' ' || trim_scale(gpu_hours) || ' ' || trim_scale(storage_gb_months) from public.usage_daily order by date")
        .await;
    assert_eq!(days, ["2026-07-14 10 0 0", "2026-07-15 1.000001 2 1"]);
    // 10 x 0.175 + 1.000001 x 0.175 + 2 x 2.5 + 0.03
    assert_eq!(account(&world, "ann").await, "used 6.96, balance -6.96, 1 entries");
    let entry = world
        .one("select kind || ' ' || amount || ' ' || reference || ' ' || actor from app.credit_transactions")
        .await;
    assert_eq!(entry, "usage -6.96 2026-07-14/2026-07-15 meter@clients");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_same_reading_again_changes_nothing_and_another_value_moves_the_difference() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let first = [reading("ann", "2026-07-14", "10")];
    assert_eq!(record(&world, &function, &first).await, ["created"]);
    assert_eq!(record(&world, &function, &first).await, ["unchanged"]);
    assert_eq!(record(&world, &function, &[reading("ann", "2026-07-14", "10.000000")]).await, ["unchanged"]);
    assert_eq!(account(&world, "ann").await, "used 1.75, balance -1.75, 1 entries");
    assert_eq!(record(&world, &function, &[reading("ann", "2026-07-14", "4")]).await, ["revised"]);
    assert_eq!(account(&world, "ann").await, "used 0.70, balance -0.70, 2 entries");
    assert_eq!(record(&world, &function, &[reading("ann", "2026-07-14", "0")]).await, ["revised"]);
    assert_eq!(account(&world, "ann").await, "used 0.00, balance 0.00, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_window_that_ends_later_is_a_revision_and_storage_follows_its_length() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let stored = json!({ "storage_gb": "720" });
    let short = with(reading("ann", "2026-07-14", "0"), stored);
    record(&world, &function, std::slice::from_ref(&short)).await;
    assert_eq!(world.one("select trim_scale(storage_gb_months) from public.usage_daily").await, "1");
    let long = with(short, json!({ "window_end": "2026-07-14T00:30:00.5Z" }));
    assert_eq!(record(&world, &function, &[long]).await, ["revised"]);
    assert_eq!(world.one("select trim_scale(storage_gb_seconds) from public.usage_daily").await, "1296360");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_whole_day_is_one_window_and_projects_and_sources_are_apart() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    let whole = json!({ "window_end": "2026-07-15T00:00:00Z" });
    let readings = [
        with(reading("ann", "2026-07-14", "1"), whole),
        with(reading("ann", "2026-07-14", "1"), json!({ "project": "a" })),
        with(reading("ann", "2026-07-14", "1"), json!({ "project": "b" })),
        with(reading("ann", "2026-07-14", "1"), json!({ "source": "b" })),
        with(reading("ann", "2026-07-14", "1"), json!({ "source": "c", "window_start": "2026-07-14T02:00:00+01:59" })),
    ];
    assert_eq!(record(&world, &function, &readings).await, ["created"; 5]);
    assert_eq!(world.one("select trim_scale(cpu_hours) from public.usage_daily").await, "5");
    // The same moment, written in another zone.
    let same = json!({ "source": "c", "window_start": "2026-07-14T00:01:00Z" });
    let same = with(reading("ann", "2026-07-14", "1"), same);
    assert_eq!(record(&world, &function, &[same]).await, ["unchanged"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn usage_may_take_the_balance_below_zero_and_the_answer_says_so() {
    let world = world().await;
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
        world
            .sql(&format!(
                "select post_entries(array[row('auth0|{name}', 'purchase', 1.75, null, null, null, null, null, null, null, '{name}', sha256('x'), 'a', null)::credit_change])"
            ))
            .await;
    }
    let readings = [reading("ann", "2026-07-14", "10"), reading("bob", "2026-07-14", "9")];
    let response = function.send(batch(&world, &readings)).await.expect(200);
    assert_eq!(response.json["exhausted_accounts"], json!(["auth0|ann"]), "ann has nothing left, bob has");
    let more = [reading("ann", "2026-07-13", "10"), reading("bob", "2026-07-13", "9")];
    let response = function.send(batch(&world, &more)).await.expect(200);
    assert_eq!(response.json["exhausted_accounts"], json!(["auth0|ann", "auth0|bob"]));
    assert_eq!(account(&world, "ann").await, "used 3.50, balance -1.75, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_suspended_users_usage_counts() {
    let world = world().await;
    let function = instance(&world).await;
    world.sign_up("ann").await;
    world.sql("select set_user_status('auth0|ann', 'suspended')").await;
    assert_eq!(record(&world, &function, &[reading("ann", "2026-07-14", "1")]).await, ["created"]);
}

#[tokio::test]
async fn only_machines_with_the_permission_report_usage() {
    let world = world().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    let ann = world.sign_up("ann").await;
    let mut claims = world.claims("auth0|ann");
    claims["permissions"] = json!(["usage:write"]);
    let request = || TestRequest::post(USAGE).json(&json!({ "readings": [reading("ann", "2026-07-14", "1")] }));
    for (who, token) in [
        ("a machine without", world.machine_token(&[])),
        ("a machine with another", world.machine_token(&["credits:write", "usage:read"])),
        ("a user", ann),
        ("a user whose token says so", world.key.sign(&claims)),
        ("an administrator", admin),
    ] {
        let response = function.send(request().bearer(&token)).await;
        assert_eq!((response.status, response.json["code"].as_str()), (403, Some("permission_missing")), "{who}");
    }
    function.send(request()).await.expect_problem(401, "unauthorized");
    assert_eq!(world.one("select count(*) from app.usage_readings").await, "0");
}

async fn refused(world: &World, request: TestRequest, status: u16, code: &str, field: &str) {
    let function = instance(world).await;
    let response = function.send(request).await.expect_problem(status, code);
    assert_eq!(response.field(), field);
    assert_eq!(world.one("select count(*) from app.usage_readings").await, "0");
}

#[tokio::test]
async fn a_body_that_is_no_batch_is_refused_as_a_whole() {
    let world = world().await;
    world.sign_up("ann").await;
    let good = reading("ann", "2026-07-14", "1");
    let post = || TestRequest::post(USAGE).bearer(&world.machine_token(&["usage:write"]));
    for (body, code, field) in [
        (json!({}).to_string(), "invalid_body", "readings"),
        (json!({ "readings": [] }).to_string(), "invalid_body", "readings"),
        (json!({ "readings": vec![&good; 1001] }).to_string(), "invalid_body", "readings"),
        (json!({ "readings": { "0": good } }).to_string(), "invalid_body", "readings"),
        (json!({ "readings": [good], "x": 1 }).to_string(), "invalid_body", "x"),
        (json!([good]).to_string(), "invalid_body", "body"),
        (r#"{"readings": [{"cpu_hours": NaN}]}"#.to_owned(), "invalid_json", "readings[0]"),
        (String::new(), "invalid_json", "body"),
    ] {
        let request = post().header("content-type", "application/json").bytes(body);
        refused(&world, request, 400, code, field).await;
    }
    refused(&world, post().bytes("{}"), 415, "body_not_json", "").await;
    let large = post().header("content-type", "application/json").bytes(vec![b' '; 1024 * 1024 + 1]);
    refused(&world, large, 413, "body_too_large", "").await;
}
