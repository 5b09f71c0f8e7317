//! A day as bills cut it, and what lies near its ends.

use saoma_contract::{Time, TimeError};

use super::books::Place;

/// The zone in which WeChat Pay cuts days (WeChat Pay protocol B.10.3).
pub const BILL_OFFSET_MINUTES: i32 = 480;

/// How near to midnight the two sides' clocks may put one payment on different days.
const EDGE_MS: i64 = 10 * 60 * 1000;

pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A day of the bill's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillDay {
    /// Its first moment.
    pub from: Time,
}

impl BillDay {
    /// The day of this date, such as `2026-08-01`.
    ///
    /// # Errors
    /// If the text is not such a date.
    pub fn of(date: &str) -> Result<Self, TimeError> {
        Time::day_start(date, BILL_OFFSET_MINUTES).map(|from| Self { from })
    }

    /// Its date.
    pub fn date(self) -> String {
        self.from.date(BILL_OFFSET_MINUTES)
    }

    /// The day before and the day after.
    pub fn neighbours(self) -> [Self; 2] {
        [-DAY_MS, DAY_MS].map(|ms| Self { from: self.from.plus_ms(ms) })
    }

    /// From when to when the books are read: the day, and minutes before and after it.
    pub fn span(self) -> (Time, Time) {
        (self.from.plus_ms(-EDGE_MS), self.from.plus_ms(DAY_MS + EDGE_MS))
    }

    /// Whether a time lies so near that this day's bill may have what happened then.
    pub(super) fn reaches(self, at: Time) -> bool {
        let (from, until) = self.span();
        from <= at && at < until
    }

    pub(super) fn place(self, at: Time) -> Place {
        let into = at.ms_since(self.from);
        match into {
            _ if !(0..DAY_MS).contains(&into) => Place::Outside,
            _ if !(EDGE_MS..DAY_MS - EDGE_MS).contains(&into) => Place::Edge,
            _ => Place::Inside,
        }
    }
}
