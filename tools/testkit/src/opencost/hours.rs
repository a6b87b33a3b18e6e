//! What was used in which hour: all that a stand-in for OpenCost knows.

use std::{collections::BTreeMap, ops::AddAssign};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// What a namespace used in an hour. One without pods has volumes at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub cpu_hours: Decimal,
    pub gpu_hours: Decimal,
    pub pv_byte_hours: Decimal,
}

impl AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        self.cpu_hours += other.cpu_hours;
        self.gpu_hours += other.gpu_hours;
        self.pv_byte_hours += other.pv_byte_hours;
    }
}

/// From one moment to another.
#[derive(Clone, Copy)]
pub struct Step {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// Hours by when they begin, and their namespaces.
#[derive(Default)]
pub struct Hours(pub BTreeMap<DateTime<Utc>, BTreeMap<String, Used>>);

impl Hours {
    /// The sums of the hours that begin within a step.
    pub fn within(&self, step: Step) -> BTreeMap<&str, Used> {
        let mut sums = BTreeMap::<&str, Used>::new();
        let within = step.start.min(step.end)..step.end;
        for (namespace, used) in self.0.range(within).flat_map(|(_, namespaces)| namespaces) {
            *sums.entry(namespace).or_default() += *used;
        }
        sums
    }
}
