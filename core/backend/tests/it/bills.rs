//! The bank's bill: fetched, kept, held against the books, and explained by a manager.

use http::Method;
use saoma_backend::channel::BillKind;
use saoma_backend::clock::Clock as _;
use saoma_backend::ledger::{BillRow, BillState};
use saoma_contract::{
    DeviceRole, Finding, FindingKind, Order, ProblemCode, Reconciliation, ReconciliationState, RefundNo,
    Time, path,
};
use serde_json::{Value, json};

use crate::counter::Speaks;
use crate::world::{PATIENCE, Till, World, order_of, problem_of};

const TRADE_BILL: &str = "/v3/bill/tradebill";
const TRADE_BILL_V2: &str = "/pay/downloadbill";
const BEIJING: i32 = 480;
const DAY_MS: i64 = 86_400_000;

async fn shop() -> (World, Till) {
    let world = World::new().await;
    let till = world.till(DeviceRole::Manager).await;
    (world, till)
}

fn today(world: &World) -> String {
    world.clock.now().date(BEIJING)
}

async fn pay(world: &World, till: &Till, amount: i64) -> Order {
    let order = world.ring_up(till, amount).await;
    world.pay(&order).await;
    world.until(till, &order.order_no, |order| order.state.as_str() == "paid").await
}

/// The day's bill is made at once, and asked for.
async fn fetch(world: &World, date: &str) {
    world.play("settle-day", json!({ "date": date })).await;
    let merchant = world.merchant.parse().unwrap();
    assert!(world.backend().fetch_bill(&merchant, date).await.unwrap());
}

async fn read(world: &World, till: &Till, date: &str) -> Reconciliation {
    let answer = till.call(world, Method::GET, &path::reconciliation(date), json!(null)).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn spoil(world: &World, rule: Value) {
    spoil_at(world, TRADE_BILL, rule).await;
}

async fn spoil_at(world: &World, call: &str, rule: Value) {
    let mut whole = json!({ "on": call, "times": 1 });
    whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    world.play("faults", json!([whole])).await;
}

fn kinds(day: &Reconciliation) -> Vec<&str> {
    let mut kinds: Vec<_> = day.findings.iter().map(|finding| finding.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

fn of_kind<'a>(day: &'a Reconciliation, kind: &FindingKind) -> &'a Finding {
    let mut found = day.findings.iter().filter(|finding| finding.kind == *kind);
    let only = found.next().unwrap_or_else(|| panic!("no {kind}: {day:?}"));
    assert_eq!(found.next(), None);
    only
}

/// The names of a day's bill and of the account's movements.
fn both_files(world: &World, date: &str) -> [String; 2] {
    ["bill", "funds"].map(|ending| format!("{}-wechatpay-{date}.{ending}", world.merchant))
}

/// The names of the files in the folder of bills.
fn kept(world: &World) -> Vec<String> {
    let folder = std::fs::read_dir(world.state_dir().join("bills")).unwrap();
    let mut names: Vec<_> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

async fn settle(world: &World, till: &Till, date: &str, id: &str, body: Value) -> reqwest::Response {
    let place = format!("{}/{id}/settle", path::reconciliation(date));
    till.call(world, Method::POST, &place, body).await
}

#[tokio::test]
async fn every_payment_agrees_with_the_banks_bill() {
    let (world, till) = shop().await;
    let date = today(&world);
    pay(&world, &till, 1280).await;
    pay(&world, &till, 500).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.bill), (ReconciliationState::Waiting, None));
    let ten = Time::day_start(&date, BEIJING).unwrap().plus_ms(DAY_MS + 10 * 3_600_000);
    assert_eq!(day.next_at, Some(ten));

    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!(day.state, ReconciliationState::Agreed, "{day:?}");
    assert_eq!((day.agreed.count, day.agreed.amount, day.open, day.findings_total), (2, 1780, 0, 0));
    assert_eq!((day.fees, day.kinds.len(), day.more), (8 + 3, 0, false));
    let funds = day.funds.unwrap();
    assert_eq!((funds.income.count, funds.income.amount), (2, 1780), "each payment");
    assert_eq!((funds.outgo.count, funds.outgo.amount), (2, 11), "and its fee");
    assert_eq!((funds.sha1.len(), funds.faults.len(), funds.balance.is_some()), (40, 0, true));
    let bill = day.bill.unwrap();
    assert_eq!((bill.rows, bill.faults.len(), bill.sha1.len()), (2, 0, 40));
    let names = kept(&world);
    assert_eq!(names, both_files(&world, &date), "and nothing beside them");
    let bytes = std::fs::read(world.state_dir().join("bills").join(&names[0])).unwrap();
    assert_eq!(bytes[..2], [0x1f, 0x8b], "it is kept as it came");
}

