//! Randomness: nonces, codes, transaction numbers, chance. From the system, or repeatable from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

const LETTERS_DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A stream of random bytes: SHA-256 over a secret start and a counter.
///
/// Keys are never made from it: those always come from the system.
pub(crate) struct Random {
    start: [u8; 32],
    counter: AtomicU64,
}

impl Random {
    /// A stream nobody can foresee.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn from_system() -> Result<Self, getrandom::Error> {
        let mut start = [0; 32];
        getrandom::fill(&mut start)?;
        Ok(Self { start, counter: AtomicU64::new(0) })
    }

    /// A stream that is always the same for the same seed and the same count of starts. The count keeps a double that
    /// was started again from repeating its numbers.
    pub(crate) fn seeded(seed: u64, starts: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"saoma sandbox");
        hash.update(seed.to_be_bytes());
        hash.update(starts.to_be_bytes());
        Self { start: hash.finalize().into(), counter: AtomicU64::new(0) }
    }

    /// A stream of its own, so that what is drawn in another thread does not depend on which is faster.
    pub(crate) fn apart(&self) -> Self {
        Self { start: self.block(), counter: AtomicU64::new(0) }
    }

    /// Letters and digits, as WeChat Pay's nonces are.
    pub(crate) fn letters_digits(&self, count: usize) -> String {
        self.letters_of(LETTERS_DIGITS, count)
    }

    /// Decimal digits.
    pub(crate) fn digits(&self, count: usize) -> String {
        self.letters_of(b"0123456789", count)
    }

    /// Upper-case hexadecimal digits.
    pub(crate) fn hex_upper(&self, count: usize) -> String {
        self.letters_of(b"0123456789ABCDEF", count)
    }

    /// A random UUID (version 4), as notifications are named.
    pub(crate) fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.block()[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = hex::encode(bytes);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// Whether something that happens `per_million` times in a million happens now.
    pub(crate) fn happens(&self, per_million: u32) -> bool {
        let block = self.block();
        let draw = u64::from_be_bytes(block[..8].try_into().expect("eight bytes of thirty-two"));
        draw % 1_000_000 < u64::from(per_million)
    }

    fn letters_of(&self, alphabet: &[u8], count: usize) -> String {
        // Bytes beyond the last whole multiple are thrown away, so that every letter is equally likely.
        let fair = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(count);
        while text.len() < count {
            let block = self.block();
            let letters = block.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
            text.extend(
                letters.take(count - text.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])),
            );
        }
        text
    }

    fn block(&self) -> [u8; 32] {
        let counter = self.counter.fetch_add(1, Ordering::Relaxed);
        let mut hash = Sha256::new();
        hash.update(self.start);
        hash.update(counter.to_be_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_and_another_start_another() {
        let first = Random::seeded(7, 1).letters_digits(64);
        assert_eq!(first, Random::seeded(7, 1).letters_digits(64));
        assert_ne!(first, Random::seeded(8, 1).letters_digits(64));
        assert_ne!(first, Random::seeded(7, 2).letters_digits(64));
    }

    #[test]
    fn a_stream_does_not_repeat_itself() {
        let random = Random::seeded(7, 1);
        assert_ne!(random.digits(20), random.digits(20));
        assert_eq!(random.letters_digits(77).len(), 77);
    }

    #[test]
    fn a_uuid_is_of_version_four() {
        let uuid = Random::seeded(7, 1).uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"));
    }

    #[test]
    fn chance_is_never_at_nought_and_always_at_a_million() {
        let random = Random::seeded(7, 1);
        assert!((0..100).all(|_| !random.happens(0) && random.happens(1_000_000)));
        let half = (0..1000).filter(|_| random.happens(500_000)).count();
        assert!((400..600).contains(&half), "{half} of 1000 at one half");
    }
}
