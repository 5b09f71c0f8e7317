//! What to do when something happens to a sale: `decide(state, event, now) -> (state, effects)`, without doing it.

use saoma_contract::statement::Checked;
use saoma_contract::{AttemptNo, NewRefund, ProblemCode, RefundState, StaffId, Time};

use super::fact::jws_of;
use super::{Call, Fact, Hint, NoRefund, OtherOrder, PaymentReceipt, Phase, RefundKey, Refused, Sale};
use crate::clock::Now;

/// Something that happens to a sale.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Its turn has come: the pending call is about to be made.
    Turn,
    /// The backend spoke, in an answer or of its own accord; the statements are verified.
    Told {
        /// The call that this answers.
        answers: Option<Call>,
        /// What it said beside the statements.
        hint: Hint,
        /// The statements.
        proofs: Vec<Checked>,
    },
    /// The backend refused a call for good.
    Refused {
        /// Which call.
        call: Call,
        /// The problem's code.
        code: ProblemCode,
        /// Why.
        why: Refused,
        /// The order that the problem shows.
        other: Option<OtherOrder>,
        /// When the like may be asked again.
        again_at: Option<Time>,
    },
    /// The call did surely not leave the phone, nor did any try of it before.
    NotSent(Call),
    /// The backend has no order of this number.
    Missing,
    /// A person ends the sale.
    Cancel(AttemptNo),
    /// A person wants a fresh code.
    Refresh(AttemptNo),
    /// A person lets an old draft go out.
    Release,
    /// A person gives an old draft up.
    Drop {
        /// Why.
        reason: String,
    },
    /// A person took the amount in cash.
    Cash {
        /// Who.
        staff: Option<StaffId>,
    },
    /// A person scanned the customer's payment code; it is to be charged after this attempt.
    Charge(Option<AttemptNo>),
    /// The backend, asked since, has heard nothing of the charge.
    NotCharged,
    /// A person wants money given back.
    Refund {
        /// Under which number.
        key: RefundKey,
        /// What.
        refund: NewRefund,
        /// Who asks.
        staff: Option<StaffId>,
    },
    /// The backend's ledger has a new life: the order is to be offered again.
    OfferAgain,
}

/// Something to be done about a sale. Facts are written down before anything else is done.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a handful at a time, on the stack")]
pub enum Effect {
    /// Write this into the journal.
    Record(Fact<Checked>),
    /// Make this call.
    Send(Call),
    /// Tell people of money: the receipt with this key is new.
    AnnouncePaid {
        /// Channel and transaction id.
        key: String,
    },
    /// Tell people that money came which does not match.
    AnnounceMismatch,
    /// Tell people that a refund is done, by a verified statement.
    AnnounceRefunded(RefundKey),
    /// Tell people that a refund ended otherwise, or needs a person.
    AnnounceRefundFailed(RefundKey),
    /// Ask the backend again soon: it said something that needs proof.
    AskSoon,
    /// An answer older than what is known was left aside.
    Regression,
}

/// Why a person's wish was refused. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// It was paid in cash.
    #[error("the sale was paid in cash")]
    InCash,
    /// A payment code is being charged.
    #[error("a payment code is being charged for this sale")]
    Charging,
    /// It is paid by the customer's code, so there is no code of its own to make anew.
    #[error("the sale is paid by the customer's payment code; scan that")]
    ByCode,
    /// The refund cannot be.
    #[error(transparent)]
    Refund(#[from] NoRefund),
    /// The sale is paid.
    #[error("the sale is paid")]
    Paid,
    /// The sale has ended: closed, rejected, joined or dropped.
    #[error("the sale has ended")]
    Ended,
    /// The sale's ending has begun.
    #[error("the sale is being ended already")]
    Ending,
    /// The named attempt is not the last one.
    #[error("the attempt is not the sale's last; look at it again")]
    NotLastAttempt,
    /// Ninety-nine attempts were made.
    #[error("the sale has had its ninety-nine attempts; ring it up anew")]
    AttemptsExhausted,
    /// It has not been sent, or its outcome is not known yet.
    #[error("the sale has not been answered yet")]
    Unanswered,
    /// Money that does not match came.
    #[error("money came that does not match; a person must look first")]
    Frozen,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The sale from now on.
    pub sale: Sale,
    /// What to do, in this order.
    pub effects: Vec<Effect>,
    /// Why a person's wish was refused, if it was.
    pub refused: Option<NotNow>,
}

