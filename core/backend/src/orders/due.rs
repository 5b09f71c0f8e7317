//! When the channel is called: the backend's own times of asking, repeats, and asking on behalf of phones.

use saoma_contract::Time;

use super::{Due, Step};

/// Seconds after the code was given at which the channel is asked of itself (WeChat Pay protocol D.6).
const AFTER_CODE_S: [i64; 7] = [5, 30, 60, 180, 300, 600, 1800];

/// How long after a code's end its close is asked for: a customer may be typing a password.
pub const CLOSE_AFTER_END_MS: i64 = 15_000;

/// Repeats of the order call before it is asked whether the attempt exists (WeChat Pay protocol D.5.1).
pub(super) const OPEN_REPEATS: u32 = 3;

/// Pause between two questions about an attempt that the channel says it does not have, and how many make it sure: an
/// order call whose answer was lost may still be under way (WeChat Pay protocol D.3, `ORDER_NOT_EXIST`).
pub(super) const ABSENT_PAUSE_MS: i64 = 3_000;
pub(super) const ABSENT_SURE: u32 = 3;

/// Short enough that, with a minute after the answer that follows, whatever waits is proven within five minutes of a channel
/// that answers again.
pub(super) const BACKOFF_MS_MAX: i64 = 150_000;

/// As how many failures in a row a channel's answer counts that it was not closed yet: it is asked again within about a
/// minute, however long nobody had answered before.
pub(super) const ANSWERED_TRIES_MAX: u32 = 6;

/// How long to wait after so many failures in a row: 1, 2, 4 … seconds, at most two and a half minutes, spread by a fifth.
pub fn backoff_ms(tries: u32, permille: u16) -> i64 {
    let doubled = 1_000_i64 << tries.saturating_sub(1).min(12);
    let base = doubled.min(BACKOFF_MS_MAX);
    base * (800 + i64::from(permille) * 2 / 5) / 1000
}

/// How often the channel is asked while phones ask: every 3 s in the code's first minute, then every 5 s.
pub fn asking_interval_ms(code_at: Time, now: Time) -> i64 {
    if now.ms_since(code_at) < 60_000 { 3_000 } else { 5_000 }
}

/// What is next for a code that can be paid: the next question of the table, or the close when its end comes first.
pub(super) fn after_code(code_at: Time, expires_at: Time, now: Time) -> Due {
    let close = Due { step: Step::Close, at: expires_at.plus_ms(CLOSE_AFTER_END_MS) };
    let every_half_hour = (2..).map(|half_hours| half_hours * 1800);
    AFTER_CODE_S
        .into_iter()
        .chain(every_half_hour)
        .map(|seconds| code_at.plus_ms(seconds * 1000))
        .take_while(|at| *at < close.at)
        .find(|at| *at > now)
        .map_or(close, |at| Due { step: Step::Query, at })
}
