//! A bus of EventBridge's emulator, with a rule that puts every event into a queue, behind a server of our own: the
//! emulator never refuses one entry of many, and is never slow.

pub mod catalogue;
mod emulator;

use std::{
    io,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, header::CONTENT_TYPE},
    response::Response,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

use self::emulator::Emulator;
pub use crate::stand_in::{
    faults::Fault,
    plan::{Held, Moment},
};
use crate::{
    lock::lock,
    process,
    stand_in::{
        connections,
        plan::{Matching, Plan},
    },
};

const MOST_BYTES: usize = 4 << 20;

/// What is refused next: entries whose detail holds this text, with this code.
struct Refusal {
    text: String,
    code: &'static str,
    times: usize,
}

#[derive(Default)]
struct Course {
    plan: Plan,
    refusals: Vec<Refusal>,
    /// The details of the entries of each call.
    calls: Vec<Vec<Value>>,
}

/// A bus. Its server ends when this is dropped.
pub struct EventBus {
    pub name: String,
    port: u16,
    /// None takes everything.
    emulator: Option<Emulator>,
    queue_url: String,
    course: Arc<Mutex<Course>>,
    _task: JoinSet<()>,
}

/// Makes a bus of this name in the emulator at this address, unless there is one, with a queue of its name behind it.
pub async fn make(emulator_url: &str, name: &str) -> Result<()> {
    Emulator::new(emulator_url).make_bus(name).await.map(drop)
}

impl EventBus {
    /// A new bus in the emulator at this address.
    pub async fn start(emulator_url: &str) -> Result<Self> {
        let (emulator, name) = (Emulator::new(emulator_url), format!("bus-{}", Uuid::new_v4().simple()));
        let queue_url = emulator.make_bus(&name).await?;
        Self::before(Some(emulator), name, queue_url)
    }

    /// One that takes everything and delivers nothing.
    pub async fn swallowing() -> Result<Self> {
        Self::before(None, "swallowing".to_owned(), String::new())
    }

    fn before(emulator: Option<Emulator>, name: String, queue_url: String) -> Result<Self> {
        let listener = process::listen().context("taking a port for the bus")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (course, mut task) = (Arc::<Mutex<Course>>::default(), JoinSet::new());
        let (of_server, behind) = (Arc::clone(&course), emulator.clone());
        let answer = move |request| answer(Arc::clone(&of_server), behind.clone(), request);
        task.spawn(connections::serve_plain(TcpListener::from_std(listener)?, answer));
        Ok(Self { name, port, emulator, queue_url, course, _task: task })
    }

    /// What `AWS_ENDPOINT_URL_EVENTBRIDGE` should be.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The events that have arrived in the queue since the last time, as receivers get them.
    pub async fn received(&self) -> Vec<Value> {
        match &self.emulator {
            Some(emulator) => emulator.receive(&self.queue_url).await.expect("the emulator has queues"),
            None => Vec::new(),
        }
    }

    /// The details of the entries of each call so far, also of those that failed.
    pub fn calls(&self) -> Vec<Vec<Value>> {
        lock(&self.course).calls.clone()
    }

    /// So many entries whose detail holds this text are refused with this code; the others of their calls are taken. With
    /// the code `ValidationException` the call as a whole is refused.
    pub fn refuse(&self, text: &str, code: &'static str, times: usize) {
        lock(&self.course).refusals.push(Refusal { text: text.to_owned(), code, times });
    }

    pub fn fail_next(&self, times: usize, fault: Fault) {
        lock(&self.course).plan.fail_next(times, Matching::new("POST", "/"), fault);
    }

    pub fn hold(&self, moment: Moment) -> Held {
        lock(&self.course).plan.hold(Matching::new("POST", "/"), moment)
    }
}

impl Course {
    /// The code of the entry's refusal.
    fn refused(&mut self, detail: &str) -> Option<&'static str> {
        let refusal = self.refusals.iter_mut().find(|refusal| refusal.times > 0 && detail.contains(&refusal.text))?;
        refusal.times -= 1;
        Some(refusal.code)
    }
}

/// Fails where the client gets no answer.
async fn answer(course: Arc<Mutex<Course>>, emulator: Option<Emulator>, request: Request) -> io::Result<Response> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.map_err(io::Error::other)?;
    let call: Value = serde_json::from_slice(&bytes)?;
    let entries = call["Entries"].as_array().cloned().unwrap_or_default();
    let of_request = {
        let mut course = lock(&course);
        let details = entries.iter().map(|entry| serde_json::from_str(entry["Detail"].as_str().unwrap_or_default()));
        course.calls.push(details.map(Result::unwrap_or_default).collect());
        course.plan.course("POST", "/")
    };
    of_request.run(async move { put(&course, emulator.as_ref(), &parts.headers, entries).await }).await
}

async fn put(
    course: &Mutex<Course>,
    emulator: Option<&Emulator>,
    headers: &HeaderMap,
    entries: Vec<Value>,
) -> Response {
    let codes: Vec<Option<&str>> = {
        let mut course = lock(course);
        entries.iter().map(|entry| course.refused(entry["Detail"].as_str().unwrap_or_default())).collect()
    };
    if codes.contains(&Some("ValidationException")) {
        return response(400, &json!({ "__type": "ValidationException", "message": "what an entry is" }));
    }
    let taken: Vec<&Value> =
        entries.iter().zip(&codes).filter(|(_, code)| code.is_none()).map(|(entry, _)| entry).collect();
    let answered = match emulator {
        Some(emulator) if !taken.is_empty() => emulator.forward(headers, &json!({ "Entries": taken })).await,
        _ => Ok(json!({ "Entries": vec![json!({ "EventId": Uuid::new_v4() }); taken.len()] })),
    };
    let answered = match answered {
        Ok(answered) => answered,
        Err(error) => return response(500, &json!({ "message": format!("{error:#}") })),
    };
    let mut of_taken = answered["Entries"].as_array().cloned().unwrap_or_default().into_iter();
    let answers: Vec<Value> = codes
        .iter()
        .filter_map(|code| match code {
            Some(code) => Some(json!({ "ErrorCode": code, "ErrorMessage": "a test wants it" })),
            None => of_taken.next(),
        })
        .collect();
    let failed = answers.iter().filter(|answer| !answer["ErrorCode"].is_null()).count();
    response(200, &json!({ "FailedEntryCount": failed, "Entries": answers }))
}

fn response(status: u16, body: &Value) -> Response {
    let response = Response::builder().status(status).header(CONTENT_TYPE, "application/x-amz-json-1.1");
    response.body(Body::from(body.to_string())).expect("our own answer")
}
