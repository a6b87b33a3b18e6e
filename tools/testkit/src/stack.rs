//! A running stack: PostgreSQL, PgBouncer and Secrets Manager's emulator, with the schema in place.

pub mod moto;
pub mod pgbouncer;
pub mod postgres;
pub mod run_as;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ops::{admin_db::AdminDb, schema};
use serde::{Deserialize, Serialize};

use crate::{
    process::{Claim, free_ports},
    programs::{self, Tools},
    stack::{moto::Moto, pgbouncer::PgBouncer, postgres::Postgres, run_as::RunAs},
};

/// The migrated database that every test copies.
pub const TEMPLATE: &str = "template_back_office";

/// The functions' password: for databases that live on this machine and nowhere else.
pub const API_PASSWORD: &str = "local-api-password";

/// Where the parts of a running stack listen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StackAddress {
    pub postgres_port: u16,
    pub pgbouncer_port: u16,
    pub secrets_url: String,
    pub api_password: String,
}

impl StackAddress {
    /// The superuser's address of a database.
    pub fn direct_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.postgres_port)
    }

    /// The functions' address of a database, through `port`.
    pub fn pooled_url(&self, port: u16, database: &str) -> String {
        format!("postgres://api:{}@127.0.0.1:{port}/{database}", self.api_password)
    }
}

/// Where the parts listen.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub postgres: u16,
    pub pgbouncer: u16,
    pub secrets: u16,
}

impl Ports {
    /// Ports that nobody uses.
    pub fn any() -> Result<Self> {
        let [postgres, pgbouncer, secrets] = free_ports()?;
        Ok(Self { postgres, pgbouncer, secrets })
    }
}

/// The parts that run in one folder. Dropping it kills them; `stop` ends them in order.
#[derive(Debug)]
pub struct Stack {
    pub tools: Tools,
    pub postgres: Postgres,
    pub pgbouncer: PgBouncer,
    pub secrets: Moto,
    home: PathBuf,
    _claim: Claim,
}

impl Stack {
    /// Starts all parts in `home`, which the caller has claimed before choosing ports, and brings the schema of `database` up to date, making it if need be.
    pub async fn start(claim: Claim, home: &Path, ports: Ports, database: &str) -> Result<Self> {
        let tools = programs::find_or_install(&schema::checkout()).await?;
        let (postgres, secrets) =
            tokio::try_join!(Postgres::start(&tools, home, ports.postgres), Moto::start(&tools, home, ports.secrets))?;
        let users = [("api", API_PASSWORD)];
        let pgbouncer = PgBouncer::start(&tools, home, ports.pgbouncer, ports.postgres, &users).await?;
        let stack = Self { tools, postgres, pgbouncer, secrets, home: home.to_owned(), _claim: claim };
        stack.migrate(database).await?;
        Ok(stack)
    }

    /// Where the tests find the parts.
    pub fn address(&self) -> StackAddress {
        StackAddress {
            postgres_port: self.postgres.port(),
            pgbouncer_port: self.pgbouncer.port(),
            secrets_url: self.secrets.url(),
            api_password: API_PASSWORD.to_owned(),
        }
    }

    async fn migrate(&self, database: &str) -> Result<()> {
        let mut admin = AdminDb::connect(&self.postgres.url("postgres")).await?;
        let known = admin.texts(&format!("select datname from pg_database where datname = '{database}'")).await?;
        if known.is_empty() {
            admin.run(&format!("create database {database}")).await?;
        }
        let mut owner = AdminDb::connect(&self.postgres.url(database)).await?;
        owner.run(&schema::script()?).await.context("migrating")?;
        owner.run(&format!("alter role api password '{API_PASSWORD}'")).await?;
        Ok(())
    }

    /// Ends every part and leaves its data for the next start.
    pub async fn stop(mut self) {
        self.secrets.stop().await;
        self.pgbouncer.stop();
        self.postgres.stop().await;
    }

    /// Ends every part and leaves nothing.
    pub async fn remove(self) -> Result<()> {
        let home = self.home.clone();
        self.stop().await;
        remove(&home).await
    }
}

/// Ends what still runs in a stack's folder, and removes all that it left.
pub async fn remove(home: &Path) -> Result<()> {
    if !home.exists() {
        return Ok(());
    }
    let _claim = Claim::of(home)?;
    Postgres::end_leftover(home).await?;
    RunAs::of(home)?.remove_all(home)
}
