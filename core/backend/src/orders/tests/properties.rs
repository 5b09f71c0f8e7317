//! What holds after any events in any order.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a test's few steps")]
enum Happens {
    Next,
    Event(Event),
    Wait(i64),
}

fn attempt() -> impl Strategy<Value = u8> {
    1u8..4
}

fn transaction() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("4200"), Just("4201")]
}

fn any_money() -> impl Strategy<Value = Money> {
    (attempt(), transaction(), prop_oneof![4 => Just(1280i64), 1 => Just(1i64)])
        .prop_map(|(attempt, id, amount)| Money { amount, ..money(attempt, id) })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        3 => Just(Answer::NotPaid),
        2 => Just(Answer::Closed),
        2 => Just(Answer::Absent),
        2 => Just(Answer::Unknown),
        1 => any_money().prop_map(Answer::Paid),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(put()),
        Just(Event::Put(order(9))),
        attempt().prop_map(|n| Event::Refresh(no(n))),
        attempt().prop_map(cancel),
        attempt().prop_map(|n| sending(n, 0)),
        attempt().prop_map(opened),
        attempt().prop_map(|n| Event::OpenUnknown(no(n))),
        attempt().prop_map(refused),
        (attempt(), any_answer()).prop_map(|(n, answer)| asked(n, answer)),
        attempt().prop_map(|n| Event::CloseAsked(no(n), 0)),
        attempt().prop_map(|n| Event::CloseUnknown(no(n))),
        attempt().prop_map(|n| Event::Expired(no(n))),
        (attempt(), any_money()).prop_map(|(n, money)| Event::Notified(no(n), money)),
        attempt().prop_map(|n| Event::Restored(
            order(1280),
            Held {
                codes: vec![(no(n), "weixin://x".to_owned(), start().plus_ms(60_000))],
                last: Some(no(n)),
                ..Held::default()
            }
        )),
    ]
}

fn any_happening() -> impl Strategy<Value = Happens> {
    prop_oneof![
        2 => Just(Happens::Next),
        4 => any_event().prop_map(Happens::Event),
        1 => (0i64..400_000).prop_map(Happens::Wait),
    ]
}

/// What the worker and a well-behaved channel would do next about the last attempt.
fn next(record: &OrderRecord, ms: i64) -> Option<Event> {
    let last = record.last()?;
    let n = last.attempt.get();
    Some(match last.due?.step {
        Step::Open if last.sent_at.is_none() => sending(n, ms),
        Step::Open => opened(n),
        Step::Query => asked(n, if last.phase == Phase::Closing { Answer::Closed } else { Answer::NotPaid }),
        Step::Close if last.phase == Phase::Open => Event::Expired(no(n)),
        Step::Close => Event::CloseAsked(no(n), 0),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_happens(happenings in prop::collection::vec(any_happening(), 1..40)) {
        let mut record = unknown_number();
        let mut ms = 0;
        for happens in happenings {
            let event = match happens {
                Happens::Wait(more) => { ms += more; continue }
                Happens::Event(event) => event,
                Happens::Next => match next(&record, ms) { Some(event) => event, None => continue },
            };
            let Ok(Decision { record: now, .. }) = decide(&record, event.clone(), at(ms)) else { continue };
            let open = |record: &OrderRecord| record.attempts.iter().filter(|a| a.phase == Phase::Open).count();
            prop_assert!(open(&now) <= 1, "two codes at once after {event:?}: {now:?}");
            for (before, after) in record.attempts.iter().zip(&now.attempts) {
                prop_assert!(after.phase >= before.phase, "backwards by {event:?}: {before:?} {after:?}");
                prop_assert_eq!(&before.out_trade_no, &after.out_trade_no);
                if before.request.is_some() {
                    prop_assert_eq!(&before.request, &after.request, "the bytes of an attempt never change");
                }
            }
            prop_assert!(now.attempts.len() >= record.attempts.len());
            if now.attempts.len() > record.attempts.len() && !matches!(event, Event::Restored(..)) {
                let former = &now.attempts[..record.attempts.len()];
                prop_assert!(former.iter().all(|a| a.phase == Phase::Closed), "a new attempt before the last was proven closed");
            }
            prop_assert!(now.payments.starts_with(&record.payments), "a payment never goes or changes");
            if !record.payments.is_empty() {
                prop_assert_eq!(state(&now), "paid", "paid is never left");
            }
            if now.is_closed() {
                prop_assert!(now.payments.is_empty() && now.attempts.iter().all(|a| a.phase == Phase::Closed));
            }
            let mut ids: Vec<_> = now.payments.iter().map(|payment| &payment.transaction_id).collect();
            ids.dedup();
            prop_assert_eq!(ids.len(), now.payments.len(), "one transaction is one payment");
            prop_assert!(now.payments.iter().all(|payment| payment.amount == 1280));
            for attempt in &now.attempts {
                let is_stuck = !attempt.phase.has_ended() && attempt.due.is_none() && !now.mismatch;
                prop_assert!(!is_stuck, "nothing is ever to be done about it after {event:?}: {attempt:?}");
            }
            record = now;
        }
    }
}
