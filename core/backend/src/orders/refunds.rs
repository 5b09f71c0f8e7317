//! Money back: what the ledger keeps of a refund, and what becomes of it.
//!
//! A refund is sent under one number with one body until its fate is proven. Parts of one order are sent one after the
//! other, a minute apart; a part whose sending is in doubt holds the others back.

use bytes::Bytes;
use saoma_contract::{
    DeviceId, NewRefund, ProblemCode, REFUND_PARTS_MAX, RefundNo, RefundReason, RefundState, Refusal,
    StaffId, Time,
};

use super::decide::{Conflict, refuse};
use super::due::{ABSENT_PAUSE_MS, ABSENT_SURE};
use super::{Alarm, Due, Evidence, HeldRefund, Moment, OrderRecord, Step, backoff_ms};

/// How far apart the parts of one order are sent (WeChat Pay protocol B.8.5).
pub const PARTS_APART_MS: i64 = 60_000;

/// Why a refund is not paid to the merchant's own account where the channel has no call for it (of WeChat Pay, only API v3
/// has).
pub(crate) const NO_CALL_TO_MERCHANT: &str =
    "this account's protocol has no such call; see to the refund on the channel's own pages";

/// How old a payment may be to be given back (WeChat Pay protocol B.8.5: a year; taken as its shortest).
const AGE_MAX_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// Milliseconds after its sending at which a refund is asked about: each minute, after five minutes slower (WeChat Pay
/// protocol B.8.3), and after a day, when it waits for a bank, every six hours.
const ASKED_AFTER_MIN: [i64; 9] = [1, 2, 3, 4, 5, 10, 20, 40, 70];
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
pub(super) const SLOW_MS: i64 = 6 * 60 * MINUTE_MS;

/// When a sending without an answer is first asked about, and how long an account that is short is given to be topped up.
const UNANSWERED_MS: i64 = 5_000;
pub(super) const SHORT_PAUSE_MS: i64 = 10 * MINUTE_MS;

/// Who asks, as far as it is known: none when the merchant's own rule does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// On which device.
    pub device: Option<DeviceId>,
    /// Which person.
    pub staff: Option<StaffId>,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRecord {
    /// Its number, here and at the channel.
    pub refund_no: RefundNo,
    /// What was asked: of which payment, how much, why.
    pub asked: NewRefund,
    /// Where it stands.
    pub phase: RefundPhase,
    /// When it was asked for.
    pub requested_at: Time,
    /// By whom.
    pub requested_by: By,
    /// What a manager said, when it had to wait for one.
    pub decided: Option<Decided>,
    /// The exact body that was sent first and is sent again on every repeat.
    pub request: Option<Bytes>,
    /// When it was last sent.
    pub sent_at: Option<Time>,
    /// While it waits for its turn: not before.
    pub sends_at: Option<Time>,
    /// The channel's number for it.
    pub channel_refund_no: Option<String>,
    /// Since when it is to be paid to the merchant's own account, because the customer's cannot take it.
    pub to_merchant_at: Option<Time>,
    /// When the money was given back, or paid to the merchant's own account.
    pub done_at: Option<Time>,
    /// What the channel said against it; nothing is concluded from it before a query.
    pub refused: Option<Refusal>,
    /// What there is to say of its state, for people.
    pub detail: Option<String>,
    /// Answers in a row from which nothing could be learnt.
    pub tries: u32,
    /// Answers in a row that said the channel does not have it.
    pub absent: u32,
    /// What happens next of itself.
    pub due: Option<Due>,
    /// The newest proof; present until it is written, left in the ledger when it is read back.
    pub evidence: Option<Evidence>,
}

impl RefundRecord {
    /// One that was just asked for.
    pub fn requested(refund_no: RefundNo, asked: NewRefund, at: Time, by: By) -> Self {
        Self {
            refund_no,
            asked,
            phase: RefundPhase::Requested,
            requested_at: at,
            requested_by: by,
            decided: None,
            request: None,
            sent_at: None,
            sends_at: None,
            channel_refund_no: None,
            to_merchant_at: None,
            done_at: None,
            refused: None,
            detail: None,
            tries: 0,
            absent: 0,
            due: None,
            evidence: None,
        }
    }

    /// What a till can see of it: everything but how often and when the channel is asked.
    pub(super) fn shown(&self) -> impl PartialEq + '_ {
        let times = (self.sends_at, self.to_merchant_at, self.done_at);
        (self.phase, &self.decided, times, &self.channel_refund_no, &self.detail)
    }
}

