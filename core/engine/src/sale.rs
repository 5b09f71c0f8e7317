//! One sale: a fold over its facts. What is paid or closed here cannot be built without the statement that proves it.

mod action;
mod apply;
mod decide;
mod fact;
mod payment_receipt;
mod refund;
mod view;

pub use action::SaleAction;
pub(crate) use decide::announcements;
pub use decide::{Decision, Effect, Event, NotNow, decide};
#[cfg(test)]
pub(crate) use fact::jws_of;
pub use fact::{Call, Fact, Hint, OtherOrder, Refused};
pub use payment_receipt::PaymentReceipt;
pub use refund::{NoRefund, RefundAsk, RefundKey, RefundWord, ShownRefund};
pub use view::{PhaseWord, SaleView, ShownCode, ShownPayment};

use saoma_contract::statement::{ClosedProof, ShowableCode};
use saoma_contract::{
    Amount, AttemptNo, CodeKind, Jws, Method, Mismatch, OrderNo, OrderState, RefundState, SignedOrder,
    StaffId, Time, Version,
};

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
    Paid(Box<PaymentReceipt>),
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

/// Cash that a person took, by that person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cash {
    /// When.
    pub taken_at: Time,
    /// The attempt whose code was shown last, if one was.
    pub attempt: Option<AttemptNo>,
    /// Who took it.
    pub staff: Option<StaffId>,
}

