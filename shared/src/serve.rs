//! Start-up of a function: settings, warm-up, and then Lambda's loop.

use std::io;

use axum::Router;

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    pipeline,
    routes::Routes,
    telemetry::{self, Metrics},
};

/// What Lambda's loop fails with.
pub use lambda_http::Error as StartError;

/// Runs a function until Lambda ends it. A function whose settings are wrong starts all the same,
/// logs one line that names the variable, and answers 503.
pub async fn serve(function: &'static str, routes: Routes) -> Result<(), StartError> {
    // A second subscriber in one process cannot be; the first one then stays.
    let _ = tracing::subscriber::set_global_default(telemetry::subscriber(io::stdout));
    std::panic::set_hook(Box::new(|panic| tracing::error!(reason = %panic, "panic")));
    let clock = Clock::System;
    let metrics = Metrics::stdout(clock.clone());
    lambda_http::run(router(function, routes.into(), Config::from_env(), clock, metrics).await).await
}

/// The whole function, ready for requests.
pub async fn router(
    function: &'static str,
    routes: Router<App>,
    config: Result<Config, crate::config::ConfigError>,
    clock: Clock,
    metrics: Metrics,
) -> Router {
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(function, reason = %error, "the function is out of order");
            return pipeline::out_of_order(error.to_string(), function, metrics);
        }
    };
    match App::new(&config, clock).await {
        Ok(app) => {
            app.warm().await;
            pipeline::wrap(routes, app, function, metrics)
        }
        Err(error) => {
            tracing::error!(function, reason = error.reason(), "the function is out of order");
            pipeline::out_of_order(error.reason().to_owned(), function, metrics)
        }
    }
}
