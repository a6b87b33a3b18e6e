//! Takes over a database that another application has made: the tables of the seed documents, with fewer columns, no
//! rules, and rows that break ours. In one transaction, or not at all.

mod choices;
pub mod columns;
mod keys;
mod kinds;
mod plan;
mod read;
mod reconciliation;
pub mod structure;

use std::fmt;

use anyhow::{Context, Result, bail};
use migrations::Sources;
use shared::cipher::Cipher;

pub use self::{choices::Choices, plan::Plan, reconciliation::Reconciliation};
use crate::{
    admin_db::{AdminDb, literal},
    progress::step,
    schema,
};

/// What was done, and the proof of it.
#[derive(Debug)]
pub struct Report {
    pub plan: Plan,
    pub reconciliation: Reconciliation,
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}reconciliation:\n{}", self.plan, self.reconciliation)
    }
}

/// What each transaction here begins with. A policy that would hide rows from us is an error, and nothing ends us early.
const SETTINGS: &str = "set local search_path = pg_catalog, pg_temp;\n\
    set local row_security = off;\n\
    set local statement_timeout = 0;\n\
    set local idle_in_transaction_session_timeout = 0;\n\
    set local timezone = 'UTC';\n\
    set local datestyle = 'ISO, MDY';\n\
    set local intervalstyle = 'postgres';\n\
    set local extra_float_digits = 1;\n\
    set local bytea_output = 'hex';\n\
    set local quote_all_identifiers = off;\n\
    set local jit = off;\n\
    set local work_mem = '64MB';\n\
    set local maintenance_work_mem = '256MB';\n\
    set local client_min_messages = warning;";

/// The judgement, part by part.
const JUDGE: [(&str, &str); 8] = [
    ("", include_str!("take_over/judge/prelude.sql")),
    ("users", include_str!("take_over/judge/users.sql")),
    ("clusters and seats", include_str!("take_over/judge/seats.sql")),
    ("instances and deployments", include_str!("take_over/judge/deployments.sql")),
    ("credits", include_str!("take_over/judge/credits.sql")),
    ("days of usage", include_str!("take_over/judge/days.sql")),
    ("invites and keys", include_str!("take_over/judge/invites.sql")),
    ("", include_str!("take_over/judge/columns.sql")),
];

/// Says what a take-over would do. It changes nothing, and nobody waits for it.
pub async fn inspect(database: &mut AdminDb, sources: &Sources, choices: &Choices) -> Result<Plan> {
    refuse(database).await?;
    // Whoever is in the way of looking is not waited for.
    database.run(&format!("begin isolation level repeatable read; {SETTINGS} set local lock_timeout = '2s'")).await?;
    let plan = look(database, sources, choices).await;
    database.run("rollback").await?;
    plan
}

async fn look(database: &mut AdminDb, sources: &Sources, choices: &Choices) -> Result<Plan> {
    let notes = structure::inspect(database, sources, &choices.aside).await?;
    if notes.iter().any(|note| note.blocks) {
        return Ok(Plan::of_notes(notes, choices));
    }
    judge(database, notes, choices).await
}

/// Takes the database over. What fails on the way leaves everything as it was.
pub async fn apply(
    database: &mut AdminDb,
    sources: &Sources,
    cipher: Option<&Cipher>,
    choices: &Choices,
) -> Result<Report> {
    refuse(database).await?;
    database.run(&format!("begin; {SETTINGS}")).await?;
    let done = in_transaction(database, sources, cipher, choices).await;
    if done.is_err() {
        // Without a connection there is nothing to undo.
        drop(database.run("rollback").await);
    }
    let report = done.context("nothing was taken over, and all is as it was")?;
    step(&report.to_string());
    database.run("commit").await.context("whether it was taken over is not known: run this again, which says it")?;
    clean(database).await;
    Ok(report)
}

/// Refuses a database that is ours, or has nothing of the web app's.
async fn refuse(database: &mut AdminDb) -> Result<()> {
    database.run("set search_path = pg_catalog, pg_temp").await?;
    if database.one_text("select current_setting('transaction_read_only')").await? == "on" {
        bail!(
            "this database may only be read now (a replica, or default_transaction_read_only, which Supabase sets when the disk is full)"
        );
    }
    match state(database).await? {
        State::Theirs => Ok(()),
        State::Ours => bail!("nothing to do: this database is the back office's already; next: `make migrate`"),
        State::Empty => bail!("there is nothing to take over: none of the eight tables is here; next: `make migrate`"),
    }
}

/// Whose a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ours,
    Theirs,
    Empty,
}

/// Whose the eight tables are.
pub async fn state(database: &mut AdminDb) -> Result<State> {
    let begun = database.texts("select to_regclass('app.migrations')").await? != [None];
    if begun && database.one_text(&format!("select {}", schema::whose::IS_OURS)).await? == "t" {
        return Ok(State::Ours);
    }
    let none = database.texts(&schema::whose::tables_here()).await?.is_empty();
    Ok(if none { State::Empty } else { State::Theirs })
}

