//! `GET /api/usage?group_by=`: what was used by project, by user and by day, with costs that add up.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{USAGE, instance, reading, record, with, world};

const RANGE: &str = "start=2026-07-01&end=2026-07-15";

struct Team {
    world: World,
    function: Function,
}

fn of(name: &str, day: &str, project: &str, cpu_hours: &str) -> Value {
    with(reading(name, day, cpu_hours), json!({ "project": (!project.is_empty()).then_some(project) }))
}

/// Ann's account, with Bob since July 15. Before, he paid for himself.
async fn team() -> Team {
    let world = world().await;
    world.add_administrator().await;
    for name in ["ann", "bob", "carla"] {
        world.sign_up(name).await;
    }
    let function = instance(&world).await;
    record(&world, &function, &[of("bob", "2026-07-14", "churn", "10")]).await;
    world.join("bob", "ann").await;
    let readings = [
        of("ann", "2026-07-14", "churn", "1"),
        of("ann", "2026-07-15", "churn", "2"),
        of("ann", "2026-07-15", "fraud", "4"),
        of("ann", "2026-07-15", "", "8"),
        of("bob", "2026-07-15", "fraud", "16"),
    ];
    record(&world, &function, &readings).await;
    Team { world, function }
}

impl Team {
    async fn ask(&self, name: &str, query: &str) -> TestResponse {
        let request = TestRequest::get(&format!("{USAGE}?{query}")).bearer(&self.world.token(&format!("auth0|{name}")));
        self.function.send(request).await
    }

    /// Each group in short, such as `2026-07-15 auth0|ann churn: 2 0.35`.
    async fn groups(&self, name: &str, query: &str) -> Vec<String> {
        let usage = self.ask(name, &format!("{RANGE}&{query}")).await.expect(200).json;
        assert_eq!((&usage["days"], &usage["members"]), (&json!([]), &Value::Null));
        let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
        let short = |group: &Value| {
            let by = ["date", "user_id", "project"].map(|by| group.get(by).map(|by| format!("{} ", text(by))));
            let by: String = by.into_iter().flatten().collect();
            format!("{}: {} {}", by.trim_end(), text(&group["cpu_hours"]), text(&group["cost_usd"]))
        };
        usage["groups"].as_array().unwrap().iter().map(short).collect()
    }
}

#[tokio::test]
async fn an_owner_sees_by_project_by_member_and_by_day_what_the_account_pays_for() {
    let team = team().await;
    assert_eq!(
        team.groups("ann", "scope=account&group_by=project").await,
        [": 8 1.4", "churn: 3 0.525", "fraud: 20 3.5"]
    );
    assert_eq!(
        team.groups("ann", "scope=account&group_by=user,project").await,
        ["auth0|ann: 8 1.4", "auth0|ann churn: 3 0.525", "auth0|ann fraud: 4 0.7", "auth0|bob fraud: 16 2.8"]
    );
    assert_eq!(team.groups("ann", "scope=account&group_by=user").await, ["auth0|ann: 15 2.625", "auth0|bob: 16 2.8"]);
    assert_eq!(team.groups("ann", "scope=account&group_by=day").await, ["2026-07-15: 30 5.25", "2026-07-14: 1 0.175"]);
    assert_eq!(
        team.groups("ann", "scope=account&group_by=day,project").await,
        ["2026-07-15: 8 1.4", "2026-07-15 churn: 2 0.35", "2026-07-15 fraud: 20 3.5", "2026-07-14 churn: 1 0.175"]
    );
    let usage = team.ask("ann", &format!("{RANGE}&scope=account&group_by=user")).await.json;
    assert_eq!((&usage["groups"][1]["name"], &usage["groups"][1]["email"]), (&json!("bob"), &json!("bob@example.com")));
    let ungrouped = team.ask("ann", &format!("{RANGE}&scope=account")).await.json;
    assert_eq!(usage["totals"], ungrouped["totals"]);
    assert!(ungrouped.get("groups").is_none(), "without it, the answer is what it was");
}

#[tokio::test]
async fn members_see_their_hours_by_project_and_costs_are_for_who_pays() {
    let team = team().await;
    let bobs = ["churn: 10 null", "fraud: 16 null"];
    assert_eq!(team.groups("bob", "group_by=project").await, bobs);
    team.ask("bob", "scope=account&group_by=project").await.expect_problem(403, "billing_owner_only");
    team.ask("ann", "user_id=auth0%7Cbob&group_by=project").await.expect_problem(404, "user_unknown");
    assert_eq!(team.groups("admin", "user_id=auth0%7Cbob&group_by=project").await, ["churn: 10 1.75", "fraud: 16 2.8"]);
    team.world.sql("select set_membership('auth0|bob', 'auth0|bob', null)").await;
    assert_eq!(team.groups("bob", "group_by=project").await, ["churn: 10 1.75", "fraud: 16 null"], "Ann paid for that");
    assert_eq!(team.groups("bob", "group_by=day").await, ["2026-07-15: 16 null", "2026-07-14: 10 1.75"]);
    let account = team.ask("ann", &format!("{RANGE}&scope=account&group_by=user,project")).await.json;
    assert_eq!((&account["groups"][3]["user_id"], account["groups"][3].get("name")), (&json!("auth0|bob"), None));
}

