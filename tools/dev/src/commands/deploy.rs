//! `make deploy`: builds the functions and hands `template.yaml` to CloudFormation.

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use migrations::Release;
use ops::{
    app_secret,
    progress::step,
    schema::{self, releases::require_deployed},
};
use serde_json::{Map, Value};
use testkit::{
    programs::{self, Deployment},
    shutdown::until_interrupted,
};

use super::release;

/// The template's parameters for this account.
const PARAMETERS: &str = "deploy.yaml";
const SETTINGS: &str = "samconfig.toml";

/// What to do for this one deployment.
#[derive(Args)]
pub struct DeployArgs {
    /// Release although an alarm rings.
    #[arg(long, value_parser = ["ignore"])]
    alarms: Option<String>,
    /// For `sam deploy`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub async fn run(args: &DeployArgs) -> Result<()> {
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
    require_aliases_in_place(&tools, &checkout, &args.arguments).await?;
    let sam = async |command: &str, arguments: &[String]| {
        let mut sam = Command::new(&tools.sam);
        sam.arg(command).args(arguments).current_dir(&checkout).env("PATH", tools.path()?);
        programs::run(sam.envs(region()).env("SAM_CLI_TELEMETRY", "0")).await
    };
    step("building the functions for arm64 (the first time takes several minutes)");
    until_interrupted(sam("build", &[])).await.context("building")?;
    step("comparing with what is deployed; nothing changes before you agree");
    // Said each time: CloudFormation keeps the last value of a parameter that nobody sets.
    let alarms = format!("ReleaseAlarms={}", args.alarms.as_deref().unwrap_or("stop"));
    let parameters = ["--parameter-overrides".to_owned(), format!("file://{PARAMETERS}"), alarms];
    until_interrupted(sam("deploy", &[&parameters[..], &args.arguments].concat())).await.context("deploying")?;
    step("deployed; next: go on in docs/deploy.md, or open the dashboard (DashboardUrl)");
    Ok(())
}

/// Refuses while an alias is where somebody has moved it by hand: CodeDeploy would, after half of the work.
async fn require_aliases_in_place(tools: &Deployment, checkout: &Path, arguments: &[String]) -> Result<()> {
    let mut command = Command::new(&tools.sam_python);
    command.args(["-c", include_str!("aliases.py")]).arg(stack_name(checkout, arguments)?).envs(region());
    let commands = programs::output(&mut command).await.context("looking where the aliases are")?;
    if !commands.is_empty() {
        bail!(
            "somebody has gone back by hand, so this deployment would fail. Nothing is changed. Put the aliases back \
             first, then deploy again; docs/deploy.md (Going back) says how to keep what was bad out of use:\n{commands}"
        );
    }
    Ok(())
}

/// The name of the stack: as given to `sam deploy`, or in its settings.
fn stack_name(checkout: &Path, arguments: &[String]) -> Result<String> {
    let given = arguments.iter().skip_while(|argument| *argument != "--stack-name").nth(1);
    let given = given.or_else(|| arguments.iter().find(|argument| argument.starts_with("--stack-name=")));
    if let Some(name) = given {
        return Ok(name.trim_start_matches("--stack-name=").to_owned());
    }
    let settings = fs::read_to_string(checkout.join(SETTINGS)).context(format!("reading {SETTINGS}"))?;
    let name = settings.lines().find_map(|line| line.strip_prefix("stack_name = "));
    Ok(name.ok_or_else(|| anyhow!("{SETTINGS} names no stack"))?.trim_matches('"').to_owned())
}

/// A parameter of the deployment.
fn parameter(checkout: &Path, name: &str) -> Result<String> {
    let text = fs::read_to_string(checkout.join(PARAMETERS)).context(format!("reading {PARAMETERS}"))?;
    let parameters: Map<String, Value> = yaml_serde::from_str(&text).context(format!("reading {PARAMETERS}"))?;
    let value = parameters.get(name).and_then(Value::as_str);
    Ok(value.ok_or_else(|| anyhow!("{PARAMETERS} lacks {name}; docs/deploy.md says where it comes from"))?.to_owned())
}

/// SAM reads the region from another variable than the AWS SDK for Rust, and both must use the same region.
#[expect(clippy::disallowed_methods, reason = "the operator's own setting")]
fn region() -> Option<(&'static str, String)> {
    env::var("AWS_REGION").ok().map(|region| ("AWS_DEFAULT_REGION", region))
}
