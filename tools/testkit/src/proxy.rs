//! A TCP proxy between a function and a neighbour of it, such as the pooler: it counts round trips, can take its time,
//! can fall silent, and can be as if nobody were there.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
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

#[derive(Debug, Default)]
struct Watched {
    round_trips: AtomicUsize,
    connections: AtomicUsize,
    /// Connections up to this number get no more answers.
    silent_up_to: AtomicUsize,
    /// How long a question is on its way.
    delay_us: AtomicU64,
    is_down: AtomicBool,
    last_question: Mutex<Vec<u8>>,
}

impl Watched {
    fn note_question(&self, begins: bool, part: &[u8]) {
        let mut last = self.last_question.lock().unwrap_or_else(PoisonError::into_inner);
        if begins {
            self.round_trips.fetch_add(1, Ordering::SeqCst);
            last.clear();
        }
        last.extend_from_slice(part);
    }
}

/// Forwards every connection to one port of this machine. It stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    watched: Arc<Watched>,
    server: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(target_port: u16) -> Result<Self> {
        Self::delaying(target_port, Duration::ZERO).await
    }

    /// One that passes questions on after a delay, as a longer way would.
    pub async fn delaying(target_port: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("starting the proxy")?;
        let port = listener.local_addr()?.port();
        let watched = Arc::new(Watched::default());
        let server = tokio::spawn(accept(listener, target_port, Arc::clone(&watched)));
        let proxy = Self { port, watched, server };
        proxy.delay(delay);
        Ok(proxy)
    }

    /// From now on every question is on its way so long.
    pub fn delay(&self, by: Duration) {
        self.watched.delay_us.store(u64::try_from(by.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// From now on connections end at once, as they do where nobody listens; or no longer.
    pub fn be_down(&self, is_down: bool) {
        self.watched.is_down.store(is_down, Ordering::SeqCst);
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often the client has spoken after the server had: counted since the start, log-in included.
    pub fn round_trips(&self) -> usize {
        self.watched.round_trips.load(Ordering::SeqCst)
    }

    /// How many connections have been opened.
    pub fn connections(&self) -> usize {
        self.watched.connections.load(Ordering::SeqCst)
    }

    /// The SQL of the last question, if it was asked by the simple protocol.
    pub fn last_statement(&self) -> Option<String> {
        let question = self.watched.last_question.lock().unwrap_or_else(PoisonError::into_inner);
        let text = question.strip_prefix(b"Q")?.get(4..)?.strip_suffix(&[0])?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// From now on nothing comes back on the connections that are open: they stay open, and are dead.
    pub fn silence_open_connections(&self) {
        self.watched.silent_up_to.store(self.connections(), Ordering::SeqCst);
    }

    /// From now on nothing comes back on any connection.
    pub fn silence_all(&self) {
        self.watched.silent_up_to.store(usize::MAX, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, target_port: u16, watched: Arc<Watched>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = watched.connections.fetch_add(1, Ordering::SeqCst) + 1;
        if watched.is_down.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", target_port)).await else {
            continue;
        };
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        let answered = Arc::new(AtomicU64::new(1));
        tokio::spawn(forward_questions(client_in, server_out, Arc::clone(&watched), Arc::clone(&answered)));
        tokio::spawn(forward_answers(server_in, client_out, Arc::clone(&watched), answered, number));
    }
}

/// A question after an answer begins a round trip.
async fn forward_questions(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    watched: Arc<Watched>,
    answered: Arc<AtomicU64>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let begins = answered.swap(0, Ordering::SeqCst) == 1;
        watched.note_question(begins, &buffer[..length]);
        let delay_us = watched.delay_us.load(Ordering::SeqCst);
        if delay_us > 0 {
            sleep(Duration::from_micros(delay_us)).await;
        }
        // Those who were connected before find it out when they speak.
        if watched.is_down.load(Ordering::SeqCst) || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn forward_answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    watched: Arc<Watched>,
    answered: Arc<AtomicU64>,
    number: usize,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        answered.store(1, Ordering::SeqCst);
        if number <= watched.silent_up_to.load(Ordering::SeqCst) {
            continue;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
