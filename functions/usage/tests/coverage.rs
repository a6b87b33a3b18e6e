//! `GET /api/admin/usage-coverage`, `POST …/{cluster_id}/{hour}/recollect` and `…/accept`.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{COVERAGE, instance, world};

const NORTH: &str = "11111111-0000-4000-8000-000000000000";
const SOUTH: &str = "22222222-0000-4000-8000-000000000000";

/// Noon of July 15: two clusters, and the hours of that morning.
async fn covered() -> (World, Function) {
    let world = world().await;
    world.add_administrator().await;
    world
        .sql(&format!(
            "insert into public.hopsworks_clusters (id, name, api_url, max_users) values \
             ('{NORTH}', 'north', 'https://north.example.com', 5), ('{SOUTH}', 'south', 'https://south.example.com', 5); \
             insert into app.usage_coverage (hopsworks_cluster_id, hour, state, collected_at, namespaces, cpu_hours, \
               gpu_hours, storage_gb, digest, other_sources) values \
             ('{NORTH}', '2026-07-15 06:00Z', 'collected', '2026-07-15 09:00Z', 3, 12.5, 0, 420.000001, 'd', '{{}}'), \
             ('{SOUTH}', '2026-07-15 06:00Z', 'collected', '2026-07-15 09:00Z', 1, 1, 0, 0, 'd', '{{meter-1}}'); \
             insert into app.usage_coverage (hopsworks_cluster_id, hour, state, due_at, attempts, error_code, error_detail) \
             values \
             ('{NORTH}', '2026-07-15 07:00Z', 'missing', '2026-07-15 12:05Z', 3, 'empty_answer', 'no namespace'), \
             ('{NORTH}', '2026-07-15 08:00Z', 'given_up', null, 9, 'server_error', '502'), \
             ('{NORTH}', '2026-07-15 09:00Z', 'expected', '2026-07-15 12:00Z', 0, null, null), \
             ('{NORTH}', '2026-06-10 11:00Z', 'given_up', null, 9, 'server_error', '502')"
        ))
        .await;
    let function = instance(&world).await;
    (world, function)
}

async fn ask(world: &World, function: &Function, cluster: &str, hour: &str, what: &str) -> TestResponse {
    let path = format!("{COVERAGE}/{cluster}/{hour}/{what}");
    function.send(TestRequest::post(&path).bearer(&world.token("auth0|admin"))).await
}

async fn listed(world: &World, function: &Function, query: &str) -> Value {
    let list = TestRequest::get(&format!("{COVERAGE}?{query}")).bearer(&world.token("auth0|admin"));
    function.send(list).await.expect(200).json
}

/// The hours of a page, such as `07 of 1: missing`.
fn lines(page: &Value) -> Vec<String> {
    let line = |item: &Value| {
        let [hour, cluster, state] = ["hour", "cluster_id", "state"].map(|name| item[name].as_str().unwrap());
        format!("{} of {}: {state}", &hour[8..13], &cluster[..1])
    };
    page["items"].as_array().unwrap().iter().map(line).collect()
}

async fn audit(world: &World) -> Vec<String> {
    world.all("select concat_ws(' ', actor, action, target, before) from app.audit_log where actor = 'auth0|admin' order by id").await
}

