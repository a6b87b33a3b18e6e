//! `pgbench` through the same pooler: what the same statements cost when PostgreSQL's own client sends them.

use anyhow::{Context, Result};
use std::fs;

use super::setup::Setup;
use testkit::{programs, stack::API_PASSWORD};

/// So many clients send the script again and again for so many seconds, by the simple protocol: how many
/// calls that makes in a second, and how long each took, in microseconds. What a conflict undid is repeated, as we do.
pub async fn run(setup: &Setup, port: u16, script: &str, clients: u64, seconds: u64) -> Result<(u64, Vec<u64>)> {
    let (per_second, mut times) = run_all(setup, port, &[(script, clients)], seconds).await?;
    Ok((per_second, times.pop().unwrap_or_default()))
}

/// The same with several scripts, of which each client draws one for each call: as often as if it had so many of the
/// clients. How long those of each script took.
pub async fn run_all(setup: &Setup, port: u16, scripts: &[(&str, u64)], seconds: u64) -> Result<(u64, Vec<Vec<u64>>)> {
    let folder = setup.home.join("pgbench");
    // What the run before has logged.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("logs")).context("making a folder for pgbench")?;
    let clients: u64 = scripts.iter().map(|(_, clients)| clients).sum();
    let mut pgbench = setup.postgres.command("pgbench");
    for (number, (script, weight)) in scripts.iter().enumerate() {
        fs::write(folder.join(format!("{number}.sql")), script).context("writing a script for pgbench")?;
        pgbench.arg(format!("--file=../{number}.sql@{weight}"));
    }
    pgbench
        .args(["--no-vacuum", "--protocol=simple", "--log", "--jobs=2", "--max-tries=6"])
        .args([format!("--time={seconds}"), format!("--client={clients}"), format!("--port={port}")])
        .args(["--host=127.0.0.1", "--username=api", &setup.world.database])
        .env("PGPASSWORD", API_PASSWORD)
        .current_dir(folder.join("logs"));
    let printed = programs::output(&mut pgbench).await.context("pgbench, of PostgreSQL's contrib package")?;
    let per_second = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split('.').next()?.parse().ok());
    let mut times = vec![Vec::new(); scripts.len()];
    for log in fs::read_dir(folder.join("logs")).context("reading pgbench's logs")? {
        let log = fs::read_to_string(log?.path()).context("reading pgbench's log")?;
        for line in log.lines() {
            // Client, number, microseconds (or `failed`), script, …
            let mut words = line.split(' ').skip(2);
            let taken = words.next().and_then(|word| word.parse().ok());
            let script: Option<usize> = words.next().and_then(|word| word.parse().ok());
            if let Some((times, taken)) = script.and_then(|script| times.get_mut(script)).zip(taken) {
                times.push(taken);
            }
        }
    }
    Ok((per_second.context(printed)?, times))
}
