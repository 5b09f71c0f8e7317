//! An order as tills see it, with the statements that hold now.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use saoma_contract::statement::{
    ClosedStatement, CodeStatement, PaidStatement, RefundedPart, RefundedStatement, Statement,
};
use saoma_contract::{
    Attempt, AttemptNo, Code, CodeKind, Jws, Mismatch, Order, OrderNo, Payment, PaymentProof, Refund, Time,
    Version, planted,
};
use serde_json::Map;

use crate::orders::{
    AttemptRecord, Kind, MismatchRecord, OrderRecord, PaymentRecord, Phase, RefundPhase, RefundRecord,
};
use crate::shop::MerchantAccount;

/// Orders whose statements are kept so that they are signed once for each version.
const KEPT_MAX: usize = 4096;

/// Makes views; signs each statement once.
#[derive(Default)]
pub struct Views {
    signed: Mutex<BTreeMap<OrderNo, (Version, Vec<Jws>)>>,
}

impl Views {
    /// The order as it is told.
    pub fn order(&self, record: &OrderRecord, account: &MerchantAccount) -> Order {
        let body = record.signed.as_ref().map(|signed| &signed.body);
        Order {
            order_no: record.order_no.clone(),
            version: record.version,
            state: record.state(),
            live: record.live,
            merchant: record.merchant.clone(),
            store: body.map(|body| body.store.clone()),
            device: body.map(|body| body.device.clone()),
            staff: body.and_then(|body| body.staff.clone()),
            amount: body.map_or(0, |body| body.amount),
            currency: body.map_or(account.currency(), |body| body.currency),
            description: body.map(|body| body.description.clone()),
            note: body.and_then(|body| body.note.clone()),
            business_key: body.and_then(|body| body.business_key.clone()),
            created_at: record.created_at,
            attempts: record.attempts.iter().map(attempt).collect(),
            payments: record.payments.iter().map(|one| payment(record, one)).collect(),
            refunds: record.refunds.iter().map(refund).collect(),
            mismatches: record.mismatches.iter().map(mismatch).collect(),
            mismatch: record.mismatch,
            statements: self.statements(record, account),
            refusal: record.refusal.clone(),
            unknown: Map::new(),
        }
    }

