//! `make test`: every test of the workspace and of the Action, on a stack of their own.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, anyhow, bail};
use ops::{environment, progress::step, schema};
use testkit::{
    HOME_VARIABLE, STACK_VARIABLE, TEMPLATE,
    process::Claim,
    programs::{self, Environment, cargo},
    shutdown::until_interrupted,
    stack::{Ports, Stack, StackAddress},
};
use tokio::process::Command;

use crate::commands::clean;

pub async fn run(arguments: &[String]) -> Result<ExitCode> {
    let checkout = schema::checkout();
    // Built first: a compiler error should not wait for a stack.
    cargo_test(&checkout).arg("--no-run").succeed("the tests do not compile").await?;
    let home = environment::home(&format!("test-{}-", std::process::id()));
    let ended = until_interrupted(on_a_stack(&home, &checkout, arguments)).await;
    // Tests that break their stack have one of their own, named after this one.
    clean::remove_all_named(&format!("test-{}-", std::process::id())).await?;
    ended?;
    if arguments.is_empty() {
        step("all tests passed; next: `make demo` tells the story, `make dev` stays up");
    } else {
        step(&format!("the tests named like `{}` passed; `make test` runs all", arguments.join(" ")));
    }
    Ok(ExitCode::SUCCESS)
}

async fn on_a_stack(home: &Path, checkout: &Path, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() && count(checkout, arguments).await? == 0 {
        bail!("no test is named like `{}`", arguments.join(" "));
    }
    step("starting PostgreSQL, PgBouncer and Secrets Manager for the tests");
    let stack = Stack::start(Claim::of(home)?, home, Ports::any()?, TEMPLATE).await?;
    // Where it cannot be had, one line has said so, and its test is left out.
    programs::has_plpgsql_check(&stack.tools.postgres).await;
    let ended = tests(checkout, &stack.address(), home, arguments).await;
    stack.stop().await;
    ended
}

async fn tests(checkout: &Path, address: &StackAddress, home: &Path, arguments: &[String]) -> Result<()> {
    if arguments.is_empty() {
        // Here its progress can be seen; a test that installed them would be silent for a minute.
        Environment::install(checkout, "contract").await?;
        programs::Packages::find_or_install(checkout, programs::CLIENT).await?;
    }
    cargo_test(checkout).args(arguments).envs(where_the_stack_is(address, home)?).succeed("a test failed").await?;
    if arguments.is_empty() {
        let node = programs::node(checkout).await?;
        Command::new(node)
            .arg("--test")
            .current_dir(checkout.join("auth0"))
            .succeed("a test of the Action failed")
            .await?;
    }
    Ok(())
}

/// What the test kit reads from its environment.
pub(super) fn where_the_stack_is(address: &StackAddress, home: &Path) -> Result<Vec<(&'static str, String)>> {
    let address = serde_json::to_string(address)?;
    let mut told = vec![(STACK_VARIABLE, address), (HOME_VARIABLE, home.display().to_string())];
    told.extend(environment::emulator_credentials());
    Ok(told)
}

/// How many tests the arguments choose.
async fn count(checkout: &Path, arguments: &[String]) -> Result<usize> {
    let chosen = arguments.iter().take_while(|argument| *argument != "--");
    let listed = cargo_test(checkout).arg("--quiet").args(chosen).args(["--", "--list"]).output().await;
    let listed = listed.context("listing the tests")?;
    Ok(String::from_utf8_lossy(&listed.stdout).lines().filter(|line| line.ends_with(": test")).count())
}

fn cargo_test(checkout: &Path) -> Command {
    let mut command = Command::from(cargo("cargo", checkout));
    command.args(["test", "--workspace"]);
    command
}

pub(super) trait Succeed {
    async fn succeed(&mut self, otherwise: &str) -> Result<()>;
}

impl Succeed for Command {
    async fn succeed(&mut self, otherwise: &str) -> Result<()> {
        let program = self.as_std().get_program().to_string_lossy().into_owned();
        let status = self.kill_on_drop(true).status().await.context(format!("running {program}"))?;
        if status.success() { Ok(()) } else { Err(anyhow!("{otherwise}")) }
    }
}
