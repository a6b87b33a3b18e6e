//! What brings a database up to date: statements that ask the database whether they are needed, and record what they
//! did. `make migrate` runs those that are, one by one; `make schema` prints them all.

use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};
use migrations::{Release, Sources, SqlFile};

use super::whose::check;

/// The first line of a file that runs as the role that migrates. All others run as `app_owner`, who so owns what they
/// make.
const AS_MIGRATING_ROLE: &str = "-- As the migrating role.";
/// The first line of a file of one statement that must not be in a transaction, such as an index built concurrently.
const NO_TRANSACTION: &str = "-- no transaction";
/// Ends a file's text inside a statement; no file holds it.
const QUOTE: &str = "$file$";

/// Serializes all who migrate one database, by script or by command.
pub const LOCK: &str = "pg_catalog.hashtext('app.migrate')";

/// The roles that functions log in as, beside `api`.
const OTHER_LOGINS: &str = "provisioner, collector, publisher";

/// Whether something was done already: one line for each that was. `app.migrations` itself is made by the first file.
pub const DONE: &str = "select name from app.migrations union all select name || ' ' || sha256 from app.migrations \
     union all select schema from app.releases where superseded_at is null and to_regnamespace(schema) is not null";

/// What `repeatable/database_privileges.sql` could not take away, a sentence for each.
pub const LEFT_OPEN: &str = "select 'the role api may make temporary tables: only the owner of the database can forbid it' \
     where has_database_privilege('api', current_database(), 'temporary') union all \
     select 'the role api may make large objects: only a superuser can forbid it (docs/operate.md says what that means)' \
     where has_function_privilege('api', 'pg_catalog.lo_create(oid)', 'execute')";

/// The release's functions go, and with them its record.
pub fn drop_release(schema: &str) -> Step {
    let statement =
        format!("drop schema if exists {schema} cascade;\ndelete from app.releases where schema = '{schema}';");
    Step::new(schema, String::new(), statement)
}

/// What is done at once or not at all.
#[derive(Clone, Debug)]
pub struct Step {
    /// The file, or the schema of the release.
    pub name: String,
    /// The line of `DONE` that says that there is nothing to do.
    pub done: String,
    /// One statement, which does nothing if there is nothing to do.
    pub statement: String,
    /// For a statement that must not be in a transaction: what records it afterwards.
    pub record: Option<String>,
    /// Whether it is done each time: it asks itself what there is to do.
    pub always: bool,
}

impl Step {
    fn new(name: &str, done: String, statement: String) -> Self {
        Self { name: name.to_owned(), done, statement, record: None, always: false }
    }
}

/// Everything in its order. Functions that the database has never seen come before the tables that call them, and
/// replaced ones after the tables that they read.
pub fn steps(sources: &Sources) -> Result<Vec<Step>> {
    ensure_numbered(&sources.migrations)?;
    let Some((first, others)) = sources.migrations.split_first() else { bail!("there are no migrations") };
    let mut steps = vec![Step::new(&first.name, first.name.clone(), first_step(first)?)];
    for file in &sources.functions {
        steps.push(once(file)?);
    }
    for file in others {
        steps.push(migration(file)?);
    }
    for file in sources.functions.iter().chain(&sources.repeatable) {
        steps.push(whenever_changed(file)?);
    }
    steps.push(release(&sources.release)?);
    Ok(steps)
}

/// The same steps for one transaction, all of them statements that can be in it.
pub fn steps_at_once(sources: &Sources) -> Result<Vec<Step>> {
    let at_once = |step: Step| match &step.record {
        None => step,
        Some(record) => {
            let statement = at_once_or_by_command(&step.name, &step.statement, record);
            Step { statement, record: None, ..step }
        }
    };
    Ok(steps(sources)?.into_iter().map(at_once).collect())
}

/// Everything as one script for a SQL editor, in one transaction.
pub fn script(sources: &Sources) -> Result<String> {
    let mut script = format!(
        "-- The whole schema of the back office, made by `make schema`. It does what has not been done, so it can be run\n\
         -- again and again. If a lock cannot be had it fails at once and changes nothing: run it again.\n\n\
         begin;\n{SETTINGS}select pg_catalog.pg_advisory_xact_lock({LOCK});\n\n{}\n",
        check(sources)
    );
    for step in steps_at_once(sources)? {
        write!(script, "\n-- {}\n\n{}\n", step.name, step.statement).expect("a String takes everything");
    }
    script.push_str("\ncommit;\n");
    Ok(script)
}

/// A script is one transaction. It can make an index on tables that it has just made, because nobody waits for those.
/// The second file makes the first ones.
fn at_once_or_by_command(name: &str, statement: &str, record: &str) -> String {
    let at_once = statement.replace(" concurrently", "");
    format!(
        "do $step$\nbegin\nif not exists (select from app.migrations where name = '{name}') then\n\
         if not exists (select from app.migrations where name ~ '^002_' and applied_at = now()) then\n\
         raise exception '{name} cannot be applied by a script: run `make migrate`';\nend if;\n\
         set local role app_owner;\nexecute {QUOTE}\n{at_once}\n{QUOTE};\n{record}\nset local role none;\n\
         end if;\nend\n$step$;"
    )
}

/// Function bodies may name each other in any order. A lock that is not to be had at once is left to others: whoever
/// waits for one of them makes everybody behind wait too.
pub const SETTINGS: &str = "set local search_path = pg_catalog, pg_temp;\n\
    set local check_function_bodies = off;\n\
    set local client_min_messages = warning;\n\
    set local lock_timeout = '200ms';\n\
    set local statement_timeout = '5min';\n";

