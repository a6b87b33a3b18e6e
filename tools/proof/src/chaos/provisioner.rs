//! `provision` beside the clients: two runs at a time, as on Lambda, and the next one as soon as one ends.

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

const RUNS: usize = 2;
/// As `template.yaml` has it.
const TIME_OUT: Duration = Duration::from_secs(130);
/// Between a run that failed and the next one: not everything that it needs is there.
const PAUSE: Duration = Duration::from_millis(100);

/// The runs. They end in the middle of their work when this is dropped.
pub struct Provisioner {
    config: Config,
    /// Where the processes of the release binary write their logs. Without, runs are in this process.
    home: Option<PathBuf>,
    runs: JoinSet<()>,
}

impl Provisioner {
    pub fn start(config: Config, home: Option<PathBuf>) -> Self {
        let config = Config { login: Login::Provisioner, ..config };
        let mut provisioner = Self { config, home, runs: JoinSet::new() };
        provisioner.start_again();
        provisioner
    }

    pub fn start_again(&mut self) {
        for _ in 0..RUNS {
            self.runs.spawn(run_again_and_again(self.config.clone(), self.home.clone()));
        }
    }

    /// Ends all runs, wherever they are. Nobody works on what they have leased, so its two minutes may pass at once.
    pub async fn kill(&mut self, world: &World) {
        self.runs.shutdown().await;
        // One by one, so that this deadlocks with nobody.
        for id in world.all("select id from app.hopsworks_accounts where lease is not null").await {
            let end = "update app.hopsworks_accounts set leased_until = app.now() where lease is not null and id =";
            world.sql(&format!("{end} '{id}'")).await;
        }
    }
}

async fn run_again_and_again(config: Config, home: Option<PathBuf>) {
    loop {
        // It fails while the database is away, and says so in its log. What it did not do is seen in the end.
        let _: Result<Infallible> = match &home {
            Some(home) => in_processes(&config, home).await,
            None => in_this_process(config.clone()).await,
        };
        sleep(PAUSE).await;
    }
}

/// One instance after the other run, until one fails.
async fn in_processes(config: &Config, home: &Path) -> Result<Infallible> {
    let program = Program::released(provision::NAME).with(environment(config.clone()));
    let instance = Instance::start(&program, home).await?;
    loop {
        instance.invoke_within(TIME_OUT, &json!({})).await?;
    }
}

async fn in_this_process(config: Config) -> Result<Infallible> {
    let instance = Worker::start(provision::NAME, provision::run, Ok(config), Clock::default()).await;
    loop {
        instance.handle(json!({})).await.map_err(Error::msg)?;
    }
}
