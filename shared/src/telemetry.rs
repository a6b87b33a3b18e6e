//! Logs as JSON lines, and CloudWatch metrics (EMF): one line per request, and what else is counted.

use std::{
    cell::Cell,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::clock::Clock;

const METRIC_NAMESPACE: &str = "BackOffice";

tokio::task_local! {
    /// What the request at hand has spent in the database.
    static DB_TIME: Cell<Duration>;
}

/// Runs a request and returns its answer with the time it spent in the database.
pub(crate) async fn measuring_db_time<T>(request: impl Future<Output = T>) -> (T, Duration) {
    DB_TIME
        .scope(Cell::new(Duration::ZERO), async {
            let answer = request.await;
            (answer, DB_TIME.with(Cell::get))
        })
        .await
}

/// Adds to the database time of the request at hand; outside of one it is forgotten.
pub(crate) fn add_db_time(spent: Duration) {
    let _ = DB_TIME.try_with(|time| time.set(time.get() + spent));
}

/// A subscriber that writes flat JSON lines with time and level, as Lambda's log format wants them.
pub fn subscriber<W>(writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(writer)
        .finish()
}

/// What is known of a request once it is answered. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    pub function: &'static str,
    pub route: String,
    pub method: String,
    pub status: u16,
    pub duration_ms: f64,
    pub db_ms: f64,
    pub cold_start: bool,
}

/// Where metric lines go.
#[derive(Clone)]
pub struct Metrics {
    writer: Arc<Mutex<dyn Write + Send>>,
    clock: Clock,
}

impl Metrics {
    /// To standard output, which Lambda hands to CloudWatch.
    pub fn stdout(clock: Clock) -> Self {
        Self::to(io::stdout(), clock)
    }

    pub fn to(writer: impl Write + Send + 'static, clock: Clock) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), clock }
    }

    /// Writes one line in the embedded metric format about a request.
    pub(crate) fn record(&self, record: &RequestRecord) {
        let metrics = json!([
            { "Name": "duration_ms", "Unit": "Milliseconds" },
            { "Name": "db_ms", "Unit": "Milliseconds" },
            { "Name": "server_errors", "Unit": "Count" },
        ]);
        let mut line = self.line(&json!([["function", "route"], ["function"]]), &metrics);
        line["server_errors"] = u8::from(record.status >= 500).into();
        if let (Some(line), Ok(Value::Object(fields))) = (line.as_object_mut(), serde_json::to_value(record)) {
            line.extend(fields);
        }
        self.write(&line);
    }

    /// Writes how many there are of something, which `labels` tell apart.
    pub fn count(&self, metric: &str, labels: &[(&str, &str)], count: u64) {
        let dimensions: Vec<&str> = labels.iter().map(|(name, _)| *name).collect();
        let mut line = self.line(&json!([dimensions]), &json!([{ "Name": metric, "Unit": "Count" }]));
        for (name, value) in labels {
            line[*name] = json!(value);
        }
        line[metric] = count.into();
        self.write(&line);
    }

    fn line(&self, dimensions: &Value, metrics: &Value) -> Value {
        json!({
            "_aws": {
                "Timestamp": self.clock.now().timestamp_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": METRIC_NAMESPACE,
                    "Dimensions": dimensions,
                    "Metrics": metrics,
                }],
            },
        })
    }

    fn write(&self, line: &Value) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not fail a request.
        let _ = writeln!(writer, "{line}");
    }
}

/// Milliseconds with three decimals.
#[expect(clippy::float_arithmetic, reason = "a time span for logs, not money")]
pub(crate) fn milliseconds(span: Duration) -> f64 {
    span.as_micros() as f64 / 1000.0
}
