//! What a commit waits for: nothing, this machine's disk, or a disk as slow as a cloud volume.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use ops::progress::step;
use testkit::{programs, stack::Stack};

const SLOW_DISK: &str = include_str!("flush.c");

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// `fsync=off`, as in the tests.
    No,
    Disk,
    Slow,
}

impl Flush {
    /// As the page calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "no flush",
            Self::Disk => "this disk",
            Self::Slow => "a flush of 1.5 ms",
        }
    }

    /// Starts PostgreSQL again with such a disk; false where this machine cannot have it.
    pub async fn set(self, stack: &mut Stack) -> Result<bool> {
        if self == Self::Slow && !cfg!(target_os = "linux") {
            step("the slow disk is left out: it takes LD_PRELOAD");
            return Ok(false);
        }
        stack.postgres.preload(None)?;
        stack.postgres.settings.retain(|setting| !FSYNC.contains(&setting.as_str()));
        if self != Self::No {
            stack.postgres.settings.extend(FSYNC.map(str::to_owned));
        }
        if self == Self::Slow {
            let (source, library) = (stack.home.join("flush.c"), stack.home.join("flush.so"));
            fs::write(&source, SLOW_DISK).context("writing the slow disk")?;
            let mut cc = Command::new("cc");
            cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&source);
            programs::output(&mut cc).await.context("compiling the slow disk")?;
            stack.postgres.preload(Some(&library))?;
        }
        stack.postgres.restart().await?;
        Ok(true)
    }
}

const FSYNC: [&str; 3] = ["fsync=on", "full_page_writes=on", "wal_sync_method=fdatasync"];
