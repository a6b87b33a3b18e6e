//! Lambda on this machine: one instance is one process of a function, which takes from its runtime API one request
//! after the other. AWS's own emulator (`make test-release`) starts functions too slowly to time them, and does
//! not let them be killed in the middle of a request.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{self, DefaultBodyLimit, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use ops::{environment::emulator_credentials, schema};
use serde_json::Value;
use shared::clock::Clock;
use testkit::{
    World, environment,
    lock::lock,
    process::{Process, Signal, peak_resident_kib, processor_us},
    server::Server,
};
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

/// As `template.yaml` has it for requests.
const TIME_OUT: Duration = Duration::from_secs(15);
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How a function's process is started, again and again.
#[derive(Clone, Debug)]
pub struct Program {
    name: &'static str,
    words: Vec<PathBuf>,
    environment: Vec<(&'static str, String)>,
}

impl Program {
    /// A program and its arguments.
    pub fn new(name: &'static str, words: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { name, words: words.into_iter().collect(), environment: Vec::new() }
    }

    /// A function as `make test-release` and `make bench` have built it.
    pub fn released(function: &'static str) -> Self {
        Self::released_in(&schema::checkout(), function)
    }

    /// The same of another checkout.
    pub fn released_in(checkout: &Path, function: &'static str) -> Self {
        Self::new(function, [checkout.join("target/lambda").join(function).join("unpacked/bootstrap")])
    }

    /// Another program runs it, such as an instrument.
    pub fn under(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.splice(0..0, words.into_iter().map(PathBuf::from));
        self
    }

    pub fn with(mut self, environment: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.environment.extend(environment);
        self
    }

    /// Gives it the settings of a world, whose database it reaches through `port`.
    pub async fn in_world(self, world: &World, port: u16) -> Self {
        let id = world.put_secret(&world.secret(port)).await;
        self.with(environment(world.config(&id)))
    }

    fn command(&self, runtime_api: u16) -> Result<Command> {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().context("a program has a name")?);
        command.args(words).env_clear().envs(emulator_credentials());
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{runtime_api}")),
            ("AWS_LAMBDA_FUNCTION_NAME", self.name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "local".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ]);
        command.envs(self.environment.iter().cloned());
        Ok(command)
    }
}

type Awaited = oneshot::Sender<Result<Bytes>>;
/// The event, until when it must be answered, and where that is awaited.
type Invocation = (String, i64, Awaited);

/// What the runtime API of one instance hands out.
struct Work {
    queue: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    /// Where the result of the present invocation is awaited: there is one at a time.
    awaited: Mutex<Option<Awaited>>,
}

/// A running process of a function, and the runtime API that it asks. Dropping it kills it.
pub struct Instance {
    queue: mpsc::UnboundedSender<Invocation>,
    process: Process,
    _api: Server,
}

impl Instance {
    /// Starts a process; its log goes to `home`. The first request may be sent at once: it is answered when the
    /// process has started.
    pub async fn start(program: &Program, home: &Path) -> Result<Self> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let work = Work { queue: AsyncMutex::new(waiting), awaited: Mutex::default() };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(finish))
            .route("/2018-06-01/runtime/init/error", post(start_failed))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::new(work));
        let api = Server::start(0, routes).await.context("starting the runtime API")?;
        let process = Process::spawn(program.name, home, program.command(api.port)?)?;
        Ok(Self { queue, process, _api: api })
    }

    /// What the function returns for an event; an error when it reports one, is killed, or has not answered in Lambda's
    /// time.
    pub async fn invoke(&self, event: &Value) -> Result<Value> {
        self.invoke_within(TIME_OUT, event).await
    }

    /// The same, of a function with another time-out.
    pub async fn invoke_within(&self, time_out: Duration, event: &Value) -> Result<Value> {
        let (awaited, result) = oneshot::channel();
        let deadline_ms = (Clock::System.now() + time_out).timestamp_millis();
        let queued = self.queue.send((event.to_string(), deadline_ms, awaited));
        queued.ok().context("the runtime API has ended")?;
        let result = timeout(time_out, result).await;
        let returned = result.context("the function ran out of time")?.context("the function has ended")??;
        serde_json::from_slice(&returned).context("reading an answer")
    }

    /// The most memory that the process has held so far.
    pub fn peak_resident_kib(&self) -> Result<u64> {
        peak_resident_kib(self.process.id())
    }

    /// The processor time that the process has taken so far, in microseconds.
    pub fn processor_us(&self) -> Result<u64> {
        processor_us(self.process.id())
    }

    /// Ends it in order.
    pub async fn stop(self) {
        self.process.stop(Signal::SIGTERM, STOP_GRACE).await;
    }
}

async fn next(State(work): State<Arc<Work>>) -> Response<Body> {
    let invocation = work.queue.lock().await.recv().await;
    let response = Response::builder();
    let response = match invocation {
        None => response.status(StatusCode::GONE).body(Body::empty()),
        Some((event, deadline_ms, awaited)) => {
            *lock(&work.awaited) = Some(awaited);
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
    State(work): State<Arc<Work>>,
    extract::Path((_, outcome)): extract::Path<(Uuid, String)>,
    body: Bytes,
) -> StatusCode {
    let is_error = outcome == "error";
    let result = if is_error { Err(anyhow!("{}", String::from_utf8_lossy(&body))) } else { Ok(body) };
    if let Some(awaited) = lock(&work.awaited).take() {
        // Nobody waits any more for what came too late.
        let _ = awaited.send(result);
    }
    StatusCode::ACCEPTED
}

/// The process could not start: it will take nothing of what is queued.
async fn start_failed(State(work): State<Arc<Work>>, body: Bytes) -> StatusCode {
    if let Some((_, _, awaited)) = work.queue.lock().await.recv().await {
        let _ = awaited.send(Err(anyhow!("the function did not start: {}", String::from_utf8_lossy(&body))));
    }
    StatusCode::ACCEPTED
}
