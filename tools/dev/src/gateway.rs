//! The stand-in for API Gateway and Lambda: `cargo lambda watch` over the workspace.
//!
//! It builds a function at its first request (the client waits meanwhile) with
//! `cargo run --bin <function>`, and again whenever a source file changes. Functions inherit our
//! environment. What it does otherwise than AWS stands in ARCHITECTURE.md.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, Signal, expect_free};
use crate::tools::Tools;
use crate::trouble::{During, Result, Trouble};

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Set by `cargo run` for the program that it runs; a nested cargo would see another environment
/// than one typed at the terminal, and compile again.
const OF_THE_OUTER_CARGO: [&str; 8] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

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
    port: u16,
    process: Process,
}

impl Gateway {
    /// Builds all functions, so that no first request waits; quick when nothing has changed.
    ///
    /// The whole workspace, because the gateway's own `cargo run` unifies features over the whole
    /// workspace too: after `cargo build --package …` it would compile the dependencies again.
    ///
    /// # Errors
    /// When the functions do not compile; the compiler's output is on stderr.
    pub async fn build(workspace: &Path) -> Result<()> {
        let mut command = cargo("cargo", workspace);
        command.args(["build", "--bins", "--quiet"]);
        let ended =
            tokio::process::Command::from(command).kill_on_drop(true).status().await.during("running cargo build")?;
        if ended.success() { Ok(()) } else { Err(Trouble::new("the functions do not compile")) }
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
        Ok(Self { port, process })
    }

    /// Where the routes begin.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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

pub(crate) fn cargo(program: impl AsRef<std::ffi::OsStr>, workspace: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace);
    for variable in OF_THE_OUTER_CARGO {
        command.env_remove(variable);
    }
    command
}
