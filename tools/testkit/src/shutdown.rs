//! Ctrl-C, and the terminate signal that a cancelled job sends.

use tokio::signal::unix::{SignalKind, signal};

use ops::trouble::{During, Result, Trouble};

/// Resolves when the person or the system wants us to stop.
pub async fn interrupted() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).during("listening for signals")?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked.during("listening for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

/// The work, or an error as soon as somebody wants us to stop.
pub async fn until_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        asked = interrupted() => asked.and(Err(Trouble::new("interrupted"))),
    }
}
