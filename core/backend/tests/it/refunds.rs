//! Money back, through the double of WeChat Pay.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::statement::Checked;
use saoma_contract::{DeviceRole, LateMoney, Order, OrderNo, RefundNo, path};
use serde_json::{Value, json};

use crate::counter::Speaks;
use crate::world::{Call, Till, World, in_each_protocol, in_time, order_of, problem_of};

in_each_protocol! {
    a_part_goes_back_and_the_receipt_says_so
    two_parts_go_back_a_minute_apart_and_no_more_than_was_paid
    a_lost_answer_makes_one_refund
    a_lost_request_is_sent_again_and_a_restart_forgets_nothing
    a_closed_refund_leaves_the_money_and_an_abnormal_one_waits_for_a_person
    a_cashiers_refund_waits_for_a_manager_and_a_courier_has_none
    what_is_wrong_with_a_refund_is_named
    late_money_goes_back_by_itself_where_the_merchant_says_so
}

async fn shop(speaks: Speaks) -> (World, Till) {
    let world = World::speaking(speaks).await;
    let till = world.till(DeviceRole::Manager).await;
    (world, till)
}

async fn paid(world: &World, till: &Till) -> Order {
    let order = world.ring_up(till, 1280).await;
    world.pay(&order).await;
    world.until(till, &order.order_no, |order| order.state.as_str() == "paid").await
}

fn number(n: u8) -> RefundNo {
    RefundNo::new(1_785_549_600_000, [n; 10])
}

fn part(order: &Order, amount: i64) -> Value {
    let payment = order.payments.last().unwrap();
    json!({
        "channel": payment.channel, "transaction_id": payment.transaction_id, "amount": amount, "currency": "CNY",
        "reason": "少糖",
    })
}

async fn put(world: &World, till: &Till, order: &OrderNo, n: u8, body: Value) -> reqwest::Response {
    till.call(world, Method::PUT, &path::refund(order, &number(n)), body).await
}

fn states(order: &Order) -> Vec<&str> {
    order.refunds.iter().map(|refund| refund.state.as_str()).collect()
}

async fn a_part_goes_back_and_the_receipt_says_so(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = paid(&world, &till).await;
    let body = part(&order, 300);
    let asked = order_of(put(&world, &till, &order.order_no, 1, body.clone()).await, 201).await;
    assert!(matches!(states(&asked).as_slice(), ["queued" | "sending" | "processing"]));
    let sent = world.until(&till, &order.order_no, |order| states(order) == ["processing"]).await;
    assert!(till.statements(&sent).iter().all(|one| matches!(one, Checked::Paid(_))), "accepted is not done");
    order_of(put(&world, &till, &order.order_no, 1, body.clone()).await, 200).await;
    let mut other = body;
    other["amount"] = json!(301);
    let problem = problem_of(put(&world, &till, &order.order_no, 1, other).await).await;
    assert_eq!((problem.status, problem.code.as_str()), (409, "other_bytes"));

    let done = in_time(&world, &till, &order.order_no, |order| states(order) == ["done"]).await;
    let statements = till.statements(&done);
    let [Checked::Refunded(receipt)] = statements.as_slice() else { panic!("{statements:?}") };
    assert_eq!((receipt.statement().refunded, receipt.statement().refunds.len()), (300, 1));
    assert!(!receipt.is_money());
    assert_eq!(done.state.as_str(), "paid");
    assert!(done.refunds[0].channel_refund_no.is_some() && done.refunds[0].done_at.is_some());
    assert_eq!(world.held("refunds").await.as_array().unwrap().len(), 1);
    let day = world.clock.now().date(480);
    let day: Value =
        till.call(&world, Method::GET, &path::day(&day), json!(null)).await.json().await.unwrap();
    assert_eq!(day["paid"]["amount"], 1280, "a refund is not taken from what was paid: {day}");
}