#[tokio::test]
async fn a_clock_that_was_days_ahead_makes_no_bill_late() {
    let (mut world, till) = shop().await;
    pay(&world, &till, 1280).await;
    let date = today(&world);
    // The bank does not speak with somebody whose clock is so wrong; the next try is told by that clock.
    world.stop().await;
    world.clock.advance_s(5 * 86_400);
    world.start().await;
    until_bill(&world, &date, |bill| bill.trouble.is_some()).await;
    world.stop().await;
    world.clock.advance_s(-5 * 86_400);
    world.start().await;
    let ten = Time::day_start(&date, BEIJING).unwrap().plus_ms(DAY_MS + 10 * 3_600_000);
    // A minute, since the double's clock is not the backend's.
    world.advance_s(ten.ms_since(world.clock.now()) / 1000 + 60).await;
    let bill = until_bill(&world, &date, |bill| bill.state == BillState::Fetched).await;
    assert_eq!(bill.due_at, None);
}

/// Waits until the backend has come so far with a day's bill.
async fn until_bill(world: &World, date: &str, is_it: impl Fn(&BillRow) -> bool) -> BillRow {
    let find = async || {
        let (merchant, date) = (world.merchant.parse().unwrap(), date.to_owned());
        let read =
            world.backend().shop().ledger.read(move |rows| rows.bill(&merchant, &date, BillKind::Trade));
        read.await.unwrap()
    };
    let waiting = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(bill) = find().await.filter(&is_it) {
                return bill;
            }
            // One call to the double lies between two looks: whoever works is not kept from it.
            world.held("faults").await;
        }
    });
    match waiting.await {
        Ok(bill) => bill,
        Err(_) => panic!("it came no further than {:?}", find().await),
    }
}

#[tokio::test]
async fn over_v2_every_payment_agrees_and_what_is_wrong_in_the_bill_is_found() {
    for sign_type in [Speaks::V2Hmac, Speaks::V2Md5] {
        let world = World::speaking(sign_type).await;
        let till = world.till(DeviceRole::Manager).await;
        let date = today(&world);
        pay(&world, &till, 1280).await;
        pay(&world, &till, 500).await;
        // Before the day is settled.
        let merchant = world.merchant.parse().unwrap();
        assert!(world.backend().fetch_bill(&merchant, &date).await.unwrap());
        let day = read(&world, &till, &date).await;
        assert_eq!(day.state, ReconciliationState::Waiting, "{sign_type:?}");
        assert!(day.trouble.unwrap().contains("still making"));

        fetch(&world, &date).await;
        let day = read(&world, &till, &date).await;
        assert_eq!(day.state, ReconciliationState::Agreed, "{sign_type:?}: {day:?}");
        assert_eq!((day.agreed.count, day.agreed.amount), (2, 1780));
        let bill = day.bill.clone().unwrap();
        assert_eq!((bill.rows, bill.faults.len(), bill.sha1.len()), (2, 0, 40));
        assert_eq!(kept(&world), both_files(&world, &date));
        let funds = day.funds.unwrap();
        assert_eq!((funds.income.amount, funds.outgo.amount, day.fees), (1780, 11, 11));

        spoil_at(&world, TRADE_BILL_V2, json!({ "do": "bill_wrong_amount", "row": 1 })).await;
        fetch(&world, &date).await;
        let day = read(&world, &till, &date).await;
        assert_eq!((day.state.as_str(), day.agreed.count), ("findings", 1), "{sign_type:?}");
        assert_eq!(kinds(&day), ["amount_differs", "funds_differ"]);

        spoil_at(&world, TRADE_BILL_V2, json!({ "do": "truncate" })).await;
        fetch(&world, &date).await;
        let cut = read(&world, &till, &date).await;
        assert_eq!((cut.bill, cut.findings), (day.bill, day.findings), "a bill cut off changes nothing");
        assert!(cut.trouble.is_some());
    }
}

