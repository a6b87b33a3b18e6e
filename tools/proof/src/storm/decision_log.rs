//! A log of decisions in an order in which they can have been made: each is written while the locks that it needs are
//! held. Decisions that share a lock are in the order of each row that they both changed. What is rolled back is not in it.

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
    /// What the decision was, where the log says it.
    pub outcome: Option<String>,
}

/// A function that is called in the middle of decisions, and writes the log from then on.
#[derive(Default)]
pub struct Point<'a> {
    pub function: &'a str,
    pub types: &'a str,
    /// Statements that run before the log is written.
    pub check: &'a str,
    /// What the decision was: an expression, with the function's arguments.
    pub outcome: Option<&'a str>,
}

/// The locks for decisions about seats, and where a newcomer is placed, with the cluster or nothing as its outcome.
pub fn seats(check: &str) -> [Point<'_>; 2] {
    let cluster = "coalesce((select a.hopsworks_cluster_id::text \
                             from public.user_hopsworks_assignments a where a.user_id = $1), '')";
    [
        Point { function: "lock_seats", check, ..Point::default() },
        Point { function: "place_newcomer", types: "text", outcome: Some(cluster), ..Point::default() },
    ]
}

/// Makes the log, in the test's own database. A decision that comes to two points is in it once.
pub async fn create(world: &World, points: &[Point<'_>]) {
    world
        .sql(
            "create table app.decision_log (seq bigint generated always as identity primary key, query text, at_us bigint, outcome text); \
             create unique index on app.decision_log (at_us, md5(query)); \
             alter table app.decision_log owner to app_owner",
        )
        .await;
    for Point { function, types, check, outcome } in points {
        let arguments = if types.is_empty() { "" } else { "$1" };
        let outcome = outcome.unwrap_or("null");
        world
            .sql(&format!(
                "alter function {function}({types}) rename to only_{function}; \
                 create function {function}({types}) returns void language plpgsql as $$ \
                 begin \
                   perform only_{function}({arguments}); \
                   {check} \
                   insert into app.decision_log (query, at_us, outcome) \
                   values (current_query(), extract(epoch from app.now()) * 1000000, {outcome}) on conflict do nothing; \
                 end $$"
            ))
            .await;
    }
}

/// The log, read from the statements that the functions send.
pub async fn decisions(world: &World) -> Vec<Decision> {
    let rows = world
        .all("select concat_ws(' ', at_us, coalesce(':' || outcome, '-'), query) from app.decision_log order by seq")
        .await;
    let read = |row: &String| decision(row).unwrap_or_else(|| panic!("no function sends such a statement: {row}"));
    rows.iter().map(read).collect()
}

fn decision(row: &str) -> Option<Decision> {
    let (at_us, rest) = row.split_once(' ')?;
    let (outcome, query) = rest.split_once(' ')?;
    let outcome = outcome.strip_prefix(':').map(ToOwned::to_owned);
    let (function, rest) = query.strip_prefix("select release_")?.split_once('.')?.1.split_once('(')?;
    let json = HEXLOWER.decode(rest.split('\'').nth(1)?.as_bytes()).ok()?;
    let (args, at_us) = (serde_json::from_slice(&json).ok()?, at_us.parse().ok()?);
    Some(Decision { function: function.to_owned(), args, at_us, outcome })
}

/// Who sent each invite, by the token's hash.
pub async fn invites(world: &World) -> BTreeMap<String, String> {
    by_key(world, "select encode(token_hash, 'hex'), account_owner_id from public.team_invites").await
}
