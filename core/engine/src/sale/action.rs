//! What a person may do about a sale now, so that no shell needs a rule of its own.

use serde::Serialize;

use super::decide::{Event, decide};
use super::{Phase, PhaseWord, Sale};
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
    /// Take its amount in cash.
    TakeCash,
    /// Scan the customer's payment code.
    Scan,
    /// Give money back.
    Refund,
    /// Say yes or no to a refund that waits for a manager.
    DecideRefund,
    /// Keep late money, or give it back.
    DecideLateMoney,
}

impl Sale {
    /// Whether a payment code may be scanned although the backend has not answered for the sale yet.
    pub(crate) fn awaits_scan(&self) -> bool {
        self.is_by_code() && matches!(self.phase, Phase::Unanswered) && !self.is_in_cash()
    }

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
            (SaleAction::Receipt, self.takings().next().is_some()),
            (SaleAction::TakeCash, would(Event::Cash { staff: None })),
            (SaleAction::Scan, would(Event::Charge(self.last_attempt())) || self.awaits_scan()),
            (SaleAction::Refund, self.has_refundable(now.server)),
            (SaleAction::DecideRefund, self.has_refund_to_decide()),
            (SaleAction::DecideLateMoney, self.has_late_money_to_decide()),
        ];
        possible.into_iter().filter(|(_, may)| *may).map(|(action, _)| action).collect()
    }
}
