use proptest::prelude::*;
use saoma_contract::statement::Checked;
use saoma_contract::{OrderState, ProblemCode};

use super::*;
use crate::sample::{at, attempt, closed, code, hint, keys, now, number, paid, sale};

fn told(counter: u64, state: OrderState, number: u8, proofs: Vec<Checked>) -> Event {
    Event::Told { answers: None, hint: hint(counter, state, number), proofs }
}

fn refused(call: Call, code: ProblemCode) -> Event {
    let why = Refused { code: code.to_string(), detail: "so".to_owned(), field: None };
    Event::Refused { call, code, why, other: None }
}

fn after(sale: &Sale, events: Vec<Event>) -> Sale {
    events.into_iter().fold(sale.clone(), |sale, event| decide(&sale, event, now(1_000)).sale)
}

fn awaiting() -> Sale {
    after(&sale(1, 0), vec![Event::Turn, told(1, OrderState::Awaiting, 1, vec![code(1, 1, 1, 300_000)])])
}

fn word(sale: &Sale, ms: i64) -> PhaseWord {
    sale.word(now(ms))
}

#[test]
fn each_state_has_its_word() {
    let fresh = sale(1, 0);
    let sent = after(&fresh, vec![Event::Turn]);
    let opening = after(&sent, vec![told(1, OrderState::Sending, 1, vec![])]);
    let closing = after(&awaiting(), vec![Event::Cancel(attempt(1))]);
    let refreshing = after(&awaiting(), vec![Event::Refresh(attempt(1))]);
    let rows = [
        (&fresh, 0, PhaseWord::Draft),
        (&fresh, 600_000, PhaseWord::WaitingForPerson),
        (&sent, 0, PhaseWord::Sending),
        (&sent, 600_000, PhaseWord::Sending),
        (&opening, 0, PhaseWord::Sending),
        (&awaiting(), 289_999, PhaseWord::Awaiting),
        (&awaiting(), 290_000, PhaseWord::Checking),
        (&awaiting(), 900_000, PhaseWord::Checking),
        (&closing, 2_000, PhaseWord::Closing),
        (&refreshing, 2_000, PhaseWord::Refreshing),
    ];
    for (sale, ms, expected) in rows {
        assert_eq!(word(sale, ms), expected, "{sale:?}");
    }
}

#[test]
fn what_may_be_done_is_what_would_not_be_refused_and_does_something() {
    use SaleAction::{Cancel, CheckNow, Decide, Receipt, Refresh};
    let fresh = sale(1, 0);
    let closing = after(&awaiting(), vec![Event::Cancel(attempt(1))]);
    let paid = after(&awaiting(), vec![told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)])]);
    let dropped = after(&fresh, vec![Event::Drop { reason: "gone".to_owned() }]);
    let rows = [
        (&fresh, 0, vec![Cancel]),
        (&fresh, 600_000, vec![Decide, Cancel]),
        (&awaiting(), 0, vec![Cancel, Refresh, CheckNow]),
        (&closing, 2_000, vec![CheckNow]),
        (&paid, 2_000, vec![Receipt]),
        (&dropped, 2_000, vec![]),
    ];
    for (sale, ms, expected) in rows {
        assert_eq!(sale.actions(now(ms)), expected, "{sale:?}");
    }
}

#[test]
fn a_code_leaves_the_screen_ten_seconds_before_its_end() {
    let view = |ms| awaiting().view(true, now(ms), None, None);
    assert!(view(289_999).code.is_some());
    assert!(view(290_000).code.is_none());
}

#[test]
fn the_words_paid_and_closed_alone_prove_nothing() {
    for state in [OrderState::Paid, OrderState::Closed] {
        let decision = decide(&awaiting(), told(2, state.clone(), 1, vec![]), now(1_000));
        assert_eq!(word(&decision.sale, 1_000), PhaseWord::Checking, "{state}");
        assert!(decision.effects.contains(&Effect::AskSoon), "{state}");
    }
}

#[test]
fn a_channels_refusal_ends_a_sale_only_if_no_code_was_ever_shown() {
    let sent = after(&sale(1, 0), vec![Event::Turn]);
    assert_eq!(
        word(&after(&sent, vec![told(1, OrderState::Rejected, 1, vec![])]), 1_000),
        PhaseWord::Rejected
    );
    let shown = after(&awaiting(), vec![told(2, OrderState::Rejected, 1, vec![])]);
    assert_eq!(word(&shown, 1_000), PhaseWord::Checking);
    assert!(shown.is_open());
}

