//! What happens to an order: pure decisions over one record, without clock, ledger or network.
//!
//! `decide(record, event, moment)` gives the record as it is afterwards. Everything that waits is in the record as a
//! [`Due`]: what is to be done next and when. So the ledger's rows are all a restart needs.

mod answers;
mod cash;
mod charges;
mod decide;
mod due;
mod ending;
mod event;
mod late;
mod money;
mod record;
mod refunds;
mod restore;
mod set_back;

pub use charges::{ChargeAnswer, ReverseAnswer, closes_in_s};
pub use decide::{Conflict, Decision, decide};
pub use due::{CLOSE_AFTER_END_MS, asking_interval_ms, backoff_ms};
pub use event::{Alarm, Answer, Event, Moment, Money};
pub use late::{LateRule, follow};
pub use record::{
    AttemptRecord, Cancelled, Due, Evidence, Kind, MismatchRecord, OrderRecord, PaymentRecord, Phase, Step,
    StoredOrder,
};
pub(crate) use refunds::NO_CALL_TO_MERCHANT;
pub use refunds::{By, Decided, RefundAnswer, RefundFact, RefundPhase, RefundRecord, Standing};
pub use restore::{Held, HeldRefund};

#[cfg(test)]
mod tests;
