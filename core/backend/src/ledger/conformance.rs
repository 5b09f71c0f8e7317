//! What every ledger must do, whatever it is made of. An implementation's tests call [`conforms`] with a way to make an
//! empty one.

use std::sync::{Arc, Mutex};

use saoma_contract::{
    AttemptNo, BusinessKey, ClockTrust, Currency, DeviceSigner as _, Line, Method, NewRefund, OrderBody,
    OrderNo, Origin, RefundNo, Refusal, SignedOrder, SoftwareKey, Time,
};
use zeroize::Zeroizing;

use super::*;
use crate::orders::{
    Answer, By, Event, Evidence, Moment, Money, Phase, RefundAnswer, RefundFact, Standing, StoredOrder,
    decide,
};

pub(super) fn start() -> Time {
    "2026-08-01T02:00:00.000Z".parse().unwrap()
}

fn key() -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([9; 32])).unwrap()
}

pub(super) fn no(number: u8) -> AttemptNo {
    number.try_into().unwrap()
}

/// The order of this number at a store, brought and perhaps with a business key.
pub(super) fn order(number: u8, store: &str, business_key: Option<&str>) -> OrderRecord {
    let body = OrderBody {
        merchant: "tea".parse().unwrap(),
        store: store.parse().unwrap(),
        device: "d-1".parse().unwrap(),
        staff: None,
        origin: Origin::Till,
        order_no: OrderNo::new(1_785_549_600_000, [number; 10]),
        amount: 1280,
        currency: Currency::CNY,
        lines: vec![Line { no: 1, amount: 1280, reference: None }],
        business_key: business_key.map(|key| key.parse().unwrap()),
        description: "绿豆咖啡".parse().unwrap(),
        note: Some("😀".parse().unwrap()),
        method: Method::WechatpayQr,
        life_s: 300,
        made_at: start(),
        clock: ClockTrust::Server,
    };
    let signed = SignedOrder::sign(body, &key()).unwrap();
    let stored = StoredOrder { jws: signed.jws().clone(), body: signed.body().clone() };
    let (merchant, store) = (stored.body.merchant.clone(), stored.body.store.clone());
    let new = OrderRecord::new(stored.body.order_no.clone(), merchant, store, false, start());
    happens(&new, 0, Event::Put(stored))
}

pub(super) fn happens(record: &OrderRecord, ms: i64, event: Event) -> OrderRecord {
    decide(record, event, Moment { now: start().plus_ms(ms), permille: 500 }).unwrap().record
}

pub(super) fn money(record: &OrderRecord, transaction_id: &str, paid_at: Time) -> Money {
    Money {
        channel: "wechatpay",
        transaction_id: transaction_id.to_owned(),
        out_trade_no: record.attempts[0].out_trade_no.to_string(),
        amount: 1280,
        currency: "CNY".to_owned(),
        payer_amount: Some(1180),
        payer_currency: Some(Currency::CNY),
        paid_at,
        foreign: None,
        evidence: evidence(),
    }
}

/// A record as it is read back: the proofs stay in the ledger.
pub(super) fn without_evidence(mut record: OrderRecord) -> OrderRecord {
    record.payments.iter_mut().for_each(|payment| payment.evidence = None);
    record.mismatches.iter_mut().for_each(|money| money.evidence = None);
    record.refunds.iter_mut().for_each(|refund| refund.evidence = None);
    record
}

fn evidence() -> Evidence {
    Evidence {
        received_at: start(),
        serial: "PUB_KEY_ID_1".to_owned(),
        headers: "Wechatpay-Nonce: n\n".to_owned(),
        body: bytes::Bytes::from_static(b"{\"id\":1}\xff"),
    }
}

pub(super) async fn write(ledger: &dyn Ledger, record: OrderRecord) -> OrderRecord {
    ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(record, Some(start()))).await.unwrap()
}

async fn read(ledger: &dyn Ledger, order_no: &OrderNo) -> Option<OrderRecord> {
    let order_no = order_no.clone();
    ledger.read(move |rows| rows.order(&order_no)).await.unwrap()
}

fn scope(store: Option<&str>) -> Scope {
    Scope { merchant: "tea".parse().unwrap(), store: store.map(|store| store.parse().unwrap()) }
}

