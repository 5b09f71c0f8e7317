use proptest::prelude::*;
use saoma_contract::OrderState;

use super::*;
use crate::sale::{Event, decide};
use crate::sample::{attempt, code, hint, now, number, sale};

fn book() -> Book {
    Book { may_send: true, ..Book::new() }
}

fn awaiting(seed: u8) -> Sale {
    let proofs = vec![code(seed, 1, 1, 300_000)];
    let told = Event::Told { answers: None, hint: hint(1, OrderState::Awaiting, 1), proofs };
    [Event::Turn, told].into_iter().fold(sale(seed, 0), |sale, event| decide(&sale, event, now(0)).sale)
}

fn take(book: &mut Book, sale: Sale, fresh: bool, ms: i64) {
    book.take(Line::new(sale, fresh, None), now(ms), 127);
}

fn numbers(due: &[(OrderNo, Action)]) -> Vec<OrderNo> {
    due.iter().map(|(order_no, _)| order_no.clone()).collect()
}

fn fail(book: &mut Book, order_no: &OrderNo, action: Action, ms: i64) {
    book.started(order_no, action, now(ms));
    book.road_failed(now(ms), 127);
    let ending = Ending::Failed { trouble: "no route".to_owned(), left: Left::Maybe, wait_ms: None };
    book.ended(order_no, action, ending, now(ms), 127);
}

#[test]
fn on_return_the_sale_on_screen_goes_first_then_unknown_outcomes_are_asked_then_drafts() {
    let mut book = book();
    take(&mut book, sale(1, 0), true, 0);
    take(&mut book, sale(2, 0), true, 0);
    let unknown = decide(&sale(3, 0), Event::Turn, now(0)).sale;
    take(&mut book, unknown, false, 0);
    take(&mut book, sale(4, 0), true, 0);
    book.on_screen = Some(number(4));
    book.return_from_nowhere(now(1_000), || 127);
    let due = book.due(now(1_000));
    assert_eq!(numbers(&due), [number(4), number(3), number(1)]);
    assert_eq!(due[1].1, Action::Ask);
    assert_eq!(due[2].1, Action::Call(Call::Create));
}

#[test]
fn drafts_go_out_oldest_first_and_one_a_second() {
    let mut book = book();
    for seed in [3, 1, 2] {
        take(&mut book, sale(seed, 0), true, 0);
    }
    let mut sent = Vec::new();
    for tick in 1..=3 {
        for (order_no, action) in book.due(now(tick * 1_000)) {
            book.started(&order_no, action, now(tick * 1_000));
            sent.push((tick, order_no));
        }
    }
    assert_eq!(sent, [(1, number(1)), (2, number(2)), (3, number(3))]);
}

#[test]
fn an_old_draft_is_not_sent_by_itself() {
    let mut book = book();
    take(&mut book, sale(1, 0), true, 600_000);
    assert!(book.due(now(600_000)).is_empty());
    let released = decide(&sale(1, 0), Event::Release, now(600_000)).sale;
    book.put(released, now(600_000), 127);
    assert_eq!(numbers(&book.due(now(600_000))), [number(1)]);
}

#[test]
fn a_dead_road_is_tried_with_one_request_at_growing_pauses() {
    let mut book = book();
    for seed in 1..=5 {
        take(&mut book, awaiting(seed), false, 0);
    }
    let mut tried = Vec::new();
    let mut ms = 0;
    while ms <= 60_000 {
        let due = book.due(now(ms));
        assert!(due.len() <= if ms == 0 { 6 } else { 1 });
        for (order_no, action) in due {
            fail(&mut book, &order_no, action, ms);
            tried.push(ms);
        }
        ms += 1_000;
    }
    tried.dedup();
    assert!(tried.len() <= 8, "{tried:?}");
}

#[test]
fn requests_that_fail_together_count_as_one_failure() {
    let mut book = book();
    for seed in 1..=6 {
        take(&mut book, awaiting(seed), false, 0);
    }
    for (order_no, action) in book.due(now(0)) {
        fail(&mut book, &order_no, action, 100);
    }
    assert!(book.next_try_ms() <= 2_000, "{}", book.next_try_ms());
}

#[test]
fn without_network_or_pairing_nothing_is_tried() {
    let mut book = book();
    take(&mut book, awaiting(1), true, 0);
    book.network = false;
    assert!(book.due(now(10_000)).is_empty());
    (book.network, book.may_send) = (true, false);
    assert!(book.due(now(10_000)).is_empty());
    book.may_send = true;
    assert_eq!(numbers(&book.due(now(10_000))), [number(1)]);
}

#[test]
fn one_question_is_under_way_for_each_sale_and_six_in_all() {
    let mut book = book();
    for seed in 1..=9 {
        take(&mut book, awaiting(seed), false, 0);
    }
    let due = book.due(now(0));
    assert_eq!(due.len(), 6);
    for (order_no, action) in &due {
        book.started(order_no, *action, now(0));
    }
    assert!(book.due(now(60_000)).is_empty());
    book.on_screen = Some(number(9));
    assert_eq!(numbers(&book.due(now(60_000))), [number(9)], "the sale on screen never waits for the rest");
    book.on_screen = None;
    book.ended(&due[0].0, Action::Ask, Ending::Heard, now(60_000), 127);
    assert_eq!(book.due(now(60_000)).len(), 1);
}

