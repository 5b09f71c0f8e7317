//! The beginning of an attempt's end.

use saoma_contract::{AttemptNo, Time};

use super::{Due, OrderRecord, Phase, Step};

/// Withdraws an attempt: at once if it was never sent, else its close is proven first. A charge is asked about, then reversed. One whose making is in doubt is
/// made first, with the same bytes, so that there is something to close.
pub(super) fn end(record: &mut OrderRecord, attempt: AttemptNo, now: Time) {
    let Some(attempt) = record.attempt_mut(attempt) else { return };
    if attempt.phase == Phase::Paying {
        attempt.phase = Phase::Closing;
        attempt.due = Some(Due { step: Step::Query, at: now });
        return;
    }
    let step = match attempt.phase {
        Phase::Opening if attempt.sent_at.is_none() => {
            attempt.phase = Phase::Closed;
            attempt.due = None;
            return;
        }
        Phase::Opening if attempt.refused.is_some() => Step::Query,
        Phase::Opening if !attempt.known => Step::Open,
        Phase::Opening | Phase::Open => Step::Close,
        Phase::Paying | Phase::Closing | Phase::Closed | Phase::Paid => return,
    };
    attempt.phase = Phase::Closing;
    attempt.tries = 0;
    attempt.due = Some(Due { step, at: now });
}