/// Runs the whole suite; each part on a ledger of its own.
pub(super) async fn conforms(empty: impl Fn() -> Arc<dyn Ledger>) {
    let with_merchant = async || {
        let ledger = empty();
        let row = MerchantRow { id: "tea".parse().unwrap(), live: false, currency: Currency::CNY };
        ledger.write::<_, LedgerError, _>(move |rows| rows.put_merchant(&row)).await.unwrap();
        ledger
    };
    what_is_written_is_read_back(with_merchant().await).await;
    a_piece_of_work_is_kept_wholly_or_not_at_all(with_merchant().await).await;
    changes_come_by_counter_in_pages_and_scopes(with_merchant().await).await;
    a_change_that_no_till_sees_takes_no_counter(with_merchant().await).await;
    orders_are_found_by_attempt_key_and_what_waits(with_merchant().await).await;
    a_transaction_is_one_payment(with_merchant().await).await;
    days_hold_what_was_paid_in_them(with_merchant().await).await;
    money_that_fits_no_order_is_kept_once(with_merchant().await).await;
    devices_pairings_and_merchants_are_kept(with_merchant().await).await;
    listeners_hear_of_kept_changes_in_their_order(with_merchant().await).await;
    a_closed_ledger_refuses_all_work(with_merchant().await).await;
}

async fn what_is_written_is_read_back(ledger: Arc<dyn Ledger>) {
    let new = order(1, "main", Some("waybill-7"));
    let mut steps = vec![new];
    let end = start().plus_ms(300_000);
    for (ms, event) in [
        (1, Event::Sending(no(1), bytes::Bytes::from_static(b"{\"a\":1}"), end)),
        (2, Event::OpenUnknown(no(1))),
        (3, Event::OpenRefused(no(1), Refusal { code: "PARAM_ERROR".to_owned(), detail: "why".to_owned() })),
        (4, Event::Asked(no(1), Answer::Absent)),
        (5, Event::Opened(no(1), "weixin://1".to_owned())),
        (6, Event::Refresh(no(1))),
        (7, Event::Asked(no(1), Answer::Closed)),
        (8, Event::Cancel(no(2), "d-1".parse().unwrap())),
    ] {
        steps.push(happens(steps.last().unwrap(), ms, event));
    }
    let frozen = Money { amount: 1, ..money(&steps[0], "4200", start()) };
    steps.push(happens(steps.last().unwrap(), 9, Event::Notified(no(1), frozen)));
    let refund_no: RefundNo = "01K1J6QYV00000000000000RF1".parse().unwrap();
    let by = || By { device: Some("d-1".parse().unwrap()), staff: Some("li".parse().unwrap()) };
    let asked = NewRefund {
        channel: "wechatpay".to_owned(),
        transaction_id: "4200".to_owned(),
        amount: 1,
        currency: Currency::CNY,
        reason: "少糖".parse().unwrap(),
    };
    let fact = |standing, ms| {
        RefundAnswer::Told(RefundFact {
            channel_refund_no: "5000".to_owned(),
            transaction_id: "4200".to_owned(),
            amount: 1,
            standing,
            done_at: Some(start().plus_ms(ms)),
            detail: Some("支付用户零钱".to_owned()),
            evidence: evidence(),
        })
    };
    for (ms, event) in [
        (10, Event::AskRefund { refund_no: refund_no.clone(), asked, by: by(), waits_for_manager: true }),
        (11, Event::DecideRefund { refund_no: refund_no.clone(), approve: true, reason: None, by: by() }),
        (12, Event::RefundSending(refund_no.clone(), bytes::Bytes::from_static(b"{}"))),
        (13, Event::RefundTold(refund_no.clone(), RefundAnswer::Unknown)),
        (
            14,
            Event::RefundTold(
                refund_no.clone(),
                RefundAnswer::Refused(Refusal { code: "X".to_owned(), detail: "y".to_owned() }),
            ),
        ),
        (15, Event::RefundTold(refund_no.clone(), fact(Standing::Processing, 0))),
        (16, Event::RefundTold(refund_no.clone(), fact(Standing::Done, 16))),
        (17, Event::Notified(no(1), money(&steps[0], "4201", start()))),
        (
            18,
            Event::AcceptMoney {
                channel: "wechatpay".to_owned(),
                transaction_id: "4201".to_owned(),
                by: by(),
            },
        ),
    ] {
        // The proofs stay in the ledger, as they do between any two changes.
        steps.push(happens(&without_evidence(steps.last().unwrap().clone()), ms, event));
    }
    assert_eq!(steps.last().unwrap().payments[0].accepted, Some((start().plus_ms(18), by())));
    let mut charged = order(2, "main", None);
    charged.attempts[0].phase = Phase::Closed;
    charged.attempts[0].due = None;
    let charged = happens(&charged, 1, Event::Charge(Some(no(1))));
    let reversed = happens(&charged, 2, Event::Reversing(no(2)));
    let cash = happens(&reversed, 3, Event::Cash(Some(no(2)), start(), by()));
    steps.extend([charged, reversed, cash]);
    for step in steps {
        let written = write(ledger.as_ref(), step.clone()).await;
        let step = without_evidence(step);
        assert_eq!(read(ledger.as_ref(), &step.order_no).await.as_ref(), Some(&written));
        assert_eq!(OrderRecord { version: step.version, changed_at: step.changed_at, ..written }, step);
    }
    assert_eq!(read(ledger.as_ref(), &OrderNo::new(1, [0; 10])).await, None);
    let of = refund_no.clone();
    let found =
        ledger.read(move |rows| Ok((rows.order_of_refund(&of)?, rows.refund_evidence(&of)?))).await.unwrap();
    assert_eq!(found.0.map(|order| order.order_no), Some(order(1, "main", None).order_no));
    assert_eq!(found.1, Some(evidence()));
    let day =
        ledger.read(|rows| rows.paid_between(&scope(None), start(), start().plus_ms(1_000))).await.unwrap();
    let [given_back] = day.refunds.as_slice() else { panic!("{:?}", day.refunds) };
    assert_eq!((given_back.channel.as_str(), given_back.amount), ("wechatpay", 1));
    assert_eq!((&given_back.refund_no, given_back.store.as_str()), (&refund_no, "main"));
    assert_eq!(day.payments.iter().filter(|payment| payment.channel == "cash").count(), 1);

    let tombstone = OrderRecord::new(
        OrderNo::new(1, [1; 10]),
        "tea".parse().unwrap(),
        "main".parse().unwrap(),
        true,
        start(),
    );
    let tombstone = happens(&tombstone, 0, Event::Cancel(no(1), "d-1".parse().unwrap()));
    let written = write(ledger.as_ref(), tombstone.clone()).await;
    assert_eq!(read(ledger.as_ref(), &tombstone.order_no).await, Some(written));
}

