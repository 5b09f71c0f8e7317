//! Orders that a device offers again after the ledger lost something: its statements say how far they were.

use saoma_contract::{AttemptNo, CASH_CHANNEL, NewRefund, Payment, RefundNo, Time};

use super::ending::end;
use super::{AttemptRecord, Cancelled, Due, Kind, OrderRecord, Phase, Step, refunds};

/// What a device's verified statements say of an order. It is never believed as proof: it only says which attempts the
/// channel must be asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The codes it was given: the attempt, the text, until when.
    pub codes: Vec<(AttemptNo, String, Time)>,
    /// The highest attempt that any statement names.
    pub last: Option<AttemptNo>,
    /// Whether a statement says paid by a channel.
    pub paid: bool,
    /// Whether a statement says paid in cash: of that a channel knows nothing.
    pub cash: bool,
    /// Whether a statement says closed.
    pub closed: bool,
    /// What statements say was given back by a channel.
    pub refunds: Vec<HeldRefund>,
}

impl Held {
    /// Takes down that a statement says paid, and gives the attempt that it names.
    pub fn was_paid(&mut self, payment: &Payment) -> Option<AttemptNo> {
        if payment.channel == CASH_CHANNEL {
            self.cash = true;
        } else {
            self.paid = true;
        }
        Some(payment.attempt)
    }
}

/// A refund that a statement says was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRefund {
    /// Its number.
    pub refund_no: RefundNo,
    /// Of which payment, how much.
    pub asked: NewRefund,
    /// When, as the channel said.
    pub done_at: Time,
}

/// Brings back the attempts that the statements name, and asks the channel about each.
pub(super) fn restore(record: &mut OrderRecord, held: &Held, now: Time) {
    held.refunds.iter().for_each(|refund| refunds::restore(record, refund, now));
    let mut next = record.last().map_or(Some(AttemptNo::FIRST), |last| last.attempt.next());
    while let Some(no) = next.filter(|no| held.last.is_some_and(|last| *no <= last)) {
        let attempt = lost(record, held, no, now);
        record.attempts.push(attempt);
        next = no.next();
    }
    if record.attempts.is_empty() && record.cancelled.is_none() {
        match &record.signed {
            Some(signed) if held.closed => {
                record.cancelled = Some(Cancelled { at: now, by: signed.body.device.clone() });
            }
            _ => record.attempts.push(AttemptRecord::new(&record.order_no, AttemptNo::FIRST, now)),
        }
    }
    if !record.payments.is_empty() {
        return;
    }
    let last = record.last().map(|last| last.attempt);
    let numbers: Vec<AttemptNo> = record.attempts.iter().map(|attempt| attempt.attempt).collect();
    for no in numbers {
        if Some(no) != last {
            end(record, no, now);
        }
        if let Some(attempt) = record.attempt_mut(no)
            && attempt.sent_at.is_some()
            && attempt.known
            && (held.paid || !attempt.phase.has_ended())
        {
            attempt.due = Some(Due { step: Step::Query, at: now });
        }
    }
}

/// An attempt that the ledger forgot: its code goes on while it lives and the order can be paid, else it is asked about until its
/// end is proven.
fn lost(record: &OrderRecord, held: &Held, no: AttemptNo, now: Time) -> AttemptRecord {
    let is_settled = held.paid || held.cash || held.closed || !record.payments.is_empty();
    let may_be_paid = !is_settled && record.cancelled.is_none() && !record.mismatch;
    let mut attempt = AttemptRecord::new(&record.order_no, no, now);
    if record.is_by_code() && !held.paid {
        attempt.kind = Kind::Code;
    }
    attempt.phase = Phase::Closing;
    attempt.sent_at = Some(now);
    attempt.due = Some(Due { step: Step::Query, at: now });
    attempt.known = held.paid && Some(no) == held.last;
    if let Some((_, text, expires_at)) = held.codes.iter().find(|(of, _, _)| *of == no) {
        attempt.known = true;
        attempt.expires_at = Some(*expires_at);
        if *expires_at > now && Some(no) == held.last && may_be_paid {
            attempt.phase = Phase::Open;
            attempt.code = Some(text.clone());
            attempt.code_at = Some(now);
        }
    }
    attempt
}
