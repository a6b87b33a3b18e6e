//! `make chaos`: release binaries behind a gateway, on a stack of their own that is broken again and again.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Result, anyhow};
use clap::Args;
use ops::{environment, progress::step, schema};
use testkit::{
    TEMPLATE,
    process::Claim,
    programs, release,
    shutdown::until_interrupted,
    stack::{self, Stack, StackAddress},
};

use crate::chaos::{self, Plan, disk::Disk, pool::Launcher, recorder::Recorder, report, testbed::Testbed};

/// How long, and from which seed.
#[derive(Args, Clone, Copy)]
pub struct ChaosArgs {
    /// The same operations and faults again; by default drawn, and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    #[arg(long, default_value_t = 5)]
    pub minutes: u64,
    /// Takes the release binaries as they are.
    #[arg(long)]
    pub built: bool,
}

pub async fn run(args: ChaosArgs) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| u64::from(fastrand::u32(..)));
    let home = environment::home(&format!("chaos-{}", std::process::id()));
    let ended = until_interrupted(async {
        if !args.built {
            let checkout = schema::checkout();
            release::build_for_this_machine(&programs::deployment(&checkout).await?, &checkout).await?;
        }
        on_a_stack(&home, seed, args.minutes).await
    })
    .await;
    // Before their logs are removed.
    let findings = ended.as_ref().map(|recorder| report::explained(recorder.findings(), &home)).unwrap_or_default();
    stack::remove(&home).await?;
    let recorder = ended?;
    let record = recorder.record();
    step(&format!("\n{}", report::table(&record.phases)));
    if findings.is_empty() {
        let left_out: Vec<&str> = record.left_out.iter().map(String::as_str).collect();
        let but = if left_out.is_empty() { String::new() } else { format!(", but left out: {}", left_out.join(", ")) };
        step(&format!("found: nothing{but} (SEED={seed}); next: another seed, or MINUTES=30"));
        return Ok(());
    }
    for finding in &findings {
        step(&format!("found: {finding}"));
    }
    Err(anyhow!(
        "{} things are not as they should be; next: `make chaos SEED={seed}` draws the same again",
        findings.len()
    ))
}

async fn on_a_stack(home: &Path, seed: u64, minutes: u64) -> Result<Arc<Recorder>> {
    step(&format!("SEED={seed}: starting PostgreSQL, PgBouncer and Secrets Manager"));
    let claim = Claim::of(home)?;
    let disk = Disk::for_postgres_of(home);
    let stack = Stack::start(claim, home, StackAddress::free()?, TEMPLATE).await?;
    let mut testbed = Testbed::start(stack, disk, Duration::from_secs(1)).await?;
    let config = testbed.config();
    let mut environment = testbed.world.environment(&config.secret_id).to_vec();
    environment.push(("AUTH0_JWKS_URL", config.jwks_url));
    environment.extend(config.secrets_endpoint_url.map(|url| ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url)));
    let plan = Plan {
        seed,
        clients: 16,
        lasts: Duration::from_secs(minutes * 60),
        rounds: usize::MAX,
        requests: 0,
        calm: Duration::from_secs(4),
        think_time: Duration::from_millis(20),
    };
    let done = chaos::run(&mut testbed, Launcher::Release { home: home.to_owned(), environment }, plan).await;
    testbed.stack.stop().await;
    done.map(|()| testbed.recorder)
}