async fn a_piece_of_work_is_kept_wholly_or_not_at_all(ledger: Arc<dyn Ledger>) {
    #[derive(Debug, PartialEq)]
    enum Refused {
        NotThis,
        Ledger(LedgerError),
    }
    impl From<LedgerError> for Refused {
        fn from(error: LedgerError) -> Self {
            Self::Ledger(error)
        }
    }
    let (kept, refused) = (order(1, "main", None), order(2, "main", None));
    let (kept_no, refused_no) = (kept.order_no.clone(), refused.order_no.clone());
    let refused = ledger.write::<(), _, _>(move |rows| {
        rows.put_order(refused, Some(start()))?;
        Err(Refused::NotThis)
    });
    let kept = ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(kept, Some(start())));
    assert_eq!(refused.await, Err(Refused::NotThis));
    assert_eq!(kept.await.unwrap().version.counter, 1, "a counter that was not kept is taken again");
    assert!(read(ledger.as_ref(), &kept_no).await.is_some());
    assert_eq!(read(ledger.as_ref(), &refused_no).await, None);
}

async fn changes_come_by_counter_in_pages_and_scopes(ledger: Arc<dyn Ledger>) {
    for (number, store) in [(1, "main"), (2, "south"), (3, "main")] {
        write(ledger.as_ref(), order(number, store, None)).await;
    }
    let again = write(ledger.as_ref(), order(1, "main", None)).await;
    assert_eq!((again.version.epoch, again.version.counter), (ledger.epoch(), 4));
    let page = async |scope: Scope, after, limit| -> Vec<u64> {
        let page = ledger.read(move |rows| rows.changes(&scope, after, limit)).await.unwrap();
        page.iter().map(|order| order.version.counter).collect()
    };
    assert_eq!(page(scope(None), 0, 10).await, [2, 3, 4], "each order once, where it changed last");
    assert_eq!(page(scope(Some("main")), 0, 10).await, [3, 4]);
    assert_eq!(page(scope(None), 0, 2).await, [2, 3]);
    assert_eq!(page(scope(None), 3, 2).await, [4]);
    assert_eq!(page(Scope { merchant: "other".parse().unwrap(), store: None }, 0, 10).await, [0; 0]);
    assert_eq!(ledger.read(|rows| rows.counter()).await, Ok(4));
}

