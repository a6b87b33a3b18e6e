//! Values as JSON and the database write them: texts, times, decimals as whole numbers of the smallest part, and rows of
//! a key and a value.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use testkit::World;

/// Quantities and prices, in millionths.
pub type Micros = i128;

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

pub fn time(value: &Value) -> DateTime<Utc> {
    text(value).parse().expect("a time")
}

/// A decimal as millionths.
pub fn micros(value: &Value) -> Micros {
    let (sign, digits) = text(value).strip_prefix('-').map_or((1, text(value)), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    sign * format!("{whole}{fraction:0<6}").parse::<i128>().expect("a decimal")
}

/// The rows of a query for keys and values.
pub async fn by_key<T: DeserializeOwned>(world: &World, query: &str) -> BTreeMap<String, T> {
    let rows = world.one(&format!("select jsonb_object_agg(key, value) from ({query}) as rows (key, value)")).await;
    serde_json::from_str::<Option<_>>(&rows).expect("a key and a value").unwrap_or_default()
}
