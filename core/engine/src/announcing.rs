//! What is said aloud, and when the till is quiet.

use saoma_contract::{AMOUNT_MINOR_MAX, Time};
use serde::Serialize;

use crate::error::TillError;
use crate::result::{MoneyResult, ResultKind};

const DAY_MINUTES: u16 = 24 * 60;

/// How results are announced. What is not said is shown all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Announcing {
    /// When nothing is said at all.
    pub quiet: Option<QuietHours>,
    /// Payments below so many minor units are not said. Late money and money that does not match always are.
    pub least_amount: i64,
}

/// A part of each day, by the merchant's clock; it may lie across midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct QuietHours {
    /// Its first minute, 0 to 1,439.
    pub from_minute: u16,
    /// The first minute after it, 0 to 1,439; another than its first.
    pub until_minute: u16,
}

/// A result that people have not been told yet, and whether it is to be said now or only shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// The result.
    pub result: MoneyResult,
    /// Whether it is said aloud. If not, it is shown and acknowledged as such.
    pub aloud: bool,
}

impl Announcing {
    /// Checks what a person set.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn check(&self) -> Result<(), TillError> {
        if !(0..=AMOUNT_MINOR_MAX).contains(&self.least_amount) {
            return Err(TillError::field("least_amount", format!("must be 0 to {AMOUNT_MINOR_MAX}")));
        }
        let Some(quiet) = self.quiet else { return Ok(()) };
        for (field, minute) in
            [("quiet.from_minute", quiet.from_minute), ("quiet.until_minute", quiet.until_minute)]
        {
            if minute >= DAY_MINUTES {
                return Err(TillError::field(field, format!("must be 0 to {}", DAY_MINUTES - 1)));
            }
        }
        if quiet.from_minute == quiet.until_minute {
            return Err(TillError::field("quiet.until_minute", "must be another minute than the first"));
        }
        Ok(())
    }

    /// Whether a result is said aloud now, at a place so many minutes ahead of UTC.
    pub fn says(&self, result: &MoneyResult, now: Time, utc_offset_minutes: i32) -> bool {
        let small = matches!(result.kind, ResultKind::Paid | ResultKind::Refunded)
            && !result.late
            && result.amount < self.least_amount;
        let minutes = now.unix_ms().div_euclid(60_000) + i64::from(utc_offset_minutes);
        let minute = minutes.rem_euclid(i64::from(DAY_MINUTES));
        !small && !self.quiet.is_some_and(|quiet| quiet.holds(minute))
    }
}

impl QuietHours {
    fn holds(self, minute: i64) -> bool {
        let (from, until) = (i64::from(self.from_minute), i64::from(self.until_minute));
        if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{at, number};

    fn result(kind: ResultKind, amount: i64, late: bool) -> MoneyResult {
        MoneyResult {
            key: "wechatpay:42".to_owned(),
            kind,
            order_no: number(1),
            amount,
            currency: saoma_contract::Currency::CNY,
            live: true,
            late,
            paid_at: at(0),
            learned_at: at(0),
            refund: None,
        }
    }

    fn quiet(from_minute: u16, until_minute: u16) -> Announcing {
        Announcing { quiet: Some(QuietHours { from_minute, until_minute }), least_amount: 0 }
    }

    #[test]
    fn quiet_hours_are_the_merchants_and_may_lie_across_midnight() {
        let paid = result(ResultKind::Paid, 100, false);
        let said = |set: Announcing, clock: &str| {
            set.says(&paid, format!("2026-08-01T{clock}:00+08:00").parse().unwrap(), 480)
        };
        let night = quiet(22 * 60, 7 * 60);
        for (clock, expected) in
            [("21:59", true), ("22:00", false), ("00:00", false), ("06:59", false), ("07:00", true)]
        {
            assert_eq!(said(night, clock), expected, "{clock}");
        }
        let noon = quiet(12 * 60, 13 * 60);
        assert!(said(noon, "11:59") && !said(noon, "12:30") && said(noon, "13:00"));
    }

    #[test]
    fn small_payments_can_be_left_unsaid_but_never_an_alarm() {
        let set = Announcing { quiet: None, least_amount: 100 };
        let said = |kind, amount, late| set.says(&result(kind, amount, late), at(0), 480);
        assert!(!said(ResultKind::Paid, 99, false) && said(ResultKind::Paid, 100, false));
        assert!(said(ResultKind::Paid, 99, true) && said(ResultKind::Mismatch, 1, false));
    }

    #[test]
    fn settings_that_mean_nothing_are_refused_by_name() {
        let refused = |set: Announcing| match set.check() {
            Err(TillError::Field { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(quiet(1_440, 0)), "quiet.from_minute");
        assert_eq!(refused(quiet(0, 1_440)), "quiet.until_minute");
        assert_eq!(refused(quiet(60, 60)), "quiet.until_minute");
        assert_eq!(refused(Announcing { quiet: None, least_amount: -1 }), "least_amount");
        assert_eq!(refused(Announcing { quiet: None, least_amount: AMOUNT_MINOR_MAX + 1 }), "least_amount");
        assert_eq!(Announcing::default().check(), Ok(()));
    }
}
