//! A world in which it is noon on July 15, and people as these tests need them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{Function, TestRequest, TestResponse, World};

pub const USAGE: &str = "/api/usage";
pub const RATES: &str = "/api/admin/rates";
pub const PRICES: &str = "/api/rates";
pub const SOURCES: &str = "/api/admin/usage-sources";
pub const COVERAGE: &str = "/api/admin/usage-coverage";
pub const UNATTRIBUTED: &str = "/api/admin/unattributed-usage";

/// Noon of July 15, for functions and database; a CPU hour costs 0.175, a GPU hour 2.5, a gigabyte-month 0.03.
pub async fn world() -> World {
    let mut world = World::new().await;
    it_is(&mut world, "2026-07-15T12:00:00Z").await;
    world.sql("insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'test')").await;
    world
}

/// From now on it is that time. Functions are to be started afterwards.
pub async fn it_is(world: &mut World, time: &str) {
    world.clock = Clock::manual(time.parse::<DateTime<Utc>>().unwrap());
    world.database_time_is(&format!("timestamptz '{time}'")).await;
}

/// A new instance of `usage`.
pub async fn instance(world: &World) -> Function {
    world.function(usage::NAME, usage::routes()).await
}

/// Somebody's first hour of a day: so many CPU hours, and nothing else.
pub fn reading(name: &str, day: &str, cpu_hours: &str) -> Value {
    json!({
        "source": "cluster-1",
        "user_id": format!("auth0|{name}"),
        "window_start": format!("{day}T00:00:00Z"),
        "window_end": format!("{day}T01:00:00Z"),
        "cpu_hours": cpu_hours,
        "gpu_hours": "0",
        "storage_gb": "0",
    })
}

/// The same with other fields.
pub fn with(mut reading: Value, changes: Value) -> Value {
    for (field, value) in changes.as_object().unwrap() {
        reading[field] = value.clone();
    }
    reading
}

pub fn batch(world: &World, readings: &[Value]) -> TestRequest {
    TestRequest::post(USAGE).bearer(&world.machine_token(&["usage:write"])).json(&json!({ "readings": readings }))
}

/// The same batch, from another machine than the usual one.
pub fn from(world: &World, client_id: &str, readings: &[Value]) -> TestRequest {
    let mut claims = world.claims(client_id);
    claims["permissions"] = json!(["usage:write"]);
    batch(world, readings).without(&["authorization"]).bearer(&world.key.sign(&claims))
}

/// Records readings and returns what became of each: `created`, or `rejected user_unknown`.
pub async fn record(world: &World, function: &Function, readings: &[Value]) -> Vec<String> {
    outcomes(&function.send(batch(world, readings)).await.expect(200))
}

pub fn outcomes(response: &TestResponse) -> Vec<String> {
    let outcome = |result: &Value| match result["code"].as_str() {
        Some(code) => format!("{} {code}", result["result"].as_str().unwrap()),
        None => result["result"].as_str().unwrap().to_owned(),
    };
    response.json["results"].as_array().unwrap().iter().map(outcome).collect()
}

/// An account in short: `used 1.75, balance -1.75, 1 entries`.
pub async fn account(world: &World, name: &str) -> String {
    world
        .one(&format!(
            "select format('used %s, balance %s, %s entries', total_used, balance, coalesce(last_seq, 0)) \
             from public.user_credits where user_id = 'auth0|{name}'"
        ))
        .await
}
