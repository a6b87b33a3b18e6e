//! A request from its arrival to its answer, with what goes wrong in between.

use std::{
    io,
    iter::repeat_with,
    sync::{Arc, Mutex},
};

use axum::{extract::Request, response::Response};

use super::{
    answer::{Asked, Refusal, listed},
    routes,
    state::State,
};
use crate::{
    lock::lock,
    stand_in::{faults::Fault, plan::Plan},
};

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
    let asked = Asked::read(request).await.ok_or(io::ErrorKind::ConnectionAborted)?;
    let course = {
        let mut server = lock(&server);
        server.requests.push(format!("{} {}", asked.method, asked.path));
        server.plan.course(&asked.method, &asked.path)
    };
    let fault = course.fault;
    course.run(async move { work(&mut lock(&server), &asked, fault) }).await
}

fn work(server: &mut Server, asked: &Asked, fault: Option<Fault>) -> Response {
    let is_list = asked.method == "GET" && ["/admin/users", "/admin/projects"].contains(&asked.path.as_str());
    server.turn += 1;
    let turn = server.turn;
    match routes::answer(&mut server.state, asked, turn) {
        Ok(_) if fault == Some(Fault::EmptyList) && is_list => listed(0, Vec::new()),
        Ok(response) => response,
        Err(refusal) => Refusal::response(refusal),
    }
}