#[test]
fn an_unknown_state_is_shown_as_unknown() {
    let unknown = after(&awaiting(), vec![told(2, OrderState::Unknown("teleported".to_owned()), 1, vec![])]);
    assert_eq!(word(&unknown, 1_000), PhaseWord::Unknown);
}

#[test]
fn a_code_of_an_unknown_kind_is_not_drawn() {
    let kind = CodeKind::Unknown("hologram".to_owned());
    let proofs = vec![crate::sample::code_of_kind(1, 1, 1, 300_000, kind)];
    let sale = after(&sale(1, 0), vec![Event::Turn, told(1, OrderState::Awaiting, 1, proofs)]);
    let view = sale.view(true, now(1_000), None, None);
    assert_eq!((view.phase, view.code), (PhaseWord::Unknown, None));
}

#[test]
fn a_receipt_makes_it_paid_and_is_announced_once() {
    let decision =
        decide(&awaiting(), told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)]), now(1_000));
    assert_eq!(word(&decision.sale, 1_000), PhaseWord::Paid);
    assert!(decision.effects.contains(&Effect::AnnouncePaid { key: "wechatpay:42".to_owned() }));
    let again =
        decide(&decision.sale, told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)]), now(2_000));
    assert_eq!((again.sale, again.effects), (decision.sale, vec![]));
}

#[test]
fn a_second_payment_is_late_money_and_is_announced_too() {
    let first = after(&awaiting(), vec![told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)])]);
    let both = vec![paid(1, 2, "42", 1280), paid(1, 3, "43", 1280)];
    let decision = decide(&first, told(3, OrderState::Paid, 1, both), now(1_000));
    assert!(decision.sale.late());
    assert_eq!(decision.sale.receipts().count(), 2);
    assert!(decision.effects.contains(&Effect::AnnouncePaid { key: "wechatpay:43".to_owned() }));
}

#[test]
fn paid_after_close_becomes_late_money() {
    let ended = after(
        &awaiting(),
        vec![
            Event::Cancel(attempt(1)),
            told(2, OrderState::Closing, 1, vec![]),
            told(3, OrderState::Closed, 1, vec![closed(1, 3, Some(1))]),
        ],
    );
    assert_eq!(word(&ended, 1_000), PhaseWord::Closed);
    assert!(!ended.is_open());
    let paid = after(&ended, vec![told(4, OrderState::Paid, 1, vec![paid(1, 4, "42", 1280)])]);
    assert_eq!(word(&paid, 1_000), PhaseWord::Paid);
    assert!(paid.late());
}

#[test]
fn money_that_overtakes_a_cancel_is_late_too() {
    let receipt = || told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)]);
    assert!(!after(&awaiting(), vec![receipt()]).late());
    assert!(!after(&awaiting(), vec![told(2, OrderState::Paid, 1, vec![]), receipt()]).late());
    assert!(after(&awaiting(), vec![Event::Cancel(attempt(1)), receipt()]).late());
    assert!(after(&awaiting(), vec![told(2, OrderState::Closing, 1, vec![]), receipt()]).late());
}

#[test]
fn money_counts_even_in_a_word_older_than_what_is_known() {
    let sale = after(&awaiting(), vec![told(9, OrderState::Closing, 1, vec![])]);
    let decision = decide(&sale, told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)]), now(1_000));
    assert_eq!(word(&decision.sale, 1_000), PhaseWord::Paid);
    assert_eq!(decision.sale.version(), sale.version());
}

#[test]
fn an_older_word_is_left_aside() {
    let newer = after(&awaiting(), vec![told(5, OrderState::Closing, 1, vec![])]);
    let decision = decide(&newer, told(4, OrderState::Awaiting, 1, vec![code(1, 4, 1, 900_000)]), now(1_000));
    assert_eq!(decision.sale, newer);
    assert!(decision.effects.contains(&Effect::Regression));
}

#[test]
fn another_orders_statements_say_nothing_of_this_one() {
    let proofs = vec![paid(2, 2, "42", 1280), closed(2, 2, Some(1)), code(2, 2, 1, 900_000)];
    let sale = after(&awaiting(), vec![told(2, OrderState::Awaiting, 1, proofs)]);
    assert_eq!(sale.phase(), awaiting().phase());
}

