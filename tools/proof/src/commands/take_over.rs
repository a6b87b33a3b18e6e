//! `make bench-take-over`: how long it takes to take over a large database, and how much memory our own process needs.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use clap::Args;
use ops::{admin_db::AdminDb, environment::emulator_credentials, progress::step, schema::checkout};
use testkit::{
    World,
    process::peak_resident_kib,
    stack::{Stack, with_stack},
};
use tokio::{
    process::Command,
    time::{Instant, interval},
};

use crate::{
    bench::report::machine,
    take_over::{self, OWNER, PASSWORD},
};

/// How large it is.
#[derive(Args, Clone, Copy)]
pub struct TakeOverArgs {
    #[arg(long, default_value_t = 1_000_000)]
    pub users: u64,
    #[arg(long, default_value_t = 2_000_000)]
    pub days: u64,
}

pub async fn run(args: TakeOverArgs) -> Result<()> {
    with_stack("take-over", async |stack| measure(stack, args).await).await
}

async fn measure(stack: &mut Stack, args: TakeOverArgs) -> Result<()> {
    stack.postgres.settings.push(format!("shared_buffers={}kB", machine::memory_kib()? / 4));
    stack.postgres.settings.push("max_wal_size=4GB".to_owned());
    stack.postgres.restart().await?;
    let (mut admin, database) = (AdminDb::connect(&stack.address.direct_url("postgres")).await?, "web_app");
    admin.run(take_over::ROLES).await?;
    admin.run(&format!("create database {database} owner {OWNER}")).await?;
    let mut superuser = AdminDb::connect(&stack.address.direct_url(database)).await?;
    superuser.run(&format!("alter schema public owner to {OWNER}")).await?;
    let url = format!("postgres://{OWNER}:{PASSWORD}@127.0.0.1:{}/{database}", stack.address.postgres_port);
    step(&format!("making a database of {} users and {} days", args.users, args.days));
    let started = Instant::now();
    AdminDb::connect(&url).await?.run(&take_over::of_size(args.users, args.days)).await.context("making it")?;
    superuser.run("vacuum (analyze)").await?;
    step(&format!("made in {} s", started.elapsed().as_secs()));
    // Only for the secret's keys.
    let world = World::on(stack.address).await;
    let secret = world.put_secret(&world.secret(stack.address.pgbouncer_port)).await;
    // Some of its figures are no numbers.
    for (what, arguments) in [
        ("the plan", &["take-over", "--unreadable=archive"][..]),
        ("the take-over", &["take-over", "--unreadable=archive", "--apply"]),
        ("migrating after it", &["migrate"]),
    ] {
        let mut command = Command::new(checkout().join("target/ops/ops"));
        command.args(arguments).arg(format!("--direct-url={url}"));
        command.envs(emulator_credentials()).env("APP_SECRET_ID", &secret);
        command.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", stack.address.secrets_url());
        let (seconds, kib) = watched(command).await.context(what)?;
        step(&format!("{what}: {seconds} s, at most {} MiB of memory", kib / 1024));
    }
    let violations = superuser.texts("select format('%s %s', kind, id) from app.invariant_violations limit 5").await?;
    ensure!(violations.is_empty(), "not sound: {violations:?}");
    Ok(())
}

/// Runs a command to its end: how long it took in seconds, and its peak of resident memory.
async fn watched(mut command: Command) -> Result<(u64, u64)> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).kill_on_drop(true).spawn().context("starting target/ops/ops")?;
    let id = child.id().context("it runs")?;
    let (mut peak_kib, mut often) = (0, interval(Duration::from_millis(50)));
    loop {
        tokio::select! {
            ended = child.wait() => {
                ensure!(ended?.success(), "it failed");
                return Ok((started.elapsed().as_secs(), peak_kib));
            }
            // At its very end there is nothing to read.
            _ = often.tick() => peak_kib = peak_resident_kib(id).unwrap_or(peak_kib),
        }
    }
}
