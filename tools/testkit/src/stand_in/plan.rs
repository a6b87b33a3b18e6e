//! What shall go wrong next, requests that wait for a test, and the course of a request through both.

use std::{future::pending, io, time::Duration};

use axum::response::Response;
use fastrand::Rng;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use super::faults::Fault;

/// How long a test waits for a request that it holds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a request waits for a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing is done yet.
    BeforeCommit,
    /// All is done, but for the answer.
    AfterCommit,
}

/// A request that is to wait. It goes on when this is dropped.
#[must_use = "the request goes on when this is dropped"]
pub struct Held {
    arrived: Option<oneshot::Receiver<()>>,
    _release: oneshot::Sender<()>,
}

impl Held {
    /// Returns when the request waits. Panics if none comes.
    pub async fn arrived(&mut self) {
        if let Some(arrived) = self.arrived.take() {
            timeout(PATIENCE, arrived).await.expect("a request comes").expect("the server runs");
        }
    }

    pub fn release(self) {}
}

/// The other end of what a test holds.
struct Gate {
    of: Matching,
    moment: Moment,
    arrived: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

impl Gate {
    async fn pass(self) {
        // Both fail where the test has let go already.
        let _ = self.arrived.send(());
        let _ = self.released.await;
    }
}

/// Requests by their method, and what their path begins with.
pub struct Matching {
    method: String,
    path: String,
}

impl Matching {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned() }
    }

    fn has(&self, method: &str, path: &str) -> bool {
        self.method == method && path.starts_with(&self.path)
    }
}

/// What shall go wrong next.
#[derive(Default)]
pub struct Plan {
    pub standing: Option<Fault>,
    /// How many requests of a kind are still to fail, and how.
    next: Vec<(usize, Matching, Fault)>,
    random: Option<(Rng, u32)>,
    gates: Vec<Gate>,
}

impl Plan {
    pub fn fail_next(&mut self, times: usize, of: Matching, fault: Fault) {
        self.next.push((times, of, fault));
    }

    pub fn fail_at_random(&mut self, seed: u64, per_mille: u32) {
        self.random = Some((Rng::with_seed(seed), per_mille));
    }

    pub fn hold(&mut self, of: Matching, moment: Moment) -> Held {
        let (arrived, arrives) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.gates.push(Gate { of, moment, arrived, released });
        Held { arrived: Some(arrives), _release: release }
    }

    /// What happens to this request. Faults that a test has counted come first, and no other one will find its gates.
    pub fn course(&mut self, method: &str, path: &str) -> Course {
        let fault = self.counted(method, path).or(self.standing).or_else(|| {
            let (rng, per_mille) = self.random.as_mut()?;
            (rng.u32(..1000) < *per_mille).then(|| Fault::passing(rng))
        });
        Course { fault, gates: self.gates.extract_if(.., |gate| gate.of.has(method, path)).collect() }
    }

    fn counted(&mut self, method: &str, path: &str) -> Option<Fault> {
        let at = self.next.iter().position(|(_, of, _)| of.has(method, path))?;
        let (times, _, fault) = &mut self.next[at];
        *times = times.saturating_sub(1);
        let (is_last, fault) = (*times == 0, *fault);
        if is_last {
            self.next.remove(at);
        }
        Some(fault)
    }
}

/// What happens to one request.
pub struct Course {
    pub fault: Option<Fault>,
    gates: Vec<Gate>,
}

impl Course {
    /// Takes the request to its answer. Fails where the client gets none.
    pub async fn run(self, work: impl Future<Output = Response> + Send + 'static) -> io::Result<Response> {
        let cut = || io::Error::from(io::ErrorKind::ConnectionAborted);
        let fault = self.fault;
        if let Some(answer) = fault.and_then(Fault::answer) {
            return Ok(answer);
        }
        match fault {
            Some(Fault::Hang) => return pending().await,
            Some(Fault::CutBefore) => return Err(cut()),
            _ => {}
        }
        // A server that has begun goes on, whether the client waits or not.
        let done = tokio::spawn(self.work(work)).await;
        if fault == Some(Fault::CutAfterCommit) { Err(cut()) } else { done.map_err(|_| cut()) }
    }

    async fn work(self, work: impl Future<Output = Response>) -> Response {
        if let Some(Fault::Slow(by)) = self.fault {
            sleep(by).await;
        }
        let is_before = |gate: &Gate| gate.moment == Moment::BeforeCommit;
        let (before, after): (Vec<_>, Vec<_>) = self.gates.into_iter().partition(is_before);
        for gate in before {
            gate.pass().await;
        }
        let response = work.await;
        for gate in after {
            gate.pass().await;
        }
        response
    }
}
