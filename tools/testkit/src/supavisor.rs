//! Supavisor as clients meet it before their first question. It refuses them with its own words, as often as a test says,
//! and passes everybody else on to PgBouncer, which does the rest.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::lock::lock;

/// What it says to a password that it does not know yet, and while it looks that up: also to the right one.
pub const NEW_PASSWORD: (&str, &str) = ("28P01", "password authentication failed for user \"api\"");
/// What it says of a role that has no password.
pub const NO_PASSWORD: (&str, &str) = ("XX000", "(EAUTHQUERY) unsupported or invalid secret format");

/// The code of the protocol's request for TLS.
const SSL_REQUEST: u32 = 80_877_103;

#[derive(Debug, Default)]
struct State {
    connections: usize,
    refusals: VecDeque<(String, String)>,
}

/// A pooler in front of one PgBouncer. It stops when dropped.
#[derive(Debug)]
pub struct Supavisor {
    pub port: u16,
    state: Arc<Mutex<State>>,
    _server: JoinSet<()>,
}

impl Supavisor {
    pub async fn start(pgbouncer_port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("starting Supavisor's stand-in")?;
        let port = listener.local_addr()?.port();
        let state = Arc::default();
        let mut server = JoinSet::new();
        server.spawn(accept(listener, pgbouncer_port, Arc::clone(&state)));
        Ok(Self { port, state, _server: server })
    }

    /// Refuses the next so many clients with this code and text.
    pub fn refuse(&self, times: usize, (code, message): (&str, &str)) {
        let refusal = (code.to_owned(), message.to_owned());
        lock(&self.state).refusals = std::iter::repeat_n(refusal, times).collect();
    }

    /// How many clients have knocked.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

async fn accept(listener: TcpListener, pgbouncer_port: u16, state: Arc<Mutex<State>>) {
    while let Ok((client, _)) = listener.accept().await {
        let refusal = {
            let mut state = lock(&state);
            state.connections += 1;
            state.refusals.pop_front()
        };
        // A client that goes halfway is nobody's loss.
        tokio::spawn(async move {
            match refusal {
                Some((code, message)) => refuse(client, &code, &message).await,
                None => pass_on(client, pgbouncer_port).await,
            }
        });
    }
}

/// Answers a start-up message with an error, as the protocol has it. A client may ask for TLS before, and gets none.
async fn refuse(mut client: TcpStream, code: &str, message: &str) -> std::io::Result<()> {
    while start_up(&mut client).await?.starts_with(&SSL_REQUEST.to_be_bytes()) {
        client.write_u8(b'N').await?;
    }
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    client.write_u8(b'E').await?;
    client.write_u32(u32::try_from(fields.len() + 4).unwrap_or_default()).await?;
    client.write_all(fields.as_bytes()).await?;
    client.shutdown().await
}

/// The next message before the log-in: its length and what it says.
async fn start_up(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = client.read_u32().await?;
    let mut message = vec![0; usize::try_from(length.saturating_sub(4)).unwrap_or_default()];
    client.read_exact(&mut message).await?;
    Ok(message)
}

async fn pass_on(mut client: TcpStream, pgbouncer_port: u16) -> std::io::Result<()> {
    let mut pooler = TcpStream::connect(("127.0.0.1", pgbouncer_port)).await?;
    copy_bidirectional(&mut client, &mut pooler).await.map(drop)
}
