//! What stands in JSON: texts, times, and decimals as whole numbers of the smallest part.

use chrono::{DateTime, Utc};
use serde_json::Value;

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
