//! Points in time as the wire writes them.

use serde::{Deserialize, Serialize};

/// Why a time was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 time such as 2026-08-01T02:02:31.120Z")]
pub struct TimeError;

/// A point in time, in whole milliseconds; written as RFC 3339 in UTC with three decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
#[serde(try_from = "String", into = "String")]
pub struct Time(i64);

/// The years 0000 to 9999, which is what RFC 3339 can write.
const UNIX_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_207_200_000;

impl Time {
    /// A time from milliseconds since 1970-01-01T00:00:00Z; what lies outside the years 0 to 9999 is moved to their ends.
    pub fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms.clamp(*UNIX_MS.start(), *UNIX_MS.end()))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time moved by so many milliseconds, held within the years 0 to 9999.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(ms))
    }

    /// Milliseconds from an earlier time to this one; negative if that one is later.
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar day here and now at a place so many minutes ahead of UTC, as `2026-08-01`.
    pub fn date(self, utc_offset_minutes: i32) -> String {
        let local = self.plus_ms(i64::from(utc_offset_minutes) * 60_000);
        local.to_string()[..10].to_owned()
    }

    /// When a calendar day such as `2026-08-01` begins at a place so many minutes ahead of UTC.
    ///
    /// # Errors
    /// If the text is not such a date.
    pub fn day_start(date: &str, utc_offset_minutes: i32) -> Result<Self, TimeError> {
        if date.len() != 10 {
            return Err(TimeError);
        }
        let midnight: Self = format!("{date}T00:00:00Z").parse()?;
        Ok(midnight.plus_ms(-i64::from(utc_offset_minutes) * 60_000))
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let timestamp = jiff::Timestamp::from_millisecond(self.0).expect("kept within the years 0 to 9999");
        write!(f, "{timestamp:.3}")
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| TimeError)?;
        Ok(Self::from_unix_ms(
            timestamp.as_nanosecond().div_euclid(1_000_000).try_into().map_err(|_| TimeError)?,
        ))
    }
}

impl TryFrom<String> for Time {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        let time: Time = "2026-08-01T10:02:31.1209+08:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-08-01T02:02:31.120Z");
        assert_eq!(Time::from_unix_ms(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert!("yesterday".parse::<Time>().is_err());
        assert_eq!(Time::from_unix_ms(i64::MAX).plus_ms(1).to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!(Time::from_unix_ms(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_place() {
        let start = Time::day_start("2026-08-01", 480).unwrap();
        assert_eq!(start.to_string(), "2026-07-31T16:00:00.000Z");
        assert_eq!(start.date(480), "2026-08-01");
        assert_eq!(start.plus_ms(-1).date(480), "2026-07-31");
        assert!(Time::day_start("2026-02-30", 480).is_err());
        assert!(Time::day_start("26-02-03", 480).is_err());
    }
}
