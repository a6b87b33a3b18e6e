//! Lambda behind the gateway: each instance has one request at a time, and a new one starts whenever none is free.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Result, anyhow};
use axum::{extract::Request, response::Response};
use contract::openapi;
use fastrand::Rng;
use shared::{clock::Clock, config::Config};
use testkit::{Backend, Function, gateway, lock::lock};
use tokio::sync::Notify;

use crate::lambda::{self, Program};

/// Why a request has no answer whose instance was killed on purpose.
pub const KILLED: &str = "killed";

/// How instances are started.
pub enum Launcher {
    /// Inside this process, for the small form in `make test`.
    InProcess { config: Config, clock: Clock },
    /// As processes of the release binaries, whose logs go to `home`.
    Release { home: PathBuf, environment: Vec<(&'static str, String)> },
}

/// It ends when dropped, also in the middle of a request.
enum Instance {
    InProcess(Function),
    Release(lambda::Instance),
}

struct Running {
    instance: Instance,
    generation: usize,
    kill: Notify,
}

/// The instances of all functions.
pub struct Pool {
    launcher: Launcher,
    idle: Mutex<BTreeMap<&'static str, Vec<Arc<Running>>>>,
    busy: Mutex<Vec<Arc<Running>>>,
    started: AtomicUsize,
    generation: AtomicUsize,
}

impl Pool {
    pub fn new(launcher: Launcher) -> Self {
        let (idle, busy) = (Mutex::default(), Mutex::default());
        Self { launcher, idle, busy, started: AtomicUsize::default(), generation: AtomicUsize::default() }
    }

    /// How many instances have been started so far.
    pub fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }

    /// Kills an instance in the middle of a request; false when none is at work.
    pub fn kill_one_at_work(&self, rng: &mut Rng) -> bool {
        let busy = lock(&self.busy);
        let victim = rng.choice(busy.iter());
        victim.inspect(|victim| victim.kill.notify_one()).is_some()
    }

    /// Ends up to so many idle instances of each function: the next requests start new ones.
    pub fn retire(&self, of_each: usize) {
        // In this process one is enough: starting takes long in programs that are not optimized.
        let of_each = if matches!(self.launcher, Launcher::InProcess { .. }) { of_each.min(1) } else { of_each };
        let mut idle = lock(&self.idle);
        let retired: Vec<_> =
            idle.values_mut().map(|idle| idle.split_off(idle.len().saturating_sub(of_each))).collect();
        drop(idle);
        drop(retired);
    }

    /// Ends every instance that is there now, each as soon as it is not at work.
    pub fn renew(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let retired = std::mem::take(&mut *lock(&self.idle));
        drop(retired);
    }

    /// An idle instance, or a new one; at work from now on.
    async fn take(&self, function: &'static str) -> Result<Arc<Running>> {
        let idle = lock(&self.idle).entry(function).or_default().pop();
        let running = match idle {
            Some(running) => running,
            None => {
                self.started.fetch_add(1, Ordering::SeqCst);
                let generation = self.generation.load(Ordering::SeqCst);
                let instance = self.launcher.start(function).await?;
                Arc::new(Running { instance, generation, kill: Notify::new() })
            }
        };
        lock(&self.busy).push(Arc::clone(&running));
        Ok(running)
    }
}

impl Backend for Pool {
    async fn answer(&self, function: &'static str, request: Request) -> Result<Response> {
        let running = self.take(function).await?;
        let answer = tokio::select! {
            biased;
            () = running.kill.notified() => None,
            answer = running.instance.answer(request) => Some(answer),
        };
        lock(&self.busy).retain(|other| !Arc::ptr_eq(other, &running));
        let answer = answer.ok_or_else(|| anyhow!(KILLED))??;
        if running.generation == self.generation.load(Ordering::SeqCst) {
            lock(&self.idle).entry(function).or_default().push(running);
        }
        Ok(answer)
    }
}

impl Launcher {
    async fn start(&self, function: &'static str) -> Result<Instance> {
        match self {
            Self::InProcess { config, clock } => {
                let routes = openapi::functions().into_iter().find(|(name, _)| *name == function);
                let (_, routes) = routes.ok_or_else(|| anyhow!("there is no function {function}"))?;
                let function = Function::start(function, routes, Ok(config.clone()), clock.clone()).await;
                Ok(Instance::InProcess(function))
            }
            Self::Release { home, environment } => {
                let program = Program::released(function);
                let program = environment.iter().fold(program, |program, (name, value)| program.with(name, value));
                lambda::Instance::start(&program, home).await.map(Instance::Release)
            }
        }
    }
}

impl Instance {
    async fn answer(&self, request: Request) -> Result<Response> {
        match self {
            Self::InProcess(function) => Ok(function.answer(request).await),
            Self::Release(instance) => {
                let event = gateway::event(request).await?;
                gateway::response(&instance.invoke(&event).await?)
            }
        }
    }
}
