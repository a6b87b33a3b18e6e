//! A running stack: PostgreSQL, PgBouncer and Secrets Manager's emulator, with the schema in place.

mod password;
pub mod pgbouncer;
pub mod postgres;
pub mod run_as;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{errno::Errno, sys::signal::kill, unistd::Pid};
use ops::{
    admin_db::AdminDb,
    environment,
    progress::step,
    schema::{self, migrator},
};
use serde::{Deserialize, Serialize};

pub use self::pgbouncer::{API_PASSWORD, PASSWORDS};
use self::{password::Password, pgbouncer::PgBouncer, postgres::Postgres, run_as::RunAs};
use crate::{
    process::{Claim, Port, Process, Signal},
    programs::{self, Tools},
    shutdown::until_interrupted,
};

/// The migrated database that every test copies.
pub const TEMPLATE: &str = "template_back_office";

/// What a run of all tests needs at most, with something to spare.
const ROOM_BYTES: u64 = 1536 << 20;
/// The kinds of runs that have a folder for themselves.
pub const RUNS: [&str; 6] = ["bench", "browser", "chaos", "demo", "take-over", "test"];

/// Where the parts of a stack listen on 127.0.0.1.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StackAddress {
    pub postgres_port: u16,
    pub superuser_password: Password,
    pub pgbouncer_port: u16,
    pub secrets_port: u16,
}

impl StackAddress {
    /// A database for the superuser.
    pub fn direct_url(&self, database: &str) -> String {
        let password = self.superuser_password.text();
        format!("postgres://postgres:{password}@127.0.0.1:{}/{database}", self.postgres_port)
    }

    /// A database for the functions: through the pooler, or through a proxy in front of it that listens on `port`.
    pub fn pooled_url(&self, port: u16, database: &str) -> String {
        format!("postgres://api:{API_PASSWORD}@127.0.0.1:{port}/{database}")
    }

    /// What `AWS_ENDPOINT_URL_SECRETS_MANAGER` should be.
    pub fn secrets_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.secrets_port)
    }
}

/// The parts that run in one folder. Dropping it kills them; `stop` ends them in order.
#[derive(Debug)]
pub struct Stack {
    pub tools: Tools,
    pub postgres: Postgres,
    pub pgbouncer: PgBouncer,
    /// The emulator of Secrets Manager, which keeps everything in memory.
    secrets: Process,
    pub address: StackAddress,
    /// The folder of the logs.
    pub home: PathBuf,
    _claim: Claim,
}

impl Stack {
    /// Starts PostgreSQL, PgBouncer and the emulator in `home`, on these ports or, if they are taken, on others, and
    /// creates `database` or brings its schema up to date. The claim has ended what a killed run left on the ports; they
    /// are held from when the tools are there until their program starts, so that two stacks never choose the same.
    pub async fn start(claim: Claim, home: &Path, wanted: [u16; 3], database: &str) -> Result<Self> {
        let tools = programs::find_or_install(&schema::checkout()).await?;
        let [postgres, pgbouncer, secrets] = wanted.map(Port::reserve);
        let (postgres, pgbouncer, secrets) = (postgres?, pgbouncer?, secrets?);
        let address = StackAddress {
            postgres_port: postgres.number,
            superuser_password: Password::of(home)?,
            pgbouncer_port: pgbouncer.number,
            secrets_port: secrets.number,
        };
        let (postgres, secrets) = tokio::try_join!(
            Postgres::start(&tools, home, postgres, address.superuser_password),
            start_secrets(&tools, home, secrets)
        )?;
        let pgbouncer = PgBouncer::start(&tools, home, pgbouncer.release(), address.postgres_port).await?;
        migrate(&address, database).await?;
        Ok(Self { tools, postgres, pgbouncer, secrets, address, home: home.to_owned(), _claim: claim })
    }

    /// Ends every part and leaves its data for the next start.
    pub async fn stop(mut self) {
        self.secrets.stop(Signal::SIGTERM, Duration::from_secs(3)).await;
        self.pgbouncer.stop();
        self.postgres.stop().await;
    }

    /// Ends every part and deletes everything.
    pub async fn remove(self) -> Result<()> {
        let home = self.home.clone();
        self.stop().await;
        remove(&home).await
    }
}

