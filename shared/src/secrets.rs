//! What Secrets Manager keeps for us: one JSON secret, kept five minutes, served stale on errors.

pub mod https;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{Client, config::SharedHttpClient, error::DisplayErrorContext};
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    aws,
    cached::Cached,
    cipher::{Cipher, EncryptionKeys},
    clock::Clock,
    config::Config,
    error::{Error, Result},
    signing::{SigningSecret, StripeSecret},
};

const KEEP: TimeDelta = TimeDelta::minutes(5);
const PAUSE: TimeDelta = TimeDelta::seconds(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);

/// The secrets of the functions.
#[derive(Clone, Debug)]
pub struct AppSecrets {
    /// `postgresql://api…@…:6543/postgres`.
    pub database_url: SecretString,
    /// Of the other roles, by their names.
    pub passwords: BTreeMap<String, SecretString>,
    /// The root certificate of the database as PEM; without it TLS trusts the public roots.
    pub database_ca_pem: Option<String>,
    /// The Action's secrets: the current one, and the previous one while it is being replaced.
    pub webhook_secrets: Vec<SigningSecret>,
    /// None while no Stripe account is connected.
    pub stripe: Option<Stripe>,
    /// For secrets at rest. None while the secret has no `encryption_keys`.
    pub cipher: Option<Arc<Cipher>>,
}

/// What Stripe's events are believed by.
#[derive(Clone, Debug)]
pub struct Stripe {
    /// Those of the webhook endpoint: the current ones, and the previous ones while they are being replaced.
    pub webhook_secrets: Vec<StripeSecret>,
    /// Whether the endpoint is for real money. Each endpoint is for one of both.
    pub livemode: bool,
}

impl AppSecrets {
    /// The cipher, without which no secret can be stored.
    pub fn cipher(&self) -> Result<&Cipher> {
        let missing = || Error::Unavailable("the secret has no `encryption_keys`".to_owned());
        self.cipher.as_deref().ok_or_else(missing)
    }
}

/// The secret as it is stored. Unknown members are ignored: another version may use them.
#[derive(Deserialize)]
struct Stored {
    database_url: SecretString,
    #[serde(default)]
    passwords: BTreeMap<String, SecretString>,
    #[serde(default)]
    database_ca_pem: Option<String>,
    webhook_secret: SecretString,
    #[serde(default)]
    stripe: Option<StoredStripe>,
    #[serde(default)]
    encryption_keys: Option<EncryptionKeys>,
}

#[derive(Deserialize)]
struct StoredStripe {
    webhook_secrets: Vec<SecretString>,
    livemode: bool,
}

/// Reads the secret, and keeps it.
#[derive(Debug)]
pub struct Secrets {
    id: String,
    client: Client,
    cached: Cached<Arc<AppSecrets>>,
}

impl Secrets {
    pub async fn new(config: &Config, clock: Clock) -> Result<Self> {
        Ok(Self::through(https::client(config.secrets_roots)?, config, clock).await)
    }

    async fn through(http_client: SharedHttpClient, config: &Config, clock: Clock) -> Self {
        let aws = aws::sdk_config(http_client, ATTEMPT_TIMEOUT, 2).await;
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
        self.cached.refresh(async || self.load().await).await.map(|refreshed| refreshed.value)
    }

    async fn load(&self) -> Result<Arc<AppSecrets>> {
        let loaded = async {
            let (current, previous) = tokio::try_join!(self.read("AWSCURRENT"), self.read("AWSPREVIOUS"))?;
            let current = current.ok_or_else(|| Error::Unavailable(format!("the secret {} is not there", self.id)))?;
            let mut secrets = self.parse(&current)?;
            // A previous version in another form is ignored.
            if let Some(previous) = previous.and_then(|text| self.parse(&text).ok()) {
                secrets.webhook_secrets.extend(previous.webhook_secrets);
                // Only of the same endpoint: what is disconnected, or was for tests, is believed no more.
                if let (Some(stripe), Some(previous)) = (&mut secrets.stripe, previous.stripe)
                    && stripe.livemode == previous.livemode
                {
                    stripe.webhook_secrets.extend(previous.webhook_secrets);
                }
            }
            Ok(Arc::new(secrets))
        };
        loaded.await.inspect_err(|error: &Error| {
            tracing::warn!(reason = error.reason(), "the secret could not be read");
        })
    }

