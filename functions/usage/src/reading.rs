//! A reading: how much a user consumed on one source, and project, in one window; and why one is refused.

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::{
    Error,
    domain::{
        line::Line,
        money::{NotPlain, Quantity, plain_decimal},
        time::Time,
        user::UserId,
    },
    http::body,
};

/// A reading as a meter sends it. `source`, `user_id`, `project` and `window_start` are its key; the values
/// are absolute, so that sending it again changes nothing, and other values revise it. Windows of one source, user and
/// project do not overlap. A source belongs to the machine that first used it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    source: Line<200>,
    user_id: UserId,
    project: Option<Line<200>>,
    /// Inside one day of UTC, together with `window_end`; exact to the microsecond.
    window_start: Time,
    window_end: Time,
    cpu_hours: Digits,
    gpu_hours: Digits,
    /// Gigabytes, of 10^9 bytes each, on average over the window.
    storage_gb: Digits,
}

/// A quantity: a decimal with six decimals at most, not negative.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String", extend("pattern" = r"^[0-9]+(\.[0-9]+)?$"))]
struct Digits(String);

/// A reading that is good as far as it can be told without the database.
#[derive(Debug, Serialize)]
pub struct GoodReading {
    /// Where it stands in its batch.
    index: usize,
    source: Line<200>,
    user_id: UserId,
    project: Option<Line<200>>,
    window_start: DateTime<Utc>,
    window_end: DateTime<Utc>,
    cpu_hours: Quantity,
    gpu_hours: Quantity,
    storage_gb: Quantity,
}

/// Why a reading is refused: stable, programs compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    /// A field is missing, unknown, or of the wrong form.
    InvalidReading,
    /// Not a decimal such as `"0.25"`.
    InvalidQuantity,
    NegativeQuantity,
    /// More than six decimals, or more digits before them than can be stored.
    TooManyDigits,
    /// It ends where it starts, or before.
    WindowEmpty,
    /// More than 24 hours.
    WindowTooLong,
    /// It crosses midnight UTC.
    WindowAcrossDays,
    /// It has not begun, or ends more than five minutes from now.
    WindowInFuture,
    /// It ended more than 35 days ago, or the readings of its month have been put away.
    WindowTooOld,
    UserUnknown,
    /// It begins after the user was deleted. What was used before counts, whenever it is reported.
    UserDeleted,
    /// The source belongs to another machine. An administrator can move it.
    SourceOfAnotherClient,
    /// An earlier reading of this batch has the same key and other values: of several good ones the first counts.
    DuplicateInBatch,
    /// It overlaps another window of this source, user and project, which the reason names. Revise that one first: to
    /// an earlier end, or to zeros, which take it back.
    WindowOverlaps,
    /// It begins before the moment up to which another system charged this day, which the reason names. What was charged
    /// then stands; what was used later is billed as usual.
    DayTakenOver,
    /// No price applies on this day yet: ask an administrator, and send it again.
    RateMissing,
}

/// A refused reading.
#[derive(Debug)]
pub struct ReadingRejection {
    pub code: RejectionCode,
    pub field: String,
    pub reason: String,
}

const CPU_AND_GPU_DIGITS: u32 = 6;
const STORAGE_DIGITS: u32 = 8;

impl GoodReading {
    /// Reads one reading of a batch by itself.
    pub fn parse(index: usize, raw: &RawValue) -> Result<Self, ReadingRejection> {
        let reading: Reading = body::parse(raw.get().as_bytes()).map_err(malformed)?;
        let window_start = instant("window_start", reading.window_start)?;
        let window_end = instant("window_end", reading.window_end)?;
        check_window(window_start, window_end)?;
        Ok(Self {
            index,
            source: reading.source,
            user_id: reading.user_id,
            project: reading.project,
            window_start,
            window_end,
            cpu_hours: quantity("cpu_hours", &reading.cpu_hours, CPU_AND_GPU_DIGITS)?,
            gpu_hours: quantity("gpu_hours", &reading.gpu_hours, CPU_AND_GPU_DIGITS)?,
            storage_gb: quantity("storage_gb", &reading.storage_gb, STORAGE_DIGITS)?,
        })
    }
}