#[tokio::test]
async fn hours_are_listed_newest_first_with_what_was_read_of_each() {
    let (world, function) = covered().await;
    let all = [
        "15T09 of 1: expected",
        "15T08 of 1: given_up",
        "15T07 of 1: missing",
        "15T06 of 1: collected",
        "15T06 of 2: collected",
        "10T11 of 1: given_up",
    ];
    let of_south = format!("cluster_id={SOUTH}");
    let of_north = format!("cluster_id={NORTH}&state=missing");
    for (query, expected) in [
        ("", &all[..]),
        (&of_south, &all[4..5]),
        (&of_north, &all[2..3]),
        ("state=expected", &all[..1]),
        ("state=collected", &all[3..5]),
        ("state=revised", &[]),
        ("other_sources=true", &all[4..5]),
        ("other_sources=false", &all[..]),
    ] {
        assert_eq!(lines(&listed(&world, &function, query).await), expected, "{query}");
    }
    let (mut found, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = listed(&world, &function, &query).await;
        found.extend(lines(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, all, "page by page");
    let expected = json!({
        "cluster_id": NORTH, "hour": "2026-07-15T06:00:00Z", "state": "collected", "due_at": null, "attempts": 0,
        "code": null, "detail": null, "collected_at": "2026-07-15T09:00:00Z", "revised_at": null, "namespaces": 3,
        "cpu_hours": "12.5", "gpu_hours": "0", "storage_gb": "420.000001", "accepted_by": null, "other_sources": [],
    });
    assert_eq!(listed(&world, &function, "").await["items"][3], expected);
    for (query, field) in [
        ("state=lost", "state"),
        ("cluster_id=north", "cluster_id"),
        ("other_sources=1", "other_sources"),
        ("a=b", "a"),
    ] {
        let list = TestRequest::get(&format!("{COVERAGE}?{query}")).bearer(&world.token("auth0|admin"));
        let refused = function.send(list).await.expect_problem(400, "invalid_query");
        assert_eq!(refused.field(), field);
    }
}

#[tokio::test]
async fn an_hour_is_read_again_when_an_administrator_asks_also_one_that_was_given_up() {
    let (world, function) = covered().await;
    for (hour, state, code) in [
        ("06", "collected", Value::Null),
        ("07", "missing", json!("empty_answer")),
        ("08", "missing", json!("server_error")),
    ] {
        let hour = format!("2026-07-15T{hour}:00:00Z");
        let answer = ask(&world, &function, NORTH, &hour, "recollect").await.expect(200).json;
        let due = json!("2026-07-15T12:00:00Z");
        assert_eq!((&answer["state"], &answer["code"]), (&json!(state), &code), "{answer}");
        assert_eq!((&answer["due_at"], &answer["attempts"]), (&due, &json!(0)), "{answer}");
    }
    let given_up = format!("auth0|admin usage_coverage.recollect {NORTH}/2026-07-15T08:00:00Z");
    let before = r#"{"code": "server_error", "state": "given_up", "attempts": 9}"#;
    assert_eq!(audit(&world).await[2..], [format!("{given_up} {before}")]);

    world.sql("update app.usage_coverage set error_code = null, error_detail = null, state = 'given_up', due_at = null where state = 'missing'").await;
    let never_tried = ask(&world, &function, NORTH, "2026-07-15T08:00:00Z", "recollect").await.expect(200).json;
    assert_eq!(never_tried["state"], "expected", "it has no reason to be missing");
}

#[tokio::test]
async fn an_hour_that_is_too_old_unknown_or_none_is_not_read_again() {
    let (world, function) = covered().await;
    let old = ask(&world, &function, NORTH, "2026-06-10T11:00:00Z", "recollect").await;
    old.expect_problem(409, "hour_too_old");
    for what in ["recollect", "accept"] {
        for (cluster, hour) in [(NORTH, "2026-07-15T10:00:00Z"), (SOUTH, "2026-07-15T07:00:00Z")] {
            ask(&world, &function, cluster, hour, what).await.expect_problem(404, "hour_unknown");
        }
        for hour in ["2026-07-15T07:30:00Z", "2026-07-15T07:00:00+00:00", "2026-02-30T07:00:00Z", "7", "infinity"] {
            let refused = ask(&world, &function, NORTH, hour, what).await.expect_problem(400, "invalid_path");
            assert_eq!(refused.field(), "hour");
        }
        let refused = ask(&world, &function, "north", "2026-07-15T07:00:00Z", what).await;
        assert_eq!(refused.expect_problem(400, "invalid_path").field(), "cluster_id");
    }
    assert_eq!(audit(&world).await, Vec::<String>::new());
    assert_eq!(world.one("select count(*) from app.usage_coverage where due_at = app.now()").await, "1");
}

#[tokio::test]
async fn an_answer_that_was_not_believed_is_accepted_and_no_other_hour() {
    let (world, function) = covered().await;
    for code in ["empty_answer", "fewer_namespaces", "more_than_the_cluster"] {
        world
            .sql(&format!(
                "update app.usage_coverage set error_code = '{code}', accepted_by = null, due_at = '2026-07-15 13:00Z' \
                 where state = 'missing'"
            ))
            .await;
        let answer = ask(&world, &function, NORTH, "2026-07-15T07:00:00Z", "accept").await.expect(200).json;
        let expected = (&json!("missing"), &json!(code), &json!("auth0|admin"), &json!("2026-07-15T12:00:00Z"));
        assert_eq!((&answer["state"], &answer["code"], &answer["accepted_by"], &answer["due_at"]), expected);
    }
    let accepted = format!("auth0|admin usage_coverage.accept {NORTH}/2026-07-15T07:00:00Z");
    let before = r#"{"code": "empty_answer", "detail": "no namespace"}"#;
    assert_eq!(audit(&world).await[0], format!("{accepted} {before}"));

    // It was read before, and looks wrong now.
    world
        .sql("update app.usage_coverage set error_code = 'empty_answer', due_at = app.now() where state = 'collected'")
        .await;
    let again = ask(&world, &function, NORTH, "2026-07-15T06:00:00Z", "accept").await.expect(200).json;
    assert_eq!((&again["state"], &again["accepted_by"]), (&json!("collected"), &json!("auth0|admin")));

    world
        .sql(
            "update app.usage_coverage set error_code = 'time_out', accepted_by = null where state = 'missing'; \
             update app.usage_coverage set error_code = null, accepted_by = null where state = 'collected'; \
             update app.usage_coverage set error_code = 'empty_answer' where state = 'given_up'",
        )
        .await;
    for hour in ["06", "07", "08", "09"] {
        let refused = ask(&world, &function, NORTH, &format!("2026-07-15T{hour}:00:00Z"), "accept").await;
        refused.expect_problem(409, "nothing_to_accept");
    }
    assert_eq!(world.one("select count(accepted_by) from app.usage_coverage").await, "0");
}

#[tokio::test]
async fn a_repeated_call_neither_reads_an_hour_again_nor_accepts_it_again() {
    let (world, _) = covered().await;
    for (name, column) in [("recollect_hour", "due_at"), ("accept_hour", "accepted_by")] {
        let args = json!({
            "caller": { "sub": "auth0|admin", "must_be": "admin", "request_id": name },
            "input": { "cluster_id": NORTH, "hour": "2026-07-15T07:00:00Z" },
        });
        world.sql(&format!("select {name}('{args}'::jsonb)")).await;
        // Since then it was read.
        world
            .sql(
                "update app.usage_coverage set due_at = '2026-07-15 15:00Z', accepted_by = null where state = 'missing'",
            )
            .await;
        world.sql(&format!("select {name}('{args}'::jsonb)")).await;
        let left = format!("select coalesce({column}::text, '-') from app.usage_coverage where state = 'missing'");
        let left = world.one(&left).await;
        assert!(left == "-" || left.contains("15:00"), "{name}: {left}");
    }
    assert_eq!(audit(&world).await.len(), 2);
}