/// A manager's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Yes or no.
    pub approve: bool,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
}

/// Where a refund stands. It only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefundPhase {
    /// Waits for a manager.
    Requested,
    /// A manager said no.
    Declined,
    /// Waits for its turn.
    Queued,
    /// Sent, or about to be; whether the channel took it is not known.
    Sending,
    /// Proven never made.
    Refused,
    /// The channel took it.
    Processing,
    /// The customer's account cannot take it.
    Abnormal,
    /// Given back, with proof.
    Done,
    /// Proven that the money stays.
    Closed,
}

impl RefundPhase {
    /// All, for reading one back.
    pub const ALL: [Self; 9] = [
        Self::Requested,
        Self::Declined,
        Self::Queued,
        Self::Sending,
        Self::Refused,
        Self::Processing,
        Self::Abnormal,
        Self::Done,
        Self::Closed,
    ];

    /// As tills are told.
    pub fn told(self) -> RefundState {
        match self {
            Self::Requested => RefundState::Requested,
            Self::Declined => RefundState::Declined,
            Self::Queued => RefundState::Queued,
            Self::Sending => RefundState::Sending,
            Self::Refused => RefundState::Refused,
            Self::Processing => RefundState::Processing,
            Self::Abnormal => RefundState::Abnormal,
            Self::Done => RefundState::Done,
            Self::Closed => RefundState::Closed,
        }
    }
}

/// What the channel says of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundAnswer {
    /// Verified: how it stands.
    Told(RefundFact),
    /// It says that it has no such refund; alone that proves nothing.
    Absent,
    /// It said no; that is not verified.
    Refused(Refusal),
    /// The merchant's account is short: the same again once it is topped up.
    Short(Refusal),
    /// Nothing could be learnt.
    Unknown,
}

/// A verified word about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundFact {
    /// The channel's number for it.
    pub channel_refund_no: String,
    /// The payment's number at the channel.
    pub transaction_id: String,
    /// Minor units.
    pub amount: i64,
    /// Where it stands.
    pub standing: Standing,
    /// When the money was given back.
    pub done_at: Option<Time>,
    /// Where it went, for people.
    pub detail: Option<String>,
    /// The proof.
    pub evidence: Evidence,
}

/// Where the channel says a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Taken, on its way.
    Processing,
    /// Given back.
    Done,
    /// Given up.
    Closed,
    /// The customer's account cannot take it.
    Abnormal,
}

/// Money that can be given back: a payment, or money that does not match.
struct Source {
    amount: i64,
    currency: String,
    paid_at: Time,
}

impl OrderRecord {
    /// The refund of this number.
    pub fn refund(&self, refund_no: &RefundNo) -> Option<&RefundRecord> {
        self.refunds.iter().find(|refund| refund.refund_no == *refund_no)
    }

    fn refund_mut(&mut self, refund_no: &RefundNo) -> Option<&mut RefundRecord> {
        self.refunds.iter_mut().find(|refund| refund.refund_no == *refund_no)
    }

    /// The refunds of one payment.
    pub fn refunds_of<'a>(
        &'a self,
        channel: &'a str,
        transaction_id: &'a str,
    ) -> impl Iterator<Item = &'a RefundRecord> {
        self.refunds.iter().filter(move |refund| {
            refund.asked.channel == channel && refund.asked.transaction_id == transaction_id
        })
    }

    /// What of a payment was given back, is on its way back or was asked back.
    pub fn held_back(&self, channel: &str, transaction_id: &str) -> i64 {
        self.refunds_of(channel, transaction_id)
            .filter(|refund| refund.phase.told().holds_money())
            .fold(0, |sum, refund| sum.saturating_add(refund.asked.amount))
    }

    /// When the money of this channel and number came, whether it matches or not.
    pub fn paid_at(&self, channel: &str, transaction_id: &str) -> Option<Time> {
        self.source(channel, transaction_id).map(|source| source.paid_at)
    }

    fn source(&self, of_channel: &str, transaction_id: &str) -> Option<Source> {
        let is_it = |channel: &str, id: &str| channel == of_channel && id == transaction_id;
        let payment = self.payments.iter().find(|one| is_it(&one.channel, &one.transaction_id));
        let payment = payment.map(|one| Source {
            amount: one.amount,
            currency: one.currency.to_string(),
            paid_at: one.paid_at,
        });
        payment.or_else(|| {
            let money = self.mismatches.iter().find(|one| is_it(&one.channel, &one.transaction_id))?;
            Some(Source { amount: money.amount, currency: money.currency.clone(), paid_at: money.paid_at })
        })
    }

    /// What the payment that is given back was in whole, for the channel.
    pub fn whole_of(&self, refund: &RefundRecord) -> Option<i64> {
        self.source(&refund.asked.channel, &refund.asked.transaction_id).map(|source| source.amount)
    }
}

