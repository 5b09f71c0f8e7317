//! Folding a fact into a sale. Everything a sale becomes, live or rebuilt from the journal, it becomes here.

use saoma_contract::statement::{Checked, ClosedProof, ShowableCode};
use saoma_contract::{AttemptNo, OrderState, StaffId, Time};

use super::{
    Call, Cash, Charging, Fact, Hint, OtherOrder, PaymentReceipt, Pending, Phase, RefundAsk, Refused, Sale,
};

impl Sale {
    /// The sale after a fact that happened at `at`. A fact that changes nothing gives the same sale.
    #[must_use]
    pub fn applied(&self, fact: &Fact<Checked>, at: Time) -> Self {
        let mut sale = self.clone();
        match fact {
            Fact::RungUp { .. } => {}
            Fact::Wanted { call } => sale.wanted(*call, at),
            Fact::Released => sale.released_at = Some(at),
            Fact::Calling { call: Call::Charge(ends) } => sale.charged(*ends, at),
            Fact::Calling { call } => sale.calling(*call),
            Fact::NotSent { call } => sale.not_sent(*call),
            Fact::Told { answers, hint, proofs } => sale.told(*answers, hint.as_ref(), proofs, at),
            Fact::Refused { call, why, other, again_at } => {
                sale.refused(*call, why, other.as_ref());
                sale.scan_again_at = *again_at;
            }
            Fact::CashTaken { attempt, staff } => sale.took_cash(*attempt, staff.clone(), at),
            Fact::NotCharged => sale.uncharged(),
            Fact::RefundAsked { refund_no, refund, staff } => sale.asks.push(RefundAsk {
                key: *refund_no,
                refund: refund.clone(),
                staff: staff.clone(),
                asked_at: at,
                pending: true,
                tried: false,
                refused: None,
            }),
            // What was said is kept; what becomes of it, the backend tells.
            Fact::Decided { .. } | Fact::Accepted { .. } => {}
            Fact::Missing => sale.missing(),
            Fact::Dropped { reason } => {
                sale.phase = Phase::Dropped { reason: reason.clone() };
                sale.pending = None;
            }
        }
        sale
    }

    fn wanted(&mut self, call: Call, at: Time) {
        let pending = Some(Pending { call, tried: false });
        match call {
            Call::Offer => {
                self.offer = pending;
                return;
            }
            Call::Create | Call::Cash | Call::Charge(_) | Call::Refund(_) => {}
            Call::Refresh(attempt) | Call::Close(attempt) => {
                self.withdraw(attempt.get());
                self.ended = self.ended.max(attempt.get());
                self.ending_since = Some(at);
                self.refreshing = matches!(call, Call::Refresh(_)).then_some(attempt);
            }
        }
        self.pending = pending;
        self.notice = None;
    }

    fn withdraw(&mut self, attempt: u8) {
        self.withdrawn = self.withdrawn.max(attempt);
        if let Phase::Answered { code } = &mut self.phase
            && code.as_ref().is_some_and(|code| code.statement().attempt.get() <= self.withdrawn)
        {
            *code = None;
        }
    }

    /// A customer's payment code is sent; from here on it may be charged.
    fn charged(&mut self, ends: Option<AttemptNo>, at: Time) {
        self.charging =
            Some(Charging { ends, since: at, withdrawn_before: self.withdrawn, ended_before: self.ended });
        if let Some(ends) = ends {
            self.withdraw(ends.get());
            self.ended = self.ended.max(ends.get());
        }
        self.refreshing = None;
        if matches!(self.pending, Some(Pending { call: Call::Refresh(_), .. })) {
            self.pending = None;
        }
        self.tries = self.tries.saturating_add(1);
        self.notice = None;
        self.scan_again_at = None;
    }

    /// The charge never arrived: whatever code was shown before is good again.
    fn uncharged(&mut self) {
        let Some(charging) = self.charging.take() else { return };
        self.withdrawn = charging.withdrawn_before;
        self.ended = charging.ended_before;
        if let Some(hint) = &self.hint {
            let ends = matches!(hint.state, OrderState::Closing | OrderState::Closed | OrderState::Paid);
            if ends {
                self.withdrawn = self.withdrawn.max(hint.attempt.get());
                self.ended = self.ended.max(hint.attempt.get());
            }
        }
        self.notice = Some(Refused {
            code: "not_charged".to_owned(),
            detail: "the payment code was not used".to_owned(),
            field: None,
        });
    }

    fn took_cash(&mut self, attempt: Option<AttemptNo>, staff: Option<StaffId>, at: Time) {
        self.cash = Some(Cash { taken_at: at, attempt, staff });
        if let Some(attempt) = attempt {
            self.withdraw(attempt.get());
            self.ended = self.ended.max(attempt.get());
        }
        self.ending_since = self.ending_since.or(Some(at));
        self.refreshing = None;
        self.notice = None;
        // A creation that is still to be made brings the cash along.
        if self.pending.is_none_or(|pending| pending.call != Call::Create) {
            self.pending = Some(Pending { call: Call::Cash, tried: false });
        }
    }

