//! `make bench`: measures on a stack of its own, and writes the page of the last results.

use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{
    baseline::Baseline,
    bench::{
        self, before,
        contenders::{Bench, Tls},
        figure::{Measured, Section},
        report::{self, machine},
        setup::Version,
    },
};
use ops::{progress::step, schema::checkout};
use shared::clock::Clock;
use testkit::{
    programs, release,
    stack::{Stack, with_stack},
};

/// What to measure, and beside what.
#[derive(Args)]
pub struct BenchArgs {
    /// Only these sections; the others keep their last result. By default all but scale.
    sections: Vec<Section>,
    /// Also scale, which takes twenty minutes.
    #[arg(long)]
    full: bool,
    /// Beside an earlier revision, such as `12933c6`.
    #[arg(long)]
    before: Option<String>,
    /// Beside the same in Node.
    #[arg(long)]
    node: bool,
    /// Beside the same over TLS.
    #[arg(long)]
    tls: bool,
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
    let mut versions = vec![Version::ours()];
    if let Some(revision) = &args.before {
        versions.push(before::build(revision).await?);
    }
    release::build_for_this_machine(&programs::deployment(&checkout()).await?, &checkout()).await?;
    let mut measured = Vec::new();
    // Boxed: the future nests deeper than the compiler lays out.
    let work = async |stack: &mut Stack| Box::pin(measure(stack, versions, &args, &mut measured)).await;
    let ended = with_stack("bench", work).await;
    if !measured.is_empty() {
        report::replace(&mut results, measured);
        report::write(&results)?;
        step("written: docs/benchmarks.md, and the same as benchmarks.json and benchmarks.svg beside it");
    }
    ended
}

async fn measure(
    stack: &mut Stack,
    mut versions: Vec<Version>,
    args: &BenchArgs,
    measured: &mut Vec<Measured>,
) -> Result<()> {
    for version in &mut versions[1..] {
        before::migrate(version, stack).await?;
    }
    let node = if args.node { Some(Baseline::prepare(stack).await?) } else { None };
    let tls = if args.tls { Some(Tls::start(stack).await?) } else { None };
    stack.postgres.settings.push(format!("shared_buffers={}kB", machine::memory_kib()? / 4));
    stack.postgres.settings.push("max_wal_size=4GB".to_owned());
    stack.postgres.restart().await?;
    let machine = machine::describe(stack)?;
    let date = Clock::System.now().date_naive();
    let mut sections = args.sections.clone();
    if sections.is_empty() {
        let all = Section::value_variants().iter();
        sections.extend(all.filter(|section| args.full || **section != Section::Scale));
    }
    let mut bench = Bench { stack, versions, node, tls, made: Vec::new() };
    for section in sections {
        let started = Instant::now();
        let tables = bench::measure(&mut bench, section).await?;
        step(&format!("{section:?} has taken {} s", started.elapsed().as_secs()));
        measured.push(Measured { section, date, machine: machine.clone(), tables });
    }
    Ok(())
}
