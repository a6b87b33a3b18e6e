//! `make bench`: measures on a stack of its own, prints one table, and writes it as JSON and as a picture.

use anyhow::{Context, Result, anyhow};
use std::{fs, path::Path};

use clap::ValueEnum;

use crate::{
    baseline::{self, Baseline},
    bench::{self, Figure, Section},
};
use ops::{environment, progress::step, schema};
use testkit::{
    TEMPLATE,
    process::Claim,
    programs, release,
    shutdown::until_interrupted,
    stack::{self, Stack, StackAddress},
};

/// Measures these sections; all when none is named.
///
/// # Errors
/// When something cannot be built, started or measured.
pub async fn run(sections: &[Section]) -> Result<()> {
    let checkout = schema::checkout();
    let tools = programs::deployment(&checkout).await?;
    let sections = if sections.is_empty() { Section::value_variants() } else { sections };
    let home = environment::home(&format!("bench-{}", std::process::id()));
    let mut figures = Vec::new();
    let ended = until_interrupted(async {
        release::build_for_this_machine(&tools, &checkout).await?;
        step("building the baseline jobs in Node, to measure beside");
        let baseline = Baseline::prepare(&checkout).await?;
        step("starting PostgreSQL, PgBouncer and Secrets Manager");
        let mut stack = Stack::start(Claim::of(&home)?, &home, StackAddress::free()?, TEMPLATE).await?;
        stack.pgbouncer.add_user(baseline::ROLE, baseline::PASSWORD).await?;
        stack.postgres.restart_with(&[format!("shared_buffers={}kB", memory_kib()? / 4)]).await?;
        let ended = bench::measure(&stack, &home, &baseline, sections, &mut figures).await;
        stack.stop().await;
        ended
    })
    .await;
    stack::remove(&home).await?;
    tell(&figures)?;
    ended
}

/// The machine's memory, of which PostgreSQL's manual gives it a quarter.
fn memory_kib() -> Result<u64> {
    let told = fs::read_to_string("/proc/meminfo").context("asking how much memory there is")?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok());
    line.ok_or_else(|| anyhow!("/proc/meminfo does not tell the memory"))
}

fn tell(figures: &[Figure]) -> Result<()> {
    let json = serde_json::to_string_pretty(figures)?;
    let table = bench::table(figures);
    let [json_file, table_file, picture_file] = ["bench.json", "bench.md", "bench.svg"].map(environment::home);
    write(&json_file, &json)?;
    write(&table_file, &table)?;
    write(&picture_file, &bench::picture(figures))?;
    let missed = figures.iter().filter(|figure| !figure.is_met()).count();
    step(&format!(
        "\n{table}\n{missed} of {} figures miss what is wanted.\nThe same as JSON: {}\nas Markdown: {}\nas a picture: {}",
        figures.len(),
        json_file.display(),
        table_file.display(),
        picture_file.display()
    ));
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).context(format!("writing {}", file.display()))
}
