//! `make lint`, the part that is not the compiler's: migrations by squawk (`.squawk.toml`), crates by cargo-deny
//! (`deny.toml`), and for how long the compiled-in roots are good.

use std::process::Command;

use anyhow::{Context, Result};
use ops::{progress::step, schema};
use shared::clock::Clock;
use testkit::programs::{self, Environment};

use crate::roots;

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
    let today = Clock::System.now().format("%Y%m%d").to_string().parse()?;
    roots::check(&checkout.join(roots::FOLDER), today)?;
    step("formatting, lints, crates, migrations and roots are in order; next: `make test`");
    Ok(())
}
