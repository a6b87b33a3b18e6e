//! Start-up of a function: settings, warm-up, and then Lambda's loop.

use std::io;

use axum::Router;
use lambda_http::{Adapter, Request, Service, service_fn};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    app::{App, Routes},
    clock::Clock,
    config::{Config, ConfigError, Login},
    http::{event, pipeline},
    scheduled::{ScheduledFunction, ScheduledTask},
    telemetry::{self, Metrics},
};

/// What Lambda's loop fails with.
pub use lambda_http::Error as StartError;

/// Runs a function until Lambda ends it. A function whose settings are wrong starts all the same,
/// logs one line that names the variable, and answers 503. `release` is the schema of its SQL functions.
pub async fn serve(function: &'static str, routes: Routes, release: &str) -> Result<(), StartError> {
    let (clock, metrics) = set_up();
    let function = HttpFunction::start(function, routes.into(), Config::from_env(release), clock, metrics).await;
    lambda_runtime::run(service_fn(|event| function.handle(event))).await
}

/// Runs a function that events start and no request reaches. Where `serve` answers 503, it fails, and Lambda
/// starts it again later.
pub async fn serve_scheduled<W: ScheduledTask>(
    function: &'static str,
    work: W,
    release: &str,
    login: Login,
) -> Result<(), StartError> {
    let (clock, metrics) = set_up();
    let config = Config::from_env(release).map(|config| Config { login, ..config });
    let function = ScheduledFunction::start(function, work, config, clock, metrics).await;
    let handle = |event: LambdaEvent<_>| function.handle(event.payload);
    lambda_runtime::run(service_fn(handle)).await
}

/// Logs and panics as JSON lines; the machine's clock.
fn set_up() -> (Clock, Metrics) {
    // A process has one subscriber; a second call keeps the first.
    let _ = tracing::subscriber::set_global_default(telemetry::subscriber(io::stdout));
    std::panic::set_hook(Box::new(|panic| tracing::error!(reason = %panic, "panic")));
    let clock = Clock::System;
    let metrics = Metrics::stdout(clock.clone());
    (clock, metrics)
}

/// A function behind the gateway, ready for events.
#[derive(Clone, Debug)]
pub struct HttpFunction(Router);

impl HttpFunction {
    pub async fn start(
        function: &'static str,
        routes: Router<App>,
        config: Result<Config, ConfigError>,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        Self(match App::start(function, config, clock).await {
            Ok(app) => {
                app.warm().await;
                pipeline::wrap(routes.with_state(app), function, metrics)
            }
            Err(reason) => pipeline::out_of_order(reason, function, metrics),
        })
    }

    /// Answers the request in an event. It fails only if there is none: then nobody waits for an answer.
    pub async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<impl Serialize, Diagnostic> {
        let checked = event::check(event.payload.get()).ok_or_else(|| Diagnostic {
            error_type: "not_a_request".to_owned(),
            error_message: "This function takes events of an API Gateway HTTP API (payload 2.0).".to_owned(),
        })?;
        let (request, mut complete) = checked.split();
        let mut router = self.0.clone();
        let service = service_fn(move |mut request: Request| {
            complete(&mut request);
            router.call(request)
        });
        let answer = Adapter::from(service).call(LambdaEvent::new(request, event.context));
        // A router does not fail.
        Ok(answer.await.unwrap_or_else(|never| match never {}))
    }
}
