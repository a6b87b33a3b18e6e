//! What works without requests, beside the clients: `provision` and `collect-usage`, each run after run.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Error, Result};
use serde_json::json;
use shared::{
    clock::Clock,
    config::{Config, Login},
};
use testkit::{Worker, World, environment};
use tokio::{task::JoinSet, time::sleep};

use crate::lambda::{Instance, Program};

/// Longer than any run.
const TIME_OUT: Duration = Duration::from_secs(660);
/// Between a run that failed and the next one: not everything that it needs is there.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Workers {
    pub provision: Runs,
    pub collect_usage: Runs,
}

/// Runs of one function. They end in the middle of their work when this is dropped.
pub struct Runs {
    job: Job,
    config: Config,
    /// Where the processes of the release binary write their logs. Without, runs are in this process.
    home: Option<PathBuf>,
    runs: JoinSet<()>,
}

#[derive(Clone, Copy)]
enum Job {
    Provision,
    CollectUsage,
}

impl Workers {
    pub fn start(config: &Config, home: Option<&PathBuf>) -> Self {
        let start = |job, login| Runs::start(job, Config { login, ..config.clone() }, home.cloned());
        Self {
            provision: start(Job::Provision, Login::Provisioner),
            collect_usage: start(Job::CollectUsage, Login::Collector),
        }
    }
}

impl Runs {
    fn start(job: Job, config: Config, home: Option<PathBuf>) -> Self {
        let mut runs = Self { job, config, home, runs: JoinSet::new() };
        runs.start_again();
        runs
    }

    pub fn start_again(&mut self) {
        for _ in 0..self.job.at_a_time() {
            self.runs.spawn(run_again_and_again(self.job, self.config.clone(), self.home.clone()));
        }
    }

    /// Ends all runs, wherever they are. Nobody works on what they have leased, so their leases may end at once.
    pub async fn kill(&mut self, world: &World) {
        self.runs.shutdown().await;
        let (table, id) = self.job.leases();
        // One by one, so that this deadlocks with nobody.
        for leased in world.all(&format!("select {id} from {table} where lease is not null")).await {
            let end = "set leased_until = app.now() where lease is not null";
            world.sql(&format!("update {table} {end} and {id} = '{leased}'")).await;
        }
    }
}

impl Job {
    /// As on Lambda.
    fn at_a_time(self) -> usize {
        match self {
            Self::Provision => 2,
            Self::CollectUsage => 1,
        }
    }

    fn leases(self) -> (&'static str, &'static str) {
        match self {
            Self::Provision => ("app.hopsworks_accounts", "id"),
            Self::CollectUsage => ("app.usage_collection", "hopsworks_cluster_id"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Provision => provision::NAME,
            Self::CollectUsage => collect_usage::NAME,
        }
    }

    async fn in_this_process(self, config: Config) -> Result<Infallible> {
        match self {
            Self::Provision => {
                let instance = Worker::start(self.name(), provision::run, Ok(config), Clock::default()).await;
                loop {
                    instance.handle(json!({})).await.map_err(Error::msg)?;
                }
            }
            Self::CollectUsage => {
                let instance = Worker::start(self.name(), collect_usage::run, Ok(config), Clock::default()).await;
                loop {
                    instance.handle(json!({})).await.map_err(Error::msg)?;
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// One instance after the other run, until one fails.
    async fn in_processes(self, config: &Config, home: &Path) -> Result<Infallible> {
        let program = Program::released(self.name()).with(environment(config.clone()));
        let instance = Instance::start(&program, home).await?;
        loop {
            instance.invoke_within(TIME_OUT, &json!({})).await?;
            sleep(PAUSE).await;
        }
    }
}

async fn run_again_and_again(job: Job, config: Config, home: Option<PathBuf>) {
    loop {
        // It fails while the database is away, and says so in its log. What it did not do is seen in the end.
        let _: Result<Infallible> = match &home {
            Some(home) => job.in_processes(&config, home).await,
            None => job.in_this_process(config.clone()).await,
        };
        sleep(PAUSE).await;
    }
}
