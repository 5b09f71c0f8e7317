use proptest::prelude::*;
use saoma_contract::statement::Checked;
use saoma_contract::{Currency, Mismatch, NewRefund, OrderState, ProblemCode, Refund, RefundState};

use super::*;
use crate::sample::{
    at, attempt, closed, code, hint, in_cash, keys, now, number, paid, refund_no, refunded, sale,
};

fn told(counter: u64, state: OrderState, number: u8, proofs: Vec<Checked>) -> Event {
    Event::Told { answers: None, hint: hint(counter, state, number), proofs }
}

fn refused(call: Call, code: ProblemCode) -> Event {
    let why = Refused { code: code.to_string(), detail: "so".to_owned(), field: None };
    Event::Refused { call, code, why, other: None, again_at: None }
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
    use SaleAction::{Cancel, CheckNow, Decide, Receipt, Refresh, Refund, Scan, TakeCash};
    let fresh = sale(1, 0);
    let closing = after(&awaiting(), vec![Event::Cancel(attempt(1))]);
    let paid = after(&awaiting(), vec![told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)])]);
    let dropped = after(&fresh, vec![Event::Drop { reason: "gone".to_owned() }]);
    let rows = [
        (&fresh, 0, vec![Cancel, TakeCash]),
        (&fresh, 600_000, vec![Decide, Cancel, TakeCash]),
        (&awaiting(), 0, vec![Cancel, Refresh, CheckNow, TakeCash, Scan]),
        (&closing, 2_000, vec![CheckNow, TakeCash]),
        (&paid, 2_000, vec![Receipt, Refund]),
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
fn a_cancel_that_is_refused_before_the_order_was_answered_asks_how_it_stands() {
    let close = Call::Close(attempt(1));
    let sale = after(&sale(1, 0), vec![Event::Turn, Event::Cancel(attempt(1)), Event::Turn]);
    let sale = after(&sale, vec![refused(close, ProblemCode::Forbidden)]);
    assert_eq!(sale.pending(), Some(Pending { call: Call::Create, tried: true }));
    assert_eq!(sale.notice.as_ref().map(|notice| notice.code.as_str()), Some("forbidden"));
    let told = after(&sale, vec![told(1, OrderState::Awaiting, 1, vec![code(1, 1, 1, 300_000)])]);
    assert_eq!((told.pending(), told.code()), (None, None));
    assert!(told.rung(at(1_000)).is_some());
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
        again_at: None,
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

fn refund(transaction_id: &str, amount: i64) -> NewRefund {
    NewRefund {
        channel: "wechatpay".to_owned(),
        transaction_id: transaction_id.to_owned(),
        amount,
        currency: Currency::CNY,
        reason: "cold".parse().unwrap(),
    }
}

fn wants_back(seed: u8, amount: i64) -> Event {
    Event::Refund { key: RefundKey::from(&refund_no(seed)), refund: refund("42", amount), staff: None }
}

fn told_refund(seed: u8, amount: i64, state: RefundState) -> Refund {
    Refund {
        refund_no: refund_no(seed),
        channel: "wechatpay".to_owned(),
        transaction_id: "42".to_owned(),
        amount,
        currency: Currency::CNY,
        reason: "cold".parse().unwrap(),
        state,
        requested_at: at(0),
        requested_by: None,
        staff: None,
        decided_by: None,
        decided_staff: None,
        to_merchant_at: None,
        sends_at: None,
        channel_refund_no: None,
        done_at: None,
        detail: None,
    }
}

fn told_refunds(counter: u64, refunds: Vec<Refund>, proofs: Vec<Checked>) -> Event {
    let hint = Hint { refunds, ..hint(counter, OrderState::Paid, 1) };
    Event::Told { answers: None, hint, proofs }
}

fn paid_sale() -> Sale {
    after(&awaiting(), vec![told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)])])
}

fn refund_words(sale: &Sale) -> Vec<RefundWord> {
    sale.shown_refunds().iter().map(|refund| refund.state).collect()
}

