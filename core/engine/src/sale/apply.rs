//! Folding a fact into a sale. Everything a sale becomes, live or rebuilt from the journal, it becomes here.

use saoma_contract::statement::{Checked, ClosedProof, Receipt, ShowableCode};
use saoma_contract::{OrderState, Time};

use super::{Call, Fact, Hint, OtherOrder, Pending, Phase, Refused, Sale};

impl Sale {
    /// The sale after a fact that happened at `at`. A fact that changes nothing gives the same sale.
    #[must_use]
    pub fn applied(&self, fact: &Fact<Checked>, at: Time) -> Self {
        let mut sale = self.clone();
        match fact {
            Fact::RungUp { .. } => {}
            Fact::Wanted { call } => sale.wanted(*call, at),
            Fact::Released => sale.released_at = Some(at),
            Fact::Calling { call } => sale.calling(*call),
            Fact::NotSent { call } => sale.not_sent(*call),
            Fact::Told { answers, hint, proofs } => sale.told(*answers, hint.as_ref(), proofs, at),
            Fact::Refused { call, why, other } => sale.refused(*call, why, other.as_ref()),
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
            Call::Create => {}
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

    fn calling(&mut self, call: Call) {
        if let Some(pending) = self.slot(call).filter(|pending| !pending.tried) {
            pending.tried = true;
            self.tries = self.tries.saturating_add(1);
        }
    }

    fn not_sent(&mut self, call: Call) {
        if let Some(pending) = self.slot(call).filter(|pending| pending.tried) {
            pending.tried = false;
            self.tries = self.tries.saturating_sub(1);
        }
    }

    fn slot(&mut self, call: Call) -> Option<&mut Pending> {
        [&mut self.offer, &mut self.pending].into_iter().flatten().find(|pending| pending.call == call)
    }

    fn answered(&mut self, call: Call) {
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
                Checked::Paid(receipt) => self.paid(receipt),
                Checked::Closed(proof) => self.closed(proof),
                Checked::Refunded(_) => {}
                Checked::Code(code) => self.code_came(code),
            }
        }
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
        self.mismatch |= hint.mismatch;
        self.hint = Some(hint.clone());
    }

    fn paid(&mut self, receipt: &Receipt) {
        let (paid, body) = (receipt.statement(), self.order.body());
        if paid.order_no != body.order_no {
            return;
        }
        if (paid.amount, paid.currency) != (body.amount, body.currency)
            || (paid.payment.amount, paid.payment.currency) != (body.amount, body.currency)
        {
            self.mismatch = true;
            return;
        }
        let key = |receipt: &Receipt| {
            let payment = &receipt.statement().payment;
            (payment.channel.clone(), payment.transaction_id.clone())
        };
        let known = match &mut self.phase {
            Phase::Paid(first) if key(first) == key(receipt) => Some(first.as_mut()),
            _ => self.further_receipts.iter_mut().find(|further| key(further) == key(receipt)),
        };
        if let Some(known) = known {
            if receipt.statement().version > known.statement().version {
                self.late |= receipt.statement().payment.late;
                *known = receipt.clone();
            }
            return;
        }
        self.pending = None;
        self.refreshing = None;
        if matches!(self.phase, Phase::Paid(_)) {
            self.late = true;
            self.further_receipts.push(receipt.clone());
            return;
        }
        self.late |= paid.payment.late
            || paid.payment.attempt.get() <= self.ended
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
        // A refresh wanted this very end and goes on.
        if self.refreshing.is_none() {
            self.pending = None;
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
