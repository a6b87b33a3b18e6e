//! `make bench`: measures on a stack of its own, prints one table and writes it as JSON.

use std::fs;

use crate::{
    bench, environment,
    interruption::until_interrupted,
    process::Claim,
    progress::step,
    stack::{self, Ports, Stack},
    testkit::TEMPLATE,
    trouble::{During, Result, Trouble},
};

pub async fn run() -> Result<()> {
    let home = environment::home(&format!("bench-{}", std::process::id()));
    let measured = until_interrupted(async {
        step("starting PostgreSQL, PgBouncer and Secrets Manager");
        let stack = Stack::start(Claim::of(&home)?, &home, Ports::any()?, TEMPLATE).await?;
        let figures = bench::measure(&stack).await;
        stack.stop().await;
        figures
    })
    .await;
    stack::remove(&home)?;
    let figures = measured?;
    let file = environment::home("bench.json");
    let json = serde_json::to_string_pretty(&figures).map_err(|error| Trouble::new(error.to_string()))?;
    fs::write(&file, json).during(format!("writing {}", file.display()))?;
    step(&format!("\n{}\nThe same as JSON: {}", bench::table(&figures), file.display()));
    Ok(())
}
