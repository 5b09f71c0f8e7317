//! Orders that devices bring back after the ledger lost something.

use super::*;

fn restored(held: Held) -> Event {
    Event::Restored(order(1280), held)
}

fn code(attempt: u8, end_ms: i64) -> (AttemptNo, String, Time) {
    (no(attempt), format!("weixin://{attempt}"), start().plus_ms(end_ms))
}

#[test]
fn a_living_code_goes_on_and_the_channel_is_asked_at_once() {
    let held = Held { codes: vec![code(1, 60_000)], last: Some(no(1)), ..Held::default() };
    let record = after([(0, restored(held))]);
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("awaiting", Some((Step::Query, 0))));
    assert_eq!(record.attempts[0].code.as_deref(), Some("weixin://1"));
}

#[test]
fn a_receipt_of_a_lost_order_makes_the_channel_prove_it_again() {
    let held = Held { codes: vec![code(1, -60_000)], last: Some(no(1)), paid: true, ..Held::default() };
    let record = after([(0, restored(held))]);
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("closing", Some((Step::Query, 0))));
    let proven = step(&record, 1, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!(state(&proven), "paid");
}

#[test]
fn a_receipt_outweighs_a_backup_that_remembers_a_close() {
    let held = Held { last: Some(no(1)), paid: true, ..Held::default() };
    let record = step(&closed_once(), 500_000, restored(held));
    assert_eq!(due(&record, 1), Some((Step::Query, 500_000)));
    assert_eq!(state(&step(&record, 500_001, asked(1, Answer::Paid(money(1, "4200"))))), "paid");
    let not_so = step(&record, 500_001, asked(1, Answer::Closed));
    assert_eq!((state(&not_so).as_str(), not_so.is_unsettled()), ("closed", false));
}

#[test]
fn attempts_that_a_backup_lacks_are_brought_back() {
    let held = Held { codes: vec![code(2, 60_000)], last: Some(no(2)), ..Held::default() };
    let record = step(&awaiting(), 10_000, restored(held));
    assert_eq!(phases(&record), [Phase::Closing, Phase::Open]);
    assert!(record.attempts.iter().all(|attempt| attempt.due.is_some()), "{record:?}");
}

#[test]
fn a_code_that_comes_back_to_an_order_with_money_is_withdrawn() {
    let cash = Event::Cash(None, start(), refunds::by());
    let wrong_money = asked(1, Answer::Paid(Money { amount: 1, ..money(1, "4200") }));
    for settled in [step(&awaiting(), 5_000, cash), step(&awaiting(), 5_000, wrong_money), refunds::paid()] {
        let held = Held { codes: vec![code(2, 60_000)], last: Some(no(2)), ..Held::default() };
        let record = step(&settled, 10_000, restored(held));
        assert_eq!(record.attempts[1].phase, Phase::Closing, "its code could be paid too: {record:?}");
        assert_eq!(due(&record, 2), Some((Step::Query, 10_000)));
        let record = step(&record, 10_100, asked(2, Answer::NotPaid));
        assert_eq!(due(&record, 2), Some((Step::Close, 10_100)));
    }
}

#[test]
fn a_cash_sale_that_was_lost_ends_though_the_channel_never_heard_of_it() {
    let held = Held { last: Some(no(1)), cash: true, ..Held::default() };
    let cash = Event::Cash(None, start(), refunds::by());
    let mut record = after([(0, restored(held)), (0, cash)]);
    for n in 0..3 {
        let decided = decide(&record, asked(1, Answer::Absent), at(n * 3_000)).unwrap();
        assert!(decided.alarm.is_none(), "a person is called for nothing");
        record = decided.record;
    }
    assert_eq!((state(&record).as_str(), record.is_unsettled()), ("cash", false));
}

#[test]
fn a_lost_charge_that_failed_is_reversed_and_ends() {
    let order =
        StoredOrder { body: OrderBody { method: Method::WechatpayCode, ..order(1280).body }, ..order(1280) };
    let held = Held { last: Some(no(1)), closed: true, ..Held::default() };
    let record = after([(0, Event::Restored(order, held))]);
    let record = step(&record, 100, asked(1, Answer::Failed));
    assert_eq!(record.attempts[0].due.map(|due| due.step), Some(Step::Reverse));
    let record = step(&step(&record, 16_000, Event::Reversing(no(1))), 16_100, asked(1, Answer::Closed));
    assert_eq!((state(&record).as_str(), record.is_unsettled()), ("closed", false));
}

#[test]
fn an_order_that_was_closed_unsent_stays_closed() {
    let record = after([(0, restored(Held { closed: true, ..Held::default() }))]);
    assert_eq!((state(&record).as_str(), record.attempts.len()), ("closed", 0));
}

#[test]
fn an_attempt_known_from_a_device_alone_and_absent_at_the_channel_is_closed() {
    let held = Held { last: Some(no(1)), closed: true, ..Held::default() };
    let record = after([(0, restored(held))]);
    let record = (0..3).fold(record, |record, n| step(&record, n * 3_000, asked(1, Answer::Absent)));
    assert_eq!(state(&record), "closed");
}

#[test]
fn without_statements_about_attempts_an_order_starts_anew() {
    let record = after([(0, restored(Held::default()))]);
    assert_eq!(due(&record, 1), Some((Step::Open, 0)));
}

fn held_refund(done_ms: i64) -> HeldRefund {
    HeldRefund {
        refund_no: saoma_contract::RefundNo::new(1_785_549_600_000, [1; 10]),
        asked: saoma_contract::NewRefund {
            channel: "wechatpay".to_owned(),
            transaction_id: "4200".to_owned(),
            amount: 300,
            currency: Currency::CNY,
            reason: "-".parse().unwrap(),
        },
        done_at: start().plus_ms(done_ms),
    }
}

#[test]
fn a_refund_known_from_a_receipt_alone_is_asked_about_and_never_sent() {
    let held = Held { last: Some(no(1)), paid: true, refunds: vec![held_refund(-60_000)], ..Held::default() };
    let refund_no = held.refunds[0].refund_no.clone();
    let mut record = after([(0, restored(held))]);
    let told =
        |record: &OrderRecord, ms, answer| step(record, ms, Event::RefundTold(refund_no.clone(), answer));
    for tries in 1..=3 {
        let refund = record.refund(&refund_no).unwrap();
        assert_eq!(refund.due.map(|due| due.step), Some(Step::RefundQuery), "{tries}");
        assert_eq!((refund.phase, refund.request.is_none()), (RefundPhase::Sending, true));
        record = told(&record, tries * 3_000, RefundAnswer::Absent);
    }
    let refund = record.refund(&refund_no).unwrap();
    assert_eq!((refund.phase, refund.due), (RefundPhase::Refused, None), "it was never made");
}
