//! `make migrate` and `make schema`: tables and functions, applied or printed.

use std::io::Write;

use anyhow::{Context, Result};

use crate::{
    admin_db::AdminDb,
    environment,
    progress::step,
    schema::{self, migrator, plan, releases},
};

/// Applies what is missing, and drops the releases of these names beside those that are old enough.
pub async fn run(direct_url: Option<String>, drop: &[String]) -> Result<()> {
    let sources = schema::sources()?;
    let mut database = AdminDb::connect(&environment::direct_url(direct_url)?).await?;
    let applied = migrator::migrate(&mut database, &sources, migrator::PATIENCE).await?;
    for name in releases::drop_old(&mut database, &sources.release.schema, drop).await? {
        step(&format!("dropped {name}"));
    }
    for open in database.texts(plan::LEFT_OPEN).await?.into_iter().flatten() {
        step(&format!("warning: {open}"));
    }
    let done =
        if applied.is_empty() { "nothing to do: the database was up to date" } else { "the database is up to date" };
    step(&format!("{done}; next: `make deploy`, if the functions have changed"));
    Ok(())
}

pub fn print() -> Result<()> {
    let script = plan::script(&schema::sources()?)?;
    std::io::stdout().write_all(script.as_bytes()).context("printing the schema")
}
