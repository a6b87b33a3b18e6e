//! Finds the programs that the stack runs, or installs them inside the checkout.
//!
//! A fresh machine needs only Rust and Python 3; PostgreSQL and PgBouncer come from its package manager. Everything else
//! is installed into `.local/tools`.

mod environments;
mod machine;
mod node;
mod servers;

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
pub use environments::Environment;
pub use machine::{output, run, variable};
pub use node::{CLIENT, Packages, find_or_install as node, headers as node_headers};
pub use servers::{Kit, find_plpgsql_check, postgres};

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

/// A browser: the one that `CHROMIUM` names, else one of the machine's.
pub fn chromium() -> Option<PathBuf> {
    let named = variable("CHROMIUM").filter(|name| !name.is_empty()).map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"];
    named.or_else(|| usual.iter().find_map(|name| machine::on_path(name).into_iter().next()))
}

/// Finds what the stack needs and installs what is missing. Quick when everything is there. Errors say what to do.
pub async fn find_or_install(checkout: &Path) -> Result<Tools> {
    let (postgres, pgbouncer) = servers::find_or_install().await?;
    let stack = Environment::install(checkout, "stack").await?;
    let (moto_server, cargo_lambda) = (stack.program("moto_server"), stack.program("cargo-lambda"));
    Ok(Tools { postgres, pgbouncer, moto_server, cargo_lambda })
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
    /// The machine's `PATH`, preceded by cargo-lambda's folder: SAM and cargo-lambda look for programs that lie there.
    pub fn path(&self) -> Result<OsString> {
        let path = variable("PATH").unwrap_or_default();
        let folders = self.cargo_lambda.parent().map(Path::to_path_buf).into_iter().chain(env::split_paths(&path));
        env::join_paths(folders).context("the PATH")
    }
}

/// Finds or installs the tools of the deployment. checkov has its own environment: it pins another version of the AWS
/// SDK for Python than SAM does.
pub async fn deployment(checkout: &Path) -> Result<Deployment> {
    let deploy = Environment::install(checkout, "deploy").await?;
    // The wheel has one for each of Lambda's processors.
    let emulator = if cfg!(target_arch = "aarch64") { "aws-lambda-rie-arm64" } else { "aws-lambda-rie-x86_64" };
    Ok(Deployment {
        sam: deploy.program("sam"),
        sam_python: deploy.program("python3"),
        cfn_lint: deploy.program("cfn-lint"),
        emulator: deploy.packages()?.join("samcli/local/rapid").join(emulator),
        checkov: Environment::install(checkout, "checkov").await?.program("checkov"),
        cargo_lambda: deploy.program("cargo-lambda"),
    })
}