/// A till, or the merchant's rule, asks for money back.
pub(super) fn ask(
    record: &mut OrderRecord,
    refund_no: &RefundNo,
    asked: NewRefund,
    by: By,
    waits_for_manager: bool,
    now: Time,
) -> Result<(), Conflict> {
    if let Some(known) = record.refund(refund_no) {
        if known.asked == asked {
            return Ok(());
        }
        return refuse(
            ProblemCode::OtherBytes,
            None,
            "the number stands for another refund; make a new number for another refund",
        );
    }
    let Some(source) = record.source(&asked.channel, &asked.transaction_id) else {
        return refuse(
            ProblemCode::PaymentUnknown,
            Some("transaction_id"),
            "the order has no payment of this channel and number",
        );
    };
    if source.currency != asked.currency.as_str() {
        let detail = format!("the payment is in {}", source.currency);
        return refuse(ProblemCode::RefundOverRest, Some("currency"), detail);
    }
    let rest = source.amount - record.held_back(&asked.channel, &asked.transaction_id);
    if asked.amount > rest {
        let detail =
            format!("{rest} {} are left of the payment, {} were asked", asked.currency, asked.amount);
        return refuse(ProblemCode::RefundOverRest, Some("amount"), detail);
    }
    let parts = record
        .refunds_of(&asked.channel, &asked.transaction_id)
        .filter(|part| !matches!(part.phase, RefundPhase::Declined | RefundPhase::Refused))
        .count();
    if parts >= REFUND_PARTS_MAX {
        let detail = format!("a payment is given back in at most {REFUND_PARTS_MAX} parts");
        return refuse(ProblemCode::RefundPartsExhausted, Some("refund_no"), detail);
    }
    let is_cash = asked.channel == saoma_contract::CASH_CHANNEL;
    if !is_cash && now.ms_since(source.paid_at) > AGE_MAX_MS {
        return refuse(
            ProblemCode::RefundTooOld,
            Some("transaction_id"),
            "the payment is older than a year; give the money back in another way",
        );
    }
    record.refunds.push(RefundRecord::requested(refund_no.clone(), asked, now, by));
    if !waits_for_manager {
        allow(record, refund_no, now);
    }
    Ok(())
}

/// Lets a refund go: into the queue, or, for cash, out of the drawer at once.
fn allow(record: &mut OrderRecord, refund_no: &RefundNo, now: Time) {
    let Some(refund) = record.refund_mut(refund_no) else { return };
    if refund.asked.channel == saoma_contract::CASH_CHANNEL {
        refund.phase = RefundPhase::Done;
        refund.done_at = Some(now);
    } else {
        refund.phase = RefundPhase::Queued;
        queue(record, now);
    }
}

/// A manager says yes or no.
pub(super) fn say(
    record: &mut OrderRecord,
    refund_no: &RefundNo,
    approve: bool,
    reason: Option<RefundReason>,
    by: By,
    now: Time,
) -> Result<(), Conflict> {
    let Some(refund) = record.refund_mut(refund_no) else {
        return refuse(ProblemCode::NotFound, Some("refund_no"), "the order has no such refund");
    };
    if let Some(decided) = &refund.decided {
        if decided.approve == approve {
            return Ok(());
        }
        let said = if decided.approve { "allowed" } else { "declined" };
        return refuse(ProblemCode::RefundDecided, Some("approve"), format!("the refund was {said} before"));
    }
    if refund.phase != RefundPhase::Requested {
        return if approve {
            Ok(())
        } else {
            refuse(ProblemCode::RefundDecided, Some("approve"), "the refund did not wait for a decision")
        };
    }
    refund.decided = Some(Decided { approve, at: now, by });
    if approve {
        allow(record, refund_no, now);
    } else {
        refund.phase = RefundPhase::Declined;
        refund.detail = reason.map(|reason| reason.to_string());
    }
    Ok(())
}

