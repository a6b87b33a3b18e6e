//! `make test`: every test of the workspace, of the Action and of the console, on stacks of their own.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use anyhow::{Context, Result, bail, ensure};
use ops::{progress::step, schema};
use serde_json::Value;
use testkit::{
    event_bus::catalogue,
    programs::{self, CLIENT, Environment, Packages},
    stack::{Stack, with_stack},
    test_env,
};

use super::browser;

pub async fn run(arguments: &[String]) -> Result<()> {
    let checkout = schema::checkout();
    // Built first: a compiler error should not wait for a stack.
    let chosen = arguments.iter().take_while(|argument| *argument != "--");
    programs::run(cargo_test(&checkout).args(chosen).arg("--no-run")).await.context("the tests do not compile")?;
    if !arguments.is_empty() && count(&checkout, arguments).await? == 0 {
        bail!("no test is named like `{}`", arguments.join(" "));
    }
    with_stack("test", async |stack| tests(stack, &checkout, arguments).await).await?;
    if arguments.is_empty() {
        step("the console in a browser");
        browser::test().await?;
    }
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
    catalogue::hold(&stack.address).await.context("holding events to their schema")?;
    if !arguments.is_empty() {
        let mut cargo = cargo_test(checkout);
        return programs::run(cargo.args(arguments).envs(test_env::variables(stack)?)).await.context("a test failed");
    }
    // Here their progress can be seen; a test that installed them would be silent for a minute.
    let tools = async {
        Environment::install(checkout, "contract").await?;
        Packages::find_or_install(checkout, CLIENT).await
    };
    let variables = test_env::variables(stack)?;
    tokio::try_join!(side_by_side(binaries(checkout).await?, &variables), tools)?;
    let mut node = Command::new(programs::node(checkout).await?);
    let action = node.arg("--test").current_dir(checkout.join("auth0"));
    programs::run(action).await.context("a test of the Action failed")
}

/// The binaries that last longest; started first, so that the others fill up the time beside them.
const LONGEST: [&str; 5] = ["storm", "contract", "take_over", "release", "usage"];
/// A test binary, and the folder of its package, where cargo would run it.
struct Binary {
    name: String,
    program: PathBuf,
    folder: PathBuf,
}

/// All test binaries of the workspace, as cargo lists what it has built.
async fn binaries(checkout: &Path) -> Result<VecDeque<Binary>> {
    let listed = programs::output(cargo_test(checkout).args(["--quiet", "--no-run", "--message-format=json"])).await?;
    let artifacts = listed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut binaries: Vec<Binary> = artifacts.filter_map(|artifact| binary(&artifact)).collect();
    ensure!(!binaries.is_empty(), "cargo lists no test binary");
    binaries.sort_by_key(|binary| LONGEST.iter().position(|name| *name == binary.name).unwrap_or(LONGEST.len()));
    Ok(binaries.into())
}

fn binary(artifact: &Value) -> Option<Binary> {
    if artifact["profile"]["test"] != true {
        return None;
    }
    Some(Binary {
        name: artifact["target"]["name"].as_str()?.to_owned(),
        program: artifact["executable"].as_str()?.into(),
        folder: Path::new(artifact["manifest_path"].as_str()?).parent()?.to_owned(),
    })
}

/// Runs all binaries, two at once: the long ones spend most of their time in a single test. Of each that has tests it prints a line, and of one that fails what it said.
async fn side_by_side(binaries: VecDeque<Binary>, variables: &[(&'static str, String)]) -> Result<()> {
    let (waiting, failed) = (Mutex::new(binaries), Mutex::new(Vec::new()));
    let lane = async || -> Result<()> {
        loop {
            let Some(binary) = testkit::lock::lock(&waiting).pop_front() else { return Ok(()) };
            let mut command = tokio::process::Command::new(&binary.program);
            command.current_dir(&binary.folder).envs(variables.iter().map(|(name, value)| (name, value)));
            let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
            let output = output.with_context(|| format!("running {}", binary.program.display()))?;
            let said = String::from_utf8_lossy(&output.stdout);
            if !output.status.success() {
                step(&format!("{} FAILED:\n{said}{}", binary.name, String::from_utf8_lossy(&output.stderr)));
                testkit::lock::lock(&failed).push(binary.name);
            } else if let Some(result) = said.lines().rfind(|line| line.starts_with("test result: ok. ")) {
                let [passed, seconds] = ["ok. ", "finished in "].map(|before| {
                    let (_, after) = result.split_once(before).unwrap_or_default();
                    after.split([' ', 's']).next().unwrap_or_default()
                });
                if passed != "0" {
                    step(&format!("{}: {passed} tests passed in {seconds} s", binary.name));
                }
            }
        }
    };
    tokio::try_join!(lane(), lane())?;
    let failed = failed.into_inner().unwrap_or_default();
    ensure!(failed.is_empty(), "tests failed in: {}", failed.join(", "));
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
