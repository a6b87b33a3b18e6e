//! Days that another system charged before the database was taken over, and what the web app reads of days.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::fixtures::{USAGE, account, batch, instance, outcomes, reading, record, with, world};

/// Ann's days as they are after a take-over at ten in the morning of July 15: of July 10, charged as a whole; of July 12,
/// a correction; of the 15th up to ten. What they had been charged is in the opening of the ledger, not in the sums of
/// days.
async fn taken_over() -> World {
    let world = world().await;
    world.sign_up("ann").await;
    world
        .sql(
            "insert into public.usage_daily \
               (user_id, account_owner_id, date, cpu_hours, gpu_hours, storage_gb_seconds, charged_usd, charged_until, \
                charged_cpu_hours, charged_gpu_hours, charged_storage_gb_seconds) \
             select 'auth0|ann', 'auth0|ann', day::date, cpu, gpu, gb_seconds, usd, until::timestamptz, cpu, gpu, gb_seconds \
             from (values \
               ('2026-07-10', 10, 1, 432000, 5.25, '2026-07-11T00:00:00Z'), \
               ('2026-07-12', 0, 0, 0, -0.5, '2026-07-13T00:00:00Z'), \
               ('2026-07-15', 2, 0, 0, 0.4, '2026-07-15T10:00:00Z') \
             ) d (day, cpu, gpu, gb_seconds, usd, until); \
             update public.user_credits set month_scaled_cost_usd = app.cost_of_month(user_id, month)",
        )
        .await;
    world.assert_sound().await;
    world
}

/// Ann's reading of an hour of July 15.
fn hour(start: &str, end: &str, cpu_hours: &str) -> Value {
    let window =
        json!({ "window_start": format!("2026-07-15T{start}:00Z"), "window_end": format!("2026-07-15T{end}:00Z") });
    with(reading("ann", "2026-07-15", cpu_hours), window)
}

/// What the web app reads of a day, and the price that it has.
async fn day(world: &World, date: &str) -> String {
    world
        .one(&format!(
            "select format('cost %s, %s GB, %s hours, price %s', total_cost, trim_scale(storage_gb), \
               trim_scale(cpu_hours), coalesce(trim_scale(cpu_hour_usd)::text, 'none')) \
             from public.usage_daily where date = '{date}'"
        ))
        .await
}

async fn usage(world: &World, function: &Function, query: &str) -> String {
    function
        .send(TestRequest::get(&format!("{USAGE}?{query}")).bearer(&world.token("auth0|ann")))
        .await
        .expect(200)
        .text
}

