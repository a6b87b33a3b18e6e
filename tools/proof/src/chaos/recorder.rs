//! What the clients of chaos were answered, recorded as it happens: each phase for the table, each write for the
//! verification, and everything that is not as it should be.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// More than these are counted and not shown.
const MOST_FINDINGS: usize = 40;
/// Lambda's own time-out of a request, as `template.yaml` has it: no answer comes later.
const DEADLINE_MS: u128 = 15_000;
const LOGIN: &str = "/api/auth/sync-user";
/// Then it lets the login through.
const ACTION_WAITS_MS: u128 = 3_000;

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

/// One line of the table.
#[derive(Debug, Default)]
pub struct Phase {
    pub name: String,
    pub requests: usize,
    pub by_status: BTreeMap<u16, usize>,
    /// No response came: the function was killed, or it hung.
    pub lost: usize,
    /// Logins that the Action no longer waited for.
    pub late_logins: usize,
    pub longest_ms: u128,
}

/// What has been recorded so far.
#[derive(Debug, Default)]
pub struct Record {
    pub phases: Vec<Phase>,
    /// Each client's in the order in which it made them.
    pub writes: Vec<Write>,
    /// Faults that did not happen.
    pub left_out: BTreeSet<String>,
    /// How many attempts have ended.
    pub ended: usize,
    /// When the latest of the requests that were answered by 2xx began.
    pub last_success: Option<Instant>,
    current: usize,
    findings: Vec<String>,
}

/// All clients write to it.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Record>);

impl Recorder {
    pub fn record(&self) -> MutexGuard<'_, Record> {
        lock(&self.0)
    }

    /// From now on requests belong to this phase.
    pub fn begin(&self, name: &str) {
        let mut record = self.record();
        let known = record.phases.iter().position(|phase| phase.name == name);
        record.current = known.unwrap_or(record.phases.len());
        if known.is_none() {
            record.phases.push(Phase { name: name.to_owned(), ..Phase::default() });
        }
    }

    /// The phase that a request which begins now belongs to.
    pub fn phase(&self) -> usize {
        self.record().current
    }

    /// Notes what an attempt came to, and checks it.
    pub fn note(&self, phase: usize, began: Instant, request: &TestRequest, response: &TestResponse) {
        let took_ms = began.elapsed().as_millis();
        let wrong = match header(response, GATEWAY_ERROR) {
            None => documented::fault_of(request, response),
            Some(KILLED) => None,
            Some(why) => Some(why.to_owned()),
        };
        let is_late = took_ms > DEADLINE_MS;
        let wrong = wrong.or_else(|| is_late.then(|| format!("answered after {took_ms} ms, not within {DEADLINE_MS}")));
        let mut record = self.record();
        record.ended += 1;
        if response.status < 300 {
            record.last_success = record.last_success.max(Some(began));
        }
        let phase = &mut record.phases[phase];
        phase.requests += 1;
        phase.longest_ms = phase.longest_ms.max(took_ms);
        phase.late_logins += usize::from(request.path == LOGIN && took_ms > ACTION_WAITS_MS);
        match header(response, GATEWAY_ERROR) {
            None => *phase.by_status.entry(response.status).or_default() += 1,
            Some(_) => phase.lost += 1,
        }
        let during = phase.name.clone();
        drop(record);
        if let Some(wrong) = wrong {
            let id = request_id(response).unwrap_or("unknown");
            self.find(format!("{wrong}: {} {}, request {id}, during {during}", request.method, request.path));
        }
    }

    /// Something is not as it should be.
    pub fn find(&self, what: String) {
        self.record().findings.push(what);
    }

    pub fn findings(&self) -> Vec<String> {
        let findings = self.record().findings.clone();
        let more = findings.len().saturating_sub(MOST_FINDINGS);
        let more = (more > 0).then(|| format!("and {more} more like these"));
        findings.into_iter().take(MOST_FINDINGS).chain(more).collect()
    }
}
