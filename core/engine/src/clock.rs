//! Time: monotonic for waiting, the server's for meaning, the phone's wall clock only to be told how wrong it is.

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::BoxFuture;
use saoma_contract::{ClockTrust, Time};

/// Where the till gets its time from.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since some fixed moment; never goes back, may stand still while the phone sleeps.
    fn monotonic_ms(&self) -> u64;

    /// What the phone's own wall clock says.
    fn wall(&self) -> Time;

    /// Waits until [`monotonic_ms`](Self::monotonic_ms) has reached this value.
    fn sleep_until(&self, monotonic_ms: u64) -> BoxFuture<'static, ()>;
}

/// The clocks of the machine, waited for by tokio.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: tokio::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    #[allow(clippy::new_without_default, reason = "a clock that starts is not a default value")]
    pub fn new() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wall(&self) -> Time {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time::from_unix_ms(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, monotonic_ms: u64) -> BoxFuture<'static, ()> {
        let deadline = self.start.checked_add(std::time::Duration::from_millis(monotonic_ms));
        Box::pin(async move {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        })
    }
}

/// A moment as the till reckons it; what every decision gets as its `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic milliseconds, for waiting.
    pub mono_ms: u64,
    /// The server's time as best known, for meaning.
    pub server: Time,
    /// Where `server` comes from.
    pub trust: ClockTrust,
}

/// Wall and monotonic time may drift this far apart before the phone counts as having slept, or been set.
const DRIFT_MS: i64 = 2_000;

/// A `Date` header has whole seconds and travelled for a while: a smaller difference than this corrects nothing.
const COARSE_MS: i64 = 2_000;

/// Reckons the server's time from what answers say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerClock {
    anchor: Option<Anchor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Anchor {
    mono_ms: u64,
    wall: Time,
    server: Time,
}

impl ServerClock {
    /// The moment that both clocks of the phone stand for. Where the phone slept (its monotonic clock stood still) or its
    /// wall clock was set forward, the later reckoning is taken, so that a code is rather hidden too early than too late.
    pub fn now(&self, mono_ms: u64, wall: Time) -> Now {
        let Some(anchor) = self.anchor else {
            return Now { mono_ms, server: wall, trust: ClockTrust::Phone };
        };
        let (by_mono, ahead) = anchor.elapsed(mono_ms, wall);
        if ahead > DRIFT_MS {
            return Now {
                mono_ms,
                server: anchor.server.plus_ms(by_mono.saturating_add(ahead)),
                trust: ClockTrust::Phone,
            };
        }
        Now { mono_ms, server: anchor.server.plus_ms(by_mono), trust: ClockTrust::Server }
    }

    /// Takes an exact time that an answer carried.
    pub fn correct(&mut self, server: Time, mono_ms: u64, wall: Time) {
        self.anchor = Some(Anchor { mono_ms, wall, server });
    }

    /// Takes the time of a `Date` header, in whole seconds: only if nothing better is known or it is far off.
    pub fn correct_coarsely(&mut self, server: Time, mono_ms: u64, wall: Time) {
        let middle = server.plus_ms(500);
        let now = self.now(mono_ms, wall);
        if now.trust == ClockTrust::Phone || now.server.ms_since(middle).abs() > COARSE_MS {
            self.correct(middle, mono_ms, wall);
        }
    }

    /// How far the phone's wall clock is ahead of the server's time, in milliseconds; none while that is not known.
    pub fn wall_ahead_ms(&self, mono_ms: u64, wall: Time) -> Option<i64> {
        let now = self.now(mono_ms, wall);
        (now.trust == ClockTrust::Server).then(|| wall.ms_since(now.server))
    }
}

impl Anchor {
    fn elapsed(&self, mono_ms: u64, wall: Time) -> (i64, i64) {
        let by_mono = i64::try_from(mono_ms.saturating_sub(self.mono_ms)).unwrap_or(i64::MAX);
        (by_mono, wall.ms_since(self.wall).saturating_sub(by_mono))
    }
}

