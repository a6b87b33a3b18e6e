//! The one door to the database: a call is one SQL function in one round trip.
//!
//! Behind a transaction pooler the extended protocol may run another client's statement without any
//! error, so only the simple protocol is spoken. Its text cannot be an injection: the function's name
//! is a literal of this program, and the argument travels as JSON in hexadecimal digits.

mod call_error;
mod connect;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use tokio::time::{Instant, sleep, timeout_at};

use self::{call_error::CallError, connect::Connector};
use crate::{
    clock::Clock,
    config::Config,
    error::{Error, Result},
    secrets::Secrets,
    telemetry,
};

/// The deadline of a call, repetitions included. Longer than the database's own `statement_timeout`.
const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// A connection that has been idle for so long may have died unnoticed (a frozen environment, a silent network).
const IDLE_AFTER: TimeDelta = TimeDelta::seconds(5);
/// Such a connection must answer by then, or the call is repeated on a new one. A connection that was used a moment ago
/// is trusted: if it is slow, so is the database, and a second call would only add to its work.
const IDLE_ANSWER_DEADLINE: Duration = Duration::from_secs(1);
/// A pooler or a database that restarts is back by then: until then a call that met a dead connection
/// is repeated.
const REPEAT_WITHIN: Duration = Duration::from_millis(1850);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// Poolers and network address translation forget idle connections after a few minutes.
const KEPT_AT_MOST: TimeDelta = TimeDelta::minutes(4);
/// Deadlocks and serialization failures undid everything: the call is simply made again.
const MAX_CONFLICTS: u32 = 5;
/// How often the secret is read again in one call: the new password that it then holds may be refused too, at first.
const MAX_REFUSALS: u32 = 2;

/// Calls SQL functions over one connection, kept between requests.
#[derive(Debug)]
pub struct Db {
    connector: Connector,
    clock: Clock,
    release: String,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    connection: PgConnection,
    since: DateTime<Utc>,
}

impl Db {
    pub fn new(secrets: Arc<Secrets>, clock: Clock, config: &Config) -> Self {
        let connector = Connector::new(secrets, config.login, clock.clone());
        Self { connector, clock, release: config.release.clone(), kept: Mutex::default() }
    }

    /// Calls the release's `function(args jsonb)`, which returns `json` or `jsonb`. It may be called twice when a connection
    /// died under it: every one of ours may.
    pub async fn call<A: Serialize, R: DeserializeOwned>(&self, function: &'static str, args: &A) -> Result<R> {
        let json = serde_json::to_vec(args).map_err(|error| Error::Bug(format!("{function}: arguments: {error}")))?;
        let hex = HEXLOWER.encode(&json);
        let sql =
            format!("select {}.{function}(convert_from(decode('{hex}','hex'),'UTF8')::jsonb)::text", self.release);
        let started = Instant::now();
        let answer = self.answer(function, &sql).await;
        telemetry::add_db_time(started.elapsed());
        serde_json::from_str(&answer?).map_err(|error| Error::Bug(format!("{function}: answer: {error}")))
    }

    /// Connects if nothing is kept: done once before the first request.
    pub async fn warm(&self) -> Result<()> {
        let connection =
            self.connector.connect(Instant::now() + CALL_DEADLINE).await.map_err(|failure| failure.tell("warm-up"))?;
        self.keep(connection);
        Ok(())
    }

    async fn answer(&self, function: &'static str, sql: &str) -> Result<String> {
        let started = Instant::now();
        let deadline = started + CALL_DEADLINE;
        let (mut pause, mut refusals, mut conflicts) = (Duration::ZERO, 0, 0);
        loop {
            match self.attempt(sql, deadline).await {
                Ok(text) => return Ok(text),
                // At once the first time, however late it is noticed; then with growing pauses.
                Err(CallError::Dead(reason)) if pause.is_zero() || started.elapsed() + pause < REPEAT_WITHIN => {
                    tracing::warn!(function, reason, "the connection died; the call is repeated on a new one");
                    sleep(pause).await;
                    pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                }
                Err(CallError::Conflict(reason)) if conflicts < MAX_CONFLICTS => {
                    tracing::info!(function, reason, "the call was undone by a conflict and is repeated");
                    conflicts += 1;
                }
                Err(CallError::WrongPassword(reason) | CallError::Shut(reason)) if refusals < MAX_REFUSALS => {
                    tracing::warn!(function, reason, "the database does not let us in; the secret is read again");
                    refusals += 1;
                    self.connector.read_secret_again().await?;
                }
                Err(failure) => return Err(failure.tell(function)),
            }
        }
    }

    async fn attempt(&self, sql: &str, deadline: Instant) -> Result<String, CallError> {
        let (mut connection, was_idle) = match self.take_kept() {
            Some(kept) => (kept.connection, self.clock.now() >= kept.since + IDLE_AFTER),
            None => (self.connector.connect(deadline).await?, false),
        };
        let limit = if was_idle { deadline.min(Instant::now() + IDLE_ANSWER_DEADLINE) } else { deadline };
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection);
        let rows = match timeout_at(limit, query).await {
            Ok(rows) => rows,
            Err(_) if was_idle => return Err(CallError::Dead("no answer on a connection that was idle".to_owned())),
            Err(_) => return Err(CallError::Busy("no answer in time".to_owned())),
        };
        let answer = rows.map_err(CallError::from);
        match &answer {
            Err(CallError::Dead(_)) => {}
            Err(failure @ (CallError::WrongPassword(_) | CallError::Shut(_))) => {
                self.connector.refused_later(failure).await;
            }
            _ => self.keep(connection),
        }
        let row = answer?.into_iter().next().ok_or_else(|| CallError::Bug("no row".to_owned()))?;
        row.try_get::<Option<String>, _>(0)?.ok_or_else(|| CallError::Bug("no answer but null".to_owned()))
    }

    /// Out of the slot while in use: a call that is dropped halfway takes its connection with it.
    fn take_kept(&self) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        (self.clock.now() < kept.since + KEPT_AT_MOST).then_some(kept)
    }

    fn keep(&self, connection: PgConnection) {
        self.connector.let_in();
        let kept = Kept { connection, since: self.clock.now() };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }
}