/// A manager has an abnormal refund paid to the merchant's own account.
pub(super) fn to_merchant(record: &mut OrderRecord, refund_no: &RefundNo, now: Time) -> Result<(), Conflict> {
    let Some(refund) = record.refund_mut(refund_no) else {
        return refuse(ProblemCode::NotFound, Some("refund_no"), "the order has no such refund");
    };
    if refund.to_merchant_at.is_some() {
        return Ok(());
    }
    if refund.phase != RefundPhase::Abnormal {
        let detail = "only a refund that the customer's account cannot take is paid to the merchant's own";
        return refuse(ProblemCode::RefundNotAbnormal, Some("refund_no"), detail);
    }
    refund.to_merchant_at = Some(now);
    refund.tries = 0;
    refund.due = Some(Due { step: Step::RefundToMerchant, at: now });
    Ok(())
}

/// What the channel says of a refund that is to be paid to the merchant's own account. It stays abnormal for ever: that the
/// channel is done with it does not mean that the customer has the money.
fn to_merchant_told(refund: &mut RefundRecord, asked_at: Time, answer: RefundAnswer, moment: Moment) {
    let again = |refund: &mut RefundRecord, step, least_ms| {
        refund.tries = refund.tries.saturating_add(1);
        let pause_ms = backoff_ms(refund.tries, moment.permille).max(least_ms);
        refund.due = Some(Due { step, at: moment.now.plus_ms(pause_ms) });
    };
    match answer {
        RefundAnswer::Told(fact) => match fact.standing {
            Standing::Done => {
                refund.done_at = Some(fact.done_at.unwrap_or(moment.now));
                refund.detail = fact.detail;
                refund.evidence = Some(fact.evidence);
                refund.due = None;
            }
            Standing::Processing => {
                refund.due = Some(Due { step: Step::RefundQuery, at: ask_next(asked_at, moment.now) });
            }
            Standing::Abnormal => again(refund, Step::RefundToMerchant, PARTS_APART_MS),
            Standing::Closed => {
                refund.phase = RefundPhase::Closed;
                refund.detail = fact.detail;
                refund.evidence = Some(fact.evidence);
                refund.due = None;
            }
        },
        // Unsigned, and perhaps only because it is under way already: asked about, and asked for again if it is not.
        RefundAnswer::Refused(refusal) | RefundAnswer::Short(refusal) => {
            refund.detail = Some(refusal.detail);
            again(refund, Step::RefundQuery, UNANSWERED_MS);
        }
        RefundAnswer::Absent | RefundAnswer::Unknown => again(refund, Step::RefundQuery, UNANSWERED_MS),
    }
}

/// The payment is proven of which until now only money that does not match was known. What was asked back of that and is more than
/// the payment can give was never sent, and never will be: people ask anew.
pub(super) fn fit(record: &mut OrderRecord, channel: &str, transaction_id: &str, now: Time) {
    let Some(source) = record.source(channel, transaction_id) else { return };
    let sent =
        |refund: &&RefundRecord| refund.phase >= RefundPhase::Sending && refund.phase.told().holds_money();
    let amount_of = |refund: &RefundRecord| refund.asked.amount;
    let mut rest = record
        .refunds_of(channel, transaction_id)
        .filter(sent)
        .map(amount_of)
        .fold(source.amount, i64::saturating_sub);
    let waiting = record.refunds.iter_mut().filter(|refund| {
        refund.asked.channel == channel
            && refund.asked.transaction_id == transaction_id
            && matches!(refund.phase, RefundPhase::Requested | RefundPhase::Queued)
    });
    for refund in waiting {
        if refund.asked.amount <= rest {
            rest -= refund.asked.amount;
            continue;
        }
        refund.phase = RefundPhase::Refused;
        refund.sends_at = None;
        refund.due = None;
        refund.detail = Some(format!(
            "the payment turned out to be of {} {}: ask for what is to go back of that",
            source.amount, source.currency
        ));
    }
    queue(record, now);
}

/// Gives each waiting part its time. Only the first of them has its sending due, and only while none is in doubt.
pub(super) fn queue(record: &mut OrderRecord, now: Time) {
    let mut is_held = record.refunds.iter().any(|refund| refund.phase == RefundPhase::Sending);
    let last_sent = record.refunds.iter().filter_map(|refund| refund.sent_at).max();
    let mut floor = last_sent.map(|last| last.plus_ms(PARTS_APART_MS));
    for refund in record.refunds.iter_mut().filter(|refund| refund.phase == RefundPhase::Queued) {
        let at = refund
            .sends_at
            .filter(|told| floor.is_none_or(|floor| *told >= floor))
            .unwrap_or_else(|| floor.map_or(now, |floor| floor.max(now)));
        refund.sends_at = Some(at);
        refund.due = (!is_held).then_some(Due { step: Step::Refund, at });
        is_held = true;
        floor = Some(at.plus_ms(PARTS_APART_MS));
    }
}