/// A customer's payment code that was sent to be charged, and whose outcome is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charging {
    /// The attempt that the charge ends.
    pub ends: Option<AttemptNo>,
    since: Time,
    /// What holds again if the charge turns out never to have arrived.
    withdrawn_before: u8,
    ended_before: u8,
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
    further_receipts: Vec<PaymentReceipt>,
    /// Taken in cash here.
    cash: Option<Cash>,
    /// The backend's attested receipt of cash.
    cash_receipt: Option<PaymentReceipt>,
    charging: Option<Charging>,
    /// When another payment code may be scanned, after an earlier code that could not be closed at once.
    scan_again_at: Option<Time>,
    asks: Vec<RefundAsk>,
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
            cash: None,
            cash_receipt: None,
            charging: None,
            scan_again_at: None,
            asks: Vec::new(),
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
        let ask = self.asks.iter().find(|ask| ask.pending);
        let ask = ask.map(|ask| Pending { call: Call::Refund(ask.key), tried: ask.tried });
        self.offer.or(self.pending).or(ask)
    }

    /// Cash that was taken for it here.
    pub fn cash(&self) -> Option<&Cash> {
        self.cash.as_ref()
    }

    /// Whether it was paid in cash, by the word of a person.
    pub fn is_in_cash(&self) -> bool {
        self.cash.is_some() || self.cash_receipt.is_some()
    }

    /// The charge whose outcome is not known yet.
    pub fn charging(&self) -> Option<Charging> {
        self.charging
    }

    /// Whether it is to be paid by the customer's payment code.
    pub fn is_by_code(&self) -> bool {
        self.order.body().method == Method::WechatpayCode
    }

    /// The last attempt, if any was made: what a charge names.
    pub fn last_attempt(&self) -> Option<AttemptNo> {
        let none_yet = self.hint.as_ref().is_none_or(|hint| hint.none_yet);
        (!none_yet).then_some(self.attempt)
    }

    /// Whether money may still come by a code that was made for it.
    pub fn may_still_be_paid(&self) -> bool {
        match self.phase {
            // Cash that is brought with the order keeps any code from being made, unless an earlier try was without it.
            Phase::Unanswered => self.tries > 0,
            Phase::Answered { .. } => self.hint.as_ref().is_none_or(|hint| !hint.none_yet),
            Phase::Closed(_) => self.is_refreshing() || self.charging.is_some(),
            Phase::Paid(_) | Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => false,
        }
    }

    /// Whether the backend has written the cash down.
    fn cash_is_recorded(&self) -> bool {
        self.cash_receipt.is_some() || self.hint.as_ref().is_some_and(|hint| hint.cash)
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

    /// Every receipt of proven money, oldest first.
    pub fn receipts(&self) -> impl Iterator<Item = &PaymentReceipt> {
        let first = match &self.phase {
            Phase::Paid(receipt) => Some(receipt.as_ref()),
            _ => None,
        };
        first.into_iter().chain(&self.further_receipts)
    }

    /// Every receipt: cash, by a person's word, and what is proven.
    pub fn takings(&self) -> impl Iterator<Item = &PaymentReceipt> {
        self.cash_receipt.iter().chain(self.receipts())
    }

    /// Whether a receipt's money is late: as the merchant's statements say where one of them does, for where cash met a code's
    /// payment the merchant says which of the two was too much. Before that, as this till knows it.
    pub(crate) fn is_late(&self, receipt: &PaymentReceipt) -> bool {
        if !receipt.is_proven() || self.takings().any(|one| one.payment().late) {
            return receipt.payment().late;
        }
        let is_first = self.receipts().next().is_some_and(|first| first.key() == receipt.key());
        !is_first || (self.late && self.further_receipts.is_empty())
    }

    /// The statements that speak for it, at most so many: to offer it to a backend that has lost it.
    pub fn statements(&self, max: usize) -> Vec<Jws> {
        let receipts = self.takings().map(|receipt| receipt.jws().clone());
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
            || self.charging.is_some()
            || self.refunding_since().is_some()
            || match self.phase {
                Phase::Unanswered | Phase::Answered { .. } => {
                    !self.is_in_cash() || self.may_still_be_paid() || !self.cash_is_recorded()
                }
                _ => false,
            }
    }

    /// Whether money may still come for it and is not proven: what limits count. Drafts count too.
    pub fn is_unproven(&self) -> bool {
        match self.phase {
            _ if self.is_in_cash() => self.may_still_be_paid(),
            Phase::Unanswered | Phase::Answered { .. } => !self.is_given_back(),
            // Its next attempt is on the way.
            Phase::Closed(_) => self.is_refreshing() || self.charging.is_some(),
            Phase::Paid(_) | Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => false,
        }
    }

    /// Whether money that does not match came for it, as the backend tells, every bit of it went back, and nothing else is open.
    fn is_given_back(&self) -> bool {
        let Some(hint) = self.hint.as_ref().filter(|hint| hint.mismatch && hint.state == OrderState::Closing)
        else {
            return false;
        };
        let went_back = |money: &Mismatch| {
            let of_it = hint.refunds.iter().filter(|refund| {
                refund.channel == money.channel
                    && refund.transaction_id == money.transaction_id
                    && refund.state == RefundState::Done
            });
            of_it.fold(0, |sum: i64, refund| sum.saturating_add(refund.amount)) >= money.amount
        };
        !hint.mismatches.is_empty() && hint.mismatches.iter().all(went_back)
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
        self.is_draft() && !self.is_in_cash() && server_now.ms_since(since) >= crate::ladder::DRAFT_AGE_MS_MAX
    }

    /// When its code must leave the screen, if one may be shown.
    pub fn hide_at(&self) -> Option<Time> {
        self.code().map(|code| code.statement().code.expires_at.plus_ms(-crate::ladder::HIDE_BEFORE_END_MS))
    }

    /// Whether its code is of a kind that this version can draw.
    fn can_be_drawn(&self) -> bool {
        self.code().is_none_or(|code| matches!(code.statement().code.kind, CodeKind::Qr))
    }

    /// The code, if one was verified for the last attempt and not withdrawn, and nothing forbids it; its end is not looked at.
    pub fn code(&self) -> Option<&ShowableCode> {
        match &self.phase {
            Phase::Answered { code: Some(code) } if !self.mismatch && !self.is_in_cash() => Some(code),
            _ => None,
        }
    }

    /// When it will look different by the passing of time alone: its code ends, its draft grows old.
    pub fn changes_at(&self, server_now: Time) -> Option<Time> {
        let code_ends = self.hide_at();
        let grows_old = (self.is_draft() && !self.is_in_cash()).then(|| {
            self.released_at.unwrap_or(self.order.body().made_at).plus_ms(crate::ladder::DRAFT_AGE_MS_MAX)
        });
        code_ends.into_iter().chain(grows_old).chain(self.scan_again_at).filter(|at| *at > server_now).min()
    }

    /// Whether the backend says that a payment code is being charged, with a password or without.
    fn is_told_charged(&self) -> bool {
        let charged = |state: &OrderState| matches!(state, OrderState::Charging | OrderState::Paying);
        self.hint.as_ref().is_some_and(|hint| charged(&hint.state))
    }

    /// Where the ladder stands, while there is something to ask.
    pub fn rung(&self, server_now: Time) -> Option<crate::ladder::Rung> {
        use crate::ladder::Rung;
        let since_ms = |then: Time| server_now.ms_since(then).max(0);
        if let (Some(_), Some(since)) = (self.refreshing, self.ending_since) {
            return Some(Rung::Open { age_ms: since_ms(since) });
        }
        if let Some(charging) = self.charging {
            return Some(Rung::Open { age_ms: since_ms(charging.since) });
        }
        let Phase::Answered { code } = &self.phase else {
            return self.refunding_since().map(|since| Rung::Ending { since_ms: since_ms(since) });
        };
        let ended_at =
            code.as_ref().map(|code| code.statement().code.expires_at).filter(|end| *end <= server_now);
        if let Some(since) = self.ending_since.or(ended_at).filter(|_| !self.is_told_charged()) {
            return Some(Rung::Ending { since_ms: since_ms(since) });
        }
        let created_at = self.hint.as_ref().map_or(self.order.body().made_at, |hint| hint.attempt_at);
        Some(Rung::Open { age_ms: since_ms(created_at) })
    }
}

#[cfg(test)]
mod tests;
