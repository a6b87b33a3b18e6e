//! `make lint`, the part that is no compiler's: the migrations by squawk, by the rules of `.squawk.toml`.

use anyhow::{Context, Result, bail};
use std::process::Command;

use ops::{progress::step, schema};
use testkit::programs::Environment;

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = Environment::install(&checkout, "lint").await?;
    let files = schema::files(&checkout)?;
    // As a person would write them.
    let names = files.iter().map(|file| file.strip_prefix(&checkout).unwrap_or(file));
    let status =
        Command::new(tools.program("squawk")).args(names).current_dir(&checkout).status().context("running squawk")?;
    if !status.success() {
        bail!("squawk has found something above; mend it, or say beside it why it may stay");
    }
    step("formatting, lints and migrations are in order; next: `make test`");
    Ok(())
}
