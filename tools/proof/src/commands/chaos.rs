//! `make chaos`: release binaries behind a gateway, on a stack of their own that is broken again and again.

use anyhow::{Result, anyhow};
use std::{path::Path, sync::Arc, time::Duration};

use clap::Args;

use crate::{
    chaos::{
        Plan, disk::Disk, faults::Fault, pool::Gateway, recorder::Recorder, report, testbed::Testbed,
        transport::Http,
    },
    lambda::Program,
};
use ops::{environment, progress::step, schema};
use testkit::{
    TEMPLATE,
    process::Claim,
    programs, release,
    shutdown::until_interrupted,
    stack::{self, Stack, StackAddress},
};

const CLIENTS: u64 = 16;

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
        cause(&home, seed, args.minutes).await
    })
    .await;
    let left_out = ended.as_ref().map(|recorder| recorder.left_out()).unwrap_or_default();
    let findings = ended.as_ref().map(|recorder| report::explained(recorder.findings(), &home)).unwrap_or_default();
    stack::remove(&home).await?;
    step(&format!("\n{}", report::table(&ended?.phases())));
    if findings.is_empty() {
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

async fn cause(home: &Path, seed: u64, minutes: u64) -> Result<Arc<Recorder>> {
    step(&format!("SEED={seed}: starting PostgreSQL, PgBouncer and Secrets Manager"));
    let claim = Claim::of(home)?;
    let disk = Disk::for_postgres_of(home);
    let stack = Stack::start(claim, home, StackAddress::free()?, TEMPLATE).await?;
    let mut testbed = Testbed::set(stack, disk, Duration::from_secs(1)).await?;
    let (config, world) = (testbed.config(), Arc::clone(&testbed.world));
    let gateway = Gateway::start(home, |function| {
        let program = Program::released(function).told_of(&world, &config.secret_id);
        let endpoint = config.secrets_endpoint_url.clone().unwrap_or_default();
        program.with("AUTH0_JWKS_URL", config.jwks_url.clone()).with("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint)
    })
    .await?;
    let transport = Arc::new(Http::to(gateway.url())?);
    let plan = Plan {
        seed,
        clients: CLIENTS,
        lasts: Duration::from_secs(minutes * 60),
        rounds: usize::MAX,
        requests: 0,
        calm: Duration::from_secs(4),
        thinks: Duration::from_millis(20),
    };
    let done = crate::chaos::run(&mut testbed, &transport, &gateway, &Fault::ALL, plan).await;
    step(&format!("{} instances were started", gateway.started()));
    drop(gateway);
    testbed.stack.stop().await;
    done.map(|()| testbed.recorder)
}
