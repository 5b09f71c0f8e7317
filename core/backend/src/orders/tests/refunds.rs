//! Money back: how much, in which order, and what is believed of it.

use saoma_contract::{LateMoney, NewRefund, OrderState, ProblemCode, RefundNo};

use super::*;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

pub(super) fn number(n: u8) -> RefundNo {
    RefundNo::new(1_785_549_600_000, [n; 10])
}

pub(super) fn by() -> By {
    By { device: Some(device()), staff: None }
}

pub(super) fn part(amount: i64) -> NewRefund {
    NewRefund {
        channel: "wechatpay".to_owned(),
        transaction_id: "4200".to_owned(),
        amount,
        currency: Currency::CNY,
        reason: "少糖".parse().unwrap(),
    }
}

pub(super) fn back(n: u8, amount: i64) -> Event {
    Event::AskRefund { refund_no: number(n), asked: part(amount), by: by(), waits_for_manager: false }
}

fn requested(n: u8, amount: i64) -> Event {
    Event::AskRefund { refund_no: number(n), asked: part(amount), by: by(), waits_for_manager: true }
}

fn decided(n: u8, approve: bool) -> Event {
    Event::DecideRefund { refund_no: number(n), approve, reason: None, by: by() }
}

fn sent(n: u8) -> Event {
    Event::RefundSending(number(n), Bytes::from_static(b"{}"))
}

pub(super) fn fact(amount: i64, standing: Standing) -> RefundFact {
    RefundFact {
        channel_refund_no: "5000".to_owned(),
        transaction_id: "4200".to_owned(),
        amount,
        standing,
        done_at: None,
        detail: None,
        evidence: money(1, "4200").evidence,
    }
}

fn told(n: u8, amount: i64, standing: Standing) -> Event {
    Event::RefundTold(number(n), RefundAnswer::Told(fact(amount, standing)))
}

fn answered(n: u8, answer: RefundAnswer) -> Event {
    Event::RefundTold(number(n), answer)
}

pub(super) fn paid() -> OrderRecord {
    step(&awaiting(), 10_000, notified(1, "4200"))
}

fn phase(record: &OrderRecord, n: u8) -> RefundPhase {
    record.refund(&number(n)).unwrap().phase
}

fn next(record: &OrderRecord, n: u8) -> Option<(Step, i64)> {
    record.refund(&number(n)).unwrap().due.map(|due| (due.step, due.at.ms_since(start())))
}

fn conflict(record: &OrderRecord, ms: i64, event: Event) -> (ProblemCode, Option<&'static str>) {
    let conflict = decide(record, event, at(ms)).unwrap_err();
    (conflict.code, conflict.field)
}

/// A refund that WeChat Pay has.
fn processing() -> OrderRecord {
    let record = step(&paid(), 20_000, back(1, 300));
    let record = step(&record, 20_000, sent(1));
    step(&record, 20_100, told(1, 300, Standing::Processing))
}

#[test]
fn a_refund_is_sent_at_once_and_done_only_by_proof() {
    let record = step(&paid(), 20_000, back(1, 300));
    assert_eq!((phase(&record, 1), next(&record, 1)), (RefundPhase::Queued, Some((Step::Refund, 20_000))));
    let record = step(&record, 20_000, sent(1));
    assert_eq!(phase(&record, 1), RefundPhase::Sending);
    let record = step(&record, 20_100, told(1, 300, Standing::Processing));
    assert_eq!(phase(&record, 1), RefundPhase::Processing);
    assert_eq!(next(&record, 1), Some((Step::RefundQuery, 20_000 + MINUTE)));
    let record = step(&record, 30_000, told(1, 300, Standing::Done));
    assert_eq!((phase(&record, 1), next(&record, 1)), (RefundPhase::Done, None));
    assert_eq!(record.refunds[0].done_at, Some(start().plus_ms(30_000)));
    assert_eq!(state(&record), "paid", "money that went back was paid");
}

