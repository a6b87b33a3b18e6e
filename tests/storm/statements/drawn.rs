//! What happens in these months, drawn from a seed: a family of accounts in which people join and leave, and whose meters
//! are late.

use std::collections::BTreeMap;

use axum::http::Method;
use chrono::{DateTime, Days, Months, NaiveDate, SecondsFormat, TimeDelta, Timelike, Utc};
use contract::openapi;
use fastrand::Rng;
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{Instances, TestRequest, World};

pub const MONTHS: u32 = 14;
/// Ann has a team; Bob and Cleo come and go; Dan stays alone.
pub const PEOPLE: [&str; 4] = ["ann", "bob", "cleo", "dan"];
const PROJECTS: [&str; 3] = ["", "churn", "fraud"];
/// Prices of a CPU hour, a GPU hour and a gigabyte-month from a day on, in millionths of a dollar.
pub const RATES: [(&str, [i128; 3]); 3] = [
    ("2024-01-01", [175_000, 2_500_000, 30_000]),
    ("2025-06-10", [180_001, 2_400_000, 31_337]),
    ("2025-12-01", [333_333, 1_999_999, 29_999]),
];

/// Who, for which project, and from when, for an hour.
pub type Key = (&'static str, String, DateTime<Utc>);

pub struct Story {
    pub world: World,
    pub functions: Instances,
    random: Rng,
    /// What was reported last, in millionths.
    pub readings: BTreeMap<Key, [i128; 3]>,
    /// The account, the id, and the cents that are left of it.
    purchases: Vec<(&'static str, Value, i128)>,
    members: Vec<&'static str>,
    requests: u32,
    pub done: BTreeMap<String, u32>,
}

/// The first day of a month of the story; its first has the number 0.
pub fn first_day(month: u32) -> NaiveDate {
    "2025-02-01".parse::<NaiveDate>().unwrap() + Months::new(month)
}

/// Money as a whole number of cents.
pub fn cents(text: &Value) -> i128 {
    scaled(text, 2)
}

pub fn millionths(text: &Value) -> i128 {
    scaled(text, 6)
}

fn scaled(text: &Value, digits: usize) -> i128 {
    let text = text.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<digits$}").parse().unwrap()
}

fn decimal(millionths: i128) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn dollars(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

impl Story {
    pub async fn new(seed: u64) -> Self {
        let mut world = World::new().await;
        let start = first_day(0).and_hms_opt(0, 0, 0).unwrap().and_utc();
        world.clock = Clock::manual(start);
        world.database_time_is(&format!("timestamptz '{}'", start.to_rfc3339())).await;
        for (from, prices) in RATES {
            let [cpu, gpu, storage] = prices.map(decimal);
            world.sql(&format!("insert into app.usage_rates values ('{from}', {cpu}, {gpu}, {storage}, 'test')")).await;
        }
        world.add_administrator().await;
        world.add_cluster("demo", 100).await;
        for name in PEOPLE {
            world.sign_up(name).await;
        }
        let functions = Instances::start(&world, openapi::functions()).await;
        Self {
            world,
            functions,
            random: Rng::with_seed(seed),
            readings: BTreeMap::new(),
            purchases: Vec::new(),
            members: Vec::new(),
            requests: 0,
            done: BTreeMap::new(),
        }
    }

    /// A month, and the first moments after it.
    pub async fn month(&mut self, month: u32) {
        let start = first_day(month).and_hms_opt(0, 0, 0).unwrap().and_utc();
        let end = first_day(month + 1).and_hms_opt(0, 0, 0).unwrap().and_utc();
        let length = (end - start).num_seconds();
        let mut times: Vec<_> = (0..5).map(|_| self.random.i64(1..length - 1)).collect();
        // The very first and the very last moment are of the month, too.
        times.extend([0, length - 1]);
        times.sort_unstable();
        for seconds in times {
            self.it_is(start + TimeDelta::seconds(seconds)).await;
            self.report().await;
            for _ in 0..self.random.u32(0..4) {
                self.something().await;
            }
        }
        self.it_is(end + TimeDelta::minutes(1)).await;
    }

    async fn it_is(&self, time: DateTime<Utc>) {
        self.world.clock.advance(time - self.world.clock.now());
        self.world.database_time_is(&format!("timestamptz '{}'", time.to_rfc3339())).await;
    }

    fn did(&mut self, what: &str) {
        *self.done.entry(what.to_owned()).or_default() += 1;
    }

    /// A batch of hours that have begun, of up to a month ago, some of which were reported otherwise before.
    async fn report(&mut self) {
        let now = self.world.clock.now();
        let mut batch: BTreeMap<Key, [i128; 3]> = BTreeMap::new();
        for _ in 0..self.random.usize(4..16) {
            let date = now.date_naive() - Days::new(if self.random.bool() { 0 } else { self.random.u64(0..34) });
            let hour = self.random.u32(0..24);
            if date == now.date_naive() && hour >= now.hour() {
                continue;
            }
            let start = date.and_hms_opt(hour, 0, 0).unwrap().and_utc();
            let name = self.random.choice(PEOPLE).unwrap();
            let project = self.random.choice(PROJECTS).unwrap().to_owned();
            batch.insert((name, project, start), self.values());
        }
        let oldest = now - TimeDelta::days(33);
        let known: Vec<Key> = self.readings.keys().filter(|(_, _, start)| *start > oldest).cloned().collect();
        for _ in 0..self.random.usize(0..4) {
            if let Some(key) = self.random.choice(&known) {
                let values = if self.random.u8(0..4) == 0 { [0; 3] } else { self.values() };
                batch.insert(key.clone(), values);
            }
        }
        if batch.is_empty() {
            return;
        }
        let reading = |((name, project, start), values): (&Key, &[i128; 3])| {
            let [cpu, gpu, storage] = values.map(decimal);
            let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
            json!({
                "source": "meter", "user_id": format!("auth0|{name}"), "project": (!project.is_empty()).then_some(project),
                "window_start": time(*start), "window_end": time(*start + TimeDelta::hours(1)),
                "cpu_hours": cpu, "gpu_hours": gpu, "storage_gb": storage,
            })
        };
        let readings: Vec<Value> = batch.iter().map(reading).collect();
        let request = TestRequest::post("/api/usage").bearer(&self.world.machine_token(&["usage:write"]));
        let answer =
            self.functions.send("usage", request.json(&json!({ "readings": readings }))).await.expect(200).json;
        for result in answer["results"].as_array().unwrap() {
            assert_ne!(result["result"], "rejected", "{answer}");
            self.did(result["result"].as_str().unwrap());
        }
        self.readings.extend(batch);
    }

    /// Hours and gigabytes, in millionths.
    fn values(&mut self) -> [i128; 3] {
        let gpu = if self.random.u8(0..3) == 0 { self.random.i128(0..3_000_000) } else { 0 };
        [self.random.i128(1..9_000_000), gpu, self.random.i128(0..50_000_000)]
    }

    async fn something(&mut self) {
        match self.random.u8(0..6) {
            0 | 1 => self.purchase().await,
            2 => self.adjust().await,
            3 => self.refund().await,
            _ => self.join_or_leave().await,
        }
    }

    async fn money(&mut self, path: &str, body: Value) -> Value {
        self.requests += 1;
        let token = self.world.token("auth0|admin");
        let key = format!("story-{}", self.requests);
        let request = TestRequest::post(path).bearer(&token).header("idempotency-key", &key).json(&body);
        self.functions.send("credits", request).await.expect(201).json
    }

    /// Somebody who owns an account.
    fn owner(&mut self) -> &'static str {
        let owners: Vec<_> = PEOPLE.into_iter().filter(|name| !self.members.contains(name)).collect();
        self.random.choice(owners).unwrap()
    }

    async fn purchase(&mut self) {
        let (name, amount) = (self.owner(), self.random.i128(1..60_000));
        let body = json!({ "user_id": format!("auth0|{name}"), "amount": dollars(amount) });
        let entry = self.money("/api/credits/purchases", body).await;
        self.purchases.push((name, entry["id"].clone(), amount));
        self.did("purchase");
    }

    async fn adjust(&mut self) {
        let (name, amount) = (self.owner(), self.random.i128(1..5_000));
        let amount = if self.random.bool() { amount } else { -amount };
        let body = json!({ "user_id": format!("auth0|{name}"), "amount": dollars(amount), "reason": "drawn" });
        self.money("/api/credits/adjustments", body).await;
        self.did("adjustment");
    }

    async fn refund(&mut self) {
        let left: Vec<usize> = (0..self.purchases.len()).filter(|at| self.purchases[*at].2 > 0).collect();
        let Some(at) = self.random.choice(left) else { return };
        let (name, id, left) = self.purchases[at].clone();
        let amount = self.random.i128(1..=left);
        let body = json!({
            "user_id": format!("auth0|{name}"), "amount": dollars(-amount), "reason": "drawn", "refund_of": id,
        });
        self.money("/api/credits/adjustments", body).await;
        self.purchases[at].2 -= amount;
        self.did("refund");
    }

    async fn join_or_leave(&mut self) {
        let name = self.random.choice(["bob", "cleo"]).unwrap();
        if let Some(at) = self.members.iter().position(|member| *member == name) {
            let path = format!("/api/team/members/auth0%7C{name}");
            let request = TestRequest::new(Method::DELETE, &path).bearer(&self.world.token(&format!("auth0|{name}")));
            self.functions.send("team", request).await.expect(204);
            self.members.remove(at);
            self.did("leave");
        } else {
            self.world.join(name, "ann").await;
            self.members.push(name);
            self.did("join");
        }
    }
}
