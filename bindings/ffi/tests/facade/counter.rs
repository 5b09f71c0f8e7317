//! What else happens at a counter: the customer's payment code, cash, money back, people, shifts.

use saoma_ffi::{
    Announcing, Event, LateMoney, ListFilter, ListQuery, NewRefund, NewSale, Paper, Phase, QuietHours,
    RefundPhase, ResultKind, SaleAction, SalePayment, SaomaError, Tone, Topic,
};
use serde_json::json;

use crate::shop::{Events, Shop, rung_up, sale_until, tea};

const PIN: &str = "739214";

/// Part of a payment, for a customer who did not like it.
fn back(payment: &SalePayment, minor: i64) -> NewRefund {
    NewRefund {
        channel: payment.channel.clone(),
        transaction_id: payment.transaction_id.clone(),
        minor,
        reason: "Cold tea".to_owned(),
    }
}

fn code_of<T: std::fmt::Debug>(refused: Result<T, SaomaError>) -> String {
    match refused.unwrap_err() {
        SaomaError::Input { fault }
        | SaomaError::NotNow { fault }
        | SaomaError::Refused { fault }
        | SaomaError::Unreachable { fault } => fault.field.unwrap_or(fault.code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_code_is_charged_once_and_the_password_is_waited_for() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let order_no = till.new_order_no();
    till.charge(order_no.clone(), NewSale { by_code: true, ..tea() }).await.unwrap();
    let ready = sale_until(&till, &order_no, |sale| sale.phase == Phase::Ready).await;
    assert!(ready.by_code && ready.code.is_none() && ready.actions.contains(&SaleAction::Scan));
    assert_eq!(ready.last_attempt, None);
    assert_eq!(code_of(till.scan(order_no.clone(), None, "12345".to_owned()).await), "code");
    assert_eq!(code_of(till.scan(order_no.clone(), Some(0), "1".repeat(18)).await), "attempt");

    let code = shop.payment_code(true).await;
    let charging = till.scan(order_no.clone(), None, code.clone()).await.unwrap();
    assert!(!charging.actions.contains(&SaleAction::Scan), "{charging:?}");
    sale_until(&till, &order_no, |sale| sale.phase == Phase::Paying).await;
    assert_eq!(
        code_of(till.scan(order_no.clone(), Some(1), shop.payment_code(false).await).await),
        "order_charging"
    );
    shop.customer("pay", &json!({ "auth_code": code })).await;
    let paid = sale_until(&till, &order_no, |sale| sale.phase == Phase::Paid).await;
    assert_eq!((paid.payments.len(), paid.payments[0].proven), (1, true));
    assert_eq!(till.day(None).await.unwrap().totals.methods[0].name, "wechatpay_code");
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_is_durable_at_once_and_money_by_the_code_is_late() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let on_the_spot = till.new_order_no();
    till.charge(on_the_spot.clone(), NewSale { in_cash: true, ..tea() }).await.unwrap();
    sale_until(&till, &on_the_spot, |sale| sale.phase == Phase::Cash).await;

    let sale = rung_up(&till).await;
    till.network(false).await.unwrap();
    let cash = till.take_cash(sale.order_no.clone()).await.unwrap();
    assert_eq!((cash.phase, &cash.code), (Phase::CashUnproven, &None));
    assert!(cash.cash_taken_at.is_some());
    shop.pay(&sale).await;
    till.network(true).await.unwrap();
    let decides = |sale: &saoma_ffi::Sale| sale.actions.contains(&SaleAction::DecideLateMoney);
    let both = sale_until(&till, &sale.order_no, decides).await;
    assert!(!both.payments[0].proven && both.payments[0].channel == "cash");
    assert!(both.payments[1].proven && both.payments[1].channel == "wechatpay");
    // Whichever the backend learned of last is too much; a manager keeps it, or gives it back.
    let late = both.payments.iter().find(|one| one.late_money == Some(LateMoney::Ask)).unwrap();
    assert!(late.late, "{late:?}");
    let kept = till
        .accept_late_money(both.order_no.clone(), late.channel.clone(), late.transaction_id.clone())
        .await
        .unwrap();
    let is_kept = |one: &SalePayment| one.late_money == Some(LateMoney::Accepted);
    assert!(kept.payments.iter().any(is_kept) && !decides(&kept), "{kept:?}");
    let sums = till.day(None).await.unwrap().totals.sums;
    assert_eq!((sums.cash.count, sums.paid.count), (2, 1));
    assert_eq!(till.merchant_day(None).await.unwrap().totals.sums, sums);
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashiers_refund_waits_for_a_manager_and_is_done_only_with_proof() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    for (person, role) in [("li", "cashier"), ("wang", "manager")] {
        let new = json!({ "person": person, "name": person, "role": role, "pin": PIN });
        shop.admin(json!({ "do": "add_person", "merchant": "shop-1", "new": new })).await;
    }
    till.sign_in("li".to_owned(), PIN.to_owned()).await.unwrap();
    let sale = rung_up(&till).await;
    shop.pay(&sale).await;
    let paid = sale_until(&till, &sale.order_no, |sale| sale.phase == Phase::Paid).await;
    let payment = &paid.payments[0];
    assert_eq!((payment.left_minor, payment.left.as_str()), (1280, "12.80"));
    let refund_no = till.new_refund_no();
    let ask = |refund| till.refund(paid.order_no.clone(), refund_no.clone(), refund);
    assert_eq!(code_of(ask(back(payment, 1281)).await), "refund_over_rest");
    assert_eq!(code_of(ask(back(payment, 0)).await), "amount");
    assert_eq!(code_of(ask(NewRefund { reason: String::new(), ..back(payment, 1) }).await), "reason");
    let asked = ask(back(payment, 300)).await.unwrap();
    assert_eq!(ask(back(payment, 300)).await.unwrap().refunds.len(), 1, "a second tap is the same refund");
    assert_eq!(code_of(ask(back(payment, 301)).await), "conflict");
    assert_eq!((asked.refunds[0].phase, asked.refunds[0].amount.as_str()), (RefundPhase::Asked, "3.00"));
    let waiting =
        sale_until(&till, &paid.order_no, |sale| sale.refunds[0].phase == RefundPhase::Requested).await;
    assert_eq!(waiting.refunds[0].staff.as_deref(), Some("li"));
    let decide =
        |approve, reason| till.decide_refund(paid.order_no.clone(), refund_no.clone(), approve, reason);
    assert_eq!(code_of(decide(true, None).await), "forbidden", "a cashier is no manager");

    // The manager signs in on the same phone.
    let people = till.people().await.unwrap();
    let names: Vec<_> = people.people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!((names, people.sign_in_required), (vec!["li", "wang"], false));
    let wrong = till.sign_in("wang".to_owned(), "739215".to_owned()).await;
    let Err(SaomaError::Refused { fault }) = wrong else { panic!("the PIN is wrong") };
    assert_eq!((fault.code.as_str(), fault.tries_left), ("pin_wrong", Some(4)));
    assert_eq!(code_of(till.sign_in("wang".to_owned(), "12".to_owned()).await), "pin");
    till.sign_in("wang".to_owned(), PIN.to_owned()).await.unwrap();
    decide(true, None).await.unwrap();
    let done = sale_until(&till, &paid.order_no, |sale| sale.refunds[0].phase == RefundPhase::Done).await;
    assert_eq!((done.payments[0].refunded_minor, done.payments[0].left_minor), (300, 980));
    assert!(done.refunds[0].done_at.is_some());
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_told_once_done_and_the_receipt_says_so() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let sale = rung_up(&till).await;
    shop.pay(&sale).await;
    let paid = sale_until(&till, &sale.order_no, |sale| sale.phase == Phase::Paid).await;
    let told = till.results().await.unwrap();
    till.acknowledge(told[0].key.clone()).await.unwrap();
    let mut results = Events::of(&till, Topic::Results);
    till.refund(paid.order_no.clone(), till.new_refund_no(), back(&paid.payments[0], 1280)).await.unwrap();
    let result = loop {
        match results.next().await {
            Event::Results { results } if results.is_empty() => {}
            Event::Results { results } => break results[0].clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((result.kind, result.minor, result.aloud), (ResultKind::Refunded, 1280, true));
    let done = till.sale(paid.order_no.clone()).await.unwrap().sale;
    assert_eq!((done.refunds[0].phase, done.payments[0].refunded_minor), (RefundPhase::Done, 1280));
    assert!(!done.actions.contains(&SaleAction::Refund));
    for (paper, columns) in [(Paper::Mm58, 32), (Paper::Mm80, 48)] {
        let slip = till.receipt_slip(paid.order_no.clone(), paper).await.unwrap();
        assert!(slip.iter().any(|line| line.ends_with("-¥12.80")), "{slip:#?}");
        assert!(slip.iter().all(|line| line.chars().count() <= columns), "{slip:#?}");
    }
    let sums = till.day(None).await.unwrap().totals.sums;
    assert_eq!((sums.refunded.minor, sums.paid.minor), (1280, 1280));
    assert_eq!(till.merchant_day(None).await.unwrap().totals.sums, sums);
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_does_not_match_is_no_payment_and_is_given_back() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let sale = rung_up(&till).await;
    let shop = shop.of_another_app().await;
    shop.pay(&sale).await;
    let frozen = sale_until(&till, &sale.order_no, |sale| !sale.mismatches.is_empty()).await;
    assert!(frozen.mismatch && frozen.payments.is_empty() && frozen.phase != Phase::Paid, "{frozen:?}");
    assert!(frozen.actions.contains(&SaleAction::Refund) && !frozen.actions.contains(&SaleAction::Receipt));
    let money = &frozen.mismatches[0];
    assert_eq!(
        (money.amount.as_str(), money.left.as_str(), money.currency.as_str()),
        ("12.80", "12.80", "CNY")
    );
    assert!(money.mismatch.is_some() && money.late_money.is_none(), "{money:?}");
    assert_eq!(code_of(till.receipt(frozen.order_no.clone()).await), "no_receipt");
    let ask = |minor| till.refund(frozen.order_no.clone(), till.new_refund_no(), back(money, minor));
    assert_eq!(code_of(ask(1281).await), "refund_over_rest");
    ask(1280).await.unwrap();
    let done = sale_until(&till, &frozen.order_no, |sale| sale.refunds[0].phase == RefundPhase::Done).await;
    assert_eq!((done.mismatches[0].left_minor, done.mismatches[0].minor), (0, 1280));
    assert!(!done.actions.contains(&SaleAction::Refund) && done.phase != Phase::Paid, "{done:?}");
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_opens_a_shift_and_counts_the_drawer() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    shop.admin(json!({ "do": "add_person", "merchant": "shop-1",
        "new": { "person": "li", "name": "Li Lei", "role": "cashier", "pin": PIN } }))
        .await;
    let signed_in = till.sign_in("li".to_owned(), PIN.to_owned()).await.unwrap();
    assert_eq!((signed_in.name.as_str(), signed_in.role.as_str()), ("Li Lei", "cashier"));
    assert_eq!(till.diagnosis().await.unwrap().person, Some(signed_in));

    assert_eq!(code_of(till.close_shift(None).await), "no_shift");
    assert_eq!(till.open_shift(20_000).await.unwrap().opened_by.as_deref(), Some("li"));
    assert_eq!(code_of(till.open_shift(0).await), "shift_open");
    let order_no = till.new_order_no();
    till.charge(order_no.clone(), NewSale { in_cash: true, ..tea() }).await.unwrap();
    assert_eq!(till.shifts(1).await.unwrap()[0].expected, "212.80");
    let closed = till.close_shift(Some(21_230)).await.unwrap();
    assert_eq!((closed.expected_minor, closed.difference.as_deref()), (21_280, Some("-0.50")));
    assert_eq!((closed.people[0].name.as_str(), closed.people[0].cash.minor), ("li", 1280));
    let slip = till.shift_slip(closed.no, Paper::Mm58).await.unwrap();
    assert!(slip.iter().any(|line| line.contains("li")), "{slip:#?}");
    assert_eq!(code_of(till.shift_slip(9, Paper::Mm58).await), "no_shift");

    let table = till.sales_csv(None).await.unwrap();
    assert!(table.starts_with('\u{feff}') && table.contains(&order_no), "{table}");
    let today = till.day(None).await.unwrap().totals.date;
    let days = till.days_csv(today.clone(), today.clone()).await.unwrap();
    assert!(days.contains("12.80"), "{days}");
    assert_eq!(code_of(till.days_csv(today.clone(), "2020-01-01".to_owned()).await), "until");
    let of_today = ListQuery { date: Some(today), ..ListQuery::default() };
    assert_eq!(till.list(of_today).await.unwrap().sales[0].staff.as_deref(), Some("li"));
    till.sign_out().await.unwrap();
    assert_eq!(till.diagnosis().await.unwrap().person, None);
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_quiet_hours_a_payment_is_shown_and_not_said() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let wrong = Announcing { quiet: None, least_minor: -1 };
    assert_eq!(code_of(till.set_announcing(wrong).await), "least_amount");
    // All of the day but a minute that is over, or has not come.
    let day = |from_minute| Announcing {
        quiet: Some(QuietHours { from_minute, until_minute: (from_minute + 1_439) % 1_440 }),
        least_minor: 0,
    };
    let minute = u16::try_from(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 60 % 1_440,
    );
    // The merchant's clock is eight hours ahead.
    till.set_announcing(day((minute.unwrap() + 480 + 700) % 1_440)).await.unwrap();
    let sale = rung_up(&till).await;
    shop.pay(&sale).await;
    sale_until(&till, &sale.order_no, |sale| sale.phase == Phase::Paid).await;
    let quiet = till.results().await.unwrap();
    assert_eq!(quiet.iter().map(|result| result.aloud).collect::<Vec<_>>(), [false]);
    till.acknowledge_shown(quiet[0].key.clone()).await.unwrap();
    assert!(till.results().await.unwrap().is_empty());
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_are_held_against_the_bill_and_a_manager_explains_a_difference() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let sale = rung_up(&till).await;
    shop.pay(&sale).await;
    sale_until(&till, &sale.order_no, |sale| sale.phase == Phase::Paid).await;
    let today = till.day(None).await.unwrap().totals.date;
    let waiting = till.reconciliation(Some(today.clone())).await.unwrap();
    assert_eq!((waiting.date.as_str(), waiting.agreed.count, waiting.open), (today.as_str(), 0, 0));
    assert_eq!(code_of(till.reconciliation(Some("yesterday".to_owned())).await), "date");

    let stranger = json!([{ "on": "/v3/bill/tradebill", "do": "bill_stranger", "times": 1 }]);
    shop.customer("faults", &stranger).await;
    shop.customer("settle-day", &json!({ "date": today })).await;
    shop.admin(json!({ "do": "bill", "merchant": "shop-1", "date": today })).await;
    let day = till.reconciliation(Some(today.clone())).await.unwrap();
    // The stranger, and the account's own movements, in which it is not.
    assert_eq!((day.tone, day.agreed.count, day.findings_total, day.open), (Tone::Warning, 1, 2, 2));
    let finding = day.findings.iter().find(|one| one.ours_minor.is_none()).unwrap();
    assert!(finding.theirs_minor.is_some(), "{finding:?}");
    let settle = |reason: &str| till.settle_finding(today.clone(), finding.id.clone(), reason.to_owned());
    assert_eq!(code_of(settle(" ").await), "reason");
    let settled = settle("The bank's mistake").await.unwrap();
    assert_eq!((settled.tone, settled.open), (Tone::Warning, 1), "one is left");
    let explained = settled.findings.iter().find(|one| one.id == finding.id).unwrap();
    assert_eq!(explained.settled.as_ref().unwrap().reason, "The bank's mistake");
    assert_eq!(code_of(settle("Ours").await), "other_bytes");

    let merchant = till.merchant_day(None).await.unwrap();
    assert_eq!(merchant.totals.stores[0].paid, merchant.totals.sums.paid);
    assert_eq!((merchant.totals.people[0].name.as_str(), merchant.unproven.count), ("", 0));
    let query = ListQuery { filter: Some(ListFilter::ForManager), ..ListQuery::default() };
    assert!(till.list(query).await.unwrap().sales.is_empty());
    till.close().await.unwrap();
    shop.close().await;
}
