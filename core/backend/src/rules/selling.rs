//! Rules about ringing up and charging.

use saoma_contract::{Amount, DeviceId, Problem};

use super::{Ceiling, Doing, Hit, Rules, enforce};
use crate::ledger::{Count, Counted, LedgerError, WriteRows};

const HOUR_MS: i64 = 60 * 60 * 1000;
const FAILED_MS: i64 = 10 * 60 * 1000;

const SOLD: &str = "sold";
const CODE_FAILED: &str = "code_failed";

/// An order that is to be rung up.
#[derive(Clone, Copy, Debug)]
pub struct Selling<'a> {
    /// The device that made it.
    pub device: &'a DeviceId,
    /// What it is.
    pub amount: Amount,
}

/// An order above the ceiling.
pub fn order_ceiling(rule: &Ceiling, amount: Amount) -> Option<Hit> {
    let limit = rule.amount;
    if amount.minor() <= limit {
        return None;
    }
    let limit = Amount::print_minor(limit, amount.currency());
    Hit::of("order_ceiling", rule.then, format!("an order of {amount}, more than {limit}"))
}

/// Too much, or too often, on one device within an hour. `before` is what that device rang up in the hour before this order.
pub fn device_hour(rule: &Ceiling, before: Count, amount: Amount) -> Option<Hit> {
    let is_over = |count: Count| count.amount > rule.amount || count.times > rule.times;
    let after =
        Count { times: before.times.saturating_add(1), amount: before.amount.saturating_add(amount.minor()) };
    if !is_over(after) {
        return None;
    }
    let sum = Amount::print_minor(after.amount, amount.currency());
    let detail = format!("{} orders of {sum} on one device within an hour", after.times);
    Hit::of("device_hour", rule.then, detail).map(|hit| Hit { again: is_over(before), ..hit })
}

/// Too many open orders of one device. `open` counts those there are before this one.
pub fn open_codes(rule: &Ceiling, open: u32) -> Option<Hit> {
    if open < rule.times {
        return None;
    }
    let detail = format!("{} open orders of one device at once", open.saturating_add(1));
    Hit::of("open_codes", rule.then, detail).map(|hit| Hit { again: open > rule.times, ..hit })
}

/// Too many payment codes refused on one device: somebody tries codes. `failed` counts those of the last ten minutes.
pub fn failed_codes(rule: &Ceiling, failed: u32) -> Option<Hit> {
    if failed < rule.times {
        return None;
    }
    let detail = format!("{failed} payment codes were refused on one device within ten minutes");
    Hit::of("failed_codes", rule.then, detail)
}

/// Checks a new order, and counts it if it may be rung up.
///
/// # Errors
/// When the ledger cannot be read or written.
pub fn check_sale(
    rows: &mut dyn WriteRows,
    rules: &Rules,
    doing: &Doing<'_>,
    sale: &Selling<'_>,
) -> Result<Option<Box<Problem>>, LedgerError> {
    let since = doing.now.plus_ms(-HOUR_MS);
    let before = rows.counted(doing.merchant, SOLD, Some(sale.device), since)?;
    let hits = [
        order_ceiling(&rules.order_ceiling, sale.amount),
        device_hour(&rules.device_hour, before, sale.amount),
        open_codes(&rules.open_codes, rows.open_orders_of(sale.device)?),
    ];
    let refused = enforce(rows, doing, hits.into_iter().flatten().collect())?;
    if refused.is_none() {
        rows.count(&Counted {
            merchant: doing.merchant.clone(),
            kind: SOLD,
            device: sale.device.clone(),
            about: doing.about.to_owned(),
            amount: sale.amount.minor(),
            at: doing.now,
        })?;
    }
    Ok(refused)
}

/// Checks a charge of a customer's payment code on a device, before it is made.
///
/// # Errors
/// When the ledger cannot be read or written.
pub fn check_charge(
    rows: &mut dyn WriteRows,
    rules: &Rules,
    doing: &Doing<'_>,
    device: &DeviceId,
) -> Result<Option<Box<Problem>>, LedgerError> {
    let failed = rows.counted(doing.merchant, CODE_FAILED, Some(device), doing.now.plus_ms(-FAILED_MS))?;
    enforce(rows, doing, failed_codes(&rules.failed_codes, failed.times).into_iter().collect())
}

/// Counts a payment code that the channel refused; `doing.about` names the attempt, which is counted once.
///
/// # Errors
/// When the ledger cannot be written.
pub fn count_failed_code(
    rows: &mut dyn WriteRows,
    doing: &Doing<'_>,
    device: &DeviceId,
) -> Result<(), LedgerError> {
    rows.count(&Counted {
        merchant: doing.merchant.clone(),
        kind: CODE_FAILED,
        device: device.clone(),
        about: doing.about.to_owned(),
        amount: 0,
        at: doing.now,
    })
}