async fn two_parts_go_back_a_minute_apart_and_no_more_than_was_paid(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = paid(&world, &till).await;
    order_of(put(&world, &till, &order.order_no, 1, part(&order, 1_000)).await, 201).await;
    let queued = order_of(put(&world, &till, &order.order_no, 2, part(&order, 280)).await, 201).await;
    assert_eq!(queued.refunds[1].state.as_str(), "queued");
    assert!(queued.refunds[1].sends_at.is_some_and(|at| at.ms_since(world.clock.now()) > 50_000));
    let problem = problem_of(put(&world, &till, &order.order_no, 3, part(&order, 1)).await).await;
    assert_eq!((problem.code.as_str(), problem.field.as_deref()), ("refund_over_rest", Some("amount")));
    assert!(problem.order.is_some());
    let done = in_time(&world, &till, &order.order_no, |order| states(order) == ["done", "done"]).await;
    let apart = done.refunds[1].done_at.unwrap().ms_since(done.refunds[0].done_at.unwrap());
    assert!(apart >= 55_000, "{apart}");
}

async fn a_lost_answer_makes_one_refund(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = paid(&world, &till).await;
    world.fault(world.at(Call::Refund), "drop_reply", 1).await;
    order_of(put(&world, &till, &order.order_no, 1, part(&order, 300)).await, 201).await;
    in_time(&world, &till, &order.order_no, |order| states(order) == ["done"]).await;
    assert_eq!(world.held("refunds").await.as_array().unwrap().len(), 1);
}

async fn a_lost_request_is_sent_again_and_a_restart_forgets_nothing(speaks: Speaks) {
    let (mut world, till) = shop(speaks).await;
    let order = paid(&world, &till).await;
    world.fault(world.at(Call::Refund), "drop_request", 1).await;
    order_of(put(&world, &till, &order.order_no, 1, part(&order, 300)).await, 201).await;
    world.until(&till, &order.order_no, |order| states(order) == ["sending"]).await;
    world.stop().await;
    world.start().await;
    in_time(&world, &till, &order.order_no, |order| states(order) == ["done"]).await;
    assert_eq!(world.held("refunds").await.as_array().unwrap().len(), 1);
}

async fn a_closed_refund_leaves_the_money_and_an_abnormal_one_waits_for_a_person(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    for (fault, state) in [("refund_closed", "closed"), ("refund_abnormal", "abnormal")] {
        let order = paid(&world, &till).await;
        world.fault(world.at(Call::Refund), fault, 1).await;
        let n = u8::try_from(fault.len()).unwrap();
        order_of(put(&world, &till, &order.order_no, n, part(&order, 1280)).await, 201).await;
        let ended = in_time(&world, &till, &order.order_no, |order| states(order) == [state]).await;
        assert!(till.statements(&ended).iter().all(|one| matches!(one, Checked::Paid(_))), "{state}");
        let again = put(&world, &till, &order.order_no, n + 100, part(&order, 1280)).await;
        assert_eq!(again.status(), if state == "closed" { 201 } else { 409 }, "{state}");
    }
}

async fn a_cashiers_refund_waits_for_a_manager_and_a_courier_has_none(speaks: Speaks) {
    let (world, manager) = shop(speaks).await;
    let cashier = world.till(DeviceRole::Cashier).await;
    let courier = world.till(DeviceRole::Courier).await;
    let order = paid(&world, &cashier).await;
    let refused = problem_of(put(&world, &courier, &order.order_no, 1, part(&order, 300)).await).await;
    assert_eq!(refused.code.as_str(), "forbidden");
    let waiting = order_of(put(&world, &cashier, &order.order_no, 1, part(&order, 300)).await, 201).await;
    assert_eq!(states(&waiting), ["requested"]);
    let decide = path::decide_refund(&order.order_no, &number(1));
    let yes = json!({ "approve": true });
    let refused = problem_of(cashier.call(&world, Method::POST, &decide, yes.clone()).await).await;
    assert_eq!(refused.code.as_str(), "forbidden");
    order_of(manager.call(&world, Method::POST, &decide, yes.clone()).await, 200).await;
    order_of(manager.call(&world, Method::POST, &decide, yes).await, 200).await;
    let no = problem_of(manager.call(&world, Method::POST, &decide, json!({ "approve": false })).await).await;
    assert_eq!(no.code.as_str(), "refund_decided");
    let done = in_time(&world, &manager, &order.order_no, |order| states(order) == ["done"]).await;
    assert_eq!(done.refunds[0].requested_by.as_ref(), Some(&cashier.bundle.device));
    assert_eq!(done.refunds[0].decided_by.as_ref(), Some(&manager.bundle.device));
    let lines: Value =
        manager.call(&world, Method::GET, "/v1/audit", json!(null)).await.json().await.unwrap();
    for what in ["refund_asked", "refund_allowed"] {
        assert!(lines.to_string().contains(what), "{what}: {lines}");
    }
}