async fn a_change_that_no_till_sees_takes_no_counter(ledger: Arc<dyn Ledger>) {
    let mut record = write(ledger.as_ref(), order(1, "main", None)).await;
    record.attempts[0].tries = 3;
    record.attempts[0].asked_at = Some(start());
    let quiet = record.clone();
    let written = ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(quiet, None)).await.unwrap();
    assert_eq!(written, record);
    assert_eq!(read(ledger.as_ref(), &record.order_no).await, Some(record));
    assert_eq!(ledger.read(|rows| rows.counter()).await, Ok(1));
}

async fn orders_are_found_by_attempt_key_and_what_waits(ledger: Arc<dyn Ledger>) {
    let record = write(ledger.as_ref(), order(1, "main", Some("waybill-7"))).await;
    let out_trade_no = record.attempts[0].out_trade_no.clone();
    let found = ledger.read(move |rows| rows.order_of(&out_trade_no)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&record));
    let waits = async || {
        let (key, device): (BusinessKey, _) = ("waybill-7".parse().unwrap(), "d-1".parse().unwrap());
        let merchant = "tea".parse().unwrap();
        let ask = move |rows: &dyn ReadRows| {
            Ok((rows.holder(&merchant, &key)?, rows.unsettled()?.len(), rows.open_orders_of(&device)?))
        };
        ledger.read(ask).await.unwrap()
    };
    assert_eq!(waits().await, (Some(record.clone()), 1, 1));
    let ended = happens(&record, 1, Event::Cancel(no(1), "d-1".parse().unwrap()));
    assert_eq!(ended.attempts[0].phase, Phase::Closed);
    write(ledger.as_ref(), ended).await;
    assert_eq!(waits().await, (None, 0, 0));
}

async fn a_transaction_is_one_payment(ledger: Arc<dyn Ledger>) {
    let record = write(ledger.as_ref(), order(1, "main", None)).await;
    let paid = happens(&record, 1, Event::Notified(no(1), money(&record, "4200", start())));
    let written = write(ledger.as_ref(), paid).await;
    assert_eq!(written.payments.len(), 1);
    assert_eq!(read(ledger.as_ref(), &record.order_no).await.as_ref(), Some(&written));
    assert_eq!(ledger.read(|rows| rows.evidence("wechatpay", "4200")).await, Ok(Some(evidence())));
    let again = write(ledger.as_ref(), written.clone()).await;
    assert_eq!(again.payments, written.payments, "what was written stays as it was");

    let other = order(2, "main", None);
    let stolen = happens(&other, 1, Event::Notified(no(1), money(&other, "4200", start())));
    let refused = ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(stolen, Some(start()))).await;
    assert!(refused.is_err(), "one transaction cannot pay two orders");
    assert_eq!(read(ledger.as_ref(), &other.order_no).await, None);
}

async fn days_hold_what_was_paid_in_them(ledger: Arc<dyn Ledger>) {
    for (number, store, ms) in [(1, "main", 0), (2, "south", 999), (3, "main", 1_000), (4, "main", -1)] {
        let record = order(number, store, None);
        let money = money(&record, &format!("42{number}"), start().plus_ms(ms));
        write(ledger.as_ref(), happens(&record, 1, Event::Notified(no(1), money))).await;
    }
    let paid = async |scope: Scope| {
        let rows = ledger
            .read(move |rows| rows.paid_between(&scope, start(), start().plus_ms(1_000)))
            .await
            .unwrap();
        (rows.payments.len(), rows.mismatched)
    };
    assert_eq!(paid(scope(None)).await, (2, 0));
    assert_eq!(paid(scope(Some("main"))).await, (1, 0));
    let all = ledger
        .read(|rows| rows.paid_between(&scope(Some("south")), start(), start().plus_ms(1_000)))
        .await
        .unwrap();
    let [payment] = all.payments.as_slice() else { panic!("{:?}", all.payments) };
    assert_eq!((payment.channel.as_str(), payment.method.as_str()), ("wechatpay", "wechatpay_qr"));
    assert_eq!((payment.amount, payment.late, payment.order.store.as_str()), (1280, false, "south"));
    write(ledger.as_ref(), order(5, "south", None)).await;
    let unproven = async |of: Scope| {
        let rows =
            ledger.read(move |rows| rows.paid_between(&of, start(), start().plus_ms(1_000))).await.unwrap();
        rows.unproven
    };
    assert_eq!(unproven(scope(Some("south"))).await, [1280]);
    assert!(unproven(scope(Some("main"))).await.is_empty());
}

