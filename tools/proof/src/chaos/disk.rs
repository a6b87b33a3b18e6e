//! A disk of the database's own that can be full: a file system in memory whose size is set to what is used.

use anyhow::{Context, Error, Result, anyhow, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

use testkit::stack::run_as::{NOBODY, RunAs, unmount};

/// A limit, not a use: memory is taken as files grow.
const SIZE_KIB: u64 = 8 << 20;
/// What is left of a full disk.
const LEFT_KIB: u64 = 16;
const TRIES: usize = 20;

/// A mounted file system. It is taken off when dropped.
#[derive(Debug)]
pub struct Disk {
    place: PathBuf,
}

impl Disk {
    /// Mounts one where the PostgreSQL of `home` will keep its data. The error says why there can be none.
    pub fn for_postgres_of(home: &Path) -> Result<Self, String> {
        if !cfg!(target_os = "linux") || !nix::unistd::geteuid().is_root() {
            return Err("a small file system can be made on Linux and as root alone".to_owned());
        }
        let mount = || {
            let place = RunAs::of(home)?.folder("postgres")?;
            let owner = nix::unistd::Uid::from_raw(NOBODY);
            let options = format!("size={SIZE_KIB}k,mode=0700,uid={owner},gid={owner}");
            run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "back-office"]).arg(&place))?;
            Ok(Self { place })
        };
        mount().map_err(|error: Error| format!("{error:#}"))
    }

    /// From now on there is no room for anything more.
    ///
    /// # Errors
    /// When its size cannot be changed.
    pub fn fill(&self) -> Result<()> {
        // What is used grows meanwhile, and less than is used cannot be set.
        for _ in 1..TRIES {
            if self.resize(self.used_kib()? + LEFT_KIB).is_ok() {
                return Ok(());
            }
        }
        self.resize(self.used_kib()? + LEFT_KIB)
    }

    /// There is room again.
    ///
    /// # Errors
    /// When its size cannot be changed.
    pub fn make_room(&self) -> Result<()> {
        self.resize(SIZE_KIB)
    }

    fn resize(&self, kib: u64) -> Result<()> {
        run(Command::new("mount").args(["-o", &format!("remount,size={kib}k")]).arg(&self.place)).map(drop)
    }

    fn used_kib(&self) -> Result<u64> {
        let said = run(Command::new("df").args(["-k", "-P"]).arg(&self.place))?;
        let used = said.lines().nth(1).and_then(|line| line.split_whitespace().nth(2)?.parse().ok());
        used.ok_or_else(|| anyhow!("df does not say how much is used"))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.place);
    }
}

fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let ended = command.output().context(format!("running {program}"))?;
    if !ended.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&ended.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}
