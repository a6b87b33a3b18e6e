//! What a run measures: figures in tables, each beside what it is compared with.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    goal::{Bound, Goal},
    unit::{Percent, Unit},
};

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
    /// What many clients get done at once.
    Throughput,
    /// Readings and purchases per second.
    Usage,
    /// Instructions per request.
    Instructions,
    /// How long it takes to look for broken rules.
    Invariants,
    /// From a sign-up to an account on the cluster.
    Provisioning,
    /// Every request on a thousand users and on a million; with `--full`, or when it is asked for.
    Scale,
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
    pub fn new(title: impl Into<String>, about: impl Into<String>, figures: Vec<Figure>) -> Self {
        Self { title: title.into(), about: about.into(), figures }
    }
}

/// What a figure is compared with, in the same unit.
#[derive(Clone, Serialize, Deserialize)]
pub struct Beside {
    pub what: String,
    pub value: u64,
    /// What is measured only when it is asked for keeps its last result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

/// When a comparison was measured, and what the figure itself was then.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Earlier {
    pub date: NaiveDate,
    pub measured: u64,
}

impl Beside {
    /// `before (12933c6)` and `before (87e8f3e)` are of one kind.
    pub fn kind(&self) -> &str {
        self.what.split(" (").next().unwrap_or_default()
    }
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
    pub goals: Vec<Goal>,
}

impl Figure {
    /// A figure without comparison and without goal.
    pub fn new(what: impl Into<String>, unit: Unit, value: u64) -> Self {
        Self { what: what.into(), unit, value, beside: Vec::new(), goals: Vec::new() }
    }

    pub fn beside(mut self, what: impl Into<String>, value: u64) -> Self {
        self.beside.push(Beside { what: what.into(), value, earlier: None });
        self
    }

    pub fn goal(mut self, goal: Goal) -> Self {
        self.goals.push(goal);
        self
    }

    /// Keeps what the last result was compared with, and this one is not, of these kinds.
    pub fn keep(&mut self, last: &Self, date: NaiveDate, kinds: &[&str]) {
        for beside in &last.beside {
            let is_new = self.beside.iter().any(|new| new.kind() == beside.kind());
            if kinds.contains(&beside.kind()) && !is_new {
                let earlier = beside.earlier.unwrap_or(Earlier { date, measured: last.value });
                self.beside.push(Beside { earlier: Some(earlier), ..beside.clone() });
            }
        }
    }

    /// What the figure was in the run that has measured this beside it.
    pub fn measured_with(&self, beside: &Beside) -> u64 {
        beside.earlier.map_or(self.value, |earlier| earlier.measured)
    }

    /// How much more it is than the one beside it, such as `+0.250 ms`.
    pub fn difference_to(&self, beside: &Beside) -> String {
        let own = self.measured_with(beside);
        let sign = if own < beside.value { "−" } else { "+" };
        format!("{sign}{}", self.unit.show(own.abs_diff(beside.value)))
    }

    /// The value as a factor of the one beside it.
    pub fn ratio_to(&self, beside: &Beside) -> Option<Percent> {
        (self.measured_with(beside) * 100).checked_div(beside.value).map(Percent)
    }

    /// What a goal compares it with, if that was ever measured.
    pub fn compared_with(&self, goal: &Goal) -> Option<&Beside> {
        self.beside.iter().find(|beside| beside.kind() == goal.of)
    }

    /// Nothing where what it is compared with was never measured.
    pub fn judge(&self, goal: &Goal) -> Option<Judged> {
        if let Bound::AtMost(most) = goal.bound {
            return Some(Judged::new(self.unit.show(self.value), self.value, most));
        }
        let beside = self.compared_with(goal)?;
        let own = self.measured_with(beside);
        let ratio = self.ratio_to(beside).map_or_else(String::new, |ratio| ratio.to_string());
        let measured = format!("{ratio} {}", beside.what);
        Some(match goal.bound {
            Bound::AtMost(most) | Bound::MoreAtMost(most) => {
                let difference = self.difference_to(beside);
                Judged::new(difference, own, beside.value + most)
            }
            Bound::PercentAtMost(most) => Judged::new(measured, own * 100, beside.value * most),
            Bound::PercentAtLeast(least) => Judged::new(measured, beside.value * least, own * 100),
        })
    }
}

/// A figure and its goal.
pub struct Judged {
    pub measured: String,
    pub is_met: bool,
    /// How much of what the goal allows is used, in millionths.
    pub used: u64,
}

impl Judged {
    fn new(measured: String, value: u64, most: u64) -> Self {
        Self { measured, is_met: value <= most, used: value.saturating_mul(1_000_000) / most.max(1) }
    }
}
