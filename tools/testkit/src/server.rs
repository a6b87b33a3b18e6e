//! An HTTP server on a port of this machine. It stops when dropped.

use anyhow::{Context, Result};
use axum::Router;
use tokio::{net::TcpListener, task::JoinSet};

pub struct Server {
    pub port: u16,
    _task: JoinSet<()>,
}

impl Server {
    /// Serves these routes on `port` (0: any).
    pub async fn start(port: u16, routes: Router) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.context("taking a port")?;
        let port = listener.local_addr()?.port();
        let mut task = JoinSet::new();
        task.spawn(async move {
            // It ends with the task; there is nobody to tell.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { port, _task: task })
    }
}