async fn what_is_wrong_with_a_refund_is_named(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = paid(&world, &till).await;
    for (name, wrong, code) in [
        ("amount", json!(0), "bad_request"),
        ("amount", json!(-5), "bad_request"),
        ("amount", json!(1281), "refund_over_rest"),
        ("currency", json!("USD"), "refund_over_rest"),
        ("reason", json!(""), "bad_request"),
        ("transaction_id", json!("4299"), "payment_unknown"),
        ("note", json!("x"), "bad_request"),
    ] {
        let mut body = part(&order, 300);
        body[name] = wrong;
        let problem = problem_of(put(&world, &till, &order.order_no, 1, body).await).await;
        assert_eq!((problem.field.as_deref(), problem.code.as_str()), (Some(name), code));
    }
    let path = format!("/v1/orders/{}/refunds/1", order.order_no);
    let problem = problem_of(till.call(&world, Method::PUT, &path, part(&order, 1)).await).await;
    assert_eq!(problem.field.as_deref(), Some("refund_no"));
    let other = paid(&world, &till).await;
    order_of(put(&world, &till, &order.order_no, 1, part(&order, 1)).await, 201).await;
    let problem = problem_of(put(&world, &till, &other.order_no, 1, part(&other, 1)).await).await;
    assert_eq!(problem.code.as_str(), "other_bytes", "one number, one refund");
    assert_eq!(world.get(&till, &other.order_no).await.refunds.len(), 0);
}

async fn late_money_goes_back_by_itself_where_the_merchant_says_so(speaks: Speaks) {
    let (mut world, till) = shop(speaks).await;
    world.stop().await;
    let config = world.state_dir().join("saoma.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        text.replace("account = \"test\"", "account = \"test\"\nlate_money = \"refund\""),
    )
    .unwrap();
    world.start().await;
    let order = world.ring_up(&till, 1280).await;
    world.fault(world.at(Call::Close), "drop_request", 1).await;
    let cash = json!({ "attempt": 1, "taken_at": world.clock.now() });
    order_of(till.call(&world, Method::POST, &path::cash(&order.order_no), cash).await, 200).await;
    world.pay(&order).await;
    let back = in_time(&world, &till, &order.order_no, |order| states(order) == ["done"]).await;
    assert_eq!((back.refunds[0].amount, back.refunds[0].requested_by.is_none()), (1280, true));
    assert_eq!(back.payments[1].late_money.as_ref().map(LateMoney::as_str), Some("given_back"));
    let statements = till.statements(&back);
    assert!(matches!(statements.as_slice(), [Checked::Paid(_), Checked::Refunded(_)]), "{statements:?}");
}

#[tokio::test]
async fn an_abnormal_refund_is_paid_to_the_merchant_and_never_called_given_back() {
    let (world, manager) = shop(Speaks::V3).await;
    let cashier = world.till(DeviceRole::Cashier).await;
    let order = paid(&world, &manager).await;
    let to_merchant = path::refund_to_merchant(&order.order_no, &number(1));
    let unknown = problem_of(manager.call(&world, Method::POST, &to_merchant, json!({})).await).await;
    assert_eq!((unknown.status, unknown.field.as_deref()), (404, Some("refund_no")));
    world.fault(world.at(Call::Refund), "refund_abnormal", 1).await;
    order_of(put(&world, &manager, &order.order_no, 1, part(&order, 1280)).await, 201).await;
    let early = problem_of(manager.call(&world, Method::POST, &to_merchant, json!({})).await).await;
    assert_eq!((early.status, early.code.as_str()), (409, "refund_not_abnormal"));
    in_time(&world, &manager, &order.order_no, |order| states(order) == ["abnormal"]).await;
    let refused = problem_of(cashier.call(&world, Method::POST, &to_merchant, json!({})).await).await;
    assert_eq!(refused.code.as_str(), "forbidden");
    let strict = json!({ "account": "6222" });
    let wrong = problem_of(manager.call(&world, Method::POST, &to_merchant, strict).await).await;
    assert_eq!((wrong.status, wrong.field.as_deref()), (400, Some("account")));

    world.fault("*/apply-abnormal-refund", "drop_reply", 1).await;
    for _ in 0..2 {
        let asked = order_of(manager.call(&world, Method::POST, &to_merchant, json!({})).await, 200).await;
        assert!(asked.refunds[0].to_merchant_at.is_some());
    }
    let ended = in_time(&world, &manager, &order.order_no, |order| order.refunds[0].done_at.is_some()).await;
    assert_eq!(states(&ended), ["abnormal"], "the customer does not have it yet");
    let statements = manager.statements(&ended);
    assert!(matches!(statements.as_slice(), [Checked::Paid(_)]), "{statements:?}");
    assert_eq!(world.held("refunds").await.as_array().unwrap().len(), 1);
    let again = put(&world, &manager, &order.order_no, 2, part(&order, 1)).await;
    assert_eq!(problem_of(again).await.code.as_str(), "refund_over_rest");
    let day = path::day(&world.clock.now().date(480));
    let day: Value = manager.call(&world, Method::GET, &day, json!(null)).await.json().await.unwrap();
    assert_eq!(day["refunded"]["count"], 0, "{day}");
    let lines: Value =
        manager.call(&world, Method::GET, path::AUDIT, json!(null)).await.json().await.unwrap();
    assert_eq!(lines.to_string().matches("refund_to_merchant").count(), 1);
}