#[tokio::test]
async fn over_v2_a_day_without_trades_has_no_bill_and_a_payment_only_the_bill_tells_of_is_proven() {
    let world = World::speaking(Speaks::V2Hmac).await;
    let till = world.till(DeviceRole::Manager).await;
    let date = today(&world);
    world.fault("notify", "notify_lost", 1000).await;
    world.fault("POST /pay/orderquery", "drop_reply", 1000).await;
    let order = world.ring_up(&till, 1280).await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.bill, day.open), (ReconciliationState::NoBill, None, 0));
    world.pay(&order).await;
    world.clear_faults().await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.agreed.count), (ReconciliationState::Agreed, 1), "{:?}", day.findings);
    assert_eq!(world.get(&till, &order.order_no).await.state.as_str(), "paid");
}

#[tokio::test]
async fn what_a_kill_left_unfinished_is_cleared_at_the_next_start() {
    let (mut world, _) = shop().await;
    world.stop().await;
    let folder = world.state_dir().join("bills");
    std::fs::write(folder.join("shop-1-wechatpay-2026-08-01.bill.part"), b"half").unwrap();
    std::fs::write(folder.join("shop-1-wechatpay-2026-07-31.bill"), b"whole").unwrap();
    world.start().await;
    assert_eq!(kept(&world), ["shop-1-wechatpay-2026-07-31.bill"]);
}

