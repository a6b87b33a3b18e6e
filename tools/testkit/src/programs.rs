//! Finds the programs that the stack runs, or installs them inside the checkout.
//!
//! A fresh machine needs Rust and Python 3 only; PostgreSQL and PgBouncer come from its package manager. All else is
//! installed into `.local/tools`.

mod cargo;
mod environments;
mod machine;
mod node;
mod servers;

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
pub use cargo::cargo;
pub use environments::Environment;
pub use machine::{output, run, variable};
pub use node::{CLIENT, Packages, find_or_install as node, headers as node_headers};
pub use servers::{has_plpgsql_check, postgres};

/// The programs that every stack needs.
#[derive(Clone, Debug)]
pub struct Tools {
    /// `initdb`, `pg_ctl`, `psql`; 14 or newer.
    pub postgres: Kit,
    /// `pgbouncer`, 1.18 or newer.
    pub pgbouncer: Kit,
    /// The emulator of Secrets Manager.
    pub moto_server: PathBuf,
    /// Call it as `cargo-lambda lambda watch …`.
    pub cargo_lambda: PathBuf,
}

/// The programs of one package.
#[derive(Clone, Debug)]
pub struct Kit {
    /// The folder of its programs.
    pub bin: PathBuf,
    /// As the programs say it: `[15, 18]`.
    pub version: [u32; 2],
}

impl Kit {
    /// A command that runs one of its programs.
    pub fn command(&self, program: &str) -> Command {
        Command::new(self.bin.join(program))
    }
}

/// Finds what the stack needs and installs what is missing. Quick when everything is there.
///
/// # Errors
/// With what to do about it, when something can be neither found nor installed.
pub async fn find_or_install(checkout: &Path) -> Result<Tools> {
    let (postgres, pgbouncer) = servers::find_or_install().await?;
    let stack = Environment::install(checkout, "stack").await?;
    let (moto_server, cargo_lambda) = (stack.program("moto_server"), stack.program("cargo-lambda"));
    Ok(Tools { postgres, pgbouncer, moto_server, cargo_lambda })
}

/// Finds or installs `cmake`, which builds what is native in the packages of the baseline.
pub async fn cmake(checkout: &Path) -> Result<PathBuf> {
    Ok(Environment::install(checkout, "baseline-node").await?.program("cmake"))
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
    #[expect(clippy::disallowed_methods, reason = "compilers are the machine's")]
    pub fn path(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = self.cargo_lambda.parent().map(Path::to_path_buf).into_iter().chain(env::split_paths(&path));
        env::join_paths(folders).context("the PATH")
    }
}

/// Finds or installs the tools of the deployment. checkov pins another version of the AWS SDK for Python than SAM.
pub async fn deployment(checkout: &Path) -> Result<Deployment> {
    let (deploy, checkov) =
        (Environment::install(checkout, "deploy").await?, Environment::install(checkout, "checkov").await?);
    Ok(Deployment {
        sam: deploy.program("sam"),
        sam_python: deploy.program("python3"),
        cfn_lint: deploy.program("cfn-lint"),
        emulator: deploy.packages()?.join("samcli/local/rapid").join(emulator_of_this_machine()),
        checkov: checkov.program("checkov"),
        cargo_lambda: deploy.program("cargo-lambda"),
    })
}

/// The wheel has one for each kind of processor that Lambda has.
fn emulator_of_this_machine() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aws-lambda-rie-arm64" } else { "aws-lambda-rie-x86_64" }
}

fn tool_home(checkout: &Path) -> Result<PathBuf> {
    let home = checkout.join(".local/tools");
    fs::create_dir_all(&home).with_context(|| format!("creating {}", home.display()))?;
    Ok(home)
}

fn lock(home: &Path) -> Result<File> {
    let path = home.join("lock");
    let file = File::create(&path).with_context(|| format!("opening {}", path.display()))?;
    file.lock().with_context(|| format!("locking {}", path.display()))?;
    Ok(file)
}
