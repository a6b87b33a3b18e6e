//! Brings a database up to date, under traffic: one short transaction for each step, and none that waits for long.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use migrations::Sources;
use tokio::time::{Instant, sleep};

use super::{
    plan::{self, Step},
    whose,
};
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
    // Nobody else can make anything there that would be found first.
    database.run("set search_path = pg_catalog, pg_temp").await?;
    take_turn(database, patience).await?;
    database.run(&whose::check(sources)).await.map_err(|refusal| anyhow!(refusal.message))?;
    let mut applied = Vec::new();
    let mut done = record(database).await?;
    for todo in steps {
        let is_done = done.contains(&todo.done);
        if !is_done || todo.always {
            apply(database, &todo, patience).await?;
        }
        if is_done {
            continue;
        }
        step(&format!("applied {}", todo.name));
        done = record(database).await?;
        applied.push(todo.name);
    }
    Ok(applied)
}

/// One run at a time. The turn ends with the connection.
async fn take_turn(database: &mut AdminDb, patience: Duration) -> Result<()> {
    let (started, mut told) = (Instant::now(), false);
    while database.texts(&format!("select pg_try_advisory_lock({})", plan::LOCK)).await? != [Some("t".to_owned())] {
        if started.elapsed() > patience {
            bail!(
                "another run has been migrating this database for {} s: try again when it is over",
                patience.as_secs()
            );
        }
        if !told {
            step("another run is migrating this database: waiting for it");
        }
        told = true;
        sleep(PAUSE).await;
    }
    Ok(())
}

/// The lines of `plan::DONE`.
async fn record(database: &mut AdminDb) -> Result<BTreeSet<String>> {
    if database.texts("select to_regclass('app.migrations')").await? == [None] {
        return Ok(BTreeSet::new());
    }
    Ok(database.texts(plan::DONE).await?.into_iter().flatten().collect())
}

/// Does a step. A lock that is not to be had is asked for again and again.
pub async fn apply(database: &mut AdminDb, todo: &Step, patience: Duration) -> Result<()> {
    let (started, name) = (Instant::now(), &todo.name);
    loop {
        let Err(refusal) = attempt(database, todo).await else { return Ok(()) };
        match &*refusal.code {
            // A lock was not to be had in time, or two waited for each other.
            "55P03" | "40P01" if started.elapsed() < patience => sleep(PAUSE).await,
            "55P03" | "40P01" => {
                let holders = holders(database).await.unwrap_or_default();
                bail!(
                    "{name}: a lock was not to be had for {} s, nothing of it was done; {holders}. Run this again when that is over",
                    patience.as_secs()
                );
            }
            // Cut by the network, or ended by the server.
            "" | "57P01" | "57P02" => {
                return Err(refusal).context(format!(
                    "the connection was lost at {name}: run this again, it goes on where it stopped"
                ));
            }
            _ if todo.record.is_some() => {
                return Err(refusal)
                    .context(format!("{name} failed; an index that it began is built anew by the next run"));
            }
            _ => {
                return Err(refusal)
                    .context(format!("{name} failed, and nothing of it was applied; what came before it stays"));
            }
        }
    }
}

async fn attempt(database: &mut AdminDb, todo: &Step) -> Result<(), Refusal> {
    let Some(record) = &todo.record else {
        let tried = database.run(&format!("begin;\n{}{}\ncommit;", plan::SETTINGS, todo.statement)).await;
        if tried.is_err() {
            // Without a connection there is nothing to undo.
            let _ = database.run("rollback").await;
        }
        return tried;
    };
    // It waits for others and nobody waits for it.
    database.run("set lock_timeout = '1min'; set statement_timeout = 0").await?;
    // An index of this statement that a broken run has left would count as there.
    let broken = "select c.oid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid \
                  join pg_namespace n on n.oid = c.relnamespace \
                  where not i.indisvalid and c.relkind = 'i' and n.nspname in ('public', 'app')";
    for index in database.texts(broken).await?.iter().flatten() {
        let name = index.rsplit('.').next().unwrap_or(index);
        if todo.statement.split(|mark: char| !mark.is_alphanumeric() && mark != '_').any(|word| word == name) {
            database.run(&format!("drop index concurrently {index}")).await?;
        }
    }
    database.run(&todo.statement).await?;
    database.run(record).await
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
