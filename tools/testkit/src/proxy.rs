//! A TCP proxy between a function and one of its neighbours, such as the pooler. It counts round trips, and it can be
//! slow, silent or down.

use std::{
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

use crate::lock::lock;

/// What the proxy has seen, and what it shall do.
#[derive(Debug, Default)]
struct State {
    round_trips: usize,
    connections: usize,
    /// Connections up to this number get no more answers.
    silent_up_to: usize,
    /// Connections up to this number end with their next answer, which is lost.
    cut_up_to: usize,
    /// How long each question is held back.
    delay: Duration,
    is_down: bool,
    last_question: Vec<u8>,
}

/// Forwards every connection to one port of this machine. It stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    state: Arc<Mutex<State>>,
    _server: JoinSet<()>,
}

impl Proxy {
    pub async fn start(target_port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("starting the proxy")?;
        let port = listener.local_addr()?.port();
        let state = Arc::default();
        let mut server = JoinSet::new();
        server.spawn(accept(listener, target_port, Arc::clone(&state)));
        Ok(Self { port, state, _server: server })
    }

    /// From now on, holds every question back for so long, as a longer way would.
    pub fn delay(&self, by: Duration) {
        lock(&self.state).delay = by;
    }

    /// While down, connections end at once, as they do where nobody listens.
    pub fn set_down(&self, is_down: bool) {
        lock(&self.state).is_down = is_down;
    }

    /// How often the client has spoken after the server had, since the start, log-in included.
    pub fn round_trips(&self) -> usize {
        lock(&self.state).round_trips
    }

    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// The SQL of the last question, if it was asked by the simple protocol.
    pub fn last_statement(&self) -> Option<String> {
        let state = lock(&self.state);
        let text = state.last_question.strip_prefix(b"Q")?.get(4..)?.strip_suffix(&[0])?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// From now on, the connections that are open stay open but bring no answer.
    pub fn silence_open_connections(&self) {
        let mut state = lock(&self.state);
        state.silent_up_to = state.connections;
    }

    /// Of the connections that are open, the next answer is lost, and they end. What was asked is done all the same.
    pub fn lose_next_answers(&self) {
        let mut state = lock(&self.state);
        state.cut_up_to = state.connections;
    }

    /// From now on, no connection brings an answer.
    pub fn silence_all(&self) {
        lock(&self.state).silent_up_to = usize::MAX;
    }
}

async fn accept(listener: TcpListener, target_port: u16, state: Arc<Mutex<State>>) {
    while let Ok((client, _)) = listener.accept().await {
        let (number, is_down) = {
            let mut state = lock(&state);
            state.connections += 1;
            (state.connections, state.is_down)
        };
        if !is_down && let Ok(server) = TcpStream::connect(("127.0.0.1", target_port)).await {
            tokio::spawn(forward(client, server, number, Arc::clone(&state)));
        }
    }
}

/// Until either side ends it. A question after an answer begins a round trip.
async fn forward(mut client: TcpStream, mut server: TcpStream, number: usize, state: Arc<Mutex<State>>) {
    let (mut question, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut is_answered = true;
    loop {
        let (is_question, read) = tokio::select! {
            read = client.read(&mut question) => (true, read),
            read = server.read(&mut answer) => (false, read),
        };
        let Ok(length @ 1..) = read else { return };
        let sent = if is_question {
            let delay = {
                let mut state = lock(&state);
                if mem::take(&mut is_answered) {
                    state.round_trips += 1;
                    state.last_question.clear();
                }
                state.last_question.extend_from_slice(&question[..length]);
                state.delay
            };
            if !delay.is_zero() {
                sleep(delay).await;
            }
            // Clients that were connected before find out when they speak.
            if lock(&state).is_down {
                return;
            }
            server.write_all(&question[..length]).await
        } else {
            is_answered = true;
            let (is_silent, is_cut) = {
                let state = lock(&state);
                (number <= state.silent_up_to, number <= state.cut_up_to)
            };
            if is_cut {
                return;
            }
            if is_silent { Ok(()) } else { client.write_all(&answer[..length]).await }
        };
        if sent.is_err() {
            return;
        }
    }
}