#[test]
fn cash_is_never_said_in_the_words_of_proof_and_hides_the_code() {
    let taken = after(&awaiting(), vec![Event::Cash { staff: None }]);
    assert_eq!(word(&taken, 1_000), PhaseWord::CashUnproven);
    assert!(taken.code().is_none() && taken.is_unproven() && taken.is_open());
    assert_eq!(taken.pending().map(|pending| pending.call), Some(Call::Cash));
    let recorded = after(&taken, vec![told(2, OrderState::Cash, 1, vec![in_cash(1, 2)])]);
    assert_eq!((word(&recorded, 1_000), recorded.pending()), (PhaseWord::CashUnproven, None));
    assert!(recorded.is_open(), "whether the code was paid is still to be found out");
    let proven =
        after(&recorded, vec![told(3, OrderState::Cash, 1, vec![in_cash(1, 3), closed(1, 3, Some(1))])]);
    assert_eq!(
        (word(&proven, 1_000), proven.is_open(), proven.is_unproven()),
        (PhaseWord::Cash, false, false)
    );
    assert_eq!(proven.receipts().count(), 0, "a person's word is no proof");
}

#[test]
fn money_by_the_code_of_a_sale_in_cash_is_late_money() {
    let taken = after(&awaiting(), vec![Event::Cash { staff: None }]);
    let decision = decide(&taken, told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1280)]), now(1_000));
    assert!(decision.sale.late());
    assert_eq!(word(&decision.sale, 1_000), PhaseWord::Paid);
    assert!(decision.effects.contains(&Effect::AnnouncePaid { key: "wechatpay:42".to_owned() }));
    assert_eq!(
        decision.sale.pending().map(|pending| pending.call),
        Some(Call::Cash),
        "the cash is still to be told"
    );
}

#[test]
fn cash_for_a_sale_that_never_left_goes_with_it_and_no_code_is_made() {
    let taken = after(&sale(1, 0), vec![Event::Cash { staff: None }]);
    assert_eq!((word(&taken, 900_000), taken.is_unproven()), (PhaseWord::Cash, false));
    assert!(!taken.waits_for_person(at(900_000)), "the record goes out whenever there is a network");
    assert_eq!(taken.pending().map(|pending| pending.call), Some(Call::Create));
    assert_eq!(decide(&taken, Event::Cancel(attempt(1)), now(1_000)).refused, Some(NotNow::InCash));
    let tried = after(&sale(1, 0), vec![Event::Turn, Event::Cash { staff: None }]);
    assert_eq!(word(&tried, 1_000), PhaseWord::CashUnproven);
    // What arrived was without the cash: that is told next.
    let found = after(&tried, vec![told(1, OrderState::Awaiting, 1, vec![code(1, 1, 1, 300_000)])]);
    assert_eq!(found.pending().map(|pending| pending.call), Some(Call::Cash));
    assert!(found.view(true, now(1_000), None, None).code.is_none());
}

#[test]
fn a_frozen_sale_offers_no_cancel() {
    let frozen = after(&awaiting(), vec![told(2, OrderState::Paid, 1, vec![paid(1, 2, "42", 1)])]);
    assert_eq!(decide(&frozen, Event::Cancel(attempt(1)), now(1_000)).refused, Some(NotNow::Frozen));
    let actions = frozen.actions(now(1_000));
    for wrong in [SaleAction::Cancel, SaleAction::Refresh, SaleAction::TakeCash, SaleAction::Scan] {
        assert!(!actions.contains(&wrong), "{wrong:?}");
    }
}

#[test]
fn a_charge_that_never_arrived_gives_the_shown_code_back() {
    let before = awaiting();
    let charged = after(&before, vec![Event::Charge(Some(attempt(1)))]);
    assert_eq!((word(&charged, 1_000), charged.code()), (PhaseWord::Charging, None));
    assert_eq!(decide(&charged, Event::Charge(Some(attempt(1))), now(1_000)).refused, Some(NotNow::Charging));
    let events = vec![Event::NotCharged, told(1, OrderState::Awaiting, 1, vec![code(1, 1, 1, 300_000)])];
    let back = after(&charged, events);
    assert_eq!(word(&back, 1_000), PhaseWord::Awaiting);
    assert_eq!(back.code(), before.code());
}