#[tokio::test]
async fn what_does_not_agree_is_found_kept_and_settled_by_a_manager_with_a_reason() {
    let (mut world, till) = shop().await;
    let date = today(&world);
    let lost = pay(&world, &till, 1280).await;
    pay(&world, &till, 500).await;
    spoil(&world, json!({ "do": "bill_row_lost", "row": 0 })).await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!(day.state, ReconciliationState::Findings);
    assert_eq!((day.agreed.count, day.findings_total, day.open), (1, 2, 2));
    let finding = of_kind(&day, &FindingKind::MissingInBill);
    assert_eq!(finding.order_no.as_ref(), Some(&lost.order_no));
    assert_eq!((finding.ours.as_ref().unwrap().amount, &finding.theirs), (Some(1280), &None));
    let asked = finding.asked.as_ref().unwrap();
    assert_eq!((asked.state.as_deref(), asked.amount), (Some("paid"), Some(1280)), "the channel was asked");
    assert_eq!((asked.transaction_id.is_some(), finding.asked_at.is_some()), (true, true));
    let moved = of_kind(&day, &FindingKind::FundsDiffer);
    let sums = (moved.ours.clone().unwrap().amount, moved.theirs.clone().unwrap().amount);
    assert_eq!(sums, (Some(500), Some(1780)), "and the account has the money");
    let counts: Vec<_> =
        day.kinds.iter().map(|count| (count.kind.as_str(), count.found, count.open)).collect();
    assert_eq!(counts, [("funds_differ", 1, 1), ("missing_in_bill", 1, 1)]);

    let place = format!("{}?limit=1", path::reconciliation(&date));
    let few: Reconciliation = till.call(&world, Method::GET, &place, json!(null)).await.json().await.unwrap();
    assert_eq!((few.findings.len(), few.more, few.open), (1, true, 2));

    let id = finding.id.to_string();
    let reason = json!({ "reason": "the bank sent a corrected bill" });
    let settled: Reconciliation =
        settle(&world, &till, &date, &id, reason.clone()).await.json().await.unwrap();
    let by = of_kind(&settled, &FindingKind::MissingInBill).settled.clone().unwrap();
    assert_eq!(
        (settled.open, by.by, by.reason.as_str()),
        (1, till.bundle.device.clone(), "the bank sent a corrected bill")
    );
    assert_eq!(settled.kinds.iter().map(|count| count.open).collect::<Vec<_>>(), [1, 0]);
    let again: Reconciliation = settle(&world, &till, &date, &id, reason).await.json().await.unwrap();
    assert_eq!(again.findings, settled.findings, "saying the same again changes nothing");
    let other = problem_of(settle(&world, &till, &date, &id, json!({ "reason": "else" })).await).await;
    assert_eq!((other.status, other.code), (409, ProblemCode::OtherBytes));
    for (id, body, status, field) in [
        ("nothing", json!({ "reason": "x" }), 404, None),
        ("NOT-AN-ID", json!({ "reason": "x" }), 400, Some("finding")),
        (id.as_str(), json!({ "reason": "" }), 400, Some("reason")),
        (id.as_str(), json!({}), 400, Some("reason")),
        (id.as_str(), json!({ "reason": "x", "amount": 1 }), 400, Some("amount")),
    ] {
        let problem = problem_of(settle(&world, &till, &date, id, body).await).await;
        assert_eq!((problem.status, problem.field.as_deref()), (status, field), "{problem:?}");
    }
    let audit: Value = till.call(&world, Method::GET, path::AUDIT, json!(null)).await.json().await.unwrap();
    let lines = audit["lines"].as_array().unwrap();
    assert!(
        lines.iter().any(|line| line["what"] == "finding_settled" && line["about"] == format!("{date}/{id}"))
    );

    world.stop().await;
    world.start().await;
    assert_eq!(read(&world, &till, &date).await.findings, settled.findings, "kept over a restart");
}

#[tokio::test]
async fn amounts_and_strangers_in_the_bill_are_told_apart() {
    let (world, till) = shop().await;
    let date = today(&world);
    pay(&world, &till, 1280).await;
    spoil(&world, json!({ "do": "bill_wrong_amount", "row": 0 })).await;
    spoil(&world, json!({ "do": "bill_stranger" })).await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!(kinds(&day), ["amount_differs", "funds_differ", "unknown_here"], "{day:?}");
    let wrong = of_kind(&day, &FindingKind::AmountDiffers);
    let amounts = [&wrong.ours, &wrong.theirs, &wrong.asked].map(|side| side.clone().unwrap().amount);
    assert_eq!(
        amounts,
        [Some(1280), Some(1281), Some(1280)],
        "the books, the bill, and the channel when asked"
    );
    assert_eq!(of_kind(&day, &FindingKind::UnknownHere).asked, None, "a number that was never made here");
    assert_eq!(day.agreed.count, 0);
}

#[tokio::test]
async fn a_bill_that_is_late_or_damaged_is_fetched_again() {
    let (world, till) = shop().await;
    let date = today(&world);
    pay(&world, &till, 1280).await;
    let creating = json!({ "code": "STATEMENT_CREATING", "message": "" });
    spoil(&world, json!({ "do": "status", "status": 400, "body": creating })).await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!(day.state, ReconciliationState::Waiting);
    assert!(day.trouble.unwrap().contains("still making"));
    assert_eq!(day.next_at, Some(world.clock.now().plus_ms(15 * 60_000)));

    spoil(&world, json!({ "do": "bill_wrong_hash" })).await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert!(day.trouble.unwrap().contains("hash"));
    assert_eq!((day.state, day.bill), (ReconciliationState::Waiting, None), "nothing is concluded from it");
    assert_eq!(kept(&world), both_files(&world, &date)[1..], "nothing of it is kept");

    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.agreed.count), (ReconciliationState::Agreed, 1));
    fetch(&world, &date).await;
    let again = read(&world, &till, &date).await;
    assert_eq!((again.findings, again.agreed), (day.findings, day.agreed), "the same bill twice");
}