fn unmatched(record: Option<&OrderRecord>, transaction_id: &str) -> UnmatchedMoney {
    UnmatchedMoney {
        channel: "wechatpay".to_owned(),
        merchant: "tea".parse().unwrap(),
        transaction_id: transaction_id.to_owned(),
        out_trade_no: "X1".to_owned(),
        order_no: record.map(|record| record.order_no.clone()),
        reason: "another amount".to_owned(),
        amount: 1,
        currency: "CNY".to_owned(),
        paid_at: start(),
        evidence: evidence(),
    }
}

async fn money_that_fits_no_order_is_kept_once(ledger: Arc<dyn Ledger>) {
    let record = write(ledger.as_ref(), order(1, "main", None)).await;
    for money in [unmatched(None, "1"), unmatched(Some(&record), "2"), unmatched(Some(&record), "2")] {
        ledger.write::<_, LedgerError, _>(move |rows| rows.put_unmatched(money)).await.unwrap();
    }
    let kept = ledger.read(|rows| rows.unmatched(&"tea".parse().unwrap(), 10)).await.unwrap();
    assert_eq!(kept, [unmatched(Some(&record), "2"), unmatched(None, "1")]);
    for (of, frozen) in [(scope(None), 1), (scope(Some("main")), 1), (scope(Some("south")), 0)] {
        let day = ledger.read(move |rows| rows.paid_between(&of, start(), start().plus_ms(1))).await.unwrap();
        assert_eq!(day.mismatched, frozen);
    }
}

async fn devices_pairings_and_merchants_are_kept(ledger: Arc<dyn Ledger>) {
    let mut device = Device {
        id: "d-1".parse().unwrap(),
        merchant: "tea".parse().unwrap(),
        store: "main".parse().unwrap(),
        role: saoma_contract::DeviceRole::Cashier,
        name: "counter 😀".parse().unwrap(),
        key: key().public_key(),
        paired_at: start(),
        revoked_at: None,
        journal: None,
        forked_at: None,
    };
    let mut pairing = Pairing {
        secret_hash: [3; 32],
        merchant: "tea".parse().unwrap(),
        store: "main".parse().unwrap(),
        role: saoma_contract::DeviceRole::Manager,
        expires_at: start(),
        refused: 0,
        device: None,
    };
    for _ in 0..2 {
        let (wanted, wanted_pairing) = (device.clone(), pairing.clone());
        ledger
            .write::<_, LedgerError, _>(move |rows| {
                rows.put_device(&wanted)?;
                rows.put_pairing(&wanted_pairing)
            })
            .await
            .unwrap();
        assert_eq!(ledger.read(|rows| rows.device(&"d-1".parse().unwrap())).await, Ok(Some(device.clone())));
        assert_eq!(ledger.read(|rows| rows.pairing(&[3; 32])).await, Ok(Some(pairing.clone())));
        device.revoked_at = Some(start());
        device.journal = Some((7, [8; 32], 9));
        device.forked_at = Some(start());
        pairing.refused = 2;
        pairing.device = Some(device.id.clone());
    }
    assert_eq!(ledger.read(|rows| rows.device(&"d-2".parse().unwrap())).await, Ok(None));
    assert_eq!(ledger.read(|rows| rows.pairing(&[4; 32])).await, Ok(None));

    let other = MerchantRow { id: "tea".parse().unwrap(), live: true, currency: Currency::CNY };
    ledger.write::<_, LedgerError, _>(move |rows| rows.put_merchant(&other)).await.unwrap();
    let known = ledger.read(|rows| rows.merchant(&"tea".parse().unwrap())).await.unwrap();
    assert!(!known.unwrap().live, "live or test is what it was first");
}

async fn listeners_hear_of_kept_changes_in_their_order(ledger: Arc<dyn Ledger>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    ledger.listen(Arc::new(move |record| hears.lock().unwrap().push(record.version.counter)));
    let works: Vec<_> = (1..=5)
        .map(|number| {
            let record = order(number, "main", None);
            ledger.write::<_, LedgerError, _>(move |rows| {
                let written = rows.put_order(record, Some(start()))?;
                if number == 3 {
                    Err(LedgerError::Unavailable("not this one".to_owned()))
                } else {
                    Ok(written)
                }
            })
        })
        .collect();
    for work in works {
        let _ = work.await;
    }
    assert_eq!(*heard.lock().unwrap(), [1, 2, 3, 4]);
}

async fn a_closed_ledger_refuses_all_work(ledger: Arc<dyn Ledger>) {
    ledger.close();
    let record = order(1, "main", None);
    let refused = ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(record, Some(start()))).await;
    assert!(matches!(refused, Err(LedgerError::Unavailable(_))));
}
