//! The stand-in for API Gateway and Lambda: `cargo lambda watch` over the workspace.
//!
//! It builds a function at its first request (the client waits meanwhile) with
//! `cargo run --bin <function>`, and again whenever a source file changes. Functions inherit our
//! environment. docs/testing.md says where it differs from AWS.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use testkit::{
    process::{Process, Signal, expect_free},
    programs::{self, Tools, cargo},
    release,
};

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_GRACE: Duration = Duration::from_secs(5);

/// What happens when a source file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The functions that have been called are built and started again.
    OnChange,
    /// Nothing.
    Never,
}

/// A running gateway and the functions under it. Dropping it kills them all.
#[derive(Debug)]
pub struct Gateway {
    process: Process,
}

impl Gateway {
    /// Builds all functions, so that no first request waits; quick when nothing has changed.
    ///
    /// With the features of the whole workspace, because the gateway's own `cargo run` unifies them so: after
    /// `cargo build --package …` it would compile the dependencies again.
    pub async fn build(workspace: &Path) -> Result<()> {
        let mut command = cargo("cargo", workspace);
        command.args(["build", "--workspace", "--quiet"]);
        command.args(release::functions(workspace)?.iter().flat_map(|function| ["--bin", function]));
        programs::run(&mut command).await.context("the functions do not compile")
    }

    /// Starts it with the routes of the workspace's `Cargo.toml`.
    ///
    /// `answer_limit` is how long a client waits, compiling included, before it gets a 408. A
    /// function that has crashed is not started again until a source file changes, so there has to
    /// be a limit.
    ///
    /// # Errors
    /// When the port is taken, or with the end of its log.
    pub async fn start(
        tools: &Tools,
        workspace: &Path,
        home: &Path,
        port: u16,
        env: &[(&str, String)],
        reload: Reload,
        answer_limit: Duration,
    ) -> Result<Self> {
        expect_free(port, "the gateway")?;
        let mut command = cargo(&tools.cargo_lambda, workspace);
        // It ignores `invoke_address` of Cargo.toml and would listen on every address.
        command.args(["lambda", "watch", "--color", "never", "--invoke-address", "127.0.0.1", "--invoke-port"]);
        command.arg(port.to_string()).arg("--timeout").arg(answer_limit.as_secs().to_string());
        if reload == Reload::Never {
            command.arg("--ignore-changes");
        }
        command.envs(env.iter().map(|(name, value)| (name, value)));
        let mut process = Process::spawn("gateway", home, command)?;
        process.wait_for_port(port, START_LIMIT).await?;
        Ok(Self { process })
    }

    /// Where the functions' logs go, between the gateway's own lines.
    #[must_use]
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Ends it and its functions.
    pub async fn stop(self) {
        self.process.stop(Signal::SIGINT, STOP_GRACE).await;
    }
}
