//! Opening a connection: what the pooler can bear, TLS that verifies, and no password tried twice.

use std::{
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::time::{Instant, timeout_at};

use super::call_error::CallError;
use crate::{
    clock::Clock,
    config::is_this_machine,
    error::{Error, Result},
    secrets::{AppSecrets, Secrets},
};

/// How long to wait for a pooler that takes the connection and says nothing.
const CONNECT_DEADLINE: Duration = Duration::from_millis(1500);
/// Ten wrong passwords in 150 s have the pooler block our address: a refused one is not
/// tried again until the secret holds another.
const LEAVE_REFUSED_PASSWORD: TimeDelta = TimeDelta::seconds(60);

/// Opens connections with what the secret says.
#[derive(Debug)]
pub(super) struct Connector {
    secrets: Arc<Secrets>,
    clock: Clock,
    refused: Mutex<Option<RefusedPassword>>,
}

#[derive(Debug)]
struct RefusedPassword {
    url: SecretString,
    at: DateTime<Utc>,
}

impl Connector {
    pub(super) fn new(secrets: Arc<Secrets>, clock: Clock) -> Self {
        Self { secrets, clock, refused: Mutex::default() }
    }

    /// What the secret holds was refused: perhaps it holds something else by now.
    pub(super) async fn read_secret_again(&self) -> Result<()> {
        self.secrets.refresh().await.map(drop)
    }

    /// A new connection, by `deadline` or sooner.
    pub(super) async fn connect(&self, deadline: Instant) -> Result<PgConnection, CallError> {
        let secrets = self.secrets.get().await.map_err(not_told)?;
        self.leave_refused_password(&secrets)?;
        let options = options(&secrets)?;
        let deadline = deadline.min(Instant::now() + CONNECT_DEADLINE);
        match timeout_at(deadline, PgConnection::connect_with(&options)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(CallError::from(error)).inspect_err(|failure| {
                if matches!(failure, CallError::WrongPassword(_)) {
                    self.remember_refused_password(&secrets);
                }
            }),
            Err(_) => Err(CallError::Busy("no connection in time".to_owned())),
        }
    }

    fn leave_refused_password(&self, secrets: &AppSecrets) -> Result<(), CallError> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match &*refused {
            Some(refused)
                if refused.url.expose_secret() == secrets.database_url.expose_secret()
                    && self.clock.now() < refused.at + LEAVE_REFUSED_PASSWORD =>
            {
                Err(CallError::WrongPassword(
                    "this password was refused a moment ago; it is not tried again yet".to_owned(),
                ))
            }
            _ => Ok(()),
        }
    }

    fn remember_refused_password(&self, secrets: &AppSecrets) {
        let refused = RefusedPassword { url: secrets.database_url.clone(), at: self.clock.now() };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused);
    }
}

fn not_told(error: Error) -> CallError {
    match error {
        Error::Unavailable(reason) | Error::Bug(reason) => CallError::Elsewhere(reason),
        Error::Rejected(rejection) => CallError::Rejected(rejection),
    }
}

fn options(secrets: &AppSecrets) -> Result<PgConnectOptions, CallError> {
    let url = secrets.database_url.expose_secret();
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let options = PgConnectOptions::from_str(url)
        .ok()
        .filter(|_| is_postgres)
        .ok_or_else(|| CallError::Elsewhere("`database_url` in the secret is not a PostgreSQL URL".to_owned()))?
        // PgBouncer rejects the parameter, Supavisor ignores it.
        .extra_float_digits(None)
        .statement_cache_capacity(0)
        .application_name("back-office")
        // A slow statement would be logged with its argument.
        .disable_statement_logging();
    Ok(with_tls(options, secrets.database_ca_pem.as_deref()))
}

/// Verified TLS, except on this machine: sqlx's default `prefer` verifies nothing.
fn with_tls(options: PgConnectOptions, ca_pem: Option<&str>) -> PgConnectOptions {
    let on_this_machine = is_this_machine(options.get_host());
    match ca_pem {
        None if on_this_machine => options,
        None => options.ssl_mode(PgSslMode::VerifyFull),
        Some(pem) => options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert_from_pem(pem.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn away_from_this_machine_the_certificate_is_verified_whatever_the_address_says() {
        for url in ["postgres://a@db.example.com:6543/x", "postgres://a@db.example.com:6543/x?sslmode=disable"] {
            let options = with_tls(PgConnectOptions::from_str(url).unwrap(), None);
            assert!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull), "{url}");
        }
    }
}