    /// The text of a version; None if there is no such version. Any other failure is an error: a previous
    /// webhook secret must not be forgotten because it could not be read just now.
    async fn read(&self, stage: &str) -> Result<Option<String>> {
        let unreadable = |reason: String| Error::Unavailable(format!("the secret {} ({stage}): {reason}", self.id));
        let request = self.client.get_secret_value().secret_id(&self.id).version_stage(stage);
        // Boxed: the SDK's futures nest deeper than the compiler wants to lay out in every handler.
        match Box::pin(request.send()).await {
            Ok(output) => output.secret_string.map(Some).ok_or_else(|| unreadable("it holds no text".to_owned())),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => {
                Ok(None)
            }
            Err(error) => Err(unreadable(DisplayErrorContext(&error).to_string())),
        }
    }

    /// Never repeats what it read: not even serde's message, which would.
    fn parse(&self, text: &str) -> Result<AppSecrets> {
        let wrong = |reason: &str| Error::Unavailable(format!("the secret {}: {reason}", self.id));
        let stored: Stored = serde_json::from_str(text)
            .map_err(|_| wrong("is not a JSON object with the texts `database_url` and `webhook_secret`"))?;
        let signing = SigningSecret::parse(stored.webhook_secret.expose_secret())
            .map_err(|reason| wrong(&format!("`webhook_secret` {reason}")))?;
        let stripe = stored.stripe.map(|stripe| {
            let secrets = stripe.webhook_secrets.iter().map(|secret| StripeSecret::parse(secret.expose_secret()));
            secrets
                .collect::<Result<_, _>>()
                .map(|webhook_secrets| Stripe { webhook_secrets, livemode: stripe.livemode })
        });
        let cipher = stored.encryption_keys.as_ref().map(Cipher::new).transpose();
        Ok(AppSecrets {
            database_url: stored.database_url,
            passwords: stored.passwords,
            database_ca_pem: stored.database_ca_pem,
            webhook_secrets: vec![signing],
            stripe: stripe.transpose().map_err(|reason| wrong(&format!("a webhook secret of `stripe` {reason}")))?,
            cipher: cipher.map_err(|reason| wrong(&format!("`encryption_keys` {reason}")))?.map(Arc::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        sync::Arc,
        thread,
    };

    use rustls::{
        ServerConfig, ServerConnection, StreamOwned,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    };

    use super::*;
    use crate::config::Roots;

    /// Made for these tests, for a hundred years; it signed the certificate of `localhost`.
    const ROOT: &str = include_str!("secrets/tls_for_tests/root.pem");
    const ANSWER: &str =
        r#"{"SecretString":"{\"database_url\":\"x\",\"webhook_secret\":\"whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw\"}"}"#;

    /// A Secrets Manager whose certificate ends in `ROOT`; its port.
    fn secrets_manager() -> u16 {
        let certificate =
            CertificateDer::from_pem_slice(include_bytes!("secrets/tls_for_tests/localhost.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("secrets/tls_for_tests/localhost.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
        let listener = TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for socket in listener.incoming().map(Result::unwrap) {
                let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
                let mut head = BufReader::new(&mut tls).lines().map_while(Result::ok);
                // A client that does not trust the certificate sends no request.
                if head.any(|line| line.is_empty()) {
                    let length = ANSWER.len();
                    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1";
                    let _ = write!(tls, "{head}\r\ncontent-length: {length}\r\n\r\n{ANSWER}");
                    tls.conn.send_close_notify();
                    let _ = tls.flush();
                }
            }
        });
        port
    }

    async fn read_through(client: Result<SharedHttpClient>) -> Result<(), String> {
        let url = format!("https://localhost:{}", secrets_manager());
        let config = Config::from_lookup("release_0", |name| match name {
            "AUTH0_ISSUER" => Some("https://tenant.eu.auth0.com/".to_owned()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some(url.clone()),
            "AUTH0_AUDIENCE" | "AUTH0_CLAIMS_NAMESPACE" | "APP_SECRET_ID" => Some("x".to_owned()),
            _ => None,
        });
        let secrets = Secrets::through(client.unwrap(), &config.unwrap(), Clock::System).await;
        secrets.get().await.map(drop).map_err(|error| error.reason().to_owned())
    }

    #[tokio::test]
    async fn a_certificate_that_ends_in_a_trusted_root_is_accepted_and_no_other() {
        assert_eq!(read_through(https::trusting(https::only(&[ROOT]))).await, Ok(()));
        for roots in [Roots::Amazon, Roots::System] {
            let refused = read_through(https::client(roots)).await.unwrap_err();
            assert!(refused.contains("UnknownIssuer"), "{roots:?}: {refused}");
        }
    }
}
