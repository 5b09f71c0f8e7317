//! Samples for tests: a merchant with its keys, signed orders, and statements about them.

use saoma_contract::statement::{
    Checked, ClosedStatement, CodeStatement, KeysStatement, PaidStatement, RefundedPart, RefundedStatement,
    Statement, StatementKey, TrustedKeys, sign, sign_keys,
};
use saoma_contract::{
    AttemptNo, ClockTrust, Code, CodeKind, Currency, DeviceSigner as _, Line, Method, OrderBody, OrderNo,
    OrderState, Origin, Payment, PaymentProof, RefundNo, SignedOrder, SoftwareKey, Time, Version,
};
use zeroize::Zeroizing;

use crate::clock::Now;
use crate::sale::{Hint, Sale};

pub(crate) fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([seed; 32])).unwrap()
}

pub(crate) fn at(ms: i64) -> Time {
    Time::from_unix_ms(1_785_549_600_000 + ms)
}

pub(crate) fn now(ms: i64) -> Now {
    Now { mono_ms: u64::try_from(ms).unwrap(), server: at(ms), trust: ClockTrust::Server }
}

pub(crate) fn attempt(number: u8) -> AttemptNo {
    AttemptNo::try_from(number).unwrap()
}

pub(crate) fn keys() -> TrustedKeys {
    let statement = KeysStatement {
        merchant: "tea".parse().unwrap(),
        live: true,
        serial: 1,
        root: key(9).public_key(),
        keys: vec![StatementKey {
            kid: "k1".parse().unwrap(),
            key: key(8).public_key(),
            from: at(-1_000),
            until: None,
        }],
        as_of: at(0),
    };
    let jws = sign_keys(statement, &key(9)).unwrap();
    TrustedKeys::verify(jws, &"tea".parse().unwrap(), &key(9).public_key().fingerprint()).unwrap()
}

pub(crate) fn number(seed: u8) -> OrderNo {
    OrderNo::new(1_785_549_600_000 + u64::from(seed), [seed; 10])
}

pub(crate) fn sale(seed: u8, made_ms: i64) -> Sale {
    let body = OrderBody {
        merchant: "tea".parse().unwrap(),
        store: "main".parse().unwrap(),
        device: "d_1".parse().unwrap(),
        staff: None,
        origin: Origin::Till,
        order_no: number(seed),
        amount: 1280,
        currency: Currency::CNY,
        lines: vec![Line { no: 1, amount: 1280, reference: None }],
        business_key: None,
        description: "Tea".parse().unwrap(),
        note: None,
        method: Method::WechatpayQr,
        life_s: 300,
        made_at: at(made_ms),
        clock: ClockTrust::Server,
    };
    Sale::rung_up(SignedOrder::sign(body, &key(1)).unwrap())
}

pub(crate) fn version(counter: u64) -> Version {
    Version { epoch: 1, counter }
}

pub(crate) fn hint(counter: u64, state: OrderState, number: u8) -> Hint {
    Hint {
        version: version(counter),
        state,
        attempt: attempt(number),
        attempt_at: at(0),
        mismatch: false,
        refusal: None,
        none_yet: false,
        attempt_refusal: None,
        cash: false,
        refunds: Vec::new(),
        mismatches: Vec::new(),
    }
}

fn checked(statement: &Statement) -> Checked {
    keys().check(&sign(statement, &"k1".parse().unwrap(), &key(8)).unwrap()).unwrap()
}

pub(crate) fn code(seed: u8, counter: u64, number_of_attempt: u8, expires_ms: i64) -> Checked {
    code_of_kind(seed, counter, number_of_attempt, expires_ms, CodeKind::Qr)
}

pub(crate) fn code_of_kind(
    seed: u8,
    counter: u64,
    number_of_attempt: u8,
    expires_ms: i64,
    kind: CodeKind,
) -> Checked {
    checked(&Statement::Code(CodeStatement {
        merchant: "tea".parse().unwrap(),
        live: true,
        order_no: number(seed),
        attempt: attempt(number_of_attempt),
        amount: 1280,
        currency: Currency::CNY,
        code: Code { kind, text: "weixin://wxpay/bizpayurl?pr=x".to_owned(), expires_at: at(expires_ms) },
        version: version(counter),
        as_of: at(0),
    }))
}

pub(crate) fn closed(seed: u8, counter: u64, number_of_attempt: Option<u8>) -> Checked {
    checked(&Statement::Closed(ClosedStatement {
        merchant: "tea".parse().unwrap(),
        live: true,
        order_no: number(seed),
        attempt: number_of_attempt.map(attempt),
        version: version(counter),
        as_of: at(0),
    }))
}

fn payment(transaction_id: &str, amount: i64) -> Payment {
    Payment {
        channel: "wechatpay".to_owned(),
        transaction_id: transaction_id.to_owned(),
        attempt: attempt(1),
        proof: PaymentProof::Proven,
        amount,
        currency: Currency::CNY,
        payer_amount: None,
        payer_currency: None,
        paid_at: at(0),
        late: false,
        late_money: None,
    }
}

fn paid_statement(seed: u8, counter: u64, payment: Payment) -> Checked {
    checked(&Statement::Paid(PaidStatement {
        merchant: "tea".parse().unwrap(),
        merchant_name: "Tea".to_owned(),
        store: "main".parse().unwrap(),
        live: true,
        order_no: number(seed),
        amount: 1280,
        currency: Currency::CNY,
        payment,
        version: version(counter),
        as_of: at(0),
    }))
}

pub(crate) fn paid(seed: u8, counter: u64, transaction_id: &str, amount: i64) -> Checked {
    paid_statement(seed, counter, payment(transaction_id, amount))
}

/// Cash, as the backend attests it.
pub(crate) fn in_cash(seed: u8, counter: u64) -> Checked {
    let order_no = number(seed);
    let payment = Payment {
        channel: "cash".to_owned(),
        proof: PaymentProof::Attested,
        ..payment(order_no.as_str(), 1280)
    };
    paid_statement(seed, counter, payment)
}

pub(crate) fn refund_no(seed: u8) -> RefundNo {
    RefundNo::new(1_785_549_600_000, [seed; 10])
}

/// A payment of 1280 of which parts were given back.
pub(crate) fn refunded(seed: u8, counter: u64, transaction_id: &str, parts: &[(u8, i64)]) -> Checked {
    let part = |(seed, amount): &(u8, i64)| RefundedPart {
        refund_no: refund_no(*seed),
        amount: *amount,
        done_at: at(0),
    };
    checked(&Statement::Refunded(RefundedStatement {
        merchant: "tea".parse().unwrap(),
        merchant_name: "Tea".to_owned(),
        store: "main".parse().unwrap(),
        live: true,
        order_no: number(seed),
        amount: 1280,
        currency: Currency::CNY,
        payment: payment(transaction_id, 1280),
        refunded: parts.iter().map(|(_, amount)| amount).sum(),
        refunds: parts.iter().map(part).collect(),
        version: version(counter),
        as_of: at(0),
    }))
}
