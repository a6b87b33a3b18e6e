//! The stand-in for API Gateway and Lambda: `cargo lambda watch` over the workspace.
//!
//! It builds a function at its first request, while the client waits, with `cargo run --bin <function>`, and again
//! whenever a source file changes. Functions inherit our environment. docs/testing.md says where it differs from AWS.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result};
use ops::{environment::Environment, schema};
use testkit::{process::Process, programs, release, stack::Stack};

const START_LIMIT: Duration = Duration::from_secs(30);
/// Builds all functions, so that no first request waits; quick when nothing has changed.
///
/// It builds with the features of the whole workspace, as the gateway's own `cargo run` does: after
/// `cargo build --package …` that would compile the dependencies again.
pub async fn build(workspace: &Path) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["build", "--workspace", "--quiet"]).current_dir(workspace);
    command.args(release::functions(workspace)?.iter().flat_map(|function| ["--bin", function]));
    programs::run(&mut command).await.context("the functions do not compile")
}

/// Starts it with the routes of the workspace's `Cargo.toml`, and with these options of its own. The functions' logs go
/// to its log, between its lines.
pub async fn start(stack: &Stack, port: u16, environment: &Environment, options: &[&str]) -> Result<Process> {
    let mut command = watch(&stack.tools.cargo_lambda, port, options);
    command.envs(environment.pairs());
    Process::serve("gateway", &stack.home, command, port, START_LIMIT).await
}

/// Without a `--timeout`: it would end the functions' own waiting for their next event too, and a function that was not
/// asked for so long would die of that and never be started again.
fn watch(cargo_lambda: &Path, port: u16, options: &[&str]) -> Command {
    let mut command = Command::new(cargo_lambda);
    command.current_dir(schema::checkout());
    // By default it listens on every address; it ignores `invoke_address` in Cargo.toml.
    command.args(["lambda", "watch", "--color", "never", "--invoke-address", "127.0.0.1", "--invoke-port"]);
    command.arg(port.to_string()).args(options);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_may_wait_for_its_next_event_as_long_as_it_must() {
        let command = watch("cargo-lambda".as_ref(), 9000, &["--ignore-changes"]);
        let arguments: Vec<_> = command.get_args().collect();
        assert!(arguments.iter().all(|argument| *argument != "--timeout"), "{arguments:?}");
    }
}