async fn start_secrets(tools: &Tools, home: &Path, port: Port) -> Result<Process> {
    let (port, mut moto) = (port.release(), Command::new(&tools.moto_server));
    moto.args(["-H", "127.0.0.1", "-p"]).arg(port.to_string());
    Process::serve("moto", home, moto, port, Duration::from_secs(30)).await
}

async fn migrate(address: &StackAddress, database: &str) -> Result<()> {
    let mut admin = AdminDb::connect(&address.direct_url("postgres")).await?;
    let known = admin.texts(&format!("select datname from pg_database where datname = '{database}'")).await?;
    if known.is_empty() {
        admin.run(&format!("create database {database}")).await?;
    }
    let mut owner = AdminDb::connect(&address.direct_url(database)).await?;
    migrator::migrate(&mut owner, &schema::sources()?, migrator::PATIENCE).await.context("migrating")?;
    for (login, password) in PASSWORDS {
        owner.run(&format!("alter role {} password '{password}'", login.role())).await?;
    }
    Ok(())
}

/// Starts a stack with the tests' template in a home of its own, runs `work` on it, and removes it, also on Ctrl-C.
pub async fn with_stack<T>(kind: &str, work: impl AsyncFnOnce(&mut Stack) -> Result<T>) -> Result<T> {
    with_home(kind, async |home| {
        step("starting PostgreSQL, PgBouncer and Secrets Manager");
        let claim = Claim::of(home)?;
        RunAs::of(home)?.require_room(ROOM_BYTES)?;
        let mut stack = Stack::start(claim, home, [0; 3], TEMPLATE).await?;
        let ended = work(&mut stack).await;
        stack.stop().await;
        ended
    })
    .await
}

/// Runs `work` with the folder `.local/<kind>-<process id>`, and removes it afterwards, also on Ctrl-C, with every
/// stack in it and in folders whose names continue its name by a dash.
pub async fn with_home<T>(kind: &str, work: impl AsyncFnOnce(&Path) -> Result<T>) -> Result<T> {
    remove_all(is_left_by_a_killed_run).await?;
    let name = format!("{kind}-{}", process::id());
    let ended = until_interrupted(work(&environment::home(&name))).await;
    let others = format!("{name}-");
    remove_all(|found| found == name || found.starts_with(&others)).await?;
    ended
}

/// Whether a folder is of a run, named by `with_home`, whose process is there no more.
fn is_left_by_a_killed_run(folder: &str) -> bool {
    let kind = RUNS.iter().find_map(|kind| folder.strip_prefix(kind)?.strip_prefix('-'));
    let process = kind.and_then(|rest| rest.split('-').next()?.parse().ok());
    process.is_some_and(|process| kill(Pid::from_raw(process), None) == Err(Errno::ESRCH))
}

/// Removes the folders below `.local` whose name `is_chosen`, with the stacks in them.
pub async fn remove_all(is_chosen: impl Fn(&str) -> bool) -> Result<()> {
    let entries = fs::read_dir(environment::home("")).into_iter().flatten();
    for entry in entries {
        let entry = entry.context("reading .local")?;
        if is_chosen(&entry.file_name().to_string_lossy()) {
            remove(&entry.path()).await?;
        }
    }
    Ok(())
}

/// Ends what still runs in a stack's folder, and deletes the folder.
pub async fn remove(home: &Path) -> Result<()> {
    if !home.exists() {
        return Ok(());
    }
    let _claim = Claim::of(home)?;
    Postgres::end_leftover(home).await?;
    RunAs::of(home)?.remove_all(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_of_a_run_that_has_ended_is_left_over() {
        let mut ended = Command::new("true").spawn().expect("a process");
        ended.wait().expect("its end");
        let (ended, running) = (ended.id(), process::id());
        for left in [format!("test-{ended}"), format!("test-{ended}-chaos"), format!("take-over-{ended}")] {
            assert!(is_left_by_a_killed_run(&left), "{left}");
        }
        let kept = [format!("test-{running}"), format!("test-{running}-chaos"), format!("other-{ended}")];
        for kept in kept.iter().map(String::as_str).chain(["dev", "tools", "env", "test", "test-", "test-x"]) {
            assert!(!is_left_by_a_killed_run(kept), "{kept}");
        }
    }
}