#[test]
fn a_charge_is_known_by_the_attempt_after_the_one_it_ends() {
    let charged = after(&awaiting(), vec![Event::Charge(Some(attempt(1)))]);
    let on_its_way = after(&charged, vec![told(2, OrderState::Charging, 2, vec![])]);
    assert_eq!(word(&on_its_way, 1_000), PhaseWord::Charging, "nobody said that a password is wanted");
    assert_eq!(
        decide(&on_its_way, Event::Charge(Some(attempt(2))), now(1_000)).refused,
        Some(NotNow::Charging)
    );
    let paying = after(&on_its_way, vec![told(3, OrderState::Paying, 2, vec![])]);
    assert_eq!(word(&paying, 1_000), PhaseWord::Paying);
    assert_eq!(decide(&paying, Event::Charge(Some(attempt(2))), now(1_000)).refused, Some(NotNow::Charging));
    let refused = Hint {
        attempt_refusal: Some(saoma_contract::Refusal {
            code: "NOT_ENOUGH".to_owned(),
            detail: "poor".to_owned(),
        }),
        ..hint(4, OrderState::Ready, 2)
    };
    let ready = after(&paying, vec![Event::Told { answers: None, hint: refused, proofs: vec![] }]);
    let view = ready.view(true, now(1_000), None, None);
    assert_eq!((view.phase, view.notice.unwrap().code.as_str()), (PhaseWord::Ready, "NOT_ENOUGH"));
    assert_eq!(
        decide(&ready, Event::Charge(Some(attempt(1))), now(1_000)).refused,
        Some(NotNow::NotLastAttempt)
    );
    assert_eq!(decide(&ready, Event::Charge(Some(attempt(2))), now(1_000)).refused, None);
}

#[test]
fn a_code_that_cannot_be_closed_yet_says_how_long_and_charges_nothing() {
    let charged = after(&awaiting(), vec![Event::Charge(Some(attempt(1)))]);
    let why = Refused { code: "attempt_closing".to_owned(), detail: "wait".to_owned(), field: None };
    let code = ProblemCode::AttemptClosing;
    let call = Call::Charge(Some(attempt(1)));
    let closing = told(2, OrderState::Closing, 1, vec![]);
    let again_at = Some(at(40_000));
    let sale = after(&charged, vec![closing, Event::Refused { call, code, why, other: None, again_at }]);
    let view = sale.view(true, now(1_000), None, None);
    assert_eq!((view.phase, view.code, view.scan_again_at), (PhaseWord::Closing, None, again_at));
    assert!(view.actions.contains(&SaleAction::TakeCash));
    assert_eq!(sale.view(true, now(40_000), None, None).scan_again_at, None);
}

#[test]
fn a_refund_is_done_only_by_a_verified_statement() {
    let asked = after(&paid_sale(), vec![wants_back(2, 280)]);
    assert_eq!(
        (refund_words(&asked), asked.left_of("wechatpay", "42")),
        (vec![RefundWord::Asked], Some(1_000))
    );
    assert!(asked.is_open());
    let said = after(&asked, vec![told_refunds(3, vec![told_refund(2, 280, RefundState::Done)], vec![])]);
    assert_eq!(refund_words(&said), [RefundWord::Processing], "the word alone proves nothing");
    let proof = vec![refunded(1, 4, "42", &[(2, 280)])];
    let told = told_refunds(4, vec![told_refund(2, 280, RefundState::Done)], proof);
    let decision = decide(&said, told, now(1_000));
    assert_eq!((refund_words(&decision.sale), decision.sale.is_open()), (vec![RefundWord::Done], false));
    assert_eq!(decision.sale.receipts().count(), 1, "the new receipt takes the old one's place");
    assert!(decision.effects.contains(&Effect::AnnounceRefunded(RefundKey::from(&refund_no(2)))));
    assert_eq!(decision.sale.left_of("wechatpay", "42"), Some(1_000));
}

/// The backend tells of money that does not match, and of refunds.
fn told_mismatch(counter: u64, refunds: Vec<Refund>, proofs: Vec<Checked>) -> Event {
    let money = Mismatch {
        channel: "wechatpay".to_owned(),
        transaction_id: "42".to_owned(),
        out_trade_no: format!("{}01", number(1)),
        amount: 1281,
        currency: "CNY".to_owned(),
        reason: "one fen too much".to_owned(),
        paid_at: at(0),
    };
    let state = hint(counter, OrderState::Closing, 1);
    let hint = Hint { mismatch: true, mismatches: vec![money], refunds, ..state };
    Event::Told { answers: None, hint, proofs }
}