    /// Cash that the backend has not written down is told to it, once it has the order.
    fn mind_cash(&mut self) {
        let has_it = matches!(self.phase, Phase::Answered { .. } | Phase::Closed(_) | Phase::Paid(_));
        if self.cash_is_recorded() {
            self.answered(Call::Cash);
        } else if self.cash.is_some() && has_it && self.pending.is_none() {
            self.pending = Some(Pending { call: Call::Cash, tried: false });
        }
    }

    fn calling(&mut self, call: Call) {
        if let Call::Refund(key) = call {
            let ask = self.asks.iter_mut().find(|ask| ask.key == key && ask.pending);
            ask.into_iter().for_each(|ask| ask.tried = true);
            return;
        }
        if let Some(pending) = self.slot(call).filter(|pending| !pending.tried) {
            pending.tried = true;
            self.tries = self.tries.saturating_add(1);
        }
    }

    fn not_sent(&mut self, call: Call) {
        match call {
            Call::Charge(ends) if self.charging.is_some_and(|charging| charging.ends == ends) => {
                self.tries = self.tries.saturating_sub(1);
                return self.uncharged();
            }
            Call::Refund(key) => {
                let ask = self.asks.iter_mut().find(|ask| ask.key == key && ask.pending);
                ask.into_iter().for_each(|ask| ask.tried = false);
                return;
            }
            _ => {}
        }
        if let Some(pending) = self.slot(call).filter(|pending| pending.tried) {
            pending.tried = false;
            self.tries = self.tries.saturating_sub(1);
        }
    }

    fn slot(&mut self, call: Call) -> Option<&mut Pending> {
        [&mut self.offer, &mut self.pending].into_iter().flatten().find(|pending| pending.call == call)
    }

    fn answered(&mut self, call: Call) {
        match call {
            Call::Charge(_) => self.charging = None,
            Call::Refund(key) => {
                let ask = self.asks.iter_mut().find(|ask| ask.key == key);
                ask.into_iter().for_each(|ask| ask.pending = false);
            }
            _ => {}
        }
        for slot in [&mut self.offer, &mut self.pending] {
            if slot.is_some_and(|pending| pending.call == call) {
                *slot = None;
            }
        }
    }

    fn told(&mut self, answers: Option<Call>, hint: Option<&Hint>, proofs: &[Checked], at: Time) {
        if let Some(call) = answers {
            self.answered(call);
        }
        if let Some(hint) = hint.filter(|hint| self.version().is_none_or(|known| hint.version >= known)) {
            self.hinted(hint, at);
        }
        for proof in proofs {
            match proof {
                Checked::Paid(receipt) => self.paid(&PaymentReceipt::Paid(receipt.clone())),
                Checked::Closed(proof) => self.closed(proof),
                Checked::Refunded(receipt) => self.paid(&PaymentReceipt::Refunded(receipt.clone())),
                Checked::Code(code) => self.code_came(code),
            }
        }
        self.mind_cash();
    }

    fn hinted(&mut self, hint: &Hint, at: Time) {
        if hint.attempt > self.attempt {
            self.attempt = hint.attempt;
            self.ending_since = None;
            self.withdraw(hint.attempt.get() - 1);
            if matches!(self.phase, Phase::Closed(_)) {
                self.phase = Phase::Answered { code: None };
            }
        }
        let ends = matches!(hint.state, OrderState::Closing | OrderState::Closed | OrderState::Paid);
        if ends {
            self.ending_since = self.ending_since.or(Some(at));
            self.withdraw(hint.attempt.get());
        }
        if matches!(hint.state, OrderState::Closing | OrderState::Closed) {
            self.ended = self.ended.max(hint.attempt.get());
        }
        match (&self.phase, &hint.state) {
            (Phase::Unanswered | Phase::Answered { .. }, OrderState::Rejected) if !self.had_code => {
                self.phase = Phase::Rejected(rejection(hint));
                self.pending = None;
                self.refreshing = None;
            }
            (Phase::Unanswered, _) => self.phase = Phase::Answered { code: None },
            _ => {}
        }
        // Whatever the backend says of the order, it has it; and a later attempt answers a refresh.
        self.answered(Call::Create);
        if let Some(ended) = self.refreshing.filter(|ended| *ended < hint.attempt) {
            self.refreshing = None;
            self.answered(Call::Refresh(ended));
        }
        if self
            .charging
            .is_some_and(|charging| !hint.none_yet && charging.ends.is_none_or(|ends| hint.attempt > ends))
        {
            self.charging = None;
        }
        for ask in &mut self.asks {
            let no = ask.key.refund_no();
            if hint.refunds.iter().any(|told| told.refund_no == no) {
                (ask.pending, ask.refused) = (false, None);
            }
        }
        self.mismatch |= hint.mismatch;
        self.hint = Some(hint.clone());
    }

