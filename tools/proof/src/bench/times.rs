//! Times in microseconds.

use std::time::Instant;

/// How long it is since then.
pub fn since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The time that so many of a hundred do not exceed; the greatest number if nothing was measured.
pub fn percentile(times: &[u64], percent: usize) -> u64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(u64::MAX)
}

pub fn median(times: &[u64]) -> u64 {
    percentile(times, 50)
}
