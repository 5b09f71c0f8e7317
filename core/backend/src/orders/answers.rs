//! What the channel's answers make of an attempt.

use saoma_contract::{AttemptNo, Refusal, Time};

use super::due::{ABSENT_PAUSE_MS, ABSENT_SURE, ANSWERED_TRIES_MAX, OPEN_REPEATS, after_code};
use super::ending::end;
use super::{Alarm, Answer, AttemptRecord, Due, Moment, OrderRecord, Phase, Step, backoff_ms, money};

/// The attempt, unless it has ended: what is said of an ended one comes too late.
fn pending(record: &mut OrderRecord, attempt: AttemptNo) -> Option<&mut AttemptRecord> {
    record.attempt_mut(attempt).filter(|attempt| !attempt.phase.has_ended())
}

fn later(attempt: &mut AttemptRecord, step: Step, moment: Moment) {
    attempt.tries = attempt.tries.saturating_add(1);
    attempt.due = Some(Due { step, at: moment.now.plus_ms(backoff_ms(attempt.tries, moment.permille)) });
}

pub(super) fn opened(record: &mut OrderRecord, attempt: AttemptNo, code: String, moment: Moment) {
    let is_paid = !record.payments.is_empty();
    let Some(attempt) = pending(record, attempt) else { return };
    attempt.known = true;
    attempt.tries = 0;
    attempt.absent = 0;
    attempt.refused = None;
    if attempt.phase == Phase::Opening && !is_paid {
        attempt.phase = Phase::Open;
        attempt.code = Some(code);
        attempt.code_at = Some(moment.now);
        let expires_at = attempt.expires_at.unwrap_or(moment.now);
        attempt.due = Some(after_code(moment.now, expires_at, moment.now));
    } else if attempt.phase == Phase::Closing {
        attempt.due = Some(Due { step: Step::Close, at: moment.now });
    }
}

pub(super) fn open_unknown(record: &mut OrderRecord, attempt: AttemptNo, moment: Moment) {
    let Some(attempt) = pending(record, attempt) else { return };
    if attempt.phase == Phase::Open {
        return;
    }
    let step = if attempt.tries < OPEN_REPEATS { Step::Open } else { Step::Query };
    later(attempt, step, moment);
}

pub(super) fn open_refused(record: &mut OrderRecord, attempt: AttemptNo, refusal: Refusal, moment: Moment) {
    let Some(attempt) = pending(record, attempt) else { return };
    if attempt.phase == Phase::Open {
        return;
    }
    if attempt.tries == 0 {
        // The very first answer was no: there is no earlier call that could still be under way.
        attempt.absent = ABSENT_SURE - 1;
    }
    attempt.refused = Some(refusal);
    attempt.due = Some(Due { step: Step::Query, at: moment.now });
}

/// What an answer about an attempt makes of it; gives what a person must look at, if anything.
pub(super) fn asked(
    record: &mut OrderRecord,
    no: AttemptNo,
    answer: Answer,
    moment: Moment,
) -> Option<Alarm> {
    let attempt = record.attempt_mut(no)?;
    if !matches!(answer, Answer::Unknown) {
        attempt.asked_at = Some(moment.now);
    }
    if attempt.phase.has_ended() && !matches!(answer, Answer::Paid(_) | Answer::PaidBack(_)) {
        // Asked once more because a device holds a receipt: anything but money changes nothing.
        match (&answer, attempt.due) {
            (Answer::Unknown, Some(due)) => later(attempt, due.step, moment),
            _ => attempt.due = None,
        }
        return None;
    }
    match answer {
        Answer::Paid(money) | Answer::PaidBack(money) => {
            return money::receive(record, no, money, moment.now);
        }
        Answer::Closed => closed(record, no),
        Answer::NotPaid => not_paid(record, no, moment),
        Answer::Absent => return absent(record, no, moment),
        // The last two are never said of a QR order.
        Answer::Unknown | Answer::Paying | Answer::Failed => query_again(attempt, moment),
    }
    None
}