#[test]
fn it_is_asked_about_each_minute_and_after_five_slower() {
    let mut record = processing();
    let mut minutes = Vec::new();
    for _ in 0..12 {
        let (asking, at_ms) = next(&record, 1).unwrap();
        assert_eq!(asking, Step::RefundQuery);
        minutes.push((at_ms - 20_000) / MINUTE);
        record = step(&record, at_ms, told(1, 300, Standing::Processing));
    }
    assert_eq!(minutes, [1, 2, 3, 4, 5, 10, 20, 40, 70, 100, 130, 160]);
    let record = step(&record, 20_000 + 2 * DAY, told(1, 300, Standing::Processing));
    assert_eq!(next(&record, 1).unwrap().1, 20_000 + 2 * DAY + DAY / 4);
}

#[test]
fn what_is_left_is_what_was_paid_less_all_that_may_have_gone_back() {
    let record = step(&paid(), 20_000, back(1, 1_000));
    assert_eq!(conflict(&record, 21_000, back(2, 281)), (ProblemCode::RefundOverRest, Some("amount")));
    let record = step(&record, 21_000, requested(2, 280));
    assert_eq!(conflict(&record, 22_000, back(3, 1)), (ProblemCode::RefundOverRest, Some("amount")));
    let record = step(&record, 22_000, decided(2, false));
    let record = step(&record, 23_000, back(3, 280));
    assert_eq!(record.held_back("wechatpay", "4200"), 1280);
    let record = step(&record, 24_000, sent(1));
    let closed = step(&record, 25_000, told(1, 1_000, Standing::Closed));
    assert_eq!(phase(&closed, 1), RefundPhase::Closed);
    assert_eq!(closed.held_back("wechatpay", "4200"), 280, "what stays can be given back by another number");
    let abnormal = step(&record, 25_000, told(1, 1_000, Standing::Abnormal));
    assert_eq!(abnormal.held_back("wechatpay", "4200"), 1280, "never by another number while it is abnormal");
}

#[test]
fn the_same_number_is_the_same_refund_and_never_another() {
    let record = processing();
    assert_eq!(step(&record, 30_000, back(1, 300)), record);
    assert_eq!(conflict(&record, 30_000, back(1, 301)), (ProblemCode::OtherBytes, None));
}

#[test]
fn a_refund_that_cannot_be_is_refused_before_it_is_sent() {
    let other = |change: fn(&mut NewRefund)| {
        let mut asked = part(1);
        change(&mut asked);
        Event::AskRefund { refund_no: number(1), asked, by: by(), waits_for_manager: false }
    };
    for (event, field) in [
        (other(|asked| asked.transaction_id = "4299".to_owned()), "transaction_id"),
        (other(|asked| asked.channel = "alipay".to_owned()), "transaction_id"),
    ] {
        assert_eq!(conflict(&paid(), 20_000, event), (ProblemCode::PaymentUnknown, Some(field)));
    }
    let event = other(|asked| asked.currency = "USD".parse().unwrap());
    assert_eq!(conflict(&paid(), 20_000, event), (ProblemCode::RefundOverRest, Some("currency")));
    assert_eq!(
        conflict(&paid(), 365 * DAY + 1, back(1, 1)),
        (ProblemCode::RefundTooOld, Some("transaction_id"))
    );
    assert!(decide(&paid(), back(1, 1), at(365 * DAY)).is_ok());
    let fifty = (1..=50).fold(paid(), |record, n| step(&record, 20_000, back(n, 1)));
    assert_eq!(conflict(&fifty, 20_000, back(51, 1)), (ProblemCode::RefundPartsExhausted, Some("refund_no")));
}

