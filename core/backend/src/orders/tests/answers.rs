//! What the channel's answers make of an attempt.

use super::*;

#[test]
fn the_channel_is_asked_by_its_own_times_and_then_closed() {
    let mut record = awaiting();
    let mut asked_at = Vec::new();
    while let Some((Step::Query, ms)) = due(&record, 1) {
        asked_at.push((ms - 1_000) / 1000);
        record = step(&record, ms, asked(1, Answer::NotPaid));
    }
    assert_eq!(asked_at, [5, 30, 60, 180, 300], "seconds after the code came");
    assert_eq!(due(&record, 1), Some((Step::Close, 1_000 + LIFE_MS + CLOSE_AFTER_END_MS)));
    assert_eq!(state(&record), "awaiting");
}

#[test]
fn a_lost_answer_is_repeated_three_times_and_then_asked_about() {
    let mut record = after([(0, put()), (0, sending(1, 0))]);
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let now = due(&record, 1).unwrap().1;
        record = step(&record, now, Event::OpenUnknown(no(1)));
        let (step, next) = due(&record, 1).unwrap();
        pauses.push((step, next - now));
    }
    let expected = [(Step::Open, 1_000), (Step::Open, 2_000), (Step::Open, 4_000), (Step::Query, 8_000)];
    assert_eq!(pauses, expected);
    assert_eq!(state(&record), "sending");
    let found = step(&record, 20_000, asked(1, Answer::NotPaid));
    assert_eq!(due(&found, 1), Some((Step::Open, 20_000)), "it is there: the same bytes again give its code");
    let open = step(&found, 21_000, opened(1));
    assert_eq!(state(&open), "awaiting");
}

#[test]
fn an_attempt_absent_three_times_is_made_again() {
    let mut record = after([(0, put()), (0, sending(1, 0))]);
    for _ in 0..4 {
        record = step(&record, 0, Event::OpenUnknown(no(1)));
    }
    for ms in [0, 3_000] {
        record = step(&record, ms, asked(1, Answer::Absent));
        assert_eq!(due(&record, 1), Some((Step::Query, ms + 3_000)));
    }
    let record = step(&record, 6_000, asked(1, Answer::Absent));
    assert_eq!(due(&record, 1), Some((Step::Open, 6_000)));
}

#[test]
fn a_refusal_alone_proves_nothing() {
    let record = after([(0, put()), (0, sending(1, 0)), (1, refused(1))]);
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("sending", Some((Step::Query, 1))));
    let paid = step(&record, 2, asked(1, Answer::Paid(money(1, "4200"))));
    assert_eq!(state(&paid), "paid", "an earlier call had made it, and it was paid");
}

#[test]
fn a_first_answer_of_no_and_an_absent_attempt_reject_the_order() {
    let record = after([(0, put()), (0, sending(1, 0)), (1, refused(1)), (2, asked(1, Answer::Absent))]);
    assert_eq!(state(&record), "rejected");
    assert_eq!(record.refusal, Some(refusal()));
    assert!(!record.is_unsettled());
}

#[test]
fn a_refusal_after_a_lost_answer_takes_longer_to_believe() {
    let lost = after([(0, put()), (0, sending(1, 0)), (1, Event::OpenUnknown(no(1))), (2, refused(1))]);
    let once = step(&lost, 3, asked(1, Answer::Absent));
    assert_eq!(state(&once), "sending");
    let sure =
        [3_003, 6_003].into_iter().fold(once, |record, ms| step(&record, ms, asked(1, Answer::Absent)));
    assert_eq!(state(&sure), "rejected");
}

#[test]
fn an_attempt_that_was_refused_but_exists_is_closed() {
    let record = after([(0, put()), (0, sending(1, 0)), (1, refused(1)), (2, asked(1, Answer::NotPaid))]);
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("closing", Some((Step::Close, 2))));
    assert_eq!(state(&step(&record, 3, asked(1, Answer::Closed))), "rejected");
}

#[test]
fn a_close_is_asked_for_again_until_closed_is_read() {
    let mut record = step(&awaiting(), 400_000, Event::Expired(no(1)));
    assert_eq!((state(&record).as_str(), due(&record, 1)), ("closing", Some((Step::Close, 400_000))));
    record = step(&record, 400_100, Event::CloseUnknown(no(1)));
    assert_eq!(due(&record, 1), Some((Step::Query, 401_100)));
    record = step(&record, 401_100, asked(1, Answer::NotPaid));
    let (next, ms) = due(&record, 1).unwrap();
    assert_eq!((next, ms > 401_100), (Step::Close, true));
    record = step(&record, ms, Event::CloseAsked(no(1), 5_000));
    assert_eq!(
        due(&record, 1),
        Some((Step::Query, ms + 5_000)),
        "a customer who is paying is left alone for a while"
    );
    assert_eq!(state(&step(&record, ms + 5_000, asked(1, Answer::Closed))), "closed");
}

#[test]
fn an_attempt_that_the_channel_had_cannot_vanish() {
    let decision = decide(&awaiting(), asked(1, Answer::Absent), at(6_000)).unwrap();
    assert_eq!(decision.alarm, Some(Alarm::Vanished));
    assert_eq!(state(&decision.record), "awaiting");
    let closing = step(&awaiting(), 6_000, cancel(1));
    let closing = (0..10).fold(closing, |record, _| step(&record, 7_000, asked(1, Answer::Absent)));
    assert_eq!(state(&closing), "closing");
}

#[test]
fn an_unknown_answer_never_delays_the_times_of_a_code_on_show() {
    let record = (0..12).fold(awaiting(), |record, _| step(&record, 2_000, asked(1, Answer::Unknown)));
    assert_eq!(due(&record, 1), Some((Step::Query, 6_000)));
}

#[test]
fn answers_that_come_late_or_twice_change_nothing() {
    let closed = closed_once();
    for event in
        [opened(1), refused(1), Event::OpenUnknown(no(1)), Event::Expired(no(1)), Event::CloseUnknown(no(1))]
    {
        assert_eq!(step(&closed, 500_000, event.clone()), closed, "{event:?}");
    }
    let open = awaiting();
    for event in [refused(1), Event::OpenUnknown(no(1)), sending(1, 9_000), Event::CloseAsked(no(1), 0)] {
        assert_eq!(step(&open, 9_000, event.clone()), open, "{event:?}");
    }
}

#[test]
fn repeats_wait_longer_each_time_up_to_two_and_a_half_minutes() {
    let pauses: Vec<i64> = [1, 2, 3, 8, 9, 40, u32::MAX].map(|tries| backoff_ms(tries, 500)).into();
    assert_eq!(pauses, [1_000, 2_000, 4_000, 128_000, 150_000, 150_000, 150_000]);
    assert_eq!((backoff_ms(1, 0), backoff_ms(1, 999)), (800, 1_199));
}
