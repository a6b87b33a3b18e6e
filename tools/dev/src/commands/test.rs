//! `make test`: every test of the workspace and of the Action, on a stack of their own.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};
use ops::{progress::step, schema};
use testkit::{
    programs::{self, CLIENT, Environment, Packages},
    stack::{Stack, with_stack},
    test_env,
};

pub async fn run(arguments: &[String]) -> Result<()> {
    let checkout = schema::checkout();
    // Built first: a compiler error should not wait for a stack.
    programs::run(cargo_test(&checkout).arg("--no-run")).await.context("the tests do not compile")?;
    if !arguments.is_empty() && count(&checkout, arguments).await? == 0 {
        bail!("no test is named like `{}`", arguments.join(" "));
    }
    with_stack("test", async |stack| tests(stack, &checkout, arguments).await).await?;
    if arguments.is_empty() {
        step("all tests passed; next: `make demo` tells the story, `make dev` stays up");
    } else {
        step(&format!("the tests named like `{}` passed; `make test` runs all", arguments.join(" ")));
    }
    Ok(())
}

async fn tests(stack: &Stack, checkout: &Path, arguments: &[String]) -> Result<()> {
    // If it cannot be installed, this prints why, and its test is left out.
    programs::find_plpgsql_check(&stack.tools.postgres).await;
    if arguments.is_empty() {
        // Here their progress can be seen; a test that installed them would be silent for a minute.
        Environment::install(checkout, "contract").await?;
        Packages::find_or_install(checkout, CLIENT).await?;
    }
    let mut cargo = cargo_test(checkout);
    programs::run(cargo.args(arguments).envs(test_env::variables(stack)?)).await.context("a test failed")?;
    if arguments.is_empty() {
        let mut node = Command::new(programs::node(checkout).await?);
        let action = node.arg("--test").current_dir(checkout.join("auth0"));
        programs::run(action).await.context("a test of the Action failed")?;
    }
    Ok(())
}

/// How many tests the arguments choose.
async fn count(checkout: &Path, arguments: &[String]) -> Result<usize> {
    let chosen = arguments.iter().take_while(|argument| *argument != "--");
    let mut list = cargo_test(checkout);
    let listed = programs::output(list.arg("--quiet").args(chosen).args(["--", "--list"])).await?;
    Ok(listed.lines().filter(|line| line.ends_with(": test")).count())
}

fn cargo_test(checkout: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.args(["test", "--workspace"]).current_dir(checkout);
    command
}
