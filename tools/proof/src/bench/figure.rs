//! One line of the table: what was measured, what it is compared with, and what is target of it.

use std::fmt::Write as _;

use serde::Serialize;

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Microseconds,
    Kibibytes,
    Bytes,
    Instructions,
    PerSecond,
    Times,
}

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    AtMost(u64),
    AtLeast(u64),
    /// Of the value beside it.
    AtMostPercent(u64),
    /// Of the value beside it.
    AtLeastPercent(u64),
}

/// What a figure is compared with, in the same unit.
#[derive(Clone, Debug, Serialize)]
pub struct Beside {
    pub what: String,
    pub value: u64,
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub section: &'static str,
    pub what: String,
    pub unit: Unit,
    pub value: u64,
    pub beside: Option<Beside>,
    pub target: Vec<Target>,
}

impl Figure {
    /// A figure that is compared with nothing, and of which nothing is target.
    pub fn new(section: &'static str, what: impl Into<String>, unit: Unit, value: u64) -> Self {
        Self { section, what: what.into(), unit, value, beside: None, target: Vec::new() }
    }

    pub fn beside(mut self, what: impl Into<String>, value: u64) -> Self {
        self.beside = Some(Beside { what: what.into(), value });
        self
    }

    pub fn target(mut self, target: Target) -> Self {
        self.target.push(target);
        self
    }

    /// The value in percent of the one beside it.
    pub fn percent(&self) -> Option<u64> {
        let beside = self.beside.as_ref()?.value;
        (beside > 0).then(|| self.value.saturating_mul(100).div_ceil(beside))
    }

    /// Whether it is all that is target of it.
    pub fn is_met(&self) -> bool {
        self.target.iter().all(|target| match *target {
            Target::AtMost(most) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
            Target::AtMostPercent(most) => self.percent().is_some_and(|percent| percent <= most),
            Target::AtLeastPercent(least) => {
                self.beside.as_ref().is_some_and(|beside| beside.value > 0 && self.value * 100 >= beside.value * least)
            }
        })
    }
}

/// The figures as a table in Markdown.
pub fn table(figures: &[Figure]) -> String {
    let mut text = String::from("| | what | measured | beside | ratio | target |\n|---|---|--:|---|--:|---|\n");
    let mut section = "";
    for figure in figures {
        let heading = if figure.section == section { "" } else { figure.section };
        section = figure.section;
        let beside = figure.beside.as_ref();
        let beside =
            beside.map_or(String::new(), |beside| format!("{} {}", shown(beside.value, figure.unit), beside.what));
        let ratio = figure.percent().map_or(String::new(), times);
        let target: Vec<String> = figure.target.iter().map(|target| told(*target, figure.unit)).collect();
        let missed = if figure.is_met() { "" } else { " **missed**" };
        let (what, value) = (&figure.what, shown(figure.value, figure.unit));
        let target = target.join(", ");
        writeln!(text, "| {heading} | {what} | {value} | {beside} | {ratio} | {target}{missed} |")
            .expect("a String takes everything");
    }
    text
}

fn told(target: Target, unit: Unit) -> String {
    match target {
        Target::AtMost(most) => format!("≤ {}", shown(most, unit)),
        Target::AtLeast(least) => format!("≥ {}", shown(least, unit)),
        Target::AtMostPercent(most) => format!("≤ {}", times(most)),
        Target::AtLeastPercent(least) => format!("≥ {}", times(least)),
    }
}

/// Percent as a factor: `1.30×`.
fn times(percent: u64) -> String {
    format!("{}.{:02}×", percent / 100, percent % 100)
}

/// A value with its unit, for a person.
pub fn shown(value: u64, unit: Unit) -> String {
    match unit {
        Unit::Microseconds => format!("{}.{:03} ms", grouped(value / 1000), value % 1000),
        Unit::Kibibytes => format!("{}.{} MiB", grouped(value / 1024), value % 1024 * 10 / 1024),
        Unit::Bytes => format!("{}.{:02} MB", grouped(value / 1_000_000), value % 1_000_000 / 10_000),
        Unit::Instructions => grouped(value),
        Unit::PerSecond => format!("{}/s", grouped(value)),
        Unit::Times => value.to_string(),
    }
}

/// `1,234,567`.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}