#[test]
fn a_person_who_cancels_does_not_wait_for_a_question_under_way() {
    let mut book = book();
    take(&mut book, awaiting(1), true, 0);
    book.started(&number(1), Action::Ask, now(0));
    let cancelled = decide(&awaiting(1), Event::Cancel(attempt(1)), now(100)).sale;
    book.put(cancelled, now(100), 127);
    assert_eq!(book.due(now(100)), [(number(1), Action::Call(Call::Close(attempt(1))))]);
}

#[test]
fn the_servers_pause_is_kept() {
    let mut book = book();
    take(&mut book, awaiting(1), false, 0);
    book.pause(30_000, now(0));
    assert!(book.due(now(29_999)).is_empty());
    assert_eq!(book.wake_at(now(0)), Some(30_000));
    assert_eq!(book.due(now(30_000)).len(), 1);
}

#[test]
fn a_push_pulls_the_next_question_forward_but_not_into_a_storm() {
    let mut book = book();
    take(&mut book, awaiting(1), false, 0);
    book.stream_alive = true;
    book.started(&number(1), Action::Ask, now(0));
    book.ended(&number(1), Action::Ask, Ending::Heard, now(100), 127);
    assert!(book.due(now(2_000)).is_empty());
    for _ in 0..10 {
        book.ask_soon(&number(1), now(200), 127);
    }
    assert!(book.due(now(1_999)).is_empty());
    assert_eq!(book.due(now(2_000)).len(), 1);
}

#[test]
fn a_hundred_open_orders_wake_the_till_at_most_once_a_second() {
    let mut book = book();
    for seed in 1..=100 {
        take(&mut book, awaiting(seed), false, 0);
    }
    let (mut ms, mut wakes, mut asked) = (0, 0, 0);
    while ms < 60_000 {
        for (order_no, action) in book.due(now(ms)) {
            book.started(&order_no, action, now(ms));
            book.ended(&order_no, action, Ending::Heard, now(ms), order_no.as_str().as_bytes()[25]);
            asked += 1;
        }
        let next = i64::try_from(book.wake_at(now(ms)).unwrap()).unwrap();
        assert!(next > ms);
        (ms, wakes) = (next, wakes + 1);
    }
    assert!(wakes <= 60, "{wakes}");
    assert!((100..=300).contains(&asked), "{asked}");
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u16),
    Answer(bool),
    Network(bool),
    Front(bool),
    Stream(bool),
    Screen(u8),
    Pause(u16),
    Return,
    Cancel(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u16>().prop_map(Step::Wait),
        3 => any::<bool>().prop_map(Step::Answer),
        1 => any::<bool>().prop_map(Step::Network),
        1 => any::<bool>().prop_map(Step::Front),
        1 => any::<bool>().prop_map(Step::Stream),
        1 => (1u8..6).prop_map(Step::Screen),
        1 => any::<u16>().prop_map(Step::Pause),
        1 => Just(Step::Return),
        1 => (1u8..6).prop_map(Step::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_open_sale_is_ever_forgotten_and_none_is_asked_twice_at_once(
        steps in proptest::collection::vec(step(), 1..60),
        random in any::<u8>(),
    ) {
        let mut book = book();
        for seed in 1..=3 {
            take(&mut book, awaiting(seed), false, 0);
        }
        take(&mut book, sale(4, 0), true, 0);
        take(&mut book, decide(&sale(5, 0), Event::Turn, now(0)).sale, false, 0);
        let mut ms = 0;
        let mut under_way: Vec<(OrderNo, Action)> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(wait) => ms += i64::from(wait),
                Step::Answer(good) => {
                    if let Some((order_no, action)) = under_way.pop() {
                        let trouble = "no route".to_owned();
                        let ending = if good { Ending::Heard } else { Ending::Failed { trouble, left: Left::Maybe, wait_ms: None } };
                        if good {
                            book.road_works(now(ms), || random);
                        } else {
                            book.road_failed(now(ms), random);
                        }
                        book.ended(&order_no, action, ending, now(ms), random);
                    }
                }
                Step::Network(there) => book.network = there,
                Step::Front(front) => book.foreground = front,
                Step::Stream(alive) => book.stream_alive = alive,
                Step::Screen(seed) => book.on_screen = Some(number(seed)),
                Step::Pause(wait) => book.pause(u64::from(wait), now(ms)),
                Step::Return => book.return_from_nowhere(now(ms), || random),
                Step::Cancel(seed) => {
                    let line = book.line(&number(seed)).map(|line| line.sale.clone());
                    if let Some(sale) = line {
                        book.put(decide(&sale, Event::Cancel(attempt(1)), now(ms)).sale, now(ms), random);
                    }
                }
            }
            book.plan_all(now(ms), || random);
            for (order_no, action) in book.due(now(ms)) {
                prop_assert!(!under_way.contains(&(order_no.clone(), action)));
                book.started(&order_no, action, now(ms));
                under_way.push((order_no, action));
            }
            prop_assert!(under_way.len() <= 8);
            for line in book.lines().filter(|line| line.sale.is_open()) {
                let has_turn = line.is_busy() || line.due_ms.is_some() || line.sale.waits_for_person(now(ms).server);
                prop_assert!(has_turn, "{line:?}");
            }
            if book.network && book.lines().any(|line| line.due_ms.is_some()) && under_way.len() < 2 {
                prop_assert!(book.wake_at(now(ms)).is_some_and(|wake| wake > now(ms).mono_ms));
            }
        }
    }
}
