//! `GET, POST /api/admin/rates` and `GET /api/rates`: prices have a first day, and the past is never repriced.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{PRICES, RATES, account, instance, it_is, reading, record, with, world};

fn rate(day: &str, cpu_hour_usd: &str) -> Value {
    json!({ "effective_on": day, "cpu_hour_usd": cpu_hour_usd, "gpu_hour_usd": "2.5", "storage_gb_month_usd": "0.03" })
}

async fn set(world: &World, function: &Function, rate: &Value) -> TestResponse {
    function.send(TestRequest::post(RATES).bearer(&world.token("auth0|admin")).json(rate)).await
}

async fn listed(world: &World, function: &Function, query: &str) -> Value {
    function
        .send(TestRequest::get(&format!("{RATES}?{query}")).bearer(&world.token("auth0|admin")))
        .await
        .expect(200)
        .json
}

#[tokio::test]
async fn a_price_applies_from_its_day_on_and_never_before() {
    let mut world = world().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("ann", "2026-07-15", "10")]).await;
    let response = set(&world, &function, &rate("2026-07-16", "1.000000")).await.expect(201);
    assert_eq!(response.json["cpu_hour_usd"], "1");
    assert_eq!(response.json["created_by"], "auth0|admin");

    it_is(&mut world, "2026-07-20T12:00:00Z").await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("ann", "2026-07-16", "10"), reading("ann", "2026-07-14", "10")]).await;
    assert_eq!(account(&world, "ann").await, "used 13.50, balance -13.50, 2 entries");
    // A revision of a day has that day's price.
    record(&world, &function, &[reading("ann", "2026-07-15", "20")]).await;
    assert_eq!(account(&world, "ann").await, "used 15.25, balance -15.25, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_day_that_has_begun_is_not_priced_anew() {
    let world = world().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("ann", "2026-07-01", "0")]).await;
    for day in ["2026-07-15", "2026-07-14", "2026-01-01", "2026-01-02"] {
        set(&world, &function, &rate(day, "1")).await.expect_problem(409, "rate_has_begun");
    }
    assert_eq!(world.one("select count(*) from app.usage_rates").await, "1");
    assert_eq!(world.one("select count(*) from app.audit_log where action = 'rates.set'").await, "0");
    // Before the first price there was none, so nothing can have been priced.
    set(&world, &function, &rate("2025-12-01", "1")).await.expect(201);
    set(&world, &function, &rate("2025-12-02", "2")).await.expect_problem(409, "rate_has_begun");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_price_by_which_nothing_has_been_charged_can_be_corrected_also_when_its_day_has_begun() {
    let world = world().await;
    world.sql("delete from app.usage_rates").await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    for day in ["2026-07-10", "2026-07-15"] {
        world.sql(&format!("insert into app.usage_rates values ('{day}', 17.5, 2.5, 0.03, 'typo')")).await;
    }
    record(&world, &function, &[reading("ann", "2026-07-14", "1")]).await;
    set(&world, &function, &rate("2026-07-10", "0.175")).await.expect_problem(409, "rate_has_begun");
    let corrected = set(&world, &function, &rate("2026-07-15", "0.175")).await.expect(201);
    assert_eq!(
        (&corrected.json["cpu_hour_usd"], &corrected.json["created_by"]),
        (&json!("0.175"), &json!("auth0|admin"))
    );
    let audit = "select (before ->> 'cpu_hour_usd') || ' ' || (after ->> 'cpu_hour_usd') || ' ' || target || ' ' || actor from app.audit_log where action = 'rates.set'";
    assert_eq!(world.all(audit).await, ["17.5 0.175 2026-07-15 auth0|admin"]);

    record(&world, &function, &[reading("ann", "2026-07-15", "10")]).await;
    assert_eq!(account(&world, "ann").await, "used 19.25, balance -19.25, 2 entries");
    set(&world, &function, &rate("2026-07-15", "0.2")).await.expect_problem(409, "rate_has_begun");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_price_is_corrected_before_or_after_usage_that_comes_at_once_and_the_bill_has_what_holds() {
    let world = world().await;
    world.add_administrator().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    let function = instance(&world).await;
    for name in ["ann", "bob"] {
        let day = if name == "ann" { "2026-07-13" } else { "2026-07-14" };
        world.sql(&format!("insert into app.usage_rates values ('{day}', 17.5, 2.5, 0.03, 'typo')")).await;
        let (usage, price) = (crate::fixtures::batch(&world, &[reading(name, day, "1")]), rate(day, "0.175"));
        let (recorded, corrected) = tokio::join!(function.send(usage), set(&world, &function, &price));
        recorded.expect(200);
        assert!(matches!(corrected.status, 201 | 409), "{}", corrected.text);
        let charged = if corrected.status == 201 { "used 0.18" } else { "used 17.50" };
        assert!(account(&world, name).await.starts_with(charged), "{}", corrected.text);
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn a_day_that_lies_ahead_can_be_set_again_and_the_audit_log_tells_both() {
    let world = world().await;
    world.add_administrator().await;
    let function = instance(&world).await;
    set(&world, &function, &rate("2026-07-16", "1")).await.expect(201);
    set(&world, &function, &rate("2026-07-16", "2")).await.expect(201);
    set(&world, &function, &rate("2026-07-16", "2.0")).await.expect(201);
    let audit = world
        .all("select coalesce(before ->> 'cpu_hour_usd', '-') || ' ' || (after ->> 'cpu_hour_usd') || ' ' || target || ' ' || actor from app.audit_log where action = 'rates.set' order by id")
        .await;
    assert_eq!(audit, ["- 1 2026-07-16 auth0|admin", "1 2 2026-07-16 auth0|admin"], "the same again is no change");
}

#[tokio::test]
async fn usage_without_a_price_is_rejected_until_there_is_one() {
    let world = world().await;
    world.sql("delete from app.usage_rates").await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    let readings = [reading("ann", "2026-07-14", "1"), reading("ann", "2026-07-15", "1")];
    assert_eq!(record(&world, &function, &readings).await, ["rejected rate_missing"; 2]);
    set(&world, &function, &rate("2026-07-15", "1")).await.expect(201);
    assert_eq!(record(&world, &function, &readings).await, ["rejected rate_missing", "created"]);
    set(&world, &function, &rate("2026-07-01", "1")).await.expect(201);
    assert_eq!(record(&world, &function, &readings).await, ["created", "unchanged"]);
    set(&world, &function, &rate("2026-07-15", "2")).await.expect_problem(409, "rate_has_begun");
    set(&world, &function, &rate("2026-07-13", "2")).await.expect_problem(409, "rate_has_begun");
    world.assert_sound().await;
}

#[tokio::test]
async fn rates_are_listed_latest_first_page_by_page() {
    let world = world().await;
    world.add_administrator().await;
    let function = instance(&world).await;
    for day in 16..20 {
        set(&world, &function, &rate(&format!("2026-07-{day}"), "1")).await.expect(201);
    }
    let mut days = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = listed(&world, &function, &query).await;
        days.extend(
            page["items"].as_array().unwrap().iter().map(|rate| rate["effective_on"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(days, ["2026-07-19", "2026-07-18", "2026-07-17", "2026-07-16", "2026-01-01"]);
}

#[tokio::test]
async fn everybody_sees_the_prices_also_those_to_come_and_not_who_set_them() {
    let world = world().await;
    world.add_administrator().await;
    let ann = world.sign_up("ann").await;
    let bob = world.sign_up("bob").await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    set(&world, &function, &rate("2026-08-01", "0.2")).await.expect(201);
    let mut shown = listed(&world, &function, "").await;
    for rate in shown["items"].as_array_mut().unwrap() {
        rate.as_object_mut().unwrap().remove("created_by");
    }
    assert_eq!(shown["items"][0]["cpu_hour_usd"], "0.2");
    for token in [&ann, &bob] {
        assert_eq!(function.send(TestRequest::get(PRICES).bearer(token)).await.expect(200).json, shown);
    }
    let first = function.send(TestRequest::get(&format!("{PRICES}?limit=1")).bearer(&ann)).await.expect(200).json;
    let next = format!("{PRICES}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = function.send(TestRequest::get(&next).bearer(&ann)).await.expect(200).json;
    assert_eq!((&second["items"][0], &second["next_cursor"]), (&shown["items"][1], &json!(null)));

    let refused = function.send(TestRequest::get(&format!("{PRICES}?limit=0")).bearer(&ann)).await;
    assert_eq!((refused.status, refused.field()), (400, "limit"));
    function.send(TestRequest::get(PRICES)).await.expect_problem(401, "unauthorized");
    let machine = world.machine_token(&["usage:write"]);
    function.send(TestRequest::get(PRICES).bearer(&machine)).await.expect_problem(403, "person_only");
}

#[tokio::test]
async fn a_wrong_price_is_a_400_that_names_it_and_only_administrators_set_one() {
    let world = world().await;
    world.add_administrator().await;
    let ann = world.sign_up("ann").await;
    let function = instance(&world).await;
    let good = rate("2026-07-16", "1");
    for (field, value) in [
        ("effective_on", json!("2026-7-16")),
        ("effective_on", json!("2026-07-16T00:00:00Z")),
        ("effective_on", json!(null)),
        ("cpu_hour_usd", json!("-1")),
        ("cpu_hour_usd", json!(1)),
        ("cpu_hour_usd", json!("1e3")),
        ("gpu_hour_usd", json!("0.0000001")),
        ("gpu_hour_usd", json!("1000.000001")),
        ("storage_gb_month_usd", json!("NaN")),
        ("currency", json!("USD")),
    ] {
        let response = set(&world, &function, &with(good.clone(), json!({ field: value }))).await;
        assert_eq!((response.status, response.field()), (400, field), "{value}: {}", response.text);
    }
    let by = |token: &str| TestRequest::post(RATES).bearer(token).json(&good);
    function.send(by(&ann)).await.expect_problem(403, "admin_only");
    function.send(by(&world.machine_token(&["usage:write"]))).await.expect_problem(403, "person_only");
    function.send(TestRequest::get(RATES).bearer(&ann)).await.expect_problem(403, "admin_only");
    assert_eq!(world.one("select count(*) from app.usage_rates").await, "1");
}

#[tokio::test]
async fn a_price_that_is_set_again_by_a_repeated_call_stays_what_came_after_it() {
    let world = world().await;
    world.add_administrator().await;
    let set = async |request_id: &str, price: &str| {
        let args = json!({
            "caller": { "sub": "auth0|admin", "must_be": "admin", "request_id": request_id },
            "input": {
                "effective_on": "2026-08-01", "cpu_hour_usd": price, "gpu_hour_usd": "1", "storage_gb_month_usd": "1",
            },
        });
        world.sql(&format!("select set_rate('{args}'::jsonb)")).await;
    };
    set("first", "1").await;
    set("second", "2").await;
    set("first", "1").await;
    let price = "select cpu_hour_usd::text from app.usage_rates where effective_on = '2026-08-01'";
    assert_eq!(world.one(price).await, "2.000000");
    assert_eq!(world.one("select count(*) from app.audit_log where action = 'rates.set'").await, "2");
}
