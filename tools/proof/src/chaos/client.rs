//! Sends over HTTP for one of the storms' clients: signs each attempt again, repeats until there is an answer, and sends
//! every write twice.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use fastrand::Rng;
use serde_json::{Value, json};
use shared::{clock::Clock, signing::SigningSecret};
use testkit::{TestRequest, TestResponse, gateway::GATEWAY_ERROR, issuer::SigningKey, lock::lock};
use tokio::time::{Instant, sleep};

use super::{
    documented,
    recorder::{Attempt, Recorder, Write, header, request_id},
};
use crate::storm::session::Api;

/// Then a client hangs up: a function that has not answered by now never does.
const HANGS_UP_AFTER: Duration = Duration::from_secs(20);
/// Nothing is broken for so long.
const GIVES_UP_AFTER: Duration = Duration::from_secs(120);
const PAUSE_MS: std::ops::Range<u64> = 100..600;
const WEBHOOK_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// What requests are signed with; it changes while they are sent.
pub struct Credentials {
    pub clock: Clock,
    pub key: SigningKey,
    pub webhook_secret: SigningSecret,
    /// The Action's clock is this far from ours, either way.
    pub skew: TimeDelta,
}

impl Credentials {
    /// The request as it goes out now: what was signed is signed again, under the same id or with the same claims.
    fn sign(&self, request: &TestRequest, skew: TimeDelta) -> TestRequest {
        let now = self.clock.now();
        if let Some(id) = request.named("webhook-id") {
            let timestamp_s = (now + skew).timestamp();
            let signature = self.webhook_secret.sign(id, timestamp_s, &request.body);
            let signed = request.clone().without(&WEBHOOK_HEADERS).header("webhook-id", id);
            return signed
                .header("webhook-timestamp", &timestamp_s.to_string())
                .header("webhook-signature", &signature);
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
pub struct RetryingClient {
    pub url: String,
    pub http: reqwest::Client,
    pub credentials: Arc<Mutex<Credentials>>,
    pub recorder: Arc<Recorder>,
    pub rng: Mutex<Rng>,
    /// How long a client waits before each request.
    pub think_time: Duration,
}

/// # Errors
/// When there can be no client.
pub fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().timeout(HANGS_UP_AFTER).build()
}

impl Api for RetryingClient {
    async fn send(&self, _function: &'static str, request: TestRequest) -> TestResponse {
        sleep(self.think_time).await;
        let (request, skew) = self.skewed(request);
        let mut attempts = Vec::new();
        let first = self.until_answered(&request, skew, &mut attempts).await;
        if request.method == Method::GET {
            return first;
        }
        let again = self.until_answered(&request, skew, &mut attempts).await;
        let operation = documented::operation(&request).map_or("", |operation| operation.id);
        if let Some(wrong) = differs(operation, &first, &again) {
            let id = request_id(&again).unwrap_or("unknown");
            self.recorder.find(format!("sent twice, {operation}, request {id}: {wrong}"));
        }
        self.recorder.record().writes.push(Write { operation, request, attempts });
        first
    }
}

impl RetryingClient {
    /// A login as a machine with another clock reports it, and how far off that clock is.
    fn skewed(&self, request: TestRequest) -> (TestRequest, TimeDelta) {
        if request.named("webhook-id").is_none() {
            return (request, TimeDelta::zero());
        }
        let skew = lock(&self.credentials).skew * if lock(&self.rng).bool() { 1 } else { -1 };
        let mut event: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let at = event["logged_in_at"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
        if let Some(at) = at {
            event["logged_in_at"] = json!(at + skew);
        }
        (request.bytes(event.to_string()), skew)
    }

    /// The first response that says whether it was done.
    async fn until_answered(
        &self,
        request: &TestRequest,
        skew: TimeDelta,
        attempts: &mut Vec<Attempt>,
    ) -> TestResponse {
        let began = Instant::now();
        loop {
            let (phase, started) = (self.recorder.phase(), Instant::now());
            let response = self.attempt(request, skew).await;
            self.recorder.note(phase, started, request, &response);
            attempts.push(Attempt {
                request_id: request_id(&response).map(str::to_owned),
                status: response.status,
                body: response.json.clone(),
            });
            if response.status < 500 {
                return response;
            }
            if began.elapsed() > GIVES_UP_AFTER {
                self.recorder.find(format!("not done after two minutes: {} {}", request.method, request.path));
                return response;
            }
            let pause_ms = lock(&self.rng).u64(PAUSE_MS);
            sleep(Duration::from_millis(pause_ms)).await;
        }
    }

    /// What came back. Where nothing did, as if the gateway had said so.
    async fn attempt(&self, request: &TestRequest, skew: TimeDelta) -> TestResponse {
        let request = lock(&self.credentials).sign(request, skew);
        let began = Instant::now();
        self.exchange(&request).await.unwrap_or_else(|error| {
            let why = format!("{error} (after {} ms)", began.elapsed().as_millis());
            let why = HeaderValue::from_str(&why).unwrap_or(HeaderValue::from_static("no response"));
            test_response(500, HeaderMap::from_iter([(HeaderName::from_static(GATEWAY_ERROR), why)]), String::new())
        })
    }

    async fn exchange(&self, request: &TestRequest) -> reqwest::Result<TestResponse> {
        let mut sent = self.http.request(request.method.clone(), format!("{}{}", self.url, request.path));
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let response = sent.body(request.body.clone()).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(test_response(status, headers, String::from_utf8_lossy(&response.bytes().await?).into_owned()))
    }
}

fn test_response(status: u16, headers: HeaderMap, text: String) -> TestResponse {
    TestResponse { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
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
