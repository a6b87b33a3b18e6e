//! Brings a database up to date, under traffic: one short transaction for each step, and none that waits for long.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use migrations::Sources;
use tokio::time::{Instant, sleep};

use super::plan::{self, Step};
use crate::{
    admin_db::{AdminDb, Refusal},
    progress::step,
};

/// How long a lock is asked for again and again, and another run is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries: those who waited behind us go on.
const PAUSE: Duration = Duration::from_millis(500);

/// Applies what is missing, and returns the names of what was applied.
pub async fn migrate(database: &mut AdminDb, sources: &Sources, patience: Duration) -> Result<Vec<String>> {
    let steps = plan::steps(sources)?;
    take_turn(database, patience).await?;
    database.run(&plan::check(sources)).await.map_err(|refusal| anyhow!(refusal.message))?;
    let mut applied = Vec::new();
    let mut done = record(database).await?;
    for todo in steps {
        if done.contains(&todo.done) {
            continue;
        }
        apply(database, sources, &todo, patience).await?;
        step(&format!("applied {}", todo.name));
        done = record(database).await?;
        applied.push(todo.name);
    }
    Ok(applied)
}

/// One run at a time. The turn ends with the connection.
async fn take_turn(database: &mut AdminDb, patience: Duration) -> Result<()> {
    let started = Instant::now();
    while database.texts(&format!("select pg_try_advisory_lock({})", plan::LOCK)).await? != [Some("t".to_owned())] {
        if started.elapsed() > patience {
            bail!(
                "another run has been migrating this database for {} s: try again when it is over",
                patience.as_secs()
            );
        }
        step("another run is migrating this database: waiting for it");
        sleep(PAUSE).await;
    }
    Ok(())
}

/// The lines of `plan::DONE`.
async fn record(database: &mut AdminDb) -> Result<BTreeSet<String>> {
    if database.texts("select to_regclass('app.migrations')").await? == [None] {
        return Ok(BTreeSet::new());
    }
    let mut done: BTreeSet<String> = database.texts(plan::DONE).await?.into_iter().flatten().collect();
    // A new function is done as soon as any text of it was applied.
    done.extend(done.clone().iter().filter_map(|line| line.split_once(' ')).map(|(name, _)| name.to_owned()));
    Ok(done)
}

async fn apply(database: &mut AdminDb, sources: &Sources, todo: &Step, patience: Duration) -> Result<()> {
    let started = Instant::now();
    loop {
        let Err(refusal) = attempt(database, sources, todo).await else { return Ok(()) };
        match &*refusal.code {
            // A lock was not to be had in time, or two waited for each other.
            "55P03" | "40P01" if started.elapsed() < patience => sleep(PAUSE).await,
            "55P03" | "40P01" => {
                let holders = holders(database).await.unwrap_or_default();
                bail!(
                    "{}: a lock was not to be had for {} s, nothing of it was applied; {holders}. Run this again when that is over",
                    todo.name,
                    patience.as_secs()
                );
            }
            // Cut by the network, or ended by the server.
            "" | "57P01" | "57P02" => {
                return Err(refusal).context(format!(
                    "the connection was lost while {} was applied: run this again, it goes on where it stopped",
                    todo.name
                ));
            }
            _ => {
                return Err(refusal).context(format!(
                    "{} failed, and nothing of it was applied; what came before it stays",
                    todo.name
                ));
            }
        }
    }
}

async fn attempt(database: &mut AdminDb, sources: &Sources, todo: &Step) -> Result<(), Refusal> {
    if todo.in_transaction {
        let tried = database.run(&format!("begin;\n{}{}\ncommit;", plan::SETTINGS, todo.statement)).await;
        if tried.is_err() {
            // Without a connection there is nothing to undo.
            let _ = database.run("rollback").await;
        }
        return tried;
    }
    // It waits for others and nobody waits for it. What a broken run left would count as there.
    database.run("set lock_timeout = '1min'").await?;
    let unfinished =
        "select format('drop index concurrently %s', indexrelid::regclass) from pg_index where not indisvalid";
    for drop in database.texts(unfinished).await?.iter().flatten() {
        database.run(drop).await?;
    }
    database.run(&todo.statement).await?;
    let file = sources.migrations.iter().find(|file| file.name == todo.name).expect("a step is made from a file");
    database.run(&plan::record(file)).await
}

/// Whose transactions have been open longest.
async fn holders(database: &mut AdminDb) -> Result<String> {
    let oldest = database
        .texts(
            "select format('process %s of %s has been in a transaction since %s', pid, usename, xact_start::time(0)) \
             from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid() \
               and datname = current_database() order by xact_start limit 1",
        )
        .await?;
    Ok(oldest.into_iter().flatten().next().unwrap_or_else(|| "nobody holds it now".to_owned()))
}
