//! Many times of one thing.

use std::time::Instant;

/// Times in microseconds.
#[derive(Debug, Default)]
pub struct Times(Vec<u64>);

impl Times {
    pub fn add_since(&mut self, started: Instant) {
        self.0.push(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
    }

    /// The time that so many of a hundred do not exceed; the greatest number if nothing was measured.
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

impl Extend<u64> for Times {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, times_us: T) {
        self.0.extend(times_us);
    }
}

impl IntoIterator for Times {
    type Item = u64;
    type IntoIter = std::vec::IntoIter<u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
