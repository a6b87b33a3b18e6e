//! Brings the tables of a web app to the form of ours, in place and inside of the caller's transaction.
//!
//! Nothing here knows our columns. The migrations make their empty tables while the web app's schema has another name;
//! what they are is noted (`ours.sql`), they go, and what the web app has is compared with it (`theirs.sql`). What is in
//! the way is taken away (`remove.sql`), columns change (`change.sql`), the caller writes the rows, and then comes what
//! holds them to our rules (`complete.sql`) and what was set aside (`back.sql`).

use std::fmt::{self, Write as _};

use anyhow::{Context, Result};
use migrations::Sources;
use serde_json::Value;

use super::columns;
use crate::{
    admin_db::{AdminDb, Refusal, literal},
    schema::plan::{self, Step},
};

/// The eight tables.
pub use crate::schema::whose::TABLES;

/// For all that is done here. The definitions of what is made again are written down under this path, so they name the
/// schema of everything. Indexes over millions of rows are sorted in memory.
const SETTINGS: &str = "set local search_path = pg_catalog, pg_temp; set local check_function_bodies = off; \
    set local client_min_messages = warning; set local maintenance_work_mem = '192MB';";

/// Something of the web app's structure that is in the way, or that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub kind: String,
    pub subject: String,
    /// What is done, or what must be done first.
    pub done: String,
    /// Nothing can be taken over while it is so.
    pub blocks: bool,
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: {}", self.kind, self.subject, self.done)
    }
}

/// Finds what is in the way and what will be done. It must be inside a transaction that may write: it runs the
/// migrations beside the web app's tables, which it does not lock, and takes all back. `aside` are tables of these names
/// that mean something else.
pub async fn inspect(db: &mut AdminDb, sources: &Sources, aside: &[String]) -> Result<Vec<Note>> {
    db.run(&format!("{SETTINGS} savepoint inspected; {}", columns::HELPERS)).await?;
    let found = find(db, sources, aside).await;
    db.run(&format!("rollback to savepoint inspected; release savepoint inspected; {SETTINGS}")).await?;
    found
}

async fn find(db: &mut AdminDb, sources: &Sources, aside: &[String]) -> Result<Vec<Note>> {
    db.run(&first(aside)).await?;
    let mut notes = notes(db).await?;
    if notes.iter().any(|note| note.blocks) {
        return Ok(notes);
    }
    if let Err(refusal) = reference(db, sources).await? {
        notes.push(Note {
            kind: "migrations".to_owned(),
            subject: "ours".to_owned(),
            done: format!("cannot be applied by this role: {}", refusal.message),
            blocks: true,
        });
        return Ok(notes);
    }
    for part in [include_str!("structure/theirs.sql"), ASIDE, MADE_AGAIN] {
        db.run(part).await?;
    }
    for part in [include_str!("structure/notes.sql"), include_str!("structure/computed.sql")] {
        db.run(part).await?;
    }
    let mut notes = self::notes(db).await?;
    notes.extend(retyped(db).await?.iter().filter_map(Retyped::note));
    Ok(notes)
}

const ASIDE: &str = include_str!("structure/aside.sql");
const MADE_AGAIN: &str = include_str!("structure/made_again.sql");

/// Takes away what is in the way: afterwards nothing but a primary key holds the rows of the web app's tables to anything,
/// and they are where they were. `app` and the tables that the web app has not are there. The caller holds locks on the
/// tables.
pub async fn begin(db: &mut AdminDb, sources: &Sources, aside: &[String]) -> Result<()> {
    db.run(&format!("{SETTINGS} {}", columns::HELPERS)).await?;
    db.run(&first(aside)).await?;
    reference(db, sources).await??;
    for part in [include_str!("structure/rename_triggers.sql"), include_str!("structure/theirs.sql"), ASIDE, MADE_AGAIN]
    {
        db.run(part).await?;
    }
    let expressions = expressions(&retyped(db).await?)?;
    db.run(&expressions).await?;
    db.run(include_str!("structure/remove.sql")).await.context("taking away what is in the way")
}

/// Afterwards the web app's tables have all of our columns, each of our type.
pub async fn change(db: &mut AdminDb) -> Result<()> {
    db.run(include_str!("structure/change.sql")).await.context("changing the columns")
}

