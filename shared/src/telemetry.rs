//! Logs as JSON lines, and CloudWatch metrics (EMF): one line per request, and what else is counted.

use std::{
    cell::Cell,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value};
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
        const METRICS: [Metric<'_>; 3] = [
            Metric { name: "duration_ms", unit: "Milliseconds" },
            Metric { name: "db_ms", unit: "Milliseconds" },
            Metric { name: "server_errors", unit: "Count" },
        ];
        #[derive(Serialize)]
        struct Fields<'a> {
            server_errors: u8,
            #[serde(flatten)]
            record: &'a RequestRecord,
        }
        let fields = Fields { server_errors: u8::from(record.status >= 500), record };
        self.write(&[&["function", "route"], &["function"]], &METRICS, &fields);
    }

    /// Writes a count, with `labels` as its dimensions.
    pub fn count(&self, metric: &str, labels: &[(&str, &str)], count: u64) {
        let dimensions: Vec<&str> = labels.iter().map(|(name, _)| *name).collect();
        let mut fields: Map<String, Value> =
            labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        fields.insert(metric.to_owned(), count.into());
        self.write(&[&dimensions], &[Metric { name: metric, unit: "Count" }], &fields);
    }

    /// One line at once: written piece by piece, standard output would look for line ends in each.
    fn write(&self, dimensions: &[&[&str]], metrics: &[Metric<'_>], fields: &impl Serialize) {
        let directives = [Directive { namespace: METRIC_NAMESPACE, dimensions, metrics }];
        let aws = Aws { timestamp: self.clock.now().timestamp_millis(), directives };
        // Neither a line that cannot be made nor a log that cannot be written must fail a request.
        if let Ok(mut line) = serde_json::to_vec(&Line { aws, fields }) {
            line.push(b'\n');
            let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
    }
}

/// A line as CloudWatch's embedded metric format wants it.
#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(rename = "_aws")]
    aws: Aws<'a>,
    #[serde(flatten)]
    fields: &'a T,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Aws<'a> {
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    directives: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: &'a [&'a [&'a str]],
    metrics: &'a [Metric<'a>],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric<'a> {
    name: &'a str,
    unit: &'a str,
}

/// Milliseconds with three decimals.
#[expect(clippy::float_arithmetic, reason = "a time span for logs, not money")]
pub(crate) fn milliseconds(span: Duration) -> f64 {
    span.as_micros() as f64 / 1000.0
}
