//! Each way in which books and bill can differ, and that nothing is lost between them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use jiff::Timestamp;
use proptest::prelude::*;
use saoma_contract::{FINDINGS_MAX, FindingKind, Time};
use saoma_wechatpay::bill::{
    Limits, RefundLine, RefundState, TradeBill, TradeKind, TradeLine, TradeState, TradeWriter, Yuan,
};

use super::*;

const DATE: &str = "2026-08-01";
const DAY_S: i64 = 1_785_513_600;

fn order_no(number: u64) -> String {
    format!("01K1HMABCDEFGH{number:012}")
}

fn refund_no(number: u64) -> String {
    format!("01K1HNABCDEFGH{number:012}")
}

fn transaction_id(number: u64) -> String {
    format!("4200001234{number:018}")
}

fn at(second: i64) -> Time {
    Time::from_unix_ms((DAY_S + second) * 1000)
}

/// A payment of the books: its number, fen, second of the day.
#[derive(Clone, Copy, Debug)]
struct Paid(u64, i64, i64);

/// A refund of the books: its number, the payment's, fen, second of the day, state.
#[derive(Clone, Copy, Debug)]
struct Back(u64, u64, i64, i64, OurRefundState);

#[derive(Default)]
struct Books {
    paid: Vec<Paid>,
    back: Vec<Back>,
    /// Attempts that were made here and not paid.
    unpaid: Vec<u64>,
    /// Whether the channel's numbers are no decimal numbers.
    odd: bool,
}

impl Books {
    fn transaction_id(&self, number: u64) -> String {
        if self.odd { format!("odd-{number}") } else { transaction_id(number) }
    }
}

impl Elsewhere for Books {
    type Error = Infallible;

    fn attempt(&self, out_trade_no: &str) -> Result<Option<Attempted>, Infallible> {
        let asked = out_trade_no.strip_suffix("01").and_then(|text| text.get(14..)?.parse::<u64>().ok());
        let asked = asked.filter(|number| out_trade_no.starts_with(&order_no(*number)));
        let paid = self.paid.iter().find(|Paid(number, ..)| Some(*number) == asked);
        let number = paid.map(|paid| paid.0).or_else(|| asked.filter(|number| self.unpaid.contains(number)));
        Ok(number.map(|number| Attempted {
            order_no: order_no(number),
            state: if paid.is_some() { "paid" } else { "closed" }.to_owned(),
            payment: paid.map(|Paid(number, fen, second)| (self.transaction_id(*number), *fen, at(*second))),
        }))
    }

    fn refund(&self, out_refund_no: &str) -> Result<Option<Refunded>, Infallible> {
        Ok(self.back.iter().find(|Back(number, ..)| refund_no(*number) == out_refund_no).map(
            |Back(_, of, fen, second, state)| Refunded {
                order_no: order_no(*of),
                transaction_id: transaction_id(*of),
                amount: *fen,
                asked_at: at(*second),
                state: Some(*state),
            },
        ))
    }
}

/// A bill in the making.
struct Bill(TradeWriter<Vec<u8>>);

impl Bill {
    fn new() -> Self {
        Self(TradeWriter::new(Vec::new(), TradeKind::All).unwrap())
    }

