//! How much is replayed, and how much fails.

/// OpenCosts fail by themselves: so many of a thousand answers.
pub const FAULTS_PER_MILLE: u32 = 30;

/// How much is replayed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub days: u32,
    pub clusters: usize,
    /// On each cluster.
    pub namespaces: usize,
    /// One of so many runs is killed in the middle.
    pub killed_one_in: u32,
}
