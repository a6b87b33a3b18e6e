//! What every handler has at hand.

use std::sync::Arc;

use axum::extract::FromRef;

use crate::{
    auth::token::Tokens,
    clock::Clock,
    config::{Config, ConfigError},
    db::Db,
    error::Result,
    http::routes,
    secrets::Secrets,
};

/// The parts of a running function; cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub clock: Clock,
    pub db: Arc<Db>,
    pub secrets: Arc<Secrets>,
    pub tokens: Arc<Tokens>,
}

/// The routes of a function.
pub type Routes = routes::Routes<App>;

/// For the extractors, which know nothing of a whole function.
impl FromRef<App> for Arc<Tokens> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.tokens)
    }
}

impl App {
    pub async fn new(config: &Config, clock: Clock) -> Result<Self> {
        let secrets = Arc::new(Secrets::new(config, clock.clone()).await?);
        Ok(Self {
            db: Arc::new(Db::new(Arc::clone(&secrets), clock.clone(), config.release.clone())),
            tokens: Arc::new(Tokens::new(config, clock.clone())?),
            secrets,
            clock,
        })
    }

    /// The parts of a function, or why it cannot work, which is logged.
    pub(crate) async fn start(
        function: &'static str,
        config: Result<Config, ConfigError>,
        clock: Clock,
    ) -> Result<Self, String> {
        let started = match config {
            Ok(config) => Self::new(&config, clock).await.map_err(|error| error.reason().to_owned()),
            Err(error) => Err(error.to_string()),
        };
        started.inspect_err(|reason| tracing::error!(function, reason, "the function is out of order"))
    }

    /// Fetches secret, keys and connection side by side, before the first request. What fails is
    /// logged and tried again by the request that needs it: a dead issuer must not fail the start.
    pub async fn warm(&self) {
        let (database, keys) = tokio::join!(self.db.warm(), self.tokens.keys.warm());
        for error in [database.err(), keys.err()].into_iter().flatten() {
            tracing::warn!(reason = error.reason(), "not ready at start-up");
        }
    }
}
