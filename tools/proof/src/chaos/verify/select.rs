//! Picks what is compared: writes by operation, rows by key.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::World;

use crate::{chaos::recorder::Write, storm::rows::by_key};

/// The writes of these operations.
pub fn of<'a>(writes: &'a [Write], operations: &'a [&str]) -> impl Iterator<Item = &'a Write> {
    writes.iter().filter(|write| operations.contains(&write.operation))
}

/// The rows of a query that answers `<key> = <JSON>`.
pub async fn json_by_key(world: &World, query: &str) -> BTreeMap<String, Value> {
    let parse = |row: String| serde_json::from_str(&row).expect("the database writes JSON");
    by_key(world, query).await.into_iter().map(|(key, row)| (key, parse(row))).collect()
}
