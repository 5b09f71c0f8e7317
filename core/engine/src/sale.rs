//! One sale: a fold over its facts. What is paid or closed here cannot be built without the statement that proves it.

mod action;
mod apply;
mod decide;
mod fact;
mod view;

pub use action::SaleAction;
pub(crate) use decide::announcements;
pub use decide::{Decision, Effect, Event, NotNow, decide};
#[cfg(test)]
pub(crate) use fact::jws_of;
pub use fact::{Call, Fact, Hint, OtherOrder, Refused};
pub use view::{PhaseWord, SaleView, ShownCode, ShownPayment};

use saoma_contract::statement::{ClosedProof, Receipt, ShowableCode};
use saoma_contract::{Amount, AttemptNo, CodeKind, Jws, OrderNo, SignedOrder, Time, Version};

/// What became of a sale, as far as it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The backend has not answered for it yet.
    Unanswered,
    /// The backend has it. Its state is a hint to show; its code was verified.
    Answered {
        /// The code that may be shown, if there is one.
        code: Option<Box<ShowableCode>>,
    },
    /// Not paid, and never payable by the attempts made so far.
    Closed(Box<ClosedProof>),
    /// Paid. Never left again.
    Paid(Box<Receipt>),
    /// Refused for good: the draft may be rung up anew under another number.
    Rejected(Refused),
    /// The same business key is open under another number; nothing was made for this one.
    Joined(OtherOrder),
    /// Given up by a person before it was ever sent.
    Dropped {
        /// Why, in the person's words.
        reason: String,
    },
}

/// A call that must be made until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which call.
    pub call: Call,
    /// Whether it may have left the phone: its outcome is then unknown until it is answered.
    pub tried: bool,
}

/// One sale. Built by [`Sale::rung_up`] and changed by [`Sale::applied`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Sale {
    order: SignedOrder,
    phase: Phase,
    pending: Option<Pending>,
    /// Another offer of the order, to a backend that has lost it; it goes before anything pending.
    offer: Option<Pending>,
    /// This attempt was to be followed by another, which has not been told yet.
    refreshing: Option<AttemptNo>,
    hint: Option<Hint>,
    attempt: AttemptNo,
    /// Codes of attempts up to this number are never shown again.
    withdrawn: u8,
    /// Attempts up to this number were told, or wanted, to end: money that comes for them is late.
    ended: u8,
    /// A code was verified for it at some time: it may be paid whatever words say.
    had_code: bool,
    /// When its ending began: a close was asked for or told.
    ending_since: Option<Time>,
    further_receipts: Vec<Receipt>,
    late: bool,
    mismatch: bool,
    /// Rounds of calls that may have left the phone.
    tries: u32,
    released_at: Option<Time>,
    notice: Option<Refused>,
}

impl Sale {
    /// A sale as it is rung up: durable first, then sent.
    pub fn rung_up(order: SignedOrder) -> Self {
        Self {
            order,
            phase: Phase::Unanswered,
            pending: Some(Pending { call: Call::Create, tried: false }),
            offer: None,
            refreshing: None,
            hint: None,
            attempt: AttemptNo::FIRST,
            withdrawn: 0,
            ended: 0,
            had_code: false,
            ending_since: None,
            further_receipts: Vec::new(),
            late: false,
            mismatch: false,
            tries: 0,
            released_at: None,
            notice: None,
        }
    }

    /// Its number.
    pub fn order_no(&self) -> &OrderNo {
        &self.order.body().order_no
    }

    /// The order as it was signed, once.
    pub fn order(&self) -> &SignedOrder {
        &self.order
    }

    /// What is asked of the customer.
    pub fn amount(&self) -> Amount {
        self.order.body().total().expect("a signed order was checked when it was signed or verified")
    }

    /// What became of it.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The call that must be made or repeated next.
    pub fn pending(&self) -> Option<Pending> {
        self.offer.or(self.pending)
    }

    /// Whether it is waiting for the attempt after one that a person ended.
    pub fn is_refreshing(&self) -> bool {
        self.refreshing.is_some()
    }

    /// The last attempt known.
    pub fn attempt(&self) -> AttemptNo {
        self.attempt
    }

    /// How new the backend's last word is.
    pub fn version(&self) -> Option<Version> {
        self.hint.as_ref().map(|hint| hint.version)
    }

    /// Money that does not match came for it: frozen, a person must look.
    pub fn mismatch(&self) -> bool {
        self.mismatch
    }

