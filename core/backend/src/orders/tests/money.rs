//! Money that comes: in time, late, twice, wrong.

use saoma_contract::Currency;

use super::*;

fn lates(record: &OrderRecord) -> Vec<bool> {
    record.payments.iter().map(|payment| payment.late).collect()
}

#[test]
fn money_in_time_pays_the_order() {
    let record = step(&awaiting(), 10_000, notified(1, "4200"));
    assert_eq!((state(&record).as_str(), lates(&record)), ("paid", vec![false]));
    assert!(!record.is_unsettled());
    assert_eq!(record.payments[0].payer_amount, Some(1180));
}

#[test]
fn the_same_money_told_again_changes_nothing() {
    let record = step(&awaiting(), 10_000, notified(1, "4200"));
    assert_eq!(step(&record, 11_000, notified(1, "4200")), record);
    let asked_too = step(&record, 11_000, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!((state(&asked_too).as_str(), lates(&asked_too)), ("paid", vec![false]));
    assert!(asked_too.looks_like(&record));
}

#[test]
fn money_may_be_told_before_the_code_comes() {
    let record = after([(0, put()), (0, sending(1, 0)), (1, notified(1, "4200"))]);
    assert_eq!((state(&record).as_str(), lates(&record)), ("paid", vec![false]));
    assert_eq!(step(&record, 2, opened(1)), record);
}

#[test]
fn money_after_the_till_was_told_closing_closed_or_expired_is_late() {
    let closing = step(&awaiting(), 10_000, cancel(1));
    let expired = awaiting();
    for (record, ms) in [(closing, 11_000), (closed_once(), 500_000), (expired, 1_000 + LIFE_MS)] {
        let paid = step(&record, ms, notified(1, "4200"));
        assert_eq!((state(&paid).as_str(), lates(&paid)), ("paid", vec![true]));
    }
    let in_time = step(&awaiting(), LIFE_MS + 999, notified(1, "4200"));
    assert_eq!(lates(&in_time), [false]);
}

#[test]
fn money_for_an_old_attempt_settles_the_order_and_withdraws_the_new_code() {
    let record = step(&closed_once(), 500_000, Event::Refresh(no(1)));
    let record = step(&record, 500_000, sending(2, 500_000));
    let record = step(&record, 500_000, opened(2));
    let record = step(&record, 510_000, notified(1, "4200"));
    assert_eq!((state(&record).as_str(), lates(&record)), ("paid", vec![true]));
    assert_eq!(phases(&record), [Phase::Paid, Phase::Closing]);
    assert_eq!(due(&record, 2), Some((Step::Close, 510_000)));

    let twice = step(&record, 511_000, notified(2, "4201"));
    assert_eq!((phases(&twice), lates(&twice)), (vec![Phase::Paid, Phase::Paid], vec![true, true]));
}

#[test]
fn money_while_a_refresh_waits_ends_the_waiting() {
    let wanted = step(&awaiting(), 10_000, Event::Refresh(no(1)));
    let paid = step(&wanted, 11_000, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!((state(&paid).as_str(), paid.attempts.len(), lates(&paid)), ("paid", 1, vec![true]));
}

#[test]
fn money_that_does_not_match_freezes_the_order_and_never_pays_it() {
    let right = money(1, "4200");
    let wrong = [
        ("another amount", Money { amount: 1279, ..right.clone() }),
        ("what the customer paid is not what was asked", Money { amount: 1180, ..right.clone() }),
        (
            "another currency",
            Money { currency: "HKD".to_owned(), payer_currency: Some(Currency::CNY), ..right.clone() },
        ),
        ("another merchant", Money { foreign: Some("money for merchant 2".to_owned()), ..right.clone() }),
        ("another attempt", Money { out_trade_no: money(2, "4200").out_trade_no, ..right }),
    ];
    for (name, money) in wrong {
        for event in [Event::Notified(no(1), money.clone()), asked(1, Answer::Paid(money.clone()))] {
            let decision = decide(&awaiting(), event, at(10_000)).unwrap();
            assert!(matches!(decision.alarm, Some(Alarm::Mismatch(_))), "{name}");
            let record = decision.record;
            assert!(record.mismatch && record.payments.is_empty(), "{name}");
            assert_eq!(state(&record), "closing", "{name}");
            assert!(!record.is_closed() && !record.is_unsettled(), "{name}");
        }
    }
}

#[test]
fn the_right_money_still_pays_a_frozen_order() {
    let wrong = Money { amount: 1, ..money(1, "4200") };
    let frozen = step(&awaiting(), 10_000, Event::Notified(no(1), wrong));
    let record = step(&frozen, 11_000, notified(1, "4201"));
    assert_eq!((state(&record).as_str(), record.mismatch, lates(&record)), ("paid", true, vec![true]));
}

#[test]
fn a_proof_is_printed_without_what_it_says_of_the_payer() {
    let mut money = money(1, "4200");
    money.evidence.body = Bytes::from_static(br#"{"payer":{"openid":"oSomebody"}}"#);
    let printed = format!("{:?}", Event::Notified(no(1), money));
    assert!(printed.contains("32 bytes") && !printed.contains("oSomebody"), "{printed}");
}
