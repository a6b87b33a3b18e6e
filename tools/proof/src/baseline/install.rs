//! Installs the packages of `baseline-node/`, and builds what is native in Lambda's runtime client among them.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

use ops::progress::step;
use testkit::programs::{self, Environment, Packages};

/// The folder of the jobs and of the list of their packages.
pub const FOLDER: &str = "tools/proof/baseline-node";

/// The packages, ready to run jobs.
///
/// # Errors
/// When they cannot be installed, or with the last thing that the compiler said.
pub async fn find_or_build(checkout: &Path) -> Result<Packages> {
    if cfg!(target_os = "macos") {
        bail!("Lambda's runtime client for Node builds on Linux only");
    }
    let packages = Packages::find_or_install(checkout, FOLDER).await?;
    let modules = packages.home.join("node_modules");
    // npm begins with an empty folder, so what is here belongs to what it has installed.
    if modules.join("aws-lambda-ric/dist/rapid-client.node").exists() {
        return Ok(packages);
    }
    let cmake = Environment::install(checkout, "baseline-node").await?.program("cmake");
    step("building Lambda's runtime client for Node (once, about a minute)");
    let mut build = Command::new("sh");
    build
        .arg(checkout.join(FOLDER).join("build-runtime-client.sh"))
        .arg(&modules)
        .env("NODE", &packages.node)
        .env("NODE_HOME", programs::node_headers(&packages.node, checkout).await?)
        .env("CMAKE", cmake);
    let doing = "building Lambda's runtime client for Node, which takes a C++ compiler and make";
    programs::output(&mut build).await.context(doing)?;
    Ok(packages)
}
