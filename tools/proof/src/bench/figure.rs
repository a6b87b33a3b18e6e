//! What a run measures: figures in tables, each beside what it is compared with and with its limits.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The parts of a run, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// From the start of a process to its first answer.
    Cold,
    /// Requests one after the other; round trips, memory and size.
    Warm,
    /// A login over a slow network.
    Network,
    /// Requests of sixteen clients at once.
    Throughput,
    /// Readings per second.
    Usage,
    /// Instructions per request.
    Instructions,
    /// Every request on a thousand users and on a million.
    Scale,
    /// The same jobs in Node; never measured unless it is asked for.
    Node,
}

/// The last result of a section.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub section: Section,
    pub date: NaiveDate,
    pub machine: String,
    pub tables: Vec<Table>,
}

/// Figures under one heading.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub about: String,
    /// What each figure is compared with, where every figure is compared with the same things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    pub figures: Vec<Figure>,
}

impl Table {
    pub fn new(title: &str, about: impl Into<String>, figures: Vec<Figure>) -> Self {
        Self { title: title.to_owned(), about: about.into(), columns: Vec::new(), figures }
    }
}

/// What a value counts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
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

/// What a figure should keep; percentages are of the first value beside it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    AtMost(u64),
    AtLeast(u64),
    AtMostPercent(u64),
    AtLeastPercent(u64),
}

impl Limit {
    pub fn show(self, unit: Unit) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", unit.show(most)),
            Self::AtLeast(least) => format!("≥ {}", unit.show(least)),
            Self::AtMostPercent(most) => format!("≤ {}", ratio(most)),
            Self::AtLeastPercent(least) => format!("≥ {}", ratio(least)),
        }
    }

    pub fn is_ratio(self) -> bool {
        matches!(self, Self::AtMostPercent(_) | Self::AtLeastPercent(_))
    }
}

/// What a figure is compared with, in the same unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beside {
    pub what: String,
    pub value: u64,
}

/// One line of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub what: String,
    pub unit: Unit,
    pub value: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Beside>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
}

impl Figure {
    /// A figure without comparison and without limit.
    pub fn new(what: impl Into<String>, unit: Unit, value: u64) -> Self {
        Self { what: what.into(), unit, value, beside: Vec::new(), limits: Vec::new() }
    }

    pub fn beside(mut self, what: impl Into<String>, value: u64) -> Self {
        self.beside.push(Beside { what: what.into(), value });
        self
    }

    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// The value as a factor of the one beside it, such as `1.30×`.
    pub fn ratio_to(&self, beside: &Beside) -> String {
        percent(self.value, beside.value).map_or(String::new(), ratio)
    }

    /// The limits that it does not keep.
    pub fn missed(&self) -> impl Iterator<Item = Limit> {
        let beside = self.beside.first().map_or(0, |beside| beside.value);
        self.limits.iter().copied().filter(move |limit| match *limit {
            Limit::AtMost(most) => self.value > most,
            Limit::AtLeast(least) => self.value < least,
            Limit::AtMostPercent(most) => percent(self.value, beside).is_none_or(|percent| percent > most),
            Limit::AtLeastPercent(least) => beside == 0 || self.value * 100 < beside * least,
        })
    }
}

fn percent(value: u64, of: u64) -> Option<u64> {
    (of > 0).then(|| value.saturating_mul(100).div_ceil(of))
}

fn ratio(percent: u64) -> String {
    format!("{}.{:02}×", percent / 100, percent % 100)
}

/// `1,234,567`.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}