/// The refund is about to be sent, with these bytes. Out of its turn it is not.
pub(super) fn sending(record: &mut OrderRecord, refund_no: &RefundNo, request: Bytes, now: Time) {
    if let Some(refund) = record.refund_mut(refund_no)
        && matches!(refund.phase, RefundPhase::Queued | RefundPhase::Sending)
        && refund.due.is_some_and(|due| due.step == Step::Refund && due.at <= now)
    {
        refund.phase = RefundPhase::Sending;
        refund.request.get_or_insert(request);
        refund.sent_at = Some(now);
        refund.sends_at = None;
        refund.due = Some(Due { step: Step::RefundQuery, at: now.plus_ms(PARTS_APART_MS) });
    }
    queue(record, now);
}

/// What the channel says of a refund makes of it.
pub(super) fn told(
    record: &mut OrderRecord,
    refund_no: &RefundNo,
    answer: RefundAnswer,
    moment: Moment,
) -> Option<Alarm> {
    let rest = record.refund(refund_no).and_then(|refund| {
        let source = record.source(&refund.asked.channel, &refund.asked.transaction_id)?;
        Some(source.amount - record.held_back(&refund.asked.channel, &refund.asked.transaction_id))
    });
    let refund = record.refund_mut(refund_no)?;
    if let Some(asked_at) = refund.to_merchant_at
        && refund.phase == RefundPhase::Abnormal
        && !matches!(&answer, RefundAnswer::Told(fact) if !fact.is_about(refund))
    {
        if refund.done_at.is_none() {
            to_merchant_told(refund, asked_at, answer, moment);
        }
        return None;
    }
    let alarm = match answer {
        RefundAnswer::Told(fact) => fact_came(refund, rest, fact, moment),
        RefundAnswer::Absent => absent(refund, moment),
        RefundAnswer::Refused(refusal) => {
            if refund.phase == RefundPhase::Sending {
                refund.detail = Some(refusal.detail.clone());
                refund.refused = Some(refusal);
                refund.absent = 0;
                refund.due = Some(Due { step: Step::RefundQuery, at: moment.now });
            }
            None
        }
        RefundAnswer::Short(refusal) => {
            if refund.phase == RefundPhase::Sending {
                refund.detail = Some(refusal.detail.clone());
                if moment.now.ms_since(refund.requested_at) < DAY_MS {
                    refund.due = Some(Due { step: Step::Refund, at: moment.now.plus_ms(SHORT_PAUSE_MS) });
                } else {
                    refund.refused = Some(refusal);
                    refund.due = Some(Due { step: Step::RefundQuery, at: moment.now });
                }
            }
            None
        }
        RefundAnswer::Unknown => {
            if refund.due.is_some() {
                refund.tries = refund.tries.saturating_add(1);
                let pause_ms = backoff_ms(refund.tries, moment.permille).max(UNANSWERED_MS);
                refund.due = Some(Due { step: Step::RefundQuery, at: moment.now.plus_ms(pause_ms) });
            }
            None
        }
    };
    queue(record, moment.now);
    alarm
}

impl RefundFact {
    /// Whether it is about the refund as it was asked for.
    fn is_about(&self, refund: &RefundRecord) -> bool {
        self.transaction_id == refund.asked.transaction_id && self.amount == refund.asked.amount
    }
}

