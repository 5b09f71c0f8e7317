//! Chance from a seed: each purpose draws from a stream of its own, so that one more draw here moves nothing there.

use std::sync::{Mutex, PoisonError};

/// What falls when the seed is thrown for a purpose.
#[derive(Clone, Debug)]
pub(crate) struct Dice(saoma_chance::Chance);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xCBF2_9CE4_8422_2325;
        for byte in purpose.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Self(saoma_chance::Chance::new(state))
    }

    /// From 0 to below so many.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0.number() % sides.max(1)
    }

    /// From the first to the last, both counted.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let sides = u64::try_from(of.len()).expect("a list is short");
        of[usize::try_from(self.below(sides)).expect("a list is short")]
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.0.number().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The randomness of one part of the shop.
pub(crate) struct Chance(Mutex<Dice>);

impl Chance {
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        Self(Mutex::new(Dice::new(seed, purpose)))
    }

    pub(crate) fn bytes(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}

impl saoma_engine::Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        self.bytes(bytes);
    }
}

impl saoma_backend::clock::Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        self.bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_give_the_same_again_and_others_others() {
        let drawn = |seed, purpose| {
            let mut bytes = [0; 24];
            Dice::new(seed, purpose).fill(&mut bytes);
            bytes
        };
        assert_eq!(drawn(7, "net"), drawn(7, "net"));
        assert_ne!(drawn(7, "net"), drawn(8, "net"));
        assert_ne!(drawn(7, "net"), drawn(7, "people"));
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut dice = Dice::new(1, "bounds");
        let drawn: Vec<u64> = (0..1000).map(|_| dice.between(3, 5)).collect();
        assert!((3..=5).all(|number| drawn.contains(&number)) && drawn.iter().all(|n| (3..=5).contains(n)));
        assert!((0..100).all(|_| !dice.happens(0) && dice.happens(1000)));
    }
}
