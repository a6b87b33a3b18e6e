//! Reads what is compared with the database: rows of a key and a value.

use std::collections::BTreeMap;

use testkit::World;

/// The rows of a query that answers `<key> = <value>`.
pub async fn by_key(world: &World, query: &str) -> BTreeMap<String, String> {
    let rows = world.all(query).await;
    let pair = |row: &String| row.split_once(" = ").map(|(key, value)| (key.to_owned(), value.to_owned()));
    rows.iter().filter_map(pair).collect()
}