    fn statements(&self, record: &OrderRecord, account: &MerchantAccount) -> Vec<Jws> {
        if let Some((version, known)) = self.kept().get(&record.order_no)
            && (*version == record.version || planted("statements-kept"))
        {
            return known.clone();
        }
        let statements = sign(record, account);
        let mut kept = self.kept();
        kept.insert(record.order_no.clone(), (record.version, statements.clone()));
        if kept.len() > KEPT_MAX {
            // Numbers begin with their time: the first is the oldest.
            kept.pop_first();
        }
        statements
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<OrderNo, (Version, Vec<Jws>)>> {
        self.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn attempt(record: &AttemptRecord) -> Attempt {
    Attempt {
        attempt: record.attempt,
        kind: record.kind.into(),
        out_trade_no: record.out_trade_no.clone(),
        state: record.phase.into(),
        code: code(record).filter(|_| record.phase == Phase::Open),
        sent_at: record.sent_at,
        asked_at: record.asked_at,
        refusal: record
            .refused
            .clone()
            .filter(|_| record.kind == Kind::Code && record.phase == Phase::Closed),
    }
}

fn code(record: &AttemptRecord) -> Option<Code> {
    let (text, expires_at) = record.code.clone().zip(record.expires_at)?;
    Some(Code { kind: CodeKind::Qr, text, expires_at })
}

fn refund(record: &RefundRecord) -> Refund {
    let decided = record.decided.as_ref().map(|decided| decided.by.clone()).unwrap_or_default();
    Refund {
        refund_no: record.refund_no.clone(),
        channel: record.asked.channel.clone(),
        transaction_id: record.asked.transaction_id.clone(),
        amount: record.asked.amount,
        currency: record.asked.currency,
        reason: record.asked.reason.clone(),
        state: record.phase.told(),
        requested_at: record.requested_at,
        requested_by: record.requested_by.device.clone(),
        staff: record.requested_by.staff.clone(),
        decided_by: decided.device,
        decided_staff: decided.staff,
        sends_at: record.sends_at.filter(|_| record.phase == RefundPhase::Queued),
        channel_refund_no: record.channel_refund_no.clone(),
        to_merchant_at: record.to_merchant_at,
        done_at: record.done_at,
        detail: record.detail.clone(),
    }
}

fn mismatch(record: &MismatchRecord) -> Mismatch {
    Mismatch {
        channel: record.channel.clone(),
        transaction_id: record.transaction_id.clone(),
        out_trade_no: record.out_trade_no.clone(),
        amount: record.amount,
        currency: record.currency.clone(),
        reason: record.reason.clone(),
        paid_at: record.paid_at,
    }
}

fn payment(order: &OrderRecord, record: &PaymentRecord) -> Payment {
    Payment {
        channel: record.channel.clone(),
        transaction_id: record.transaction_id.clone(),
        attempt: record.attempt,
        proof: if record.is_cash() { PaymentProof::Attested } else { PaymentProof::Proven },
        amount: record.amount,
        currency: record.currency,
        payer_amount: record.payer_amount,
        payer_currency: record.payer_currency,
        paid_at: record.paid_at,
        late: record.late,
        late_money: order.late_money(record),
    }
}

/// The parts of a payment that were given back.
fn parts(record: &OrderRecord, payment: &PaymentRecord) -> Vec<RefundedPart> {
    record
        .refunds_of(&payment.channel, &payment.transaction_id)
        .filter(|refund| refund.phase == RefundPhase::Done)
        .map(|refund| RefundedPart {
            refund_no: refund.refund_no.clone(),
            amount: refund.asked.amount,
            done_at: refund.done_at.unwrap_or(refund.requested_at),
        })
        .collect()
}

/// The statements that hold: a `paid` or `refunded` one for each payment, `closed` once that is proven (also beside
/// cash, so that a till knows that the code is dead), `code` while it can be paid.
fn sign(record: &OrderRecord, account: &MerchantAccount) -> Vec<Jws> {
    let say = |statement: &dyn Fn(Time) -> Statement| account.keys.sign(record.changed_at, statement);
    if record.is_closed() {
        return vec![say(&|as_of| Statement::Closed(closed(record, as_of)))];
    }
    let Some(signed) = &record.signed else { return Vec::new() };
    let (amount, currency) = (signed.body.amount, signed.body.currency);
    let mut statements: Vec<Jws> = record
        .payments
        .iter()
        .map(|one| {
            say(&|as_of| {
                let parts = parts(record, one);
                if parts.is_empty() {
                    return Statement::Paid(PaidStatement {
                        merchant: record.merchant.clone(),
                        merchant_name: account.merchant.name.clone(),
                        store: record.store.clone(),
                        live: record.live,
                        order_no: record.order_no.clone(),
                        amount,
                        currency,
                        payment: payment(record, one),
                        version: record.version,
                        as_of,
                    });
                }
                Statement::Refunded(RefundedStatement {
                    merchant: record.merchant.clone(),
                    merchant_name: account.merchant.name.clone(),
                    store: record.store.clone(),
                    live: record.live,
                    order_no: record.order_no.clone(),
                    amount,
                    currency,
                    payment: payment(record, one),
                    refunded: parts.iter().map(|part| part.amount).sum(),
                    refunds: parts,
                    version: record.version,
                    as_of,
                })
            })
        })
        .collect();
    if record.is_dead_beside_cash() {
        statements.push(say(&|as_of| Statement::Closed(closed(record, as_of))));
    }
    if let Some(last) = record.last()
        && let Some(code) = code(last)
        && last.phase == Phase::Open
        && record.payments.is_empty()
        && !record.mismatch
    {
        statements.push(say(&|as_of| {
            Statement::Code(CodeStatement {
                merchant: record.merchant.clone(),
                live: record.live,
                order_no: record.order_no.clone(),
                attempt: last.attempt,
                amount,
                currency,
                code: code.clone(),
                version: record.version,
                as_of,
            })
        }));
    }
    statements
}

fn closed(record: &OrderRecord, as_of: Time) -> ClosedStatement {
    let last: Option<AttemptNo> = record.last().map(|last| last.attempt);
    ClosedStatement {
        merchant: record.merchant.clone(),
        live: record.live,
        order_no: record.order_no.clone(),
        attempt: last,
        version: record.version,
        as_of,
    }
}
