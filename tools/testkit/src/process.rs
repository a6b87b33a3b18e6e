//! A child process that leaves nothing behind: its log, its readiness, and its end with all it started.

mod leftovers;
mod tree;

use anyhow::{Context, Error, Result, anyhow};
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::killpg;
use nix::unistd::Pid;

pub use leftovers::Claim;
pub use nix::sys::signal::Signal;

const POLL: Duration = Duration::from_millis(10);
const LOG_LIMIT_BYTES: u64 = 10 << 20;
const LOG_TAIL_LINES: usize = 15;

/// A running child. Dropping it kills it and everything it has started.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    home: PathBuf,
    log: PathBuf,
}

impl Process {
    /// Starts a command as the leader of its own process group, so that ctrl-C at the terminal
    /// reaches us and not it; stdout and stderr go to `<home>/<name>.log`.
    ///
    /// # Errors
    /// When the program cannot be started or the log cannot be written.
    pub fn spawn(name: &'static str, home: &Path, mut command: Command) -> Result<Self> {
        let log = home.join(format!("{name}.log"));
        let out = open_log(&log).context(format!("opening {}", log.display()))?;
        let errors = out.try_clone().context(format!("opening {}", log.display()))?;
        let doing = format!("starting {}", command.get_program().display());
        let child = command
            .process_group(0)
            .env(leftovers::MARK, home)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(errors)
            .spawn()
            .context(doing)?;
        let process = Self { name, child, home: home.to_owned(), log };
        // One that has ended already is not in the table; `wait_until` will say why.
        if let Some(row) = tree::table().iter().find(|row| row.pid == process.pid().as_raw()) {
            leftovers::record(home, row, name)?;
        }
        Ok(process)
    }

    /// Waits until a local port takes connections.
    ///
    /// # Errors
    /// With the end of the log, when the process ends before that or the time is up.
    pub async fn wait_for_port(&mut self, port: u16, limit: Duration) -> Result<()> {
        self.wait_until(limit, || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()).await
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// With the end of the log, when the process ends before that or the time is up.
    pub async fn wait_until(&mut self, limit: Duration, ready: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().context(format!("waiting for {}", self.name))? {
                return Err(self.failure(&format!("ended while starting ({status})")));
            }
            if ready() {
                return Ok(());
            }
            if start.elapsed() > limit {
                return Err(self.failure(&format!("was not ready within {} s", limit.as_secs())));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The process id, which is also the id of its group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where its output goes.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Sends a signal to its group and goes on.
    pub fn signal(&self, signal: Signal) {
        // It may have ended by itself since.
        let _ = killpg(self.pid(), signal);
    }

    /// Sends a signal to its group, waits, and kills what is left after `grace`.
    pub async fn stop(mut self, signal: Signal, grace: Duration) {
        if !self.is_running() {
            return;
        }
        let family = self.family();
        self.signal(signal);
        let start = Instant::now();
        while self.is_running() && start.elapsed() < grace {
            tokio::time::sleep(POLL).await;
        }
        tree::sweep(&family);
        // `Drop` reaps the leader and strikes it from the record.
    }

    fn family(&self) -> Vec<tree::Row> {
        tree::family(&tree::table(), [self.pid().as_raw()])
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    fn failure(&self, what: &str) -> Error {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n  ");
        anyhow!("{} {what}; the end of {}:\n  {tail}", self.name, self.log.display())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_running() {
            tree::sweep(&self.family());
            let _ = self.child.wait();
        }
        leftovers::forget(&self.home, self.child.id());
    }
}

/// The most memory that a process has held so far.
///
/// # Errors
/// When it has ended.
pub fn peak_resident_kib(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("looking at a process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    line.ok_or_else(|| anyhow!("the process has ended"))
}

/// Appends, but starts over when the file has grown large.
fn open_log(path: &Path) -> std::io::Result<File> {
    let large = fs::metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT_BYTES);
    if large {
        fs::remove_file(path)?;
    }
    File::options().create(true).append(true).open(path)
}

/// Fails when something else listens on a port already: we would talk to it and never notice.
///
/// # Errors
/// When the port is taken.
pub fn expect_free(port: u16, wanted_for: &str) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) => Err(anyhow!("port {port}, wanted for {wanted_for}, is taken ({error})")),
    }
}

/// Picks different free ports of 127.0.0.1.
///
/// # Errors
/// When the machine has none left.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("picking a free port")?;
        *port = listener.local_addr().context("picking a free port")?.port();
        held.push(listener);
    }
    Ok(ports)
}
