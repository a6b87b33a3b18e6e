//! `make clean`: removes everything that stacks have left in the checkout, but not the installed tools.

use std::fs;

use anyhow::Result;
use ops::{
    environment::{self, Environment},
    progress::step,
};
use testkit::stack::{self, RUNS};

pub async fn run() -> Result<()> {
    stack::remove_all(|name| name == "dev" || RUNS.iter().any(|kind| name.starts_with(&format!("{kind}-")))).await?;
    for file in [environment::issuer_key_file(), Environment::file()] {
        // It may never have been there.
        let _ = fs::remove_file(file);
    }
    step(
        "removed all stacks and their data; kept: the tools in .local/tools, and what cargo built in target; next: `make dev` starts with an empty database",
    );
    Ok(())
}
