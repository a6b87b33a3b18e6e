//! `make lint`, the part that is not the compiler's: migrations by squawk (`.squawk.toml`), crates by cargo-deny
//! (`deny.toml`).

use std::process::Command;

use anyhow::{Context, Result};
use ops::{progress::step, schema};
use testkit::programs::{self, Environment};

pub async fn run() -> Result<()> {
    let checkout = schema::checkout();
    let tools = Environment::install(&checkout, "lint").await?;
    let mut deny = Command::new(tools.program("cargo-deny"));
    deny.args(["check", "--deny", "warnings", "licenses", "bans", "sources"]).current_dir(&checkout);
    if programs::variable("GITHUB_ACTIONS").is_some() {
        deny.arg("advisories");
    } else {
        step("advisories of crates are not checked here: their database comes from the network, and CI checks them");
    }
    programs::run(&mut deny).await.context("checking the crates")?;
    let mut squawk = Command::new(tools.program("squawk"));
    programs::run(squawk.args(schema::sources()?.paths()).current_dir(&checkout))
        .await
        .context("checking the migrations; correct them, or say beside the line why it may stay")?;
    step("formatting, lints, crates and migrations are in order; next: `make test`");
    Ok(())
}
