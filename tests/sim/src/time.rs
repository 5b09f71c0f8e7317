//! One virtual time for all, and each part's own clock, which may be wrong while that time goes on.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use saoma_contract::Time;
use tokio::time::Instant;

/// When each simulation begins: 2026-08-01T10:00:00+08:00.
pub(crate) const START_UNIX_MS: i64 = 1_785_549_600_000;

/// How long one sleep of a server's clock lasts at most, since its clock can be set meanwhile.
const NAP_MS_MAX: i64 = 30_000;

/// The true time: that of the runtime, which is paused and moves on only when nothing else is left to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrueTime {
    start: Instant,
}

impl TrueTime {
    /// Begins now.
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }

    /// Milliseconds since the beginning.
    pub(crate) fn ms(self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn unix_ms(self) -> i64 {
        START_UNIX_MS + i64::try_from(self.ms()).unwrap_or(i64::MAX - START_UNIX_MS)
    }

    pub(crate) fn now(self) -> Time {
        Time::from_unix_ms(self.unix_ms())
    }

    pub(crate) async fn sleep_until(self, ms: u64) {
        tokio::time::sleep_until(self.start + Duration::from_millis(ms)).await;
    }
}

pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// The clock of one part.
#[derive(Debug)]
pub(crate) struct NodeClock {
    time: TrueTime,
    ahead_ms: AtomicI64,
    /// What it shows while it stands still; `i64::MIN` while it goes.
    stands_at: AtomicI64,
}

impl NodeClock {
    pub(crate) fn new(time: TrueTime) -> Self {
        Self { time, ahead_ms: AtomicI64::new(0), stands_at: AtomicI64::new(i64::MIN) }
    }

    pub(crate) fn shows(&self) -> Time {
        let going = self.time.unix_ms() + self.ahead_ms.load(Ordering::Relaxed);
        let stands_at = self.stands_at.load(Ordering::Relaxed);
        Time::from_unix_ms(if stands_at == i64::MIN { going } else { stands_at })
    }

    /// It is set, by so much from the true time.
    pub(crate) fn set_ahead(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::Relaxed);
        self.stands_at.store(i64::MIN, Ordering::Relaxed);
    }

    pub(crate) fn stand_still(&self) {
        self.stands_at.store(self.shows().unix_ms(), Ordering::Relaxed);
    }
}

impl saoma_engine::Clock for NodeClock {
    fn monotonic_ms(&self) -> u64 {
        self.time.ms()
    }

    fn wall(&self) -> Time {
        self.shows()
    }

    fn sleep_until(&self, monotonic_ms: u64) -> BoxFuture<'static, ()> {
        Box::pin(self.time.sleep_until(monotonic_ms))
    }
}

/// As the machine's: it naps, and looks again.
#[derive(Clone)]
pub(crate) struct ServerClock(pub(crate) std::sync::Arc<NodeClock>);

impl saoma_backend::clock::Clock for ServerClock {
    fn now(&self) -> Time {
        self.0.shows()
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.time.unix_ms()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        let clock = std::sync::Arc::clone(&self.0);
        let (began_ms, whole_ms) = (clock.time.unix_ms(), at.ms_since(clock.shows()));
        Box::pin(async move {
            loop {
                let passed_ms = clock.time.unix_ms() - began_ms;
                let left_ms = at.ms_since(clock.shows()).min(whole_ms.saturating_sub(passed_ms));
                let Ok(nap_ms @ 1..) = u64::try_from(left_ms.min(NAP_MS_MAX)) else { return };
                pause(nap_ms).await;
            }
        })
    }
}

impl saoma_sandbox::Clock for ServerClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0.shows().unix_ms()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_can_be_wrong_and_stand_still_while_time_goes_on() {
        let clock = NodeClock::new(TrueTime::new());
        clock.set_ahead(-1_000);
        pause(5_000).await;
        assert_eq!(clock.shows().unix_ms(), START_UNIX_MS + 4_000);
        clock.stand_still();
        pause(5_000).await;
        assert_eq!(clock.shows().unix_ms(), START_UNIX_MS + 4_000);
        assert_eq!(saoma_engine::Clock::monotonic_ms(&clock), 10_000);
        clock.set_ahead(0);
        assert_eq!(clock.shows().unix_ms(), START_UNIX_MS + 10_000);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_time_sees_within_half_a_minute_that_the_clock_was_set() {
        let time = TrueTime::new();
        let clock = ServerClock(std::sync::Arc::new(NodeClock::new(time)));
        let until = Time::from_unix_ms(START_UNIX_MS + 3_600_000);
        let waiting = saoma_backend::clock::Clock::sleep_until(&clock, until);
        clock.0.set_ahead(3_600_000);
        waiting.await;
        assert!(time.ms() <= 30_000);
    }
}
