//! The customer's payment code: once, until known, else reversed with proof. And cash.

use saoma_contract::{Method, ProblemCode};

use super::refunds::{by, number, part};
use super::*;

fn by_code() -> OrderRecord {
    let mut order = order(1280);
    order.body.method = Method::WechatpayCode;
    after([(0, Event::Put(order))])
}

fn charge(ended: Option<u8>) -> Event {
    Event::Charge(ended.map(no))
}

fn charged(attempt: u8, answer: ChargeAnswer) -> Event {
    Event::Charged(no(attempt), answer)
}

/// A code that was sent to be charged ten seconds after the start, and whose answer is not known.
fn paying() -> OrderRecord {
    step(&by_code(), 10_000, charge(None))
}

fn conflict(record: &OrderRecord, event: Event) -> ProblemCode {
    decide(record, event, at(20_000)).unwrap_err().code
}

#[test]
fn an_order_by_code_waits_for_a_scan_and_opens_nothing() {
    let record = by_code();
    assert_eq!((state(&record).as_str(), record.attempts.len(), record.is_closed()), ("ready", 0, false));
    assert!(!record.is_open() && !record.is_unsettled());
    let cancelled = step(&record, 1_000, cancel(1));
    assert_eq!(
        due(&cancelled, 1),
        Some((Step::Query, 1_000)),
        "a charge that the ledger lost is asked about"
    );
    let closed = step(&step(&cancelled, 1_000, asked(1, Answer::Closed)), 2_000, asked(1, Answer::Closed));
    assert_eq!(state(&closed), "closed");
}

#[test]
fn a_charge_is_written_before_it_is_made_and_asked_about_after_five_seconds() {
    let record = paying();
    assert_eq!((state(&record).as_str(), phases(&record)), ("charging", vec![Phase::Paying]));
    assert_eq!(record.attempts[0].sent_at, Some(start().plus_ms(10_000)));
    assert_eq!(due(&record, 1), Some((Step::Query, 15_000)));
    assert_eq!(record.attempts[0].request, None, "nothing that holds the code is kept");
}

#[test]
fn a_repeat_never_opens_a_second_charge() {
    let record = paying();
    assert_eq!(step(&record, 11_000, charge(None)), record);
    let refused = step(&record, 11_000, charged(1, ChargeAnswer::Refused(refusal())));
    let closed = step(&refused, 11_000, asked(1, Answer::Absent));
    assert_eq!(phases(&closed), [Phase::Closed]);
    assert_eq!(
        step(&closed, 12_000, charge(None)),
        closed,
        "the order has a later attempt than that call knew"
    );
    let second = step(&closed, 12_000, charge(Some(1)));
    assert_eq!(phases(&second), [Phase::Closed, Phase::Paying]);
    assert_eq!(step(&second, 13_000, charge(Some(1))), second);
    assert_eq!(conflict(&second, charge(Some(3))), ProblemCode::NotLastAttempt);
    assert_ne!(second.attempts[0].out_trade_no, second.attempts[1].out_trade_no);
}

