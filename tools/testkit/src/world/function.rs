//! Instances of functions, and their logs.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::Request, response::Response};
use shared::{
    App,
    clock::Clock,
    config::{Config, ConfigError},
    scheduled::{ScheduledFunction, ScheduledTask},
    serve,
    telemetry::{self, Metrics},
};
use tower::ServiceExt;
use tracing::{Dispatch, instrument::WithSubscriber};

use super::request::{TestRequest, TestResponse};
use crate::lock::lock;

/// What a function has written: log lines and metric lines.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).into_owned()
    }

    /// The lines, each of which must be a JSON object.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A running instance that events start: what `serve_scheduled` would hand to Lambda, called directly.
pub struct Worker<W> {
    function: ScheduledFunction<W>,
    subscriber: Dispatch,
    pub log: Log,
}

impl<W: ScheduledTask> Worker<W> {
    /// Starts an instance as Lambda would, warm-up included.
    pub async fn start(name: &'static str, work: W, config: Result<Config, ConfigError>, clock: Clock) -> Self {
        let (log, subscriber) = logging();
        let metrics = Metrics::to(log.clone(), clock.clone());
        let start = ScheduledFunction::start(name, work, config, clock, metrics);
        let function = start.with_subscriber(subscriber.clone()).await;
        Self { function, subscriber, log }
    }

    /// Does its work. Returns what it did, or the error's code and reason as Lambda gets them.
    pub async fn handle(&self, event: serde_json::Value) -> Result<serde_json::Value, String> {
        let handled = self.function.handle(event).with_subscriber(self.subscriber.clone()).await;
        handled.map_err(|failure| format!("{}: {}", failure.error_type, failure.error_message))
    }
}

fn logging() -> (Log, Dispatch) {
    let log = Log::default();
    let writer = log.clone();
    (log, Dispatch::new(telemetry::subscriber(move || writer.clone())))
}

/// A running instance: what `serve` would hand to Lambda, called directly.
pub struct Function {
    router: Router,
    subscriber: Dispatch,
    pub log: Log,
}

impl Function {
    /// Starts an instance as Lambda would, warm-up included.
    pub async fn start(
        name: &'static str,
        routes: impl Into<Router<App>>,
        config: Result<Config, ConfigError>,
        clock: Clock,
    ) -> Self {
        let (log, subscriber) = logging();
        let metrics = Metrics::to(log.clone(), clock.clone());
        let start = serve::router(name, routes.into(), config, clock, metrics);
        let router = start.with_subscriber(subscriber.clone()).await;
        Self { router, subscriber, log }
    }

    pub async fn send(&self, ask: TestRequest) -> TestResponse {
        let answer = TestResponse::read(self.answer(ask.into_request()).await).await;
        if answer.status >= 500 {
            self.show_last_request();
        }
        answer
    }

    /// The answer as it goes out.
    pub async fn answer(&self, request: Request) -> Response {
        let answering = self.router.clone().oneshot(request).with_subscriber(self.subscriber.clone());
        answering.await.unwrap_or_else(|never| match never {})
    }

    /// For the reader of a failed test.
    #[expect(clippy::print_stdout, reason = "shown when a test fails, and only then")]
    fn show_last_request(&self) {
        if let Some(line) = self.log.text().lines().rfind(|line| line.contains("\"request\"")) {
            println!("{line}");
        }
    }
}
