//! The ladder: when an order is asked about, and when a failed call is made again. The one table of both.

/// All questions fall on whole seconds of the monotonic clock, so that one wake-up serves every open order.
pub const TICK_MS: u64 = 1_000;

/// A code leaves the screen this long before its end.
pub const HIDE_BEFORE_END_MS: i64 = 10_000;

/// A draft older than this waits for a person before it is sent.
pub const DRAFT_AGE_MS_MAX: i64 = 10 * 60_000;

const SLOW_MS: u64 = 30_000;
const BACKOFF_FIRST_MS: u64 = 1_000;
const BACKOFF_MS_MAX: u64 = 30_000;

/// What a question is asked in aid of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// A code may be on screen; the order's age by the server's clock.
    Open {
        /// Milliseconds since the backend first saw the order.
        age_ms: i64,
    },
    /// The code has ended, or the order is being closed: proof is being sought.
    Ending {
        /// Milliseconds since that began.
        since_ms: i64,
    },
}

/// How long to wait between two questions about an order. Slow while a stream tells at once, or while nobody looks.
pub fn interval_ms(rung: Rung, slow: bool) -> u64 {
    let interval = match rung {
        Rung::Open { age_ms: ..30_000 } => 2_000,
        Rung::Open { age_ms: 30_000..60_000 } => 5_000,
        Rung::Open { .. } => 15_000,
        Rung::Ending { since_ms: ..2_000 } => 2_000,
        Rung::Ending { since_ms: 2_000..30_000 } => 28_000,
        Rung::Ending { since_ms: 30_000..120_000 } => 90_000,
        Rung::Ending { since_ms: 120_000..600_000 } => 480_000,
        Rung::Ending { .. } => 600_000,
    };
    if slow { interval.max(SLOW_MS) } else { interval }
}

/// How long to wait before the same call is made again after so many failures (1 for the first).
pub fn backoff_ms(failures: u32) -> u64 {
    let doublings = failures.saturating_sub(1).min(5);
    (BACKOFF_FIRST_MS << doublings).min(BACKOFF_MS_MAX)
}

/// Spreads a delay by up to a fifth either way, by one random byte.
pub fn jittered_ms(delay_ms: u64, random: u8) -> u64 {
    let fifth = delay_ms / 5;
    delay_ms - fifth + 2 * fifth * u64::from(random) / 255
}

/// The first tick at or after a moment.
pub fn aligned_ms(mono_ms: u64) -> u64 {
    mono_ms.div_ceil(TICK_MS).saturating_mul(TICK_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(slow: bool, mut random: impl FnMut() -> u8) -> u32 {
        let (mut at, mut count) = (0, 0);
        loop {
            let rung = Rung::Open { age_ms: i64::try_from(at).unwrap() };
            at = aligned_ms(at + jittered_ms(interval_ms(rung, slow), random()));
            if at > 300_000 {
                return count;
            }
            count += 1;
        }
    }

    #[test]
    fn five_minutes_take_at_most_forty_questions_whatever_the_jitter() {
        for seed in 0..1_000u32 {
            let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
            let asked = questions(false, || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            });
            assert!((25..=39).contains(&asked), "{asked} with seed {seed}");
        }
    }

    #[test]
    fn after_a_close_questions_come_at_once_then_after_30_s_2_min_and_10_min() {
        let mut at = 0;
        let asked: Vec<u64> = std::iter::from_fn(|| {
            at += interval_ms(Rung::Ending { since_ms: i64::try_from(at).unwrap() }, false);
            Some(at)
        })
        .take(5)
        .collect();
        assert_eq!(asked, [2_000, 30_000, 120_000, 600_000, 1_200_000]);
    }

    #[test]
    fn a_live_stream_leaves_a_question_in_thirty_seconds() {
        assert_eq!(questions(true, || 127), 10);
    }

    #[test]
    fn failures_wait_longer_each_time_up_to_half_a_minute() {
        let waits: Vec<u64> = (1..=7).map(backoff_ms).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(backoff_ms(u32::MAX), 30_000);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        assert_eq!((jittered_ms(2_000, 0), jittered_ms(2_000, 255)), (1_600, 2_400));
    }
}
