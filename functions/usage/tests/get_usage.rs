//! `GET /api/usage`: one's own, the account's by member, anybody's for an administrator; JSON and CSV.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::fixtures::{USAGE, instance, reading, record, with, world};

struct Team {
    world: World,
    function: Function,
    admin: String,
    ann: String,
    bob: String,
    carla: String,
}

/// Ann's account, with Bob since today, and Carla, without a team.
async fn team() -> Team {
    let world = world().await;
    let admin = world.add_administrator().await;
    let (ann, bob, carla) = (world.sign_up("ann").await, world.sign_up("bob").await, world.sign_up("carla").await);
    let function = instance(&world).await;
    record(&world, &function, &[reading("bob", "2026-07-14", "10")]).await;
    world.join("bob", "ann").await;
    let stored = json!({ "storage_gb": "720", "gpu_hours": "0.5" });
    let readings = [
        reading("ann", "2026-07-14", "1"),
        with(reading("ann", "2026-07-15", "2"), stored),
        reading("bob", "2026-07-15", "0.000001"),
        reading("carla", "2026-07-01", "7"),
    ];
    record(&world, &function, &readings).await;
    Team { world, function, admin, ann, bob, carla }
}

impl Team {
    async fn usage(&self, token: &str, query: &str) -> Value {
        self.function.send(TestRequest::get(&format!("{USAGE}?{query}")).bearer(token)).await.expect(200).json
    }
}

fn used(cpu: &str, gpu: &str, storage: &str, cost: Value) -> Value {
    json!({ "cpu_hours": cpu, "gpu_hours": gpu, "storage_gb_months": storage, "cost_usd": cost })
}

fn on(date: &str, sums: Value) -> Value {
    with(sums, json!({ "date": date }))
}

#[tokio::test]
async fn users_see_their_own_days_latest_first_with_totals() {
    let team = team().await;
    assert_eq!(
        team.usage(&team.ann, "start=2026-07-01&end=2026-07-15").await,
        json!({
            "user_id": "auth0|ann",
            "scope": "own",
            "start": "2026-07-01",
            "end": "2026-07-15",
            "days": [
                on("2026-07-15", used("2", "0.5", "1", json!("1.63"))),
                on("2026-07-14", used("1", "0", "0", json!("0.175"))),
            ],
            "members": null,
            "totals": used("3", "0.5", "1", json!("1.805")),
        })
    );
    let nothing = team.usage(&team.ann, "start=2026-06-01&end=2026-06-30").await;
    assert_eq!(nothing["days"], json!([]));
    assert_eq!(nothing["totals"], used("0", "0", "0", json!("0")));
}

#[tokio::test]
async fn thirty_days_to_today_are_answered_if_nobody_says_which() {
    let team = team().await;
    let usage = team.usage(&team.carla, "").await;
    assert_eq!((&usage["start"], &usage["end"]), (&json!("2026-06-16"), &json!("2026-07-15")));
    assert_eq!(usage["totals"]["cpu_hours"], "7");
    let usage = team.usage(&team.carla, "end=2026-07-01").await;
    assert_eq!((&usage["start"], &usage["totals"]["cpu_hours"]), (&json!("2026-06-02"), &json!("7")));
    let usage = team.usage(&team.carla, "start=2026-07-02").await;
    assert_eq!(usage["totals"]["cpu_hours"], "0");
}

#[tokio::test]
async fn an_owner_sees_what_the_account_pays_for_by_member() {
    let team = team().await;
    let usage = team.usage(&team.ann, "scope=account&start=2026-07-01&end=2026-07-15").await;
    let member = |name: &str, sums: Value| {
        let who = json!({ "user_id": format!("auth0|{name}"), "name": name, "email": format!("{name}@example.com") });
        with(sums, who)
    };
    assert_eq!(
        usage["members"],
        json!([
            member("ann", used("3", "0.5", "1", json!("1.805"))),
            member("bob", used("0.000001", "0", "0", json!("0"))),
        ])
    );
    assert_eq!(usage["totals"], used("3.000001", "0.5", "1", json!("1.805")));
    assert_eq!(usage["days"][0], on("2026-07-15", used("2.000001", "0.5", "1", json!("1.63"))));
}