/// Decides what an event means for a sale.
pub fn decide(sale: &Sale, event: Event, now: Now) -> Decision {
    let verdict = match event {
        Event::Turn => turn(sale),
        Event::Told { answers, hint, proofs } => Ok(told(sale, answers, hint, proofs, now)),
        Event::Refused { call, code, why, other, again_at } => {
            let other = other.filter(|_| code == ProblemCode::BusinessKeyOpen);
            Ok(vec![Effect::Record(Fact::Refused { call, why, other, again_at })])
        }
        Event::NotSent(call) => Ok(vec![Effect::Record(Fact::NotSent { call })]),
        Event::Missing => Ok(vec![Effect::Record(Fact::Missing)]),
        Event::Cancel(attempt) => cancel(sale, attempt),
        Event::Refresh(attempt) => refresh(sale, attempt),
        Event::Release => release(sale),
        Event::Drop { reason } => drop_draft(sale, reason),
        Event::Cash { staff } => cash(sale, staff),
        Event::Charge(attempt) => charge(sale, attempt),
        Event::NotCharged => Ok(vec![Effect::Record(Fact::NotCharged)]),
        Event::Refund { key, refund, staff } => ask_refund(sale, key, refund, staff, now),
        Event::OfferAgain => Ok(offer_again(sale)),
    };
    match verdict {
        Ok(effects) => settle(sale, effects, now),
        Err(refused) => Decision { sale: sale.clone(), effects: Vec::new(), refused: Some(refused) },
    }
}

/// Folds the facts among the effects, leaves out those that change nothing, and adds what is to be announced.
fn settle(before: &Sale, effects: Vec<Effect>, now: Now) -> Decision {
    let mut sale = before.clone();
    let mut kept = Vec::with_capacity(effects.len() + 1);
    for effect in effects {
        if let Effect::Record(fact) = &effect {
            let after = sale.applied(fact, now.server);
            if after == sale {
                continue;
            }
            sale = after;
        }
        kept.push(effect);
    }
    kept.extend(announcements(before, &sale));
    Decision { sale, effects: kept, refused: None }
}

/// What people must be told when a sale has become another: money that came.
pub(crate) fn announcements(before: &Sale, after: &Sale) -> Vec<Effect> {
    let new = after.receipts().skip(before.receipts().count());
    let paid = new.map(|receipt| Effect::AnnouncePaid { key: receipt.key() });
    let mismatch = (after.mismatch && !before.mismatch).then_some(Effect::AnnounceMismatch);
    let parts = |sale: &Sale| -> Vec<RefundKey> {
        let parts = sale.receipts().flat_map(PaymentReceipt::parts);
        parts.map(|part| RefundKey::from(&part.refund_no)).collect()
    };
    let before_back = parts(before);
    let refunded =
        parts(after).into_iter().filter(|part| !before_back.contains(part)).map(Effect::AnnounceRefunded);
    let before_failed = failed_refunds(before);
    let failed = failed_refunds(after).into_iter().filter(|failed| !before_failed.contains(failed));
    let failed = failed.map(|(key, _)| Effect::AnnounceRefundFailed(key));
    paid.chain(mismatch).chain(refunded).chain(failed).collect()
}

/// Refunds that ended without money going back, or that a person must see to.
fn failed_refunds(sale: &Sale) -> Vec<(RefundKey, Option<RefundState>)> {
    use RefundState::{Abnormal, Closed, Declined, Refused};
    let told = sale
        .told_refunds()
        .iter()
        .filter(|refund| matches!(refund.state, Abnormal | Closed | Declined | Refused));
    let told = told.map(|refund| (RefundKey::from(&refund.refund_no), Some(refund.state.clone())));
    let asked = sale.asks().iter().filter(|ask| ask.refused.is_some()).map(|ask| (ask.key, None));
    told.chain(asked).collect()
}