#[tokio::test]
async fn a_day_without_trades_has_no_bill_and_agrees() {
    let (world, till) = shop().await;
    let date = today(&world);
    world.ring_up(&till, 1280).await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.bill, day.open), (ReconciliationState::NoBill, None, 0));
}

#[tokio::test]
async fn a_payment_that_only_the_bill_tells_of_is_proven_and_taken_into_the_books() {
    let (mut world, till) = shop().await;
    let date = today(&world);
    world.fault("notify", "notify_lost", 1000).await;
    let order = world.ring_up(&till, 1280).await;
    // Paid while the backend is down, and not yet due to be asked about when it is back.
    world.stop().await;
    world.pay(&order).await;
    world.start().await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.agreed.count), (ReconciliationState::Agreed, 1), "{:?}", day.findings);
    let paid = world.get(&till, &order.order_no).await;
    assert_eq!((paid.state.as_str(), paid.payments[0].amount), ("paid", 1280));
    let audit: Value = till.call(&world, Method::GET, path::AUDIT, json!(null)).await.json().await.unwrap();
    let lines = audit["lines"].as_array().unwrap();
    let is_said =
        |line: &Value| line["what"] == "proven_after_bill" && line["about"] == order.order_no.as_str();
    assert!(lines.iter().any(is_said), "the books never change silently: {audit}");
}

/// A part of an order's money goes back.
async fn give_back(world: &World, till: &Till, order: &Order, amount: i64) {
    let number = RefundNo::new(1_785_549_600_000, [9; 10]);
    let payment = &order.payments[0];
    let body = json!({
        "channel": payment.channel, "transaction_id": payment.transaction_id, "amount": amount, "currency": "CNY",
        "reason": "少糖",
    });
    order_of(till.call(world, Method::PUT, &path::refund(&order.order_no, &number), body).await, 201).await;
    for _ in 0..400 {
        if world.get(till, &order.order_no).await.refunds[0].state.as_str() == "done" {
            return;
        }
        world.advance_s(1).await;
    }
    panic!("the refund was never done");
}

/// A sale of 12.80 of which 2.80 went back: the second row of its bill.
async fn partly_given_back(world: &World) -> (Till, Order) {
    let till = world.till(DeviceRole::Manager).await;
    let order = pay(world, &till, 1280).await;
    world.advance_s(1).await;
    give_back(world, &till, &order, 280).await;
    (till, order)
}

#[tokio::test]
async fn refunds_agree_with_the_bill_and_one_that_was_changed_in_it_is_found() {
    for (world, call) in
        [(World::new().await, TRADE_BILL), (World::speaking(Speaks::V2Hmac).await, TRADE_BILL_V2)]
    {
        let date = today(&world);
        let (till, order) = partly_given_back(&world).await;
        fetch(&world, &date).await;
        let day = read(&world, &till, &date).await;
        assert_eq!(day.state, ReconciliationState::Agreed, "{call}: {day:?}");
        assert_eq!((day.agreed.count, day.agreed.amount), (1, 1280));
        assert_eq!((day.refunds_agreed.count, day.refunds_agreed.amount), (1, 280));
        assert_eq!(day.fees, 8 - 2, "the refund's share of the fee comes back");

        spoil_at(&world, call, json!({ "do": "bill_wrong_amount", "row": 1 })).await;
        fetch(&world, &date).await;
        let day = read(&world, &till, &date).await;
        assert_eq!(kinds(&day), ["funds_differ", "refund_differs"], "{call}: {day:?}");
        let found = of_kind(&day, &FindingKind::RefundDiffers);
        let amounts = [&found.ours, &found.theirs, &found.asked].map(|side| side.clone().unwrap().amount);
        assert_eq!(amounts, [Some(280), Some(281), Some(280)]);
        assert_eq!(found.asked.as_ref().unwrap().state.as_deref(), Some("done"));
        assert_eq!(found.order_no.as_ref(), Some(&order.order_no));
        assert_eq!((day.agreed.count, day.refunds_agreed.count), (1, 0));

        spoil_at(&world, call, json!({ "do": "bill_row_lost", "row": 1 })).await;
        fetch(&world, &date).await;
        let day = read(&world, &till, &date).await;
        let standing: Vec<_> = day.findings.iter().filter(|finding| !finding.gone).collect();
        assert_eq!((standing.len(), day.open), (2, 2), "{call}: what is found no more is gone: {day:?}");
        let missing = of_kind(&day, &FindingKind::MissingInBill);
        assert_eq!(missing.refund_no, order_of_refund(&world, &till, &order).await);
    }
}

