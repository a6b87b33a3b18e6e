//! `make deploy`: builds the functions and hands `template.yaml` to CloudFormation.

use std::{env, path::Path};

use anyhow::{Context, Result, bail};
use ops::{progress::step, schema};
use testkit::{
    programs::{self, Deployment, cargo},
    shutdown::until_interrupted,
};

/// The template's parameters for this account.
const PARAMETERS: &str = "deploy.yaml";

/// Further arguments go to `sam deploy`.
pub async fn run(arguments: &[String]) -> Result<()> {
    let checkout = schema::checkout();
    if !checkout.join(PARAMETERS).exists() {
        bail!("copy deploy.example.yaml to deploy.yaml and fill it in; docs/deploy.md says how");
    }
    let tools = programs::deployment(&checkout).await?;
    until_interrupted(build_and_deploy(&tools, &checkout, arguments)).await?;
    step("deployed; next: go on in docs/deploy.md, or open the dashboard (DashboardUrl)");
    Ok(())
}

async fn build_and_deploy(tools: &Deployment, checkout: &Path, arguments: &[String]) -> Result<()> {
    step("building the functions for arm64 (the first time takes several minutes)");
    sam(tools, checkout, &["build"]).await.context("building")?;
    step("comparing with what is deployed; nothing changes before you agree");
    let arguments = arguments.iter().map(String::as_str);
    sam(tools, checkout, &["deploy"].into_iter().chain(arguments).collect::<Vec<_>>()).await.context("deploying")
}

async fn sam(tools: &Deployment, checkout: &Path, arguments: &[&str]) -> Result<()> {
    let mut sam = cargo(&tools.sam, checkout);
    programs::run(sam.args(arguments).env("PATH", tools.path()?).envs(region()).env("SAM_CLI_TELEMETRY", "0")).await
}

/// SAM reads the region from another variable than the AWS SDK for Rust, and both must use the same region.
#[expect(clippy::disallowed_methods, reason = "the operator's own setting")]
fn region() -> Option<(&'static str, String)> {
    env::var("AWS_REGION").ok().map(|region| ("AWS_DEFAULT_REGION", region))
}