#[test]
fn money_that_does_not_match_is_no_payment_and_can_be_given_back() {
    let frozen = after(&awaiting(), vec![told_mismatch(2, vec![], vec![])]);
    let view = frozen.view(true, now(1_000), None, None);
    assert!(view.payments.is_empty() && !view.has_receipt && view.actions.contains(&SaleAction::Refund));
    let money = &view.mismatches[0];
    assert_eq!((money.amount, money.left, money.refunded), (1281, 1281, 0));
    assert_eq!(money.mismatch.as_deref(), Some("one fen too much"));
    let refusal = decide(&frozen, wants_back(2, 1282), now(1_000)).refused;
    assert_eq!(refusal, Some(NotNow::Refund(NoRefund::OverRest { left: 1281 })));
    let asked = after(&frozen, vec![wants_back(2, 1281)]);
    assert_eq!((refund_words(&asked), asked.left_of("wechatpay", "42")), (vec![RefundWord::Asked], Some(0)));
    let back = vec![told_refund(2, 1281, RefundState::Done)];
    let done = after(&asked, vec![told_mismatch(3, back, vec![])]);
    assert_eq!(refund_words(&done), [RefundWord::Done], "no receipt is there that could be replaced");
    assert!(!done.actions(now(1_000)).contains(&SaleAction::Refund));
}

#[test]
fn a_frozen_sale_waits_for_nothing_once_all_of_its_money_is_back() {
    let told = |amount, state| vec![told_mismatch(3, vec![told_refund(2, amount, state)], vec![])];
    let frozen = after(&awaiting(), vec![told_mismatch(2, vec![], vec![])]);
    assert!(frozen.is_unproven());
    assert!(after(&frozen, told(1281, RefundState::Processing)).is_unproven());
    assert!(after(&frozen, told(1280, RefundState::Done)).is_unproven(), "one fen is left");
    assert!(!after(&frozen, told(1281, RefundState::Done)).is_unproven());
}

#[test]
fn money_of_a_receipt_is_a_payment_whatever_was_told_of_it_before() {
    let frozen = after(&awaiting(), vec![told_mismatch(2, vec![], vec![])]);
    let back = vec![told_refund(2, 280, RefundState::Done)];
    let paid = after(&frozen, vec![told_mismatch(3, back, vec![paid(1, 3, "42", 1280)])]);
    let view = paid.view(true, now(1_000), None, None);
    assert_eq!((view.payments.len(), view.mismatches.len()), (1, 0));
    assert_eq!(refund_words(&paid), [RefundWord::Processing], "done is what a statement proves");
    assert_eq!(paid.left_of("wechatpay", "42"), Some(1_000));
}

#[test]
fn what_is_left_counts_what_is_on_its_way_and_not_what_failed() {
    let sale = after(&paid_sale(), vec![wants_back(2, 280)]);
    let refusal = |sale: &Sale, seed, amount| decide(sale, wants_back(seed, amount), now(1_000)).refused;
    assert_eq!(refusal(&sale, 3, 1_001), Some(NotNow::Refund(NoRefund::OverRest { left: 1_000 })));
    assert_eq!(refusal(&sale, 2, 281), Some(NotNow::Refund(NoRefund::OtherBytes)));
    assert_eq!(refusal(&sale, 2, 280), None, "a second tap is the same refund");
    for state in [RefundState::Closed, RefundState::Refused, RefundState::Declined] {
        let failed = after(&sale, vec![told_refunds(3, vec![told_refund(2, 280, state)], vec![])]);
        assert_eq!(refusal(&failed, 3, 1_280), None);
    }
    let abnormal = vec![told_refund(2, 280, RefundState::Abnormal)];
    let abnormal = after(&sale, vec![told_refunds(3, abnormal, vec![])]);
    assert_eq!(refusal(&abnormal, 3, 1_001), Some(NotNow::Refund(NoRefund::OverRest { left: 1_000 })));
    assert_eq!(
        decide(&awaiting(), wants_back(2, 1), now(1_000)).refused,
        Some(NotNow::Refund(NoRefund::PaymentUnknown))
    );
}

#[test]
fn fifty_parts_and_a_year_are_refused_before_anything_is_written() {
    let parts = (0..50).map(|seed| told_refund(seed, 1, RefundState::Processing)).collect();
    let many = after(&paid_sale(), vec![told_refunds(3, parts, vec![])]);
    assert_eq!(
        decide(&many, wants_back(99, 1), now(1_000)).refused,
        Some(NotNow::Refund(NoRefund::PartsExhausted))
    );
    assert!(!many.actions(now(1_000)).contains(&SaleAction::Refund));
    let year = 365 * 24 * 3_600_000;
    assert_eq!(decide(&paid_sale(), wants_back(2, 1), now(year)).refused, None);
    assert_eq!(
        decide(&paid_sale(), wants_back(2, 1), now(year + 1)).refused,
        Some(NotNow::Refund(NoRefund::TooOld))
    );
}

