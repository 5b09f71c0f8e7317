//! The one place where an order changes.

use bytes::Bytes;
use saoma_contract::{AttemptNo, DeviceId, ProblemCode, Time};

use super::ending::end;
use super::{
    Alarm, AttemptRecord, Cancelled, Event, Kind, Moment, OrderRecord, Phase, StoredOrder, answers, cash,
    charges, late, money, refunds, restore, set_back,
};

/// An order after something happened to it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// As it is now.
    pub record: OrderRecord,
    /// What a person must look at.
    pub alarm: Option<Alarm>,
}

/// Why nothing happened. The order stays as it is, and is told beside the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// For programs.
    pub code: ProblemCode,
    /// For people.
    pub detail: String,
    /// Which field of the request is at fault.
    pub field: Option<&'static str>,
}

/// What becomes of an order by an event. Answers that come too late, twice or out of order change nothing.
///
/// # Errors
/// When a till asks for what the order's state does not allow.
pub fn decide(record: &OrderRecord, event: Event, moment: Moment) -> Result<Decision, Conflict> {
    let mut record = record.clone();
    let mut alarm = None;
    match event {
        Event::Put(order) => put(&mut record, order, moment.now)?,
        Event::Restored(order, held) => {
            put_bytes(&mut record, order)?;
            restore::restore(&mut record, &held, moment.now);
        }
        Event::Refresh(attempt) => refresh(&mut record, attempt, moment.now)?,
        Event::Cancel(attempt, by) => cancel(&mut record, attempt, by, moment.now)?,
        Event::Sending(attempt, request, expires_at) => {
            sending(&mut record, attempt, request, expires_at, moment.now);
        }
        Event::Opened(attempt, code) => answers::opened(&mut record, attempt, code, moment),
        Event::OpenUnknown(attempt) => answers::open_unknown(&mut record, attempt, moment),
        Event::OpenRefused(attempt, refusal) => answers::open_refused(&mut record, attempt, refusal, moment),
        Event::Asked(attempt, answer)
            if record.attempt(attempt).is_some_and(|one| one.kind == Kind::Code) =>
        {
            alarm = charges::asked(&mut record, attempt, answer, moment);
        }
        Event::Asked(attempt, answer) => alarm = answers::asked(&mut record, attempt, answer, moment),
        Event::CloseAsked(attempt, wait_ms) => {
            answers::close_asked(&mut record, attempt, moment.now.plus_ms(wait_ms));
        }
        Event::CloseUnknown(attempt) => answers::close_unknown(&mut record, attempt, moment),
        Event::Expired(attempt) => end(&mut record, attempt, moment.now),
        Event::Notified(attempt, money) => alarm = money::receive(&mut record, attempt, money, moment.now),
        Event::Charge(ended) => charges::charge(&mut record, ended, moment.now)?,
        Event::Charged(attempt, answer) => alarm = charges::charged(&mut record, attempt, answer, moment),
        Event::Reversing(attempt) => charges::reversing(&mut record, attempt, moment.now),
        Event::ReverseAsked(attempt, answer) => {
            charges::reverse_asked(&mut record, attempt, answer, moment.now);
        }
        Event::Cash(attempt, taken_at, by) => cash::take(&mut record, attempt, taken_at, by, moment.now),
        Event::AcceptMoney { channel, transaction_id, by } => {
            late::accept(&mut record, &channel, &transaction_id, by, moment.now)?;
        }
        Event::AskRefund { refund_no, asked, by, waits_for_manager } => {
            refunds::ask(&mut record, &refund_no, asked, by, waits_for_manager, moment.now)?;
        }
        Event::DecideRefund { refund_no, approve, reason, by } => {
            refunds::say(&mut record, &refund_no, approve, reason, by, moment.now)?;
        }
        Event::RefundToMerchant(refund_no) => {
            refunds::to_merchant(&mut record, &refund_no, moment.now)?;
        }
        Event::RefundSending(refund_no, request) => {
            refunds::sending(&mut record, &refund_no, request, moment.now);
        }
        Event::RefundTold(refund_no, answer) => {
            alarm = refunds::told(&mut record, &refund_no, answer, moment);
        }
        Event::ClockSetBack => set_back::set_right(&mut record, moment.now),
    }
    open_next_if_wanted(&mut record, moment.now);
    Ok(Decision { record, alarm })
}

fn conflict<T>(code: ProblemCode, detail: impl Into<String>) -> Result<T, Conflict> {
    refuse(code, None, detail)
}