#[test]
fn parts_keep_a_minute_between_them_and_say_when_they_go() {
    let record = step(&paid(), 20_000, back(1, 100));
    let record = step(&record, 21_000, back(2, 100));
    let record = step(&record, 22_000, back(3, 100));
    let sends: Vec<_> = record.refunds.iter().map(|one| one.sends_at.unwrap().ms_since(start())).collect();
    assert_eq!(sends, [20_000, 20_000 + MINUTE, 20_000 + 2 * MINUTE]);
    assert_eq!((next(&record, 2), next(&record, 3)), (None, None), "one at a time");
    let record = step(&record, 23_000, sent(1));
    assert_eq!(next(&record, 2), None, "the first is in doubt");
    let record = step(&record, 23_100, told(1, 100, Standing::Processing));
    assert_eq!(next(&record, 2), Some((Step::Refund, 23_000 + MINUTE)));
    let sends: Vec<_> =
        record.refunds.iter().filter_map(|one| one.sends_at).map(|at| at.ms_since(start())).collect();
    assert_eq!(sends, [23_000 + MINUTE, 23_000 + 2 * MINUTE]);
    let again = step(&record, 50_000, told(1, 100, Standing::Processing));
    assert!(again.looks_like(&record), "a time that was told stays");
}

#[test]
fn an_unanswered_refund_is_asked_about_and_made_again_under_its_number() {
    let record = step(&paid(), 20_000, back(1, 300));
    let record = step(&record, 20_000, sent(1));
    let record = step(&record, 30_000, answered(1, RefundAnswer::Unknown));
    let (asking, soon) = next(&record, 1).unwrap();
    assert_eq!((asking, soon), (Step::RefundQuery, 35_000));
    let absent = step(&record, soon, answered(1, RefundAnswer::Absent));
    assert_eq!(next(&absent, 1), Some((Step::Refund, 20_000 + MINUTE)), "not before a minute is over");
    assert_eq!(phase(&absent, 1), RefundPhase::Sending);
    let found = step(&record, soon, told(1, 300, Standing::Done));
    assert_eq!(phase(&found, 1), RefundPhase::Done);
}

#[test]
fn a_refused_refund_was_never_made_only_when_that_is_asked_and_sure() {
    let record = step(&paid(), 20_000, back(1, 300));
    let record = step(&record, 20_000, sent(1));
    let record = step(&record, 21_000, answered(1, RefundAnswer::Refused(refusal())));
    assert_eq!(
        (phase(&record, 1), next(&record, 1)),
        (RefundPhase::Sending, Some((Step::RefundQuery, 21_000)))
    );
    let mut asked = record.clone();
    for _ in 0..3 {
        let at_ms = next(&asked, 1).unwrap().1;
        asked = step(&asked, at_ms, answered(1, RefundAnswer::Absent));
    }
    assert_eq!((phase(&asked, 1), next(&asked, 1)), (RefundPhase::Refused, None));
    assert_eq!(asked.held_back("wechatpay", "4200"), 0);
    let found = step(&record, 22_000, told(1, 300, Standing::Processing));
    assert_eq!(phase(&found, 1), RefundPhase::Processing, "an earlier sending had been taken");
}

#[test]
fn an_account_that_is_short_is_tried_again_under_the_same_number() {
    let record = step(&paid(), 20_000, back(1, 300));
    let record = step(&record, 20_000, sent(1));
    let record = step(&record, 21_000, answered(1, RefundAnswer::Short(refusal())));
    assert_eq!((phase(&record, 1), next(&record, 1)), (RefundPhase::Sending, Some((Step::Refund, 621_000))));
    assert_eq!(record.refunds[0].detail.as_deref(), Some("description"));
    let given_up = step(&record, 20_000 + DAY, answered(1, RefundAnswer::Short(refusal())));
    assert_eq!(next(&given_up, 1), Some((Step::RefundQuery, 20_000 + DAY)));
}

#[test]
fn a_cashiers_refund_waits_for_a_manager() {
    let record = step(&paid(), 20_000, requested(1, 300));
    assert_eq!((phase(&record, 1), next(&record, 1)), (RefundPhase::Requested, None));
    let yes = step(&record, 30_000, decided(1, true));
    assert_eq!((phase(&yes, 1), next(&yes, 1)), (RefundPhase::Queued, Some((Step::Refund, 30_000))));
    assert_eq!(step(&yes, 31_000, decided(1, true)), yes);
    assert_eq!(conflict(&yes, 31_000, decided(1, false)), (ProblemCode::RefundDecided, Some("approve")));
    let no = step(&record, 30_000, decided(1, false));
    assert_eq!(phase(&no, 1), RefundPhase::Declined);
    assert_eq!(conflict(&no, 31_000, decided(1, true)), (ProblemCode::RefundDecided, Some("approve")));
    assert_eq!(conflict(&paid(), 1, decided(9, true)), (ProblemCode::NotFound, Some("refund_no")));
    let free = step(&paid(), 20_000, back(1, 300));
    assert_eq!(conflict(&free, 21_000, decided(1, false)), (ProblemCode::RefundDecided, Some("approve")));
}