    fn row(mut self, number: u64, change: impl FnOnce(&mut TradeLine<'_>)) -> Self {
        let (out_trade_no, transaction_id) = (format!("{}01", order_no(number)), transaction_id(number));
        let mut line = TradeLine {
            time: Timestamp::from_second(DAY_S + 36_000).unwrap(),
            appid: "wx1f2e3d4c5b6a7988",
            mchid: "1688001234",
            sub_mchid: None,
            device: "",
            transaction_id: &transaction_id,
            out_trade_no: &out_trade_no,
            openid: "",
            trade_type: "NATIVE",
            state: TradeState::Success,
            bank: "OTHERS",
            amount: yuan(1280),
            coupon: Yuan::ZERO,
            refund: None,
            goods: "绿豆咖啡,拿铁",
            attach: "",
            fee: yuan(8),
            rate: "0.60%",
        };
        change(&mut line);
        self.0.line(&line).unwrap();
        self
    }

    fn paid(self, number: u64, fen: i64) -> Self {
        self.row(number, |line| {
            line.amount = yuan(fen);
            line.fee = Rate::parse("0.60%").unwrap().fee(line.amount);
        })
    }

    fn back(self, number: u64, of: u64, fen: i64, state: RefundState) -> Self {
        let out_refund_no = refund_no(number);
        self.row(of, |line| {
            line.state = TradeState::Refund;
            line.amount = Yuan::ZERO;
            line.fee = Rate::parse("0.60%").unwrap().fee(yuan(-fen));
            // The line ends here, and the number with it.
            let out_refund_no: &'static str = Box::leak(out_refund_no.into_boxed_str());
            line.refund = Some(RefundLine {
                refund_id: "50300012342026080112345678901",
                out_refund_no,
                amount: yuan(fen),
                state,
                refunded_at: None,
            });
        })
    }

    fn bytes(self) -> Vec<u8> {
        self.0.finish().unwrap()
    }
}

fn yuan(fen: i64) -> Yuan {
    Yuan::from_fen(fen).unwrap()
}

fn compared(books: &Books, bill: Bill) -> Outcome {
    compared_at(books, bill, None)
}

fn compared_at(books: &Books, bill: Bill, rate: Option<Rate>) -> Outcome {
    let bytes = bill.bytes();
    let day = BillDay { from: at(0) };
    let (from, until) = day.span();
    let mut comparison = Comparison::new(day, DATE, books, rate);
    let is_read = |second: i64| (from..until).contains(&at(second));
    for Paid(number, fen, second) in books.paid.iter().filter(|paid| is_read(paid.2)) {
        comparison.payment(&OurPayment {
            order_no: &order_no(*number),
            attempt: 1,
            transaction_id: &books.transaction_id(*number),
            amount: *fen,
            paid_at: at(*second),
        });
    }
    for Back(number, of, fen, second, state) in books.back.iter().filter(|back| is_read(back.3)) {
        comparison.refund(&OurRefund {
            out_refund_no: &refund_no(*number),
            transaction_id: &transaction_id(*of),
            amount: *fen,
            asked_at: at(*second),
            state: *state,
        });
    }
    comparison.seal();
    let mut bill = TradeBill::open(bytes.as_slice(), Limits::default()).unwrap();
    while let Some(row) = bill.next().unwrap() {
        let Ok(()) = comparison.row(&row);
    }
    let Ok(outcome) = comparison.end();
    outcome
}

/// The kinds of what was found, and whose sides are there.
fn kinds(outcome: &Outcome) -> Vec<(FindingKind, bool, bool)> {
    assert_eq!(outcome.findings.len() as u64, outcome.findings_total);
    outcome
        .findings
        .iter()
        .map(|found| (found.kind.clone(), found.ours.is_some(), found.theirs.is_some()))
        .collect()
}

#[test]
fn payments_and_refunds_that_both_sides_tell_alike_agree() {
    let books = Books {
        paid: vec![Paid(1, 1280, 36_000), Paid(2, 5000, 100), Paid(3, 1, 86_399)],
        back: vec![
            Back(1, 1, 280, 40_000, OurRefundState::Done),
            Back(2, 2, 5000, 40_000, OurRefundState::Done),
        ],
        ..Books::default()
    };
    let bill = Bill::new()
        .paid(3, 1)
        .back(2, 2, 5000, RefundState::Processing)
        .paid(1, 1280)
        .back(1, 1, 280, RefundState::Success)
        .paid(2, 5000);
    let outcome = compared(&books, bill);
    assert_eq!(kinds(&outcome), []);
    assert_eq!((outcome.agreed.count, outcome.agreed.amount), (3, 6281));
    assert_eq!((outcome.refunds_agreed.count, outcome.refunds_agreed.amount), (2, 5280));
    assert_eq!(outcome.rows, 5);
}

#[test]
fn paid_here_but_not_in_the_bill() {
    let books = Books { paid: vec![Paid(1, 1280, 36_000)], ..Books::default() };
    let outcome = compared(&books, Bill::new());
    assert_eq!(kinds(&outcome), [(FindingKind::MissingInBill, true, false)]);
    let found = &outcome.findings[0];
    assert_eq!(found.out_trade_no, format!("{}01", order_no(1)));
    assert_eq!(found.order_no, Some(order_no(1)));
    let ours = found.ours.as_ref().unwrap();
    assert_eq!(
        (ours.amount, ours.transaction_id.clone(), ours.at),
        (Some(1280), Some(transaction_id(1)), Some(at(36_000)))
    );
}

#[test]
fn in_the_bill_but_unknown_here() {
    let strange = |line: &mut TradeLine<'_>| line.out_trade_no = "KB20260801-0007";
    let outcome = compared(&Books::default(), Bill::new().paid(1, 1280).row(2, strange));
    assert_eq!(
        kinds(&outcome),
        [(FindingKind::UnknownHere, false, true), (FindingKind::UnknownHere, false, true)]
    );
    let lines: Vec<_> = outcome.findings.iter().filter_map(|found| found.theirs.as_ref()?.line).collect();
    assert_eq!(lines.iter().sum::<u64>(), 5, "each names its line");
}

#[test]
fn the_amounts_differ() {
    let books = Books { paid: vec![Paid(1, 1280, 36_000)], ..Books::default() };
    let outcome = compared(&books, Bill::new().paid(1, 1281));
    assert_eq!(kinds(&outcome), [(FindingKind::AmountDiffers, true, true)]);
    let found = &outcome.findings[0];
    let amounts = (found.ours.as_ref().unwrap().amount, found.theirs.as_ref().unwrap().amount);
    assert_eq!(amounts, (Some(1280), Some(1281)));
    assert_eq!(outcome.agreed.count, 0);
}

#[test]
fn the_states_differ() {
    let books = Books {
        paid: vec![Paid(1, 1280, 36_000), Paid(3, 1280, 36_000)],
        unpaid: vec![2, 4],
        ..Books::default()
    };
    let revoked = |line: &mut TradeLine<'_>| line.state = TradeState::Revoked;
    let other = |line: &mut TradeLine<'_>| line.transaction_id = "4200009999";
    let outcome = compared(&books, Bill::new().row(1, revoked).paid(2, 1280).row(3, other).row(4, revoked));
    assert_eq!(kinds(&outcome), vec![(FindingKind::StateDiffers, true, true); 3]);
    let unpaid = outcome.findings.iter().find(|found| found.order_no == Some(order_no(2))).unwrap();
    assert_eq!(unpaid.ours.as_ref().unwrap().state.as_deref(), Some("closed"));
    assert!(
        outcome.findings.iter().all(|found| found.order_no != Some(order_no(4))),
        "both say it was not paid"
    );
}

#[test]
fn a_payment_twice_in_the_bill_agrees_once() {
    let books = Books { paid: vec![Paid(1, 1280, 36_000)], ..Books::default() };
    let outcome = compared(&books, Bill::new().paid(1, 1280).paid(1, 1280));
    assert_eq!(kinds(&outcome), [(FindingKind::StateDiffers, true, true)]);
    assert_eq!(outcome.agreed.count, 1);
}

#[test]
fn refunds_differ() {
    use OurRefundState::{Closed, Done, Processing};
    let back = vec![
        Back(1, 1, 280, 40_000, Done),
        Back(2, 1, 280, 40_000, Processing),
        Back(3, 1, 280, 40_000, Closed),
        Back(4, 2, 280, 40_000, Done),
        Back(5, 1, 280, 40_000, Closed),
    ];
    let books = Books { paid: vec![Paid(1, 1280, 36_000)], back, ..Books::default() };
    let bill = Bill::new()
        .paid(1, 1280)
        .back(1, 1, 281, RefundState::Success)
        .back(2, 1, 280, RefundState::Success)
        .back(3, 1, 280, RefundState::Success)
        .back(4, 1, 280, RefundState::Success)
        .back(5, 1, 280, RefundState::Fail);
    let outcome = compared(&books, bill);
    assert_eq!(kinds(&outcome), vec![(FindingKind::RefundDiffers, true, true); 4]);
    assert_eq!((outcome.agreed.count, outcome.refunds_agreed.count), (1, 1));
    let lost = compared(&books, Bill::new().paid(1, 1280).back(9, 1, 280, RefundState::Success));
    let count = |kind: &FindingKind| lost.findings.iter().filter(|found| found.kind == *kind).count();
    assert_eq!((count(&FindingKind::UnknownHere), count(&FindingKind::MissingInBill)), (1, 5));
}

#[test]
fn the_fee_differs_from_the_rate() {
    let books = Books { paid: vec![Paid(1, 1280, 36_000), Paid(2, 1280, 36_000)], ..Books::default() };
    let bill = || Bill::new().paid(1, 1280).row(2, |line| line.fee = yuan(9));
    let outcome = compared(&books, bill());
    assert_eq!(kinds(&outcome), [(FindingKind::FeeDiffers, true, true)]);
    let found = &outcome.findings[0];
    let fees = (found.ours.clone().unwrap().fee, found.theirs.clone().unwrap().fee);
    assert_eq!(fees, (Some("0.08".to_owned()), Some("0.09".to_owned())));
    assert_eq!(outcome.agreed.count, 1);
    let agreed_rate = Rate::parse("0.54%");
    assert!(agreed_rate.is_some());
    assert_eq!(compared_at(&books, bill(), agreed_rate).findings_total, 2, "7 fen are agreed for each");
}

#[test]
fn a_refund_that_failed_gives_no_fee_back() {
    let back = vec![Back(1, 1, 1280, 40_000, OurRefundState::Closed)];
    let books = Books { paid: vec![Paid(1, 1280, 36_000)], back, ..Books::default() };
    let bill = |state, fee| {
        let out_refund_no: &'static str = Box::leak(refund_no(1).into_boxed_str());
        Bill::new().paid(1, 1280).row(1, |line| {
            (line.state, line.amount, line.fee) = (TradeState::Refund, Yuan::ZERO, yuan(fee));
            let refund_id = "50300012342026080112345678901";
            let (amount, refunded_at) = (yuan(1280), None);
            line.refund = Some(RefundLine { refund_id, out_refund_no, amount, state, refunded_at });
        })
    };
    assert_eq!(compared(&books, bill(RefundState::Fail, 0)).findings_total, 0);
    let done = Books { back: vec![Back(1, 1, 1280, 40_000, OurRefundState::Done)], ..books };
    let kept = compared(&done, bill(RefundState::Success, 0));
    assert_eq!(kinds(&kept), [(FindingKind::FeeDiffers, true, true)], "one that was done gives it back");
}

#[test]
fn a_payment_of_another_day_is_told_apart_at_midnight_of_the_bills_zone() {
    let day = 86_400;
    let books = Books {
        paid: vec![
            Paid(1, 1280, -1),
            Paid(2, 1280, 0),
            Paid(3, 1280, day - 1),
            Paid(4, 1280, day),
            Paid(5, 1280, -3 * day),
        ],
        ..Books::default()
    };
    let bill = (1..=5).fold(Bill::new(), |bill, number| bill.paid(number, 1280));
    let outcome = compared(&books, bill);
    let others: Vec<_> = outcome.findings.iter().filter_map(|found| found.order_no.clone()).collect();
    assert!(
        outcome.findings.iter().all(|found| found.kind == FindingKind::OtherDay && found.theirs.is_some())
    );
    assert_eq!(others.len(), 3);
    assert!([1, 4, 5].iter().all(|number| others.contains(&order_no(*number))), "{others:?}");
    assert_eq!(outcome.agreed.count, 2);

    let outcome = compared(&books, Bill::new());
    assert_eq!(
        kinds(&outcome),
        vec![(FindingKind::OtherDay, true, false); 2],
        "those of this day near midnight"
    );
}

/// What a neighbouring day's bill makes of a day's findings.
fn beside(outcome: &mut Outcome, days: i64, bill: Option<Bill>) {
    let neighbour = BillDay { from: at(days * 86_400) };
    assert!(neighbour::is_wanted(&outcome.findings, neighbour));
    let bytes = bill.map(Bill::bytes);
    neighbour::look_in(&mut outcome.findings, neighbour, bytes.as_deref()).unwrap();
    assert!(!neighbour::is_wanted(&outcome.findings, neighbour), "it was looked at");
}

#[test]
fn what_lies_at_midnight_is_looked_for_in_the_neighbouring_days_bill() {
    let day = 86_400;
    let books = Books {
        paid: vec![Paid(1, 1280, day - 1), Paid(2, 1280, 1), Paid(3, 500, day - 2), Paid(4, 600, day - 3)],
        back: vec![Back(7, 1, 280, day - 1, OurRefundState::Done)],
        ..Books::default()
    };
    let mut outcome = compared(&books, Bill::new());
    assert_eq!(kinds(&outcome), vec![(FindingKind::OtherDay, true, false); 5]);
    let tomorrow = Bill::new().paid(1, 1280).paid(4, 601).back(7, 1, 280, RefundState::Success).paid(9, 1);
    beside(&mut outcome, 1, Some(tomorrow));
    let found = |number: &str| {
        let is_it = |found: &&Found| {
            found.out_refund_no.as_deref() == Some(number)
                || found.out_refund_no.is_none() && found.out_trade_no == format!("{number}01")
        };
        outcome.findings.iter().find(is_it).unwrap()
    };
    let there = found(&order_no(1));
    assert_eq!(there.kind, FindingKind::OtherDay);
    let theirs = there.theirs.clone().unwrap();
    assert_eq!(
        (theirs.date.as_deref(), theirs.line, theirs.amount),
        (Some("2026-08-02"), Some(2), Some(1280))
    );
    assert_eq!(found(&refund_no(7)).theirs.as_ref().unwrap().date.as_deref(), Some("2026-08-02"));
    assert_eq!(found(&refund_no(7)).kind, FindingKind::OtherDay);
    let lost = found(&order_no(3));
    assert_eq!((lost.kind.clone(), lost.theirs.is_some()), (FindingKind::MissingInBill, false));
    assert_eq!(found(&order_no(4)).kind, FindingKind::AmountDiffers);
    let yesterdays = found(&order_no(2));
    assert_eq!(
        (yesterdays.kind.clone(), yesterdays.theirs.is_some()),
        (FindingKind::OtherDay, false),
        "not asked yet"
    );
    beside(&mut outcome, -1, None);
    let yesterdays = outcome.findings.iter().find(|found| found.order_no == Some(order_no(2))).unwrap();
    assert_eq!(yesterdays.kind, FindingKind::MissingInBill, "the channel has no bill of that day");
}

#[test]
fn a_neighbouring_bill_that_is_cut_off_tells_nothing_of_what_is_missing() {
    let books = Books { paid: vec![Paid(1, 1280, 86_399)], ..Books::default() };
    let mut outcome = compared(&books, Bill::new());
    let before = outcome.clone();
    let bytes = Bill::new().paid(2, 1).bytes();
    let cut = &bytes[..bytes.len() - 60];
    let neighbour = BillDay { from: at(86_400) };
    assert!(neighbour::look_in(&mut outcome.findings, neighbour, Some(cut)).is_err());
    assert_eq!(outcome, before);
}

#[test]
fn a_charge_that_was_paid_and_taken_back_on_both_sides_is_no_finding() {
    let books = Books { unpaid: vec![1, 2], ..Books::default() };
    let revoked = |line: &mut TradeLine<'_>| line.state = TradeState::Revoked;
    let outcome = compared(&books, Bill::new().paid(1, 1280).row(1, revoked).paid(2, 1280));
    assert_eq!(kinds(&outcome), [(FindingKind::StateDiffers, true, true)]);
    assert_eq!((outcome.findings[0].order_no.clone(), outcome.findings_total), (Some(order_no(2)), 1));
}

#[test]
fn payments_whose_numbers_are_no_decimals_are_held_against_the_ledger_itself() {
    let mut books = Books { paid: vec![Paid(1, 1280, 36_000)], ..Books::default() };
    books.odd = true;
    let odd = |line: &mut TradeLine<'_>| line.transaction_id = "odd-1";
    let outcome = compared(&books, Bill::new().row(1, odd));
    assert_eq!((kinds(&outcome), outcome.agreed.count), (vec![], 1));
    let other = |line: &mut TradeLine<'_>| line.transaction_id = "odd-2";
    let outcome = compared(&books, Bill::new().row(1, other));
    assert_eq!(kinds(&outcome), [(FindingKind::StateDiffers, true, true)]);
}

#[test]
fn the_bills_rows_are_summed_by_what_moves_the_account() {
    let books = Books {
        paid: vec![Paid(1, 1280, 36_000)],
        back: vec![
            Back(1, 1, 280, 40_000, OurRefundState::Done),
            Back(2, 1, 500, 40_000, OurRefundState::Processing),
        ],
        ..Books::default()
    };
    let bill = Bill::new().paid(1, 1280).back(1, 1, 280, RefundState::Success).back(
        2,
        1,
        500,
        RefundState::Processing,
    );
    let sums = compared(&books, bill).sums;
    assert_eq!((sums.paid, sums.given_back, sums.giving_back), (1_280_000, 280_000, 500_000));
    assert_eq!((sums.fees, sums.fees_back, sums.fees_fen()), (6_000, -3_000, 3));
}

#[test]
fn the_same_bill_twice_gives_the_same_findings_with_the_same_ids() {
    let books =
        Books { paid: vec![Paid(1, 1280, 36_000), Paid(2, 5, 50_000)], unpaid: vec![3], ..Books::default() };
    let forwards = compared(&books, Bill::new().paid(1, 1281).paid(3, 4).paid(9, 4));
    assert_eq!(forwards, compared(&books, Bill::new().paid(1, 1281).paid(3, 4).paid(9, 4)));
    let backwards = compared(&books, Bill::new().paid(9, 4).paid(3, 4).paid(1, 1281));
    let ids = |outcome: &Outcome| outcome.findings.iter().map(|found| found.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&forwards), ids(&backwards), "the order of the rows does not matter");
    assert_eq!(ids(&forwards).len(), 4);
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let many = FINDINGS_MAX as u64 + 7;
    let bill = (0..many).fold(Bill::new(), |bill, number| bill.paid(number, 1280));
    let outcome = compared(&Books::default(), bill);
    assert_eq!((outcome.findings.len(), outcome.findings_total), (FINDINGS_MAX, many));
    let paid = (0..many).map(|number| Paid(number, 1280, 36_000)).collect();
    let outcome = compared(&Books { paid, ..Books::default() }, Bill::new());
    assert_eq!((outcome.findings.len(), outcome.findings_total), (FINDINGS_MAX, many));
}