    /// Whether money came after its end, or more than once.
    pub fn late(&self) -> bool {
        self.late
    }

    /// Every receipt, oldest first.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        let first = match &self.phase {
            Phase::Paid(receipt) => Some(receipt.as_ref()),
            _ => None,
        };
        first.into_iter().chain(&self.further_receipts)
    }

    /// The statements that speak for it, at most so many: to offer it to a backend that has lost it.
    pub fn statements(&self, max: usize) -> Vec<Jws> {
        let receipts = self.receipts().map(|receipt| receipt.jws().clone());
        let rest = match &self.phase {
            Phase::Closed(proof) => Some(proof.jws().clone()),
            Phase::Answered { code } => code.as_ref().map(|code| code.jws().clone()),
            _ => None,
        };
        receipts.chain(rest).take(max).collect()
    }

    /// Whether anything is still to be asked or sent.
    pub fn is_open(&self) -> bool {
        self.pending().is_some()
            || self.refreshing.is_some()
            || matches!(self.phase, Phase::Unanswered | Phase::Answered { .. })
    }

    /// Whether money may still come for it and is not proven: what limits count. Drafts count too.
    pub fn is_unproven(&self) -> bool {
        match self.phase {
            Phase::Unanswered | Phase::Answered { .. } => true,
            // Its next attempt is on the way.
            Phase::Closed(_) => self.is_refreshing(),
            Phase::Paid(_) | Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => false,
        }
    }

    /// Whether it was never sent, as far as can be known.
    pub fn is_draft(&self) -> bool {
        matches!(self.phase, Phase::Unanswered)
            && self.pending == Some(Pending { call: Call::Create, tried: false })
    }

    /// Whether not one call about it can have left the phone.
    pub fn never_left(&self) -> bool {
        self.is_draft() && self.tries == 0
    }

    /// Whether it is a draft that has become too old to be sent without a person's word.
    pub fn waits_for_person(&self, server_now: Time) -> bool {
        let since = self.released_at.unwrap_or(self.order.body().made_at);
        self.is_draft() && server_now.ms_since(since) >= crate::ladder::DRAFT_AGE_MS_MAX
    }

    /// When its code must leave the screen, if one may be shown.
    pub fn hide_at(&self) -> Option<Time> {
        self.code().map(|code| code.statement().code.expires_at.plus_ms(-crate::ladder::HIDE_BEFORE_END_MS))
    }

    /// Whether its code is of a kind that this version can draw.
    fn can_be_drawn(&self) -> bool {
        self.code().is_none_or(|code| matches!(code.statement().code.kind, CodeKind::Qr))
    }

    /// The code, if one was verified for the last attempt and not withdrawn; its end is not looked at.
    pub fn code(&self) -> Option<&ShowableCode> {
        match &self.phase {
            Phase::Answered { code: Some(code) } if !self.mismatch => Some(code),
            _ => None,
        }
    }

    /// When it will look different by the passing of time alone: its code ends, its draft grows old.
    pub fn changes_at(&self, server_now: Time) -> Option<Time> {
        let code_ends = self.hide_at();
        let grows_old = self.is_draft().then(|| {
            self.released_at.unwrap_or(self.order.body().made_at).plus_ms(crate::ladder::DRAFT_AGE_MS_MAX)
        });
        code_ends.into_iter().chain(grows_old).filter(|at| *at > server_now).min()
    }

    /// Where the ladder stands, while there is something to ask.
    pub fn rung(&self, server_now: Time) -> Option<crate::ladder::Rung> {
        use crate::ladder::Rung;
        let since_ms = |then: Time| server_now.ms_since(then).max(0);
        if let (Some(_), Some(since)) = (self.refreshing, self.ending_since) {
            return Some(Rung::Open { age_ms: since_ms(since) });
        }
        let Phase::Answered { code } = &self.phase else { return None };
        let ended_at =
            code.as_ref().map(|code| code.statement().code.expires_at).filter(|end| *end <= server_now);
        if let Some(since) = self.ending_since.or(ended_at) {
            return Some(Rung::Ending { since_ms: since_ms(since) });
        }
        let created_at = self.hint.as_ref().map_or(self.order.body().made_at, |hint| hint.attempt_at);
        Some(Rung::Open { age_ms: since_ms(created_at) })
    }
}

#[cfg(test)]
mod tests;
