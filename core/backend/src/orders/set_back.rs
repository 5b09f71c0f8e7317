//! The clock was set back. Times that were written while it was ahead lie where no pause reaches; they are told anew, so that
//! nothing waits for the days by which the clock was wrong.

use saoma_contract::Time;

use super::due::BACKOFF_MS_MAX;
use super::refunds::{SHORT_PAUSE_MS, SLOW_MS, ask_next, queue};
use super::{AttemptRecord, CLOSE_AFTER_END_MS, Due, OrderRecord, Phase, RefundPhase, RefundRecord};

/// The longest pause between two calls about an attempt whose code is not shown, with its spread.
const PAUSE_MS_MAX: i64 = BACKOFF_MS_MAX * 6 / 5;

/// Puts the times of whatever still waits right. What was sent by the clock that was ahead counts as sent now; a code keeps
/// the life it has left from there, which ends before the channel's own end of it.
pub(super) fn set_right(record: &mut OrderRecord, now: Time) {
    record.attempts.iter_mut().filter(|attempt| attempt.due.is_some()).for_each(|one| attempt(one, now));
    record.refunds.iter_mut().filter(|refund| refund.due.is_some()).for_each(|one| refund(one, now));
    for refund in record.refunds.iter_mut().filter(|refund| refund.phase == RefundPhase::Queued) {
        refund.sends_at = refund.sends_at.filter(|told| *told <= now);
    }
    queue(record, now);
}

fn attempt(attempt: &mut AttemptRecord, now: Time) {
    let back_ms = ahead_ms(attempt.sent_at, now);
    for time in [&mut attempt.sent_at, &mut attempt.code_at, &mut attempt.expires_at].into_iter().flatten() {
        *time = time.plus_ms(-back_ms);
    }
    attempt.code_at = attempt.code_at.map(|at| at.min(now));
    attempt.asked_at = attempt.asked_at.map(|at| at.min(now));
    let latest = match (attempt.phase, attempt.expires_at) {
        (Phase::Open, Some(end)) => end.plus_ms(CLOSE_AFTER_END_MS),
        _ => now.plus_ms(PAUSE_MS_MAX),
    };
    attempt.due = attempt.due.map(|due| sooner(due, back_ms, latest));
}

fn refund(refund: &mut RefundRecord, now: Time) {
    let back_ms = ahead_ms(refund.sent_at, now);
    refund.sent_at = refund.sent_at.map(|at| at.plus_ms(-back_ms));
    let latest = match (refund.phase, refund.sent_at) {
        (RefundPhase::Sending, _) => now.plus_ms(SHORT_PAUSE_MS),
        (RefundPhase::Processing, Some(sent_at)) => ask_next(sent_at, now),
        _ => now.plus_ms(SLOW_MS),
    };
    refund.due = refund.due.map(|due| sooner(due, back_ms, latest));
}

/// How far the clock was ahead when something was sent: in whole seconds, as the ends of codes are.
fn ahead_ms(sent_at: Option<Time>, now: Time) -> i64 {
    let ahead_ms = sent_at.map_or(0, |at| at.ms_since(now)).max(0);
    (ahead_ms + 999) / 1000 * 1000
}

fn sooner(due: Due, back_ms: i64, latest: Time) -> Due {
    Due { at: due.at.plus_ms(-back_ms).min(latest), ..due }
}
