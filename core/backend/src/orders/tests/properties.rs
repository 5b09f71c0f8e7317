//! What holds after any events in any order.

use proptest::prelude::*;

use super::refunds::{back, by, fact, number};
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
    (attempt(), transaction(), prop_oneof![4 => Just(1280i64), 1 => Just(1i64), 1 => Just(1400i64)])
        .prop_map(|(attempt, id, amount)| Money { amount, ..money(attempt, id) })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        3 => Just(Answer::NotPaid),
        2 => Just(Answer::Closed),
        2 => Just(Answer::Absent),
        2 => Just(Answer::Unknown),
        1 => Just(Answer::Paying),
        1 => Just(Answer::Failed),
        1 => any_money().prop_map(Answer::PaidBack),
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
        attempt().prop_map(|n| Event::Charge(Some(no(n)))),
        Just(Event::Charge(None)),
        (attempt(), any_charge_answer()).prop_map(|(n, answer)| Event::Charged(no(n), answer)),
        attempt().prop_map(|n| Event::Reversing(no(n))),
        attempt().prop_map(|n| Event::ReverseAsked(no(n), ReverseAnswer::Asked)),
        Just(Event::Cash(None, start(), by())),
        (1u8..5, 1i64..1400).prop_map(|(n, amount)| back(n, amount)),
        (1u8..5).prop_map(|n| Event::RefundSending(number(n), Bytes::from_static(b"{}"))),
        (1u8..5, any_refund_answer()).prop_map(|(n, answer)| Event::RefundTold(number(n), answer)),
        (attempt(), any_word()).prop_map(|(n, word)| Event::Restored(
            order(1280),
            Held {
                codes: vec![(no(n), "weixin://x".to_owned(), start().plus_ms(60_000))],
                last: Some(no(n)),
                ..word
            }
        )),
    ]
}

/// What statements may say of an order beside its codes.
fn any_word() -> impl Strategy<Value = Held> {
    prop_oneof![
        3 => Just(Held::default()),
        1 => Just(Held { paid: true, ..Held::default() }),
        1 => Just(Held { cash: true, ..Held::default() }),
        1 => Just(Held { closed: true, ..Held::default() }),
    ]
}

fn any_charge_answer() -> impl Strategy<Value = ChargeAnswer> {
    prop_oneof![
        Just(ChargeAnswer::Paying),
        Just(ChargeAnswer::Refused(refusal())),
        Just(ChargeAnswer::Unknown),
        any_money().prop_map(ChargeAnswer::Paid),
    ]
}

fn any_refund_answer() -> impl Strategy<Value = RefundAnswer> {
    let standing = prop_oneof![
        Just(Standing::Processing),
        Just(Standing::Done),
        Just(Standing::Closed),
        Just(Standing::Abnormal)
    ];
    prop_oneof![
        2 => (standing, prop_oneof![Just(300i64), 1i64..1400]).prop_map(|(standing, amount)| RefundAnswer::Told(fact(amount, standing))),
        1 => Just(RefundAnswer::Absent),
        1 => Just(RefundAnswer::Refused(refusal())),
        1 => Just(RefundAnswer::Short(refusal())),
        1 => Just(RefundAnswer::Unknown),
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
        Step::Reverse => Event::Reversing(no(n)),
        Step::Refund | Step::RefundQuery | Step::RefundToMerchant => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

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
                prop_assert_eq!(state(&now), state(&record), "paid is never left");
            }
            let is_withdrawn = |attempt: &AttemptRecord| attempt.phase >= Phase::Closing;
            prop_assert!(now.payments.is_empty() || now.attempts.iter().all(is_withdrawn), "a code beside money: {now:?}");
            if now.is_closed() {
                prop_assert!(now.payments.is_empty() && now.attempts.iter().all(|a| a.phase == Phase::Closed));
            }
            let mut ids: Vec<_> = now.payments.iter().map(|payment| &payment.transaction_id).collect();
            ids.dedup();
            prop_assert_eq!(ids.len(), now.payments.len(), "one transaction is one payment");
            let asked = now.signed.as_ref().map(|signed| signed.body.amount);
            prop_assert!(now.payments.iter().all(|payment| Some(payment.amount) == asked));
            for payment in &now.payments {
                let (channel, id) = (&payment.channel, &payment.transaction_id);
                let was_another = now.mismatches.iter().any(|money| money.transaction_id == *id);
                let waits = |refund: &&RefundRecord| matches!(refund.phase, RefundPhase::Requested | RefundPhase::Queued);
                // What was sent when it was told to be more is the channel's to refuse.
                let may_go = !was_another || now.refunds_of(channel, id).any(|refund| waits(&refund));
                prop_assert!(!may_go || now.held_back(channel, id) <= payment.amount, "more goes back than came: {now:?}");
            }
            let is_under_way = |refund: &&RefundRecord| refund.phase == RefundPhase::Sending;
            prop_assert!(now.refunds.iter().filter(is_under_way).count() <= 1, "one part at a time: {now:?}");
            for (before, after) in record.refunds.iter().zip(&now.refunds) {
                prop_assert!(after.phase >= before.phase, "a refund goes back by {event:?}: {before:?} {after:?}");
                prop_assert_eq!((&before.refund_no, &before.asked), (&after.refund_no, &after.asked));
                if before.request.is_some() {
                    prop_assert_eq!(&before.request, &after.request, "the bytes of a refund never change");
                }
                if after.phase == RefundPhase::Done && before.phase != RefundPhase::Done {
                    let is_told = matches!(&event, Event::RefundTold(_, RefundAnswer::Told(_)));
                    prop_assert!(is_told, "done without proof by {event:?}");
                }
            }
            for refund in &now.refunds {
                let waits = matches!(refund.phase, RefundPhase::Sending | RefundPhase::Processing | RefundPhase::Abnormal);
                prop_assert!(!waits || refund.due.is_some(), "nothing is ever to be done about it: {refund:?}");
            }
            let is_queued = |refund: &RefundRecord| refund.phase == RefundPhase::Queued;
            let is_moving = |refund: &RefundRecord| refund.due.is_some();
            prop_assert!(!now.refunds.iter().any(is_queued) || now.refunds.iter().any(is_moving), "a queue that stands still");
            let charges = |record: &OrderRecord| record.attempts.iter().filter(|one| one.kind == Kind::Code).count();
            let is_charge = matches!(event, Event::Charge(_)) || matches!(event, Event::Cancel(..));
            prop_assert!(is_charge || charges(&now) == charges(&record), "charged by {event:?}");
            for attempt in &now.attempts {
                let is_stuck = !attempt.phase.has_ended() && attempt.due.is_none() && !now.mismatch;
                prop_assert!(!is_stuck, "nothing is ever to be done about it after {event:?}: {attempt:?}");
            }
            record = now;
        }
    }
}
