//! Claims a stack's folder for this run, and ends what a run that was killed there left behind.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;

use super::tree::{self, Row};
use ops::progress::step;

/// Marks every process of a stack; functions under the gateway inherit it.
pub(super) const MARK: &str = "BACK_OFFICE_STACK";

const PIDS: &str = "pids";

/// Proof that no other program runs a stack in this folder. Keep it as long as the stack runs.
#[must_use = "the folder is free again when this is dropped"]
#[derive(Debug)]
pub struct Claim {
    /// Released by the kernel with the program, however it ends.
    _lock: File,
}

impl Claim {
    /// Creates the folder, locks it, and kills what an earlier run left in it.
    ///
    /// # Errors
    /// When another program holds the folder, or it cannot be written.
    pub fn of(home: &Path) -> Result<Self> {
        fs::create_dir_all(home).context(format!("creating {}", home.display()))?;
        let path = home.join("lock");
        let lock = File::create(&path).context(format!("opening {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("a stack is already running in {}; stop it first", home.display());
            }
            Err(TryLockError::Error(error)) => return Err(error).context(format!("locking {}", path.display())),
        }
        kill_leftovers(home);
        Ok(Self { _lock: lock })
    }
}

/// Ends the processes recorded in a folder, or marked with it, that are still the same ones.
fn kill_leftovers(home: &Path) {
    let table = tree::table();
    let recorded = fs::read_to_string(home.join(PIDS)).unwrap_or_default();
    let mut seeds: Vec<i32> = recorded.lines().filter_map(|line| seeds_of(line, &table)).flatten().collect();
    seeds.extend(table.iter().filter(|row| carries_mark(row.pid, home)).map(|row| row.pid));
    let left = tree::family(&table, seeds);
    if !left.is_empty() {
        step(&format!("ending {} processes that an earlier run left", left.len()));
        tree::sweep(&left);
    }
    let _ = fs::remove_file(home.join(PIDS));
}

/// The recorded process if it lives, otherwise who is left in its group.
fn seeds_of(line: &str, table: &[Row]) -> Option<Vec<i32>> {
    let mut words = line.split_whitespace();
    let (pid, born) = (words.next()?.parse::<i32>().ok()?, words.next()?);
    match table.iter().find(|row| row.pid == pid) {
        Some(row) => (row.born == born).then(|| vec![pid]),
        // A pid is not given out again while a group carries it, so the group is still ours.
        None => {
            let orphans = table.iter().filter(|row| row.group == pid && row.boot() == tree::boot_of(born));
            Some(orphans.map(|row| row.pid).collect())
        }
    }
}

/// Linux only; elsewhere the record has to do.
fn carries_mark(pid: i32, home: &Path) -> bool {
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else {
        return false;
    };
    let mark = format!("{MARK}={}", home.display());
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}

/// Writes a process down: `<pid> <start time> <name>`.
pub(super) fn record(home: &Path, row: &Row, name: &str) -> Result<()> {
    let path = home.join(PIDS);
    let mut file =
        File::options().create(true).append(true).open(&path).context(format!("opening {}", path.display()))?;
    writeln!(file, "{} {} {name}", row.pid, row.born).context(format!("writing {}", path.display()))
}

/// Strikes a process that has ended. A line that stays does no harm: the start time tells.
pub(super) fn forget(home: &Path, pid: u32) {
    let path = home.join(PIDS);
    let Ok(recorded) = fs::read_to_string(&path) else {
        return;
    };
    let start = format!("{pid} ");
    let kept: String =
        recorded.lines().filter(|line| !line.starts_with(&start)).map(|line| format!("{line}\n")).collect();
    let _ = fs::write(&path, kept);
}
