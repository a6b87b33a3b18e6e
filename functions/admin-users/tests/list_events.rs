//! `GET /api/admin/events`: what happened, newest first.

use serde_json::{Value, json};
use testkit::{Function, World};

use crate::fixtures::{column, get, instance, world};

const EVENTS: &str = "/api/admin/events";

/// Five events of 2026, one each hour from 10:00 on, the first two of them published.
async fn with_events() -> (World, Function) {
    let world = world(&[]).await;
    world
        .sql(
            "delete from app.outbox; \
             insert into app.outbox (type, subject, data, occurred_at) \
             select type, subject, data::jsonb, ('2026-01-01T1' || n || ':00:00Z')::timestamptz from (values \
               (0, 'user.created', 'user:auth0|ann', '{\"user_id\": \"auth0|ann\"}'), \
               (1, 'user.created', 'user:auth0|bob', '{\"user_id\": \"auth0|bob\"}'), \
               (2, 'member.joined', 'account:auth0|ann', '{\"user_id\": \"auth0|bob\", \"account_owner_id\": \"auth0|ann\"}'), \
               (3, 'user.deleted', 'user:auth0|bob', '{\"user_id\": \"auth0|bob\"}'), \
               (4, 'user.deleted', 'user:auth0|ann', '{\"user_id\": \"auth0|ann\"}')) v (n, type, subject, data) order by n; \
             update app.outbox set seq = 1, published_at = app.now(), attempts = 1 where type = 'user.created'",
        )
        .await;
    let function = instance(&world).await;
    (world, function)
}

#[tokio::test]
async fn each_filter_lets_through_what_it_names() {
    let (world, function) = with_events().await;
    for (query, hours) in [
        ("subject=user:auth0%7Cann", &["14", "10"][..]),
        ("subject=account:auth0%7Cann", &["12"]),
        ("subject=auth0%7Cann", &[]),
        ("type=user.created", &["11", "10"]),
        ("type=user.created&subject=user:auth0%7Cbob", &["11"]),
        ("from=2026-01-01T12:00:00Z&to=2026-01-01T14:00:00Z", &["13", "12"]),
        ("", &["14", "13", "12", "11", "10"]),
    ] {
        let page = function.send(get(&world, &format!("{EVENTS}?{query}"))).await.expect(200).json;
        let times = column(&page, "occurred_at");
        let found: Vec<&str> = times.iter().map(|time| &time[11..13]).collect();
        assert_eq!(found, hours, "{query}");
    }
}

#[tokio::test]
async fn events_are_listed_newest_first_page_by_page_while_others_come() {
    let (world, function) = with_events().await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{EVENTS}?to=2026-01-02T00:00:00Z&limit=2{cursor}");
        let page = function.send(get(&world, &path)).await.expect(200).json;
        found.extend(column(&page, "type"));
        world.sign_up(&format!("n{}", found.len())).await;
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, ["user.deleted", "user.deleted", "member.joined", "user.created", "user.created"]);
}

#[tokio::test]
async fn an_event_says_what_happened_and_whether_the_bus_has_it() {
    let (world, function) = with_events().await;
    world
        .sql(
            "update app.outbox set seq = 2, attempts = 3, parked_at = app.now(), error_code = 'MalformedDetail', \
               error_detail = 'why' where type = 'user.deleted' and subject = 'user:auth0|bob'",
        )
        .await;
    let page = function.send(get(&world, EVENTS)).await.expect(200).json;
    let [gone, parked, _, published, _] = &page["items"].as_array().unwrap()[..] else { panic!("{page}") };
    assert_eq!((&gone["state"], &gone["seq"], &gone["published_at"]), (&json!("pending"), &Value::Null, &Value::Null));
    assert_eq!(gone["data"], json!({ "user_id": "auth0|ann" }));
    assert_eq!((&parked["state"], &parked["attempts"]), (&json!("parked"), &json!(3)));
    assert_eq!((&parked["code"], &parked["detail"]), (&json!("MalformedDetail"), &json!("why")));
    assert_eq!((&published["state"], &published["seq"]), (&json!("published"), &json!(1)));
    assert!(published["published_at"].is_string(), "{published}");
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let world = world(&[]).await;
    let function = instance(&world).await;
    for (query, field) in [
        ("subject=", "subject"),
        ("type=%07", "type"),
        ("from=yesterday", "from"),
        ("to=2026-01-01", "to"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("limit=0", "limit"),
        ("cursor=e30", "cursor"),
        ("who=ann", "who"),
    ] {
        let response = function.send(get(&world, &format!("{EVENTS}?{query}"))).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}: {}", response.text);
    }
}
