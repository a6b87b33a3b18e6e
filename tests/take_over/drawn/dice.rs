//! What is drawn, is drawn from a seed.

use fastrand::Rng;

/// Chooses; the same seed chooses the same.
pub struct Dice(Rng);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.u32(..100) < percent
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.usize(..of.len())]
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0.usize(..limit)
    }

    pub fn shuffle<T>(&mut self, of: &mut [T]) {
        self.0.shuffle(of);
    }
}
