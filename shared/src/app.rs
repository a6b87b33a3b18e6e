//! What every handler has at hand.

use std::sync::Arc;

use axum::extract::FromRef;
use tracing::instrument::WithSubscriber;

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
            db: Arc::new(Db::new(Arc::clone(&secrets), clock.clone(), config)),
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

    /// Fetches secret and connection before the first request, and has the issuer's keys fetched beside it. A signed login
    /// needs no keys, so nothing waits for them but requests with a token. What fails, also because Lambda froze the
    /// instance in the middle, is logged and tried again by the request that needs it.
    pub async fn warm(&self) {
        let tokens = Arc::clone(&self.tokens);
        tokio::spawn(async move { tell(tokens.keys.warm().await) }.with_current_subscriber());
        tell(self.db.warm().await);
    }
}

fn tell(warmed: Result<()>) {
    if let Err(error) = warmed {
        tracing::warn!(reason = error.reason(), "not ready at start-up");
    }
}
