//! `make replay`: a month of usage on clusters, through the release binary.

use anyhow::{Result, bail};
use clap::Args;
use ops::{progress::step, schema};
use testkit::{
    TEMPLATE, World,
    process::Claim,
    programs, release,
    stack::{Stack, with_home},
};

use crate::replay::{self, Outcome, Plan};

/// How much, and from which seed.
#[derive(Args, Clone, Copy)]
pub struct ReplayArgs {
    /// The same month again; by default drawn, and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    #[arg(long, default_value_t = 30)]
    pub days: u32,
    #[arg(long, default_value_t = 5)]
    pub clusters: usize,
    /// On each cluster.
    #[arg(long, default_value_t = 200)]
    pub namespaces: usize,
}

pub async fn run(args: ReplayArgs) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| u64::from(fastrand::u32(..)));
    let checkout = schema::checkout();
    release::build_for_this_machine(&programs::deployment(&checkout).await?, &checkout).await?;
    let outcome = with_home("replay", async |home| {
        step(&format!("SEED={seed}: starting PostgreSQL, PgBouncer and Secrets Manager"));
        let stack = Stack::start(Claim::of(home)?, home, [0; 3], TEMPLATE).await?;
        let mut world = World::on(stack.address).await;
        let ReplayArgs { days, clusters, namespaces, .. } = args;
        let plan = Plan { seed, days, clusters, namespaces, killed_one_in: 8 };
        replay::run(&mut world, Some(home.to_owned()), plan).await
    })
    .await?;
    let Outcome { runs, killed, hours, took, peak_kib, accounts, findings } = outcome;
    let memory = peak_kib.map_or("unknown".to_owned(), |kib| format!("{} MiB", kib / 1024));
    step(&format!(
        "{runs} runs, {killed} of them killed: {hours} hours of clusters in {} s, {memory} at most; {accounts} bills compared",
        took.as_secs()
    ));
    for finding in &findings {
        step(&format!("found: {finding}"));
    }
    match findings.len() {
        0 => step(&format!("found: nothing (SEED={seed}); next: another seed")),
        found => {
            bail!("{found} things are not as they should be; next: `make replay SEED={seed}` draws the same again")
        }
    }
    Ok(())
}
