//! The rules of an order as tables.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;

const NUMBER: &str = "TRADE-0001";

fn start() -> Timestamp {
    "2026-08-01T10:00:00+08:00".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn terms() -> Terms {
    Terms {
        appid: "wx0000000000000001".into(),
        mchid: "1900000001".into(),
        description: "拿铁".into(),
        out_trade_no: NUMBER.into(),
        notify_url: "https://pay.example.cn/notify".into(),
        total: 1280,
        currency: "CNY".into(),
        time_expire: None,
        attach: None,
        device_id: None,
        sub: None,
        spoken: Spoken::V3,
        rest: json!({}),
    }
}

fn placed(terms: Terms) -> Order {
    Order::place(None, terms, "FIRST".into(), Rate::default(), start()).unwrap()
}

fn order() -> Order {
    placed(terms())
}

/// The usual customer answers, named by number.
fn answered(order: Order, answer: Answer, now: Timestamp) -> (Order, Saw) {
    order.answered(Scan::Number, None, answer, "4200000001".into(), now)
}

fn paid() -> Order {
    answered(order(), Answer::Success, after(10)).0
}

fn closed() -> Order {
    order().close(after(10)).unwrap()
}

#[test]
fn time_expire_is_raised_lowered_or_taken_as_it_is() {
    for (asked, given) in [
        (None, 7 * DAY),
        (Some(-DAY), 60),
        (Some(0), 60),
        (Some(59), 60),
        (Some(61), 61),
        (Some(300), 300),
        (Some(90 * DAY), 90 * DAY),
        (Some(91 * DAY), 90 * DAY),
    ] {
        let order = placed(Terms { time_expire: asked.map(after), ..terms() });
        assert_eq!(order.expires_at, after(given), "asked for {asked:?}");
    }
}

#[test]
fn the_same_terms_again_give_a_fresh_code_and_keep_the_deadline() {
    let again = Order::place(Some(order()), terms(), "SECOND".into(), Rate::default(), after(HOUR)).unwrap();
    assert_eq!(again.code, Some(Code { token: "SECOND".into(), issued_at: after(HOUR) }));
    assert_eq!((again.created_at, again.expires_at), (order().created_at, order().expires_at));
    let (_, by_old) =
        again.clone().answered(Scan::Code("FIRST"), None, Answer::Success, "42".into(), after(HOUR));
    assert_eq!(by_old, Saw::CodeDead);
    let (_, by_new) = again.answered(Scan::Code("SECOND"), None, Answer::Success, "42".into(), after(HOUR));
    assert_eq!(by_new, Saw::Paid);
}

#[test]
fn any_other_term_is_another_order() {
    let others = [
        Terms { description: "美式".into(), ..terms() },
        Terms { notify_url: "https://pay.example.cn/other".into(), ..terms() },
        Terms { total: 1281, ..terms() },
        Terms { time_expire: Some(after(600)), ..terms() },
        Terms { attach: Some(String::new()), ..terms() },
        Terms { device_id: Some("till08".into()), ..terms() },
        Terms { rest: json!({ "goods_tag": "A" }), ..terms() },
        Terms { appid: "wx0000000000000002".into(), ..terms() },
    ];
    for other in others {
        let refused = Order::place(Some(order()), other.clone(), "SECOND".into(), Rate::default(), after(60));
        assert_eq!(refused, Err(PlaceRefused::OtherTerms), "{other:?}");
    }
}

#[test]
fn a_used_number_is_never_placed_again() {
    let short = placed(Terms { time_expire: Some(after(300)), ..terms() });
    for (standing, now, refused) in [
        (paid(), after(60), PlaceRefused::Paid),
        (paid(), after(100 * DAY), PlaceRefused::Paid),
        (closed(), after(60), PlaceRefused::Closed),
        (short.clone(), after(301), PlaceRefused::Expired),
        (short, after(8 * DAY), PlaceRefused::Closed),
        (order(), after(7 * DAY), PlaceRefused::Closed),
    ] {
        let terms = standing.terms.clone();
        assert_eq!(Order::place(Some(standing), terms, "SECOND".into(), Rate::default(), now), Err(refused));
    }
}

#[test]
fn what_the_customer_does_is_what_becomes_of_the_order() {
    for (answer, saw, trade_state) in [
        (Answer::Success, Saw::Paid, "SUCCESS"),
        (Answer::NotEnough, Saw::NotEnough, "NOTPAY"),
        (Answer::Cancel, Saw::Cancelled, "NOTPAY"),
        (Answer::BankError, Saw::BankError, "NOTPAY"),
        (Answer::PasswordPending, Saw::EnterPassword, "NOTPAY"),
        (Answer::OtherScannedFirst, Saw::ScannedByAnother, "NOTPAY"),
    ] {
        let (order, seen) = answered(order(), answer, after(5));
        assert_eq!((seen, order.trade_state()), (saw, trade_state), "{answer:?}");
    }
}

#[test]
fn a_failed_try_can_be_made_good() {
    for answer in [Answer::NotEnough, Answer::Cancel, Answer::BankError, Answer::PasswordPending] {
        let (tried, _) = answered(order(), answer, after(5));
        let (order, saw) = answered(tried, Answer::Success, after(6));
        assert_eq!((saw, order.trade_state()), (Saw::Paid, "SUCCESS"), "after {answer:?}");
    }
}

#[test]
fn a_settled_order_takes_no_payment() {
    assert_eq!(answered(paid(), Answer::Success, after(20)), (paid(), Saw::AlreadyPaid));
    assert_eq!(answered(closed(), Answer::Success, after(20)), (closed(), Saw::Closed));
}

#[test]
fn after_the_deadline_payment_is_refused_and_the_order_reads_notpay_until_it_is_closed() {
    let order = placed(Terms { time_expire: Some(after(300)), ..terms() });
    assert_eq!(answered(order.clone(), Answer::Success, after(299)).1, Saw::Paid);
    assert_eq!(answered(order.clone(), Answer::Success, after(300)).1, Saw::Expired);
    assert_eq!(order.clone().at(after(DAY)).trade_state(), "NOTPAY");
    assert_eq!(order.close(after(DAY)).unwrap().trade_state(), "CLOSED");
}

#[test]
fn wechat_pay_closes_what_nobody_paid_after_seven_days_or_its_longer_life() {
    assert_eq!(order().at(after(7 * DAY - 1)).trade_state(), "NOTPAY");
    assert_eq!(order().at(after(7 * DAY)).state, State::Closed { at: after(7 * DAY) });
    let short = placed(Terms { time_expire: Some(after(300)), ..terms() });
    assert_eq!(short.clone().at(after(7 * DAY - 1)).trade_state(), "NOTPAY");
    assert_eq!(short.at(after(7 * DAY)).trade_state(), "CLOSED");
    let long = placed(Terms { time_expire: Some(after(30 * DAY)), ..terms() });
    assert_eq!(long.clone().at(after(8 * DAY)).trade_state(), "NOTPAY");
    assert_eq!(long.at(after(30 * DAY)).trade_state(), "CLOSED");
    assert_eq!(paid().at(after(100 * DAY)), paid());
}

#[test]
fn a_code_works_for_two_hours() {
    let scan = Scan::Code("FIRST");
    let by_code = |now| order().answered(scan, None, Answer::Success, "42".into(), now).1;
    assert_eq!(by_code(after(2 * HOUR - 1)), Saw::Paid);
    assert_eq!(by_code(after(2 * HOUR)), Saw::CodeDead);
    assert_eq!(order().offer(scan, after(2 * HOUR)), Offer::CodeDead);
}

#[test]
fn only_the_account_that_scanned_first_can_pay() {
    let by = |order: Order, payer: &str| {
        order.answered(Scan::Number, Some(payer.into()), Answer::Success, "42".into(), after(9)).1
    };
    let (scanned, _) =
        order().answered(Scan::Number, Some("oAnna".into()), Answer::Cancel, "42".into(), after(8));
    assert_eq!(by(scanned.clone(), "oBert"), Saw::ScannedByAnother);
    assert_eq!(by(scanned, "oAnna"), Saw::Paid);

    let (taken, _) = answered(order(), Answer::OtherScannedFirst, after(8));
    assert_eq!(by(taken, "oAnna"), Saw::ScannedByAnother);
}

#[test]
fn a_fresh_code_does_not_free_the_order_for_another_account() {
    let (scanned, _) =
        order().answered(Scan::Number, Some("oAnna".into()), Answer::Cancel, "42".into(), after(8));
    let again = Order::place(Some(scanned), terms(), "SECOND".into(), Rate::default(), after(9)).unwrap();
    let (_, saw) =
        again.answered(Scan::Code("SECOND"), Some("oBert".into()), Answer::Success, "42".into(), after(10));
    assert_eq!(saw, Saw::ScannedByAnother);
}

#[test]
fn closing_is_refused_while_the_customer_is_at_the_password_page() {
    let (pending, _) = answered(order(), Answer::PasswordPending, after(5));
    assert_eq!(pending.clone().close(after(6)), Err(CloseRefused::CustomerIsPaying));
    let (gone, _) = answered(pending, Answer::Cancel, after(7));
    assert_eq!(gone.close(after(8)).unwrap().trade_state(), "CLOSED");
    assert_eq!(paid().close(after(20)), Err(CloseRefused::Paid));
    assert_eq!(closed().close(after(20)), Ok(closed()));
}

#[test]
fn who_was_at_the_password_page_at_the_deadline_can_finish_a_little_later() {
    let short = placed(Terms { time_expire: Some(after(300)), ..terms() });
    let (pending, _) =
        short.answered(Scan::Number, Some("oAnna".into()), Answer::PasswordPending, "42".into(), after(299));
    let finished = answered(pending.clone(), Answer::Success, after(330));
    assert_eq!(finished.1, Saw::Paid);
    assert!(
        matches!(finished.0.state, State::Paid { payer, .. } if payer == "oAnna"),
        "the one at the page pays"
    );
    assert_eq!(answered(pending.clone(), Answer::Success, after(600)).1, Saw::Expired, "not for ever");
    assert_eq!(pending.close(after(600)).unwrap().trade_state(), "CLOSED");
}

fn refund(order: &Order, standing: &[Refund], fen: i64, now: Timestamp) -> Result<Refund, RefundRefused> {
    let terms = RefundTerms {
        out_refund_no: format!("R-{}", standing.len()),
        refund: fen,
        total: order.terms.total,
        notify_url: None,
        is_from_available: false,
        spoken: Spoken::V3,
        rest: json!({}),
    };
    Refund::ask(order, standing, terms, "5030".into(), Ends::Success, i64::MAX, now)
}

#[test]
fn whoever_gives_back_all_of_it_in_any_parts_gets_back_all_of_the_fee() {
    let order = paid();
    for parts in [vec![1280], vec![1, 1279], vec![640, 640], vec![427, 427, 426], vec![83; 15]] {
        let mut given: Vec<Refund> = Vec::new();
        for fen in parts {
            let minute = 60 * i64::try_from(given.len()).unwrap() + 10;
            given.push(refund(&order, &given, fen, after(minute)).unwrap().ended());
        }
        let rest = 1280 - given.iter().map(|one| one.terms.refund).sum::<i64>();
        if rest > 0 {
            given.push(refund(&order, &given, rest, after(HOUR)).unwrap());
        }
        assert_eq!(given.iter().map(|one| one.fee_back).sum::<i64>(), order.rate.fee(1280));
        assert_eq!(refund(&order, &given, 1, after(2 * HOUR)), Err(RefundRefused::MoreThanTheRest));
    }
}

#[test]
fn a_closed_refund_frees_its_money_and_still_counts_as_a_part() {
    let order = paid();
    let closed = Refund { ends: Ends::Closed, ..refund(&order, &[], 1280, after(10)).unwrap() }.ended();
    assert_eq!(refund(&order, std::slice::from_ref(&closed), 1280, after(60)), Err(RefundRefused::TooSoon));
    assert!(refund(&order, std::slice::from_ref(&closed), 1280, after(70)).is_ok());
    assert_eq!(refund(&order, &vec![closed; 50], 1280, after(70)), Err(RefundRefused::TooManyParts));
}

fn payment_code() -> PaymentCode {
    PaymentCode {
        auth_code: "134567890123456789".into(),
        openid: "oAnna".into(),
        mchid: None,
        balance: None,
        password: None,
        issued_at: start(),
        used_for: None,
    }
}

fn charged(code: PaymentCode, now: Timestamp) -> Result<(Order, PaymentCode, Charged), ChargeRefused> {
    let terms = Terms { notify_url: String::new(), ..terms() };
    Order::charge(None, Some(code), terms, Rate::default(), "4200000001".into(), now)
}

#[test]
fn what_a_payment_code_comes_to() {
    for (code, now, came) in [
        (payment_code(), after(59), Ok((Charged::Paid, "SUCCESS"))),
        (payment_code(), after(60), Err(ChargeRefused::CodeExpired)),
        (
            PaymentCode { password: Some(true), ..payment_code() },
            after(1),
            Ok((Charged::EnterPassword, "USERPAYING")),
        ),
        (
            PaymentCode { balance: Some(1279), ..payment_code() },
            after(1),
            Ok((Charged::NotEnough, "PAYERROR")),
        ),
        (
            PaymentCode { mchid: Some("1900000002".into()), ..payment_code() },
            after(1),
            Err(ChargeRefused::CodeUnknown),
        ),
        (charged(payment_code(), after(1)).unwrap().1, after(2), Err(ChargeRefused::CodeUsed)),
    ] {
        let seen = charged(code, now).map(|(order, _, charged)| (charged, order.trade_state()));
        assert_eq!(seen, came);
    }
}

#[test]
fn a_charge_is_taken_back_once_whatever_it_came_to_and_never_paid_afterwards() {
    let (paid, _, _) = charged(payment_code(), after(1)).unwrap();
    let (asking, _, _) = charged(PaymentCode { password: Some(true), ..payment_code() }, after(1)).unwrap();
    let (failed, _, _) = charged(PaymentCode { balance: Some(0), ..payment_code() }, after(1)).unwrap();
    assert_eq!(asking.clone().reverse("5030".into(), after(15)), Err(ReverseRefused::CustomerIsPaying));
    for (order, money) in [(paid, 2), (asking, 0), (failed, 0)] {
        let reversed = order.reverse("5030".into(), after(16)).unwrap();
        assert_eq!(reversed.trade_state(), "REVOKED");
        assert_eq!(Entry::of_reversal(&reversed).len(), money);
        assert_eq!(reversed.clone().reverse("5031".into(), after(8 * DAY)), Ok(reversed.clone()));
        assert_eq!(answered(reversed.clone(), Answer::Success, after(20)), (reversed, Saw::Closed));
    }
    assert_eq!(order().reverse("5030".into(), after(20)), Err(ReverseRefused::OtherState));
}
