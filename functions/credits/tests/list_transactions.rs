//! `GET /api/credits/transactions`: the ledger, newest first, as JSON and CSV.

use axum::http::header::{CONTENT_TYPE, LINK};
use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{TRANSACTIONS, adjustment, bought, instance, used, world};

async fn get(world: &World, function: &Function, name: &str, query: &str) -> TestResponse {
    let token = world.token(&format!("auth0|{name}"));
    function.send(TestRequest::get(&format!("{TRANSACTIONS}{query}")).bearer(&token)).await
}

async fn csv(world: &World, function: &Function, path: &str) -> TestResponse {
    let request =
        TestRequest::get(path).bearer(&world.token("auth0|ann")).header("accept", "text/csv, application/json;q=0.9");
    function.send(request).await.expect(200)
}

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

async fn with_three_entries() -> (World, Function) {
    let world = world().await;
    let function = instance(&world).await;
    let first = bought(&world, &function, "10").await;
    used(&world, "ann", 1, "4").await;
    let body = json!({ "user_id": "auth0|ann", "amount": "-1", "reason": "=HYPERLINK(\"x\"), really", "refund_of": first["id"] });
    function.send(adjustment(&world, "a", &body)).await.expect(201);
    (world, function)
}

#[tokio::test]
async fn the_ledger_is_listed_newest_first_page_by_page() {
    let (world, function) = with_three_entries().await;
    let all = get(&world, &function, "ann", "").await.expect(200).json;
    assert_eq!(seqs(&all), [3, 2, 1]);
    assert_eq!(all["next_cursor"], json!(null));
    let usage = &all["items"][1];
    assert_eq!(
        (&usage["kind"], &usage["amount"], &usage["balance_after"]),
        (&json!("usage"), &json!("-4.00"), &json!("6.00"))
    );
    let page = get(&world, &function, "ann", "?limit=2").await.expect(200).json;
    assert_eq!(seqs(&page), [3, 2]);
    // What comes meanwhile moves no page.
    bought(&world, &function, "7").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = get(&world, &function, "ann", &format!("?limit=2&cursor={cursor}")).await.expect(200).json;
    assert_eq!((seqs(&rest), &rest["next_cursor"]), (vec![1], &json!(null)));
}

#[tokio::test]
async fn as_csv_it_is_whole_and_safe_in_a_spreadsheet() {
    let (world, function) = with_three_entries().await;
    let response = csv(&world, &function, TRANSACTIONS).await;
    assert_eq!(response.headers[CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert!(!response.headers.contains_key(LINK));
    let lines: Vec<&str> = response.text.split("\r\n").collect();
    assert_eq!(lines[0], "seq,created_at,kind,amount,balance_before,balance_after,reference,reason,refund_of,actor,id");
    assert_eq!(lines.len(), 5);
    assert!(lines[1].starts_with("3,") && lines[1].contains(",refund,-1.00,6.00,5.00,"), "{}", lines[1]);
    assert!(lines[1].contains("\"'=HYPERLINK(\"\"x\"\"), really\""), "{}", lines[1]);
    assert!(lines[2].contains(",usage,-4.00,10.00,6.00,"), "{}", lines[2]);
}

#[tokio::test]
async fn as_csv_with_a_limit_a_link_leads_on() {
    let (world, function) = with_three_entries().await;
    let mut path = format!("{TRANSACTIONS}?limit=2&user_id=auth0%7Cann");
    let first = csv(&world, &function, &path).await;
    assert_eq!(first.text.lines().count(), 3);
    let link = first.headers[LINK].to_str().unwrap();
    assert!(link.starts_with(&format!("<{path}&cursor=")), "{link}");
    path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    let rest = csv(&world, &function, &path).await;
    assert!(rest.text.lines().nth(1).unwrap().starts_with("1,"), "{}", rest.text);
    assert!(!rest.headers.contains_key(LINK));
}

#[tokio::test]
async fn members_and_strangers_see_no_ledger() {
    let (world, function) = with_three_entries().await;
    world.sign_up("bob").await;
    world.sign_up("carla").await;
    world.join("bob", "ann").await;
    get(&world, &function, "bob", "").await.expect_problem(403, "billing_owner_only");
    get(&world, &function, "carla", "?user_id=auth0%7Cann").await.expect_problem(404, "user_unknown");
    get(&world, &function, "carla", "?user_id=auth0%7Cnobody").await.expect_problem(404, "user_unknown");
    assert_eq!(seqs(&get(&world, &function, "admin", "?user_id=auth0%7Cann").await.expect(200).json), [3, 2, 1]);
    assert!(seqs(&get(&world, &function, "carla", "").await.expect(200).json).is_empty());
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let (world, function) = with_three_entries().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=e30", "cursor"),
        // The cursor of another list.
        ("cursor=eyJjcmVhdGVkX2F0IjoiMjAyNi0wNy0xNVQxMjowMDowMFoiLCJpZCI6IngifQ", "cursor"),
        ("kind=usage", "kind"),
        // It is no UTF-8, and would be read as another id.
        ("user_id=auth0%7Cann%FF", "user_id"),
    ] {
        let response = get(&world, &function, "ann", &format!("?{query}")).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}: {}", response.text);
    }
    get(&world, &function, "ann", "?user_id=auth0%7Cann%EF%BF%BD").await.expect_problem(404, "user_unknown");
}
