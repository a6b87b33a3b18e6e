//! `make clean`: removes everything that stacks have left in the checkout, but not the installed tools.

use std::fs;

use anyhow::{Context, Result};
use ops::{environment, progress::step, schema};
use testkit::stack;

pub async fn run() -> Result<()> {
    for prefix in ["bench-", "chaos-", "demo-", "dev", "test-"] {
        remove_all_named(prefix).await?;
    }
    for file in [environment::issuer_key_file(), environment::Environment::file()] {
        // It may never have been there.
        let _ = fs::remove_file(file);
    }
    step("the local stack has left nothing but its tools (.local/tools) and what cargo built (target)");
    Ok(())
}

/// Removes every stack whose folder's name begins so.
pub async fn remove_all_named(prefix: &str) -> Result<()> {
    let Ok(entries) = fs::read_dir(schema::checkout().join(".local")) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.context("reading .local")?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            stack::remove(&entry.path()).await?;
        }
    }
    Ok(())
}
