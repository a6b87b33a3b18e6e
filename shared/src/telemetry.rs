//! Logs as JSON lines. The line of a request is a CloudWatch metric too (EMF), and so is what else is counted.

use std::{
    cell::Cell,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::SecondsFormat;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use tracing::Level;
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
        .with_max_level(Level::INFO)
        .with_writer(writer)
        .finish()
}

/// What is known of a request once it is answered: the names are those of the log. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord<'a> {
    pub request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_request_id: Option<&'a str>,
    pub function: &'static str,
    pub method: &'a str,
    pub route: &'a str,
    pub status: u16,
    pub duration_ms: f64,
    pub db_ms: f64,
    pub cold_start: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// Why it failed, for the operator.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shortened")]
    pub reason: Option<&'a str>,
}

/// Lambda breaks lines of 256 KiB, and a broken one is no metric. A reason may repeat what the caller sent.
const MAX_REASON_BYTES: usize = 16 * 1024;

fn shortened<S: Serializer>(reason: &Option<&str>, serializer: S) -> Result<S::Ok, S::Error> {
    let reason = reason.unwrap_or_default();
    match reason.floor_char_boundary(MAX_REASON_BYTES) {
        end if end == reason.len() => serializer.serialize_str(reason),
        end => serializer.collect_str(&format_args!("{}… ({} bytes)", &reason[..end], reason.len())),
    }
}

/// Where metric lines go, and with them the lines of requests.
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

    /// Writes the line of a request: for people as the subscriber's lines are, and in the embedded metric format.
    pub(crate) fn record(&self, level: Level, record: &RequestRecord<'_>) {
        const METRICS: [Metric<'_>; 3] = [
            Metric { name: "duration_ms", unit: "Milliseconds" },
            Metric { name: "db_ms", unit: "Milliseconds" },
            Metric { name: "server_errors", unit: "Count" },
        ];
        #[derive(Serialize)]
        struct Fields<'a> {
            timestamp: String,
            level: &'static str,
            message: &'static str,
            #[serde(flatten)]
            record: &'a RequestRecord<'a>,
            server_errors: u8,
        }
        let fields = Fields {
            timestamp: self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true),
            level: level.as_str(),
            message: "request",
            record,
            server_errors: u8::from(record.status >= 500),
        };
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
        if let Ok(mut line) = serde_json::to_vec(&Line { fields, aws }) {
            line.push(b'\n');
            let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
    }
}

/// A line as CloudWatch's embedded metric format wants it.
#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(flatten)]
    fields: &'a T,
    #[serde(rename = "_aws")]
    aws: Aws<'a>,
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use chrono::DateTime;

    use super::*;

    /// Passes on what is written.
    struct Lines(mpsc::Sender<Vec<u8>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_written_at_once_and_no_reason_makes_it_too_long_for_lambda() {
        let (sender, lines) = mpsc::channel();
        let metrics = Metrics::to(Lines(sender), Clock::manual(DateTime::UNIX_EPOCH));
        for (reason, kept) in [("why".to_owned(), "why"), ("\u{1}".repeat(300 * 1024), "\u{1}… (307200 bytes)")] {
            let record = RequestRecord {
                request_id: "id",
                lambda_request_id: Some("lambda"),
                function: "credits",
                method: "GET",
                route: "/api/credits",
                status: 503,
                duration_ms: 1.5,
                db_ms: 0.5,
                cold_start: true,
                code: Some("unavailable"),
                reason: Some(&reason),
            };
            metrics.record(Level::WARN, &record);
            let line = lines.try_recv().unwrap();
            assert!(lines.try_recv().is_err(), "one write");
            assert!(line.len() < 128 * 1024 && line.ends_with(b"}\n"), "{} bytes", line.len());
            let line: Value = serde_json::from_slice(&line).unwrap();
            assert!(line["reason"].as_str().unwrap().ends_with(kept), "{line}");
            assert_eq!((&line["timestamp"], &line["level"]), (&"1970-01-01T00:00:00.000000Z".into(), &"WARN".into()));
            assert_eq!((&line["lambda_request_id"], &line["server_errors"]), (&"lambda".into(), &1.into()));
        }
    }
}