    fn paid(&mut self, receipt: &PaymentReceipt) {
        let (order_no, amount, currency) = receipt.order();
        let (payment, body) = (receipt.payment(), self.order.body());
        if *order_no != body.order_no {
            return;
        }
        if (amount, currency) != (body.amount, body.currency)
            || (payment.amount, payment.currency) != (body.amount, body.currency)
        {
            self.mismatch = true;
            return;
        }
        let key = receipt.key();
        let known = match &mut self.phase {
            Phase::Paid(first) if first.key() == key => Some(first.as_mut()),
            _ => self
                .further_receipts
                .iter_mut()
                .chain(&mut self.cash_receipt)
                .find(|known| known.key() == key),
        };
        if let Some(known) = known {
            if receipt.version() > known.version() {
                self.late |= payment.late;
                *known = receipt.clone();
            }
            return;
        }
        if !receipt.is_proven() {
            // Said by a person: never in the words of proof.
            self.cash_receipt = self.cash_receipt.take().or_else(|| Some(receipt.clone()));
            return;
        }
        self.pending = self.pending.filter(|pending| pending.call == Call::Cash);
        self.refreshing = None;
        self.charging = None;
        if matches!(self.phase, Phase::Paid(_)) {
            self.late = true;
            self.further_receipts.push(receipt.clone());
            return;
        }
        self.late |= payment.late
            || payment.attempt.get() <= self.ended
            || self.is_in_cash()
            || matches!(self.phase, Phase::Closed(_));
        self.phase = Phase::Paid(Box::new(receipt.clone()));
    }

    fn closed(&mut self, proof: &ClosedProof) {
        let closed = proof.statement();
        let of_last_attempt = closed.attempt.is_none_or(|attempt| attempt >= self.attempt);
        let newest = self.version().is_none_or(|known| closed.version >= known);
        if closed.order_no != self.order.body().order_no || !of_last_attempt || !newest {
            return;
        }
        if matches!(self.phase, Phase::Paid(_) | Phase::Closed(_)) {
            return;
        }
        self.withdraw(self.attempt.get());
        // A refresh wanted this very end and goes on; cash is still to be told.
        if self.refreshing.is_none() {
            self.pending = self.pending.filter(|pending| pending.call == Call::Cash);
        }
        self.phase = Phase::Closed(Box::new(proof.clone()));
    }

    fn code_came(&mut self, code: &ShowableCode) {
        let (said, body) = (code.statement(), self.order.body());
        let fits = said.order_no == body.order_no
            && (said.amount, said.currency) == (body.amount, body.currency)
            && said.attempt == self.attempt
            && said.attempt.get() > self.withdrawn;
        if let Phase::Answered { code: slot } = &mut self.phase
            && fits
            && slot.as_ref().is_none_or(|shown| shown.statement().version <= said.version)
        {
            *slot = Some(Box::new(code.clone()));
            self.had_code = true;
        }
    }

    fn refused(&mut self, call: Call, why: &Refused, other: Option<&OtherOrder>) {
        match call {
            Call::Charge(ends) if self.charging.is_some_and(|charging| charging.ends == ends) => {
                self.uncharged();
                self.notice = Some(why.clone());
                return;
            }
            Call::Refund(key) => {
                let ask = self.asks.iter_mut().find(|ask| ask.key == key && ask.pending);
                ask.into_iter().for_each(|ask| (ask.pending, ask.refused) = (false, Some(why.clone())));
                return;
            }
            _ => {}
        }
        if ![self.offer, self.pending].into_iter().flatten().any(|pending| pending.call == call) {
            return;
        }
        self.answered(call);
        if matches!(call, Call::Refresh(_)) {
            self.refreshing = None;
        }
        self.notice = Some(why.clone());
        if call == Call::Create && matches!(self.phase, Phase::Unanswered) {
            self.phase = match other {
                Some(other) if other.order_no != *self.order_no() => Phase::Joined(other.clone()),
                _ => Phase::Rejected(why.clone()),
            };
        }
        // Whether the order was ever made is still not known: only its creation finds out.
        if matches!(self.phase, Phase::Unanswered) && self.pending.is_none() {
            self.pending = Some(Pending { call: Call::Create, tried: true });
        }
    }

    fn missing(&mut self) {
        if matches!(self.phase, Phase::Unanswered) {
            // It was tried, and what was tried may still be on its way: only its turn begins anew.
            if let Some(pending) = self.slot(Call::Create) {
                pending.tried = false;
            }
        } else {
            self.offer = self.offer.or(Some(Pending { call: Call::Offer, tried: false }));
        }
    }
}

fn rejection(hint: &Hint) -> Refused {
    match &hint.refusal {
        Some(refusal) => Refused { code: refusal.code.clone(), detail: refusal.detail.clone(), field: None },
        None => Refused {
            code: "rejected".to_owned(),
            detail: "the channel refused the order".to_owned(),
            field: None,
        },
    }
}