#[tokio::test]
async fn the_costs_of_the_groups_add_up_to_the_total_to_the_millionth() {
    let team = team().await;
    // A third of a ten-thousandth each.
    let gigabyte = |project: &str| with(of("carla", "2026-07-14", project, "0"), json!({ "storage_gb": "1" }));
    record(&team.world, &team.function, &["a", "b", "c"].map(gigabyte)).await;
    assert_eq!(team.groups("carla", "group_by=project").await, ["a: 0 0.000042", "b: 0 0.000042", "c: 0 0.000041"]);
    let usage = team.ask("carla", &format!("{RANGE}&group_by=project")).await.json;
    assert_eq!(usage["totals"]["cost_usd"], "0.000125");
}

#[tokio::test]
async fn what_another_system_charged_is_no_projects_also_below_zero() {
    let team = team().await;
    team.world
        .sql(
            "insert into public.usage_daily (user_id, account_owner_id, date, cpu_hours, charged_usd, charged_until, \
               charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds) values \
               ('auth0|carla', 'auth0|carla', '2026-07-13', 0, -0.5, '2026-07-14Z', 0, 0, 0), \
               ('auth0|carla', 'auth0|carla', '2026-07-14', 2, 0.4, '2026-07-14 00:00:00.000001Z', 2, 0, 0)",
        )
        .await;
    let later = json!({ "window_start": "2026-07-14T05:00:00Z", "window_end": "2026-07-14T06:00:00Z" });
    record(&team.world, &team.function, &[with(of("carla", "2026-07-14", "churn", "10"), later)]).await;
    assert_eq!(
        team.groups("carla", "group_by=day,project").await,
        ["2026-07-14: 2 0.4", "2026-07-14 churn: 10 1.75", "2026-07-13: 0 -0.5"]
    );
    assert_eq!(team.groups("carla", "group_by=project").await, [": 2 -0.1", "churn: 10 1.75"]);
}

#[tokio::test]
async fn nothing_used_has_no_groups_and_costs_nothing() {
    let team = team().await;
    let usage = team.ask("carla", "group_by=day,project").await.expect(200).json;
    assert_eq!((&usage["groups"], &usage["totals"]["cost_usd"]), (&json!([]), &json!("0")));
}

#[tokio::test]
async fn groups_reach_back_four_hundred_days_and_other_groups_are_refused() {
    let team = team().await;
    team.ask("ann", "start=2025-06-11&end=2026-07-15&group_by=project").await.expect(200);
    for (query, field) in [
        ("start=2025-06-10&end=2026-07-15&group_by=project", "start"),
        ("start=2025-07-14&end=2026-07-15", "start"),
        ("group_by=month", "group_by"),
        ("group_by=", "group_by"),
        ("group_by=project,day", "group_by"),
        ("group_by=project&group_by=day", "group_by"),
    ] {
        let response = team.ask("ann", query).await;
        assert_eq!((response.status, response.field()), (400, field), "{query}: {}", response.text);
    }
}

#[tokio::test]
async fn as_csv_each_group_is_a_line() {
    let team = team().await;
    record(&team.world, &team.function, &[of("carla", "2026-07-15", "=cmd()", "1")]).await;
    let csv = async |name: &str, by: &str| {
        let path = format!("{USAGE}?{RANGE}&scope=account&group_by={by}");
        let request = TestRequest::get(&path).bearer(&team.world.token(&format!("auth0|{name}")));
        team.function.send(request.header("accept", "text/csv")).await.expect(200).text
    };
    assert_eq!(
        csv("ann", "user,project").await.split("\r\n").collect::<Vec<_>>(),
        [
            "date,user_id,name,email,project,cpu_hours,gpu_hours,storage_gb_months,cost_usd",
            ",auth0|ann,ann,ann@example.com,,8,0,0,1.4",
            ",auth0|ann,ann,ann@example.com,churn,3,0,0,0.525",
            ",auth0|ann,ann,ann@example.com,fraud,4,0,0,0.7",
            ",auth0|bob,bob,bob@example.com,fraud,16,0,0,2.8",
            "",
        ]
    );
    assert!(csv("carla", "day,project").await.contains("2026-07-15,,,,'=cmd(),1,0,0,0.175\r\n"));
}

#[tokio::test]
async fn a_range_with_more_groups_than_an_answer_holds_is_refused() {
    let team = team().await;
    team.world
        .sql(
            "insert into public.usage_daily (user_id, account_owner_id, date, cpu_hours, rate_effective_on, cpu_hour_usd, \
               gpu_hour_usd, storage_gb_month_usd) values ('auth0|carla', 'auth0|carla', '2026-07-10', 10001, '2026-01-01', 0.175, 2.5, 0.03); \
             insert into app.usage_daily_projects select 'auth0|carla', '2026-07-10', 'p' || n, 1 from generate_series(1, 10001) n",
        )
        .await;
    team.ask("carla", &format!("{RANGE}&group_by=project")).await.expect_problem(400, "range_too_large");
    assert_eq!(team.groups("carla", "group_by=day").await, ["2026-07-10: 10001 1750.175"]);
}
