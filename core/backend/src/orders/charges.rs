//! The customer's payment code: charged once under each number, asked about until known, else reversed until the reverse is
//! proven (WeChat Pay protocol B.11, C.9.1).

use saoma_contract::{AttemptNo, ProblemCode, Refusal, Time};

use super::decide::{Conflict, refuse};
use super::due::ABSENT_SURE;
use super::ending::end;
use super::{Alarm, Answer, AttemptRecord, Due, Moment, Money, OrderRecord, Phase, Step, backoff_ms, money};

/// How long after the charge the first question is asked, and how long between two (C.9.1).
pub const CHARGE_QUERY_MS: i64 = 5_000;

/// When a charge that is still unclear is reversed, and before when none may be (C.9.1).
const REVERSE_AT_MS: i64 = 45_000;
const REVERSE_FROM_MS: i64 = 15_000;

/// How often a charge that reads paid is asked to be reversed before it is taken as late money.
const REVERSES_MAX: u32 = 8;

/// What the channel answered to a charge.
#[derive(Clone, Debug)]
pub enum ChargeAnswer {
    /// Verified: paid.
    Paid(Money),
    /// The customer is typing a password.
    Paying,
    /// It said no; that is not verified.
    Refused(Refusal),
    /// Nothing could be learnt.
    Unknown,
}

/// What the channel answered to a reverse. None of it is a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReverseAnswer {
    /// Ask now how it stands.
    Asked,
    /// Not now: the same again in a while.
    Again,
    /// No answer, or none that can be understood.
    Unknown,
}

/// Ends the named attempt, and once that is proven opens the next as a charge. The channel is called by whoever sees that
/// the attempt is new; a repeat opens nothing.
pub(super) fn charge(record: &mut OrderRecord, ended: Option<AttemptNo>, now: Time) -> Result<(), Conflict> {
    let last = record.last().map(|last| last.attempt);
    if last.is_some_and(|last| ended.is_none_or(|ended| ended < last)) {
        return Ok(());
    }
    if !record.payments.is_empty() {
        return refuse(ProblemCode::OrderPaid, None, "the order is paid and takes no payment code");
    }
    if record.mismatch {
        return refuse(
            ProblemCode::OrderFrozen,
            None,
            "money came that does not match; a person must look first",
        );
    }
    if record.signed.is_none() || record.cancelled.is_some() || record.refusal.is_some() {
        return refuse(ProblemCode::OrderEnded, None, "the order has ended; ring it up anew");
    }
    let next = match (last, ended) {
        (None, None) => Some(AttemptNo::FIRST),
        (Some(last), Some(ended)) if ended == last => {
            record.refresh_wanted = false;
            end(record, last, now);
            let is_closed = record.attempts.iter().all(|attempt| attempt.phase == Phase::Closed);
            if !is_closed {
                return Ok(());
            }
            last.next()
        }
        _ => {
            return refuse(
                ProblemCode::NotLastAttempt,
                Some("attempt"),
                "the attempt is not the order's last",
            );
        }
    };
    let Some(next) = next else {
        return refuse(
            ProblemCode::AttemptsExhausted,
            None,
            "the order had its ninety-nine attempts; ring it up anew",
        );
    };
    record.attempts.push(AttemptRecord::charge(&record.order_no, next, now));
    Ok(())
}

/// When a charge may be reversed.
fn reverse_from(attempt: &AttemptRecord, now: Time) -> Time {
    attempt.sent_at.map_or(now, |sent| sent.plus_ms(REVERSE_FROM_MS)).max(now)
}

/// The channel answered to the charge.
pub(super) fn charged(
    record: &mut OrderRecord,
    no: AttemptNo,
    answer: ChargeAnswer,
    moment: Moment,
) -> Option<Alarm> {
    if let ChargeAnswer::Paid(money) = answer {
        return money::receive(record, no, money, moment.now);
    }
    let attempt = record.attempt_mut(no).filter(|attempt| !attempt.phase.has_ended())?;
    match answer {
        ChargeAnswer::Refused(refusal) => {
            // The only call there ever was said no: there is no earlier one that could still be under way.
            attempt.absent = ABSENT_SURE - 1;
            attempt.refused = Some(refusal);
            attempt.due = Some(Due { step: Step::Query, at: moment.now });
        }
        ChargeAnswer::Paying => {
            attempt.known = true;
            ask_again(attempt, moment.now);
        }
        ChargeAnswer::Unknown | ChargeAnswer::Paid(_) => ask_again(attempt, moment.now),
    }
    None
}

