//! Reads what is compared with the database: rows of a key and a value.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use testkit::World;

/// The rows of a query for keys and values.
pub async fn by_key<T: DeserializeOwned>(world: &World, query: &str) -> BTreeMap<String, T> {
    let rows = world.one(&format!("select jsonb_object_agg(key, value) from ({query}) as rows (key, value)")).await;
    serde_json::from_str::<Option<_>>(&rows).expect("a key and a value").unwrap_or_default()
}
