//! A day of UTC as callers write it.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A day such as `2026-11-25`, from the year 2000 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("format" = "date", "pattern" = "^[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"))]
pub struct Day(NaiveDate);

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            // The parser would also take `2026-1-5`.
            Ok(date) if (2000..=9999).contains(&date.year()) && date.to_string() == text => Ok(Self(date)),
            _ => Err("must be a day such as 2026-11-25"),
        }
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}
