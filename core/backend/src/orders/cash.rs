//! Cash: attested by who took it. It is recorded whatever the order's state, for the money is in the drawer.

use saoma_contract::{AttemptNo, CASH_CHANNEL, Time};

use super::ending::end;
use super::{By, OrderRecord, PaymentRecord};

/// A person took the order's whole amount in cash; its code is withdrawn. A time that has not come yet, by a phone whose
/// clock is wrong, is taken as now.
pub(super) fn take(record: &mut OrderRecord, attempt: Option<AttemptNo>, taken_at: Time, by: By, now: Time) {
    let Some(signed) = &record.signed else { return };
    if record.payments.iter().any(PaymentRecord::is_cash) {
        return;
    }
    let last = record.last().map(|last| last.attempt);
    record.payments.push(PaymentRecord {
        channel: CASH_CHANNEL.to_owned(),
        transaction_id: record.order_no.to_string(),
        attempt: attempt.or(last).unwrap_or(AttemptNo::FIRST),
        amount: signed.body.amount,
        currency: signed.body.currency,
        payer_amount: None,
        payer_currency: None,
        paid_at: taken_at.min(now),
        late: !record.payments.is_empty() || record.cancelled.is_some(),
        accepted: None,
        attested_by: Some(by),
        evidence: None,
    });
    record.refresh_wanted = false;
    let attempts: Vec<AttemptNo> = record.attempts.iter().map(|attempt| attempt.attempt).collect();
    for attempt in attempts {
        end(record, attempt, now);
    }
}
