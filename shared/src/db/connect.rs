//! Opening a connection: what the pooler can bear, TLS that verifies, and no knocking at a door that is shut.

use std::{
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::time::{Instant, sleep, timeout_at};

use super::call_error::CallError;
use crate::{
    clock::Clock,
    config::{Login, is_this_machine},
    error::{Error, Result},
    secrets::{AppSecrets, Secrets},
};

/// How long to wait for a pooler that takes the connection and says nothing.
const CONNECT_DEADLINE: Duration = Duration::from_millis(1500);
/// Supavisor checks a password against what it remembers, so it refuses a new one once, and looks it up while it does.
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(2);
/// Ten wrong passwords in 150 s have the pooler block our address: a refused one is then left alone for so long, unless
/// the secret holds another.
const LEAVE_REFUSED_PASSWORD: TimeDelta = TimeDelta::seconds(60);
/// Five look-ups of a role without password in 300 s have it block the project.
const LEAVE_SHUT_DOOR: TimeDelta = TimeDelta::seconds(75);

/// Opens connections with what the secret says.
#[derive(Debug)]
pub(super) struct Connector {
    secrets: Arc<Secrets>,
    login: Login,
    clock: Clock,
    refusal: Mutex<Option<Refusal>>,
}

/// That this address was refused, and until when it is left alone.
#[derive(Clone, Debug)]
struct Refusal {
    /// With another address or certificate it is another door.
    secrets: Arc<AppSecrets>,
    why: Why,
    reason: String,
    until: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// For the first time: it is tried once more.
    NewPassword,
    Password,
    /// An operator must act.
    Shut,
}

impl Connector {
    pub(super) fn new(secrets: Arc<Secrets>, login: Login, clock: Clock) -> Self {
        Self { secrets, login, clock, refusal: Mutex::default() }
    }

    /// What the secret holds was refused: perhaps it holds something else by now.
    pub(super) async fn read_secret_again(&self) -> Result<()> {
        self.secrets.refresh().await.map(drop)
    }

    /// A new connection, by `deadline` or sooner.
    pub(super) async fn connect(&self, deadline: Instant) -> Result<PgConnection, CallError> {
        let secrets = self.secrets.get().await.map_err(not_told)?;
        if let Some(refusal) = self.refusal_of(&secrets) {
            self.wait_or_leave(refusal, deadline).await?;
        }
        let options = options(&secrets, self.login)?;
        let deadline = deadline.min(Instant::now() + CONNECT_DEADLINE);
        match timeout_at(deadline, PgConnection::connect_with(&options)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                Err(CallError::at_the_door(error)).inspect_err(|failure| self.remember(&secrets, failure))
            }
            Err(_) => Err(CallError::Busy("no connection in time".to_owned())),
        }
    }

    /// A pooler may open the connection, and find out when it is asked that its server lets nobody in.
    pub(super) async fn refused_later(&self, failure: &CallError) {
        if let Ok(secrets) = self.secrets.get().await {
            self.remember(&secrets, failure);
        }
    }

    /// We are let in: what was refused before is forgotten.
    pub(super) fn let_in(&self) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether this address was refused lately.
    fn refusal_of(&self, secrets: &AppSecrets) -> Option<Refusal> {
        let door = |secrets: &AppSecrets| {
            let password = secrets.passwords.get(self.login.role()).map(|password| password.expose_secret().to_owned());
            (secrets.database_url.expose_secret().to_owned(), password, secrets.database_ca_pem.clone())
        };
        let refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        refusal.filter(|refusal| door(&refusal.secrets) == door(secrets))
    }

    /// Waits for the second try of a new password. Whatever else was refused a moment ago is not tried yet.
    async fn wait_or_leave(&self, refusal: Refusal, deadline: Instant) -> Result<(), CallError> {
        let left = (refusal.until - self.clock.now()).to_std().unwrap_or_default();
        if left.is_zero() {
            return Ok(());
        }
        let not_yet =
            || format!("this address was refused a moment ago and is not tried again yet: {}", refusal.reason);
        match refusal.why {
            Why::NewPassword if Instant::now() + left + CONNECT_DEADLINE <= deadline => {
                sleep(left).await;
                Ok(())
            }
            Why::NewPassword | Why::Password => Err(CallError::WrongPassword(not_yet())),
            Why::Shut => Err(CallError::Shut(not_yet())),
        }
    }

    fn remember(&self, secrets: &Arc<AppSecrets>, failure: &CallError) {
        let known = self.refusal_of(secrets).map(|refusal| refusal.why);
        let (why, reason, pause) = match failure {
            CallError::WrongPassword(reason) if matches!(known, None | Some(Why::Shut)) => {
                (Why::NewPassword, reason, TRY_AGAIN_AFTER)
            }
            CallError::WrongPassword(reason) => (Why::Password, reason, LEAVE_REFUSED_PASSWORD),
            CallError::Shut(reason) => (Why::Shut, reason, LEAVE_SHUT_DOOR),
            _ => return,
        };
        let refusal =
            Refusal { secrets: Arc::clone(secrets), why, reason: reason.clone(), until: self.clock.now() + pause };
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
    }
}

fn not_told(error: Error) -> CallError {
    match error {
        Error::Unavailable(reason) | Error::Bug(reason) => CallError::Elsewhere(reason),
        Error::Rejected(rejection) => CallError::Rejected(rejection),
    }
}

fn options(secrets: &AppSecrets, login: Login) -> Result<PgConnectOptions, CallError> {
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
    Ok(with_tls(as_role(options, secrets, login)?, secrets.database_ca_pem.as_deref()))
}

/// The address in the secret is that of `api`; the other roles have a name of the same form, such as
/// `provisioner.<project>`, and a password of their own.
fn as_role(options: PgConnectOptions, secrets: &AppSecrets, login: Login) -> Result<PgConnectOptions, CallError> {
    if login == Login::Api {
        return Ok(options);
    }
    let role = login.role();
    let password = secrets.passwords.get(role);
    let password = password
        .ok_or_else(|| CallError::Elsewhere(format!("the secret has no password of `{role}` under `passwords`")))?;
    let name = options.get_username().strip_prefix(Login::Api.role()).map(|project| format!("{role}{project}"));
    let name = name
        .ok_or_else(|| CallError::Elsewhere("`database_url` in the secret is not the address of `api`".to_owned()))?;
    Ok(options.username(&name).password(password.expose_secret()))
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
