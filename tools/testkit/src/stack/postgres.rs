//! A PostgreSQL of the stack's own: one folder, one port, nothing shared with the machine's. `pg_ctl` starts and ends
//! it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::{sys::signal::kill, unistd::Pid};
use ops::progress::step;
use tokio::time::timeout;

use super::{password::Password, run_as::RunAs};
use crate::{
    process::{Port, Signal, expect_free, listen_on, log_tail, open_log},
    programs::{self, Kit, Tools},
};

/// Also covers recovery after a crash.
const START_LIMIT_S: &str = "60";
const STOP_LIMIT_S: &str = "20";
const KILL_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);
const INITDB_LIMIT: Duration = Duration::from_secs(60);

/// Text sorts by bytes and folds like Unicode, as in production.
const LOCALE: &str = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };

/// A PostgreSQL server and its data folder. Dropping it ends the server at once; the data stays.
#[derive(Debug)]
pub struct Postgres {
    kit: Kit,
    run_as: RunAs,
    log: PathBuf,
    folder: PathBuf,
    port: u16,
    /// More settings, such as `shared_buffers=1GB`, from the next start on.
    pub settings: Vec<String>,
    preloaded: Option<PathBuf>,
}

impl Postgres {
    /// Creates the data folder if there is none, and returns when the server takes connections.
    pub async fn start(tools: &Tools, home: &Path, port: Port, password: Password) -> Result<Self> {
        let postgres = Self::in_folder_of(home, tools.postgres.clone(), port.number)?;
        // A killed run may have left a server that holds the folder.
        postgres.kill();
        postgres.create_data().await?;
        postgres.set_password(password)?;
        port.release();
        postgres.start_again().await?;
        Ok(postgres)
    }

    /// Ends the server that a killed run has left.
    pub async fn end_leftover(home: &Path) -> Result<()> {
        // Dropping it ends the server. Without PostgreSQL on this machine there is none to end.
        programs::postgres().await.map_or(Ok(()), |kit| Self::in_folder_of(home, kit, 0).map(drop))
    }

    fn in_folder_of(home: &Path, kit: Kit, port: u16) -> Result<Self> {
        let run_as = RunAs::of(home)?;
        let (folder, log) = (run_as.folder("postgres")?, home.join("postgres.log"));
        Ok(Self { kit, run_as, log, folder, port, settings: Vec::new(), preloaded: None })
    }

    /// Restarts it as an operator would: open transactions are rolled back.
    pub async fn restart(&self) -> Result<()> {
        self.stop().await;
        self.start_again().await
    }

    /// Kills all its processes at once, as a crash would: clients see cut connections, and the next start recovers.
    pub fn kill(&self) {
        let Some(server) = self.server() else { return };
        // Stopped first, so that it cannot start what has just been killed.
        let _ = kill(Pid::from_raw(server), Signal::SIGSTOP);
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap_or_default();
        for pid in children.split_whitespace().filter_map(|pid| pid.parse().ok()).chain([server]) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let start = Instant::now();
        // The last child to end still holds the port.
        while (self.server() == Some(server) || listen_on(self.port).is_err()) && start.elapsed() < KILL_LIMIT {
            sleep(POLL);
        }
    }

    /// Whether the server runs; after some failures it ends by itself.
    pub fn is_running(&self) -> bool {
        self.pg_ctl(&["status"]).output().is_ok_and(|status| status.status.success())
    }

    /// Ends it in order; the data stays.
    pub async fn stop(&self) {
        if self.server().is_some() {
            let mut stop = tokio::process::Command::from(self.pg_ctl(&["stop", "-m", "fast", "-t", STOP_LIMIT_S]));
            let _ = stop.output().await;
        }
    }

