//! A clock that was ahead, and is set back: nothing waits for the days by which it was wrong.

use super::refunds::{back, number, paid};
use super::*;

const TWO_DAYS: i64 = 2 * 24 * 60 * 60 * 1000;

fn set_right(record: &OrderRecord) -> OrderRecord {
    step(record, 0, Event::ClockSetBack)
}

#[test]
fn a_code_that_was_made_by_a_clock_ahead_keeps_its_life_from_now() {
    let ahead =
        after([(TWO_DAYS, put()), (TWO_DAYS + 100, sending(1, TWO_DAYS + 100)), (TWO_DAYS + 300, opened(1))]);
    let right = set_right(&ahead);
    let attempt = right.attempt(no(1)).unwrap();
    assert!(attempt.sent_at.unwrap() <= start() && attempt.code_at.unwrap() <= start());
    let left_ms = attempt.expires_at.unwrap().ms_since(start());
    assert!((LIFE_MS - 1_000..=LIFE_MS).contains(&left_ms), "{left_ms}");
    assert!(due(&right, 1).unwrap().1 <= 5_300);
    let mut ends = step(&right, 5_000, asked(1, Answer::NotPaid));
    while due(&ends, 1).unwrap().0 == Step::Query {
        let at_ms = due(&ends, 1).unwrap().1;
        ends = step(&ends, at_ms, asked(1, Answer::NotPaid));
    }
    assert_eq!(due(&ends, 1), Some((Step::Close, left_ms + CLOSE_AFTER_END_MS)));
}

#[test]
fn a_code_that_was_made_before_the_clock_went_ahead_ends_when_it_was_to_end() {
    let ahead = step(&awaiting(), TWO_DAYS, asked(1, Answer::Unknown));
    let right = step(&ahead, 20_000, Event::ClockSetBack);
    assert_eq!(right.attempt(no(1)).unwrap().expires_at, awaiting().attempt(no(1)).unwrap().expires_at);
    assert!(due(&right, 1).unwrap().1 <= 1_000 + LIFE_MS + CLOSE_AFTER_END_MS);
}

#[test]
fn an_attempt_that_is_being_closed_is_asked_about_within_minutes() {
    let closing = step(&step(&awaiting(), TWO_DAYS, cancel(1)), TWO_DAYS, Event::CloseUnknown(no(1)));
    let (step, at_ms) = due(&set_right(&closing), 1).unwrap();
    assert_eq!(step, Step::Query);
    assert!(at_ms <= 360_000, "{at_ms}");
}

#[test]
fn a_refund_that_was_sent_by_a_clock_ahead_is_asked_about_and_holds_up_no_other() {
    let sent = Event::RefundSending(number(1), Bytes::from_static(b"{}"));
    let ahead = step(&step(&paid(), TWO_DAYS, back(1, 100)), TWO_DAYS, sent);
    let both = step(&ahead, TWO_DAYS, back(2, 100));
    let right = set_right(&both);
    let refund = right.refund(&number(1)).unwrap();
    assert!(refund.due.unwrap().at.ms_since(start()) <= 60_000);
    assert!(right.refund(&number(2)).unwrap().sends_at.unwrap().ms_since(start()) <= 60_000);
}

#[test]
fn with_a_clock_that_was_right_nothing_changes() {
    for record in [awaiting(), paid(), step(&awaiting(), 20_000, cancel(1))] {
        assert_eq!(step(&record, 20_000, Event::ClockSetBack), record);
    }
}