#[tokio::test]
async fn a_reading_of_hours_that_were_charged_is_refused_and_changes_nothing() {
    let world = taken_over().await;
    let function = instance(&world).await;
    let readings = [
        reading("ann", "2026-07-10", "1"),
        with(
            reading("ann", "2026-07-10", "1"),
            json!({ "window_start": "2026-07-10T23:59:59Z", "window_end": "2026-07-11T00:00:00Z" }),
        ),
        hour("09:00", "10:00", "1"),
        hour("09:30", "10:30", "1"),
        reading("ann", "2026-07-12", "0"),
    ];
    let response = function.send(batch(&world, &readings)).await.expect(200);
    assert_eq!(outcomes(&response), ["rejected day_taken_over"; 5]);
    let result = |at: usize| &response.json["results"][at];
    assert_eq!(result(3)["field"], "window_start");
    let reason = "another system charged this day before it was taken over, up to ";
    assert_eq!(result(3)["reason"], format!("{reason}2026-07-15T10:00:00Z"));
    assert_eq!(result(0)["reason"], format!("{reason}2026-07-11T00:00:00Z"));
    assert_eq!(account(&world, "ann").await, "used 0.00, balance 0.00, 0 entries");
    assert_eq!(world.one("select count(*) from app.usage_readings").await, "0");
    assert_eq!(day(&world, "2026-07-10").await, "cost 5.25, 5 GB, 10 hours, price none");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_other_hours_of_the_day_are_billed_once_at_its_price_and_can_be_revised() {
    let world = taken_over().await;
    let function = instance(&world).await;
    assert_eq!(record(&world, &function, &[hour("10:00", "11:00", "4")]).await, ["created"]);
    // 4 hours at 0.175, on top of 0.40.
    assert_eq!(day(&world, "2026-07-15").await, "cost 1.10, 0 GB, 6 hours, price 0.175");
    assert_eq!(account(&world, "ann").await, "used 0.70, balance -0.70, 1 entries");
    assert_eq!(record(&world, &function, &[hour("10:00", "11:00", "4")]).await, ["unchanged"]);
    assert_eq!(
        record(&world, &function, &[hour("10:00", "11:00", "2"), hour("11:00", "12:00", "1")]).await,
        ["revised", "created"]
    );
    assert_eq!(day(&world, "2026-07-15").await, "cost 0.92, 0 GB, 5 hours, price 0.175");
    assert_eq!(account(&world, "ann").await, "used 0.52, balance -0.52, 2 entries");
    // All of it is taken back: what was charged stays.
    assert_eq!(
        record(&world, &function, &[hour("10:00", "11:00", "0"), hour("11:00", "12:00", "0")]).await,
        ["revised"; 2]
    );
    assert_eq!(day(&world, "2026-07-15").await, "cost 0.40, 0 GB, 2 hours, price 0.175");
    assert_eq!(account(&world, "ann").await, "used 0.00, balance 0.00, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn hours_of_a_taken_over_day_without_a_price_wait_for_one() {
    let world = taken_over().await;
    world.sql("delete from app.usage_rates").await;
    let function = instance(&world).await;
    assert_eq!(record(&world, &function, &[hour("10:00", "11:00", "4")]).await, ["rejected rate_missing"]);
    world.sql("insert into app.usage_rates values ('2026-07-15', 1, 1, 1, 'test')").await;
    assert_eq!(record(&world, &function, &[hour("10:00", "11:00", "4")]).await, ["created"]);
    assert_eq!(day(&world, "2026-07-15").await, "cost 4.40, 0 GB, 6 hours, price 1");
    world.assert_sound().await;
}

#[tokio::test]
async fn taken_over_days_cost_what_they_were_charged() {
    let world = taken_over().await;
    let function = instance(&world).await;
    record(&world, &function, &[hour("10:00", "11:00", "4"), reading("ann", "2026-07-14", "1")]).await;
    let answer: Value = serde_json::from_str(&usage(&world, &function, "start=2026-07-10").await).unwrap();
    let costs = |list: &Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|day| format!("{} {}", day["date"], day["cost_usd"]).replace('"', ""))
            .collect()
    };
    assert_eq!(costs(&answer["days"]), ["2026-07-15 1.1", "2026-07-14 0.175", "2026-07-12 -0.5", "2026-07-10 5.25"]);
    assert_eq!((&answer["totals"]["cost_usd"], &answer["totals"]["cpu_hours"]), (&json!("6.025"), &json!("17")));
    let csv = function
        .send(
            TestRequest::get(&format!("{USAGE}?start=2026-07-10&end=2026-07-12"))
                .bearer(&world.token("auth0|ann"))
                .header("accept", "text/csv"),
        )
        .await
        .expect(200)
        .text;
    let lines: Vec<&str> = csv.lines().skip(1).collect();
    assert!(lines[0].ends_with("0,0,0,-0.5") && lines[1].ends_with("10,1,0.166667,5.25"), "{csv}");
}

#[tokio::test]
async fn the_web_app_reads_the_cost_and_the_gigabytes_of_every_day() {
    let world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    let of = |day: &str, cpu: &str, storage: &str| with(reading("ann", day, cpu), json!({ "storage_gb": storage }));
    // 0.175 is halfway, and so is 0.525: both go to the even cent. 24 GB for an hour are 1 GB over the day.
    for (date, cpu, storage, expected) in [
        ("2026-07-12", "1", "0", "cost 0.18, 0 GB, 1 hours, price 0.175"),
        ("2026-07-13", "3", "0", "cost 0.52, 0 GB, 3 hours, price 0.175"),
        ("2026-07-14", "0", "24", "cost 0.00, 1 GB, 0 hours, price 0.175"),
        ("2026-07-14", "2", "1", "cost 0.35, 0.041667 GB, 2 hours, price 0.175"),
    ] {
        record(&world, &function, &[of(date, cpu, storage)]).await;
        assert_eq!(day(&world, date).await, expected);
    }
    // Whoever writes, what the web app reads is right.
    for edit in ["total_cost = 9, storage_gb = 9, scaled_cost_usd = 9", "total_cost = null, storage_gb = null"] {
        world.sql(&format!("update public.usage_daily set {edit}")).await;
        assert_eq!(day(&world, "2026-07-13").await, "cost 0.52, 0 GB, 3 hours, price 0.175", "{edit}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn a_day_that_says_another_cost_than_its_own_is_found() {
    let world = taken_over().await;
    let kinds = async || {
        world
            .all("select distinct kind || ' ' || split_part(detail, ':', 1) from app.invariant_violations order by 1")
            .await
    };
    for (edit, day) in
        [("total_cost = 5.26", "2026-07-10"), ("total_cost = null", "2026-07-12"), ("storage_gb = 1", "2026-07-15")]
    {
        let wrong = format!(
            "alter table public.usage_daily disable trigger set_day; \
             update public.usage_daily set {edit} where date = '{day}'; \
             alter table public.usage_daily enable always trigger set_day"
        );
        world.sql(&wrong).await;
        assert_eq!(kinds().await, [format!("a_day_says_what_it_cost {day}")], "{edit}");
        world.sql("update public.usage_daily set total_cost = null").await;
    }
    assert_eq!(kinds().await, [] as [String; 0]);
}
