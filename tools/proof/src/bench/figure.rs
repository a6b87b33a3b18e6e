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
#[derive(Serialize, Deserialize)]
pub struct Measured {
    pub section: Section,
    pub date: NaiveDate,
    pub machine: String,
    pub tables: Vec<Table>,
}

/// Figures under one heading.
#[derive(Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub about: String,
    pub figures: Vec<Figure>,
}

impl Table {
    pub fn new(title: &str, about: impl Into<String>, figures: Vec<Figure>) -> Self {
        Self { title: title.to_owned(), about: about.into(), figures }
    }
}

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

/// What a figure should keep; percentages are of the first value beside it.
#[derive(Clone, Copy, Serialize, Deserialize)]
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
}

/// What a figure is compared with, in the same unit.
#[derive(Clone, Serialize, Deserialize)]
pub struct Beside {
    pub what: String,
    pub value: u64,
}

/// One line of a table.
#[derive(Clone, Serialize, Deserialize)]
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
        if beside.value == 0 { String::new() } else { ratio((self.value * 100).div_ceil(beside.value)) }
    }

    /// The limits that it does not keep, each after the value or the ratio that it is a limit of.
    pub fn missed(&self) -> Vec<String> {
        let (own, beside) = (self.value, self.beside.first().map_or(0, |beside| beside.value));
        let value = || self.unit.show(own);
        let ratio = || self.beside.first().map_or_else(value, |beside| self.ratio_to(beside));
        let missed = self.limits.iter().filter_map(|limit| {
            let measured = match *limit {
                Limit::AtMost(most) => (own > most).then(value),
                Limit::AtLeast(least) => (own < least).then(value),
                Limit::AtMostPercent(most) => (own * 100 > beside * most).then(ratio),
                Limit::AtLeastPercent(least) => (own * 100 < beside * least).then(ratio),
            };
            Some(format!("{}, limit {}", measured?, limit.show(self.unit)))
        });
        missed.collect()
    }
}

fn ratio(percent: u64) -> String {
    format!("{}.{:02}×", percent / 100, percent % 100)
}

/// `1,234,567`.
fn grouped(value: u64) -> String {
    if value < 1000 { value.to_string() } else { format!("{},{:03}", grouped(value / 1000), value % 1000) }
}