#[test]
fn a_refused_code_is_told_and_the_order_goes_on() {
    let refused = step(&paying(), 11_000, charged(1, ChargeAnswer::Refused(refusal())));
    assert_eq!(due(&refused, 1), Some((Step::Query, 11_000)), "a refusal is not signed");
    let closed = step(&refused, 11_000, asked(1, Answer::Absent));
    assert_eq!((state(&closed).as_str(), closed.refusal.is_none()), ("ready", true));
    assert_eq!((phases(&closed), closed.is_closed()), (vec![Phase::Closed], false), "another may be scanned");
    assert_eq!(closed.attempts[0].refused, Some(refusal()));
    assert_eq!(state(&step(&closed, 12_000, charge(Some(1)))), "charging");
    assert_eq!(state(&step(&closed, 12_000, cancel(1))), "closed");
    let paid = step(&refused, 11_000, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!(state(&paid), "paid", "whatever was said, money is money");
}

#[test]
fn a_password_is_waited_for_every_five_seconds_and_reversed_at_forty_five() {
    let mut record = step(&paying(), 10_500, charged(1, ChargeAnswer::Paying));
    let mut asked_at = Vec::new();
    while let Some((Step::Query, at_ms)) = due(&record, 1) {
        asked_at.push(at_ms);
        record = step(&record, at_ms, asked(1, Answer::Paying));
    }
    assert_eq!(asked_at, [15_500, 20_500, 25_500, 30_500, 35_500, 40_500, 45_500, 50_500]);
    assert_eq!(due(&record, 1), Some((Step::Reverse, 55_000)));
    assert_eq!(state(&record), "paying");
    let reversing = step(&record, 55_000, Event::Reversing(no(1)));
    assert_eq!((phases(&reversing), reversing.attempts[0].reversed), (vec![Phase::Closing], 1));
    let told = step(&reversing, 55_100, Event::ReverseAsked(no(1), ReverseAnswer::Asked));
    assert_eq!(due(&told, 1), Some((Step::Query, 55_100)), "the answer to a reverse is no proof");
    assert_eq!(state(&step(&told, 55_200, asked(1, Answer::Closed))), "closed");
}

#[test]
fn a_charge_that_was_paid_while_waiting_is_paid_in_time() {
    let record = step(&paying(), 20_000, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!((state(&record).as_str(), record.payments[0].late), ("paid", false));
    let at_once = step(&paying(), 10_200, charged(1, ChargeAnswer::Paid(money(1, "4200"))));
    assert_eq!((state(&at_once).as_str(), at_once.payments[0].late), ("paid", false));
}

#[test]
fn a_kill_before_the_charge_ends_in_a_proven_close() {
    let mut record = paying();
    let mut steps = Vec::new();
    for _ in 0..30 {
        let Some((next, at_ms)) = due(&record, 1) else { break };
        steps.push(next);
        record = match next {
            Step::Reverse => {
                let record = step(&record, at_ms, Event::Reversing(no(1)));
                step(&record, at_ms, Event::ReverseAsked(no(1), ReverseAnswer::Asked))
            }
            _ => step(&record, at_ms, asked(1, Answer::Absent)),
        };
    }
    assert_eq!(phases(&record), [Phase::Closed]);
    assert!(steps.contains(&Step::Reverse), "{steps:?}");
    assert!(!steps.contains(&Step::Open), "it is never made again");
}

#[test]
fn no_charge_is_reversed_before_fifteen_seconds() {
    let failed = step(&paying(), 12_000, asked(1, Answer::Failed));
    assert_eq!(due(&failed, 1), Some((Step::Reverse, 25_000)));
    let scanned_again = step(&paying(), 12_000, charge(Some(1)));
    assert_eq!(phases(&scanned_again), [Phase::Closing]);
    assert_eq!(due(&scanned_again, 1), Some((Step::Query, 12_000)));
    let asked_first = step(&scanned_again, 12_100, asked(1, Answer::Paying));
    assert_eq!(due(&asked_first, 1), Some((Step::Reverse, 25_000)));
    assert_eq!(closes_in_s(&asked_first, start().plus_ms(12_100)), 13);
}

#[test]
fn money_that_was_reversed_is_no_payment_and_money_that_was_not_is() {
    let closing = step(&paying(), 55_000, Event::Reversing(no(1)));
    let back = step(&closing, 56_000, asked(1, Answer::PaidBack(money(1, "4200"))));
    assert_eq!((phases(&back), back.payments.len()), (vec![Phase::Closed], 0));
    let waiting = step(&closing, 56_000, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!((phases(&waiting), waiting.payments.len()), (vec![Phase::Closing], 0));
    assert_eq!(due(&waiting, 1).unwrap().0, Step::Reverse, "reversed until the reverse is proven");
    let never_reversed =
        step(&step(&paying(), 12_000, cancel(1)), 13_000, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!((state(&never_reversed).as_str(), never_reversed.payments[0].late), ("paid", true));
}

#[test]
fn a_code_over_a_shown_qr_ends_that_attempt_with_proof_first() {
    let record = step(&awaiting(), 20_000, charge(Some(1)));
    assert_eq!((phases(&record), due(&record, 1)), (vec![Phase::Closing], Some((Step::Close, 20_000))));
    assert_eq!(step(&record, 21_000, charge(Some(1))).attempts.len(), 1, "nothing is charged before that");
    let closed = step(&record, 22_000, asked(1, Answer::Closed));
    assert_eq!(closed.attempts.len(), 1, "the code was not kept: it is scanned anew");
    let charged = step(&closed, 22_100, charge(Some(1)));
    assert_eq!(
        (phases(&charged), charged.attempts[1].kind),
        (vec![Phase::Closed, Phase::Paying], Kind::Code)
    );
    let paid_meanwhile = step(&record, 22_000, notified(1, "4200"));
    assert_eq!(conflict(&paid_meanwhile, charge(Some(1))), ProblemCode::OrderPaid);
}

#[test]
fn nothing_is_charged_for_what_is_paid_frozen_or_ended() {
    assert_eq!(
        conflict(&step(&awaiting(), 10_000, notified(1, "4200")), charge(Some(1))),
        ProblemCode::OrderPaid
    );
    let wrong = Money { amount: 1, ..money(1, "4200") };
    let frozen = step(&awaiting(), 10_000, Event::Notified(no(1), wrong));
    assert_eq!(conflict(&frozen, charge(Some(1))), ProblemCode::OrderFrozen);
    assert_eq!(conflict(&step(&awaiting(), 10_000, cancel(1)), charge(Some(1))), ProblemCode::OrderEnded);
    assert_eq!(conflict(&by_code(), charge(Some(1))), ProblemCode::NotLastAttempt);
}

fn cash(attempt: Option<u8>) -> Event {
    Event::Cash(attempt.map(no), start().plus_ms(9_000), by())
}

#[test]
fn cash_is_recorded_at_once_and_asks_for_the_codes_close() {
    let record = step(&awaiting(), 10_000, cash(Some(1)));
    assert_eq!(state(&record), "cash");
    let payment = &record.payments[0];
    assert!(payment.is_cash() && !payment.late);
    assert_eq!((payment.amount, payment.transaction_id.as_str()), (1280, record.order_no.as_str()));
    assert_eq!((phases(&record), due(&record, 1)), (vec![Phase::Closing], Some((Step::Close, 10_000))));
    assert_eq!(step(&record, 11_000, cash(None)), record);
    let closed = step(&record, 12_000, asked(1, Answer::Closed));
    assert_eq!((state(&closed).as_str(), closed.is_closed()), ("cash", false));
}

#[test]
fn money_by_the_code_of_an_order_that_was_paid_in_cash_is_late() {
    let record = step(&awaiting(), 10_000, cash(Some(1)));
    let twice = step(&record, 11_000, notified(1, "4200"));
    assert_eq!(twice.payments.iter().map(|one| one.late).collect::<Vec<_>>(), [false, true]);
    assert_eq!(state(&twice), "cash");
}

#[test]
fn cash_for_an_order_that_was_paid_or_ended_is_recorded_and_late() {
    for record in [step(&awaiting(), 9_000, notified(1, "4200")), step(&awaiting(), 9_000, cancel(1))] {
        let twice = step(&record, 10_000, cash(None));
        assert!(twice.payments.last().unwrap().is_cash() && twice.payments.last().unwrap().late);
    }
}

#[test]
fn a_time_that_has_not_come_yet_is_now() {
    let record = step(&awaiting(), 2_000, cash(None));
    assert_eq!(record.payments[0].paid_at, start().plus_ms(2_000));
}

#[test]
fn cash_is_given_back_from_the_drawer() {
    let record = step(&awaiting(), 10_000, cash(Some(1)));
    let mut asked = part(1280);
    asked.channel = "cash".to_owned();
    asked.transaction_id = record.order_no.to_string();
    let back = Event::AskRefund { refund_no: number(1), asked, by: by(), waits_for_manager: false };
    let back = step(&record, 20_000, back);
    assert_eq!(back.refunds[0].phase, RefundPhase::Done);
    assert_eq!((back.refunds[0].due, back.refunds[0].done_at), (None, Some(start().plus_ms(20_000))));
}
