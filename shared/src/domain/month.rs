//! A month of UTC, as callers write it.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A month of UTC such as `2026-11`, from the year 2000 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[2-9][0-9]{3}-(0[1-9]|1[0-2])$"))]
pub struct Month {
    first_day: NaiveDate,
}

impl Month {
    pub fn first_day(self) -> NaiveDate {
        self.first_day
    }
}

impl TryFrom<String> for Month {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let first_day = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
        // The parser would also take `2026-1`.
        let is_written =
            |day: &NaiveDate| (2000..=9999).contains(&day.year()) && day.format("%Y-%m").to_string() == text;
        first_day
            .filter(is_written)
            .map(|first_day| Self { first_day })
            .ok_or("must be a month such as 2026-11, from the year 2000 on")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_in_one_form() {
        let first_day = |text: &str| Month::try_from(text.to_owned()).map(|month| month.first_day().to_string());
        assert_eq!(first_day("2026-02").unwrap(), "2026-02-01");
        assert_eq!(first_day("9999-12").unwrap(), "9999-12-01");
        for wrong in
            ["", "2026", "2026-2", "2026-13", "2026-00", "2026-02-01", "+2026-02", " 2026-02", "1999-12", "+10000-01"]
        {
            assert!(first_day(wrong).is_err(), "{wrong}");
        }
    }
}