#[tokio::test]
async fn a_refund_that_a_wrong_clock_dated_is_of_the_day_on_which_wechat_pay_says_that_money_went_back() {
    for (world, call) in
        [(World::new().await, TRADE_BILL), (World::speaking(Speaks::V2Hmac).await, TRADE_BILL_V2)]
    {
        let date = today(&world);
        let (till, _) = partly_given_back(&world).await;
        for days in [2, -4] {
            let ledger = rusqlite::Connection::open(world.state_dir().join("ledger.sqlite")).unwrap();
            assert_eq!(
                ledger.execute("UPDATE refunds SET sent_at = sent_at + ?1", [days * DAY_MS]).unwrap(),
                1
            );
            spoil_at(&world, call, json!({ "do": "bill_row_lost", "row": 1 })).await;
            fetch(&world, &date).await;
            let day = read(&world, &till, &date).await;
            assert_eq!(kinds(&day), ["funds_differ", "missing_in_bill"], "{call}: {day:?}");
            let missing = of_kind(&day, &FindingKind::MissingInBill);
            assert!(missing.out_refund_no.is_some(), "{missing:?}");
            fetch(&world, &date).await;
            let day = read(&world, &till, &date).await;
            assert_eq!(day.state, ReconciliationState::Agreed, "{call}, {days} days: {day:?}");
            assert_eq!((day.refunds_agreed.count, day.refunds_agreed.amount), (1, 280));
        }
    }
}

async fn order_of_refund(world: &World, till: &Till, order: &Order) -> Option<RefundNo> {
    world.get(till, &order.order_no).await.refunds.first().map(|refund| refund.refund_no.clone())
}

#[tokio::test]
async fn fees_are_held_against_the_rate_that_the_merchant_agreed_on() {
    let (mut world, till) = shop().await;
    let date = today(&world);
    pay(&world, &till, 10_000).await;
    for (rate, found) in [("0.60%", 0), ("0.38%", 1)] {
        world.stop().await;
        let file = world.state_dir().join("saoma.toml");
        let mut config: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        for merchant in config["merchants"].as_array_mut().unwrap() {
            merchant.as_table_mut().unwrap().insert("fee_rate".to_owned(), rate.into());
        }
        std::fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
        world.start().await;
        fetch(&world, &date).await;
        let day = read(&world, &till, &date).await;
        assert_eq!(day.findings_total, found, "{rate}: {day:?}");
    }
    let day = read(&world, &till, &date).await;
    let fees = [&day.findings[0].ours, &day.findings[0].theirs].map(|side| side.clone().unwrap().fee);
    assert_eq!((day.findings[0].kind.as_str(), fees[0].as_deref()), ("fee_differs", Some("0.38")));
    assert_eq!(fees[1].as_deref(), Some("0.60"));
}