#[tokio::test]
async fn a_member_sees_their_usage_and_no_costs() {
    let team = team().await;
    let usage = team.usage(&team.bob, "start=2026-07-01&end=2026-07-15").await;
    assert_eq!(usage["totals"], used("10.000001", "0", "0", Value::Null));
    assert_eq!(usage["days"][0]["cost_usd"], Value::Null);
    let request = TestRequest::get(&format!("{USAGE}?scope=account")).bearer(&team.bob);
    team.function.send(request).await.expect_problem(403, "billing_owner_only");
}

#[tokio::test]
async fn an_administrator_sees_anybody_and_others_see_nobody_else() {
    let team = team().await;
    let range = "start=2026-07-01&end=2026-07-15";
    let bob = team.usage(&team.admin, &format!("user_id=auth0%7Cbob&{range}")).await;
    assert_eq!(bob["totals"]["cost_usd"], "1.75");
    let account = team.usage(&team.admin, &format!("user_id=auth0%7Cann&scope=account&{range}")).await;
    assert_eq!(account["totals"]["cpu_hours"], "3.000001");
    for (who, token) in [("the owner", &team.ann), ("a stranger", &team.carla)] {
        for (other, scope) in [("auth0%7Cbob", "own"), ("auth0%7Cnobody", "own"), ("auth0%7Cbob", "account")] {
            let request = TestRequest::get(&format!("{USAGE}?user_id={other}&scope={scope}")).bearer(token);
            let response = team.function.send(request).await;
            assert_eq!((response.status, response.json["code"].as_str()), (404, Some("user_unknown")), "{who} {other}");
        }
    }
    let request = TestRequest::get(&format!("{USAGE}?user_id=auth0%7Cnobody")).bearer(&team.admin);
    team.function.send(request).await.expect_problem(404, "user_unknown");
    team.function.send(TestRequest::get(USAGE)).await.expect_problem(401, "unauthorized");
}

