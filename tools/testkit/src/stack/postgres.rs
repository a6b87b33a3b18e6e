//! A PostgreSQL of the stack's own: one folder, one port, nothing shared with the machine's.

use anyhow::{Context, Result, anyhow};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, Signal, expect_free};
use crate::programs::{Kit, Tools};
use crate::stack::run_as::RunAs;
use ops::progress::step;

/// Also covers recovery after a kill.
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_GRACE: Duration = Duration::from_secs(20);

/// Logging in as everyone but `postgres` takes a password, as in production.
const WHO_MAY_LOG_IN: &str = "\
# type  database  user      address       method
host    all       postgres  127.0.0.1/32  trust
host    all       all       127.0.0.1/32  scram-sha-256
";

/// The data is thrown away some day: without fsync a killed server loses nothing, only a machine
/// that loses power does.
const SETTINGS: [&str; 13] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "fsync=off",
    "full_page_writes=off",
    "log_min_messages=warning",
    "log_line_prefix=%m [%p] %u@%d ",
    "log_timezone=UTC",
    "timezone=UTC",
];

/// A PostgreSQL server and its data folder. Dropping it kills the server; the data stays.
#[derive(Debug)]
pub struct Postgres {
    kit: Kit,
    run_as: RunAs,
    home: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    process: Option<Process>,
}

impl Postgres {
    /// Makes the data folder if there is none, and returns when the server takes connections.
    ///
    /// # Errors
    /// When the port is taken, or with the end of the server's log.
    pub async fn start(tools: &Tools, home: &Path, port: u16) -> Result<Self> {
        let run_as = RunAs::of(home)?;
        let kit = run_as.bring(&tools.postgres)?;
        let folder = run_as.folder("postgres")?;
        let mut postgres =
            Self { kit, run_as, home: home.to_owned(), folder, port, settings: Vec::new(), process: None };
        postgres.create_data().await?;
        postgres.start_again().await?;
        Ok(postgres)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database for the superuser, who needs no password from this machine.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Copies a file to where the server may read it, and says where that is.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn lend(&self, file: &Path) -> Result<PathBuf> {
        let copy = self.folder.join(file.file_name().unwrap_or_default());
        let doing = || format!("copying {} to {}", file.display(), copy.display());
        fs::copy(file, &copy).context(doing())?;
        fs::set_permissions(&copy, Permissions::from_mode(0o644)).context(doing())?;
        Ok(copy)
    }

    /// Restarts it as an operator would: open transactions are rolled back.
    ///
    /// # Errors
    /// As for `start`.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await;
        self.start_again().await
    }

    /// Restarts it with settings of its own, such as `shared_buffers=1GB`, which it keeps.
    ///
    /// # Errors
    /// As for `start`.
    pub async fn restart_with(&mut self, settings: &[String]) -> Result<()> {
        self.settings = settings.to_vec();
        self.restart().await
    }

    /// Kills all its processes at once, as a crash would.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Whether its first process lives; after some failures it ends by itself.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::is_running)
    }

    /// Ends it in order; the data stays.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(Signal::SIGINT, STOP_GRACE).await;
        }
    }

    /// Starts it after `stop` or `kill`.
    ///
    /// # Errors
    /// As for `start`.
    pub async fn start_again(&mut self) -> Result<()> {
        self.process = None;
        expect_free(self.port, "PostgreSQL")?;
        self.run_as.write(&self.data().join("pg_hba.conf"), WHO_MAY_LOG_IN)?;
        self.forget_stale_pid();
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        // What comes last counts.
        for setting in SETTINGS.into_iter().chain(self.settings.iter().map(String::as_str)) {
            server.args(["-c", setting]);
        }
        let mut process = Process::spawn("postgres", &self.home, server)?;
        let (pid, status) = (process.id().to_string(), self.data().join("postmaster.pid"));
        process.wait_until(START_LIMIT, || is_ready(&status, &pid)).await?;
        self.process = Some(process);
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.kit.command(program);
        self.run_as.apply_to(&mut command, &self.folder);
        // They would name another server to the programs that we start.
        for variable in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS"] {
            command.env_remove(variable);
        }
        command
    }

    async fn create_data(&self) -> Result<()> {
        let made_by = fs::read_to_string(self.data().join("PG_VERSION")).unwrap_or_default();
        if made_by.trim() == self.kit.version[0].to_string() {
            return Ok(());
        }
        if !made_by.is_empty() {
            step(&format!(
                "starting the database anew: PostgreSQL {} made it, this is {}",
                made_by.trim(),
                self.kit.version[0]
            ));
        }
        // Renamed when whole, so that a killed initdb leaves nothing that passes for a database.
        let draft = self.folder.join("data.new");
        let mut last = Ok(());
        for locale in ["C.UTF-8", "en_US.UTF-8", "C"] {
            for folder in [&draft, &self.data()] {
                if folder.exists() {
                    fs::remove_dir_all(folder).context(format!("deleting {}", folder.display()))?;
                }
            }
            last = self.initdb(&draft, locale).await;
            if last.is_ok() {
                return fs::rename(&draft, self.data()).context("moving the new database into place");
            }
        }
        last
    }

    async fn initdb(&self, folder: &Path, locale: &str) -> Result<()> {
        let mut initdb = self.command("initdb");
        initdb.arg("--pgdata").arg(folder);
        initdb.args(["--username=postgres", "--encoding=UTF8", "--auth=trust", "--no-sync", "--no-instructions"]);
        initdb.arg(format!("--locale={locale}"));
        let ended =
            tokio::process::Command::from(initdb).kill_on_drop(true).output().await.context("running initdb")?;
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        Err(anyhow!("initdb failed ({}): {}", ended.status, said.trim()))
    }

    /// After a kill, the pid in `postmaster.pid` may be another program's by now, or a zombie's
    /// that nobody waits for (in a container whose first process does not reap), and PostgreSQL
    /// would refuse to start. A server that really runs has the data folder as its own.
    fn forget_stale_pid(&self) {
        let path = self.data().join("postmaster.pid");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let Some(pid) = text.lines().next().filter(|_| Path::new("/proc/self").exists()) else {
            return;
        };
        if !fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == self.data()) {
            let _ = fs::remove_file(path);
        }
    }
}

/// The server writes its state to the eighth line; `pg_ctl --wait` reads the same.
fn is_ready(status: &Path, pid: &str) -> bool {
    let text = fs::read_to_string(status).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(pid) && lines.nth(6) == Some("ready")
}