proptest! {
    #[test]
    fn every_payment_is_either_agreed_or_found_once(
        ours in prop::collection::btree_map(0u64..60, 1i64..5, 0..40),
        theirs in prop::collection::btree_map(0u64..60, 1i64..5, 0..40),
    ) {
        let books = Books { paid: ours.iter().map(|(n, fen)| Paid(*n, *fen, 36_000)).collect(), ..Books::default() };
        let bill = theirs.iter().fold(Bill::new(), |bill, (n, fen)| bill.paid(*n, *fen));
        let outcome = compared(&books, bill);
        let mut expected: BTreeMap<String, &str> = BTreeMap::new();
        let mut agreed = (0, 0);
        for number in ours.keys().chain(theirs.keys()) {
            let word = match (ours.get(number), theirs.get(number)) {
                (Some(one), Some(other)) if one == other => {
                    if expected.insert(order_no(*number) + "01", "agreed").is_none() {
                        agreed = (agreed.0 + 1, agreed.1 + one);
                    }
                    continue;
                }
                (Some(_), Some(_)) => "amount_differs",
                (Some(_), None) => "missing_in_bill",
                _ => "unknown_here",
            };
            expected.insert(order_no(*number) + "01", word);
        }
        expected.retain(|_, word| *word != "agreed");
        let found: BTreeMap<String, &str> =
            outcome.findings.iter().map(|found| (found.out_trade_no.clone(), found.kind.as_str())).collect();
        prop_assert_eq!(found.len(), outcome.findings.len(), "each once");
        prop_assert_eq!(found, expected);
        prop_assert_eq!((i64::from(outcome.agreed.count), outcome.agreed.amount), agreed);
    }
}
