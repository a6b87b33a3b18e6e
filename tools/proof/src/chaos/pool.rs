//! Lambda behind the gateway: each instance has one request at a time, and a new one starts whenever none is free.

use std::{
    collections::BTreeMap,
    mem,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use anyhow::{Result, anyhow};
use contract::openapi;
use fastrand::Rng;
use serde_json::Value;
use shared::{clock::Clock, config::Config};
use testkit::{Backend, Function, environment, lock::lock};
use tokio::sync::Notify;

use crate::lambda::{self, Program};

/// Why a request has no answer whose instance was killed on purpose.
pub const KILLED: &str = "killed";

/// It ends when dropped, also in the middle of a request.
enum Instance {
    InProcess(Function),
    Release(lambda::Instance),
}

struct Running {
    function: &'static str,
    instance: Instance,
    is_at_work: AtomicBool,
    kill: Notify,
}

impl Running {
    fn is_at_work(&self) -> bool {
        self.is_at_work.load(Ordering::SeqCst)
    }
}

/// The instances of all functions.
pub struct Pool {
    config: Config,
    /// Where the processes of the release binaries write their logs. Without, functions run inside this process, for
    /// the small form in `make test`.
    home: Option<PathBuf>,
    instances: Mutex<Vec<Arc<Running>>>,
    /// Instances of an earlier one are not used again.
    generation: AtomicUsize,
}

impl Pool {
    pub fn new(config: Config, home: Option<PathBuf>) -> Self {
        Self { config, home, instances: Mutex::default(), generation: AtomicUsize::default() }
    }

    /// Kills an instance in the middle of a request; false when none is at work.
    pub fn kill_one_at_work(&self, rng: &mut Rng) -> bool {
        let instances = lock(&self.instances);
        let at_work = instances.iter().filter(|running| running.is_at_work());
        rng.choice(at_work.collect::<Vec<_>>()).inspect(|victim| victim.kill.notify_one()).is_some()
    }

    /// Ends up to so many idle instances of each function: the next requests start new ones.
    pub fn retire(&self, of_each: usize) {
        // In this process one is enough: starting takes long in programs that are not optimized.
        let of_each = if self.home.is_none() { 1 } else { of_each };
        let mut counts = BTreeMap::new();
        let is_chosen = |running: &mut Arc<Running>| {
            let (count, is_idle) = (counts.entry(running.function).or_insert(0), !running.is_at_work());
            *count += usize::from(is_idle);
            is_idle && *count <= of_each
        };
        // They end after the lock has been given back.
        let _retired: Vec<_> = lock(&self.instances).extract_if(.., is_chosen).collect();
    }

    /// Ends every instance that is there now, each as soon as it is not at work.
    pub fn renew(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let _retired = mem::take(&mut *lock(&self.instances));
    }

    /// An idle instance, or a new one; at work from now on.
    async fn take(&self, function: &'static str) -> Result<Arc<Running>> {
        let is_free =
            |running: &&Arc<Running>| running.function == function && !running.is_at_work.swap(true, Ordering::SeqCst);
        if let Some(running) = lock(&self.instances).iter().find(is_free) {
            return Ok(Arc::clone(running));
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let instance = self.start(function).await?;
        let running = Running { function, instance, is_at_work: AtomicBool::new(true), kill: Notify::new() };
        let running = Arc::new(running);
        let mut instances = lock(&self.instances);
        if generation == self.generation.load(Ordering::SeqCst) {
            instances.push(Arc::clone(&running));
        }
        Ok(running)
    }

    async fn start(&self, function: &'static str) -> Result<Instance> {
        let config = self.config.clone();
        if let Some(home) = &self.home {
            let program = Program::released(function).with(environment(config));
            return lambda::Instance::start(&program, home).await.map(Instance::Release);
        }
        let routes = openapi::functions().into_iter().find(|(name, _)| *name == function);
        let (_, routes) = routes.ok_or_else(|| anyhow!("there is no function {function}"))?;
        Ok(Instance::InProcess(Function::start(function, routes, Ok(config), Clock::default()).await))
    }
}

impl Backend for Pool {
    async fn invoke(&self, function: &'static str, event: Value) -> Result<Value> {
        let running = self.take(function).await?;
        let returned = tokio::select! {
            biased;
            () = running.kill.notified() => Err(anyhow!(KILLED)),
            returned = running.instance.invoke(&event) => returned,
        };
        if returned.is_err() {
            lock(&self.instances).retain(|other| !Arc::ptr_eq(other, &running));
        }
        running.is_at_work.store(false, Ordering::SeqCst);
        returned
    }
}

impl Instance {
    async fn invoke(&self, event: &Value) -> Result<Value> {
        match self {
            Self::InProcess(function) => function.invoke(event).await,
            Self::Release(instance) => instance.invoke(event).await,
        }
    }
}