fn fact_came(
    refund: &mut RefundRecord,
    rest: Option<i64>,
    fact: RefundFact,
    moment: Moment,
) -> Option<Alarm> {
    if !fact.is_about(refund) {
        let reason = format!(
            "the channel says that {} of {} are given back, {} of {} were asked",
            fact.amount, fact.transaction_id, refund.asked.amount, refund.asked.transaction_id
        );
        if refund.due.is_some() {
            refund.due = Some(Due { step: Step::RefundQuery, at: moment.now.plus_ms(SLOW_MS) });
        }
        return Some(Alarm::Mismatch(reason));
    }
    let phase = match fact.standing {
        Standing::Processing => RefundPhase::Processing,
        Standing::Done => RefundPhase::Done,
        Standing::Closed => RefundPhase::Closed,
        Standing::Abnormal => RefundPhase::Abnormal,
    };
    let mut alarm = None;
    match refund.phase {
        RefundPhase::Done | RefundPhase::Closed => return None,
        RefundPhase::Requested | RefundPhase::Declined | RefundPhase::Queued | RefundPhase::Refused => {
            let held = if refund.phase.told().holds_money() { refund.asked.amount } else { 0 };
            alarm = Some(Alarm::Mismatch("the channel gives back what was not asked of it here".to_owned()));
            if rest.is_none_or(|rest| rest + held < refund.asked.amount) {
                return alarm;
            }
        }
        RefundPhase::Sending | RefundPhase::Processing | RefundPhase::Abnormal => {}
    }
    refund.channel_refund_no = Some(fact.channel_refund_no);
    refund.tries = 0;
    refund.absent = 0;
    refund.refused = None;
    refund.sends_at = None;
    if phase > refund.phase || refund.phase == RefundPhase::Sending {
        refund.phase = phase;
        refund.detail = fact.detail;
        refund.evidence = Some(fact.evidence);
    }
    refund.due = match refund.phase {
        RefundPhase::Done => {
            refund.done_at = Some(fact.done_at.unwrap_or(moment.now));
            None
        }
        RefundPhase::Abnormal => Some(Due { step: Step::RefundQuery, at: moment.now.plus_ms(SLOW_MS) }),
        RefundPhase::Processing => Some(Due {
            step: Step::RefundQuery,
            at: ask_next(refund.sent_at.unwrap_or(moment.now), moment.now),
        }),
        _ => None,
    };
    alarm
}

/// The channel says that it has no such refund. One that it took cannot vanish; one that it refused was never made once it
/// is absent whenever asked; one that was only sent is sent again, a minute after the last time.
fn absent(refund: &mut RefundRecord, moment: Moment) -> Option<Alarm> {
    match refund.phase {
        RefundPhase::Processing | RefundPhase::Abnormal => {
            refund.tries = refund.tries.saturating_add(1);
            let pause_ms = backoff_ms(refund.tries, moment.permille).max(PARTS_APART_MS);
            refund.due = Some(Due { step: Step::RefundQuery, at: moment.now.plus_ms(pause_ms) });
            return Some(Alarm::Vanished);
        }
        RefundPhase::Sending => {
            refund.absent = refund.absent.saturating_add(1);
            if refund.refused.is_none() {
                let again = refund.sent_at.map_or(moment.now, |sent| sent.plus_ms(PARTS_APART_MS));
                refund.due = Some(Due { step: Step::Refund, at: again.max(moment.now) });
            } else if refund.absent < ABSENT_SURE {
                refund.due = Some(Due { step: Step::RefundQuery, at: moment.now.plus_ms(ABSENT_PAUSE_MS) });
            } else {
                refund.phase = RefundPhase::Refused;
                refund.due = None;
            }
        }
        _ => refund.due = None,
    }
    None
}

/// Brings back a refund that a device's statement says was done. That is no proof, and nothing is ever sent because of it: the
/// channel is asked how the refund stands, and one that it does not have was never made.
pub(super) fn restore(record: &mut OrderRecord, held: &HeldRefund, now: Time) {
    if record.refund(&held.refund_no).is_none() {
        let (refund_no, asked) = (held.refund_no.clone(), held.asked.clone());
        record.refunds.push(RefundRecord::requested(refund_no, asked, held.done_at, By::default()));
    }
    let Some(refund) = record.refund_mut(&held.refund_no) else { return };
    if refund.phase < RefundPhase::Sending {
        refund.phase = RefundPhase::Sending;
        refund.sent_at.get_or_insert(held.done_at);
        refund.sends_at = None;
    }
    if !matches!(refund.phase, RefundPhase::Done | RefundPhase::Closed) {
        // As after a refusal: it is asked about until its fate is proven, and not sent again.
        refund.refused.get_or_insert_with(|| Refusal {
            code: String::new(),
            detail: "a device's receipt tells of this refund".to_owned(),
        });
        refund.due = Some(Due { step: Step::RefundQuery, at: now });
    }
}

/// When a refund that the channel took is asked about next.
pub(super) fn ask_next(sent_at: Time, now: Time) -> Time {
    let minutes = ASKED_AFTER_MIN.into_iter().map(|minutes| sent_at.plus_ms(minutes * MINUTE_MS));
    let next = minutes.chain((1..=46).map(|half_hours| sent_at.plus_ms((70 + half_hours * 30) * MINUTE_MS)));
    let mut next = next.skip_while(|at| *at <= now);
    next.next().unwrap_or_else(|| now.plus_ms(SLOW_MS))
}
