//! Empty databases, and checkouts with other SQL files than this one's.

use std::time::Duration;

use migrations::Sources;
use ops::{
    admin_db::AdminDb,
    schema::{self, migrator},
};
use testkit::World;
use tests::variants::file;

/// A database without anything.
pub struct Empty(World);

impl Empty {
    pub async fn new() -> Self {
        Self(World::empty().await)
    }

    pub async fn connect(&self) -> AdminDb {
        AdminDb::connect(&self.0.stack.direct_url(&self.0.database)).await.unwrap()
    }

    /// `make migrate` from a checkout with these files; the names of what was applied, or the sentence of the refusal.
    pub async fn migrate(&self, sources: &Sources) -> Result<Vec<String>, String> {
        migrate(&mut self.connect().await, sources, Duration::from_secs(60)).await
    }

    /// As `migrate`, without patience: it gives up where it would ask again.
    pub async fn migrate_once(&self, sources: &Sources) -> Result<Vec<String>, String> {
        migrate(&mut self.connect().await, sources, Duration::ZERO).await
    }

    /// The first column of a query.
    pub async fn all(&self, sql: &str) -> Vec<String> {
        self.connect().await.texts(sql).await.unwrap().into_iter().flatten().collect()
    }

    /// The migrations that are recorded, but for those of the checkout: the tests' own begin with 9.
    pub async fn later(&self) -> Vec<String> {
        self.all("select name from app.migrations where name ~ '^[0-9]' and name >= '9' order by 1").await
    }
}

/// `make migrate` over a connection.
pub async fn migrate(database: &mut AdminDb, sources: &Sources, patience: Duration) -> Result<Vec<String>, String> {
    migrator::migrate(database, sources, patience).await.map_err(|error| format!("{error:#}"))
}

/// The files of this checkout.
pub fn sources() -> Sources {
    schema::sources().unwrap()
}

/// The files of this checkout and further migrations.
pub fn with(migrations: &[(&str, &str)]) -> Sources {
    let mut sources = sources();
    sources.migrations.extend(migrations.iter().map(|(name, text)| file(name, text)));
    sources
}