#[tokio::test]
async fn whoever_asks_for_csv_gets_a_row_for_each_day_and_user() {
    let team = team().await;
    team.world.sql("update public.users set name = '=cmd()' where id = 'auth0|bob'").await;
    let request = |query: &str| {
        TestRequest::get(&format!("{USAGE}?{query}&start=2026-07-01&end=2026-07-15")).header("accept", "text/csv")
    };
    let response = team.function.send(request("scope=account").bearer(&team.ann)).await.expect(200);
    assert_eq!(response.headers[CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert_eq!(response.headers[CONTENT_DISPOSITION], "attachment; filename=\"usage.csv\"");
    assert_eq!(
        response.text.split("\r\n").collect::<Vec<_>>(),
        [
            "date,user_id,name,email,cpu_hours,gpu_hours,storage_gb_months,cost_usd",
            "2026-07-15,auth0|ann,ann,ann@example.com,2,0.5,1,1.63",
            "2026-07-15,auth0|bob,'=cmd(),bob@example.com,0.000001,0,0,0",
            "2026-07-14,auth0|ann,ann,ann@example.com,1,0,0,0.175",
            "",
        ]
    );
    let response = team.function.send(request("scope=own").bearer(&team.bob)).await.expect(200);
    assert!(response.text.contains("2026-07-14,auth0|bob,'=cmd(),bob@example.com,10,0,0,\r\n"), "{}", response.text);
    let refused = request("scope=account").bearer(&team.bob);
    team.function.send(refused).await.expect_problem(403, "billing_owner_only");
}

#[tokio::test]
async fn a_former_member_and_the_former_owner_each_see_what_was_theirs() {
    let team = team().await;
    let range = "start=2026-07-01&end=2026-07-15";
    team.world.sql("select set_membership('auth0|bob', 'auth0|bob', null)").await;
    team.world.sql("update public.users set name = 'Bob at his new address' where id = 'auth0|bob'").await;
    let bob = team.usage(&team.bob, range).await;
    assert_eq!((&bob["totals"]["cpu_hours"], &bob["totals"]["cost_usd"]), (&json!("10.000001"), &json!("1.75")));
    assert_eq!(bob["days"][0]["cost_usd"], Value::Null, "Ann paid that day");
    assert_eq!(bob["days"][1]["cost_usd"], "1.75");
    let theirs = team.usage(&team.bob, "start=2026-07-15&end=2026-07-15").await;
    assert_eq!(theirs["totals"], used("0.000001", "0", "0", Value::Null), "and it does not look free in sum");
    let nothing = team.usage(&team.bob, "start=2026-06-01&end=2026-06-30").await;
    assert_eq!(nothing["totals"], used("0", "0", "0", json!("0")));
    let request = TestRequest::get(&format!("{USAGE}?{range}")).bearer(&team.bob).header("accept", "text/csv");
    let rows = team.function.send(request).await.expect(200).text;
    assert!(rows.contains("2026-07-15,auth0|bob,Bob at his new address,bob@example.com,0.000001,0,0,\r\n"), "{rows}");
    assert!(rows.contains("2026-07-14,auth0|bob,Bob at his new address,bob@example.com,10,0,0,1.75\r\n"), "{rows}");
    let bob = team.usage(&team.admin, &format!("user_id=auth0%7Cbob&{range}")).await;
    assert_eq!(bob["days"][0]["cost_usd"], "0", "an administrator sees who paid what");
    let account = team.usage(&team.ann, &format!("scope=account&{range}")).await;
    assert_eq!(account["members"][1]["user_id"], "auth0|bob");
    assert_eq!((&account["members"][1]["name"], &account["members"][1]["email"]), (&Value::Null, &Value::Null));
    let request =
        TestRequest::get(&format!("{USAGE}?scope=account&{range}")).bearer(&team.ann).header("accept", "text/csv");
    let rows = team.function.send(request).await.expect(200).text;
    assert!(rows.contains("2026-07-15,auth0|bob,,,0.000001,0,0,0\r\n"), "{rows}");
}

#[tokio::test]
async fn more_rows_than_one_answer_holds_are_refused_and_not_cut() {
    let team = team().await;
    team.world
        .sql(
            "insert into public.users (id, account_owner_id) select 'auth0|m' || n, 'auth0|ann' from generate_series(1, 50) n; \
             insert into public.usage_daily (user_id, account_owner_id, date, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) \
             select 'auth0|m' || n, 'auth0|ann', '2026-01-01'::date + day, '2026-01-01', 0.175, 2.5, 0.03 \
             from generate_series(1, 50) n, generate_series(0, 180) day; \
             insert into public.user_credits (user_id) select 'auth0|m' || n from generate_series(1, 50) n",
        )
        .await;
    let request = |query: &str| {
        let path = format!("{USAGE}?scope=account&start=2026-01-01&end={query}");
        team.function.send(TestRequest::get(&path).bearer(&team.ann).header("accept", "text/csv"))
    };
    assert_eq!(request("2026-06-30").await.expect(200).text.lines().count(), 1 + 181 * 50);
    team.world
        .sql("update public.users set name = repeat('\u{1f600}', 300) where account_owner_id = 'auth0|ann'")
        .await;
    assert_eq!(request("2026-06-30").await.expect_problem(400, "range_too_large").field(), "start");
    team.world
        .sql(
            "insert into public.usage_daily (user_id, account_owner_id, date, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) \
             select 'auth0|m' || n, 'auth0|ann', '2026-01-01'::date + day, '2026-01-01', 0.175, 2.5, 0.03 \
             from generate_series(1, 50) n, generate_series(181, 200) day; \
             update public.users set name = null where account_owner_id = 'auth0|ann'",
        )
        .await;
    assert_eq!(request("2026-07-31").await.expect_problem(400, "range_too_large").field(), "start");
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let team = team().await;
    for (query, field) in [
        ("start=2026-7-1", "start"),
        ("start=2026-02-30", "start"),
        ("start=1999-12-31", "start"),
        ("end=tomorrow", "end"),
        ("end=", "end"),
        ("start=2026-07-02&end=2026-07-01", "start"),
        ("start=2025-07-01&end=2026-07-02", "start"),
        ("scope=all", "scope"),
        ("user_id=", "user_id"),
        ("project=p", "project"),
    ] {
        let response = team.function.send(TestRequest::get(&format!("{USAGE}?{query}")).bearer(&team.ann)).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}: {}", response.text);
    }
    team.usage(&team.ann, "start=2025-07-02&end=2026-07-02").await;
}
