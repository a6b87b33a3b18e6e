//! What Secrets Manager keeps for us: one JSON secret, kept five minutes, served stale on errors.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    cached::Cached,
    clock::Clock,
    config::Config,
    error::{Error, Result},
    sensitive::Sensitive,
    webhook::SigningSecret,
};

const KEEP: TimeDelta = TimeDelta::minutes(5);
const PAUSE: TimeDelta = TimeDelta::seconds(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);

/// The secrets of the functions.
#[derive(Clone, Debug)]
pub struct AppSecrets {
    /// `postgresql://api…@…:6543/postgres`.
    pub database_url: Sensitive<String>,
    /// The root certificate of the database as PEM; without it TLS trusts the public roots.
    pub database_ca_pem: Option<String>,
    /// The Action's secrets: the current one, and the previous one while it is being replaced.
    pub webhook_secrets: Vec<SigningSecret>,
}

/// The secret as it is stored. Other members are left to other versions of us.
#[derive(Deserialize)]
struct Stored {
    database_url: Sensitive<String>,
    #[serde(default)]
    database_ca_pem: Option<String>,
    webhook_secret: Sensitive<String>,
}

/// Reads the secret, and keeps it.
#[derive(Debug)]
pub struct Secrets {
    id: String,
    client: Client,
    cached: Cached<Arc<AppSecrets>>,
}

impl Secrets {
    pub async fn new(config: &Config, clock: Clock) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(ATTEMPT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let aws = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(50)))
            .load()
            .await;
        let mut builder = aws_sdk_secretsmanager::config::Builder::from(&aws);
        builder.set_endpoint_url(config.secrets_endpoint_url.clone());
        Self {
            id: config.secret_id.clone(),
            client: Client::from_conf(builder.build()),
            cached: Cached::new(clock, KEEP, PAUSE),
        }
    }

    pub async fn get(&self) -> Result<Arc<AppSecrets>> {
        self.cached.get(async || self.load().await).await
    }

    /// Reads the secret again, because what it held was refused.
    pub async fn refresh(&self) -> Result<Arc<AppSecrets>> {
        self.cached.refresh(async || self.load().await).await
    }

    async fn load(&self) -> Result<Arc<AppSecrets>> {
        let (current, previous) = tokio::join!(self.read("AWSCURRENT"), self.read("AWSPREVIOUS"));
        let secrets = current.and_then(|current| {
            // The first version has no previous one; a previous one that cannot be read is not needed.
            let previous = previous.ok().and_then(|text| self.parse(&text).ok());
            let current = self.parse(&current)?;
            Ok(AppSecrets {
                database_url: current.0.database_url,
                database_ca_pem: current.0.database_ca_pem,
                webhook_secrets: [current.1].into_iter().chain(previous.map(|stored| stored.1)).collect(),
            })
        });
        secrets.map(Arc::new).inspect_err(|error| tracing::warn!(?error, "the secret could not be read"))
    }

    async fn read(&self, stage: &str) -> Result<String> {
        let unreadable = |reason: String| Error::Unavailable(format!("the secret {} ({stage}): {reason}", self.id));
        let output = self
            .client
            .get_secret_value()
            .secret_id(&self.id)
            .version_stage(stage)
            .send()
            .await
            .map_err(|error| unreadable(DisplayErrorContext(&error).to_string()))?;
        output.secret_string.ok_or_else(|| unreadable("it holds no text".to_owned()))
    }

    /// Never repeats what it read: not even serde's message, which would.
    fn parse(&self, text: &str) -> Result<(Stored, SigningSecret)> {
        let wrong = |reason: &str| Error::Unavailable(format!("the secret {}: {reason}", self.id));
        let stored: Stored = serde_json::from_str(text)
            .map_err(|_| wrong("is not a JSON object with the texts `database_url` and `webhook_secret`"))?;
        let signing = SigningSecret::parse(stored.webhook_secret.reveal())
            .map_err(|reason| wrong(&format!("`webhook_secret` {reason}")))?;
        Ok((stored, signing))
    }
}
