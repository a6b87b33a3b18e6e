//! A log of decisions in the order in which the database made them: each is written while the lock that it needs is
//! held. What is rolled back is not in it.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::Value;
use testkit::World;

use super::values::by_key;

/// One decision as the database took it.
#[derive(Debug)]
pub struct Decision {
    /// The SQL function, such as `assign_user`.
    pub function: String,
    pub args: Value,
    /// The database's time, in microseconds since 1970.
    pub at_us: i64,
}

/// Makes the log, in the test's own database: from now on each of these locks' functions, given with its types, also
/// writes it, after some statements. A decision that takes two locks is in it once.
pub async fn create(world: &World, locks: &[(&str, &str, &str)]) {
    world
        .sql(
            "create table app.decision_log (seq bigint generated always as identity primary key, query text, at_us bigint); \
             create unique index on app.decision_log (at_us, md5(query)); \
             alter table app.decision_log owner to app_owner",
        )
        .await;
    for (lock, types, before) in locks {
        let arguments = if types.is_empty() { "" } else { "$1" };
        world
            .sql(&format!(
                "alter function {lock}({types}) rename to only_{lock}; \
                 create function {lock}({types}) returns void language plpgsql as $$ \
                 begin \
                   perform only_{lock}({arguments}); \
                   {before} \
                   insert into app.decision_log (query, at_us) \
                   values (current_query(), extract(epoch from app.now()) * 1000000) on conflict do nothing; \
                 end $$"
            ))
            .await;
    }
}

/// The log, read from the statements that the functions send.
pub async fn decisions(world: &World) -> Vec<Decision> {
    let rows = world.all("select at_us || ' ' || query from app.decision_log order by seq").await;
    let read = |row: &String| decision(row).unwrap_or_else(|| panic!("no function sends such a statement: {row}"));
    rows.iter().map(read).collect()
}

fn decision(row: &str) -> Option<Decision> {
    let (at_us, query) = row.split_once(' ')?;
    let (function, rest) = query.strip_prefix("select release_")?.split_once('.')?.1.split_once('(')?;
    let json = HEXLOWER.decode(rest.split('\'').nth(1)?.as_bytes()).ok()?;
    let (args, at_us) = (serde_json::from_slice(&json).ok()?, at_us.parse().ok()?);
    Some(Decision { function: function.to_owned(), args, at_us })
}

/// Who sent each invite, by the token's hash.
pub async fn invites(world: &World) -> BTreeMap<String, String> {
    by_key(world, "select encode(token_hash, 'hex'), account_owner_id from public.team_invites").await
}
