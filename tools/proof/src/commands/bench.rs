//! `make bench`: measures on a stack of its own, and writes the page of the last results.

use anyhow::Result;

use clap::{Args, ValueEnum};

use crate::{
    baseline,
    bench::{
        self,
        figure::{Measured, Section},
        report::{self, machine},
    },
};
use ops::{progress::step, schema::checkout};
use shared::clock::Clock;
use testkit::{
    programs, release,
    stack::{Stack, with_stack},
};

/// What to measure.
#[derive(Args)]
pub struct BenchArgs {
    /// Only these sections; the others keep their last result. By default all but node.
    sections: Vec<Section>,
    /// Measure nothing: write the page and the picture from the last results.
    #[arg(long)]
    page: bool,
}

/// What was measured before a failure is kept.
pub async fn run(args: BenchArgs) -> Result<()> {
    let mut results = report::read()?;
    if args.page {
        return report::write(&results);
    }
    let mut sections = args.sections;
    if sections.is_empty() {
        sections.extend(Section::value_variants().iter().filter(|section| **section != Section::Node));
    }
    release::build_for_this_machine(&programs::deployment(&checkout()).await?, &checkout()).await?;
    let mut measured = Vec::new();
    // Boxed: the future nests deeper than the compiler lays out.
    let ended = with_stack("bench", async |stack| Box::pin(measure(stack, &sections, &mut measured)).await).await;
    if !measured.is_empty() {
        report::replace(&mut results, measured);
        report::write(&results)?;
        step("written: docs/benchmarks.md, and the same as benchmarks.json and benchmarks.svg beside it");
    }
    ended
}

async fn measure(stack: &mut Stack, sections: &[Section], measured: &mut Vec<Measured>) -> Result<()> {
    stack.pgbouncer.users.insert(baseline::ROLE.to_owned(), baseline::PASSWORD.to_owned());
    stack.pgbouncer.restart().await?;
    stack.postgres.settings.push(format!("shared_buffers={}kB", machine::memory_kib()? / 4));
    stack.postgres.settings.push("max_wal_size=4GB".to_owned());
    stack.postgres.restart().await?;
    let machine = machine::describe(stack)?;
    let date = Clock::System.now().date_naive();
    for &section in sections {
        let tables = bench::measure(stack, section).await?;
        measured.push(Measured { section, date, machine: machine.clone(), tables });
    }
    Ok(())
}
