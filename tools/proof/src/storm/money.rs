//! A client of money: readings, purchases, adjustments, refunds, prices, policies, joins and leaves.

use std::{collections::HashMap, ops::Range, sync::Arc};

use axum::http::Method;
use chrono::{DateTime, Days, Utc};
use serde_json::{Value, json};
use testkit::TestRequest;

use super::{
    readings::{self, Drawn, PEOPLE},
    session::{Actor, Api, Session},
};

/// The functions that it calls.
pub const FUNCTIONS: [&str; 3] = [usage::NAME, credits::NAME, team::NAME];

/// The time that readings are reported at, the same in the database and here.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

pub struct Client<A> {
    session: Session<A>,
    now: Now,
    number: u64,
    /// How the names of its readings' sources begin.
    meter: String,
    batches: Vec<Vec<Drawn>>,
    /// The money writes that were done, with their responses, to be sent again.
    writes: Vec<(TestRequest, String)>,
    purchases: Vec<Value>,
    /// The results of each batch, by its request id.
    pub results: HashMap<String, Vec<String>>,
}

impl<A: Api> Actor for Client<A> {
    /// A refusal is an answer too.
    async fn act(&mut self) {
        match self.session.rng.u32(0..100) {
            0..52 => {
                let batch = readings::batch(&mut self.session.rng, (self.now)(), &self.meter);
                self.batches.push(batch.clone());
                self.report("usage", batch).await;
            }
            52..62 => self.report_again().await,
            62..72 => self.buy().await,
            72..77 => self.adjust().await,
            77..82 => self.refund().await,
            82..88 => self.write_again().await,
            88..89 => self.set_rate().await,
            89..90 => self.set_policy().await,
            90..95 => {
                // One person in three is an owner of teams, so that teams come to be.
                let (owner, user) = (self.person(PEOPLE / 3), self.person(PEOPLE));
                self.session.join(&owner, &user).await;
            }
            _ => {
                let user = self.person(PEOPLE);
                self.session.leave(&user, &user).await;
            }
        }
    }
}

impl<A: Api> Client<A> {
    pub fn new(session: Session<A>, now: Now, number: u64, meter: &str) -> Self {
        let (batches, writes, purchases) = (Vec::new(), Vec::new(), Vec::new());
        Self { session, now, number, meter: meter.to_owned(), batches, writes, purchases, results: HashMap::new() }
    }

    fn person(&mut self, of: usize) -> String {
        format!("auth0|p{}", self.session.rng.usize(0..of))
    }

    async fn report(&mut self, what: &'static str, batch: Vec<Drawn>) {
        let readings: Vec<&Value> = batch.iter().map(|(reading, _)| reading).collect();
        let token = self.session.world.machine_token(&["usage:write"]);
        let request = TestRequest::post("/api/usage").bearer(&token).json(&json!({ "readings": readings }));
        let response = self.session.send(what, usage::NAME, request).await.expect(200);
        let results: Vec<String> = response.json["results"].as_array().expect("results").iter().map(outcome).collect();
        assert_eq!(results.len(), batch.len());
        for ((reading, rejected), result) in batch.iter().zip(&results) {
            assert!(rejected.is_none_or(|code| *result == format!("rejected {code}")), "{result}: {reading}");
        }
        let request_id = response.headers["x-request-id"].to_str().expect("ASCII").to_owned();
        self.results.insert(request_id, results);
    }

    async fn report_again(&mut self) {
        let recent = &self.batches[self.batches.len().saturating_sub(8)..];
        if let Some(batch) = self.session.rng.choice(recent).cloned() {
            self.report("usage again", batch).await;
        }
    }

    fn dollars(&mut self, cents: Range<u32>) -> String {
        let cents = self.session.rng.u32(cents);
        format!("{}.{:02}", cents / 100, cents % 100)
    }

    /// Sends a money write under a new key.
    async fn write(&mut self, what: &'static str, body: Value) {
        let (path, token) = match what {
            "purchase" => ("/api/credits/purchases", self.session.world.machine_token(&["credits:write"])),
            _ => ("/api/credits/adjustments", self.session.admin()),
        };
        let key = format!("{}-{}", self.number, self.session.sent);
        let request = TestRequest::post(path).bearer(&token).header("idempotency-key", &key).json(&body);
        let response = self.session.send(what, credits::NAME, request.clone()).await;
        if response.status == 201 {
            self.writes.push((request, response.text));
            self.purchases.extend((what == "purchase").then_some(response.json));
        }
    }

    async fn buy(&mut self) {
        let body = json!({ "user_id": self.person(PEOPLE), "amount": self.dollars(1..20_000) });
        self.write("purchase", body).await;
    }

    async fn adjust(&mut self) {
        let sign = if self.session.rng.bool() { "-" } else { "" };
        let amount = format!("{sign}{}", self.dollars(1..5_000));
        let body = json!({ "user_id": self.person(PEOPLE), "amount": amount, "reason": "storm" });
        self.write("adjustment", body).await;
    }

    async fn refund(&mut self) {
        let Some(purchase) = self.session.rng.choice(&self.purchases).cloned() else { return };
        let (user, id, amount) = (&purchase["user_id"], &purchase["id"], format!("-{}", self.dollars(1..15_000)));
        let body = json!({ "user_id": user, "amount": amount, "reason": "storm", "refund_of": id });
        self.write("refund", body).await;
    }

    async fn write_again(&mut self) {
        let Some((request, first)) = self.session.rng.choice(&self.writes).cloned() else { return };
        let response = self.session.send("money again", credits::NAME, request).await;
        assert_eq!((response.status, &response.text), (201, &first));
        assert_eq!(response.headers["idempotent-replay"], "true");
    }

    /// An owner sets the warning and the cap; an administrator all of it.
    async fn set_policy(&mut self) {
        let user = self.person(PEOPLE);
        let mut body = json!({ "warn_below": self.dollars(0..50_000) });
        if self.session.rng.bool() {
            body["monthly_cap"] = json!(self.dollars(1..500_000));
        }
        let (path, token) = if self.session.rng.bool() {
            body["overdraft"] = json!(self.dollars(0..100_000));
            (format!("/api/credits/policy?user_id={}", user.replace('|', "%7C")), self.session.admin())
        } else {
            ("/api/credits/policy".to_owned(), self.session.world.token(&user))
        };
        let request = TestRequest::new(Method::PUT, &path).bearer(&token).json(&body);
        self.session.send("policy", credits::NAME, request).await;
    }

    async fn set_rate(&mut self) {
        let day = ((self.now)() + Days::new(self.session.rng.u64(0..6))).date_naive();
        let rng = &mut self.session.rng;
        let [cpu, gpu, storage] = [(); 3].map(|()| format!("{}.{:06}", rng.u32(0..4), rng.u32(0..1_000_000)));
        let body = json!({
            "effective_on": day, "cpu_hour_usd": cpu, "gpu_hour_usd": gpu, "storage_gb_month_usd": storage,
        });
        let request = TestRequest::post("/api/admin/rates").bearer(&self.session.admin()).json(&body);
        self.session.send("price", usage::NAME, request).await;
    }
}

fn outcome(result: &Value) -> String {
    let said = result["result"].as_str().unwrap_or_default();
    result["code"].as_str().map_or_else(|| said.to_owned(), |code| format!("{said} {code}"))
}