/// Asks again in a while, or reverses when the time for asking is over.
fn ask_again(attempt: &mut AttemptRecord, now: Time) {
    let sent_at = attempt.sent_at.unwrap_or(now);
    let at = now.plus_ms(CHARGE_QUERY_MS);
    if attempt.phase == Phase::Paying && at < sent_at.plus_ms(REVERSE_AT_MS) {
        attempt.due = Some(Due { step: Step::Query, at });
    } else if attempt.phase == Phase::Paying {
        attempt.due = Some(Due { step: Step::Reverse, at: sent_at.plus_ms(REVERSE_AT_MS).max(now) });
    } else {
        let pause_ms = match attempt.reversed {
            0 => 0,
            reversed => backoff_ms(reversed, 500).max(CHARGE_QUERY_MS),
        };
        attempt.due = Some(Due { step: Step::Reverse, at: reverse_from(attempt, now.plus_ms(pause_ms)) });
    }
}

/// What an answer about a charge makes of it; gives what a person must look at, if anything.
pub(super) fn asked(
    record: &mut OrderRecord,
    no: AttemptNo,
    answer: Answer,
    moment: Moment,
) -> Option<Alarm> {
    let now = moment.now;
    let attempt = record.attempt_mut(no)?;
    if !matches!(answer, Answer::Unknown) {
        attempt.asked_at = Some(now);
    }
    if attempt.phase.has_ended() {
        attempt.due = None;
        return match answer {
            // A close that was proven and is paid after all is money, and late.
            Answer::Paid(money) => money::receive(record, no, money, now),
            _ => None,
        };
    }
    match answer {
        Answer::Paid(money) if attempt.reversed == 0 || attempt.reversed >= REVERSES_MAX => {
            return money::receive(record, no, money, now);
        }
        // The reverse that was asked for has not been done yet.
        Answer::Paid(_) => ask_again(attempt, now),
        // The money came and went back whole, as the reverse does it.
        Answer::PaidBack(money) if attempt.reversed == 0 => return money::receive(record, no, money, now),
        Answer::PaidBack(_) | Answer::Closed => ended(attempt),
        Answer::Paying => {
            attempt.known = true;
            ask_again(attempt, now);
        }
        Answer::Failed => {
            attempt.known = true;
            withdraw(attempt, now);
        }
        Answer::NotPaid => {
            attempt.known = true;
            attempt.absent = 0;
            if attempt.refused.is_some() { withdraw(attempt, now) } else { ask_again(attempt, now) }
        }
        Answer::Absent if attempt.known => {
            ask_again(attempt, now);
            return Some(Alarm::Vanished);
        }
        Answer::Absent => {
            attempt.absent = attempt.absent.saturating_add(1);
            let is_over = attempt.refused.is_some() || attempt.reversed > 0;
            if is_over && attempt.absent >= ABSENT_SURE { ended(attempt) } else { ask_again(attempt, now) }
        }
        Answer::Unknown => ask_again(attempt, now),
    }
    None
}

fn ended(attempt: &mut AttemptRecord) {
    attempt.phase = Phase::Closed;
    attempt.due = None;
}

/// It exists and will not be paid: reversed as soon as that is allowed.
fn withdraw(attempt: &mut AttemptRecord, now: Time) {
    attempt.phase = Phase::Closing;
    attempt.due = Some(Due { step: Step::Reverse, at: reverse_from(attempt, now) });
}

/// A charge is about to be reversed: said before it is asked.
pub(super) fn reversing(record: &mut OrderRecord, no: AttemptNo, now: Time) {
    if let Some(attempt) = record.attempt_mut(no).filter(|attempt| !attempt.phase.has_ended()) {
        attempt.phase = Phase::Closing;
        attempt.reversed = attempt.reversed.saturating_add(1);
        attempt.due = Some(Due { step: Step::Query, at: now.plus_ms(CHARGE_QUERY_MS) });
    }
}

/// The channel answered to a reverse.
pub(super) fn reverse_asked(record: &mut OrderRecord, no: AttemptNo, answer: ReverseAnswer, now: Time) {
    if let Some(attempt) = record.attempt_mut(no).filter(|attempt| attempt.phase == Phase::Closing) {
        match answer {
            ReverseAnswer::Asked => attempt.due = Some(Due { step: Step::Query, at: now }),
            ReverseAnswer::Again => ask_again(attempt, now),
            ReverseAnswer::Unknown => {
                attempt.due = Some(Due { step: Step::Query, at: now.plus_ms(CHARGE_QUERY_MS) });
            }
        }
    }
}

/// In how many seconds an attempt that is being ended may be proven closed: what a till tells who waits.
pub fn closes_in_s(record: &OrderRecord, now: Time) -> u32 {
    let due = record.last().and_then(|last| last.due);
    let wait_ms = due.map_or(0, |due| due.at.ms_since(now)).max(0);
    u32::try_from(wait_ms / 1000 + 1).unwrap_or(u32::MAX).max(2)
}
