//! `pgbench` through the same pooler: what the same statements cost when PostgreSQL's own client sends them.

use anyhow::{Context, Result, anyhow, bail};
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::process::Command;

use super::times::Times;
use testkit::{
    programs::Kit,
    stack::{API_PASSWORD, Stack},
};

/// What one run came to.
pub struct Run {
    pub per_second: u64,
    pub times: Times,
}

/// The program, and the database that it calls as the functions do.
pub struct Pgbench {
    kit: Kit,
    database: String,
    folder: PathBuf,
    runs: AtomicU64,
}

impl Pgbench {
    /// Scripts and logs go to `folder`.
    ///
    /// # Errors
    /// When this machine has no pgbench.
    pub async fn find(stack: &Stack, database: &str, folder: PathBuf) -> Result<Self> {
        let kit = stack.tools.postgres.clone();
        let found = Command::from(kit.command("pgbench")).arg("--version").output().await;
        if !found.is_ok_and(|output| output.status.success()) {
            bail!("there is no pgbench beside PostgreSQL's programs: install PostgreSQL's contrib package");
        }
        fs::create_dir_all(&folder).context("making a folder for pgbench")?;
        Ok(Self { kit, database: database.to_owned(), folder, runs: AtomicU64::new(1) })
    }

    /// So many clients send the script again and again for so many seconds, by the simple protocol.
    pub async fn run(&self, port: u16, script: &str, clients: usize, seconds: u64) -> Result<Run> {
        let (file, log) = (self.folder.join("script.sql"), self.folder.join("log"));
        fs::write(&file, script).context("writing the script for pgbench")?;
        let threads = clients.min(2);
        // Each run draws other numbers, or its calls would repeat those of the run before.
        let seed = self.runs.fetch_add(1, Ordering::Relaxed);
        let output = Command::from(self.kit.command("pgbench"))
            .args(["--no-vacuum", "--protocol=simple", "--log"])
            .arg(format!("--random-seed={seed}"))
            .arg(format!("--jobs={threads}"))
            .arg(format!("--time={seconds}"))
            .arg(format!("--client={clients}"))
            .arg(format!("--log-prefix={}", log.display()))
            .arg(format!("--file={}", file.display()))
            .args(["--host=127.0.0.1", "--username=api", "--port", &port.to_string(), &self.database])
            .env("PGPASSWORD", API_PASSWORD)
            .kill_on_drop(true)
            .output()
            .await
            .context("running pgbench")?;
        let times = self.logged_times()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let per_second = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split('.').next()?.parse().ok());
        match per_second {
            Some(per_second) if output.status.success() => Ok(Run { per_second, times }),
            _ => Err(anyhow!("pgbench: {printed}{}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Reads what pgbench logged of each call, and removes it.
    fn logged_times(&self) -> Result<Times> {
        let mut times = Times::default();
        for entry in fs::read_dir(&self.folder).context("reading pgbench's logs")? {
            let path = entry.context("reading pgbench's logs")?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log.")) {
                let text = fs::read_to_string(&path).context("reading pgbench's log")?;
                // Client, number, microseconds, …
                times.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok()));
                fs::remove_file(&path).context("removing pgbench's log")?;
            }
        }
        Ok(times)
    }
}
