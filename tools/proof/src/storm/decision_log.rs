//! A decision_log of decisions, in the order in which the database made them: whoever holds the lock that a decision
//! needs writes it down. What is rolled back is not in it.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::Value;

use testkit::World;

/// One decision as the database took it.
#[derive(Debug)]
pub struct Decision {
    /// The SQL function, such as `assign_user`.
    pub function: String,
    pub args: Value,
    /// The database's time, in microseconds since 1970.
    pub at_us: i64,
}

/// The statement of a lock's function that writes the decision_log, in the test's own database.
pub const WRITE: &str =
    "insert into app.decision_log (query, at_us) values (current_query(), extract(epoch from app.now()) * 1000000)";

pub async fn install(world: &World) {
    world
        .sql(
            "create table app.decision_log (seq bigint generated always as identity primary key, query text, at_us bigint); \
             alter table app.decision_log owner to app_owner",
        )
        .await;
}

/// Has the seat lock write the decision_log: every decision about seats is in it.
pub async fn keep_of_seats(world: &World) {
    install(world).await;
    world
        .sql(&format!(
            "alter function app.lock_seats() rename to plainly_lock_seats; \
             create function app.lock_seats() returns void language plpgsql as $$ \
             begin perform app.plainly_lock_seats(); {WRITE}; end $$"
        ))
        .await;
}

/// The decision_log, read from the statements that the door sends.
pub async fn decisions(world: &World) -> Vec<Decision> {
    let rows = world.all("select at_us || ' ' || query from app.decision_log order by seq").await;
    rows.iter().map(|row| decision(row)).collect()
}

fn decision(row: &str) -> Decision {
    let read = || {
        let (at_us, query) = row.split_once(' ')?;
        let (function, rest) = query.strip_prefix("select app.")?.split_once('(')?;
        let json = HEXLOWER.decode(rest.split('\'').nth(1)?.as_bytes()).ok()?;
        let (args, at_us) = (serde_json::from_slice(&json).ok()?, at_us.parse().ok()?);
        Some(Decision { function: function.to_owned(), args, at_us })
    };
    read().unwrap_or_else(|| panic!("the door sent no such statement: {row}"))
}

/// Who sent each invite, by the token's hash.
pub async fn invites(world: &World) -> BTreeMap<String, String> {
    let rows = world.all("select encode(token_hash, 'hex') || ' ' || account_owner_id from public.team_invites").await;
    let halves = rows.iter().filter_map(|row| row.split_once(' '));
    halves.map(|(hash, owner)| (hash.to_owned(), owner.to_owned())).collect()
}
