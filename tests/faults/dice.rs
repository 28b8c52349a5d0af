//! Random numbers for the choice of faults. A failing test shows the seed.

use std::{
    hash::{BuildHasher, RandomState},
    ops::Range,
};

/// SplitMix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let seed = RandomState::new().hash_one(0);
        eprintln!("the dice are seeded with {seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn number(&mut self, range: Range<usize>) -> usize {
        range.start + (self.next() % range.len() as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.number(0..from.len())]
    }

    /// True once in this number of throws.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.number(0..times) == 0
    }
}
