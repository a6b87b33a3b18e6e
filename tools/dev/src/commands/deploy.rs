//! `make deploy`: builds the functions and hands `template.yaml` to CloudFormation.

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context, Result, anyhow, bail};
use migrations::Release;
use ops::{
    app_secret,
    progress::step,
    schema::{self, releases::require_deployed},
};
use serde_json::{Map, Value};
use testkit::{programs, shutdown::until_interrupted};

use super::release;

/// The template's parameters for this account.
const PARAMETERS: &str = "deploy.yaml";

pub async fn run(arguments: &[String]) -> Result<()> {
    let checkout = schema::checkout();
    if !checkout.join(PARAMETERS).exists() {
        bail!("copy deploy.example.yaml to deploy.yaml and fill it in; docs/deploy.md says how");
    }
    let release = Release::read(&checkout)?;
    if release::recorded(&release)?.is_none() {
        bail!("{} is not recorded: run `make release`, and commit what it writes", release.schema);
    }
    let secret = app_secret::get_from_aws(&parameter(&checkout, "AppSecretArn")?).await?;
    require_deployed(&secret, &release.schema).await?;
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

/// A parameter of the deployment.
fn parameter(checkout: &Path, name: &str) -> Result<String> {
    let text = fs::read_to_string(checkout.join(PARAMETERS)).context(format!("reading {PARAMETERS}"))?;
    let parameters: Map<String, Value> = yaml_serde::from_str(&text).context(format!("reading {PARAMETERS}"))?;
    let value = parameters.get(name).and_then(Value::as_str);
    Ok(value.ok_or_else(|| anyhow!("{PARAMETERS} lacks {name}"))?.to_owned())
}

/// SAM reads the region from another variable than the AWS SDK for Rust, and both must use the same region.
#[expect(clippy::disallowed_methods, reason = "the operator's own setting")]
fn region() -> Option<(&'static str, String)> {
    env::var("AWS_REGION").ok().map(|region| ("AWS_DEFAULT_REGION", region))
}
