//! A request from its arrival to its answer, with what goes wrong in between.

use std::{
    future::pending,
    io,
    iter::repeat_with,
    sync::{Arc, Mutex},
};

use axum::{extract::Request, response::Response};
use tokio::time::sleep;

use super::{
    answer::{Asked, Refusal, listed},
    faults::{Fault, Gate, Moment, Plan},
    routes,
    state::State,
};
use crate::lock::lock;

pub struct Server {
    pub state: State,
    pub plan: Plan,
    pub requests: Vec<String>,
    /// How many have been worked on.
    turn: usize,
}

impl Server {
    pub fn new(key: String) -> Self {
        Self { state: State::new(key), plan: Plan::default(), requests: Vec::new(), turn: 0 }
    }
}

/// Sixteen letters and digits that tell which key it is, and the secret.
pub fn new_key() -> String {
    let drawn = |length| repeat_with(fastrand::alphanumeric).take(length).collect::<String>();
    format!("{}.{}", drawn(16), drawn(64))
}

/// Fails where the client gets no answer.
pub async fn answer(server: Arc<Mutex<Server>>, request: Request) -> io::Result<Response> {
    let cut = || io::Error::from(io::ErrorKind::ConnectionAborted);
    let asked = Asked::read(request).await.ok_or_else(cut)?;
    let (fault, gates) = {
        let mut server = lock(&server);
        server.requests.push(format!("{} {}", asked.method, asked.path));
        (server.plan.fault(&asked), server.plan.gates(&asked))
    };
    if let Some(answer) = fault.and_then(Fault::answer) {
        return Ok(answer);
    }
    match fault {
        Some(Fault::Hang) => return pending().await,
        Some(Fault::CutBefore) => return Err(cut()),
        _ => {}
    }
    // A server that has begun goes on, whether the client waits or not.
    let done = tokio::spawn(work(server, asked, fault, gates)).await;
    if fault == Some(Fault::CutAfterCommit) { Err(cut()) } else { done.map_err(|_| cut()) }
}

async fn work(server: Arc<Mutex<Server>>, asked: Asked, fault: Option<Fault>, gates: Vec<Gate>) -> Response {
    if let Some(Fault::Slow(by)) = fault {
        sleep(by).await;
    }
    let (before, after): (Vec<_>, Vec<_>) = gates.into_iter().partition(|gate| gate.moment == Moment::BeforeCommit);
    for gate in before {
        gate.pass().await;
    }
    let is_list = asked.method == "GET" && ["/admin/users", "/admin/projects"].contains(&asked.path.as_str());
    let response = {
        let mut server = lock(&server);
        server.turn += 1;
        let turn = server.turn;
        match routes::answer(&mut server.state, &asked, turn) {
            Ok(_) if fault == Some(Fault::EmptyList) && is_list => listed(0, Vec::new()),
            Ok(response) => response,
            Err(refusal) => Refusal::response(refusal),
        }
    };
    for gate in after {
        gate.pass().await;
    }
    response
}
