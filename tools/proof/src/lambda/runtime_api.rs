//! Lambda's runtime API, as far as functions use it: it hands out invocations and takes what is returned.

use anyhow::{Context, Result, anyhow};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use shared::clock::Clock;
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

use testkit::{lock::lock, server::Server};

struct Invocation {
    id: Uuid,
    event: String,
    deadline_ms: i64,
}

struct Shared {
    queue: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    /// Where the result of each invocation is awaited.
    awaited: Mutex<HashMap<Uuid, oneshot::Sender<Result<Bytes>>>>,
}

impl Shared {
    fn finish(&self, id: Uuid, result: Result<Bytes>) -> StatusCode {
        if let Some(awaited) = lock(&self.awaited).remove(&id) {
            // Nobody waits any more for what came too late.
            let _ = awaited.send(result);
        }
        StatusCode::ACCEPTED
    }
}

/// The API of one instance, on a port of this machine. It stops when dropped.
pub struct RuntimeApi {
    queue: mpsc::UnboundedSender<Invocation>,
    shared: Arc<Shared>,
    server: Server,
}

impl RuntimeApi {
    pub async fn start() -> Result<Self> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { queue: AsyncMutex::new(waiting), awaited: Mutex::default() });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(start_failed))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let server = Server::start(0, routes).await.context("starting the runtime API")?;
        Ok(Self { queue, shared, server })
    }

    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Queues an event and waits for what the function returns.
    pub async fn invoke(&self, event: String, limit: Duration) -> Result<Bytes> {
        let (id, (sender, result)) = (Uuid::new_v4(), oneshot::channel());
        lock(&self.shared.awaited).insert(id, sender);
        let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let deadline_ms = Clock::System.now().timestamp_millis().saturating_add(limit_ms);
        let queued = self.queue.send(Invocation { id, event, deadline_ms });
        queued.map_err(|_| anyhow!("the runtime API has ended"))?;
        match timeout(limit, result).await {
            Ok(result) => result.unwrap_or_else(|_| Err(anyhow!("the function has ended"))),
            Err(_) => Err(anyhow!("the function ran out of time ({} s)", limit.as_secs())),
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let invocation = shared.queue.lock().await.recv().await;
    let response = Response::builder();
    let response = match invocation {
        None => response.status(StatusCode::GONE).body(Body::empty()),
        Some(Invocation { id, event, deadline_ms }) => response
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", id.to_string())
            .header("lambda-runtime-deadline-ms", deadline_ms)
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:local")
            .body(Body::from(event)),
    };
    response.expect("our own headers are good")
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<Uuid>, body: Bytes) -> StatusCode {
    shared.finish(id, Ok(body))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<Uuid>, body: Bytes) -> StatusCode {
    shared.finish(id, Err(anyhow!("{}", String::from_utf8_lossy(&body))))
}

/// The process could not start: it will take nothing of what is queued.
async fn start_failed(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    for (_, awaited) in lock(&shared.awaited).drain() {
        let _ = awaited.send(Err(anyhow!("the function did not start: {}", String::from_utf8_lossy(&body))));
    }
    StatusCode::ACCEPTED
}
