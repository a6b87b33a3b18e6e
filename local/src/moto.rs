//! The emulator of AWS Secrets Manager; it keeps everything in memory.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, Signal, expect_free};
use crate::tools::Tools;
use crate::trouble::Result;

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_GRACE: Duration = Duration::from_secs(3);

/// A running `moto_server`. Dropping it kills it, and its secrets with it.
#[derive(Debug)]
pub struct Moto {
    port: u16,
    process: Process,
}

impl Moto {
    /// Starts an empty one.
    ///
    /// # Errors
    /// When the port is taken, or with the end of its log.
    pub async fn start(tools: &Tools, home: &Path, port: u16) -> Result<Self> {
        expect_free(port, "Secrets Manager")?;
        let mut command = Command::new(&tools.moto_server);
        command.args(["-H", "127.0.0.1", "-p"]).arg(port.to_string());
        let mut process = Process::spawn("moto", home, command)?;
        process.wait_for_port(port, START_LIMIT).await?;
        Ok(Self { port, process })
    }

    /// What `AWS_ENDPOINT_URL_SECRETS_MANAGER` should be.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it.
    pub async fn stop(self) {
        self.process.stop(Signal::SIGTERM, STOP_GRACE).await;
    }
}