fn reject(code: RejectionCode, field: &str, reason: &str) -> ReadingRejection {
    ReadingRejection { code, field: field.to_owned(), reason: reason.to_owned() }
}

fn malformed(error: Error) -> ReadingRejection {
    let field = match &error {
        Error::Rejected(rejection) => rejection.fields.first(),
        _ => None,
    };
    match field {
        Some(field) if field.field == "body" => reject(RejectionCode::InvalidReading, "reading", &field.reason),
        Some(field) => reject(RejectionCode::InvalidReading, &field.field, &field.reason),
        None => reject(RejectionCode::InvalidReading, "reading", "cannot be read"),
    }
}

fn instant(field: &str, time: Time) -> Result<DateTime<Utc>, ReadingRejection> {
    let time = DateTime::from(time);
    if time.year() < 2000 {
        return Err(reject(RejectionCode::InvalidReading, field, "must be a time after the year 2000"));
    }
    Ok(time)
}

fn check_window(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<(), ReadingRejection> {
    let midnight = start.date_naive().checked_add_days(Days::new(1)).map(|day| day.and_time(NaiveTime::MIN).and_utc());
    if end <= start {
        return Err(reject(RejectionCode::WindowEmpty, "window_end", "must be later than window_start"));
    }
    if end - start > TimeDelta::hours(24) {
        return Err(reject(RejectionCode::WindowTooLong, "window_end", "must be at most 24 hours after window_start"));
    }
    if midnight.is_none_or(|midnight| end > midnight) {
        return Err(reject(
            RejectionCode::WindowAcrossDays,
            "window_end",
            "must be on the same day (UTC) as window_start",
        ));
    }
    Ok(())
}

fn quantity(field: &str, given: &Digits, max_digits: u32) -> Result<Quantity, ReadingRejection> {
    let refuse = |code, reason: &str| Err(reject(code, field, reason));
    let digits = given.0.strip_prefix('-').unwrap_or(&given.0);
    let limit = Decimal::from(10_u64.pow(max_digits));
    match plain_decimal(digits, 6) {
        Err(NotPlain::Shape) => refuse(RejectionCode::InvalidQuantity, "must be a decimal such as \"0.25\""),
        Ok(value) if given.0.starts_with('-') && !value.is_zero() => {
            refuse(RejectionCode::NegativeQuantity, "must not be negative")
        }
        Ok(value) if value < limit => Ok(Quantity(value)),
        Ok(_) | Err(NotPlain::Digits) => {
            let reason = format!("must have at most {max_digits} digits before and 6 after the point");
            refuse(RejectionCode::TooManyDigits, &reason)
        }
    }
}

impl RejectionCode {
    /// Why the database refuses a reading: field and reason.
    pub fn field_and_reason(self) -> (&'static str, &'static str) {
        match self {
            Self::UserUnknown => ("user_id", "there is no user of this id"),
            Self::UserDeleted => ("user_id", "this user had been deleted when the window began"),
            Self::SourceOfAnotherClient => (
                "source",
                "it belongs to another machine; an administrator can move it, or report under a name of your own",
            ),
            Self::WindowInFuture => ("window_end", "must have begun, and end five minutes from now at the latest"),
            Self::WindowTooOld => {
                ("window_end", "must not be more than 35 days ago, nor of a month whose readings have been put away")
            }
            Self::DuplicateInBatch => {
                ("window_start", "an earlier reading of this batch has the same key and other values, and counts")
            }
            Self::WindowOverlaps => ("window_start", "overlaps another window of this source, user and project"),
            Self::DayTakenOver => ("window_start", "another system charged this day before it was taken over"),
            Self::RateMissing => ("window_start", "no price applies on this day yet; send it again when one does"),
            // These are found before the database is asked.
            Self::InvalidReading
            | Self::InvalidQuantity
            | Self::NegativeQuantity
            | Self::TooManyDigits
            | Self::WindowEmpty
            | Self::WindowTooLong
            | Self::WindowAcrossDays => ("reading", "is not good"),
        }
    }
}