async fn judge(database: &mut AdminDb, notes: Vec<structure::Note>, choices: &Choices) -> Result<Plan> {
    choices.tell(database).await?;
    read::make_views(database, &choices.aside).await?;
    for (part, sql) in JUDGE {
        if !part.is_empty() {
            step(&format!("looking at {part}"));
        }
        database.run(sql).await.with_context(|| format!("looking at {part}"))?;
    }
    read::forget_absent(database).await?;
    Plan::read(database, notes, choices).await
}

async fn in_transaction(
    database: &mut AdminDb,
    sources: &Sources,
    cipher: Option<&Cipher>,
    choices: &Choices,
) -> Result<Report> {
    step("locking the tables");
    lock(database, choices).await?;
    // Another run may have ended since we looked.
    refuse(database).await?;
    let plan = look(database, sources, choices).await?;
    if !plan.obstacles().is_empty() {
        // With all that can be chosen; what stops it stands at its end.
        bail!("this database cannot be taken over yet\n{plan}");
    }
    if plan.has_keys() && cipher.is_none() {
        bail!("there are keys to encrypt: set APP_SECRET_ID to the name of the functions' secret");
    }
    database.run(include_str!("take_over/reconcile/before.sql")).await.context("counting before")?;
    name_kinds(database, choices).await?;
    step("archiving what changes");
    database.run(include_str!("take_over/write/archive.sql")).await.context("archiving")?;
    read::drop_views(database).await?;
    step("making our tables");
    structure::begin(database, sources, &choices.aside).await?;
    database.run(include_str!("take_over/write/remove.sql")).await.context("removing rows")?;
    structure::change(database).await?;
    step("writing users, seats, deployments, invites");
    database.run(include_str!("take_over/write/people.sql")).await.context("writing users and what is theirs")?;
    step("writing credits and days");
    database.run(include_str!("take_over/write/money.sql")).await.context("writing credits and days")?;
    if let Some(cipher) = cipher {
        keys::encrypt(database, cipher).await.context("encrypting keys")?;
    }
    step("putting constraints, indexes, triggers and functions there");
    structure::finish(database, sources).await?;
    step("counting again");
    database.run(include_str!("take_over/reconcile/after.sql")).await.context("counting after")?;
    let reconciliation = Reconciliation::make(database).await?;
    let broken = database
        .texts("select format('%s %s: %s', kind, id, detail) from app.invariant_violations limit 5")
        .await
        .context("checking the invariants")?;
    if !broken.is_empty() {
        bail!("invariants do not hold: {}", broken.into_iter().flatten().collect::<Vec<_>>().join("; "));
    }
    Ok(Report { plan, reconciliation })
}

/// How long the web app's transactions are waited for.
const PATIENCE: &str = "10s";

/// One run at a time. Locks the eight tables for everybody, so that nobody reads or writes meanwhile. Rows that had no id
/// get one now: so it is the same in all that follows.
async fn lock(database: &mut AdminDb, choices: &Choices) -> Result<()> {
    let turn =
        format!("set local lock_timeout = '{PATIENCE}'; select pg_try_advisory_xact_lock({})", schema::plan::LOCK);
    if database.one_text(&turn).await? != "t" {
        bail!("another run is migrating this database, or taking it over: look again when it is over");
    }
    for table in structure::TABLES {
        let place = format!(
            "select format('%s', oid::regclass) from pg_class where oid = to_regclass('public.{table}') and relkind = 'r' \
               and reloftype = 0 and pg_has_role(relowner, 'usage')"
        );
        let place = database.one_text(&place).await?;
        // One that cannot be changed is named when we look.
        if place.is_empty() {
            continue;
        }
        match database.run(&format!("lock table {place} in access exclusive mode")).await {
            Err(refusal) if refusal.code == "55P03" => {
                bail!("{table} is in use, and was not to be had in {PATIENCE}: stop the web app, and try again")
            }
            locked => locked.with_context(|| format!("locking {table}"))?,
        }
        if table != "users" && !choices.aside.iter().any(|aside| aside == table) {
            let id = format!("alter table {place} add column if not exists id uuid not null default gen_random_uuid()");
            database.run(&id).await.with_context(|| format!("giving the rows of {table} ids"))?;
        }
    }
    Ok(())
}

/// The reasons that the archive gives.
async fn name_kinds(database: &mut AdminDb, choices: &Choices) -> Result<()> {
    let named: Vec<String> = kinds::all()
        .map(|kind| format!("('{}', {})", kind.code, literal(&format!("{}: {}", kind.trouble, kind.action(choices)))))
        .collect();
    database
        .run(&format!(
            "create temp table kinds (code, why) on commit drop as select * from (values {}) k (code, why)",
            named.join(", ")
        ))
        .await?;
    Ok(())
}

/// Keys and tokens in plain text are left in pages that nobody reads any more, until they are written anew. The planner
/// gets to know the tables.
async fn clean(database: &mut AdminDb) {
    step("writing the pages anew that had secrets");
    let tables = ["public.hopsworks_clusters", "public.clusters", "public.team_invites"];
    let vacuum = tables.map(|table| format!("vacuum (full, analyze) {table}"));
    for statement in ["set statement_timeout = 0; set lock_timeout = '10s'"]
        .into_iter()
        .chain(vacuum.iter().map(String::as_str))
        .chain(["analyze"])
    {
        if let Err(refusal) = database.run(statement).await {
            step(&format!("warning: {refusal}; run `{statement}` yourself"));
        }
    }
}
