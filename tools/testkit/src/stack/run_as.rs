//! Where PostgreSQL and PgBouncer live and as whom, since both refuse to run as root.
//!
//! As root they run as `nobody`, in a folder under `/tmp` that only root can rearrange: `nobody` cannot enter a checkout
//! under `/root`. Otherwise they live in the stack's own folder.

use std::{
    fs::{self, DirBuilder, Permissions},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use aws_lc_rs::digest::{SHA256, digest};
use nix::sys::statvfs::statvfs;

/// The id of `nobody` on Linux.
pub const NOBODY: u32 = 65_534;

/// A folder, and the account that programs in it run as.
#[derive(Clone, Debug)]
pub struct RunAs {
    dir: PathBuf,
    /// None: our own account.
    account: Option<u32>,
}

impl RunAs {
    /// The folder and account of the stack in `home`; the same ones every time.
    pub fn of(home: &Path) -> Result<Self> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Self { dir: home.to_owned(), account: None });
        }
        let name = digest(&SHA256, home.as_os_str().as_encoded_bytes());
        let name = data_encoding::HEXLOWER.encode(&name.as_ref()[..6]);
        let dir = PathBuf::from(format!("/tmp/back-office-{name}"));
        make(&dir, 0o711)?;
        // Anyone may have put a folder or a link of this name into /tmp before us.
        let found = fs::symlink_metadata(&dir).with_context(|| format!("looking at {}", dir.display()))?;
        if !found.is_dir() || found.uid() != 0 {
            bail!("{} is not root's folder; delete it", dir.display());
        }
        fs::set_permissions(&dir, Permissions::from_mode(0o711))
            .with_context(|| format!("opening {}", dir.display()))?;
        Ok(Self { dir, account: Some(NOBODY) })
    }

    /// Refuses to begin where the disk would run full: each test would fail with an error of its own.
    pub fn require_room(&self, bytes: u64) -> Result<()> {
        let disk = statvfs(&self.dir).with_context(|| format!("looking at the disk of {}", self.dir.display()))?;
        // Their types differ between systems.
        #[allow(clippy::useless_conversion)]
        let free = u64::from(disk.blocks_available()) * u64::from(disk.fragment_size());
        if free < bytes {
            bail!(
                "{} MB are free on the disk of {}, and this needs {} MB: make room, and try again",
                free >> 20,
                self.dir.display(),
                bytes >> 20
            );
        }
        Ok(())
    }

    /// A folder for one program, which only its account can enter.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.dir.join(name);
        make(&folder, 0o700)?;
        self.hand_over(&folder)?;
        Ok(folder)
    }

    /// Writes a file into a folder that only the account can enter.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
        self.hand_over(path)
    }

    /// Makes a command run as the account, from a folder that it can enter.
    pub fn apply_to(&self, command: &mut Command, folder: &Path) {
        command.current_dir(folder);
        if let Some(account) = self.account {
            command.uid(account).gid(account);
        }
    }

    /// Deletes the stack's folder and everything outside it that belonged to it.
    pub fn remove_all(self, home: &Path) -> Result<()> {
        unmount(&self.dir.join("postgres"));
        for dir in [self.dir.as_path(), home] {
            if dir.exists() {
                fs::remove_dir_all(dir).with_context(|| format!("deleting {}", dir.display()))?;
            }
        }
        Ok(())
    }

    fn hand_over(&self, path: &Path) -> Result<()> {
        chown(path, self.account, self.account).with_context(|| format!("handing over {}", path.display()))
    }
}

/// Unmounts the file system that a killed run may have left mounted on `folder`.
fn unmount(folder: &Path) {
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let outside = folder.parent().and_then(device);
    if device(folder).is_some_and(|inside| Some(inside) != outside) {
        // Lazily, since a process that is still ending may use it. If it fails, deleting the folder fails and says so.
        let _ = Command::new("umount").arg("--lazy").arg(folder).status();
    }
}

fn make(dir: &Path, mode: u32) -> Result<()> {
    DirBuilder::new().recursive(true).mode(mode).create(dir).with_context(|| format!("creating {}", dir.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_named_in_one_sentence() {
        let run_as = RunAs { dir: std::env::temp_dir(), account: None };
        run_as.require_room(0).expect("room for nothing");
        let told = run_as.require_room(u64::MAX).expect_err("no disk is so large").to_string();
        assert!(told.contains("MB are free on the disk of") && !told.contains('\n'), "{told}");
    }
}
