//! Finds the programs that the stack runs, or installs them inside the checkout.
//!
//! A fresh machine needs Rust and Python 3 only. Nothing is installed outside `.local/tools`.

mod cargo;
mod debian;
mod machine;
mod node;
mod pgbouncer;
mod plpgsql_check;
mod postgres;
mod python;

use anyhow::{Context, Result, anyhow};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

pub use cargo::cargo;
pub use machine::output;
pub use node::{CLIENT, Packages, find_or_install as node, headers as node_headers};
pub use plpgsql_check::PlpgsqlCheck;
use python::Wheels;

/// The programs that every stack needs.
#[derive(Clone, Debug)]
pub struct Tools {
    /// `initdb` and `postgres`, 14 or newer.
    pub postgres: Kit,
    /// `pgbouncer`, 1.18 or newer.
    pub pgbouncer: Kit,
    /// The emulator of Secrets Manager.
    pub moto_server: PathBuf,
    /// Call it as `cargo-lambda lambda watch …`.
    pub cargo_lambda: PathBuf,
}

/// The programs of one package, wherever they come from.
#[derive(Clone, Debug)]
pub struct Kit {
    /// The folder of its programs.
    pub bin: PathBuf,
    /// As the programs say it: `[15, 18]`.
    pub version: [u32; 2],
    /// Folders of shared libraries that the dynamic linker has to be told of.
    pub libraries: Vec<PathBuf>,
    /// Set when the package lies inside the checkout, where another user may not reach it.
    pub bundle: Option<Bundle>,
}

/// What has to be copied to run a package from another place.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The folder that the programs look for each other from.
    pub base: PathBuf,
    /// The folders below it that belong to the package.
    pub folders: Vec<PathBuf>,
}

impl Kit {
    /// A command that runs one of its programs.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        if !self.libraries.is_empty() {
            let folders: Vec<OsString> = self.libraries.iter().map(|folder| folder.clone().into_os_string()).collect();
            command.env("LD_LIBRARY_PATH", folders.join(":".as_ref()));
        }
        command
    }
}

/// Finds what the stack needs and installs what is missing. Quick when everything is there.
///
/// # Errors
/// With what to do about it, when something can be neither found nor installed.
pub async fn find_or_install(checkout: &Path) -> Result<Tools> {
    let home = tool_home(checkout)?;
    let _one_at_a_time = lock(&home)?;
    let wheels = Wheels::new(checkout, &home);
    wheels.require("requirements.txt", "moto and cargo-lambda").await?;
    Ok(Tools {
        postgres: postgres::find_or_install(&wheels).await?,
        pgbouncer: pgbouncer::find_or_install(&home).await?,
        moto_server: wheels.script("moto_server"),
        cargo_lambda: wheels.script("cargo-lambda"),
    })
}

/// Finds or installs the command `schemathesis`; only the tests of the contract need it.
///
/// # Errors
/// When there is no Python, or it cannot be installed.
pub async fn schemathesis(checkout: &Path) -> Result<PathBuf> {
    let home = tool_home(checkout)?;
    let _one_at_a_time = lock(&home)?;
    let wheels = Wheels::new(checkout, &home);
    wheels.require("requirements-contract.txt", "Schemathesis").await?;
    Ok(wheels.script("schemathesis"))
}

/// Finds or unpacks `plpgsql_check` for this PostgreSQL; only a test of the schema needs it. Where it cannot be
/// had, one line says so.
///
/// # Errors
/// When the folder of tools cannot be made.
pub async fn plpgsql_check(checkout: &Path, postgres: &Kit) -> Result<Option<PlpgsqlCheck>> {
    let home = tool_home(checkout)?;
    let _one_at_a_time = lock(&home)?;
    Ok(plpgsql_check::find_or_unpack(&home, postgres).await)
}

