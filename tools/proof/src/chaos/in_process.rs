//! The functions in this process, for the small form in `make test`: as many instances as there are requests at once,
//! and an instance that is killed is dropped in the middle of its work, with its connection.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::Router;
use fastrand::Rng;
use shared::{App, clock::Clock, config::Config};
use tokio::task::AbortHandle;

use super::{
    locked,
    testbed::Functions,
    transport::{Outcome, Transport},
};
use contract::openapi;
use testkit::{Function, TestRequest};

/// A waiting instance, and the generation that it belongs to.
type Waiting = (usize, Arc<Function>);

/// All functions, started as they are needed.
pub struct InProcess {
    config: Config,
    clock: Clock,
    routes: BTreeMap<&'static str, Router<App>>,
    idle: Mutex<BTreeMap<&'static str, Vec<Waiting>>>,
    at_work: Mutex<Vec<AbortHandle>>,
    generation: AtomicUsize,
}

impl InProcess {
    pub fn new(config: Config, clock: Clock) -> Self {
        let routes = openapi::functions().into_iter().map(|(name, routes)| (name, routes.into())).collect();
        let (idle, at_work) = (Mutex::default(), Mutex::default());
        Self { config, clock, routes, idle, at_work, generation: AtomicUsize::default() }
    }

    async fn take(&self, function: &'static str) -> Waiting {
        let waiting = locked(&self.idle).entry(function).or_default().pop();
        if let Some(waiting) = waiting {
            return waiting;
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let routes = self.routes[function].clone();
        let instance = Function::start(function, routes, Ok(self.config.clone()), self.clock.clone()).await;
        (generation, Arc::new(instance))
    }
}

impl Transport for InProcess {
    async fn attempt(&self, function: &'static str, ask: TestRequest) -> Outcome {
        let (generation, instance) = self.take(function).await;
        let working = Arc::clone(&instance);
        let work = tokio::spawn(async move { working.send(ask).await });
        let handle = work.abort_handle();
        locked(&self.at_work).push(handle.clone());
        let answer = work.await;
        locked(&self.at_work).retain(|other| other.id() != handle.id());
        match answer {
            Ok(answer) => {
                if generation == self.generation.load(Ordering::SeqCst) {
                    locked(&self.idle).entry(function).or_default().push((generation, instance));
                }
                Outcome::Answered(answer)
            }
            Err(error) if error.is_cancelled() => Outcome::Lost { request_id: None },
            Err(panic) => Outcome::Hung { why: panic.to_string(), request_id: None },
        }
    }
}

impl Functions for InProcess {
    fn kill_one_at_work(&self, rng: &mut Rng) -> bool {
        let at_work = locked(&self.at_work);
        let victim = rng.choice(at_work.iter());
        victim.inspect(|victim| victim.abort()).is_some()
    }

    /// One of each is enough: starting takes long in programs that are not optimized.
    fn retire(&self, of_each: usize) {
        for waiting in locked(&self.idle).values_mut() {
            waiting.truncate(waiting.len().saturating_sub(of_each.min(1)));
        }
    }

    fn renew(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        locked(&self.idle).clear();
    }
}