#[test]
fn what_the_channel_says_of_another_sum_is_an_alarm_and_changes_nothing() {
    let record = processing();
    let decision = decide(&record, told(1, 301, Standing::Done), at(30_000)).unwrap();
    assert!(matches!(decision.alarm, Some(Alarm::Mismatch(_))));
    assert_eq!(phase(&decision.record, 1), RefundPhase::Processing);
    let vanished = decide(&record, answered(1, RefundAnswer::Absent), at(30_000)).unwrap();
    assert_eq!(vanished.alarm, Some(Alarm::Vanished));
    assert_eq!(phase(&vanished.record, 1), RefundPhase::Processing);
}

#[test]
fn an_abnormal_refund_waits_for_a_person_and_ends_by_proof() {
    let record = step(&processing(), 30_000, told(1, 300, Standing::Abnormal));
    assert_eq!(phase(&record, 1), RefundPhase::Abnormal);
    assert!(record.is_unsettled(), "it is asked about now and then");
    let back_again = step(&record, 40_000, told(1, 300, Standing::Processing));
    assert_eq!(phase(&back_again, 1), RefundPhase::Abnormal);
    assert_eq!(phase(&step(&record, 40_000, told(1, 300, Standing::Done)), 1), RefundPhase::Done);
}

#[test]
fn proof_is_never_taken_back() {
    let done = step(&processing(), 30_000, told(1, 300, Standing::Done));
    for standing in [Standing::Processing, Standing::Closed, Standing::Abnormal] {
        assert_eq!(step(&done, 40_000, told(1, 300, standing)), done);
    }
    assert_eq!(step(&done, 40_000, answered(1, RefundAnswer::Absent)), done);
    assert_eq!(step(&done, 40_000, answered(1, RefundAnswer::Unknown)), done);
}

fn late() -> OrderRecord {
    step(&closed_once(), 500_000, notified(1, "4200"))
}

#[test]
fn late_money_is_asked_about_kept_or_given_back() {
    let record = late();
    let of = |record: &OrderRecord| record.late_money(&record.payments[0]);
    assert_eq!(of(&record), Some(LateMoney::Ask));
    let accept = || Event::AcceptMoney {
        channel: "wechatpay".to_owned(),
        transaction_id: "4200".to_owned(),
        by: by(),
    };
    let kept = step(&record, 510_000, accept());
    assert_eq!(of(&kept), Some(LateMoney::Accepted));
    assert_eq!(step(&kept, 520_000, accept()), kept);
    let whole = step(&record, 510_000, back(1, 1280));
    assert_eq!(of(&whole), Some(LateMoney::GivenBack));
    assert_eq!(conflict(&whole, 520_000, accept()), (ProblemCode::RefundDecided, Some("transaction_id")));
    assert_eq!(of(&step(&record, 510_000, back(1, 1))), Some(LateMoney::Ask));
    let unknown =
        Event::AcceptMoney { channel: "cash".to_owned(), transaction_id: "4200".to_owned(), by: by() };
    assert_eq!(conflict(&record, 1, unknown), (ProblemCode::PaymentUnknown, Some("transaction_id")));
    assert_eq!(of(&step(&paid(), 20_000, accept())), None, "money in time is not decided about");
}

