//! Values for a reader: numbers with their units, and factors.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// What a value counts.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Microseconds,
    Kibibytes,
    Bytes,
    PerSecond,
    Count,
}

impl Unit {
    /// A value with its unit, for a reader.
    pub fn show(self, value: u64) -> String {
        match self {
            Self::Microseconds => format!("{}.{:03} ms", grouped(value / 1000), value % 1000),
            Self::Kibibytes => format!("{}.{} MiB", grouped(value / 1024), value % 1024 * 10 / 1024),
            Self::Bytes => format!("{}.{:02} MB", grouped(value / 1_000_000), value % 1_000_000 / 10_000),
            Self::PerSecond => format!("{}/s", grouped(value)),
            Self::Count => grouped(value),
        }
    }
}

/// Hundredths, shown as a factor such as `1.30×`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percent(pub u64);

impl Display for Percent {
    fn fmt(&self, text: &mut Formatter<'_>) -> fmt::Result {
        write!(text, "{}.{:02}×", self.0 / 100, self.0 % 100)
    }
}

/// `1,234,567`.
fn grouped(value: u64) -> String {
    if value < 1000 { value.to_string() } else { format!("{},{:03}", grouped(value / 1000), value % 1000) }
}
