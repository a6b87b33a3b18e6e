//! A TCP proxy between a function and one of its neighbours, such as the pooler. It counts round trips, and it can be
//! slow, silent or down.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
    time::sleep,
};

/// What the proxy has seen, and what it shall do.
#[derive(Debug, Default)]
struct State {
    round_trips: usize,
    connections: usize,
    /// Connections up to this number get no more answers.
    silent_up_to: usize,
    /// How long each question is held back.
    delay: Duration,
    is_down: bool,
    last_question: Vec<u8>,
}

/// Forwards every connection to one port of this machine. It stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Shared,
    server: JoinHandle<()>,
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    pub async fn start(target_port: u16) -> Result<Self> {
        Self::delaying(target_port, Duration::ZERO).await
    }

    /// A proxy that holds each question back, as a longer way would.
    pub async fn delaying(target_port: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("starting the proxy")?;
        let port = listener.local_addr()?.port();
        let state = Shared::default();
        let server = tokio::spawn(accept(listener, target_port, state.clone()));
        let proxy = Self { port, state, server };
        proxy.delay(delay);
        Ok(proxy)
    }

    /// From now on, holds every question back for so long.
    pub fn delay(&self, by: Duration) {
        self.state.lock().delay = by;
    }

    /// While down, connections end at once, as they do where nobody listens.
    pub fn set_down(&self, is_down: bool) {
        self.state.lock().is_down = is_down;
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often the client has spoken after the server had, since the start, log-in included.
    pub fn round_trips(&self) -> usize {
        self.state.lock().round_trips
    }

    /// How many connections have been opened.
    pub fn connections(&self) -> usize {
        self.state.lock().connections
    }

    /// The SQL of the last question, if it was asked by the simple protocol.
    pub fn last_statement(&self) -> Option<String> {
        let state = self.state.lock();
        let text = state.last_question.strip_prefix(b"Q")?.get(4..)?.strip_suffix(&[0])?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// From now on, the connections that are open stay open but bring no answer.
    pub fn silence_open_connections(&self) {
        let mut state = self.state.lock();
        state.silent_up_to = state.connections;
    }

    /// From now on, no connection brings an answer.
    pub fn silence_all(&self) {
        self.state.lock().silent_up_to = usize::MAX;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, target_port: u16, state: Shared) {
    while let Ok((client, _)) = listener.accept().await {
        let (number, is_down) = {
            let mut state = state.lock();
            state.connections += 1;
            (state.connections, state.is_down)
        };
        if is_down {
            continue;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", target_port)).await else {
            continue;
        };
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        let answered = Arc::new(AtomicBool::new(true));
        tokio::spawn(forward_questions(client_in, server_out, state.clone(), Arc::clone(&answered)));
        tokio::spawn(forward_answers(server_in, client_out, state.clone(), answered, number));
    }
}

/// A question after an answer begins a round trip.
async fn forward_questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Shared, answered: Arc<AtomicBool>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let part = &buffer[..length];
        let delay = {
            let mut state = state.lock();
            if answered.swap(false, Ordering::SeqCst) {
                state.round_trips += 1;
                state.last_question.clear();
            }
            state.last_question.extend_from_slice(part);
            state.delay
        };
        if !delay.is_zero() {
            sleep(delay).await;
        }
        // Clients that were connected before find out when they speak.
        if state.lock().is_down || to.write_all(part).await.is_err() {
            return;
        }
    }
}

async fn forward_answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: Shared,
    answered: Arc<AtomicBool>,
    number: usize,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        answered.store(true, Ordering::SeqCst);
        let is_silent = number <= state.lock().silent_up_to;
        if !is_silent && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
