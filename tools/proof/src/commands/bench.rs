//! `make bench`: measures on a stack of its own, and writes the page of the last results.

use anyhow::Result;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::{
    baseline::{self, Baseline},
    bench::{
        self,
        figure::{Measured, Section},
        report::{machine, results},
    },
};
use ops::{progress::step, schema};
use shared::clock::Clock;
use testkit::{
    TEMPLATE,
    process::Claim,
    programs, release,
    stack::{Stack, StackAddress, with_home},
};

/// What to measure.
#[derive(Args)]
pub struct BenchArgs {
    /// Only these sections; the others keep their last result.
    sections: Vec<Section>,
    /// The jobs in Node too.
    #[arg(long)]
    node: bool,
    /// Measure nothing: write the page and the picture from the last results.
    #[arg(long)]
    page: bool,
}

/// # Errors
/// When something cannot be built, started or measured; what was measured before is kept.
pub async fn run(args: BenchArgs) -> Result<()> {
    let mut results = results::read()?;
    if args.page {
        return results::write(&results);
    }
    let mut sections = args.sections;
    if sections.is_empty() {
        sections.extend(Section::value_variants().iter().filter(|section| **section != Section::Node));
    }
    if args.node && !sections.contains(&Section::Node) {
        sections.push(Section::Node);
    }
    let mut measured = Vec::new();
    // Boxed: the future nests deeper than the compiler lays out.
    let ended = with_home("bench", async |home| Box::pin(measure(home, &sections, &mut measured)).await).await;
    if !measured.is_empty() {
        results::replace(&mut results, measured);
        results::write(&results)?;
        step("written: docs/benchmarks.md, and the same as benchmarks.json and benchmarks.svg beside it");
    }
    ended
}

async fn measure(home: &Path, sections: &[Section], measured: &mut Vec<Measured>) -> Result<()> {
    let checkout = schema::checkout();
    release::build_for_this_machine(&programs::deployment(&checkout).await?, &checkout).await?;
    let mut node = None;
    if sections.contains(&Section::Node) {
        step("building the same jobs in Node, to measure beside");
        node = Some(Baseline::prepare(&checkout).await?);
    }
    step("starting PostgreSQL, PgBouncer and Secrets Manager");
    let mut stack = Stack::start(Claim::of(home)?, home, StackAddress::free()?, TEMPLATE).await?;
    let ended = measure_on(&mut stack, home, node.as_ref(), sections, measured).await;
    stack.stop().await;
    ended
}

async fn measure_on(
    stack: &mut Stack,
    home: &Path,
    node: Option<&Baseline>,
    sections: &[Section],
    measured: &mut Vec<Measured>,
) -> Result<()> {
    stack.pgbouncer.users.insert(baseline::ROLE.to_owned(), baseline::PASSWORD.to_owned());
    stack.pgbouncer.restart().await?;
    stack.postgres.settings.push(format!("shared_buffers={}kB", machine::memory_kib()? / 4));
    stack.postgres.restart().await?;
    let machine = machine::describe(stack).await?;
    let date = Clock::System.now().date_naive();
    for &section in sections {
        let tables = bench::measure(stack, home, node, section).await?;
        measured.push(Measured { section, date, machine: machine.clone(), tables });
    }
    Ok(())
}