/// Finds or installs `squawk`, which lints migrations.
///
/// # Errors
/// With what to do about it, when it cannot be installed.
pub async fn squawk(checkout: &Path) -> Result<PathBuf> {
    let home = tool_home(checkout)?;
    let _one_at_a_time = lock(&home)?;
    let wheels = Wheels::new(checkout, &home);
    wheels.require("requirements-lint.txt", "squawk").await?;
    Ok(wheels.script("squawk"))
}

/// Finds or installs `cmake`, which builds what is native in the packages of the baseline.
///
/// # Errors
/// With what to do about it, when it cannot be installed.
pub async fn cmake(checkout: &Path) -> Result<PathBuf> {
    let home = tool_home(checkout)?;
    let _one_at_a_time = lock(&home)?;
    let wheels = Wheels::apart(checkout, &home, "cmake");
    wheels.require("requirements-usual.txt", "cmake").await?;
    Ok(wheels.script("cmake"))
}

/// What checks the deployment, builds it and hands it to CloudFormation.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The SAM CLI, and the Python that it runs in.
    pub sam: PathBuf,
    pub sam_python: PathBuf,
    pub cfn_lint: PathBuf,
    /// Lambda's own runtime emulator.
    pub emulator: PathBuf,
    pub checkov: PathBuf,
    /// SAM looks for it on the PATH.
    pub cargo_lambda: PathBuf,
}

impl Deployment {
    /// For `PATH`: what SAM and cargo-lambda look for lies beside cargo-lambda; the rest is the machine's.
    ///
    /// # Errors
    /// When the machine's `PATH` cannot be read.
    #[expect(clippy::disallowed_methods, reason = "compilers are the machine's")]
    pub fn path(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = self.cargo_lambda.parent().map(Path::to_path_buf).into_iter().chain(env::split_paths(&path));
        env::join_paths(folders).map_err(|error| anyhow!("the PATH: {error}"))
    }
}

/// Finds or installs the tools of the deployment, in environments of their own: SAM and checkov pin different
/// versions of the AWS SDK for Python, and moto may be running from its environment meanwhile.
///
/// # Errors
/// With what to do about it, when one cannot be installed.
pub async fn deployment(checkout: &Path) -> Result<Deployment> {
    let home = tool_home(checkout)?;
    let _one_at_a_time = lock(&home)?;
    let (wheels, sam, checkov) = (
        Wheels::new(checkout, &home),
        Wheels::apart(checkout, &home, "sam"),
        Wheels::apart(checkout, &home, "checkov"),
    );
    wheels.require("requirements.txt", "moto and cargo-lambda").await?;
    sam.require("requirements-sam.txt", "the SAM CLI and cfn-lint").await?;
    checkov.require("requirements-checkov.txt", "checkov").await?;
    Ok(Deployment {
        sam: sam.script("sam"),
        sam_python: sam.script("python3"),
        cfn_lint: sam.script("cfn-lint"),
        emulator: sam.packages()?.join("samcli/local/rapid").join(emulator_of_this_machine()),
        checkov: checkov.script("checkov"),
        cargo_lambda: wheels.script("cargo-lambda"),
    })
}

/// The wheel has one for each kind of processor that Lambda has.
fn emulator_of_this_machine() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aws-lambda-rie-arm64" } else { "aws-lambda-rie-x86_64" }
}

fn tool_home(checkout: &Path) -> Result<PathBuf> {
    let home = checkout.join(".local/tools");
    fs::create_dir_all(&home).context(format!("creating {}", home.display()))?;
    // Checkouts may share one folder by a link: to each it must have the same name, or it would seem to have moved
    // and be deleted.
    home.canonicalize().context(format!("following {}", home.display()))
}

/// Two stacks of one checkout may start at once; the second waits for the first to install.
fn lock(home: &Path) -> Result<File> {
    let path = home.join("lock");
    let file = File::create(&path).context(format!("opening {}", path.display()))?;
    file.lock().context(format!("locking {}", path.display()))?;
    Ok(file)
}
