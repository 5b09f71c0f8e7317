//! The double's own clock: business time (expiry, notifications), which tests may move.
//!
//! Transport time (signing, the age of requests) is the real clock's, which comes in from outside.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz,
};
use serde::{Deserialize, Serialize};

use crate::parts::{self, Clock};

/// How business time goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockMode {
    /// With the real clock, ahead of it by whatever it was moved.
    #[default]
    Real,
    /// It stands still until it is moved.
    Manual,
}

/// Business time. It never goes back.
pub(crate) struct BusinessClock {
    mode: ClockMode,
    real: Arc<dyn Clock>,
    /// Real: how far ahead of the real clock. Manual: the time since the epoch.
    value: Mutex<SignedDuration>,
}

/// What is kept of a clock over a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedClock {
    mode: ClockMode,
    value_ms: i64,
}

impl BusinessClock {
    /// Goes on where a saved clock was, also in another mode; begins with the real time if there is none.
    pub(crate) fn resume(mode: ClockMode, saved: Option<SavedClock>, real: Arc<dyn Clock>) -> Self {
        let real_now = parts::now(real.as_ref());
        let ahead = match saved {
            None => SignedDuration::ZERO,
            Some(SavedClock { mode: ClockMode::Real, value_ms }) => SignedDuration::from_millis(value_ms),
            Some(SavedClock { mode: ClockMode::Manual, value_ms }) => {
                let ahead = SignedDuration::from_millis(value_ms) - real_now.as_duration();
                // A clock that stood still has fallen behind; a real one that takes over simply shows the real time.
                if mode == ClockMode::Real { ahead.max(SignedDuration::ZERO) } else { ahead }
            }
        };
        let value = match mode {
            ClockMode::Real => ahead,
            ClockMode::Manual => whole_milliseconds(real_now.as_duration() + ahead),
        };
        Self { mode, real, value: Mutex::new(value) }
    }

    pub(crate) fn mode(&self) -> ClockMode {
        self.mode
    }

    /// The real time, by which signatures are made and judged.
    pub(crate) fn real(&self) -> Timestamp {
        parts::now(self.real.as_ref())
    }

    /// The business time now.
    pub(crate) fn now(&self) -> Timestamp {
        let value = *self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let since_epoch = match self.mode {
            ClockMode::Real => whole_milliseconds(self.real().as_duration()) + value,
            ClockMode::Manual => value,
        };
        Timestamp::from_duration(since_epoch).expect("moves are limited to years this calendar has")
    }

    /// Moves the clock on to `time`. A time that is past already changes nothing.
    pub(crate) fn move_to(&self, time: Timestamp) {
        let now = self.now();
        if time > now {
            let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
            *value += time.duration_since(now);
        }
    }

    /// What to keep for the next start.
    pub(crate) fn saved(&self) -> SavedClock {
        self.saved_at(self.now())
    }

    /// What to keep before the clock is moved to `time`.
    pub(crate) fn saved_at(&self, time: Timestamp) -> SavedClock {
        let ahead = time.duration_since(self.now()).max(SignedDuration::ZERO);
        let value = *self.value.lock().unwrap_or_else(PoisonError::into_inner) + ahead;
        SavedClock {
            mode: self.mode,
            value_ms: i64::try_from(value.as_millis()).expect("times of this calendar fit in milliseconds"),
        }
    }
}

fn whole_milliseconds(since_epoch: SignedDuration) -> SignedDuration {
    SignedDuration::from_millis(
        i64::try_from(since_epoch.as_millis()).expect("the real time fits in milliseconds"),
    )
}

const BEIJING: tz::Offset = tz::Offset::constant(8);

