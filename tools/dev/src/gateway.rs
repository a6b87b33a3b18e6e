//! The stand-in for API Gateway and Lambda: `cargo lambda watch` over the workspace.
//!
//! It builds a function at its first request, while the client waits, with `cargo run --bin <function>`, and again
//! whenever a source file changes. Functions inherit our environment. docs/testing.md says where it differs from AWS.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use testkit::{
    process::{Process, Signal},
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
    /// It builds with the features of the whole workspace, as the gateway's own `cargo run` does: after
    /// `cargo build --package …` that would compile the dependencies again.
    pub async fn build(workspace: &Path) -> Result<()> {
        let mut command = cargo("cargo", workspace);
        command.args(["build", "--workspace", "--quiet"]);
        command.args(release::functions(workspace)?.iter().flat_map(|function| ["--bin", function]));
        programs::run(&mut command).await.context("the functions do not compile")
    }

    /// Starts it with the routes of the workspace's `Cargo.toml`.
    ///
    /// `answer_limit` is how long a client waits, compiling included, before it gets a 408. It is needed because a
    /// crashed function starts again only when a source file changes.
    pub async fn start(
        tools: &Tools,
        workspace: &Path,
        home: &Path,
        port: u16,
        env: &[(&str, String)],
        reload: Reload,
        answer_limit: Duration,
    ) -> Result<Self> {
        let mut command = cargo(&tools.cargo_lambda, workspace);
        // By default it listens on every address; it ignores `invoke_address` in Cargo.toml.
        command.args(["lambda", "watch", "--color", "never", "--invoke-address", "127.0.0.1", "--invoke-port"]);
        command.arg(port.to_string()).arg("--timeout").arg(answer_limit.as_secs().to_string());
        if reload == Reload::Never {
            command.arg("--ignore-changes");
        }
        command.envs(env.iter().map(|(name, value)| (name, value)));
        Ok(Self { process: Process::serve("gateway", home, command, port, START_LIMIT).await? })
    }

    /// Where the functions' logs go, between the gateway's own lines.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Ends it and its functions.
    pub async fn stop(self) {
        self.process.stop(Signal::SIGINT, STOP_GRACE).await;
    }
}
