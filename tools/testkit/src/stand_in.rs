//! What stand-ins for the servers of others are made of: HTTPS with a certificate authority of their own, and faults.

pub mod certificates;
pub mod connections;
pub mod faults;
pub mod plan;

use std::{io, mem, net::TcpListener, sync::Mutex};

use anyhow::{Context, Result};
use axum::{extract::Request, response::Response};
use tokio::task::JoinSet;

use self::certificates::Authority;
use crate::{lock::lock, process};

/// A server on a port of this machine. It stops when dropped.
pub struct Https {
    pub port: u16,
    listener: TcpListener,
    authority: Mutex<Authority>,
    task: Mutex<JoinSet<()>>,
}

impl Https {
    /// Takes `port` (0: any). Nobody is answered yet.
    pub fn listen(port: u16, authority: Authority) -> Result<Self> {
        let listener = if port == 0 { process::listen() } else { process::listen_on(port) };
        let listener = listener.context("taking a port for a stand-in")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { port, listener, authority: Mutex::new(authority), task: Mutex::default() })
    }

    /// Answers from now on. Where `answer` fails, the client gets none.
    pub fn serve<A, F>(&self, answer: A) -> Result<()>
    where
        A: Fn(Request) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = io::Result<Response>> + Send + 'static,
    {
        let tls = lock(&self.authority).server_config()?;
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        lock(&self.task).spawn(connections::serve(listener, tls, answer));
        Ok(())
    }

    /// Ends all connections. Who serves next does so with a certificate that another authority has signed.
    pub async fn stop_and_change_ca(&self) -> Result<()> {
        let other = lock(&self.authority).other()?;
        let mut task = mem::take(&mut *lock(&self.task));
        task.shutdown().await;
        *lock(&self.authority) = other;
        Ok(())
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The certificate of the authority that has signed the server's.
    pub fn ca_pem(&self) -> String {
        lock(&self.authority).pem.clone()
    }
}
