//! What goes wrong with a Hopsworks server when a test wants it to, and requests that wait for a test.

use std::time::Duration;

use axum::{
    body::Body,
    http::header::{CONTENT_TYPE, RETRY_AFTER},
    response::Response,
};
use fastrand::Rng;
use tokio::{sync::oneshot, time::timeout};

use super::answer::Asked;

/// How long a test waits for a request that it holds.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The work begins only after so long. It is done even if the client does not wait for it.
    Slow(Duration),
    /// Nothing is done, and this status is answered.
    Status(u16),
    /// Nothing is done, and no answer comes.
    Hang,
    /// Nothing is done, and the connection ends.
    CutBefore,
    /// The work is done, and the connection ends without an answer.
    CutAfterCommit,
    TooManyRequests {
        retry_after_s: Option<u32>,
    },
    /// Lists are empty; all else is answered as ever.
    EmptyList,
    /// A login page with status 200, as a proxy in front of the server answers it.
    Html,
}

/// What passes by itself, for faults at random.
const PASSING: [Fault; 7] = [
    Fault::Slow(Duration::from_millis(20)),
    Fault::Status(500),
    Fault::Status(503),
    Fault::CutBefore,
    Fault::CutAfterCommit,
    Fault::TooManyRequests { retry_after_s: None },
    Fault::TooManyRequests { retry_after_s: Some(1) },
];

impl Fault {
    /// The answer of one that does nothing but answer.
    pub fn answer(self) -> Option<Response> {
        let html = |status, text: &str| {
            let response = Response::builder().status(status).header(CONTENT_TYPE, "text/html");
            response.body(Body::from(format!("<html><body>{text}</body></html>"))).expect("our own answer")
        };
        match self {
            Self::Status(status) => Some(html(status, "No answer of the server")),
            Self::Html => Some(html(200, "<form>Log in</form>")),
            Self::TooManyRequests { retry_after_s } => {
                let mut response = html(429, "Too many requests");
                if let Some(seconds) = retry_after_s {
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                Some(response)
            }
            Self::Slow(_) | Self::Hang | Self::CutBefore | Self::CutAfterCommit | Self::EmptyList => None,
        }
    }
}

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
pub struct Gate {
    of: Matching,
    pub moment: Moment,
    arrived: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

impl Gate {
    pub async fn pass(self) {
        // Both fail where the test has let go already.
        let _ = self.arrived.send(());
        let _ = self.released.await;
    }
}

/// Requests by their method, and what their path begins with behind the base.
pub struct Matching {
    method: String,
    path: String,
}

impl Matching {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned() }
    }

    fn has(&self, asked: &Asked) -> bool {
        self.method == asked.method && asked.path.starts_with(&self.path)
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

    /// What goes wrong with this request, if anything. Faults that a test has counted come first.
    pub fn fault(&mut self, asked: &Asked) -> Option<Fault> {
        if let Some(at) = self.next.iter().position(|(_, of, _)| of.has(asked)) {
            let (times, _, fault) = &mut self.next[at];
            *times = times.saturating_sub(1);
            let (is_last, fault) = (*times == 0, *fault);
            if is_last {
                self.next.remove(at);
            }
            return Some(fault);
        }
        self.standing.or_else(|| {
            let (rng, per_mille) = self.random.as_mut()?;
            (rng.u32(..1000) < *per_mille).then(|| PASSING[rng.usize(..PASSING.len())])
        })
    }

    /// The gates of this request: no other one will find them.
    pub fn gates(&mut self, asked: &Asked) -> Vec<Gate> {
        self.gates.extract_if(.., |gate| gate.of.has(asked)).collect()
    }
}
