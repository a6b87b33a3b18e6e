//! A diary of decisions, in the order in which the database made them: whoever holds the lock that a decision
//! needs writes it down. What is rolled back is not in it.

use local::testkit::World;
use serde_json::Value;

/// One decision as the database took it.
#[derive(Debug)]
pub struct Decision {
    /// The SQL function, such as `assign_user`.
    pub function: String,
    pub args: Value,
    /// The database's time, in microseconds since 1970.
    pub at_us: i64,
}

/// The statement of a lock's function that writes the diary, in the test's own database.
pub const WRITE: &str =
    "insert into app.diary (query, at_us) values (current_query(), extract(epoch from app.now()) * 1000000)";

pub async fn install(world: &World) {
    world
        .sql(
            "create table app.diary (seq bigint generated always as identity primary key, query text, at_us bigint); \
             alter table app.diary owner to app_owner",
        )
        .await;
}

/// The diary, read from the statements that the door sends.
pub async fn decisions(world: &World) -> Vec<Decision> {
    let rows = world.all("select at_us || ' ' || query from app.diary order by seq").await;
    rows.iter().map(|row| decision(row)).collect()
}

fn decision(row: &str) -> Decision {
    let (at_us, query) = row.split_once(' ').unwrap();
    let (function, rest) = query.strip_prefix("select app.").unwrap().split_once('(').unwrap();
    let hex = rest.split('\'').nth(1).unwrap();
    let json: Vec<u8> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    Decision {
        function: function.to_owned(),
        args: serde_json::from_slice(&json).unwrap(),
        at_us: at_us.parse().unwrap(),
    }
}

/// Who sent each invite, by the token's hash.
pub async fn invites(world: &World) -> std::collections::BTreeMap<String, String> {
    let rows = world.all("select encode(token_hash, 'hex') || ' ' || account_owner_id from public.team_invites").await;
    rows.iter()
        .map(|row| row.split_once(' ').unwrap())
        .map(|(hash, owner)| (hash.to_owned(), owner.to_owned()))
        .collect()
}
