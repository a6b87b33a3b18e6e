//! An HTTP server on a port of this machine. It stops when dropped.

use anyhow::{Context, Result};
use axum::Router;
use tokio::{net::TcpListener, task::JoinSet};

use crate::process;

pub struct Server {
    pub port: u16,
    _task: JoinSet<()>,
}

impl Server {
    /// Serves these routes on `port` (0: any).
    pub async fn start(port: u16, routes: Router) -> Result<Self> {
        let listener = if port == 0 { process::listen() } else { process::listen_on(port) };
        let listener = listener.context("taking a port")?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let port = listener.local_addr()?.port();
        let mut task = JoinSet::new();
        task.spawn(async move {
            // It ends with the task; there is nobody to tell.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { port, _task: task })
    }
}