/// How WeChat Pay writes a time: RFC 3339 in seconds, Beijing's offset (WeChat Pay protocol A.2).
pub(crate) fn beijing(time: Timestamp) -> String {
    BEIJING.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// Today in Beijing, as eight digits.
pub(crate) fn beijing_day(time: Timestamp) -> String {
    BEIJING.to_datetime(time).strftime("%Y%m%d").to_string()
}

/// How API v2 writes a time: fourteen digits, Beijing's (WeChat Pay protocol C.1).
pub(crate) fn beijing_digits(time: Timestamp) -> String {
    BEIJING.to_datetime(time).strftime("%Y%m%d%H%M%S").to_string()
}

/// How API v2 writes when a refund was done (WeChat Pay protocol C.7).
pub(crate) fn beijing_spaced(time: Timestamp) -> String {
    BEIJING.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads fourteen digits, and nothing looser.
pub(crate) fn read_beijing_digits(text: &str) -> Option<Timestamp> {
    let is_shaped = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = DateTime::strptime("%Y%m%d%H%M%S", text).ok().filter(|_| is_shaped)?;
    BEIJING.to_timestamp(read).ok()
}

/// The day in Beijing.
pub(crate) fn beijing_date(time: Timestamp) -> Date {
    BEIJING.to_datetime(time).date()
}

/// When a day begins in Beijing.
pub(crate) fn beijing_midnight(day: Date) -> Timestamp {
    BEIJING.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

/// Reads RFC 3339 with an offset, and nothing looser (WeChat Pay protocol B.2.3).
pub(crate) fn read_rfc3339(text: &str) -> Option<Timestamp> {
    let is_shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                b'+' => byte == b'+' || byte == b'-',
                other => byte == other,
            })
    };
    let (date_time, rest) = text.split_at_checked(19)?;
    let offset = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = &rest[..rest.len() - offset.len()];
    let fraction_is_good = fraction.is_empty()
        || (fraction.starts_with('.') && (2..=10).contains(&fraction.len()) && !fraction[1..].contains('.'));
    let is_good = is_shaped(date_time, "0000-00-00T00:00:00")
        && fraction_is_good
        && (offset == "Z" || is_shaped(offset, "+00:00"));
    if is_good { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::parts::SystemClock;

    struct StandingStill(Timestamp);

    impl Clock for StandingStill {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + self.0.as_duration().unsigned_abs()
        }
    }

    fn still(time: Timestamp) -> Arc<dyn Clock> {
        Arc::new(StandingStill(time))
    }

    fn at(text: &str) -> Timestamp {
        read_rfc3339(text).expect("a good time")
    }

    #[test]
    fn a_manual_clock_begins_now_stands_still_and_only_goes_forward() {
        let start = at("2026-08-01T10:00:00.250+08:00");
        let clock = BusinessClock::resume(ClockMode::Manual, None, still(start));
        assert_eq!(clock.now(), start);
        clock.move_to(at("2026-08-01T10:00:30+08:00"));
        clock.move_to(at("2026-08-01T10:00:10+08:00"));
        assert_eq!(beijing(clock.now()), "2026-08-01T10:00:30+08:00");
    }

    #[test]
    fn a_manual_clock_goes_on_where_it_was() {
        let clock = BusinessClock::resume(ClockMode::Manual, None, still(at("2026-08-01T10:00:00Z")));
        clock.move_to(at("2026-08-09T10:00:00Z"));
        let later = at("2026-08-02T00:00:00Z");
        let again = BusinessClock::resume(ClockMode::Manual, Some(clock.saved()), still(later));
        assert_eq!(again.now(), at("2026-08-09T10:00:00Z"));
    }

    #[test]
    fn a_real_clock_stays_ahead_by_what_it_was_moved() {
        let clock = BusinessClock::resume(ClockMode::Real, None, Arc::new(SystemClock));
        clock.move_to(Timestamp::now() + SignedDuration::from_hours(24));
        let again = BusinessClock::resume(ClockMode::Real, Some(clock.saved()), Arc::new(SystemClock));
        let ahead = again.now().duration_since(Timestamp::now());
        assert!(ahead > SignedDuration::from_mins(1439) && ahead <= SignedDuration::from_hours(24));
    }

    #[test]
    fn a_clock_that_stood_still_does_not_hold_a_real_one_back() {
        let long_ago = at("2020-01-01T00:00:00Z");
        let stood = BusinessClock::resume(ClockMode::Manual, None, still(long_ago));
        let real = BusinessClock::resume(ClockMode::Real, Some(stood.saved()), Arc::new(SystemClock));
        assert!(real.now().duration_since(Timestamp::now()).abs() < SignedDuration::from_mins(1));
    }

    #[test]
    fn only_rfc_3339_with_an_offset_is_a_time() {
        for good in ["2026-08-01T09:00:05+08:00", "2026-08-01T01:00:05Z", "2026-08-01T09:00:05.120+08:00"] {
            assert!(read_rfc3339(good).is_some(), "{good}");
        }
        for bad in [
            "2026-08-01T09:00:05",
            "2026-08-01 09:00:05+08:00",
            "2026-08-01T09:00:05+0800",
            "20260801090005",
            "2026-02-30T09:00:05+08:00",
            "2026-08-01T09:00:05.+08:00",
            "2026-08-01T09:00:05+08:00[Asia/Shanghai]",
            "2026-08-01T09:00:05..1Z",
            "",
            "时间",
        ] {
            assert!(read_rfc3339(bad).is_none(), "{bad}");
        }
    }
}
