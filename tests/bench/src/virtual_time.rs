//! A till's time and chance when it lives in virtual time: tokio's paused clock, every wake-up counted, one seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use saoma_contract::Time;
use saoma_engine::{Clock, Entropy};
use tokio::time::Instant;

const START_UNIX_MS: i64 = 1_785_549_600_000;

/// Runs on a runtime of its own whose time jumps to the next timer whenever everybody waits.
///
/// # Panics
/// If the system has no memory for a runtime.
pub fn in_virtual_time<T>(scenario: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without sockets needs nothing of the system");
    runtime.block_on(scenario)
}

/// Time that runs only while everybody waits, and tells when the till was woken.
pub struct CountingClock {
    start: Instant,
    woken_at_ms: Arc<Mutex<Vec<u64>>>,
}

impl CountingClock {
    /// A clock that begins now, on a runtime whose time is paused.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a clock that starts is not a default value")]
    pub fn new() -> Self {
        Self { start: Instant::now(), woken_at_ms: Arc::default() }
    }

    /// When each sleep of the till came to its end, in milliseconds since the start. One that was given up does not
    /// count: it woke nobody.
    #[must_use]
    pub fn woken_at_ms(&self) -> Vec<u64> {
        self.woken_at_ms.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clock for CountingClock {
    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wall(&self) -> Time {
        Time::from_unix_ms(START_UNIX_MS).plus_ms(i64::try_from(self.monotonic_ms()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, monotonic_ms: u64) -> BoxFuture<'static, ()> {
        let (start, woken_at_ms) = (self.start, Arc::clone(&self.woken_at_ms));
        Box::pin(async move {
            tokio::time::sleep_until(start + Duration::from_millis(monotonic_ms)).await;
            let now_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            woken_at_ms.lock().unwrap_or_else(PoisonError::into_inner).push(now_ms);
        })
    }
}

/// Numbers that look random and are the same for the same seed.
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// Begins with a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    /// `SplitMix64`.
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        for chunk in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(x ^ (x >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_sleep_that_came_to_its_end_is_a_wake_up() {
        let clock = CountingClock::new();
        clock.sleep_until(1_000).await;
        let given_up = tokio::time::timeout(Duration::from_millis(500), clock.sleep_until(9_000)).await;
        assert!(given_up.is_err());
        clock.sleep_until(2_000).await;
        assert_eq!(clock.woken_at_ms(), [1_000, 2_000]);
    }

    #[test]
    fn a_seed_gives_the_same_bytes_again_and_another_seed_others() {
        let bytes = |seed| {
            let mut bytes = [0; 20];
            SeededEntropy::new(seed).fill(&mut bytes);
            bytes
        };
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
    }
}
