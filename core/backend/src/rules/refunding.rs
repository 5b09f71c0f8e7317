//! Rules about giving money back.

use saoma_contract::{Amount, Currency, DeviceId, Problem, Time};

use super::{DayShare, Doing, Hit, Night, Rules, enforce};
use crate::ledger::{Counted, LedgerError, WriteRows};

const HOUR_MS: i64 = 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

const REFUND_ASKED: &str = "refund_asked";

/// A refund that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Refunding<'a> {
    /// The device that asks.
    pub device: &'a DeviceId,
    /// Minor units.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// When the money came, by the channel's time.
    pub paid_at: Time,
    /// Minutes ahead of UTC at which the merchant's days begin.
    pub utc_offset_minutes: i32,
}

/// More than the day's share. `paid` and `refunded` are the minor units of the day before this refund.
pub fn refund_day_share(
    rule: &DayShare,
    paid: i64,
    refunded: i64,
    amount: i64,
    currency: Currency,
) -> Option<Hit> {
    let after = refunded.saturating_add(amount);
    // 128 bits hold any sum of minor units times a percentage.
    let share = i128::from(paid) * i128::from(rule.percent) / 100;
    if after <= rule.free || i128::from(after) <= share {
        return None;
    }
    let print = |minor| Amount::print_minor(minor, currency);
    let detail = format!("refunds of {} today, with {} paid today", print(after), print(paid));
    Hit::of("refund_day_share", rule.then, detail)
}

/// At night, and soon after the payment.
pub fn refund_at_night(rule: &Night, paid_at: Time, now: Time, utc_offset_minutes: i32) -> Option<Hit> {
    let after_ms = now.ms_since(paid_at);
    let local_ms = now.unix_ms() + i64::from(utc_offset_minutes) * MINUTE_MS;
    let hour = local_ms.div_euclid(HOUR_MS).rem_euclid(24);
    let (from, until) = (i64::from(rule.from_hour), i64::from(rule.until_hour));
    let is_night = if from <= until { (from..until).contains(&hour) } else { hour >= from || hour < until };
    if !is_night || after_ms > i64::from(rule.within_minutes) * MINUTE_MS {
        return None;
    }
    let detail = format!("a refund at night, {} minutes after the payment", (after_ms / MINUTE_MS).max(0));
    Hit::of("refund_at_night", rule.then, detail)
}

/// Checks a new refund, and counts it if it may be asked for. Where a rule asks for a manager and a cashier asks, the refund
/// is not refused for it: it waits for a manager as every refund of a cashier's does.
///
/// # Errors
/// When the ledger cannot be read or written.
pub fn check_refund(
    rows: &mut dyn WriteRows,
    rules: &Rules,
    doing: &Doing<'_>,
    refund: &Refunding<'_>,
) -> Result<Option<Box<Problem>>, LedgerError> {
    let today = doing.now.date(refund.utc_offset_minutes);
    let midnight = Time::day_start(&today, refund.utc_offset_minutes).unwrap_or(doing.now);
    let paid = rows.paid_since(doing.merchant, midnight)?;
    let refunded = rows.counted(doing.merchant, REFUND_ASKED, None, midnight)?.amount;
    let hits = [
        refund_day_share(&rules.refund_day_share, paid, refunded, refund.amount, refund.currency),
        refund_at_night(&rules.refund_at_night, refund.paid_at, doing.now, refund.utc_offset_minutes),
    ];
    let waits = Doing { may_decide: true, ..doing.clone() };
    let refused = enforce(rows, &waits, hits.into_iter().flatten().collect())?;
    if refused.is_none() {
        rows.count(&Counted {
            merchant: doing.merchant.clone(),
            kind: REFUND_ASKED,
            device: refund.device.clone(),
            about: doing.about.to_owned(),
            amount: refund.amount,
            at: doing.now,
        })?;
    }
    Ok(refused)
}
