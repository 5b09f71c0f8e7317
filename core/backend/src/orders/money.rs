//! Money that came: compared with what was asked, and recorded once.

use saoma_contract::{AttemptNo, Currency, Time};

use super::ending::end;
use super::{
    Alarm, AttemptRecord, MismatchRecord, Money, OrderRecord, PaymentRecord, Phase, RefundPhase, refunds,
};

/// Takes verified money for an attempt. Money that does not match what was asked freezes the order and never pays it;
/// the reason is given back for a person.
pub(super) fn receive(record: &mut OrderRecord, no: AttemptNo, money: Money, now: Time) -> Option<Alarm> {
    let is_repeat = |payment: &PaymentRecord| {
        payment.channel == money.channel && payment.transaction_id == money.transaction_id
    };
    if record.payments.iter().any(is_repeat) {
        return None;
    }
    let asked = record.signed.as_ref().map(|signed| (signed.body.amount, signed.body.currency));
    if let Some(reason) =
        misfit(&money, asked, record.attempt(no).map(|attempt| attempt.out_trade_no.as_str()))
    {
        record.mismatch = true;
        if let Some(attempt) = record.attempt_mut(no)
            && !attempt.phase.has_ended()
        {
            attempt.phase = Phase::Closing;
            attempt.due = None;
        }
        let is_known = record.mismatches.iter().any(|known| {
            (&known.channel, &known.transaction_id, &known.out_trade_no)
                == (&money.channel.to_owned(), &money.transaction_id, &money.out_trade_no)
        });
        if is_known {
            return None;
        }
        record.mismatches.push(MismatchRecord {
            channel: money.channel.to_owned(),
            transaction_id: money.transaction_id,
            out_trade_no: money.out_trade_no,
            amount: money.amount,
            currency: money.currency,
            reason: reason.clone(),
            paid_at: money.paid_at,
            evidence: Some(money.evidence),
        });
        return Some(Alarm::Mismatch(reason));
    }
    let (_, currency) = asked?;
    let is_settled = !record.payments.is_empty();
    let attempt = record.attempt_mut(no)?;
    let is_withdrawn = attempt.phase >= Phase::Closing || attempt.expires_at.is_some_and(|end| now >= end);
    attempt.phase = Phase::Paid;
    attempt.known = true;
    attempt.due = None;
    record.payments.push(PaymentRecord {
        channel: money.channel.to_owned(),
        transaction_id: money.transaction_id.clone(),
        attempt: no,
        amount: money.amount,
        currency,
        payer_amount: money.payer_amount,
        payer_currency: money.payer_currency,
        paid_at: money.paid_at,
        late: is_settled || is_withdrawn,
        accepted: None,
        attested_by: None,
        evidence: Some(money.evidence),
    });
    refunds::fit(record, money.channel, &money.transaction_id, now);
    record.refresh_wanted = false;
    let others: Vec<AttemptNo> = record.attempts.iter().map(|other| other.attempt).collect();
    for other in others {
        end(record, other, now);
    }
    None
}

impl OrderRecord {
    /// Whether money that does not match came, and every bit of it is proven given back.
    pub(super) fn is_given_back(&self) -> bool {
        self.mismatch
            && !self.mismatches.is_empty()
            && self.attempts.iter().all(|attempt| attempt.phase.has_ended() || self.was_used_up(attempt))
            && self.mismatches.iter().all(|money| {
                let done = self
                    .refunds_of(&money.channel, &money.transaction_id)
                    .filter(|refund| refund.phase == RefundPhase::Done)
                    .fold(0, |sum: i64, refund| sum.saturating_add(refund.asked.amount));
                done >= money.amount
            })
    }

    /// Whether money that does not match came by this attempt: it cannot be paid again.
    fn was_used_up(&self, attempt: &AttemptRecord) -> bool {
        self.mismatches.iter().any(|money| money.out_trade_no == attempt.out_trade_no.as_str())
    }
}

/// What does not fit, in words for a person (WeChat Pay protocol B.6.2 step 4, E.2).
fn misfit(money: &Money, asked: Option<(i64, Currency)>, out_trade_no: Option<&str>) -> Option<String> {
    let Some((amount, currency)) = asked else {
        return Some(format!("{} {} came for a number that was closed unseen", money.amount, money.currency));
    };
    if let Some(foreign) = &money.foreign {
        return Some(foreign.clone());
    }
    if out_trade_no != Some(money.out_trade_no.as_str()) {
        return Some(format!("money for {} came in an answer about another attempt", money.out_trade_no));
    }
    if money.amount != amount || money.currency != currency.as_str() {
        return Some(format!(
            "{} {} came where {amount} {currency} were asked",
            money.amount, money.currency
        ));
    }
    None
}
