//! Lambda's runtime API, as far as functions use it: it hands out invocations and takes what is returned.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use shared::clock::Clock;
use testkit::{lock::lock, server::Server};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

type Awaited = oneshot::Sender<Result<Bytes>>;

struct Invocation {
    event: String,
    deadline_ms: i64,
    awaited: Awaited,
}

struct Shared {
    queue: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    /// Where the result of the present invocation is awaited: there is one at a time.
    awaited: Mutex<Option<Awaited>>,
}

/// The API of one instance, on a port of this machine. It stops when dropped.
pub struct RuntimeApi {
    queue: mpsc::UnboundedSender<Invocation>,
    server: Server,
}

impl RuntimeApi {
    pub async fn start() -> Result<Self> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let shared = Shared { queue: AsyncMutex::new(waiting), awaited: Mutex::default() };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(finish))
            .route("/2018-06-01/runtime/init/error", post(start_failed))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::new(shared));
        let server = Server::start(0, routes).await.context("starting the runtime API")?;
        Ok(Self { queue, server })
    }

    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Queues an event and waits for what the function returns.
    pub async fn invoke(&self, event: String, limit: Duration) -> Result<Bytes> {
        let (awaited, result) = oneshot::channel();
        let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let deadline_ms = Clock::System.now().timestamp_millis().saturating_add(limit_ms);
        let queued = self.queue.send(Invocation { event, deadline_ms, awaited });
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
        Some(Invocation { event, deadline_ms, awaited }) => {
            *lock(&shared.awaited) = Some(awaited);
            response
                .header("content-type", "application/json")
                .header("lambda-runtime-aws-request-id", Uuid::new_v4().to_string())
                .header("lambda-runtime-deadline-ms", deadline_ms)
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:local")
                .body(Body::from(event))
        }
    };
    response.expect("our own headers are good")
}

async fn finish(
    State(shared): State<Arc<Shared>>,
    Path((_, outcome)): Path<(Uuid, String)>,
    body: Bytes,
) -> StatusCode {
    let is_error = outcome == "error";
    let result = if is_error { Err(anyhow!("{}", String::from_utf8_lossy(&body))) } else { Ok(body) };
    if let Some(awaited) = lock(&shared.awaited).take() {
        // Nobody waits any more for what came too late.
        let _ = awaited.send(result);
    }
    StatusCode::ACCEPTED
}

/// The process could not start: it will take nothing of what is queued.
async fn start_failed(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    if let Some(Invocation { awaited, .. }) = shared.queue.lock().await.recv().await {
        let _ = awaited.send(Err(anyhow!("the function did not start: {}", String::from_utf8_lossy(&body))));
    }
    StatusCode::ACCEPTED
}