/// The server's time at the start of the phone's monotonic clock, shared with whoever needs a time in passing.
#[derive(Debug)]
pub(crate) struct ServerStart(AtomicI64);

impl Default for ServerStart {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl ServerStart {
    pub(crate) fn set(&self, now: Now) {
        if now.trust == ClockTrust::Server {
            let mono_ms = i64::try_from(now.mono_ms).unwrap_or(i64::MAX);
            self.0.store(now.server.plus_ms(mono_ms.saturating_neg()).unix_ms(), Ordering::Relaxed);
        }
    }

    /// The server's time now, once it is known.
    pub(crate) fn now(&self, mono_ms: u64) -> Option<Time> {
        let start_ms = Some(self.0.load(Ordering::Relaxed)).filter(|start_ms| *start_ms != i64::MIN)?;
        Some(Time::from_unix_ms(start_ms).plus_ms(i64::try_from(mono_ms).unwrap_or(i64::MAX)))
    }
}

/// Reads a `Date` header (`Tue, 24 Nov 2026 03:31:49 GMT`, RFC 9110 §5.6.7).
pub(crate) fn http_date(text: &str) -> Option<Time> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split(", ").nth(1)?.split(' ');
    let (day, month, year, time, zone) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    (zone == "GMT").then(|| format!("{year}-{month:02}-{day}T{time}Z").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Time {
        Time::from_unix_ms(1_785_549_600_000 + ms)
    }

    #[test]
    fn without_an_answer_the_phones_clock_is_taken_and_said_to_be() {
        let now = ServerClock::default().now(5, at(0));
        assert_eq!((now.server, now.trust), (at(0), ClockTrust::Phone));
    }

    #[test]
    fn a_wrong_wall_clock_does_not_matter_once_the_server_has_spoken() {
        let mut clock = ServerClock::default();
        clock.correct(at(0), 1_000, at(-7_200_000));
        let now = clock.now(4_000, at(-7_197_000));
        assert_eq!((now.server, now.trust), (at(3_000), ClockTrust::Server));
        assert_eq!(clock.wall_ahead_ms(4_000, at(-7_197_000)), Some(-7_200_000));
    }

    #[test]
    fn a_wall_clock_set_back_changes_nothing() {
        let mut clock = ServerClock::default();
        clock.correct(at(0), 1_000, at(0));
        assert_eq!(clock.now(2_000, at(-3_600_000)).server, at(1_000));
    }

    #[test]
    fn after_sleep_the_later_reckoning_is_taken_and_not_trusted() {
        let mut clock = ServerClock::default();
        clock.correct(at(0), 1_000, at(0));
        let now = clock.now(2_000, at(600_000));
        assert_eq!((now.server, now.trust), (at(600_000), ClockTrust::Phone));
        clock.correct_coarsely(at(600_000), 2_000, at(600_000));
        assert_eq!(clock.now(2_000, at(600_000)).trust, ClockTrust::Server);
    }

    #[test]
    fn a_date_header_corrects_only_what_is_far_off() {
        let mut clock = ServerClock::default();
        clock.correct(at(0), 0, at(0));
        clock.correct_coarsely(at(1_000), 0, at(0));
        assert_eq!(clock.now(0, at(0)).server, at(0));
        clock.correct_coarsely(at(60_000), 0, at(0));
        assert_eq!(clock.now(0, at(0)).server, at(60_500));
    }

    #[test]
    fn a_date_header_is_read() {
        let time = http_date("Tue, 24 Nov 2026 03:31:49 GMT");
        assert_eq!(time.map(|time| time.to_string()), Some("2026-11-24T03:31:49.000Z".to_owned()));
        assert_eq!(http_date("24.11.2026"), None);
        assert_eq!(http_date("Tue, 24 Nov 2026 03:31:49 CST"), None);
    }
}