#[tokio::test]
async fn of_many_findings_those_are_told_first_that_nobody_settled_and_all_are_counted() {
    let (world, till) = shop().await;
    let date = today(&world);
    for amount in [100, 200, 300] {
        pay(&world, &till, amount).await;
    }
    let none = json!({ "code": "NO_STATEMENT_EXIST", "message": "" });
    spoil(&world, json!({ "do": "status", "status": 400, "body": none })).await;
    fetch(&world, &date).await;
    let all = read(&world, &till, &date).await;
    assert_eq!((all.findings.len(), all.more, all.open), (4, false, 4), "{all:?}");
    assert_eq!(kinds(&all), ["funds_differ", "missing_in_bill", "missing_in_bill", "missing_in_bill"]);
    let missing = all.kinds.iter().find(|count| count.kind == FindingKind::MissingInBill).unwrap();
    assert_eq!((missing.found, missing.open), (3, 3));
    let first = all.findings[0].id.to_string();
    assert_eq!(settle(&world, &till, &date, &first, json!({ "reason": "known" })).await.status(), 200);
    let place = format!("{}?limit=2", path::reconciliation(&date));
    let few: Reconciliation = till.call(&world, Method::GET, &place, json!(null)).await.json().await.unwrap();
    assert_eq!((few.findings.as_slice(), few.more), (&all.findings[1..3], true));
    assert_eq!((few.open, few.findings_total), (3, 4));
}

/// Waits until a day's bills came by themselves and were held against the books.
async fn until_come(world: &World, date: &str) {
    let shop = world.backend().shop();
    let is_checked = async || {
        let (merchant, date) = (world.merchant.parse().unwrap(), date.to_owned());
        let bill = shop.ledger.read(move |rows| rows.bill(&merchant, &date, BillKind::Trade)).await.unwrap();
        bill.is_some_and(|bill| bill.checked.is_some())
    };
    let come = async {
        while !is_checked().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, come).await.unwrap();
}

#[tokio::test]
async fn the_bills_come_by_themselves_the_next_morning_at_ten() {
    let (world, till) = shop().await;
    let date = today(&world);
    let midnight = Time::day_start(&date, BEIJING).unwrap().plus_ms(DAY_MS);
    pay(&world, &till, 1280).await;
    let morning = midnight.plus_ms(10 * 3_600_000);
    world.advance_s(morning.ms_since(world.clock.now()) / 1000 - 60).await;
    let day = read(&world, &till, &date).await;
    assert_eq!(
        (day.state, day.next_at),
        (ReconciliationState::Waiting, Some(morning)),
        "not a minute before"
    );
    world.advance_s(180).await;
    until_come(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.agreed.count, day.open), (ReconciliationState::Agreed, 1, 0));
    let before = midnight.plus_ms(-2 * DAY_MS).date(BEIJING);
    let none = read(&world, &till, &before).await;
    assert_eq!(
        (none.state.as_str(), none.next_at, kept(&world).len()),
        ("no_bill", None, 2),
        "before the shop"
    );
}

#[tokio::test]
async fn only_who_may_sees_how_the_books_agree() {
    let (world, manager) = shop().await;
    let date = today(&world);
    let cashier = world.till(DeviceRole::Cashier).await;
    let place = path::reconciliation(&date);
    let refused = problem_of(cashier.call(&world, Method::GET, &place, json!(null)).await).await;
    assert_eq!((refused.status, refused.code), (403, ProblemCode::Forbidden));
    let refused = problem_of(settle(&world, &cashier, &date, "x", json!({ "reason": "x" })).await).await;
    assert_eq!(refused.code, ProblemCode::Forbidden);
    for wrong in ["0", "-1", "10001", "many"] {
        let place = format!("{}?limit={wrong}", path::reconciliation(&date));
        let refused = problem_of(manager.call(&world, Method::GET, &place, json!(null)).await).await;
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("limit")), "{wrong}");
    }
    for wrong in ["2026-02-30", "yesterday", "20260801"] {
        let place = path::reconciliation(wrong);
        let refused = problem_of(manager.call(&world, Method::GET, &place, json!(null)).await).await;
        assert_eq!((refused.status, refused.field.as_deref()), (400, Some("date")), "{wrong}");
    }
}
