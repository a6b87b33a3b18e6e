//! The functions as Lambda gets them: built for release, each a zip with one binary.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use ops::progress::step;
use tokio::process::Command;

use crate::programs::{Deployment, cargo};

/// A zip above this starts too slowly.
const MOST_ZIP_BYTES: u64 = 5_000_000;

/// What a processor is called by `rustc`, and by `cargo lambda build`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    target: &'static str,
    flag: &'static str,
}

pub const ARM64: Processor = Processor { target: "aarch64-unknown-linux-gnu", flag: "--arm64" };
pub const X86_64: Processor = Processor { target: "x86_64-unknown-linux-gnu", flag: "--x86-64" };
/// The one that runs these tests.
pub const THIS_MACHINES: Processor = if cfg!(target_arch = "aarch64") { ARM64 } else { X86_64 };

impl Processor {
    /// Whether Rust's standard library for it is installed.
    pub async fn is_installed(self, checkout: &Path) -> Result<bool> {
        let mut rustc = Command::from(cargo("rustc", checkout));
        rustc.args(["--print", "target-libdir", "--target", self.target]);
        let output = rustc.output().await.context("running rustc")?;
        Ok(output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists())
    }
}

/// A function that has been built.
#[derive(Debug)]
pub struct Artifact {
    pub function: String,
    pub zip: PathBuf,
}

impl Artifact {
    fn of_good_size(self) -> Result<Self> {
        let bytes = fs::metadata(&self.zip).context(format!("reading {}", self.zip.display()))?.len();
        step(&format!("  {:<16} {bytes:>9} bytes  {}", self.function, self.zip.display()));
        if bytes > MOST_ZIP_BYTES {
            bail!("{} is larger than {MOST_ZIP_BYTES} bytes", self.function);
        }
        Ok(self)
    }

    /// Unpacks the binary beside the zip, as Lambda does.
    ///
    /// # Errors
    /// When the zip is none, or holds no `bootstrap`.
    pub async fn unpack(&self, python: &Path) -> Result<PathBuf> {
        let folder = self.zip.with_file_name("unpacked");
        let mut unzip = Command::new(python);
        unzip.args(["-m", "zipfile", "-e"]).arg(&self.zip).arg(&folder);
        let ended = unzip.status().await.context("unpacking")?;
        let binary = folder.join("bootstrap");
        if !ended.success() {
            bail!("{} is no zip", self.zip.display());
        }
        // Python forgets that it may be run.
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).context("unpacking")?;
        Ok(binary)
    }
}

/// Builds every function and tells the sizes; the compiler shows its progress.
///
/// # Errors
/// When one does not compile, or is too large.
pub async fn build(tools: &Deployment, checkout: &Path, processor: Processor) -> Result<Vec<Artifact>> {
    let functions = functions(checkout)?;
    let mut build = Command::from(cargo(&tools.cargo_lambda, checkout));
    build.args(["lambda", "build", "--release", "--output-format", "zip", processor.flag]);
    build.args(functions.iter().flat_map(|function| ["--bin", function]));
    // It looks for zig, which lies beside it.
    build.env("PATH", tools.path()?);
    let ended = build.kill_on_drop(true).status().await.context("running cargo lambda build")?;
    if !ended.success() {
        bail!("the functions do not compile; what was said stands above");
    }
    let artifacts =
        functions.iter().map(|function| Artifact { function: function.clone(), zip: zip(checkout, function) });
    artifacts.map(Artifact::of_good_size).collect()
}

/// Builds every function for this machine and unpacks it where its instances are started from.
///
/// # Errors
/// As for `build`.
pub async fn make_ready(tools: &Deployment, checkout: &Path) -> Result<()> {
    step("building every function for release (the first time takes several minutes)");
    for artifact in build(tools, checkout, THIS_MACHINES).await? {
        artifact.unpack(&tools.sam_python).await?;
    }
    Ok(())
}

/// How large a function's zip is, in bytes.
///
/// # Errors
/// When it has not been built.
pub fn zip_bytes(checkout: &Path, function: &str) -> Result<u64> {
    let zip = zip(checkout, function);
    Ok(fs::metadata(&zip).context(format!("reading {}", zip.display()))?.len())
}

fn zip(checkout: &Path, function: &str) -> PathBuf {
    checkout.join("target/lambda").join(function).join("bootstrap.zip")
}

/// The names of all functions: those of their folders.
///
/// # Errors
/// When their folder cannot be read.
pub fn functions(checkout: &Path) -> Result<Vec<String>> {
    let folder = checkout.join("functions");
    let entries = fs::read_dir(&folder).context(format!("reading {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.context("reading functions")?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
