//! Ours works on a database that was taken over: logins, money, readings, lists, and links of old invites.

use chrono::{DateTime, Days, Utc};
use contract::openapi;
use proof::take_over::WEB_APP;
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{Instances, TestRequest, TestResponse, World};

use crate::databases::Foreign;

/// Ann has used something today and yesterday.
const DAYS: &str = "insert into usage_daily (user_id, account_owner_id, date, cpu_hours, storage_gb, total_cost) \
    select 'auth0|ann', 'auth0|ann', (now() at time zone 'UTC')::date + ahead, 1, 2, 0.18 \
    from generate_series(-1, 1) ahead";

/// The database of the documents taken over, a little later; all functions; and until when today was charged.
async fn taken_over() -> (World, Instances, DateTime<Utc>) {
    let foreign = Foreign::with(&format!("{WEB_APP};\n{DAYS}")).await;
    foreign.take_over().await.unwrap();
    let mut world = foreign.world;
    let charged = "select to_char(charged_until at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from public.usage_daily \
         where user_id = 'auth0|ann' and charged_until < (date + 1)::timestamp at time zone 'UTC' order by date limit 1";
    let charged_until: DateTime<Utc> = world.one(charged).await.parse().unwrap();
    let later = midnight_after(charged_until) + chrono::TimeDelta::hours(1);
    world.clock = Clock::manual(later);
    world.database_time_is(&format!("timestamptz '{}'", later.to_rfc3339())).await;
    world.sql("insert into app.usage_rates values ('2025-01-01', 0.175, 2.5, 0.03, 'auth0|ann')").await;
    let functions = Instances::start(&world, openapi::functions()).await;
    (world, functions, charged_until)
}

fn midnight_after(time: DateTime<Utc>) -> DateTime<Utc> {
    let day = time.date_naive().checked_add_days(Days::new(1)).unwrap();
    day.and_hms_opt(0, 0, 0).unwrap().and_utc()
}

async fn log_in(world: &World, functions: &Instances, id: &str, email: &str) -> TestResponse {
    let login = json!({
        "user_id": id, "email": email, "email_verified": true, "name": "somebody", "logged_in_at": world.clock.now(),
    });
    functions.send("sync-user", TestRequest::post("/api/auth/sync-user").json(&login).signed(world)).await
}

#[tokio::test]
async fn those_who_sat_sit_and_newcomers_come() {
    let (world, functions, _) = taken_over().await;
    let ann = log_in(&world, &functions, "auth0|ann", "Ann@example.com").await.expect(200).json;
    assert_eq!((&ann["created"], &ann["login_count"], &ann["is_admin"]), (&json!(false), &json!(51), &json!(true)));
    assert_eq!(ann["assignment"]["cluster_name"], "demo.hops.works");
    assert_eq!(ann["instance"]["instance_name"], "ann-instance");
    assert_eq!(ann["credits"]["total_purchased"], "500.00");
    assert_eq!(ann["metadata"], json!({ "tags": ["beta"] }));
    // No cluster takes anybody, until one does.
    let zoe = log_in(&world, &functions, "auth0|zoe", "zoe@example.com").await.expect(200).json;
    assert_eq!((&zoe["created"], &zoe["assignment"]), (&json!(true), &Value::Null));
    world.add_cluster("free", 5).await;
    let zoe = log_in(&world, &functions, "auth0|zoe", "zoe@example.com").await.expect(200).json;
    assert_eq!(zoe["assignment"]["cluster_name"], "free");
    let list = TestRequest::get("/api/admin/users?limit=50").bearer(&world.token("auth0|ann"));
    let list = functions.send("admin-users", list).await.expect(200).json;
    let mut ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let everybody = ["auth0|ann", "auth0|bob", "auth0|cy", "auth0|dot", "auth0|eve", "auth0|zoe", "google-oauth2|ann"];
    assert_eq!(ids, everybody);
    world.assert_sound().await;
}