#[test]
fn money_of_another_amount_freezes_the_sale_and_raises_an_alarm() {
    let decision = decide(&awaiting(), told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1)]), now(1_000));
    assert!(decision.sale.mismatch());
    assert_ne!(word(&decision.sale, 1_000), PhaseWord::Paid);
    assert!(decision.sale.code().is_none());
    assert!(decision.effects.contains(&Effect::AnnounceMismatch));
    assert_eq!(decide(&decision.sale, Event::Refresh(attempt(1)), now(1_000)).refused, Some(NotNow::Frozen));
}

#[test]
fn the_proof_of_an_earlier_attempts_end_does_not_close_a_later_one() {
    let sale = after(
        &awaiting(),
        vec![
            Event::Refresh(attempt(1)),
            told(2, OrderState::Awaiting, 2, vec![code(1, 2, 2, 300_000)]),
            told(2, OrderState::Awaiting, 2, vec![closed(1, 1, Some(1))]),
        ],
    );
    assert_eq!(word(&sale, 1_000), PhaseWord::Awaiting);
    assert_eq!(sale.code().map(|code| code.statement().attempt), Some(attempt(2)));
}

#[test]
fn a_refresh_goes_on_until_the_next_attempt_is_told() {
    let wanted = after(&awaiting(), vec![Event::Refresh(attempt(1)), Event::Turn]);
    let hint = hint(2, OrderState::Closing, 1);
    let answers = Some(Call::Refresh(attempt(1)));
    let answered = after(&wanted, vec![Event::Told { answers, hint, proofs: vec![] }]);
    assert_eq!(word(&answered, 1_000), PhaseWord::Refreshing);
    assert!(answered.pending().is_none() && answered.rung(at(1_000)).is_some());
    let between = after(&answered, vec![told(3, OrderState::Closed, 1, vec![closed(1, 3, Some(1))])]);
    assert_eq!(word(&between, 1_000), PhaseWord::Refreshing);
    assert!(between.is_open() && between.rung(at(1_000)).is_some());
    let open = after(&between, vec![told(4, OrderState::Awaiting, 2, vec![code(1, 4, 2, 300_000)])]);
    assert_eq!(word(&open, 1_000), PhaseWord::Awaiting);
}

#[test]
fn calls_about_an_attempt_that_is_not_the_last_are_told_apart() {
    let second = after(&awaiting(), vec![told(2, OrderState::Awaiting, 2, vec![code(1, 2, 2, 300_000)])]);
    let repeated = decide(&second, Event::Refresh(attempt(1)), now(1_000));
    assert_eq!((repeated.refused, repeated.effects), (None, vec![]));
    assert_eq!(decide(&second, Event::Refresh(attempt(3)), now(1_000)).refused, Some(NotNow::NotLastAttempt));
    assert_eq!(decide(&second, Event::Cancel(attempt(1)), now(1_000)).refused, Some(NotNow::NotLastAttempt));
    let last = after(&awaiting(), vec![told(2, OrderState::Awaiting, 99, vec![])]);
    assert_eq!(
        decide(&last, Event::Refresh(attempt(99)), now(1_000)).refused,
        Some(NotNow::AttemptsExhausted)
    );
}

#[test]
fn a_draft_that_surely_never_left_is_dropped_on_the_spot() {
    let decision = decide(&sale(1, 0), Event::Cancel(attempt(1)), now(1_000));
    assert_eq!(word(&decision.sale, 1_000), PhaseWord::Dropped);
    assert!(!decision.sale.is_open());
    let not_sent = after(&sale(1, 0), vec![Event::Turn, Event::NotSent(Call::Create)]);
    assert!(not_sent.never_left());
    assert_eq!(word(&after(&not_sent, vec![Event::Cancel(attempt(1))]), 1_000), PhaseWord::Dropped);
}

#[test]
fn a_draft_that_may_have_left_is_closed_at_the_backend() {
    let histories = [
        vec![Event::Turn],
        vec![Event::Turn, Event::Missing],
        vec![Event::Turn, Event::NotSent(Call::Create), Event::Turn, Event::Missing],
    ];
    for history in histories {
        let sale = after(&sale(1, 0), history);
        let ends = [Event::Cancel(attempt(1)), Event::Drop { reason: "old".to_owned() }];
        for end in ends {
            let ended = after(&sale, vec![end]);
            assert_eq!(ended.pending().map(|pending| pending.call), Some(Call::Close(attempt(1))));
            let proven = after(&ended, vec![told(1, OrderState::Closed, 1, vec![closed(1, 1, None)])]);
            assert_eq!(word(&proven, 1_000), PhaseWord::Closed);
        }
    }
}

