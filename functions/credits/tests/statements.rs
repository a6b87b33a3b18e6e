//! Months of accounts, as these tests make and read them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::clock::Clock;
use testkit::{Function, TestRequest, TestResponse, World};

use crate::fixtures::{STATEMENTS, instance, purchase, purchase_of, world};

/// From now on it is that time.
pub async fn it_is(world: &mut World, time: &str) {
    world.clock = Clock::manual(time.parse::<DateTime<Utc>>().unwrap());
    world.database_time_is(&format!("timestamptz '{time}'")).await;
}

pub async fn get(world: &World, function: &Function, name: &str, month: &str) -> TestResponse {
    let token = world.token(&format!("auth0|{name}"));
    function.send(TestRequest::get(&format!("{STATEMENTS}/{month}")).bearer(&token)).await
}

/// Somebody's CPU hours of a day; one costs a dollar.
pub async fn used(world: &World, name: &str, day: &str, project: &str, cpu_hours: &str) {
    world
        .sql(&format!(
            "insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test') on conflict do nothing; \
             select record_usage(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
               'input', jsonb_build_object('readings', jsonb_build_array(jsonb_build_object( \
                 'index', 0, 'source', 's', 'user_id', 'auth0|{name}', 'project', '{project}', 'cpu_hours', '{cpu_hours}', \
                 'gpu_hours', 0, 'storage_gb', 0, 'window_start', '{day}T00:00:00Z', 'window_end', '{day}T00:30:00Z')))))"
        ))
        .await;
}

pub async fn bought(world: &World, amount: &str) -> Value {
    let key = format!("{amount}-at-{}", world.clock.now().timestamp_micros());
    instance(world).await.send(purchase(world, &key, &purchase_of("ann", amount))).await.expect(201).json
}

/// The month in short: its balances, its entries, its usage, and the rest.
pub fn short(statement: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut lines = vec![format!("{} {}", text(&statement["state"]), text(&statement["opening_balance"]))];
    for entry in statement["entries"].as_array().unwrap() {
        lines.push(format!("{} {} {}", entry["seq"], text(&entry["kind"]), text(&entry["amount"])));
    }
    for line in statement["usage"].as_array().unwrap() {
        let [user, project, hours, amount] =
            ["user_id", "project", "cpu_hours", "amount"].map(|name| text(&line[name]));
        lines.push(format!("{} {project}: {hours} hours {amount}", user.trim_start_matches("auth0|")));
    }
    lines.push(format!("other months {}", text(&statement["usage_of_other_months"])));
    lines.push(text(&statement["closing_balance"]));
    lines
}

/// Ann's account, with Bob, at the end of June: Ann has paid 50, and they have used 12.
pub async fn team() -> World {
    let mut world = world().await;
    it_is(&mut world, "2026-06-10T12:00:00Z").await;
    world.sign_up("bob").await;
    world.join("bob", "ann").await;
    bought(&world, "50").await;
    used(&world, "ann", "2026-06-09", "churn", "8").await;
    it_is(&mut world, "2026-06-30T23:59:59.999999Z").await;
    used(&world, "ann", "2026-06-12", "churn", "3.25").await;
    used(&world, "ann", "2026-06-12", "fraud", "0.75").await;
    world
}