/// Proven closed. A refusal counts only now, and only for an attempt that never had a code.
fn closed(record: &mut OrderRecord, no: AttemptNo) {
    let Some(attempt) = pending(record, no) else { return };
    attempt.phase = Phase::Closed;
    attempt.due = None;
    let refused = if attempt.code.is_none() { attempt.refused.clone() } else { None };
    if record.cancelled.is_none() && record.refusal.is_none() {
        record.refusal = refused;
    }
}

fn not_paid(record: &mut OrderRecord, no: AttemptNo, moment: Moment) {
    let Some(attempt) = pending(record, no) else { return };
    let was_known = std::mem::replace(&mut attempt.known, true);
    attempt.absent = 0;
    match attempt.phase {
        // It exists, but no call will give its code any more.
        Phase::Opening
            if attempt.refused.is_some() || attempt.expires_at.is_some_and(|end| moment.now >= end) =>
        {
            end(record, no, moment.now);
            if let Some(attempt) = pending(record, no) {
                attempt.due = Some(Due { step: Step::Close, at: moment.now });
            }
        }
        // It exists and its code was lost on the way: the same call gives another.
        Phase::Opening => {
            if !was_known {
                attempt.tries = 0;
            }
            let pause_ms = if attempt.tries == 0 { 0 } else { backoff_ms(attempt.tries, moment.permille) };
            attempt.due = Some(Due { step: Step::Open, at: moment.now.plus_ms(pause_ms) });
        }
        Phase::Open => {
            attempt.tries = 0;
            attempt.due = Some(own_schedule(attempt, moment.now));
        }
        Phase::Closing if was_known && attempt.tries > 0 => {
            attempt.tries = attempt.tries.min(ANSWERED_TRIES_MAX);
            later(attempt, Step::Close, moment);
        }
        Phase::Closing => {
            attempt.tries = attempt.tries.max(1);
            attempt.due = Some(Due { step: Step::Close, at: moment.now });
        }
        Phase::Paying | Phase::Closed | Phase::Paid => {}
    }
}

/// The channel says that it has no such attempt. One that it did have before cannot vanish: a person must look. One that
/// never had a code, was refused (or is known only from a device), and is absent whenever asked, was never made.
fn absent(record: &mut OrderRecord, no: AttemptNo, moment: Moment) -> Option<Alarm> {
    let attempt = pending(record, no)?;
    attempt.absent = attempt.absent.saturating_add(1);
    if attempt.known {
        query_again(attempt, moment);
        return Some(Alarm::Vanished);
    }
    if attempt.absent < ABSENT_SURE {
        attempt.due = Some(Due { step: Step::Query, at: moment.now.plus_ms(ABSENT_PAUSE_MS) });
    } else if attempt.refused.is_some() || attempt.request.is_none() {
        closed(record, no);
    } else {
        attempt.absent = 0;
        attempt.tries = 0;
        attempt.due = Some(Due { step: Step::Open, at: moment.now });
    }
    None
}

/// Nothing was learnt: asks again, for a code on show never later than its own times.
fn query_again(attempt: &mut AttemptRecord, moment: Moment) {
    later(attempt, Step::Query, moment);
    if attempt.phase == Phase::Open {
        let own = own_schedule(attempt, moment.now);
        if attempt.due.is_none_or(|due| own.at < due.at) {
            attempt.due = Some(own);
        }
    }
}

fn own_schedule(attempt: &AttemptRecord, now: Time) -> Due {
    let code_at = attempt.code_at.unwrap_or(now);
    after_code(code_at, attempt.expires_at.unwrap_or(now), now)
}

/// The answer to a close proves nothing; it is asked how the attempt stands.
pub(super) fn close_asked(record: &mut OrderRecord, no: AttemptNo, at: Time) {
    if let Some(attempt) = pending(record, no)
        && attempt.phase == Phase::Closing
    {
        attempt.tries = attempt.tries.max(1);
        attempt.due = Some(Due { step: Step::Query, at });
    }
}

pub(super) fn close_unknown(record: &mut OrderRecord, no: AttemptNo, moment: Moment) {
    if let Some(attempt) = pending(record, no)
        && attempt.phase == Phase::Closing
    {
        later(attempt, Step::Query, moment);
    }
}