#[test]
fn the_merchants_rule_for_late_money_is_followed_at_once_and_under_one_number() {
    let (before, after) = (closed_once(), late());
    let by_rule = |rule| follow(&before, after.clone(), rule, at(500_000));
    assert_eq!(by_rule(LateRule::Ask), after);
    let kept = by_rule(LateRule::Accept);
    assert_eq!(kept.late_money(&kept.payments[0]), Some(LateMoney::Accepted));
    let back = by_rule(LateRule::Refund);
    assert_eq!((back.refunds.len(), back.refunds[0].asked.amount), (1, 1280));
    assert_eq!(back.refunds[0].phase, RefundPhase::Queued);
    assert_eq!(back.refunds[0].requested_by, By::default());
    assert_eq!(by_rule(LateRule::Refund).refunds[0].refund_no, back.refunds[0].refund_no);
    assert_eq!(follow(&back, back.clone(), LateRule::Refund, at(600_000)), back, "once for each payment");
    let in_time = follow(&awaiting(), paid(), LateRule::Refund, at(10_000));
    assert!(in_time.refunds.is_empty());
    assert!("keep".parse::<LateRule>().is_err());
}

#[test]
fn money_that_does_not_match_can_be_given_back() {
    let wrong = Money { amount: 1279, ..money(1, "4200") };
    let frozen = step(&awaiting(), 10_000, Event::Notified(no(1), wrong.clone()));
    assert_eq!(frozen.mismatches.len(), 1);
    assert_eq!(step(&frozen, 11_000, Event::Notified(no(1), wrong)).mismatches.len(), 1);
    assert_eq!(conflict(&frozen, 20_000, back(1, 1280)), (ProblemCode::RefundOverRest, Some("amount")));
    let back = step(&frozen, 20_000, back(1, 1279));
    assert_eq!((phase(&back, 1), back.whole_of(&back.refunds[0])), (RefundPhase::Queued, Some(1279)));
}

#[test]
fn what_was_asked_back_of_wrong_money_is_not_more_than_the_payment_that_is_proven_then() {
    let wrong = Money { amount: 1281, ..money(1, "4200") };
    let frozen = step(&awaiting(), 10_000, Event::Notified(no(1), wrong));
    for ask in [back(1, 1281), requested(1, 1281)] {
        let asked = step(&frozen, 10_100, ask);
        let paid = step(&asked, 10_500, notified(1, "4200"));
        assert_eq!((phase(&paid, 1), next(&paid, 1)), (RefundPhase::Refused, None));
        assert!(paid.refunds[0].detail.as_deref().is_some_and(|detail| detail.contains("1280 CNY")));
        let yes = step(&paid, 20_000, decided(1, true));
        assert_eq!(phase(&yes, 1), RefundPhase::Refused, "a manager's yes comes too late");
        let anew = step(&yes, 30_000, back(2, 1280));
        assert_eq!(next(&anew, 2), Some((Step::Refund, 30_000)));
    }
    let fits = step(&step(&frozen, 10_100, back(1, 1280)), 10_500, notified(1, "4200"));
    assert_eq!((phase(&fits, 1), fits.whole_of(&fits.refunds[0])), (RefundPhase::Queued, Some(1280)));
}

#[test]
fn a_frozen_order_is_open_until_all_of_its_money_is_proven_given_back() {
    let wrong = Money { amount: 1279, ..money(1, "4200") };
    let frozen = step(&awaiting(), 10_000, Event::Notified(no(1), wrong));
    let given = |record: &OrderRecord, n: u8, ms: i64, amount: i64| {
        let asked = step(&step(record, ms, back(n, amount)), ms, sent(n));
        step(&asked, ms + 100, told(n, amount, Standing::Done))
    };
    let processing = step(&step(&step(&frozen, 20_000, back(1, 1279)), 20_000, sent(1)), 20_100, {
        told(1, 1279, Standing::Processing)
    });
    let part = given(&frozen, 1, 20_000, 1278);
    for waits in [&frozen, &processing, &part] {
        assert!(waits.is_open(), "{waits:?}");
    }
    let whole = given(&part, 2, 20_000 + 2 * MINUTE, 1);
    assert_eq!(phase(&whole, 2), RefundPhase::Done);
    assert!(!whole.is_open() && whole.payments.is_empty(), "and it is called neither paid nor closed");
    assert_eq!(whole.state(), OrderState::Closing);
}
