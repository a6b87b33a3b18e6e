//! A child process that leaves nothing behind: its log, its readiness, and the end of its process group.

mod leftovers;

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
pub use nix::sys::signal::Signal;
use nix::{sys::signal::killpg, unistd::Pid};
use uuid::Uuid;

pub use self::leftovers::Claim;

const POLL: Duration = Duration::from_millis(10);
const LOG_LIMIT_BYTES: u64 = 10 << 20;
const LOG_TAIL_LINES: usize = 15;

/// A running child. Dropping it kills its process group.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
    pid_file: PathBuf,
}

impl Process {
    /// Starts a command as the leader of its own process group, so that Ctrl-C at the terminal reaches us and not it;
    /// stdout and stderr go to `<home>/<name>.log`.
    pub fn spawn(name: &str, home: &Path, mut command: Command) -> Result<Self> {
        let log = home.join(format!("{name}.log"));
        let out = open_log(&log)?;
        let errors = out.try_clone().with_context(|| format!("opening {}", log.display()))?;
        let doing = format!("starting {}", command.get_program().display());
        command.process_group(0).stdin(Stdio::null()).stdout(out).stderr(errors);
        let child = command.spawn().context(doing)?;
        let pid_file = leftovers::record(home, name, child.id())?;
        Ok(Self { child, log, pid_file })
    }

    /// Starts a server, and waits until it listens on `port` of this machine. The error has the end of its log.
    pub async fn serve(name: &str, home: &Path, command: Command, port: u16, limit: Duration) -> Result<Self> {
        expect_free(port, name)?;
        let mut process = Self::spawn(name, home, command)?;
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = process.child.try_wait().with_context(|| format!("waiting for {name}"))? {
                bail!("{name} ended while starting ({status}); {}", log_tail(&process.log));
            }
            if start.elapsed() > limit {
                bail!("{name} was not ready within {} s; {}", limit.as_secs(), log_tail(&process.log));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(process)
    }

    /// The process id, which is also the id of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    fn signal(&self, signal: Signal) {
        // It may have ended by itself since.
        let _ = killpg(Pid::from_raw(self.child.id().cast_signed()), signal);
    }

    /// Sends a signal to its group and waits up to `grace`, then kills what is left.
    pub async fn stop(mut self, signal: Signal, grace: Duration) {
        self.signal(signal);
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < grace {
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.child.wait();
        // A file that stays does no harm: it holds the start time, so no other process is taken for this one.
        let _ = fs::remove_file(&self.pid_file);
    }
}

/// The most memory that a running process has held so far.
pub fn peak_resident_kib(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("looking at a process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    line.context("the process has ended")
}

/// The processor time that the threads of a running process have taken so far, in microseconds. The kernel's own count in
/// `stat` is in hundredths of a second.
pub fn processor_us(process: u32) -> Result<u64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).context("looking at a process")?;
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let times = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        times.split(' ').next()?.parse::<u64>().ok()
    });
    Ok(nanoseconds.sum::<u64>() / 1000)
}

/// Opens a log for appending, but starts over when it has grown large.
pub fn open_log(path: &Path) -> Result<File> {
    let is_large = fs::metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT_BYTES);
    let mut options = File::options();
    let options = if is_large { options.write(true).truncate(true) } else { options.append(true) };
    options.create(true).open(path).with_context(|| format!("opening {}", path.display()))
}

/// The last lines of a log, for an error message.
pub fn log_tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n  ");
    format!("the end of {}:\n  {tail}", log.display())
}

/// Fails when something listens on a port already: we would talk to it and never notice.
pub fn expect_free(port: u16, wanted_for: &str) -> Result<()> {
    if let Err(error) = listen_on(port) {
        bail!("port {port}, wanted for {wanted_for}, is taken ({error})");
    }
    Ok(())
}

/// Listens on a free port of 127.0.0.1. It is none of those that a system gives to outgoing connections (from 32768
/// on), so whoever starts there again finds the port free.
pub fn listen() -> io::Result<TcpListener> {
    let drawn = || 20_000 + u16::from_be_bytes([Uuid::new_v4().as_bytes()[0], Uuid::new_v4().as_bytes()[1]]) % 12_000;
    let found = (0..1_000).find_map(|_| listen_on(drawn()).ok());
    found.ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no port is free"))
}

pub fn listen_on(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

/// A free port of 127.0.0.1, held until whoever shall listen there starts: meanwhile nobody else gets it.
#[derive(Debug)]
pub struct Port {
    pub number: u16,
    held: TcpListener,
}

impl Port {
    /// The wanted one (0: any), or another where it is taken.
    pub fn reserve(wanted: u16) -> Result<Self> {
        let held = if wanted == 0 { listen() } else { listen_on(wanted).or_else(|_| listen()) };
        let held = held.context("picking a free port")?;
        Ok(Self { number: held.local_addr()?.port(), held })
    }

    /// For a program that starts now.
    pub fn release(self) -> u16 {
        drop(self.held);
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_nobody_elses_until_its_program_starts() {
        let is_free_once_released = || {
            let port = Port::reserve(0).expect("a port");
            let other = Port::reserve(port.number).expect("another one");
            assert_ne!(other.number, port.number);
            assert!(listen_on(port.number).is_err(), "it is held");
            listen_on(port.release()).is_ok()
        };
        // Somebody's connection to elsewhere may take the port just then, but not each time.
        assert!((0..5).any(|_| is_free_once_released()), "released ports are not free");
    }
}