fn turn(sale: &Sale) -> Result<Vec<Effect>, NotNow> {
    let pending = sale.pending().ok_or(NotNow::Ended)?;
    Ok(vec![Effect::Record(Fact::Calling { call: pending.call }), Effect::Send(pending.call)])
}

fn told(sale: &Sale, answers: Option<Call>, hint: Hint, proofs: Vec<Checked>, now: Now) -> Vec<Effect> {
    let older = sale.version().is_some_and(|known| hint.version < known);
    let mut effects = Vec::new();
    if older {
        effects.push(Effect::Regression);
    }
    // Statements are looked at one by one, so that only those are written down that change something.
    let same = sale.hint.as_ref() == Some(&hint);
    let hint = (!older && !same).then_some(hint);
    let mut after = sale.applied(&Fact::Told { answers, hint: hint.clone(), proofs: Vec::new() }, now.server);
    let mut news = Vec::new();
    for proof in proofs {
        let with =
            after.applied(&Fact::Told { answers: None, hint: None, proofs: vec![proof.clone()] }, now.server);
        if with != after && !news.iter().any(|known| jws_of(known) == jws_of(&proof)) {
            after = with;
            news.push(proof);
        }
    }
    effects.push(Effect::Record(Fact::Told { answers, hint, proofs: news }));
    if after.wants_proof() && !same && !older {
        effects.push(Effect::AskSoon);
    }
    effects
}

impl Sale {
    /// Whether the backend says paid or closed and its statement is not at hand.
    pub(crate) fn wants_proof(&self) -> bool {
        use saoma_contract::OrderState::{Closed, Paid};
        let says_end = self.hint.as_ref().is_some_and(|hint| matches!(hint.state, Paid | Closed));
        says_end && matches!(self.phase, Phase::Answered { .. }) && !self.mismatch
    }
}

/// Cash is durable at once, whatever is known of the code; only money that is proven to be here forbids it.
fn cash(sale: &Sale, staff: Option<StaffId>) -> Result<Vec<Effect>, NotNow> {
    match sale.phase {
        Phase::Paid(_) => return Err(NotNow::Paid),
        Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => return Err(NotNow::Ended),
        Phase::Unanswered | Phase::Answered { .. } | Phase::Closed(_) => {}
    }
    if sale.mismatch {
        return Err(NotNow::Frozen);
    }
    if sale.is_in_cash() {
        return Ok(Vec::new());
    }
    let attempt = sale.last_attempt();
    Ok(vec![Effect::Record(Fact::CashTaken { attempt, staff })])
}

/// One charge at a time, and only for the attempt that the person saw.
fn charge(sale: &Sale, attempt: Option<AttemptNo>) -> Result<Vec<Effect>, NotNow> {
    match sale.phase {
        Phase::Paid(_) => return Err(NotNow::Paid),
        Phase::Unanswered => return Err(NotNow::Unanswered),
        Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => return Err(NotNow::Ended),
        Phase::Answered { .. } | Phase::Closed(_) => {}
    }
    if sale.mismatch {
        return Err(NotNow::Frozen);
    }
    if sale.is_in_cash() {
        return Err(NotNow::InCash);
    }
    if sale.charging.is_some() || sale.is_told_charged() {
        return Err(NotNow::Charging);
    }
    if sale.pending.is_some_and(|pending| matches!(pending.call, Call::Close(_))) {
        return Err(NotNow::Ending);
    }
    let last = sale.last_attempt();
    if attempt != last {
        return Err(NotNow::NotLastAttempt);
    }
    if last.is_some_and(|last| last.next().is_none()) {
        return Err(NotNow::AttemptsExhausted);
    }
    let call = Call::Charge(attempt);
    Ok(vec![Effect::Record(Fact::Calling { call }), Effect::Send(call)])
}

