//! What a person may do about a sale now, so that no shell needs a rule of its own.

use serde::Serialize;

use super::decide::{Event, decide};
use super::{PhaseWord, Sale};
use crate::clock::Now;

/// Something that a person may do about a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleAction {
    /// End it.
    Cancel,
    /// Have a fresh code made.
    Refresh,
    /// Have the channel asked now.
    CheckNow,
    /// Send an old draft after all, or give it up.
    Decide,
    /// Show its receipt.
    Receipt,
}

impl Sale {
    /// What may be done: whatever [`decide`] would not refuse, and would not answer by doing nothing.
    pub fn actions(&self, now: Now) -> Vec<SaleAction> {
        let would = |event| {
            let decision = decide(self, event, now);
            decision.refused.is_none() && !decision.effects.is_empty()
        };
        let possible = [
            (SaleAction::Decide, self.word(now) == PhaseWord::WaitingForPerson),
            (SaleAction::Cancel, would(Event::Cancel(self.attempt))),
            (SaleAction::Refresh, would(Event::Refresh(self.attempt))),
            (SaleAction::CheckNow, self.is_open() && !self.is_draft()),
            (SaleAction::Receipt, self.receipts().next().is_some()),
        ];
        possible.into_iter().filter(|(_, may)| *may).map(|(action, _)| action).collect()
    }
}
