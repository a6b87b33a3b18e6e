//! The accounts that the storm of money is about, and readings of them as meters send them: good and bad, drawn from a
//! seed.

use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};
use testkit::World;

pub const PEOPLE: usize = 24;

/// The ids of all accounts.
pub fn people() -> Vec<String> {
    (0..PEOPLE).map(|number| format!("auth0|p{number}")).chain(["auth0|gone".to_owned()]).collect()
}

/// Everybody signs up, and one of them is deleted again.
pub async fn sign_up(world: &World) {
    for id in people() {
        world.sign_up(id.trim_start_matches("auth0|")).await;
    }
    world.sql("select set_user_status('auth0|gone', 'deleted')").await;
}

/// A reading, and the code it must be rejected with before any database is asked.
pub type Drawn = (Value, Option<&'static str>);

/// A batch of up to twelve, of two sources whose names begin with `meter`.
pub fn batch(rng: &mut Rng, now: DateTime<Utc>, meter: &str) -> Vec<Drawn> {
    let mut batch: Vec<Drawn> = (0..rng.usize(1..=12)).map(|_| draw(rng, now, meter)).collect();
    if rng.u32(0..10) == 0 {
        let mut twin = batch[rng.usize(..batch.len())].clone();
        if twin.1.is_none() && rng.bool() {
            twin.0["gpu_hours"] = json!(decimal(rng, 4));
        }
        batch.push(twin);
    }
    batch
}

fn draw(rng: &mut Rng, now: DateTime<Utc>, meter: &str) -> Drawn {
    let user = match rng.u32(0..100) {
        0 => "auth0|nobody".to_owned(),
        1 => "auth0|gone".to_owned(),
        _ => format!("auth0|p{}", rng.usize(0..PEOPLE)),
    };
    let days_ago = match rng.u32(0..100) {
        0..70 => rng.u64(0..3),
        70..95 => rng.u64(3..34),
        _ => rng.u64(34..50),
    };
    let day = (now - Days::new(days_ago)).date_naive().and_time(NaiveTime::MIN).and_utc();
    // Some begin at half past, in the middle of others.
    let start = day + TimeDelta::hours(rng.i64(0..24)) + TimeDelta::minutes([0, 0, 0, 0, 0, 30][rng.usize(0..6)]);
    let end = start + TimeDelta::seconds([3600, 3600, 3600, 1800, 1][rng.usize(0..5)]);
    let end = end.min(day + TimeDelta::days(1));
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut reading = json!({
        "source": format!("{meter}{}", rng.u32(0..2)),
        "user_id": user,
        "window_start": time(start),
        "window_end": time(end),
        "cpu_hours": decimal(rng, 20),
        "gpu_hours": decimal(rng, 4),
        "storage_gb": decimal(rng, 1000),
    });
    if rng.bool() {
        reading["project"] = json!("p");
    }
    spoil(rng, reading)
}

/// One in forty is bad in a way that no database need tell.
fn spoil(rng: &mut Rng, mut reading: Value) -> Drawn {
    let (field, value, code) = match rng.u32(0..200) {
        0 => ("cpu_hours", json!("-1"), "negative_quantity"),
        1 => ("gpu_hours", json!("NaN"), "invalid_quantity"),
        2 => ("storage_gb", json!("0.0000001"), "too_many_digits"),
        3 => ("cpu_hours", json!(1), "invalid_reading"),
        4 => ("window_end", reading["window_start"].clone(), "window_empty"),
        _ => return (reading, None),
    };
    reading[field] = value;
    (reading, Some(code))
}

/// Often whole, sometimes with all the digits there can be; few values, so that some come again.
fn decimal(rng: &mut Rng, below: u32) -> String {
    match rng.u32(0..10) {
        0..3 => "0".to_owned(),
        3..7 => rng.u32(0..3).to_string(),
        7 => format!("{}.{:02}", rng.u32(0..below), rng.u32(0..100)),
        _ => format!("{}.{:06}", rng.u32(0..below), rng.u32(0..1_000_000)),
    }
}
