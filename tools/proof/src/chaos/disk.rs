//! A disk of the database's own that can be full: a file system in memory whose size is set to what is used.

use anyhow::{Context, Error, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

use testkit::{
    programs::output,
    stack::run_as::{NOBODY, RunAs},
};

/// A limit, not a use: memory is taken as files grow.
const SIZE_KIB: u64 = 8 << 20;
/// What is left of a full disk.
const LEFT_KIB: u64 = 16;
const TRIES: usize = 20;

/// A mounted file system. It is taken off when the stack is removed.
pub struct Disk {
    place: PathBuf,
}

impl Disk {
    /// Mounts one where the PostgreSQL of `home` will keep its data. The error says why there can be none.
    pub async fn for_postgres_of(home: &Path) -> Result<Self, String> {
        if !cfg!(target_os = "linux") || !nix::unistd::geteuid().is_root() {
            return Err("a small file system can be made on Linux and as root alone".to_owned());
        }
        let mount = async || {
            let place = RunAs::of(home)?.folder("postgres")?;
            let options = format!("size={SIZE_KIB}k,mode=0700,uid={NOBODY},gid={NOBODY}");
            output(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "back-office"]).arg(&place)).await?;
            Ok(Self { place })
        };
        mount().await.map_err(|error: Error| format!("{error:#}"))
    }

    /// From now on there is no room for anything more.
    pub async fn fill(&self) -> Result<()> {
        // What is used grows meanwhile, and less than is used cannot be set.
        for _ in 1..TRIES {
            if self.resize(self.used_kib().await? + LEFT_KIB).await.is_ok() {
                return Ok(());
            }
        }
        self.resize(self.used_kib().await? + LEFT_KIB).await
    }

    /// There is room again.
    pub async fn make_room(&self) -> Result<()> {
        self.resize(SIZE_KIB).await
    }

    async fn resize(&self, kib: u64) -> Result<()> {
        output(Command::new("mount").args(["-o", &format!("remount,size={kib}k")]).arg(&self.place)).await.map(drop)
    }

    async fn used_kib(&self) -> Result<u64> {
        let said = output(Command::new("df").args(["-k", "--output=used"]).arg(&self.place)).await?;
        said.lines().nth(1).unwrap_or_default().trim().parse().context("df does not say how much is used")
    }
}
