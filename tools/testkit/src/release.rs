//! The functions as Lambda gets them: built for release, each a zip with one binary.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use ops::progress::step;

use crate::programs::{self, Deployment};

/// A larger zip starts too slowly.
const MOST_ZIP_BYTES: u64 = 5_000_000;

/// A processor, as `rustc` and `cargo lambda build` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    target: &'static str,
    flag: &'static str,
}

pub const ARM64: Processor = Processor { target: "aarch64-unknown-linux-gnu", flag: "--arm64" };
pub const X86_64: Processor = Processor { target: "x86_64-unknown-linux-gnu", flag: "--x86-64" };
pub const NATIVE: Processor = if cfg!(target_arch = "aarch64") { ARM64 } else { X86_64 };

impl Processor {
    /// Whether Rust's standard library for it is installed.
    pub async fn is_installed(self, checkout: &Path) -> bool {
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "target-libdir", "--target", self.target]).current_dir(checkout);
        let folder = programs::output(&mut rustc).await;
        folder.is_ok_and(|folder| Path::new(folder.trim()).exists())
    }
}

/// Builds every function, prints the sizes, and checks them.
pub async fn build(tools: &Deployment, checkout: &Path, processor: Processor) -> Result<()> {
    let functions = functions(checkout)?;
    let mut build = Command::new(&tools.cargo_lambda);
    build.args(["lambda", "build", "--release", "--output-format", "zip", processor.flag]);
    build.args(functions.iter().flat_map(|function| ["--bin", function])).current_dir(checkout);
    // It looks for zig, which lies beside it.
    programs::run(build.env("PATH", tools.path()?)).await.context("the functions do not compile")?;
    for function in functions {
        let bytes = zip_bytes(checkout, &function)?;
        step(&format!("  {function:<16} {bytes:>9} bytes  {}", zip(checkout, &function).display()));
        if bytes > MOST_ZIP_BYTES {
            bail!("{function} is larger than {MOST_ZIP_BYTES} bytes");
        }
    }
    Ok(())
}

/// Builds every function for this machine, and unpacks each binary beside its zip, as Lambda does.
pub async fn build_for_this_machine(tools: &Deployment, checkout: &Path) -> Result<()> {
    step("building every function for release (the first time takes several minutes)");
    build(tools, checkout, NATIVE).await?;
    for function in functions(checkout)? {
        let zip = zip(checkout, &function);
        let folder = zip.with_file_name("unpacked");
        let mut unzip = Command::new(&tools.sam_python);
        programs::output(unzip.args(["-m", "zipfile", "-e"]).arg(&zip).arg(&folder)).await.context("unpacking")?;
        // Python's zipfile drops the permission to execute.
        fs::set_permissions(folder.join("bootstrap"), fs::Permissions::from_mode(0o755)).context("unpacking")?;
    }
    Ok(())
}

pub fn zip_bytes(checkout: &Path, function: &str) -> Result<u64> {
    let zip = zip(checkout, function);
    Ok(fs::metadata(&zip).context(format!("reading {}", zip.display()))?.len())
}

fn zip(checkout: &Path, function: &str) -> PathBuf {
    checkout.join("target/lambda").join(function).join("bootstrap.zip")
}

/// The names of all functions, which are those of their folders.
pub fn functions(checkout: &Path) -> Result<Vec<String>> {
    let folders = migrations::entries(&checkout.join("functions"))?;
    Ok(folders.iter().filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned())).collect())
}
