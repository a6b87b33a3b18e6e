//! Ctrl-C, and the terminate signal that a cancelled job sends.

use anyhow::{Context, Result, anyhow};
use tokio::signal::unix::{SignalKind, signal};

/// Resolves on Ctrl-C or SIGTERM.
pub async fn interrupted() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for signals")?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked.context("listening for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

/// Runs `work` until it is done; Ctrl-C or SIGTERM drops it, and is an error.
pub async fn until_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        asked = interrupted() => asked.and(Err(anyhow!("interrupted"))),
    }
}
