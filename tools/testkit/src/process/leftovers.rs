//! Claims a stack's folder for this run, and ends what a killed run has left there.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use ops::{environment::make_folder, progress::step};

/// Proof that no other program runs a stack in this folder. Keep it as long as the stack runs.
#[must_use = "the folder is free again when this is dropped"]
#[derive(Debug)]
pub struct Claim {
    /// The kernel releases it when the program ends, however it ends.
    _lock: File,
}

impl Claim {
    /// Creates the folder, locks it, and kills what an earlier run left in it.
    pub fn of(home: &Path) -> Result<Self> {
        make_folder(home)?;
        let path = home.join("lock");
        let lock = File::create(&path).with_context(|| format!("opening {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("a stack is already running in {}; stop it first", home.display()),
            Err(TryLockError::Error(error)) => return Err(error).context(format!("locking {}", path.display())),
        }
        kill_leftovers(home);
        Ok(Self { _lock: lock })
    }
}

/// Kills the recorded process groups, unless their ids belong to other processes by now.
fn kill_leftovers(home: &Path) {
    let files = fs::read_dir(home).into_iter().flatten().flatten().map(|entry| entry.path());
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "pid")) {
        let recorded = fs::read_to_string(&file).unwrap_or_default();
        let pid = recorded.split_once(' ').and_then(|(pid, _)| pid.parse().ok());
        if let Some(pid) = pid.filter(|pid| identity(*pid).is_some_and(|now| now == recorded)) {
            step(&format!("ending process {pid}, which an earlier run left ({})", file.display()));
            let _ = killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        let _ = fs::remove_file(file);
    }
}

/// Records a process, and returns the file of the record.
pub(super) fn record(home: &Path, name: &str, pid: u32) -> Result<PathBuf> {
    let file = home.join(format!("{name}-{pid}.pid"));
    // A process that has ended already needs no identity.
    let identity = identity(pid).unwrap_or_default();
    fs::write(&file, identity).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}

/// `<pid> <start time>`: ids are reused, and the start time tells processes apart. From `/proc`, or from
/// `ps` where there is none (macOS).
fn identity(pid: u32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold spaces and parentheses; what follows the last one does not.
        let ticks = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        return Some(format!("{pid} {} {ticks}", boot.trim()));
    }
    let listed = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    listed.status.success().then(|| format!("{pid} {}", String::from_utf8_lossy(&listed.stdout).trim()))
}
