//! `GET /api/admin/audit-log`: who changed what, newest first.

use serde_json::json;
use testkit::{Function, World};

use crate::fixtures::{AUDIT_LOG, column, get, instance, patch, world};

/// Five entries of 2026, one each hour from 10:00 on.
async fn with_entries() -> (World, Function) {
    let world = world(&[]).await;
    world
        .sql(
            "insert into app.audit_log (actor, action, target, created_at) values \
             ('auth0|admin', 'users.update', 'auth0|ann', '2026-01-01T10:00:00Z'), \
             ('auth0|admin', 'users.update', 'auth0|bob', '2026-01-01T11:00:00Z'), \
             ('auth0|eve', 'rates.set', '2026-02-01', '2026-01-01T12:00:00Z'), \
             ('auth0|eve', 'users.update', 'auth0|ann', '2026-01-01T13:00:00Z'), \
             ('operator', 'users.promote', 'auth0|eve', '2026-01-01T14:00:00Z')",
        )
        .await;
    let function = instance(&world).await;
    (world, function)
}

#[tokio::test]
async fn each_filter_lets_through_what_it_names() {
    let (world, function) = with_entries().await;
    let day = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
    for (query, hours) in [
        ("actor=auth0%7Ceve", &["13", "12"][..]),
        ("target=auth0%7Cann", &["13", "10"]),
        ("action=rates.set", &["12"]),
        ("actor=operator&from=2026-01-01T14:00:00Z&to=2026-01-01T14:00:00.000001Z", &["14"]),
        ("to=2026-01-01T12:00:00Z", &["11", "10"]),
        ("from=2026-01-01T14:00:00%2B02:00&to=2026-01-01T13:00:00Z", &["12"]),
        ("from=2026-01-01T12:00:00Z&to=2026-01-01T12:00:00Z", &[]),
        ("actor=auth0%7Cadmin&target=auth0%7Cann&action=users.update", &["10"]),
        (day, &["14", "13", "12", "11", "10"]),
    ] {
        let page = function.send(get(&world, &format!("{AUDIT_LOG}?{query}"))).await.expect(200).json;
        let times = column(&page, "created_at");
        let found: Vec<&str> = times.iter().map(|time| &time[11..13]).collect();
        assert_eq!(found, hours, "{query}");
    }
}

#[tokio::test]
async fn entries_are_listed_newest_first_page_by_page_while_others_come() {
    let (world, function) = with_entries().await;
    let path = format!("{AUDIT_LOG}?limit=2&to=2026-01-02T00:00:00Z");
    let first = function.send(get(&world, &path)).await.expect(200).json;
    assert_eq!(column(&first, "action"), ["users.promote", "users.update"]);
    world.sign_up("ann").await;
    function.send(patch(&world, "ann", &json!({ "name": "Ann" }))).await.expect(200);
    let next = format!("{path}&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = function.send(get(&world, &next)).await.expect(200).json;
    assert_eq!(column(&second, "action"), ["rates.set", "users.update"]);
    let next = format!("{path}&cursor={}", second["next_cursor"].as_str().unwrap());
    let third = function.send(get(&world, &next)).await.expect(200).json;
    assert_eq!((column(&third, "target"), &third["next_cursor"]), (vec!["auth0|ann".to_owned()], &json!(null)));
}

#[tokio::test]
async fn an_entry_says_who_did_what_by_which_request() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let changed = function.send(patch(&world, "ann", &json!({ "is_admin": true }))).await.expect(200);
    let page = function.send(get(&world, &format!("{AUDIT_LOG}?limit=1"))).await.expect(200).json;
    let entry = &page["items"][0];
    assert_eq!((&entry["actor"], &entry["target"]), (&json!("auth0|admin"), &json!("auth0|ann")));
    assert_eq!((&entry["before"]["is_admin"], &entry["after"]["is_admin"]), (&json!(false), &json!(true)));
    assert_eq!(entry["request_id"], changed.headers["x-request-id"].to_str().unwrap());
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let world = world(&[]).await;
    let function = instance(&world).await;
    for (query, field) in [
        ("actor=", "actor"),
        ("target=%07", "target"),
        ("action=", "action"),
        ("from=yesterday", "from"),
        ("from=0000-01-01T00:00:00Z", "from"),
        ("from=2016-12-31T23:59:60Z", "from"),
        ("from=2016-12-31T23:59:60.5Z", "from"),
        ("to=2016-12-31T23:59:60.999999999Z", "to"),
        ("to=10000-01-01T00:00:00Z", "to"),
        ("to=2026-01-01", "to"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("limit=0", "limit"),
        ("cursor=e30", "cursor"),
        ("who=ann", "who"),
    ] {
        let response = function.send(get(&world, &format!("{AUDIT_LOG}?{query}"))).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}: {}", response.text);
    }
}

#[tokio::test]
async fn a_page_of_large_entries_is_shorter_and_none_is_lost() {
    let world = world(&[]).await;
    world
        .sql(
            "insert into app.audit_log (actor, action, target, before, after) \
             select 'auth0|admin', 'users.update', 'auth0|ann', \
               jsonb_build_object('text', repeat('\"', 24000)), jsonb_build_object('number', n, 'text', repeat('x', 24000)) \
             from generate_series(1, 120) n",
        )
        .await;
    let function = instance(&world).await;
    let (mut seen, mut cursor, mut pages) = (0, String::new(), 0);
    loop {
        let path = format!("/api/admin/audit-log?target=auth0%7Cann&limit=200{cursor}");
        let page = function.send(get(&world, &path)).await.expect(200);
        assert!(page.text.len() < 5_000_000, "{} bytes", page.text.len());
        seen += page.json["items"].as_array().unwrap().len();
        pages += 1;
        let Some(next) = page.json["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((seen, pages > 1), (120, true));
}