fn ask_refund(
    sale: &Sale,
    key: RefundKey,
    refund: NewRefund,
    staff: Option<StaffId>,
    now: Now,
) -> Result<Vec<Effect>, NotNow> {
    if let Some(known) = sale.ask(key) {
        return if known.refund == refund { Ok(Vec::new()) } else { Err(NoRefund::OtherBytes.into()) };
    }
    sale.may_refund(&refund, now.server)?;
    Ok(vec![Effect::Record(Fact::RefundAsked { refund_no: key, refund, staff })])
}

fn cancel(sale: &Sale, attempt: AttemptNo) -> Result<Vec<Effect>, NotNow> {
    match sale.phase {
        Phase::Paid(_) => return Err(NotNow::Paid),
        Phase::Closed(_) if sale.refreshing.is_none() => return Ok(Vec::new()),
        Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => return Ok(Vec::new()),
        _ => {}
    }
    if sale.mismatch {
        return Err(NotNow::Frozen);
    }
    if sale.is_in_cash() {
        return Err(NotNow::InCash);
    }
    if sale.pending.is_some_and(|pending| matches!(pending.call, Call::Close(_))) {
        return Ok(Vec::new());
    }
    if attempt != sale.attempt {
        return Err(NotNow::NotLastAttempt);
    }
    if sale.never_left() {
        return Ok(vec![Effect::Record(Fact::Dropped { reason: "cancelled".to_owned() })]);
    }
    Ok(vec![Effect::Record(Fact::Wanted { call: Call::Close(attempt) })])
}

fn refresh(sale: &Sale, attempt: AttemptNo) -> Result<Vec<Effect>, NotNow> {
    match sale.phase {
        Phase::Paid(_) => return Err(NotNow::Paid),
        Phase::Unanswered => return Err(NotNow::Unanswered),
        Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => return Err(NotNow::Ended),
        Phase::Answered { .. } | Phase::Closed(_) => {}
    }
    if sale.mismatch {
        return Err(NotNow::Frozen);
    }
    if sale.is_in_cash() {
        return Err(NotNow::InCash);
    }
    if sale.is_by_code() {
        return Err(NotNow::ByCode);
    }
    if sale.charging.is_some() {
        return Err(NotNow::Charging);
    }
    if attempt < sale.attempt || sale.refreshing == Some(attempt) {
        return Ok(Vec::new());
    }
    if attempt > sale.attempt {
        return Err(NotNow::NotLastAttempt);
    }
    if sale.pending.is_some_and(|pending| matches!(pending.call, Call::Close(_))) {
        return Err(NotNow::Ending);
    }
    attempt.next().ok_or(NotNow::AttemptsExhausted)?;
    Ok(vec![Effect::Record(Fact::Wanted { call: Call::Refresh(attempt) })])
}

fn release(sale: &Sale) -> Result<Vec<Effect>, NotNow> {
    if matches!(sale.phase, Phase::Dropped { .. }) {
        return Err(NotNow::Ended);
    }
    Ok(if sale.is_draft() { vec![Effect::Record(Fact::Released)] } else { Vec::new() })
}

fn drop_draft(sale: &Sale, reason: String) -> Result<Vec<Effect>, NotNow> {
    match sale.phase {
        _ if sale.is_in_cash() => Err(NotNow::InCash),
        Phase::Dropped { .. } => Ok(Vec::new()),
        Phase::Unanswered if sale.never_left() => Ok(vec![Effect::Record(Fact::Dropped { reason })]),
        // It may have left: only the backend's close makes sure that it is never paid.
        Phase::Unanswered => cancel(sale, sale.attempt),
        Phase::Paid(_) => Err(NotNow::Paid),
        _ => Err(NotNow::Ended),
    }
}

fn offer_again(sale: &Sale) -> Vec<Effect> {
    let has_been_there = matches!(sale.phase, Phase::Answered { .. } | Phase::Closed(_) | Phase::Paid(_));
    if has_been_there { vec![Effect::Record(Fact::Wanted { call: Call::Offer })] } else { Vec::new() }
}