/// After the rows are written: everything that ours have and these have not yet, the functions, and what was set aside.
pub async fn finish(db: &mut AdminDb, sources: &Sources) -> Result<()> {
    db.run(SETTINGS).await?;
    db.run(include_str!("structure/complete.sql")).await.context("making the tables what ours are")?;
    for step in plan::steps_at_once(sources)? {
        apply(db, &step).await.with_context(|| step.name.clone())?;
    }
    db.run(include_str!("structure/back.sql")).await.context("making again what was set aside")?;
    Ok(())
}

/// The first look at the web app's tables.
fn first(aside: &[String]) -> String {
    let names = aside.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    include_str!("structure/first.sql").replace("ASIDE)", &format!("array[{names}]::text[])"))
}

/// Notes what ours are: `ours_tables` and the like. Then the web app's schema has its name again.
async fn reference(db: &mut AdminDb, sources: &Sources) -> Result<Result<(), Refusal>> {
    let tables = sources.functions.len() + sources.migrations.len();
    let steps = plan::steps_at_once(sources)?;
    db.run(include_str!("structure/set_aside.sql")).await?;
    for step in &steps[..tables] {
        if let Err(refusal) = apply(db, step).await {
            return Ok(Err(refusal));
        }
    }
    db.run(include_str!("structure/ours.sql")).await?;
    db.run(include_str!("structure/swap.sql")).await?;
    Ok(Ok(()))
}

/// Functions may name what is not there yet.
async fn apply(db: &mut AdminDb, step: &Step) -> Result<(), Refusal> {
    db.run(&step.statement).await
}

async fn notes(db: &mut AdminDb) -> Result<Vec<Note>> {
    let rows = "select json_build_array(kind, subject, done, blocks)::text from notes order by blocks desc, kind, subject, done";
    let note = |row: String| {
        let row: Value = serde_json::from_str(&row)?;
        let text = |at: usize| row[at].as_str().unwrap_or_default().to_owned();
        Ok(Note { kind: text(0), subject: text(1), done: text(2), blocks: row[3].as_bool().unwrap_or(true) })
    };
    db.texts(rows).await?.into_iter().flatten().map(note).collect()
}

/// A column that gets another type.
struct Retyped {
    place: String,
    name: String,
    old: String,
    new: String,
    of_table: String,
}

impl Retyped {
    fn expression(&self) -> Option<String> {
        let quoted = format!("\"{}\"", self.name.replace('"', "\"\""));
        columns::read_as(&self.old, &self.new, &quoted, &self.of_table)
    }

    fn note(&self) -> Option<Note> {
        let (done, blocks) = if self.expression().is_none() {
            (format!("is {} and cannot be read as {}: change its type first", self.old, self.new), true)
        } else if columns::rounds(&self.old, &self.new) {
            (format!("is {} and is rounded to {}", self.old, self.new), false)
        } else if self.name == "id" && self.new == "uuid" {
            let done = "and becomes a uuid: an id that is none gets a new one, and app.taken_over has both";
            (format!("is {} {done}", self.old), false)
        } else {
            return None;
        };
        Some(Note { kind: "column".to_owned(), subject: format!("{}.{}", self.place, self.name), done, blocks })
    }
}

async fn retyped(db: &mut AdminDb) -> Result<Vec<Retyped>> {
    let rows = "select json_build_array(place, name, type, new_type, of_table)::text from theirs_columns \
        where is_retyped order by place, position";
    let column = |row: String| {
        let [place, name, old, new, of_table]: [String; 5] = serde_json::from_str(&row)?;
        Ok(Retyped { place, name, old, new, of_table })
    };
    db.texts(rows).await?.into_iter().flatten().map(column).collect()
}

/// How columns are read as what they become, where PostgreSQL would read them otherwise or might fail.
fn expressions(retyped: &[Retyped]) -> Result<String> {
    let mut sql = "create temp table expressions (place text, name text, expression text) on commit drop;".to_owned();
    for column in retyped.iter().filter(|column| !columns::widens(&column.old, &column.new)) {
        let expression = column
            .expression()
            .with_context(|| format!("{}.{} is {}, not {}", column.place, column.name, column.old, column.new))?;
        let values = [&column.place, &column.name, &expression].map(|value| literal(value)).join(", ");
        write!(sql, " insert into expressions values ({values});").expect("a String takes everything");
    }
    Ok(sql)
}
