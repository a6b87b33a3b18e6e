//! `make lint`, the part that is no compiler's: migrations by squawk (`.squawk.toml`), crates by cargo-deny
//! (`deny.toml`).

use std::process::Command;

use anyhow::{Context, Result, bail};
use ops::{progress::step, schema};
use testkit::programs::{Environment, variable};

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = Environment::install(&checkout, "lint").await?;
    let mut deny = Command::new(tools.program("cargo-deny"));
    deny.args(["check", "--deny", "warnings", "licenses", "bans", "sources"]).current_dir(&checkout);
    if variable("GITHUB_ACTIONS").is_some() {
        deny.arg("advisories");
    } else {
        step("advisories of crates are not checked here; the public CI fetches their database and does");
    }
    if !deny.status().context("running cargo-deny")?.success() {
        bail!("cargo-deny has found something above");
    }
    let files = schema::files(&checkout)?;
    // As a person would write them.
    let names = files.iter().map(|file| file.strip_prefix(&checkout).unwrap_or(file));
    let status =
        Command::new(tools.program("squawk")).args(names).current_dir(&checkout).status().context("running squawk")?;
    if !status.success() {
        bail!("squawk has found something above; mend it, or say beside it why it may stay");
    }
    step("formatting, lints, crates and migrations are in order; next: `make test`");
    Ok(())
}
