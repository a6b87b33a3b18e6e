//! `make migrate` and `make schema`: tables and functions, applied or printed.

use std::io::Write;

use anyhow::{Context, Result};

use crate::{admin_db::AdminDb, environment, progress::step, schema};

pub async fn run(direct_url: Option<String>) -> Result<()> {
    let url = environment::direct_url(direct_url)?;
    let files = schema::files(&schema::checkout())?.len();
    AdminDb::connect(&url).await?.run(&schema::script()?).await.context("migrating")?;
    step(&format!(
        "{files} files applied: the database is up to date; next: `make deploy`, if the functions have changed too"
    ));
    Ok(())
}

pub fn print() -> Result<()> {
    std::io::stdout().write_all(schema::script()?.as_bytes()).context("printing the schema")
}
