//! `make psql`: psql on the running development database.

use std::process::ExitCode;

use anyhow::{Context, Result};
use ops::{environment, schema};
use testkit::programs;
use tokio::process::Command;

pub async fn run() -> Result<ExitCode> {
    let url = environment::direct_url(None)?;
    let tools = programs::find_or_install(&schema::checkout()).await?;
    let status = Command::from(tools.postgres.command("psql")).arg(url).status().await.context("running psql")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
