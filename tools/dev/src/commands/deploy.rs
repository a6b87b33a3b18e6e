//! `make deploy`: builds the functions and hands `template.yaml` to CloudFormation.

use std::{env, process::Command};

use anyhow::{Context, Result, bail};
use ops::{progress::step, schema};
use testkit::{programs, shutdown::until_interrupted};

/// The template's parameters for this account.
const PARAMETERS: &str = "deploy.yaml";

pub async fn run(arguments: &[String]) -> Result<()> {
    let checkout = schema::checkout();
    if !checkout.join(PARAMETERS).exists() {
        bail!("copy deploy.example.yaml to deploy.yaml and fill it in; docs/deploy.md says how");
    }
    let tools = programs::deployment(&checkout).await?;
    let sam = async |command: &str, arguments: &[String]| {
        let mut sam = Command::new(&tools.sam);
        sam.arg(command).args(arguments).current_dir(&checkout).env("PATH", tools.path()?);
        programs::run(sam.envs(region()).env("SAM_CLI_TELEMETRY", "0")).await
    };
    step("building the functions for arm64 (the first time takes several minutes)");
    until_interrupted(sam("build", &[])).await.context("building")?;
    step("comparing with what is deployed; nothing changes before you agree");
    until_interrupted(sam("deploy", arguments)).await.context("deploying")?;
    step("deployed; next: go on in docs/deploy.md, or open the dashboard (DashboardUrl)");
    Ok(())
}

/// SAM reads the region from another variable than the AWS SDK for Rust, and both must use the same region.
#[expect(clippy::disallowed_methods, reason = "the operator's own setting")]
fn region() -> Option<(&'static str, String)> {
    env::var("AWS_REGION").ok().map(|region| ("AWS_DEFAULT_REGION", region))
}
