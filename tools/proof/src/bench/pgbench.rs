//! `pgbench` through the same pooler: what the same statements cost when PostgreSQL's own client sends them.

use anyhow::{Context, Result};
use std::fs;

use super::setup::Setup;
use testkit::{programs, stack::API_PASSWORD};

/// So many clients send the script again and again for so many seconds, by the simple protocol: how many
/// calls that makes in a second, and how long each took, in microseconds. What a conflict undid is repeated, as we do.
pub async fn run(setup: &Setup, port: u16, script: &str, clients: u64, seconds: u64) -> Result<(u64, Vec<u64>)> {
    // Runs at the same time are of different sizes.
    let name = format!("pgbench-{clients}");
    let folder = setup.home.join(&name);
    // What the run before has logged.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).context("making a folder for pgbench")?;
    fs::write(folder.with_extension("sql"), script).context("writing the script for pgbench")?;
    let mut pgbench = setup.postgres.command("pgbench");
    pgbench
        .args(["--no-vacuum", "--protocol=simple", "--log", "--jobs=2", "--max-tries=6"])
        .arg(format!("--file=../{name}.sql"))
        .args([format!("--time={seconds}"), format!("--client={clients}"), format!("--port={port}")])
        .args(["--host=127.0.0.1", "--username=api", &setup.world.database])
        .env("PGPASSWORD", API_PASSWORD)
        .current_dir(&folder);
    let printed = programs::output(&mut pgbench).await.context("pgbench, of PostgreSQL's contrib package")?;
    let per_second = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split('.').next()?.parse().ok());
    let mut times = Vec::new();
    for log in fs::read_dir(&folder).context("reading pgbench's logs")? {
        let log = fs::read_to_string(log?.path()).context("reading pgbench's log")?;
        // Client, number, microseconds, …
        times.extend(log.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u64>().ok()));
    }
    Ok((per_second.context(printed)?, times))
}
