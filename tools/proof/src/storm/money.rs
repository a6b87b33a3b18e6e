//! A client of money: readings, purchases, adjustments, refunds, prices, joins and leaves.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::http::Method;
use chrono::Days;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{
    Actor, Answers, Time,
    population::PEOPLE,
    readings::{self, Drawn},
};
use testkit::{TestRequest, TestResponse, World};

/// The functions that it calls.
pub const FUNCTIONS: [&str; 3] = [usage::NAME, credits::NAME, team::NAME];
/// What the clients were told.
#[derive(Default)]
pub struct Told {
    pub statuses: BTreeMap<(&'static str, u16), usize>,
    /// The results of each batch, by its request id.
    pub results: HashMap<String, Vec<String>>,
}

impl Told {
    pub fn add(&mut self, other: Self) {
        for (what, count) in other.statuses {
            *self.statuses.entry(what).or_default() += count;
        }
        self.results.extend(other.results);
    }
}

/// A money write that was answered, to be sent again.
#[derive(Clone)]
struct Write {
    ask: TestRequest,
    answer: String,
}

pub struct Client<A> {
    world: Arc<World>,
    answers: A,
    time: Time,
    number: u64,
    /// How the names of its readings' sources begin.
    meter: String,
    rng: Rng,
    batches: Vec<Vec<Drawn>>,
    writes: Vec<Write>,
    purchases: Vec<Value>,
    pub told: Told,
}

impl<A: Answers> Actor for Client<A> {
    /// A refusal is an answer too.
    async fn act(&mut self) {
        match self.rng.u32(0..100) {
            0..52 => {
                let batch = readings::batch(&mut self.rng, self.time.now(), &self.meter);
                self.batches.push(batch.clone());
                self.report("usage", batch).await;
            }
            52..62 => self.report_again().await,
            62..72 => self.buy().await,
            72..77 => self.adjust().await,
            77..82 => self.refund().await,
            82..88 => self.write_again().await,
            88..90 => self.set_rate().await,
            90..95 => self.join().await,
            _ => self.leave().await,
        }
    }
}

impl<A: Answers> Client<A> {
    pub fn new(world: Arc<World>, answers: A, time: Time, number: u64, meter: &str, seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            world,
            answers,
            time,
            number,
            meter: meter.to_owned(),
            batches: Vec::new(),
            writes: Vec::new(),
            purchases: Vec::new(),
            told: Told::default(),
        }
    }

    fn count(&mut self, what: &'static str, answer: &TestResponse) {
        *self.told.statuses.entry((what, answer.status)).or_default() += 1;
    }

    fn person(&mut self) -> String {
        format!("auth0|p{}", self.rng.usize(0..PEOPLE))
    }

    /// One person in three is an owner of teams, so that teams come to be.
    fn owner(&mut self) -> String {
        format!("auth0|p{}", self.rng.usize(0..PEOPLE / 3))
    }

    async fn report(&mut self, what: &'static str, batch: Vec<Drawn>) {
        let readings: Vec<&Value> = batch.iter().map(|drawn| &drawn.reading).collect();
        let ask = TestRequest::post("/api/usage").bearer(&self.world.machine_token(&["usage:write"]));
        let answer = self.answers.send(usage::NAME, ask.json(&json!({ "readings": readings }))).await;
        self.count(what, &answer);
        let answer = answer.expect(200);
        let results: Vec<String> = answer.json["results"].as_array().expect("results").iter().map(outcome).collect();
        assert_eq!(results.len(), batch.len());
        for (drawn, result) in batch.iter().zip(&results) {
            if let Some(code) = drawn.rejected {
                assert_eq!(*result, format!("rejected {code}"), "{}", drawn.reading);
            }
        }
        let request_id = answer.headers["x-request-id"].to_str().expect("ASCII").to_owned();
        self.told.results.insert(request_id, results);
    }

    async fn report_again(&mut self) {
        if !self.batches.is_empty() {
            let recent = self.batches.len().saturating_sub(8);
            let batch = self.batches[self.rng.usize(recent..self.batches.len())].clone();
            self.report("usage again", batch).await;
        }
    }

    /// Sends a money write under a new key; the entry, if it was written.
    async fn write(&mut self, what: &'static str, ask: TestRequest, body: &Value) -> Option<Value> {
        let key = format!("{}-{}", self.number, self.told.statuses.values().sum::<usize>());
        let ask = ask.header("idempotency-key", &key).json(body);
        let answer = self.answers.send(credits::NAME, ask.clone()).await;
        self.count(what, &answer);
        if answer.status != 201 {
            return None;
        }
        self.writes.push(Write { ask, answer: answer.text });
        Some(answer.json)
    }

