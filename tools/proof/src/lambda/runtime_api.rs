//! Lambda's runtime API, as far as functions use it: it hands out invocations and takes what is returned.

use anyhow::{Context, Result, anyhow};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
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
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use uuid::Uuid;

type Answers = Mutex<HashMap<Uuid, oneshot::Sender<Result<Bytes>>>>;

struct Invocation {
    id: Uuid,
    event: String,
    deadline_ms: i64,
}

struct Shared {
    queue: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    answers: Answers,
}

impl Shared {
    /// Tells whoever waits for this invocation.
    fn tell(&self, id: Uuid, answer: Result<Bytes>) {
        let waiting = self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        // Nobody waits any more for what came too late.
        let _ = waiting.map(|waiting| waiting.send(answer));
    }
}

/// The API of one instance, on a port of this machine. It stops when dropped.
pub struct RuntimeApi {
    port: u16,
    queue: mpsc::UnboundedSender<Invocation>,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for RuntimeApi {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RuntimeApi").field("port", &self.port).finish_non_exhaustive()
    }
}

impl RuntimeApi {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("starting the runtime API")?;
        let port = listener.local_addr()?.port();
        let (queue, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { queue: AsyncMutex::new(waiting), answers: Answers::default() });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(start_failed))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It ends with the task; there is nobody to tell.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { port, queue, shared, server })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Queues an event and waits for what the function returns.
    pub async fn invoke(&self, event: String, limit: Duration) -> Result<Bytes> {
        let (id, (tell, answer)) = (Uuid::new_v4(), oneshot::channel());
        self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(id, tell);
        let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let deadline_ms = Clock::System.now().timestamp_millis().saturating_add(limit_ms);
        let queued = self.queue.send(Invocation { id, event, deadline_ms });
        queued.map_err(|_| anyhow!("the runtime API has ended"))?;
        match timeout(limit, answer).await {
            Ok(told) => told.unwrap_or_else(|_| Err(anyhow!("the function has ended"))),
            Err(_) => Err(anyhow!("the function ran out of time ({} s)", limit.as_secs())),
        }
    }

    /// Whoever waits for an answer is told that there will be none.
    pub fn fail_all(&self, reason: &str) {
        let mut waiting = self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, tell) in waiting.drain() {
            let _ = tell.send(Err(anyhow!("{reason}")));
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let invocation = shared.queue.lock().await.recv().await;
    let answer = Response::builder();
    let answer = match invocation {
        None => answer.status(StatusCode::GONE).body(Body::empty()),
        Some(Invocation { id, event, deadline_ms }) => answer
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", id.to_string())
            .header("lambda-runtime-deadline-ms", deadline_ms)
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:local")
            .body(Body::from(event)),
    };
    answer.expect("our own headers are good")
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<Uuid>, body: Bytes) -> StatusCode {
    shared.tell(id, Ok(body));
    StatusCode::ACCEPTED
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<Uuid>, body: Bytes) -> StatusCode {
    shared.tell(id, Err(anyhow!("{}", String::from_utf8_lossy(&body))));
    StatusCode::ACCEPTED
}

/// The process could not start: nobody will take what is queued.
async fn start_failed(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let waiting: Vec<Uuid> = shared.answers.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
    for id in waiting {
        shared.tell(id, Err(anyhow!("the function did not start: {}", String::from_utf8_lossy(&body))));
    }
    StatusCode::ACCEPTED
}