/// An order whose money came for an app that is no longer the merchant's own.
async fn mismatched(world: &mut World, till: &Till) -> Order {
    let order = world.ring_up(till, 1280).await;
    world.stop().await;
    let file = world.state_dir().join("saoma.toml");
    let mut config: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    for merchant in config["merchants"].as_array_mut().unwrap() {
        merchant["wechatpay"].as_table_mut().unwrap().insert("appid".to_owned(), "wx00000000000000ab".into());
    }
    std::fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
    world.start().await;
    world.pay(&order).await;
    in_time(world, till, &order.order_no, |order| order.mismatch).await
}

#[tokio::test]
async fn money_that_does_not_match_is_given_back_in_parts_and_no_more_than_came() {
    let (mut world, till) = shop(Speaks::V3).await;
    let frozen = mismatched(&mut world, &till).await;
    let money = &frozen.mismatches[0];
    assert_eq!((money.amount, frozen.payments.len()), (1280, 0));
    let part = |amount: i64| {
        json!({
            "channel": money.channel, "transaction_id": money.transaction_id, "amount": amount, "currency": "CNY",
            "reason": "不是我们的",
        })
    };
    let over = problem_of(put(&world, &till, &frozen.order_no, 1, part(1281)).await).await;
    assert_eq!(over.code.as_str(), "refund_over_rest");
    order_of(put(&world, &till, &frozen.order_no, 2, part(1000)).await, 201).await;
    order_of(put(&world, &till, &frozen.order_no, 3, part(280)).await, 201).await;
    let over = problem_of(put(&world, &till, &frozen.order_no, 4, part(1)).await).await;
    assert_eq!(over.code.as_str(), "refund_over_rest");
    let done = in_time(&world, &till, &frozen.order_no, |order| states(order) == ["done", "done"]).await;
    assert!(done.mismatch && done.payments.is_empty(), "it pays nothing");
    let refunds = world.held("refunds").await;
    let sum: i64 =
        refunds.as_array().unwrap().iter().map(|one| one["amount"]["refund"].as_i64().unwrap()).sum();
    assert_eq!(sum, 1280, "{refunds}");
}

#[tokio::test]
async fn over_v2_there_is_no_call_for_an_abnormal_refund_and_that_is_said() {
    let (world, till) = shop(Speaks::V2Hmac).await;
    let order = paid(&world, &till).await;
    world.fault(world.at(Call::Refund), "refund_abnormal", 1).await;
    order_of(put(&world, &till, &order.order_no, 1, part(&order, 1280)).await, 201).await;
    in_time(&world, &till, &order.order_no, |order| states(order) == ["abnormal"]).await;
    let to_merchant = path::refund_to_merchant(&order.order_no, &number(1));
    let refused = problem_of(till.call(&world, Method::POST, &to_merchant, json!({})).await).await;
    assert_eq!((refused.status, refused.code.as_str()), (409, "method_unavailable"));
    assert!(world.get(&till, &order.order_no).await.refunds[0].to_merchant_at.is_none());
}
