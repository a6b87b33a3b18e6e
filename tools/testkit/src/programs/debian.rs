//! Debian's packages, unpacked inside the checkout: no root, nothing in the system, no service started.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine;
use ops::progress::step;

/// In a fresh container apt knows no package; only root can change that.
pub async fn ensure_lists() -> Result<()> {
    if knows("pgbouncer").await? {
        return Ok(());
    }
    if !nix::unistd::geteuid().is_root() {
        bail!("apt knows no package `pgbouncer`; run `sudo apt-get update` and try again");
    }
    step("fetching apt's package lists, which are empty");
    machine::output(Command::new("apt-get").args(["update", "--quiet"])).await.map(drop)
}

/// Whether there is such a package to install.
pub async fn knows(package: &str) -> Result<bool> {
    let known = machine::output(Command::new("apt-cache").args(["policy", package])).await?;
    Ok(known.contains("Candidate:") && !known.contains("Candidate: (none)"))
}

/// Makes the folders, empty.
pub fn empty<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    for folder in folders {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    Ok(())
}

/// Fetches packages into `debs` and unpacks them into `root`.
pub async fn unpack(packages: impl IntoIterator<Item = String>, debs: &Path, root: &Path) -> Result<()> {
    machine::output(Command::new("apt-get").arg("download").args(packages).current_dir(debs)).await.map(drop)?;
    let files: Vec<PathBuf> = machine::folders(debs, "");
    for deb in files {
        machine::output(Command::new("dpkg").arg("-x").arg(&deb).arg(root)).await?;
        fs::remove_file(&deb).context(format!("deleting {}", deb.display()))?;
    }
    Ok(())
}
