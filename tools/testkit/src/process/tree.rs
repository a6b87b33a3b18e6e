//! Reads the process table, to find everything that one of our processes has started.
//!
//! A process group is not enough: PostgreSQL's backends and the functions under `cargo lambda
//! watch` each lead a group of their own.

use std::collections::HashSet;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// One living process (zombies are left out).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    /// `<boot>|<start time>`: with the pid, the identity of a process. Pids are used again.
    pub born: String,
}

impl Row {
    /// The boot of the machine it belongs to; empty where the start time is a date.
    pub fn boot(&self) -> &str {
        boot_of(&self.born)
    }
}

pub(super) fn boot_of(born: &str) -> &str {
    born.split_once('|').map_or("", |(boot, _)| boot)
}

/// All processes of the machine, from `/proc`, or from `ps` where there is none (macOS).
pub(super) fn table() -> Vec<Row> {
    let Ok(folders) = std::fs::read_dir("/proc") else {
        return from_ps().unwrap_or_default();
    };
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    folders
        .flatten()
        .filter_map(|folder| folder.file_name().to_str()?.parse().ok())
        .filter_map(|pid| from_proc(pid, boot.trim()))
        .collect()
}

fn from_proc(pid: i32, boot: &str) -> Option<Row> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces and parentheses; what follows the last one does not.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let (state, ticks) = (fields.first()?, fields.get(19)?);
    (*state != "Z" && *state != "X").then_some(())?;
    Some(Row {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        born: format!("{boot}|{ticks}"),
    })
}

fn from_ps() -> Option<Vec<Row>> {
    let listed = std::process::Command::new("ps").args(["-axo", "pid=,ppid=,pgid=,stat=,lstart="]).output().ok()?;
    let rows = String::from_utf8_lossy(&listed.stdout);
    Some(rows.lines().filter_map(from_ps_line).collect())
}

fn from_ps_line(line: &str) -> Option<Row> {
    let mut words = line.split_whitespace();
    let mut number = || words.next()?.parse().ok();
    let (pid, parent, group) = (number()?, number()?, number()?);
    (!words.next()?.starts_with('Z')).then_some(())?;
    let date: Vec<&str> = words.collect();
    Some(Row { pid, parent, group, born: format!("|{}", date.join("_")) })
}

/// A process, its descendants, and whoever is left in a group that one of them leads.
pub(super) fn family(table: &[Row], seeds: impl IntoIterator<Item = i32>) -> Vec<Row> {
    let mut known: HashSet<i32> = seeds.into_iter().collect();
    let own = std::process::id();
    loop {
        let before = known.len();
        for row in table {
            if known.contains(&row.parent) || known.contains(&row.group) {
                known.insert(row.pid);
            }
        }
        if known.len() == before {
            break;
        }
    }
    let found = table.iter().filter(|row| known.contains(&row.pid) && row.pid.cast_unsigned() != own);
    found.cloned().collect()
}

/// Kills a family until nothing of it is left, including what it starts meanwhile.
///
/// Blocks the thread, a few milliseconds as a rule: it also runs in `Drop`.
pub(super) fn sweep(family_before: &[Row]) {
    let mut members = family_before.to_vec();
    for _ in 0..100 {
        let now = table();
        let alive: Vec<i32> = members.iter().filter(|row| now.contains(row)).map(|row| row.pid).collect();
        let led: HashSet<i32> = members.iter().filter(|row| row.pid == row.group).map(|row| row.pid).collect();
        let orphans = now.iter().filter(|row| led.contains(&row.group)).map(|row| row.pid);
        let left = family(&now, alive.into_iter().chain(orphans));
        if left.is_empty() {
            return;
        }
        for row in &left {
            // It may have ended by itself since: that is what we want.
            let _ = kill(Pid::from_raw(row.pid), Signal::SIGKILL);
        }
        members.extend(left);
        std::thread::sleep(Duration::from_millis(5));
    }
}
