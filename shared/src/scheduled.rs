//! Functions that events start: the same start-up, log and metrics as behind the gateway, and no HTTP.

use std::{sync::Arc, time::Duration};

use lambda_runtime::Diagnostic;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::{
    app::App,
    clock::Clock,
    config::{Config, ConfigError},
    error::{Error, Result},
    telemetry::{self, Metrics},
};

/// No run takes longer, whatever its parts do. Shorter than the functions' own time-out.
const RUN_DEADLINE: Duration = Duration::from_secs(600);

/// What a run has at hand.
#[derive(Clone)]
pub struct Run {
    /// The name of the function.
    pub function: &'static str,
    pub app: App,
    /// Its settings; secrets are not among them.
    pub config: Arc<Config>,
    pub metrics: Metrics,
}

/// What an event function does; it answers what it did.
pub trait ScheduledTask: AsyncFn(&Run) -> Result<Value> {}

impl<W: AsyncFn(&Run) -> Result<Value>> ScheduledTask for W {}

/// An event function, ready for events.
pub struct ScheduledFunction<W> {
    name: &'static str,
    work: W,
    job: Result<Run, String>,
}

impl<W: ScheduledTask> ScheduledFunction<W> {
    /// Starts it as `serve` starts the others. It checks no tokens, so it fetches no keys.
    pub async fn start(
        name: &'static str,
        work: W,
        config: Result<Config, ConfigError>,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let settings = config.as_ref().ok().cloned().map(Arc::new);
        let started = App::start(name, config, clock).await;
        let job = started.and_then(|app| {
            let config = settings.ok_or_else(|| "it has no settings".to_owned())?;
            Ok(Run { function: name, app, config, metrics })
        });
        if let Ok(job) = &job
            && let Err(error) = job.app.db.warm().await
        {
            tracing::warn!(reason = error.reason(), "not ready at start-up");
        }
        Self { name, work, job }
    }

    /// Does the work once. What fails is logged and told to Lambda, which sends the event again.
    pub async fn handle(&self, event: Value) -> Result<Value, Diagnostic> {
        let started = Instant::now();
        let (done, db_time) = telemetry::measuring_db_time(self.run(&event)).await;
        let (function, duration_ms) = (self.name, telemetry::milliseconds(started.elapsed()));
        let db_ms = telemetry::milliseconds(db_time);
        match done {
            Ok(report) => {
                tracing::info!(function, duration_ms, db_ms, %report, "run");
                Ok(report)
            }
            Err(error) => {
                let (code, reason) = (error.code(), error.reason());
                tracing::error!(function, duration_ms, db_ms, code, reason, "run");
                Err(Diagnostic { error_type: code.to_owned(), error_message: reason.to_owned() })
            }
        }
    }

    async fn run(&self, event: &Value) -> Result<Value> {
        // Every way from HTTP into a function (gateways, function URLs, load balancers) adds this member, and
        // callers can neither add nor take away members beside it.
        if event.get("requestContext").is_some() {
            return Err(Error::Bug("started by a request, and no route may lead here".to_owned()));
        }
        let job = self.job.as_ref().map_err(|reason| Error::Unavailable(reason.clone()))?;
        let run = timeout(RUN_DEADLINE, (self.work)(job)).await;
        run.unwrap_or_else(|_| Err(Error::Unavailable("the run took too long".to_owned())))
    }
}
