//! Sends over HTTP for one of the storms' clients: signs each attempt again, repeats until there is an answer, and sends
//! every write twice.

use std::{
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use shared::{clock::Clock, signing::SigningSecret};
use testkit::{TestRequest, TestResponse, gateway::GATEWAY_ERROR, issuer::SigningKey, lock::lock};
use tokio::time::{Instant, sleep};

use super::{
    documented,
    recorder::{Attempt, Recorder, Write, header, request_id},
};
use crate::storm::{session::Api, values::time};

/// Nothing is broken for so long.
const GIVES_UP_AFTER: Duration = Duration::from_secs(120);
const PAUSE_MS: Range<u64> = 100..600;

/// What requests are signed with; it changes while they are sent.
pub struct Credentials {
    pub key: SigningKey,
    pub webhook_secret: SigningSecret,
    /// The Action's clock is this far from ours.
    pub skew: TimeDelta,
}

impl Credentials {
    /// The request as it goes out now: what was signed is signed again, under the same id or with the same claims.
    fn sign(&self, request: &TestRequest) -> TestRequest {
        let now = Clock::System.now();
        if let Some(id) = request.named("webhook-id") {
            let timestamp_s = (now + self.skew).timestamp();
            let signature = self.webhook_secret.sign(id, timestamp_s, &request.body);
            let unsigned = request.clone().without(&["webhook-timestamp", "webhook-signature"]);
            let timed = unsigned.header("webhook-timestamp", &timestamp_s.to_string());
            return timed.header("webhook-signature", &signature);
        }
        let token = request.named("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let Some(mut claims) = token.and_then(claims) else { return request.clone() };
        (claims["iat"], claims["exp"]) = (json!(now.timestamp()), json!(now.timestamp() + 3600));
        request.clone().without(&["authorization"]).bearer(&self.key.sign(&claims))
    }
}

fn claims(token: &str) -> Option<Value> {
    let payload = BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// Sends for one client.
#[derive(Clone)]
pub struct RetryingClient {
    pub url: String,
    pub http: reqwest::Client,
    pub credentials: Arc<Mutex<Credentials>>,
    pub recorder: Arc<Recorder>,
    /// How long a client waits before each request.
    pub think_time: Duration,
}

impl Api for RetryingClient {
    async fn send(&self, _function: &'static str, mut request: TestRequest) -> TestResponse {
        sleep(self.think_time).await;
        if request.named("webhook-id").is_some() {
            request = skewed(request, lock(&self.credentials).skew);
        }
        let mut attempts = Vec::new();
        let first = self.until_answered(&request, &mut attempts).await;
        if request.method == Method::GET {
            return first;
        }
        let again = self.until_answered(&request, &mut attempts).await;
        let operation = documented::operation(&request).map_or("", |operation| operation.id);
        if let Some(wrong) = differs(operation, &first, &again) {
            let id = request_id(&again).unwrap_or("unknown");
            self.recorder.find(format!("sent twice, {operation}, request {id}: {wrong}"));
        }
        self.recorder.record().writes.push(Write { operation, request, attempts });
        first
    }
}

/// A login as a machine with another clock reports it.
fn skewed(login: TestRequest, skew: TimeDelta) -> TestRequest {
    let mut event: Value = serde_json::from_slice(&login.body).unwrap_or_default();
    event["logged_in_at"] = json!(time(&event["logged_in_at"]) + skew);
    login.bytes(event.to_string())
}

impl RetryingClient {
    /// The first response that says whether it was done.
    async fn until_answered(&self, request: &TestRequest, attempts: &mut Vec<Attempt>) -> TestResponse {
        let began = Instant::now();
        loop {
            let (phase, started) = (self.recorder.record().phase.clone(), Instant::now());
            let response = self.attempt(request).await;
            self.recorder.note(&phase, started, request, &response);
            let request_id = request_id(&response).map(str::to_owned);
            attempts.push(Attempt { request_id, status: response.status, body: response.json.clone() });
            if response.status < 500 {
                return response;
            }
            if began.elapsed() > GIVES_UP_AFTER {
                self.recorder.find(format!("not done after two minutes: {} {}", request.method, request.path));
                return response;
            }
            sleep(Duration::from_millis(fastrand::u64(PAUSE_MS))).await;
        }
    }

    /// What came back. Where nothing did, as if the gateway had said so.
    async fn attempt(&self, request: &TestRequest) -> TestResponse {
        let request = lock(&self.credentials).sign(request);
        self.exchange(&request).await.unwrap_or_else(|error| {
            let why = HeaderValue::from_str(&error.to_string()).unwrap_or(HeaderValue::from_static("no response"));
            TestResponse::new(500, HeaderMap::from_iter([(HeaderName::from_static(GATEWAY_ERROR), why)]), String::new())
        })
    }

    async fn exchange(&self, request: &TestRequest) -> reqwest::Result<TestResponse> {
        let mut sent = self.http.request(request.method.clone(), format!("{}{}", self.url, request.path));
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let response = sent.body(request.body.clone()).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(TestResponse::new(status, headers, response.text().await?))
    }
}

/// What is wrong with the response to the second sending of a write that has been done.
fn differs(operation: &str, first: &TestResponse, again: &TestResponse) -> Option<String> {
    if first.status >= 300 {
        return None;
    }
    let is_right = match operation {
        "record_purchase" | "adjust_credits" => {
            let is_replay = header(again, "idempotent-replay") == Some("true");
            again.status == first.status && again.text == first.text && is_replay
        }
        // Who was suspended or deleted meanwhile is refused.
        "sync_user" => again.status != 200 || again.json["replayed"] == true,
        "record_usage" => {
            let results = |response: &TestResponse| response.json["results"].as_array().cloned().unwrap_or_default();
            let (before, after) = (results(first), results(again));
            let unchanged = |(one, other): (&Value, &Value)| {
                other["result"] == "unchanged" || (one["code"] == other["code"] && one["code"].is_string())
            };
            before.len() == after.len() && before.iter().zip(&after).all(unchanged)
        }
        _ => true,
    };
    (!is_right).then(|| format!("answered {} {}, before {} {}", again.status, again.text, first.status, first.text))
}
