//! The releases whose SQL functions a database holds.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{
    migrator::{self, PATIENCE},
    plan,
};
use crate::admin_db::AdminDb;

/// Releases that are always kept, here and as scripts: the current one, and those to go back to.
pub const KEPT: usize = 3;
/// Older ones are dropped when they have been superseded for this long.
const KEPT_FOR: &str = "7 days";

/// A release in the database.
#[derive(Debug)]
pub struct Kept {
    pub schema: String,
    /// When it was applied, and when another took its place, in UTC.
    pub applied_at: String,
    pub superseded_at: Option<String>,
}

/// All of them, newest first.
pub async fn list(database: &mut AdminDb) -> Result<Vec<Kept>> {
    let lines = database
        .texts(
            "select concat_ws(' ', schema, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
               to_char(superseded_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')) \
             from app.releases order by superseded_at desc nulls first, applied_at desc",
        )
        .await?;
    let parse = |line: String| {
        let mut words = line.split(' ').map(str::to_owned);
        Some(Kept { schema: words.next()?, applied_at: words.next()?, superseded_at: words.next() })
    };
    Ok(lines.into_iter().flatten().filter_map(parse).collect())
}

/// Drops the releases of these names, and those that are old enough. Returns the names of the dropped.
pub async fn drop_old(database: &mut AdminDb, current: &str, named: &[String]) -> Result<Vec<String>> {
    let kept = list(database).await?;
    for name in named {
        if name == current {
            bail!("{name} is the release of this checkout, which was not dropped");
        }
        if !kept.iter().any(|release| release.schema == *name) {
            bail!("there is no release {name} in this database; `make releases` lists them");
        }
    }
    let old = database
        .texts(&format!(
            "select schema from (select * from app.releases \
               order by superseded_at desc nulls first, applied_at desc offset {KEPT}) r \
             where superseded_at < now() - interval '{KEPT_FOR}'"
        ))
        .await?;
    let mut dropped: Vec<String> = old.into_iter().flatten().chain(named.iter().cloned()).collect();
    dropped.sort();
    dropped.dedup();
    for schema in &dropped {
        migrator::apply(database, &plan::drop_release(schema), PATIENCE).await?;
    }
    Ok(dropped)
}

/// Refuses a release whose functions are not in the database that the functions' secret names.
pub async fn require_deployed(secret: &Value, schema: &str) -> Result<()> {
    let url = secret["database_url"].as_str().context("the secret has no `database_url`")?;
    AdminDb::connect_as_functions(url, secret["database_ca_pem"].as_str()).await?.require_release(schema).await
}

/// How often functions of each release were called; none if this database does not count it for us.
pub async fn calls(database: &mut AdminDb) -> Result<Option<BTreeMap<String, u64>>> {
    let counted = "select (current_setting('track_functions') <> 'none')::text \
        union all select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace \
        where e.extname = 'pg_stat_statements' and pg_has_role('pg_read_all_stats', 'usage')";
    let counted: Vec<String> = database.texts(counted).await?.into_iter().flatten().collect();
    let source = match &counted[..] {
        [functions, ..] if functions == "true" => "pg_stat_user_functions s on s.schemaname = r.schema".to_owned(),
        [_, schema] => format!("{schema}.pg_stat_statements s on s.query like '%' || r.schema || '.%'"),
        _ => return Ok(None),
    };
    let sums = format!(
        "select r.schema || ' ' || coalesce(sum(s.calls), 0) from app.releases r left join {source} group by r.schema"
    );
    let lines = match database.texts(&sums).await {
        // The extension is there, and the server was not started with it.
        Err(refusal) if refusal.code == "55000" => return Ok(None),
        lines => lines?,
    };
    let parse = |line: String| {
        let (schema, calls) = line.split_once(' ')?;
        Some((schema.to_owned(), calls.parse().ok()?))
    };
    Ok(Some(lines.into_iter().flatten().filter_map(parse).collect()))
}
