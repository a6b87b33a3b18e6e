//! `GET /api/admin/users`: what is told of each, pages, and CSV.

use axum::http::header::{CONTENT_TYPE, LINK};
use serde_json::json;
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{USERS, get, instance, names, world};

async fn csv(world: &World, function: &Function, path: &str) -> TestResponse {
    function.send(get(world, path).header("accept", "text/csv, application/json;q=0.9")).await.expect(200)
}

#[tokio::test]
async fn each_user_is_told_with_owner_seat_instance_team_and_credits() {
    let world = world(&["ann", "bob"]).await;
    world.add_cluster("demo", 10).await;
    world.sql("select enqueue_for_seat('auth0|ann'); select place_waiting()").await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    let page = function.send(get(&world, USERS)).await.expect(200).json;
    assert_eq!(names(&page), ["bob", "ann", "admin"]);
    let (bob, ann) = (&page["items"][0], &page["items"][1]);
    assert_eq!((&ann["team_size"], &bob["team_size"]), (&json!(1), &json!(0)));
    assert_eq!(bob["owner"], json!({ "id": "auth0|ann", "name": "ann", "email": "ann@example.com" }));
    assert_eq!(bob["assignment"]["cluster_name"], "demo");
    assert_eq!(ann["instance"]["status"], "active");
    assert_eq!((&ann["credits"]["balance"], &bob["credits"]), (&json!("0.00"), &json!(null)));
    assert_eq!(
        (&ann["status"], &ann["is_admin"], &ann["suspended_with_owner"]),
        (&json!("active"), &json!(false), &json!(false))
    );
    assert_eq!((&ann["owner"], &ann["deleted_at"], &page["next_cursor"]), (&json!(null), &json!(null), &json!(null)));
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat_while_others_sign_up() {
    let world = world(&[]).await;
    // Three of them at the same time: then the id decides.
    world
        .sql(
            "insert into public.users (id, created_at) \
             select 'auth0|' || n, timestamptz '2026-01-01' + (n / 3) * interval '1 microsecond' from generate_series(10, 30) n",
        )
        .await;
    let function = instance(&world).await;
    let mut seen = Vec::new();
    let mut path = format!("{USERS}?limit=4");
    loop {
        let page = function.send(get(&world, &path)).await.expect(200).json;
        seen.extend(names(&page));
        world.sign_up(&format!("new{}", seen.len())).await;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{USERS}?limit=4&cursor={cursor}");
    }
    let there: Vec<String> = (10..=30).rev().map(|n| n.to_string()).collect();
    assert_eq!(seen, [vec!["admin".to_owned()], there].concat());
}

#[tokio::test]
async fn as_csv_the_list_is_whole_and_safe_in_a_spreadsheet() {
    let world = world(&[]).await;
    world
        .sql(
            "insert into public.users (id, name, email, created_at) \
             select 'auth0|' || n, '=HYPERLINK(\"x\"), ' || n, '+' || n || '@x.io', timestamptz '2026-01-01' + n * interval '1 second' \
             from generate_series(1, 300) n",
        )
        .await;
    let function = instance(&world).await;
    let response = csv(&world, &function, USERS).await;
    assert_eq!(response.headers[CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert!(!response.headers.contains_key(LINK));
    let lines: Vec<&str> = response.text.lines().collect();
    assert!(lines[0].starts_with("id,email,email_verified,name,status,is_admin,account_owner_id,"), "{}", lines[0]);
    assert_eq!(lines.len(), 302, "the header, and everybody beyond the 200 of a page");
    let row = "auth0|300,'+300@x.io,false,\"'=HYPERLINK(\"\"x\"\"), 300\",active,false,";
    assert!(lines[2].starts_with(row), "{}", lines[2]);
}

#[tokio::test]
async fn as_csv_with_a_limit_a_link_leads_on_with_the_same_filters() {
    let world = world(&["ann", "bob", "carla", "dora"]).await;
    world.sql("update public.users set metadata = '{\"tags\": [\"a&b\"]}' where id <> 'auth0|carla'").await;
    let function = instance(&world).await;
    let path = format!("{USERS}?limit=2&status=active&metadata=%7B%22tags%22%3A%5B%22a%26b%22%5D%7D");
    let first = csv(&world, &function, &path).await;
    assert_eq!(first.text.lines().count(), 3);
    let link = first.headers[LINK].to_str().unwrap();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    assert!(next.starts_with(&format!("{path}&cursor=")), "{next}");
    let rest = csv(&world, &function, next).await;
    let ids: Vec<&str> = rest.text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids, ["auth0|ann", "auth0|admin"]);
    assert!(!rest.headers.contains_key(LINK));
}

#[tokio::test]
async fn only_administrators_see_users() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    for path in [USERS, "/api/admin/users/auth0%7Cann", "/api/admin/audit-log", "/api/admin/invariants"] {
        let by_ann = TestRequest::get(path).bearer(&world.token("auth0|ann"));
        function.send(by_ann).await.expect_problem(403, "admin_only");
        function.send(TestRequest::get(path)).await.expect_problem(401, "unauthorized");
        let by_machine = TestRequest::get(path).bearer(&world.machine_token(&["usage:write", "credits:write"]));
        function.send(by_machine).await.expect_problem(403, "person_only");
    }
}

#[tokio::test]
async fn a_page_of_long_numbers_is_shorter_and_none_is_lost() {
    let world = world(&[]).await;
    // Each takes eight kilobytes in the database, and 150 in an answer.
    world
        .sql(
            "insert into public.users (id, metadata) \
             select 'auth0|' || n, jsonb_build_object('n', (select jsonb_agg(1e300) from generate_series(1, 500))) \
             from generate_series(1, 40) n",
        )
        .await;
    let function = instance(&world).await;
    let first = function.send(get(&world, USERS)).await.expect(200);
    assert!(first.text.len() < 4_100_000, "{} bytes", first.text.len());
    let cursor = first.json["next_cursor"].as_str().unwrap();
    let rest = function.send(get(&world, &format!("{USERS}?cursor={cursor}"))).await.expect(200);
    assert_eq!(names(&first.json).len() + names(&rest.json).len(), 41);
}