    /// Starts it after `stop` or `kill`.
    pub async fn start_again(&self) -> Result<()> {
        expect_free(self.port, "PostgreSQL")?;
        let data = self.data();
        self.run_as.write(&data.join("pg_hba.conf"), include_str!("pg_hba.conf"))?;
        // The last line of a setting wins.
        let own = format!("port = {}\n{}\n", self.port, self.settings.join("\n"));
        self.run_as.write(&data.join("postgresql.conf"), &(include_str!("postgresql.conf").to_owned() + &own))?;
        if self.server().is_none() {
            // After a crash another program may have its process id, and PostgreSQL would refuse to start.
            let _ = fs::remove_file(data.join("postmaster.pid"));
        }
        let mut start = self.pg_ctl(&["start", "--wait", "-t", START_LIMIT_S]);
        start.stdout(open_log(&self.log)?).stderr(open_log(&self.log)?);
        start.envs(self.preloaded.as_ref().map(|library| ("LD_PRELOAD", library)));
        programs::run(&mut start).await.with_context(|| format!("PostgreSQL did not start; {}", log_tail(&self.log)))
    }

    /// Loads a library into the server before all others, from the next start on: a copy that its account can read.
    pub fn preload(&mut self, library: Option<&Path>) -> Result<()> {
        let copy = self.folder.join("preloaded.so");
        self.preloaded = match library {
            Some(library) => fs::copy(library, &copy).map(|_| Some(copy)).context("copying a library")?,
            None => None,
        };
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The process that `postmaster.pid` names, if it is this folder's server. Without `/proc` (macOS) it is assumed
    /// to be while it runs.
    fn server(&self) -> Option<i32> {
        let data = self.data();
        let status = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let pid: i32 = status.lines().next()?.parse().ok()?;
        if !Path::new("/proc/self").exists() {
            return kill(Pid::from_raw(pid), None).is_ok().then_some(pid);
        }
        // Its arguments and not its `cwd`, which root in a container may not read of a process of `nobody`.
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let is_ours = command.split(|byte| *byte == 0).any(|word| word == data.as_os_str().as_encoded_bytes());
        is_ours.then_some(pid)
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("pg_ctl");
        command.args(arguments).arg("--pgdata").arg(self.data()).stdin(Stdio::null());
        command
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.kit.command(program);
        self.run_as.apply_to(&mut command, &self.folder);
        // They would point the programs that we start at another server.
        for variable in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS"] {
            command.env_remove(variable);
        }
        command
    }

    /// Before the server runs, by its single-user mode: nobody can log in as the superuser without it.
    fn set_password(&self, password: Password) -> Result<()> {
        let mut single = self.command("postgres");
        single.args(["--single", "-D"]).arg(self.data()).args(["-c", "fsync=off", "postgres"]);
        single.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(open_log(&self.log)?);
        let mut single = single.spawn().context("starting PostgreSQL to set the password")?;
        let statement = format!("alter role postgres password '{}'\n", password.verifier());
        single.stdin.take().context("its input")?.write_all(statement.as_bytes()).context("setting the password")?;
        let ended = single.wait().context("setting the password")?;
        ensure!(ended.success(), "the superuser's password could not be set; {}", log_tail(&self.log));
        Ok(())
    }

    async fn create_data(&self) -> Result<()> {
        let version = self.kit.version[0].to_string();
        let made_by = fs::read_to_string(self.data().join("PG_VERSION")).unwrap_or_default();
        if made_by.trim() == version {
            return Ok(());
        }
        if !made_by.is_empty() {
            step(&format!("starting with an empty database: the old one is PostgreSQL {}'s", made_by.trim()));
        }
        // Renamed when complete: what a killed initdb leaves must not pass for a database.
        let draft = self.folder.join("data.new");
        for folder in [&draft, &self.data()] {
            if folder.exists() {
                fs::remove_dir_all(folder).with_context(|| format!("deleting {}", folder.display()))?;
            }
        }
        let mut initdb = self.command("initdb");
        initdb.arg("--pgdata").arg(&draft);
        initdb.args(["--username=postgres", "--encoding=UTF8", "--locale", LOCALE, "--auth=trust", "--no-sync"]);
        timeout(INITDB_LIMIT, programs::output(&mut initdb)).await.context("initdb takes too long")??;
        fs::rename(&draft, self.data()).context("moving the new database into place")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}
