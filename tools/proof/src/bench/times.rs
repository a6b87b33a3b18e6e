//! Many times of one thing.

use std::time::Instant;

/// Times in microseconds.
#[derive(Debug, Default)]
pub struct Times(Vec<u64>);

impl Times {
    pub fn note(&mut self, since: Instant) {
        self.0.push(u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX));
    }

    pub fn extend(&mut self, times_us: impl IntoIterator<Item = u64>) {
        self.0.extend(times_us);
    }

    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The time that so many of a hundred are not longer than; what was not measured took for ever.
    pub fn percentile(&self, percent: usize) -> u64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or(u64::MAX)
    }

    pub fn median(&self) -> u64 {
        self.percentile(50)
    }
}
