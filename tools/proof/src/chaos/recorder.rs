//! What the clients were told, written down as it happens: by phase for the table, by write for the reckoning, and
//! whatever was not as it should be.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;

use super::{documented::Contract, transport::Outcome};
use testkit::{TestRequest, TestResponse};

/// More than these are counted, not told.
const MOST_FINDINGS: usize = 40;

const LOGIN: &str = "/api/auth/sync-user";
/// Then it lets the login through.
const ACTION_WAITS_MS: u128 = 3_000;

/// How one attempt of a write ended.
#[derive(Debug)]
pub struct Attempt {
    pub request_id: Option<String>,
    pub verdict: Verdict,
}

#[derive(Debug)]
pub enum Verdict {
    /// A 2xx, with its body.
    Done(Value),
    /// A 4xx.
    Refused,
    /// A 503, or no answer: it may have been done all the same.
    Open,
}

/// A write as a client wanted it, and all that became of it.
#[derive(Debug)]
pub struct Written {
    /// The operation's id, such as `record_purchase`.
    pub operation: &'static str,
    pub ask: TestRequest,
    pub attempts: Vec<Attempt>,
}

impl Written {
    /// The first 2xx.
    pub fn done(&self) -> Option<&Value> {
        self.attempts.iter().find_map(|attempt| match &attempt.verdict {
            Verdict::Done(body) => Some(body),
            _ => None,
        })
    }

    /// Refused every time: then it must have left nothing.
    pub fn is_refused(&self) -> bool {
        self.attempts.iter().all(|attempt| matches!(attempt.verdict, Verdict::Refused))
    }

    pub fn body(&self) -> Value {
        serde_json::from_slice(self.ask.body()).unwrap_or_default()
    }
}

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub struct Phase {
    pub name: String,
    pub requests: usize,
    pub by_status: BTreeMap<u16, usize>,
    /// No answer came: the function was killed, or it hung.
    pub lost: usize,
    /// Logins that the Action no longer waited for.
    pub late_logins: usize,
    pub longest_ms: u128,
}

#[derive(Debug, Default)]
struct Pages {
    phases: Vec<Phase>,
    writes: Vec<Written>,
    left_out: Vec<String>,
    findings: Vec<String>,
    more_findings: usize,
}

/// The recorder that all clients write to.
#[derive(Debug)]
pub struct Recorder {
    pub contract: Contract,
    pages: Mutex<Pages>,
    ended: AtomicUsize,
}

impl Recorder {
    pub fn new(contract: Contract) -> Self {
        let pages = Pages { phases: vec![Phase { name: "calm".to_owned(), ..Phase::default() }], ..Pages::default() };
        Self { contract, pages: Mutex::new(pages), ended: AtomicUsize::default() }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on requests belong to this phase.
    pub fn begin(&self, phase: &str) {
        self.pages().phases.push(Phase { name: phase.to_owned(), ..Phase::default() });
    }

    /// The phase that a request which begins now belongs to.
    pub fn phase(&self) -> usize {
        self.pages().phases.len() - 1
    }

    /// How many requests that began in this phase have been answered by 2xx.
    pub fn succeeded(&self) -> usize {
        let pages = self.pages();
        let present = pages.phases.last();
        present.map_or(0, |phase| phase.by_status.range(200..300).map(|(_, count)| count).sum())
    }

    /// This fault did not happen.
    pub fn leave_out(&self, fault: &str) {
        let mut pages = self.pages();
        if !pages.left_out.iter().any(|other| other == fault) {
            pages.left_out.push(fault.to_owned());
        }
    }

    pub fn left_out(&self) -> Vec<String> {
        self.pages().left_out.clone()
    }

    /// How many attempts have ended.
    pub fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    /// Notes how an attempt ended, and judges it.
    pub fn note(&self, phase: usize, ask: &TestRequest, outcome: &Outcome, took_ms: u128, deadline_ms: u128) {
        self.ended.fetch_add(1, Ordering::SeqCst);
        let wrong = match outcome {
            Outcome::Answered(answer) => self.contract.fault_of(ask, answer),
            Outcome::Lost { .. } => None,
            Outcome::Hung { why, .. } => Some(why.clone()),
        };
        let wrong = wrong.or_else(|| {
            (took_ms > deadline_ms).then(|| format!("answered after {took_ms} ms, which is more than {deadline_ms}"))
        });
        let name = {
            let mut pages = self.pages();
            let line = &mut pages.phases[phase];
            line.requests += 1;
            line.longest_ms = line.longest_ms.max(took_ms);
            line.late_logins += usize::from(ask.path() == LOGIN && took_ms > ACTION_WAITS_MS);
            match outcome {
                Outcome::Answered(answer) => *line.by_status.entry(answer.status).or_default() += 1,
                Outcome::Lost { .. } | Outcome::Hung { .. } => line.lost += 1,
            }
            line.name.clone()
        };
        if let Some(wrong) = wrong {
            let id = request_id(outcome).unwrap_or_else(|| "unknown".to_owned());
            self.find(format!("{wrong}: {} {}, request {id}, during {name}", ask.method(), ask.path()));
        }
    }

    pub fn write(&self, written: impl IntoIterator<Item = Written>) {
        self.pages().writes.extend(written);
    }

    /// Something is not as it should be.
    pub fn find(&self, what: String) {
        let mut pages = self.pages();
        if pages.findings.len() < MOST_FINDINGS {
            pages.findings.push(what);
        } else {
            pages.more_findings += 1;
        }
    }

    pub fn phases(&self) -> Vec<Phase> {
        self.pages().phases.clone()
    }

    /// All writes, each client's in the order in which it made them.
    pub fn take_writes(&self) -> Vec<Written> {
        std::mem::take(&mut self.pages().writes)
    }

    pub fn findings(&self) -> Vec<String> {
        let pages = self.pages();
        let mut findings = pages.findings.clone();
        if pages.more_findings > 0 {
            findings.push(format!("and {} more like these", pages.more_findings));
        }
        findings
    }
}

/// The id under which the log has a request.
pub fn request_id(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Answered(answer) => id_of(answer),
        Outcome::Lost { request_id } | Outcome::Hung { request_id, .. } => request_id.clone(),
    }
}

fn id_of(answer: &TestResponse) -> Option<String> {
    answer.headers.get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
}