#[test]
fn a_cancelled_sale_shows_no_code_even_if_its_creation_is_answered_late() {
    let cancelled = after(&sale(1, 0), vec![Event::Turn, Event::Cancel(attempt(1))]);
    let proofs = vec![code(1, 1, 1, 300_000)];
    let hint = hint(1, OrderState::Awaiting, 1);
    let answered = after(&cancelled, vec![Event::Told { answers: Some(Call::Create), hint, proofs }]);
    assert!(answered.code().is_none());
    assert_eq!(word(&answered, 1_000), PhaseWord::Closing);
    assert_eq!(answered.pending().map(|pending| pending.call), Some(Call::Close(attempt(1))));
}

#[test]
fn a_final_refusal_rejects_a_draft_with_its_reason() {
    let rejected = after(&sale(1, 0), vec![Event::Turn, refused(Call::Create, ProblemCode::BadRequest)]);
    let view = rejected.view(true, now(1_000), None, None);
    assert_eq!((view.phase, view.notice.unwrap().code.as_str()), (PhaseWord::Rejected, "bad_request"));
    assert!(!rejected.is_open());
}

#[test]
fn a_held_business_key_joins_the_sale_to_the_other_order() {
    let other = OtherOrder { order_no: number(2), amount: 990 };
    let why = Refused { code: "business_key_open".to_owned(), detail: "open".to_owned(), field: None };
    let event = Event::Refused {
        call: Call::Create,
        code: ProblemCode::BusinessKeyOpen,
        why,
        other: Some(other.clone()),
    };
    let view = after(&sale(1, 0), vec![Event::Turn, event]).view(true, now(1_000), None, None);
    assert_eq!((view.phase, view.other, view.amount), (PhaseWord::Joined, Some(other), 1280));
}

#[test]
fn a_lost_order_is_offered_again_before_anything_else() {
    let closing = after(&awaiting(), vec![Event::Cancel(attempt(1)), Event::Missing]);
    assert_eq!(closing.pending().map(|pending| pending.call), Some(Call::Offer));
    let hint = hint(2, OrderState::Awaiting, 1);
    let offered =
        after(&closing, vec![Event::Turn, Event::Told { answers: Some(Call::Offer), hint, proofs: vec![] }]);
    assert_eq!(offered.pending().map(|pending| pending.call), Some(Call::Close(attempt(1))));
}

#[test]
fn only_an_old_draft_waits_for_a_person_and_a_word_lets_it_go() {
    let old = sale(1, 0);
    assert!(old.waits_for_person(at(600_000)) && !old.waits_for_person(at(599_999)));
    let released = decide(&old, Event::Release, now(700_000)).sale;
    assert!(!released.waits_for_person(at(700_001)));
}

#[derive(Clone, Debug)]
enum Step {
    Turn,
    Cancel(u8),
    Refresh(u8),
    Release,
    Drop,
    NotSent,
    Missing,
    OfferAgain,
    Refuse(u8),
    Tell { counter: u64, state: usize, number: u8, proofs: Vec<u8>, answers: u8 },
}

fn call_of(number: u8) -> Call {
    match number % 4 {
        0 => Call::Create,
        1 => Call::Close(attempt(1 + number / 4 % 3)),
        2 => Call::Refresh(attempt(1 + number / 4 % 3)),
        _ => Call::Offer,
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Turn),
        1 => (1u8..4).prop_map(Step::Cancel),
        2 => (1u8..4).prop_map(Step::Refresh),
        1 => Just(Step::Release),
        1 => Just(Step::Drop),
        1 => Just(Step::NotSent),
        1 => Just(Step::Missing),
        1 => Just(Step::OfferAgain),
        1 => any::<u8>().prop_map(Step::Refuse),
        8 => (0u64..12, 0usize..8, 1u8..4, proptest::collection::vec(0u8..8, 0..3), any::<u8>())
            .prop_map(|(counter, state, number, proofs, answers)| Step::Tell { counter, state, number, proofs, answers }),
    ]
}