    async fn buy(&mut self) {
        let cents = self.rng.u32(1..20_000);
        let body = json!({ "user_id": self.person(), "amount": dollars(cents) });
        let ask = TestRequest::post("/api/credits/purchases").bearer(&self.world.machine_token(&["credits:write"]));
        let entry = self.write("purchase", ask, &body).await;
        self.purchases.extend(entry);
    }

    fn adjusting(&self) -> TestRequest {
        TestRequest::post("/api/credits/adjustments").bearer(&self.world.token("auth0|admin"))
    }

    async fn adjust(&mut self) {
        let sign = if self.rng.bool() { "-" } else { "" };
        let amount = format!("{sign}{}", dollars(self.rng.u32(1..5_000)));
        let body = json!({ "user_id": self.person(), "amount": amount, "reason": "storm" });
        self.write("adjustment", self.adjusting(), &body).await;
    }

    async fn refund(&mut self) {
        if self.purchases.is_empty() {
            return;
        }
        let purchase = self.purchases[self.rng.usize(..self.purchases.len())].clone();
        let amount = format!("-{}", dollars(self.rng.u32(1..15_000)));
        let (user, id) = (&purchase["user_id"], &purchase["id"]);
        let body = json!({ "user_id": user, "amount": amount, "reason": "storm", "refund_of": id });
        self.write("refund", self.adjusting(), &body).await;
    }

    async fn write_again(&mut self) {
        if self.writes.is_empty() {
            return;
        }
        let Write { ask, answer: first } = self.writes[self.rng.usize(..self.writes.len())].clone();
        let answer = self.answers.send(credits::NAME, ask).await;
        self.count("money again", &answer);
        assert_eq!((answer.status, &answer.text), (201, &first));
        assert_eq!(answer.headers["idempotent-replay"], "true");
    }

    async fn set_rate(&mut self) {
        let day = (self.time.now() + Days::new(self.rng.u64(0..6))).date_naive();
        let price = |rng: &mut Rng| format!("{}.{:06}", rng.u32(0..4), rng.u32(0..1_000_000));
        let body = json!({
            "effective_on": day,
            "cpu_hour_usd": price(&mut self.rng),
            "gpu_hour_usd": price(&mut self.rng),
            "storage_gb_month_usd": price(&mut self.rng),
        });
        let ask = TestRequest::post("/api/admin/rates").bearer(&self.world.token("auth0|admin")).json(&body);
        let answer = self.answers.send(usage::NAME, ask).await;
        self.count("price", &answer);
    }

    async fn join(&mut self) {
        let (owner, user) = (self.owner(), self.person());
        let token = |id: &str| self.world.token_with_email(id, &email(id));
        let invite =
            TestRequest::post("/api/team/invites").bearer(&token(&owner)).json(&json!({ "email": email(&user) }));
        let accepted_by = token(&user);
        let invited = self.answers.send(team::NAME, invite).await;
        self.count("invite", &invited);
        let Some(invite) = invited.json["token"].as_str() else { return };
        let accept =
            TestRequest::post("/api/team/invites/accept").bearer(&accepted_by).json(&json!({ "token": invite }));
        let accepted = self.answers.send(team::NAME, accept).await;
        self.count("join", &accepted);
        if accepted.status != 200 {
            let path = format!("/api/team/invites/{}", invited.json["id"].as_str().unwrap_or_default());
            let by = self.world.token_with_email(&owner, &email(&owner));
            let withdrawn = self.answers.send(team::NAME, TestRequest::new(Method::DELETE, &path).bearer(&by)).await;
            self.count("withdrawal", &withdrawn);
        }
    }

    async fn leave(&mut self) {
        let user = self.person();
        let path = format!("/api/team/members/{}", user.replace('|', "%7C"));
        let answer = self
            .answers
            .send(team::NAME, TestRequest::new(Method::DELETE, &path).bearer(&self.world.token(&user)))
            .await;
        self.count("leave", &answer);
    }
}

fn email(id: &str) -> String {
    format!("{}@example.com", id.trim_start_matches("auth0|"))
}

fn dollars(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn outcome(result: &Value) -> String {
    let said = result["result"].as_str().unwrap_or_default();
    result["code"].as_str().map_or_else(|| said.to_owned(), |code| format!("{said} {code}"))
}
