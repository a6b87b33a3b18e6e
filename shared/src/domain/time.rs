//! Times that callers give us, times that we answer, and times that come back in cursors.

use chrono::{DateTime, Datelike, SubsecRound, Timelike, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time such as `2026-11-25T12:00:00Z` (RFC 3339), from 1970 on, exact to the microsecond. No leap second: the
/// database takes it for a moment of the next minute, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Time(DateTime<Utc>);

impl TryFrom<String> for Time {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        read(&text)
            .filter(|time| (1970..=9999).contains(&time.year()))
            .map(Self)
            .ok_or("must be a time such as 2026-11-25T12:00:00Z, from 1970 on, and no leap second")
    }
}

impl From<Time> for DateTime<Utc> {
    fn from(time: Time) -> Self {
        time.0
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(6))
    }
}

/// A whole hour of UTC such as `2026-11-25T12:00:00Z`, written like this, from the year 2000 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00:00Z$"))]
pub struct Hour(Time);

impl TryFrom<String> for Hour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_hour = text.get(10..11) == Some("T") && text.get(13..) == Some(":00:00Z");
        let time = Time::try_from(text).ok().filter(|time| is_hour && time.0.year() >= 2000);
        time.map(Self).ok_or("must be a whole hour of UTC such as 2026-11-25T12:00:00Z, from the year 2000 on")
    }
}

// A time that we answer. The database can hold some that RFC 3339 cannot write; they are answered as the first or the
// last moment that it can, so that nobody's row is unreadable by its time. (No doc comment: it would stand in the
// contract at every time.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "StoredTime")]
#[schemars(with = "String", inline, extend("format" = "date-time"))]
pub struct AnsweredTime(pub DateTime<Utc>);

impl From<StoredTime> for AnsweredTime {
    fn from(StoredTime(text): StoredTime) -> Self {
        let outside = || if text.starts_with('-') || text.ends_with("BC") { FIRST } else { LAST };
        Self(read(&text).unwrap_or_else(outside))
    }
}

/// The year 1, and the end of 9999.
const FIRST: DateTime<Utc> = DateTime::from_timestamp_micros(-62_135_596_800_000_000).expect("a time of chrono's");
const LAST: DateTime<Utc> = DateTime::from_timestamp_micros(253_402_300_799_999_999).expect("a time of chrono's");

fn read(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    // chrono keeps a leap second as the second before it, and more than a second of nanoseconds.
    (time.nanosecond() < 1_000_000_000).then(|| time.trunc_subsecs(6))
}

/// A time as PostgreSQL writes it into JSON. What it can store goes beyond what we answer (`infinity`, the year 10000,
/// years before Christ), and a list must be able to go on after such a row too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct StoredTime(String);

impl TryFrom<String> for StoredTime {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_stored = matches!(&*text, "infinity" | "-infinity") || is_stored(&text).unwrap_or(false);
        if is_stored { Ok(Self(text)) } else { Err("must be a time as the database writes it") }
    }
}

/// A day as PostgreSQL writes it into JSON, for a cursor: `infinity` and the rest as with times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct StoredDay(String);

impl TryFrom<String> for StoredDay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let (day, era) = text.strip_suffix(" BC").map_or((&*text, ""), |day| (day, " BC"));
        let is_stored = matches!(day, "infinity" | "-infinity") && era.is_empty()
            || is_stored(&format!("{day}T00:00:00Z{era}")).unwrap_or(false);
        if is_stored { Ok(Self(text)) } else { Err("must be a day as the database writes it") }
    }
}

fn is_stored(text: &str) -> Option<bool> {
    let (written, is_before_christ) = text.strip_suffix(" BC").map_or((text, false), |rest| (rest, true));
    let (year, rest) = written.split_once('-')?;
    if !(4..=6).contains(&year.len()) || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(false);
    }
    let year: i32 = year.parse().ok()?;
    // Calendars repeat every 400 years, so this one has the same days.
    let alike = if is_before_christ { 1 - year } else { year }.rem_euclid(400) + 2000;
    let is_known = if is_before_christ { 1..=4713 } else { 1..=294_275 }.contains(&year);
    Some(is_known && read(&format!("{alike}-{rest}")).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_of_our_time_and_no_leap_second() {
        for (text, kept) in [
            ("2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z"),
            ("2026-11-25T13:00:00.1234569+01:00", "2026-11-25T12:00:00.123456Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(serde_json::to_value(Time::try_from(text.to_owned()).unwrap()).unwrap(), kept);
        }
        for wrong in [
            "",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5Z",
            "2017-01-01T00:59:60+01:00",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00Z",
            "+10000-01-01T00:00:00Z",
            "-0001-01-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-25T24:00:00Z",
            "2026-11-25",
            "infinity",
            "now",
            "2026-11-25T12:00:00",
            "2026-11-25T12:00:00Z\0",
        ] {
            assert!(Time::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_hour_is_written_in_one_way() {
        let hour = Hour::try_from("2026-11-25T12:00:00Z".to_owned()).unwrap();
        assert_eq!(serde_json::to_value(hour).unwrap(), "2026-11-25T12:00:00Z");
        for wrong in [
            "",
            "2026-11-25T12:30:00Z",
            "2026-11-25T12:00:01Z",
            "2026-11-25T12:00:00.0Z",
            "2026-11-25T12:00:00+00:00",
            "2026-11-25t12:00:00Z",
            "2026-11-25 12:00:00Z",
            "2026-11-25T24:00:00Z",
            "2026-02-29T12:00:00Z",
            "1999-12-31T23:00:00Z",
            "2026-11-25",
        ] {
            assert!(Hour::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_written_is_answered_as_the_first_or_the_last_that_can() {
        for (stored, answered) in [
            ("2026-11-25T12:00:00.123456+00:00", "2026-11-25T12:00:00.123456Z"),
            ("infinity", "9999-12-31T23:59:59.999999Z"),
            ("10000-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999Z"),
            ("-infinity", "0001-01-01T00:00:00Z"),
            ("0044-03-15T12:00:00+00:00 BC", "0001-01-01T00:00:00Z"),
        ] {
            let time: AnsweredTime = serde_json::from_value(stored.into()).unwrap();
            assert_eq!(serde_json::to_value(time).unwrap(), answered);
        }
    }

    #[test]
    fn a_cursor_takes_whatever_time_the_database_can_have_written() {
        for text in [
            "2026-11-25T12:00:00.123456+00:00",
            "infinity",
            "-infinity",
            "10000-02-29T00:00:00+00:00",
            "0044-03-15T12:00:00+00:00 BC",
            "0001-02-29T00:00:00+00:00 BC",
        ] {
            assert!(StoredTime::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["2026-11-25", "infinity", "10000-02-29", "0044-03-15 BC"] {
            assert!(StoredDay::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for wrong in
            ["", "2026-02-29", "2026-11-25T00:00:00Z", "infinity BC", "10001-02-29", "2026-11-25\0", "0000-01-01"]
        {
            assert!(StoredDay::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        for wrong in [
            "",
            "-",
            "Infinity",
            "2016-12-31T23:59:60.5Z",
            "0000-01-01T00:00:00Z",
            "0000-01-01T00:00:00+00:00 BC",
            "294276-12-31T00:00:00+00:00",
            "4714-01-01T00:00:00+00:00 BC",
            "10001-02-29T00:00:00+00:00",
            "0044-03-15T12:00:00+00:00 BC BC",
            "-2026-11-25T12:00:00Z",
            "infinity ",
            "2026-11-25T12:00:00Z\0",
        ] {
            assert!(StoredTime::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