fn proof(kind: u8, counter: u64, number: u8) -> Checked {
    match kind {
        0 | 1 => code(1, counter, number, 300_000),
        2 => closed(1, counter, Some(number)),
        3 => closed(1, counter, None),
        4 => paid(1, counter, "42", 1280),
        5 => paid(1, counter, "43", 1280),
        6 => paid(1, counter, "44", 7),
        _ => paid(2, counter, "45", 1280),
    }
}

fn event(step: &Step, sale: &Sale) -> Event {
    let states = ["sending", "awaiting", "paying", "paid", "closing", "closed", "rejected", "teleported"];
    match step {
        Step::Turn => Event::Turn,
        Step::Cancel(number) => Event::Cancel(attempt(*number)),
        Step::Refresh(number) => Event::Refresh(attempt(*number)),
        Step::Release => Event::Release,
        Step::Drop => Event::Drop { reason: "old".to_owned() },
        Step::NotSent => Event::NotSent(sale.pending().map_or(Call::Create, |pending| pending.call)),
        Step::Missing => Event::Missing,
        Step::OfferAgain => Event::OfferAgain,
        Step::Refuse(number) => refused(call_of(*number), ProblemCode::OrderEnded),
        Step::Tell { counter, state, number, proofs, answers } => Event::Told {
            answers: (answers % 2 == 0).then(|| call_of(*answers / 2)),
            hint: hint(*counter, OrderState::from(states[*state]), *number),
            proofs: proofs.iter().map(|kind| proof(*kind, *counter, *number)).collect(),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nothing_is_shown_that_is_not_proven(steps in proptest::collection::vec(step(), 1..25)) {
        let mut sale = sale(1, 0);
        let mut rebuilt = sale.clone();
        let (mut receipts_seen, mut closes_seen) = (Vec::new(), false);
        for step in &steps {
            let event = event(step, &sale);
            if let Event::Told { proofs, .. } = &event {
                for proof in proofs {
                    match proof {
                        Checked::Paid(receipt) => receipts_seen.push(receipt.jws().clone()),
                        Checked::Closed(_) => closes_seen = true,
                        Checked::Code(_) | Checked::Refunded(_) => {}
                    }
                }
            }
            let decision = decide(&sale, event, now(1_000));
            let next = decision.sale.clone();

            // Paid and closed only with what was verified, and of this order.
            for receipt in next.receipts() {
                prop_assert!(receipts_seen.contains(receipt.jws()));
                prop_assert_eq!(&receipt.statement().order_no, next.order_no());
                prop_assert_eq!(receipt.statement().payment.amount, 1280);
            }
            prop_assert!(closes_seen || !matches!(next.phase(), Phase::Closed(_)));
            // Paid is never left, and no receipt is forgotten.
            prop_assert!(next.receipts().count() >= sale.receipts().count());
            // Versions never go back.
            prop_assert!(next.version() >= sale.version());
            prop_assert!(next.attempt() >= sale.attempt());
            // Each receipt that came is announced exactly once.
            let told = decision.effects.iter().filter(|effect| matches!(effect, Effect::AnnouncePaid { .. })).count();
            prop_assert_eq!(told, next.receipts().count() - sale.receipts().count());
            // A code is shown for the last attempt only, and never after its withdrawal.
            if let Some(code) = next.code() {
                prop_assert_eq!(code.statement().attempt, next.attempt());
                prop_assert!(code.statement().attempt.get() > next.withdrawn);
            }
            // A sale is let go only with its end known.
            if !next.is_open() {
                prop_assert!(!next.is_unproven());
            }
            // What is open always has something to do next.
            if next.is_open() && next.pending().is_none() {
                prop_assert!(next.rung(at(1_000)).is_some(), "{:?}", next);
            }
            // A wish that is refused changes nothing.
            if decision.refused.is_some() {
                prop_assert_eq!(&next, &sale);
            }
            // The journal alone, read back and verified again, tells the same.
            for effect in &decision.effects {
                if let Effect::Record(fact) = effect {
                    let text = serde_json::to_string(&fact.stored()).unwrap();
                    let read: Fact<Jws> = serde_json::from_str(&text).unwrap();
                    rebuilt = rebuilt.applied(&read.verified(&[keys()]).unwrap(), now(1_000).server);
                }
            }
            prop_assert_eq!(&rebuilt, &next);
            sale = next;
        }
    }
}
