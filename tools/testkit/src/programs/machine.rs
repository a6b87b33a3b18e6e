//! The machine: its PATH, its programs and their versions, and child processes that run to their end.

use std::{
    ffi::OsString,
    fs::{self, File},
    mem,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// All executables of this name: on the PATH, then in folders that a user's PATH often lacks.
pub fn on_path(name: &str) -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let extra = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    let folders = std::env::split_paths(&path).chain(extra);
    let is_executable = |program: &PathBuf| {
        program.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    folders.map(|folder| folder.join(name)).filter(is_executable).collect()
}

/// A variable of the machine or of the person at it.
#[expect(clippy::disallowed_methods, reason = "PATH and the choice of a tool are no settings of the back office")]
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The first two numbers that `--version` prints, such as `[15, 18]`; none if it does not run.
pub async fn version(mut command: Command) -> Option<[u32; 2]> {
    let said = output(command.arg("--version")).await.ok()?;
    let number = said
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let mut parts = number.split(|mark: char| !mark.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    Some([parts.next()?, parts.next().unwrap_or(0)])
}

/// Runs a command that talks to the terminal itself. Dropping the future kills it.
pub async fn run(command: &mut Command) -> Result<()> {
    let (name, mut command) = take(command);
    let status = command.status().await.with_context(|| format!("running {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status}); its own message is above");
    }
    Ok(())
}

/// Runs a command and returns what it printed to stdout; the error has the last line that it printed. Dropping the
/// future kills it.
pub async fn output(command: &mut Command) -> Result<String> {
    let (name, mut command) = take(command.stdin(Stdio::null()));
    let ended = command.output().await.with_context(|| format!("running {name}"))?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let why = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    bail!("{name} failed ({}): {why}", ended.status)
}

/// The command for tokio, and its program's name. The builder's methods return a reference, and tokio needs the value.
fn take(command: &mut Command) -> (String, tokio::process::Command) {
    let name = command.get_program().display().to_string();
    let mut command = tokio::process::Command::from(mem::replace(command, Command::new(&name)));
    command.kill_on_drop(true);
    (name, command)
}

/// The folder of the installed tools, locked: two stacks of one checkout may start at once, and the second waits for the
/// first to install.
pub fn lock_tools(checkout: &Path) -> Result<(PathBuf, File)> {
    let home = checkout.join(".local/tools");
    fs::create_dir_all(&home).with_context(|| format!("creating {}", home.display()))?;
    let lock = File::create(home.join("lock")).and_then(|file| file.lock().map(|()| file));
    Ok((home, lock.context("locking .local/tools")?))
}

/// Whether exactly this list was installed there.
pub fn is_installed(list: &Path, folder: &Path) -> Result<bool> {
    let wanted = fs::read_to_string(list).with_context(|| format!("reading {}", list.display()))?;
    Ok(fs::read_to_string(folder.join("installed.txt")).is_ok_and(|installed| installed == wanted))
}

pub fn remember(list: &Path, folder: &Path) -> Result<()> {
    fs::copy(list, folder.join("installed.txt")).map(drop).with_context(|| format!("writing {}", folder.display()))
}

/// What lies in `parent` under a name that begins with `start`, sorted by name.
pub fn beginning_with(parent: &Path, start: &str) -> Vec<PathBuf> {
    let mut found = migrations::entries(parent).unwrap_or_default();
    found.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start)));
    found
}
