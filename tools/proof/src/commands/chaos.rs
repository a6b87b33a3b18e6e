//! `make chaos`: release binaries behind a gateway, on a stack of their own that is broken again and again.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use ops::{progress::step, schema};
use testkit::{
    TEMPLATE,
    process::Claim,
    programs, release,
    stack::{Stack, with_home},
};

use crate::chaos::{self, Plan, disk::Disk, report, testbed::Testbed};

/// How long, and from which seed.
#[derive(Args, Clone, Copy)]
pub struct ChaosArgs {
    /// The same operations and faults again; by default drawn, and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Then it begins no round of faults any more.
    #[arg(long, default_value_t = 5)]
    pub minutes: u64,
}

pub async fn run(args: ChaosArgs) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| u64::from(fastrand::u32(..)));
    let checkout = schema::checkout();
    release::build_for_this_machine(&programs::deployment(&checkout).await?, &checkout).await?;
    let (found, findings, but) = with_home("chaos", async |home| {
        step(&format!("SEED={seed}: starting PostgreSQL, PgBouncer and Secrets Manager"));
        let claim = Claim::of(home)?;
        let disk = Disk::for_postgres_of(home).await;
        let but = if disk.is_ok() { "" } else { ", but left out: DiskFull" };
        let stack = Stack::start(claim, home, [0; 3], TEMPLATE).await?;
        let mut testbed = Testbed::start(stack, disk, Duration::from_secs(1)).await?;
        let (lasts, calm) = (Duration::from_secs(args.minutes * 60), Duration::from_secs(4));
        let plan = Plan { seed, clients: 16, lasts, calm };
        chaos::run(&mut testbed, Some(home.to_owned()), plan).await?;
        let accounts = report::accounts(&testbed).await;
        let record = testbed.recorder.record();
        step(&format!("\n{}\n{accounts}", report::table(&record)));
        // Before their logs are removed.
        Ok((record.findings.len(), report::explained(&record.findings, home), but))
    })
    .await?;
    if found == 0 {
        step(&format!("found: nothing{but} (SEED={seed}); next: another seed, or MINUTES=30"));
        return Ok(());
    }
    for finding in findings {
        step(&format!("found: {finding}"));
    }
    bail!("{found} things are not as they should be; next: `make chaos SEED={seed}` draws the same again")
}
