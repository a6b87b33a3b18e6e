//! The operator's connection to the database: SQL over 5432, as the owner. Functions use `shared::db`; no other file
//! names sqlx.

use std::{fmt, str::FromStr, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use data_encoding::HEXLOWER;
use shared::config::is_this_machine;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row, ValueRef,
    postgres::{PgConnectOptions, PgRow, PgSslMode},
};
use tokio::time::sleep;
use url::Url;

use crate::progress::step;

const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

use crate::progress::warn_if_ipv6_only;

/// A text as an SQL expression, hex-encoded so that nothing in it can be an injection.
pub fn literal(text: &str) -> String {
    format!("convert_from(decode('{}','hex'),'UTF8')", HEXLOWER.encode(text.as_bytes()))
}

/// A direct connection.
#[derive(Debug)]
pub struct AdminDb(PgConnection);

/// A database error, with its code for callers that expect one.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub constraint: Option<String>,
    pub message: String,
}

impl AdminDb {
    /// Connects to a session-mode address (5432). To another machine it verifies TLS, unless the address has
    /// `sslmode=`.
    pub async fn connect(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| anyhow!("the database's address is not postgresql://<user>:<password>@<host>:5432/<name>"))?
            .disable_statement_logging();
        warn_if_ipv6_only(options.get_host());
        if options.get_port() == 6543 {
            bail!("port 6543 is the transaction pooler: use the direct address, port 5432");
        }
        // sqlx's default verifies nothing. Verify everything unless the address says otherwise.
        let verify = !is_this_machine(options.get_host()) && !says_ssl_mode(url);
        let options = if verify { options.ssl_mode(PgSslMode::VerifyFull) } else { options };
        let place = format!("{}:{}", options.get_host(), options.get_port());
        open(&options).await.map(Self).context(format!("connecting to {place}"))
    }

    /// Connects as the functions do, through the transaction pooler.
    pub async fn connect_as_functions(url: &str, ca_pem: Option<&str>) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| anyhow!("`database_url` in the secret is not a PostgreSQL URL"))?
            // PgBouncer rejects the parameter.
            .extra_float_digits(None)
            .disable_statement_logging();
        let options = match ca_pem {
            None if is_this_machine(options.get_host()) => options,
            None => options.ssl_mode(PgSslMode::VerifyFull),
            Some(pem) => options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert_from_pem(pem.as_bytes().to_vec()),
        };
        open(&options).await.map(Self).context("connecting as the functions do")
    }

    /// Refuses a database that lacks the functions of a release.
    pub async fn require_release(&mut self, schema: &str) -> Result<()> {
        if self.texts(&format!("select to_regnamespace('{schema}')")).await? == [None] {
            bail!("the functions of this checkout ({schema}) are not in the database: run `make migrate` first");
        }
        Ok(())
    }

    /// Runs statements, and ignores what they return.
    pub async fn run(&mut self, sql: &str) -> Result<(), Refusal> {
        self.0.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.map(drop).map_err(Refusal::from)
    }

    /// The first column of every row, as text.
    pub async fn texts(&mut self, sql: &str) -> Result<Vec<Option<String>>, Refusal> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.0).await?;
        rows.iter().map(first_text).collect()
    }

    /// The one value that a query returns, as text; empty for null.
    pub async fn one_text(&mut self, sql: &str) -> Result<String, Refusal> {
        Ok(self.texts(sql).await?.into_iter().flatten().next().unwrap_or_default())
    }
}

/// Supavisor checks a password against what it remembers, so it refuses a new one once, and looks it up while it does.
async fn open(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    match PgConnection::connect_with(options).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("28P01") => {
            step("the password is refused; in case it is new to the pooler, it is tried once more");
            sleep(TRY_AGAIN_AFTER).await;
            PgConnection::connect_with(options).await
        }
        opened => opened,
    }
}

fn says_ssl_mode(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.query_pairs().any(|(name, _)| matches!(&*name, "sslmode" | "ssl-mode")))
}

/// The simple protocol sends every type as text.
fn first_text(row: &PgRow) -> Result<Option<String>, Refusal> {
    let value = row.try_get_raw(0)?;
    if value.is_null() {
        return Ok(None);
    }
    let text = value.as_str().map_err(sqlx::Error::Decode)?;
    Ok(Some(text.to_owned()))
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self {
                code: error.code().unwrap_or_default().into_owned(),
                constraint: error.constraint().map(str::to_owned),
                message: error.message().to_owned(),
            },
            other => Self { code: String::new(), constraint: None, message: other.to_string() },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the database: {} {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
