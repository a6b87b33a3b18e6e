//! The emulator of AWS Secrets Manager; it keeps everything in memory.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;

use crate::{
    process::{Process, Signal},
    programs::Tools,
};

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_GRACE: Duration = Duration::from_secs(3);

/// A running `moto_server`. Dropping it kills it, and its secrets with it.
#[derive(Debug)]
pub struct Moto {
    server: PathBuf,
    home: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Moto {
    pub async fn start(tools: &Tools, home: &Path, port: u16) -> Result<Self> {
        let mut moto = Self { server: tools.moto_server.clone(), home: home.to_owned(), port, process: None };
        moto.start_again().await?;
        Ok(moto)
    }

    /// Starts it after `stop`, with no secrets.
    pub async fn start_again(&mut self) -> Result<()> {
        let mut command = Command::new(&self.server);
        command.args(["-H", "127.0.0.1", "-p"]).arg(self.port.to_string());
        self.process = Some(Process::serve("moto", &self.home, command, self.port, START_LIMIT).await?);
        Ok(())
    }

    /// Ends it; what it held is gone.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(Signal::SIGTERM, STOP_GRACE).await;
        }
    }
}
