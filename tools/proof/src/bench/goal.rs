//! What figures should reach, and which limit keeps everybody from more.

use serde::{Deserialize, Serialize};

use super::unit::{Percent, Unit};

/// A goal of one figure. Several figures may share its line in the table of goals.
#[derive(Clone, Serialize, Deserialize)]
pub struct Goal {
    pub line: String,
    pub bound: Bound,
    /// The kind of what it is compared with; empty where the figure itself is bounded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// In a word or two.
    pub limit: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    AtMost(u64),
    /// So much more than the one beside it.
    MoreAtMost(u64),
    /// Of the one beside it.
    PercentAtMost(u64),
    PercentAtLeast(u64),
}

impl Goal {
    pub fn new(line: &str, bound: Bound, of: &str, limit: &str) -> Self {
        Self { line: line.to_owned(), bound, of: of.to_owned(), limit: limit.to_owned() }
    }

    /// For a reader, such as `≤ 0.80× before`.
    pub fn show(&self, unit: Unit) -> String {
        let of = &self.of;
        match self.bound {
            Bound::AtMost(most) => format!("≤ {}", unit.show(most)),
            Bound::MoreAtMost(most) => format!("≤ {of} + {}", unit.show(most)),
            Bound::PercentAtMost(most) => format!("≤ {} {of}", Percent(most)),
            Bound::PercentAtLeast(least) => format!("≥ {} {of}", Percent(least)),
        }
    }
}
