//! The bank's bill: fetched, kept, held against the books, and explained by a manager.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::{
    DeviceRole, FindingKind, Order, ProblemCode, Reconciliation, ReconciliationState, Time, path,
};
use serde_json::{Value, json};

use crate::world::{Till, World, problem_of};

const TRADE_BILL: &str = "/v3/bill/tradebill";
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

/// The day's bill is made at once, and asked for. (Requests are signed in real time, so the next morning cannot be waited
/// for here.)
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
    let mut whole = json!({ "on": TRADE_BILL, "times": 1 });
    whole.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
    world.play("faults", json!([whole])).await;
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
    let bill = day.bill.unwrap();
    assert_eq!((bill.rows, bill.faults.len(), bill.sha1.len()), (2, 0, 40));
    let kept: Vec<_> = std::fs::read_dir(world.state_dir().join("bills")).unwrap().collect();
    assert_eq!(kept.len(), 1, "the file is kept as it came, and nothing beside it");
    let bytes = std::fs::read(kept[0].as_ref().unwrap().path()).unwrap();
    assert_eq!(bytes[..2], [0x1f, 0x8b]);
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
    assert_eq!((day.agreed.count, day.findings_total, day.open), (1, 1, 1));
    let finding = &day.findings[0];
    assert_eq!(finding.kind, FindingKind::MissingInBill);
    assert_eq!(finding.order_no.as_ref(), Some(&lost.order_no));
    assert_eq!((finding.ours.as_ref().unwrap().amount, &finding.theirs), (Some(1280), &None));

    let place = format!("{}?limit=1", path::reconciliation(&date));
    let few: Reconciliation = till.call(&world, Method::GET, &place, json!(null)).await.json().await.unwrap();
    assert_eq!(few.findings, day.findings);

    let id = finding.id.to_string();
    let reason = json!({ "reason": "the bank sent a corrected bill" });
    let settled: Reconciliation =
        settle(&world, &till, &date, &id, reason.clone()).await.json().await.unwrap();
    let by = settled.findings[0].settled.clone().unwrap();
    assert_eq!(
        (settled.open, by.by, by.reason.as_str()),
        (0, till.bundle.device.clone(), "the bank sent a corrected bill")
    );
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
    let mut kinds: Vec<_> = day.findings.iter().map(|finding| finding.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["amount_differs", "unknown_here"], "{day:?}");
    let wrong = day.findings.iter().find(|finding| finding.kind == FindingKind::AmountDiffers).unwrap();
    let amounts = (wrong.ours.clone().unwrap().amount, wrong.theirs.clone().unwrap().amount);
    assert_eq!(amounts, (Some(1280), Some(1281)));
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
    assert_eq!(
        std::fs::read_dir(world.state_dir().join("bills")).unwrap().count(),
        1,
        "the part, never a bill"
    );

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
    let (world, till) = shop().await;
    let date = today(&world);
    world.fault("notify", "notify_lost", 1000).await;
    world.fault("GET /v3/pay/transactions/out-trade-no/*", "drop_reply", 1000).await;
    let order = world.ring_up(&till, 1280).await;
    world.pay(&order).await;
    world.clear_faults().await;
    fetch(&world, &date).await;
    let day = read(&world, &till, &date).await;
    assert_eq!((day.state, day.agreed.count), (ReconciliationState::Agreed, 1), "{:?}", day.findings);
    let paid = world.get(&till, &order.order_no).await;
    assert_eq!((paid.state.as_str(), paid.payments[0].amount), ("paid", 1280));
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
