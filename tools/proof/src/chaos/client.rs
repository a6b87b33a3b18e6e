//! Who sends for a client: it repeats until there is an answer, and sends every write twice.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, Method};
use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{
    credentials::Credentials,
    recorder::{Attempt, Recorder, Verdict, Written, request_id},
    transport::{Outcome, Transport},
};
use crate::storm::Answers;
use testkit::{TestRequest, TestResponse};

/// Lambda's own time-out of a request, as `template.yaml` has it: no answer comes later.
const DEADLINE_MS: u128 = 15_000;
/// Nothing is broken for so long.
const GIVES_UP_AFTER: Duration = Duration::from_secs(120);
const PAUSE_MS: std::ops::Range<u64> = 100..600;

/// Sends for one client.
pub struct RetryingClient<W> {
    pub transport: Arc<W>,
    pub credentials: Arc<Credentials>,
    pub recorder: Arc<Recorder>,
    pub rng: Mutex<Rng>,
    /// What a client does between two requests.
    pub thinks: Duration,
}

impl<W: Transport> Answers for RetryingClient<W> {
    async fn send(&self, function: &'static str, ask: TestRequest) -> TestResponse {
        sleep(self.thinks).await;
        let (ask, skew) = if ask.named("webhook-id").is_some() {
            self.drawing(|rng| self.credentials.skewed(ask, rng))
        } else {
            (ask, TimeDelta::zero())
        };
        let mut attempts = Vec::new();
        let first = self.until_answered(function, &ask, skew, &mut attempts).await;
        if *ask.method() == Method::GET {
            return first;
        }
        let again = self.until_answered(function, &ask, skew, &mut attempts).await;
        let operation = self.recorder.contract.operation(&ask);
        if let Some(wrong) = differs(operation, &first, &again) {
            let id = again.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("unknown");
            self.recorder.find(format!("sent twice, {operation}, request {id}: {wrong}"));
        }
        self.recorder.write([Written { operation, ask, attempts }]);
        first
    }
}

impl<W: Transport> RetryingClient<W> {
    fn drawing<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The first answer that says whether it was done.
    async fn until_answered(
        &self,
        function: &'static str,
        ask: &TestRequest,
        skew: TimeDelta,
        attempts: &mut Vec<Attempt>,
    ) -> TestResponse {
        let began = Instant::now();
        loop {
            let (phase, started) = (self.recorder.phase(), Instant::now());
            let outcome = self.transport.attempt(function, self.credentials.sign(ask, skew)).await;
            self.recorder.note(phase, ask, &outcome, started.elapsed().as_millis(), DEADLINE_MS);
            let request_id = request_id(&outcome);
            let answer = match outcome {
                Outcome::Answered(answer) if answer.status < 500 => {
                    attempts.push(Attempt { request_id, verdict: verdict(&answer) });
                    return answer;
                }
                Outcome::Answered(answer) => Some(answer),
                Outcome::Lost { .. } | Outcome::Hung { .. } => None,
            };
            attempts.push(Attempt { request_id, verdict: Verdict::Open });
            if began.elapsed() > GIVES_UP_AFTER {
                self.recorder.find(format!("not done after two minutes: {} {}", ask.method(), ask.path()));
                return answer.unwrap_or_else(nothing);
            }
            let pause_ms = self.drawing(|rng| rng.u64(PAUSE_MS));
            sleep(Duration::from_millis(pause_ms)).await;
        }
    }
}

/// What a client is given that was never answered.
fn nothing() -> TestResponse {
    TestResponse { status: 599, headers: HeaderMap::new(), json: Value::Null, text: "no answer at all".to_owned() }
}

fn verdict(answer: &TestResponse) -> Verdict {
    if answer.status < 300 { Verdict::Done(answer.json.clone()) } else { Verdict::Refused }
}

/// What is wrong with the answer to the second sending of a write that has been done.
fn differs(operation: &str, first: &TestResponse, again: &TestResponse) -> Option<String> {
    if first.status >= 300 {
        return None;
    }
    match operation {
        "record_purchase" | "adjust_credits" => {
            let is_replay = again.headers.get("idempotent-replay").is_some_and(|value| value == "true");
            let is_same = again.status == first.status && again.text == first.text && is_replay;
            (!is_same).then(|| format!("answered {} {}, before {}", again.status, again.text, first.text))
        }
        // Whoever is suspended or deleted meanwhile is refused.
        "sync_user" => {
            let is_wrong = again.status == 200 && again.json["replayed"] != true;
            is_wrong.then(|| format!("a login is no replay: {}", again.text))
        }
        "record_usage" => {
            let results = |answer: &TestResponse| answer.json["results"].as_array().cloned().unwrap_or_default();
            let unchanged = |(one, other): (&Value, &Value)| {
                other["result"] == "unchanged" || (one["code"] == other["code"] && one["code"].is_string())
            };
            let (before, after) = (results(first), results(again));
            let is_same = before.len() == after.len() && before.iter().zip(&after).all(unchanged);
            (!is_same).then(|| format!("{} after {}", again.text, first.text))
        }
        _ => None,
    }
}
