//! What tills ask: bring, refresh, cancel.

use saoma_contract::ProblemCode;

use super::*;

fn conflict(record: &OrderRecord, event: Event) -> ProblemCode {
    decide(record, event, at(500_000)).unwrap_err().code
}

#[test]
fn a_new_order_has_one_attempt_that_is_to_be_made_at_once() {
    let record = after([(0, put())]);
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("sending", Some((Step::Open, 0))));
}

#[test]
fn the_same_bytes_again_change_nothing_and_other_bytes_are_a_conflict() {
    let record = awaiting();
    assert_eq!(step(&record, 9_000, put()), record);
    assert_eq!(conflict(&record, Event::Put(order(1281))), ProblemCode::OtherBytes);
}

#[test]
fn a_number_closed_before_its_order_came_is_answered_closed_and_opens_nothing() {
    let tombstone = after([(0, cancel(1))]);
    assert_eq!(state(&tombstone), "closed");
    let record = step(&tombstone, 1_000, put());
    assert_eq!((state(&record).as_str(), record.attempts.len()), ("closed", 0));
    assert!(record.is_closed() && !record.is_unsettled());
    assert_eq!(conflict(&record, Event::Refresh(no(1))), ProblemCode::OrderEnded);
}

#[test]
fn refresh_ends_the_last_attempt_and_opens_the_next_only_after_proof() {
    let wanted = step(&awaiting(), 10_000, Event::Refresh(no(1)));
    assert_eq!(phases(&wanted), [Phase::Closing]);
    assert_eq!(state(&wanted), "closing");
    assert_eq!(step(&wanted, 11_000, Event::Refresh(no(1))), wanted, "asked twice, wanted once");
    let still = step(&wanted, 12_000, asked(1, Answer::NotPaid));
    assert_eq!(phases(&still), [Phase::Closing]);
    let next = step(&still, 13_000, asked(1, Answer::Closed));
    assert_eq!(phases(&next), [Phase::Closed, Phase::Opening]);
    assert_eq!(due(&next, 2), Some((Step::Open, 13_000)));
    assert_eq!(
        step(&next, 14_000, Event::Refresh(no(1))),
        next,
        "the same refresh again answers the order as it is"
    );
}

#[test]
fn refresh_after_expiry_opens_the_next_at_once() {
    let next = step(&closed_once(), 500_000, Event::Refresh(no(1)));
    assert_eq!(phases(&next), [Phase::Closed, Phase::Opening]);
}

#[test]
fn refresh_is_refused_where_no_new_attempt_may_open() {
    assert_eq!(conflict(&awaiting(), Event::Refresh(no(2))), ProblemCode::NotLastAttempt);
    let cancelled = step(&awaiting(), 10_000, cancel(1));
    assert_eq!(conflict(&cancelled, Event::Refresh(no(1))), ProblemCode::OrderEnded);
    let paid = step(&awaiting(), 10_000, notified(1, "4200"));
    assert_eq!(conflict(&paid, Event::Refresh(no(1))), ProblemCode::OrderPaid);
    let wrong = Money { amount: 1, ..money(1, "4200") };
    let frozen = step(&awaiting(), 10_000, Event::Notified(no(1), wrong));
    assert_eq!(conflict(&frozen, Event::Refresh(no(1))), ProblemCode::OrderFrozen);
}

#[test]
fn ninety_nine_attempts_are_all_there_are() {
    let mut record = closed_once();
    for number in 2..=99 {
        record = step(&record, 500_000, Event::Refresh(no(number - 1)));
        record = step(&record, 500_000, cancel_never_sent(number));
    }
    assert_eq!(record.attempts.len(), 99);
    assert_eq!(conflict(&record, Event::Refresh(no(99))), ProblemCode::AttemptsExhausted);

    /// An attempt that the channel never got ends at once.
    fn cancel_never_sent(number: u8) -> Event {
        Event::Expired(no(number))
    }
}

#[test]
fn cancel_before_sending_needs_no_proof() {
    let record = after([(0, put()), (1, cancel(1))]);
    assert_eq!((state(&record).as_str(), record.is_unsettled()), ("closed", false));
    assert_eq!(step(&record, 2, sending(1, 2)), record, "and it is not sent any more");
}

#[test]
fn cancel_withdraws_the_code_and_seeks_proof() {
    let record = step(&awaiting(), 10_000, cancel(1));
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("closing", Some((Step::Close, 10_000))));
    assert_eq!(step(&record, 11_000, cancel(1)), record, "asked twice, done once");
    let asked_to = step(&record, 11_000, Event::CloseAsked(no(1), 0));
    assert_eq!(state(&asked_to), "closing", "the answer to a close proves nothing");
    assert_eq!(due(&asked_to, 1), Some((Step::Query, 11_000)));
    assert_eq!(state(&step(&asked_to, 12_000, asked(1, Answer::Closed))), "closed");
}

#[test]
fn cancel_of_an_attempt_whose_making_is_in_doubt_makes_it_first() {
    let sent = after([(0, put()), (0, sending(1, 0)), (1, Event::OpenUnknown(no(1)))]);
    let record = step(&sent, 2, cancel(1));
    assert_eq!(due(&record, 1), Some((Step::Open, 2)));
    let made = step(&record, 3, opened(1));
    assert_eq!((state(&made).as_str(), due(&made, 1)), ("closing", Some((Step::Close, 3))));
    assert_eq!(made.attempts[0].code, None, "a code that comes after the cancel is shown to nobody");
}

#[test]
fn cancel_takes_back_a_refresh_that_waits() {
    let wanted = step(&awaiting(), 10_000, Event::Refresh(no(1)));
    let record = step(&wanted, 11_000, cancel(1));
    let record = step(&record, 12_000, asked(1, Answer::Closed));
    assert_eq!((state(&record).as_str(), record.attempts.len()), ("closed", 1));
}

#[test]
fn cancel_names_the_last_attempt_and_leaves_a_paid_order_alone() {
    let second = step(&closed_once(), 500_000, Event::Refresh(no(1)));
    assert_eq!(conflict(&second, cancel(1)), ProblemCode::NotLastAttempt);
    let paid = step(&awaiting(), 10_000, notified(1, "4200"));
    assert_eq!(step(&paid, 11_000, cancel(1)), paid);
}