#[tokio::test]
async fn money_goes_on_from_what_was_bought_and_used() {
    let (world, functions, _) = taken_over().await;
    let history = TestRequest::get("/api/credits/transactions?limit=10")
        .bearer(&world.token_with_email("auth0|ann", "Ann@example.com"));
    let history = functions.send("credits", history).await.expect(200).json;
    let openings = history["items"].as_array().unwrap();
    assert!(openings.len() == 2 && openings.iter().all(|entry| entry["kind"] == "opening"), "{history}");
    let purchase = json!({ "user_id": "auth0|ann", "amount": "100.00", "reference": "pi_1" });
    let request = TestRequest::post("/api/credits/purchases").header("idempotency-key", "pi_1");
    let request = request.bearer(&world.machine_token(&["credits:write"])).json(&purchase);
    let entry = functions.send("credits", request).await.expect(201).json;
    assert_eq!((&entry["balance_before"], &entry["balance_after"]), (&json!("366.55"), &json!("466.55")));
    world.assert_sound().await;
}

#[tokio::test]
async fn what_was_charged_is_not_billed_again_and_the_rest_of_the_day_is_billed_once() {
    let (world, functions, charged_until) = taken_over().await;
    let reading = |start: DateTime<Utc>, end: DateTime<Utc>| {
        json!({ "readings": [{
            "source": "cluster-1", "user_id": "auth0|ann", "window_start": start, "window_end": end,
            "cpu_hours": "2", "gpu_hours": "0", "storage_gb": "0",
        }] })
    };
    let record = async |readings: &Value| {
        let request = TestRequest::post("/api/usage").bearer(&world.machine_token(&["usage:write"])).json(readings);
        functions.send("usage", request).await.expect(200).json["results"][0].clone()
    };
    let midnight = midnight_after(charged_until);
    let before = charged_until - chrono::TimeDelta::days(1);
    let refused = record(&reading(before, before + chrono::TimeDelta::microseconds(1))).await;
    assert_eq!(refused["code"], "day_taken_over", "{refused}");
    let start = charged_until - chrono::TimeDelta::microseconds(1);
    let refused = record(&reading(start, midnight)).await;
    assert_eq!(refused["code"], "day_taken_over", "{refused}");
    let rest = reading(charged_until, midnight);
    assert_eq!(record(&rest).await["result"], "created");
    assert_eq!(record(&rest).await["result"], "unchanged");
    let day = world
        .one(&format!(
            "select format('%s %s %s %s', trim_scale(charged_usd), total_cost, trim_scale(cpu_hours), trim_scale(charged_cpu_hours)) \
             from public.usage_daily where user_id = 'auth0|ann' and date = '{}'",
            charged_until.date_naive()
        ))
        .await;
    assert_eq!(day, "0.18 0.53 3 1");
    let account = world
        .one("select total_used || ' ' || trim_scale(cpu_hours_used) from public.user_credits where user_id = 'auth0|ann'")
        .await;
    assert_eq!(account, "133.80 459.64");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_open_link_is_followed_and_a_used_one_is_not() {
    let (world, functions, _) = taken_over().await;
    log_in(&world, &functions, "auth0|fay", "fay@example.com").await.expect(200);
    let token = world.token_with_email("auth0|fay", "fay@example.com");
    let accept =
        |link: &str| TestRequest::post("/api/team/invites/accept").bearer(&token).json(&json!({ "token": link }));
    let used = functions.send("team", accept("plain-token-1")).await;
    assert!((400..500).contains(&used.status), "{}", used.text);
    let place = functions.send("team", accept("plain-token-2")).await.expect(200).json;
    assert_eq!(place["account_owner_id"], "auth0|ann");
    assert_eq!(world.one("select account_owner_id from public.users where id = 'auth0|fay'").await, "auth0|ann");
    world.assert_sound().await;
}