/// A conflict about one field of the request.
pub(super) fn refuse<T>(
    code: ProblemCode,
    field: Option<&'static str>,
    detail: impl Into<String>,
) -> Result<T, Conflict> {
    Err(Conflict { code, detail: detail.into(), field })
}

/// The signed bytes, taken once and compared ever after.
fn put_bytes(record: &mut OrderRecord, order: StoredOrder) -> Result<(), Conflict> {
    match &record.signed {
        Some(known) if known.jws == order.jws => Ok(()),
        Some(_) => conflict(
            ProblemCode::OtherBytes,
            "the number stands for an order with other bytes; make a new number for another order",
        ),
        None => {
            record.store = order.body.store.clone();
            record.signed = Some(order);
            Ok(())
        }
    }
}

fn put(record: &mut OrderRecord, order: StoredOrder, now: Time) -> Result<(), Conflict> {
    let is_new = record.signed.is_none() && record.cancelled.is_none();
    put_bytes(record, order)?;
    if is_new && !record.is_by_code() {
        record.attempts.push(AttemptRecord::new(&record.order_no, AttemptNo::FIRST, now));
    }
    Ok(())
}

fn refresh(record: &mut OrderRecord, attempt: AttemptNo, now: Time) -> Result<(), Conflict> {
    if !record.payments.is_empty() {
        return conflict(ProblemCode::OrderPaid, "the order is paid and takes no new attempt");
    }
    if record.mismatch {
        return conflict(
            ProblemCode::OrderFrozen,
            "money came that does not match; a person must look first",
        );
    }
    if record.cancelled.is_some() || record.refusal.is_some() {
        return conflict(ProblemCode::OrderEnded, "the order has ended; ring it up anew");
    }
    let last = record.last().map(|last| last.attempt);
    if last.is_some_and(|last| attempt < last) {
        return Ok(());
    }
    if last != Some(attempt) {
        return conflict(ProblemCode::NotLastAttempt, format!("attempt {attempt} is not the order's last"));
    }
    if attempt.next().is_none() {
        return conflict(
            ProblemCode::AttemptsExhausted,
            "the order had its ninety-nine attempts; ring it up anew",
        );
    }
    record.refresh_wanted = true;
    end(record, attempt, now);
    Ok(())
}

fn cancel(record: &mut OrderRecord, attempt: AttemptNo, by: DeviceId, now: Time) -> Result<(), Conflict> {
    if !record.payments.is_empty() {
        return Ok(());
    }
    let last = record.last().map(|last| last.attempt);
    if last.is_some_and(|last| last != attempt) {
        return conflict(ProblemCode::NotLastAttempt, format!("attempt {attempt} is not the order's last"));
    }
    if record.is_by_code() && last.is_none() && record.cancelled.is_none() {
        // The ledger may have lost charges that the till knows of: the channel is asked about each.
        let mut lost = Some(AttemptNo::FIRST);
        while let Some(no) = lost.filter(|no| *no <= attempt) {
            record.attempts.push(AttemptRecord::charge(&record.order_no, no, now));
            lost = no.next();
        }
        let lost: Vec<AttemptNo> = record.attempts.iter().map(|one| one.attempt).collect();
        lost.into_iter().for_each(|no| end(record, no, now));
    }
    record.cancelled.get_or_insert(Cancelled { at: now, by });
    record.refresh_wanted = false;
    end(record, attempt, now);
    Ok(())
}

fn sending(record: &mut OrderRecord, attempt: AttemptNo, request: Bytes, expires_at: Time, now: Time) {
    if let Some(attempt) = record.attempt_mut(attempt)
        && attempt.phase == Phase::Opening
        && attempt.sent_at.is_none()
    {
        attempt.request = Some(request);
        attempt.sent_at = Some(now);
        attempt.expires_at = Some(expires_at);
    }
}

fn open_next_if_wanted(record: &mut OrderRecord, now: Time) {
    if !record.refresh_wanted || record.attempts.iter().any(|attempt| attempt.phase != Phase::Closed) {
        return;
    }
    record.refresh_wanted = false;
    let may_open = record.payments.is_empty() && record.refusal.is_none() && record.cancelled.is_none();
    if let Some(next) = record.last().and_then(|last| last.attempt.next())
        && may_open
    {
        record.attempts.push(AttemptRecord::new(&record.order_no, next, now));
    }
}
