//! Clients that draw operations from a seed, and the decision_log that the database keeps of its decisions: for the storms
//! of `make test`, whose models replay the decision_log, and for `make chaos`.

pub mod decimal;
pub mod decision_log;
pub mod money;
pub mod population;
pub mod readings;
pub mod seats;

use std::{collections::BTreeMap, env, future::Future};

use chrono::{DateTime, Utc};
use shared::clock::Clock;

use contract::openapi;
use testkit::{Function, TestRequest, TestResponse, World};

/// One of those who send operations, one after the other.
pub trait Actor: Send + 'static {
    fn act(&mut self) -> impl Future<Output = ()> + Send;
}

/// Whoever answers a client's requests: functions in this process, or a gateway in front of some.
pub trait Answers: Send + Sync + 'static {
    fn send(&self, function: &'static str, ask: TestRequest) -> impl Future<Output = TestResponse> + Send;
}

/// The seed of this run: given, or drawn.
#[expect(clippy::disallowed_methods, reason = "a replay is told its seed from outside")]
pub fn seed() -> u64 {
    env::var("STORM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}

/// An instance of each of some functions, in this process.
pub struct Instances(BTreeMap<&'static str, Function>);

impl Instances {
    pub async fn start(world: &World, names: &[&'static str]) -> Self {
        let mut functions = BTreeMap::new();
        for (name, routes) in openapi::functions().into_iter().filter(|(name, _)| names.contains(name)) {
            functions.insert(name, world.function(name, routes).await);
        }
        Self(functions)
    }
}

impl Answers for Instances {
    async fn send(&self, function: &'static str, ask: TestRequest) -> TestResponse {
        self.0[function].send(ask).await
    }
}

/// The time that readings are reported at, the same in the database and here.
#[derive(Clone, Debug)]
pub struct Time {
    pub clock: Clock,
    pub started_at: DateTime<Utc>,
    /// How many seconds pass in a second.
    pub times: i32,
}

impl Time {
    /// The clock's own.
    pub fn of(clock: &Clock) -> Self {
        Self { clock: clock.clone(), started_at: clock.now(), times: 1 }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.started_at + (self.clock.now() - self.started_at) * self.times
    }
}
