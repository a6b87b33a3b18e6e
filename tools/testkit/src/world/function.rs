//! Instances of functions, and their logs.

use std::{
    io,
    sync::{Arc, Mutex},
};

use anyhow::anyhow;
use axum::{
    Router,
    http::{HeaderMap, header::CACHE_CONTROL},
};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, value::RawValue};
use shared::{
    App,
    clock::Clock,
    config::{Config, ConfigError},
    scheduled::{ScheduledFunction, ScheduledTask},
    serve::HttpFunction,
    telemetry::{self, Metrics},
};
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
    pub fn lines(&self) -> Vec<Value> {
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
    pub async fn handle(&self, event: Value) -> Result<Value, String> {
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
    function: HttpFunction,
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
        let start = HttpFunction::start(name, routes.into(), config, clock, metrics);
        let function = start.with_subscriber(subscriber.clone()).await;
        Self { function, subscriber, log }
    }

    pub async fn send(&self, ask: TestRequest) -> TestResponse {
        let Some(event) = ask.event() else {
            return TestResponse::new(400, HeaderMap::new(), r#"{"message":"Bad Request"}"#.to_owned());
        };
        let answer = TestResponse::from_returned(&self.invoke(&event).await.expect("it is a request"));
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "every answer is one caller's");
        if answer.status >= 500 {
            self.show_last_request();
        }
        answer
    }

    /// What it returns for an event, as `serve` hands it to Lambda.
    pub async fn invoke(&self, event: &Value) -> anyhow::Result<Value> {
        let event = LambdaEvent::new(RawValue::from_string(event.to_string())?, Context::default());
        let handled = self.function.handle(event).with_subscriber(self.subscriber.clone()).await;
        let returned = handled.map_err(|failure| anyhow!("{}: {}", failure.error_type, failure.error_message))?;
        Ok(serde_json::to_value(returned)?)
    }

    /// For the reader of a failed test.
    #[expect(clippy::print_stdout, reason = "shown when a test fails, and only then")]
    fn show_last_request(&self) {
        if let Some(line) = self.log.text().lines().rfind(|line| line.contains("\"request\"")) {
            println!("{line}");
        }
    }
}