#[test]
fn a_refund_that_the_backend_does_not_take_is_told_and_may_be_asked_anew() {
    let asked = after(&paid_sale(), vec![wants_back(2, 280), Event::Turn]);
    let call = Call::Refund(RefundKey::from(&refund_no(2)));
    let decision = decide(&asked, refused(call, ProblemCode::RefundOverRest), now(1_000));
    assert_eq!((refund_words(&decision.sale), decision.sale.is_open()), (vec![RefundWord::Refused], false));
    assert!(decision.effects.contains(&Effect::AnnounceRefundFailed(RefundKey::from(&refund_no(2)))));
    assert_eq!(decision.sale.left_of("wechatpay", "42"), Some(1_280));
}

#[derive(Clone, Debug)]
enum Step {
    Cash,
    Charge(u8),
    NotCharged,
    WantBack(u8, i64),
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
    match number % 7 {
        4 => Call::Cash,
        5 => Call::Charge((number > 100).then(|| attempt(1 + number / 4 % 3))),
        6 => Call::Refund(RefundKey::from(&refund_no(1 + number / 4 % 3))),
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
        1 => Just(Step::Cash),
        2 => (0u8..4).prop_map(Step::Charge),
        1 => Just(Step::NotCharged),
        2 => (1u8..4, 1i64..1_500).prop_map(|(seed, amount)| Step::WantBack(seed, amount)),
        1 => any::<u8>().prop_map(Step::Refuse),
        8 => (0u64..12, 0usize..10, 1u8..4, proptest::collection::vec(0u8..11, 0..3), any::<u8>())
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
        7 => in_cash(1, counter),
        8 => refunded(1, counter, "42", &[(1, 100)]),
        9 => refunded(1, counter, "42", &[(1, 100), (2, 80)]),
        _ => paid(2, counter, "45", 1280),
    }
}

fn event(step: &Step, sale: &Sale) -> Event {
    let states = [
        "sending",
        "awaiting",
        "charging",
        "paying",
        "paid",
        "closing",
        "closed",
        "rejected",
        "teleported",
        "ready",
        "cash",
    ];
    match step {
        Step::Turn => Event::Turn,
        Step::Cancel(number) => Event::Cancel(attempt(*number)),
        Step::Refresh(number) => Event::Refresh(attempt(*number)),
        Step::Release => Event::Release,
        Step::Drop => Event::Drop { reason: "old".to_owned() },
        Step::NotSent => Event::NotSent(sale.pending().map_or(Call::Create, |pending| pending.call)),
        Step::Missing => Event::Missing,
        Step::OfferAgain => Event::OfferAgain,
        Step::Cash => Event::Cash { staff: None },
        Step::Charge(number) => Event::Charge((*number > 0).then(|| attempt(*number))),
        Step::NotCharged => Event::NotCharged,
        Step::WantBack(seed, amount) => wants_back(*seed, *amount),
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
                        Checked::Refunded(receipt) => receipts_seen.push(receipt.jws().clone()),
                        Checked::Code(_) => {}
                    }
                }
            }
            let decision = decide(&sale, event, now(1_000));
            let next = decision.sale.clone();

            // Paid and closed only with what was verified, and of this order.
            for receipt in next.receipts() {
                prop_assert!(receipts_seen.contains(receipt.jws()));
                prop_assert_eq!(receipt.order().0, next.order_no());
                prop_assert_eq!(receipt.payment().amount, 1280);
                prop_assert!(receipt.is_proven());
            }
            prop_assert!(closes_seen || !matches!(next.phase(), Phase::Closed(_)));
            // Paid is never left, and no receipt is forgotten.
            prop_assert!(next.receipts().count() >= sale.receipts().count());
            prop_assert!(next.code().is_none() || !next.is_in_cash());
            // Cash, once taken, is never forgotten, and by itself never makes anything paid.
            prop_assert!(next.is_in_cash() || !sale.is_in_cash());
            // No more is asked back than was paid.
            let asked: i64 = next.asks().iter().filter(|ask| ask.refused.is_none()).map(|ask| ask.refund.amount).sum();
            prop_assert!(asked <= 1_280, "{asked}");
            // Done is only what a statement says.
            let done = next.shown_refunds().iter().filter(|refund| refund.state == RefundWord::Done).count();
            let proven: usize = next.takings().map(|receipt| receipt.parts().len()).sum();
            prop_assert!(done <= proven);
            // One charge at a time, and none beside a code that could be shown.
            if decision.effects.iter().any(|effect| matches!(effect, Effect::Send(Call::Charge(_)))) {
                prop_assert!(sale.charging().is_none() && next.code().is_none());
            }
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
