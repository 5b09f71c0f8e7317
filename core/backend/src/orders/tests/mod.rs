mod answers;
mod asks;
mod charges;
mod money;
mod properties;
mod refunds;
mod restored;
mod set_back;

use bytes::Bytes;
use saoma_contract::{
    AttemptNo, ClockTrust, Currency, DeviceId, Line, Method, OrderBody, OrderNo, Origin, Refusal,
    SignedOrder, SoftwareKey, Time,
};
use zeroize::Zeroizing;

use super::*;

pub(super) const LIFE_MS: i64 = 300_000;

pub(super) fn start() -> Time {
    "2026-08-01T02:00:00.000Z".parse().unwrap()
}

pub(super) fn no(number: u8) -> AttemptNo {
    number.try_into().unwrap()
}

pub(super) fn device() -> DeviceId {
    "d-1".parse().unwrap()
}

pub(super) fn at(ms: i64) -> Moment {
    Moment { now: start().plus_ms(ms), permille: 500 }
}

pub(super) fn order(amount: i64) -> StoredOrder {
    let body = OrderBody {
        merchant: "tea".parse().unwrap(),
        store: "main".parse().unwrap(),
        device: device(),
        staff: None,
        origin: Origin::Till,
        order_no: OrderNo::new(1_785_549_600_000, [7; 10]),
        amount,
        currency: Currency::CNY,
        lines: vec![Line { no: 1, amount, reference: None }],
        business_key: None,
        description: "tea".parse().unwrap(),
        note: None,
        method: Method::WechatpayQr,
        life_s: 300,
        made_at: start(),
        clock: ClockTrust::Server,
    };
    let key = SoftwareKey::from_random(&Zeroizing::new([9; 32])).unwrap();
    let signed = SignedOrder::sign(body, &key).unwrap();
    StoredOrder { jws: signed.jws().clone(), body: signed.body().clone() }
}

pub(super) fn unknown_number() -> OrderRecord {
    OrderRecord::new(
        order(1280).body.order_no,
        "tea".parse().unwrap(),
        "main".parse().unwrap(),
        false,
        start(),
    )
}

/// Lets events happen one after the other, each so many milliseconds after the start; every one must be allowed.
pub(super) fn after(events: impl IntoIterator<Item = (i64, Event)>) -> OrderRecord {
    events.into_iter().fold(unknown_number(), |record, (ms, event)| step(&record, ms, event))
}

pub(super) fn step(record: &OrderRecord, ms: i64, event: Event) -> OrderRecord {
    decide(record, event, at(ms)).unwrap().record
}

pub(super) fn put() -> Event {
    Event::Put(order(1280))
}

pub(super) fn sending(attempt: u8, ms: i64) -> Event {
    Event::Sending(no(attempt), Bytes::from_static(b"{}"), start().plus_ms(ms + LIFE_MS))
}

pub(super) fn opened(attempt: u8) -> Event {
    Event::Opened(no(attempt), format!("weixin://{attempt}"))
}

pub(super) fn asked(attempt: u8, answer: Answer) -> Event {
    Event::Asked(no(attempt), answer)
}

pub(super) fn cancel(attempt: u8) -> Event {
    Event::Cancel(no(attempt), device())
}

pub(super) fn refused(attempt: u8) -> Event {
    Event::OpenRefused(no(attempt), refusal())
}

pub(super) fn refusal() -> Refusal {
    Refusal { code: "PARAM_ERROR".to_owned(), detail: "description".to_owned() }
}

pub(super) fn money(attempt: u8, transaction_id: &str) -> Money {
    Money {
        channel: "wechatpay",
        transaction_id: transaction_id.to_owned(),
        out_trade_no: saoma_contract::OutTradeNo::new(&order(1280).body.order_no, no(attempt)).to_string(),
        amount: 1280,
        currency: "CNY".to_owned(),
        payer_amount: Some(1180),
        payer_currency: Some(Currency::CNY),
        paid_at: start(),
        foreign: None,
        evidence: Evidence {
            received_at: start(),
            serial: "PUB_KEY_ID_1".to_owned(),
            headers: String::new(),
            body: Bytes::new(),
        },
    }
}

pub(super) fn notified(attempt: u8, transaction_id: &str) -> Event {
    Event::Notified(no(attempt), money(attempt, transaction_id))
}

/// An order whose first code is on show, since one second after the start.
pub(super) fn awaiting() -> OrderRecord {
    after([(0, put()), (1_000, sending(1, 1_000)), (1_000, opened(1))])
}

/// An order whose first attempt is proven closed.
pub(super) fn closed_once() -> OrderRecord {
    let record = step(&awaiting(), 400_000, Event::Expired(no(1)));
    step(&record, 401_000, asked(1, Answer::Closed))
}

pub(super) fn state(record: &OrderRecord) -> String {
    record.state().to_string()
}

/// What is due for an attempt, and how many milliseconds after the start.
pub(super) fn due(record: &OrderRecord, attempt: u8) -> Option<(Step, i64)> {
    record.attempt(no(attempt)).unwrap().due.map(|due| (due.step, due.at.ms_since(start())))
}

pub(super) fn phases(record: &OrderRecord) -> Vec<Phase> {
    record.attempts.iter().map(|attempt| attempt.phase).collect()
}
