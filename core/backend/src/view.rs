//! An order as tills see it, with the statements that hold now.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use saoma_contract::statement::{ClosedStatement, CodeStatement, PaidStatement, Statement};
use saoma_contract::{
    Attempt, AttemptKind, AttemptNo, Code, CodeKind, Jws, LateMoney, Order, OrderNo, Payment, PaymentProof,
    Time, Version,
};
use serde_json::Map;

use crate::orders::{AttemptRecord, OrderRecord, PaymentRecord, Phase};
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
            payments: record.payments.iter().map(payment).collect(),
            refunds: Vec::new(),
            mismatches: Vec::new(),
            mismatch: record.mismatch,
            statements: self.statements(record, account),
            refusal: record.refusal.clone(),
            unknown: Map::new(),
        }
    }

    fn statements(&self, record: &OrderRecord, account: &MerchantAccount) -> Vec<Jws> {
        if let Some((version, known)) = self.kept().get(&record.order_no)
            && *version == record.version
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
        kind: AttemptKind::Qr,
        out_trade_no: record.out_trade_no.clone(),
        state: record.phase.into(),
        code: code(record).filter(|_| record.phase == Phase::Open),
        sent_at: record.sent_at,
        asked_at: record.asked_at,
        refusal: None,
    }
}

fn code(record: &AttemptRecord) -> Option<Code> {
    let (text, expires_at) = record.code.clone().zip(record.expires_at)?;
    Some(Code { kind: CodeKind::Qr, text, expires_at })
}

fn payment(record: &PaymentRecord) -> Payment {
    Payment {
        channel: record.channel.clone(),
        transaction_id: record.transaction_id.clone(),
        attempt: record.attempt,
        proof: PaymentProof::Proven,
        amount: record.amount,
        currency: record.currency,
        payer_amount: record.payer_amount,
        payer_currency: record.payer_currency,
        paid_at: record.paid_at,
        late: record.late,
        late_money: record.late.then_some(LateMoney::Ask),
    }
}

/// The statements that hold: a `paid` one for each payment, `closed` once that is proven, `code` while it can be paid.
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
                Statement::Paid(PaidStatement {
                    merchant: record.merchant.clone(),
                    merchant_name: account.merchant.name.clone(),
                    store: record.store.clone(),
                    live: record.live,
                    order_no: record.order_no.clone(),
                    amount,
                    currency,
                    payment: payment(one),
                    version: record.version,
                    as_of,
                })
            })
        })
        .collect();
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
