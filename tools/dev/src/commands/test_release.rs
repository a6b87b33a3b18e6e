//! `make test-release`: the release binaries under Lambda's own runtime emulator.

use std::path::Path;

use anyhow::{Context, Result};
use ops::{environment, progress::step, schema};
use testkit::{
    EMULATOR_VARIABLE, TEMPLATE,
    process::Claim,
    programs::{self, Deployment, cargo},
    release,
    shutdown::until_interrupted,
    stack::{Ports, Stack},
};
use tokio::process::Command;

use super::test::{Succeed, where_the_stack_is};
use crate::commands::clean;

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = programs::deployment(&checkout).await?;
    let name = format!("test-{}-", std::process::id());
    let ended = until_interrupted(build_and_test(&tools, &checkout, &environment::home(&name))).await;
    clean::remove_all_named(&name).await?;
    ended?;
    step("the release binaries do what they should; next: `make deploy`");
    Ok(())
}

async fn build_and_test(tools: &Deployment, checkout: &Path, home: &Path) -> Result<()> {
    release::make_ready(tools, checkout).await?;
    step("starting PostgreSQL, PgBouncer and Secrets Manager for the tests");
    let stack = Stack::start(Claim::of(home)?, home, Ports::any()?, TEMPLATE).await?;
    let ended = Command::from(cargo("cargo", checkout))
        .args(["test", "--package", "tests", "--features", "release", "--test", "release"])
        .envs(where_the_stack_is(&stack.address(), home)?)
        .env(EMULATOR_VARIABLE, &tools.emulator)
        .succeed("a test failed")
        .await;
    stack.stop().await;
    ended.context("testing the release binaries")
}
