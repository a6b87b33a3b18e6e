//! What the clients of chaos were answered, recorded as it happens: counts for the table, each write for the
//! verification, and everything that is not as it should be.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use serde_json::Value;
use testkit::{
    TestRequest, TestResponse,
    gateway::{GATEWAY_ERROR, GATEWAY_REQUEST_ID},
    lock::lock,
};
use tokio::time::Instant;

use super::{documented, pool::KILLED};

/// Lambda's own time-out of a request, as `template.yaml` has it: no answer comes later.
const DEADLINE_MS: u128 = 15_000;
const LOGIN: &str = "/api/auth/sync-user";
/// Then it lets the login through.
const ACTION_WAITS_MS: u128 = 3_000;

/// What is counted in each phase. Lost: no response came, since the function was killed or hung.
pub const COLUMNS: [&str; 8] = ["requests", "2xx", "4xx", "503", "other", "lost", "logins > 3 s", "longest ms"];

/// A response's header.
pub fn header<'a>(response: &'a TestResponse, name: &str) -> Option<&'a str> {
    response.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The id under which the log has a request: the function's answer says it, or the gateway's own.
pub fn request_id(response: &TestResponse) -> Option<&str> {
    header(response, "x-request-id").or_else(|| header(response, GATEWAY_REQUEST_ID))
}

/// What one attempt of a write came to.
#[derive(Debug)]
pub struct Attempt {
    pub request_id: Option<String>,
    /// 2xx: done; 4xx: refused; 5xx, also where nothing came back: it may have been done all the same.
    pub status: u16,
    pub body: Value,
}

/// A write that a client sent, with all its attempts.
#[derive(Debug)]
pub struct Write {
    /// The operation's id, such as `record_purchase`.
    pub operation: &'static str,
    pub request: TestRequest,
    pub attempts: Vec<Attempt>,
}

impl Write {
    /// The bodies of its 2xx.
    pub fn acknowledgements(&self) -> impl Iterator<Item = &Value> {
        self.attempts.iter().filter(|attempt| attempt.status < 300).map(|attempt| &attempt.body)
    }

    pub fn is_acknowledged(&self) -> bool {
        self.acknowledgements().next().is_some()
    }

    /// Refused every time: then it must have left nothing.
    pub fn is_refused(&self) -> bool {
        self.attempts.iter().all(|attempt| (400..500).contains(&attempt.status))
    }

    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.request.named(name).unwrap_or_default()
    }
}

/// The writes of these operations.
pub fn of<'a>(writes: &'a [Write], operations: &'a [&str]) -> impl DoubleEndedIterator<Item = &'a Write> {
    writes.iter().filter(|write| operations.contains(&write.operation))
}

/// What has been recorded so far.
#[derive(Debug, Default)]
pub struct Record {
    /// The fault that strikes now, or `calm`.
    pub phase: String,
    /// The clients shall end.
    pub is_over: bool,
    pub counts: BTreeMap<String, BTreeMap<&'static str, u128>>,
    /// Each client's in the order in which it made them.
    pub writes: Vec<Write>,
    /// How many attempts have ended.
    pub ended: usize,
    /// When the latest of the requests that were answered by 2xx began.
    pub last_success: Option<Instant>,
    /// How often `provision` was killed in the middle of an account, and `collect-usage` in the middle of an hour.
    pub killed_runs: usize,
    /// What is not as it should be.
    pub findings: Vec<String>,
}

/// All clients write to it.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Record>);

impl Recorder {
    pub fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.0)
    }

    /// Notes what an attempt came to that began in this phase, and checks it.
    pub fn note(&self, phase: &str, began: Instant, request: &TestRequest, response: &TestResponse) {
        let took_ms = began.elapsed().as_millis();
        let (wrong, answer) = match (header(response, GATEWAY_ERROR), response.status) {
            (Some(why), _) => ((why != KILLED).then(|| why.to_owned()), "lost"),
            (None, status) => {
                let answers = [("2xx", 200..300), ("4xx", 400..500), ("503", 503..504)];
                let answer = answers.into_iter().find(|(_, statuses)| statuses.contains(&status));
                (documented::fault_of(request, response), answer.map_or("other", |(answer, _)| answer))
            }
        };
        let is_late = took_ms > DEADLINE_MS;
        let wrong = wrong.or_else(|| is_late.then(|| format!("answered after {took_ms} ms, not within {DEADLINE_MS}")));
        let mut record = self.record();
        record.ended += 1;
        if response.status < 300 {
            record.last_success = record.last_success.max(Some(began));
        }
        let counts = record.counts.entry(phase.to_owned()).or_default();
        *counts.entry("requests").or_default() += 1;
        *counts.entry(answer).or_default() += 1;
        *counts.entry("logins > 3 s").or_default() += u128::from(request.path == LOGIN && took_ms > ACTION_WAITS_MS);
        let longest_ms = counts.entry("longest ms").or_default();
        *longest_ms = took_ms.max(*longest_ms);
        if let Some(wrong) = wrong {
            let id = request_id(response).unwrap_or("unknown");
            let (method, path) = (&request.method, &request.path);
            record.findings.push(format!("{wrong}: {method} {path}, request {id}, during {phase}"));
        }
    }

    /// Something is not as it should be.
    pub fn find(&self, what: String) {
        self.record().findings.push(what);
    }
}