fn ensure_numbered(files: &[SqlFile]) -> Result<()> {
    let number = |file: &SqlFile| file.name.split('_').next().unwrap_or_default().to_owned();
    for file in files {
        let digits = number(file);
        ensure!(
            digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()),
            "migrations/{} must begin with a number of three digits and `_`",
            file.name
        );
    }
    for pair in files.windows(2) {
        ensure!(
            number(&pair[0]) != number(&pair[1]),
            "migrations/{} and migrations/{} have the same number",
            pair[0].name,
            pair[1].name
        );
    }
    Ok(())
}

/// The first file makes the record itself.
fn first_step(file: &SqlFile) -> Result<String> {
    block("pg_catalog.to_regclass('app.migrations') is null", file, &record(file))
}

fn migration(file: &SqlFile) -> Result<Step> {
    if !file.text.starts_with(NO_TRANSACTION) {
        return once(file);
    }
    let code: Vec<&str> = file.text.lines().filter(|line| !line.starts_with("--")).collect();
    ensure!(
        !code.join("\n").trim().trim_end_matches(';').contains(';'),
        "{} begins with `{NO_TRANSACTION}` and so must be one statement",
        file.name
    );
    Ok(Step { record: Some(record(file)), ..Step::new(&file.name, file.name.clone(), file.text.clone()) })
}

fn once(file: &SqlFile) -> Result<Step> {
    let unknown = format!("not exists (select from app.migrations where name = '{}')", file.name);
    Ok(Step::new(&file.name, file.name.clone(), block(&unknown, file, &record(file))?))
}

fn whenever_changed(file: &SqlFile) -> Result<Step> {
    let (sha256, always) = (file.sha256(), file.text.starts_with(AS_MIGRATING_ROLE));
    let changed =
        format!("not exists (select from app.migrations where name = '{}' and sha256 = '{sha256}')", file.name);
    let statement = block(if always { "true" } else { &changed }, file, &record(file))?;
    Ok(Step { always, ..Step::new(&file.name, format!("{} {sha256}", file.name), statement) })
}

/// The statement that records a file as applied.
fn record(file: &SqlFile) -> String {
    format!(
        "insert into app.migrations as m (name, sha256) values ('{}', '{}') on conflict (name) do update \
         set sha256 = excluded.sha256, applied_at = excluded.applied_at where m.sha256 <> excluded.sha256;",
        file.name,
        file.sha256()
    )
}

fn ensure_quotable(file: &SqlFile) -> Result<()> {
    ensure!(!file.text.contains(QUOTE), "{} must not contain {QUOTE}", file.name);
    Ok(())
}

/// Runs a file and its record under a condition.
fn block(condition: &str, file: &SqlFile, record: &str) -> Result<String> {
    ensure_quotable(file)?;
    let role = if file.text.starts_with(AS_MIGRATING_ROLE) { "" } else { "set local role app_owner;\n" };
    Ok(format!(
        "do $step$\nbegin\nif {condition} then\n{role}execute {QUOTE}\n{}\n{QUOTE};\nset local role app_owner;\n{record}\nset local role none;\nend if;\nend\n$step$;",
        file.text
    ))
}

/// Makes the schema of a release, beside those of others, and makes it the current one.
pub fn release(release: &Release) -> Result<Step> {
    let Release { schema, files } = release;
    files.iter().try_for_each(ensure_quotable)?;
    let statement = format!(
        "do $step$\ndeclare\n  v_endpoint regprocedure;\nbegin\n\
         if pg_catalog.to_regnamespace('{schema}') is null then\n\
         create schema {schema} authorization app_owner;\n\
         set local role app_owner;\n\
         -- Every function keeps this path: its own release first.\n\
         set local search_path = {schema}, pg_catalog, pg_temp;\n\
         execute {QUOTE}\n{}{QUOTE};\n\
         grant usage on schema {schema} to api, {OTHER_LOGINS};\n\
         -- `api` may execute the endpoints, which are the functions (args jsonb) that return json or jsonb, but for those\n\
         -- that another role has been granted beside the function.\n\
         for v_endpoint in\n\
         select p.oid::regprocedure from pg_catalog.pg_proc p\n\
         where p.pronamespace = '{schema}'::regnamespace and p.prokind = 'f' and p.prorettype in ('json'::regtype, 'jsonb'::regtype)\n\
         and p.pronargs = 1 and p.proargtypes[0] = 'jsonb'::regtype\n\
         and not exists (\n\
         select from pg_catalog.unnest('{{{OTHER_LOGINS}}}'::text[]) r (name)\n\
         where pg_catalog.has_function_privilege(r.name, p.oid, 'execute'))\n\
         loop\n\
         execute pg_catalog.format('grant execute on function %s to api', v_endpoint);\n\
         end loop;\n\
         set local search_path = pg_catalog, pg_temp;\n\
         set local role none;\n\
         end if;\n\
         update app.releases set superseded_at = now() where schema <> '{schema}' and superseded_at is null;\n\
         insert into app.releases as r (schema) values ('{schema}')\n\
         on conflict (schema) do update set superseded_at = null where r.superseded_at is not null;\n\
         end\n$step$;",
        release.text()
    );
    Ok(Step::new(schema, schema.clone(), statement))
}
