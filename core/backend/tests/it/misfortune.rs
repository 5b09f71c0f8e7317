//! What goes wrong on the way, and what must still come out.

use std::path::PathBuf;

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::statement::Checked;
use saoma_contract::{CashTaken, CreateOrder, DeviceRole, Order, OrderNo, path};
use serde_json::json;

use crate::counter::Speaks;
use crate::world::{Call, Till, World, code_text, in_each_protocol, in_time, load, order_of, problem_of};

in_each_protocol! {
    a_lost_answer_of_the_order_call_makes_one_order_and_gives_its_code
    a_payment_without_any_notification_is_found_by_asking
    a_forged_notification_changes_nothing_and_the_true_one_pays_once
    a_notification_told_twice_pays_once
    money_of_another_amount_freezes_the_order_and_never_pays_it
    an_answer_with_a_wrong_signature_is_not_believed
    a_cancelled_order_is_closed_only_after_wechat_pay_says_so
    money_that_comes_while_closing_is_late_and_has_a_receipt
    a_code_that_nobody_pays_is_closed_with_proof_after_its_end
    a_refresh_opens_the_second_attempt_after_the_first_is_proven_closed
    a_backend_that_starts_again_goes_on_where_it_was
    a_ledger_from_an_old_backup_is_told_of_a_paid_order_and_proves_it_again
    a_lost_ledger_learns_of_refunds_from_a_receipt_proves_them_again_and_sends_none
    a_lost_cash_sale_is_in_the_books_again_and_its_code_ends_though_wechat_pay_never_had_it
}

async fn shop(speaks: Speaks) -> (World, Till) {
    let world = World::speaking(speaks).await;
    let till = world.till(DeviceRole::Manager).await;
    (world, till)
}

fn is(state: &'static str) -> impl Fn(&Order) -> bool {
    move |order| order.state.as_str() == state
}

/// The attempts that WeChat Pay holds of an order, with their states.
async fn at_wechat_pay(world: &World, order_no: &OrderNo) -> Vec<(String, String)> {
    let held = world.held("orders").await;
    let text = |order: &serde_json::Value, name: &str| order[name].as_str().unwrap().to_owned();
    let orders = held.as_array().unwrap().iter();
    orders
        .map(|order| (text(order, "out_trade_no"), text(order, "trade_state")))
        .filter(|(out_trade_no, _)| out_trade_no.starts_with(order_no.as_str()))
        .collect()
}

async fn a_lost_answer_of_the_order_call_makes_one_order_and_gives_its_code(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    world.fault(world.at(Call::Native), "drop_reply", 1).await;
    let signed = till.sign(till.body(1280, world.clock.now()));
    let order_no = signed.body().order_no.clone();
    let putting = world.put(&till, signed.jws(), &order_no);
    let passing = async {
        // The backend waits a second before it repeats the call.
        while world.held("faults").await["faults"].as_array().is_some_and(|left| !left.is_empty()) {}
        for _ in 0..4 {
            world.advance_s(1).await;
        }
    };
    let (answer, ()) = tokio::join!(putting, passing);
    order_of(answer, 201).await;
    let order = in_time(&world, &till, &order_no, is("awaiting")).await;
    assert!(code_text(&order).starts_with("weixin://"));
    assert_eq!(at_wechat_pay(&world, &order_no).await.len(), 1);
}

async fn a_payment_without_any_notification_is_found_by_asking(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    world.fault("notify", "notify_lost", 100).await;
    let order = world.ring_up(&till, 1280).await;
    world.pay(&order).await;
    let paid = in_time(&world, &till, &order.order_no, is("paid")).await;
    assert!(paid.payments[0].amount == 1280 && !paid.payments[0].late);
}

async fn a_forged_notification_changes_nothing_and_the_true_one_pays_once(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    world.fault("notify", "notify_forged", 1).await;
    let order = world.ring_up(&till, 1280).await;
    world.pay(&order).await;
    let paid = in_time(&world, &till, &order.order_no, is("paid")).await;
    assert_eq!(paid.payments.len(), 1);
}

async fn a_notification_told_twice_pays_once(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    world.fault("notify", "notify_twice", 1).await;
    let order = world.ring_up(&till, 1280).await;
    world.pay(&order).await;
    let paid = world.until(&till, &order.order_no, is("paid")).await;
    let notification = world.held("notifications").await[0]["id"].clone();
    world.play("notifications/redeliver", json!({ "id": notification })).await;
    let again = world.get(&till, &order.order_no).await;
    assert_eq!((again.payments.len(), again.version), (1, paid.version));
}

async fn money_of_another_amount_freezes_the_order_and_never_pays_it(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    world.fault("notify", "notify_wrong_amount", 1).await;
    let order = world.ring_up(&till, 1280).await;
    world.pay(&order).await;
    let frozen = world.until(&till, &order.order_no, |order| order.mismatch).await;
    assert_ne!(frozen.state.as_str(), "paid");
    assert!(till.statements(&frozen).iter().all(|statement| !matches!(statement, Checked::Paid(_))));
    assert_eq!(world.notified().await, "accepted", "it must not be told for a whole day");
}

async fn an_answer_with_a_wrong_signature_is_not_believed(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    world.fault("notify", "notify_lost", 100).await;
    world.fault(world.at(Call::Query), "bad_signature", 1).await;
    world.pay(&order).await;
    let paid = in_time(&world, &till, &order.order_no, is("paid")).await;
    assert_eq!(paid.payments.len(), 1, "found by a later question, whose answer was signed");
}

async fn a_cancelled_order_is_closed_only_after_wechat_pay_says_so(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    world.fault(world.at(Call::Close), "system_error", 1).await;
    let order = world.ring_up(&till, 1280).await;
    let closing = world.close(&till, &order).await;
    assert_eq!(closing.state.as_str(), "closing");
    assert!(till.statements(&closing).is_empty(), "nothing is proven yet");
    let closed = in_time(&world, &till, &order.order_no, is("closed")).await;
    assert!(matches!(till.statements(&closed).as_slice(), [Checked::Closed(_)]));
    assert_eq!(at_wechat_pay(&world, &order.order_no).await[0].1, "CLOSED");
}

async fn money_that_comes_while_closing_is_late_and_has_a_receipt(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    world.play("pay", json!({ "code_url": code_text(&order), "outcome": "password_pending" })).await;
    world.close(&till, &order).await;
    world.pay(&order).await;
    let paid = in_time(&world, &till, &order.order_no, is("paid")).await;
    assert!(paid.payments[0].late);
    let statements = till.statements(&paid);
    assert!(matches!(statements.as_slice(), [Checked::Paid(receipt)] if receipt.statement().payment.late));
}

async fn a_code_that_nobody_pays_is_closed_with_proof_after_its_end(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    let closed = in_time(&world, &till, &order.order_no, is("closed")).await;
    assert!(matches!(till.statements(&closed).as_slice(), [Checked::Closed(_)]));
    assert_eq!(at_wechat_pay(&world, &order.order_no).await[0].1, "CLOSED");
}

async fn a_refresh_opens_the_second_attempt_after_the_first_is_proven_closed(speaks: Speaks) {
    let (world, till) = shop(speaks).await;
    let order = world.ring_up(&till, 1280).await;
    let refresh = async || {
        let answer =
            till.call(&world, Method::POST, &path::refresh(&order.order_no), json!({ "attempt": 1 })).await;
        order_of(answer, 200).await
    };
    refresh().await;
    let second = in_time(&world, &till, &order.order_no, |order| {
        order.attempts.len() == 2 && order.state.as_str() == "awaiting"
    })
    .await;
    assert_eq!(second.attempts[0].state.as_str(), "closed");
    assert_ne!(code_text(&order), code_text(&second));
    assert_eq!(refresh().await.attempts.len(), 2, "the same refresh again changes nothing");
    let states: Vec<_> =
        at_wechat_pay(&world, &order.order_no).await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["CLOSED", "NOTPAY"]);
}

async fn a_backend_that_starts_again_goes_on_where_it_was(speaks: Speaks) {
    let (mut world, till) = shop(speaks).await;
    let (open, closing) = (world.ring_up(&till, 1280).await, world.ring_up(&till, 50).await);
    world.fault(world.at(Call::Close), "drop_request", 100).await;
    world.close(&till, &closing).await;
    world.stop().await;
    world.clear_faults().await;
    world.fault("notify", "notify_lost", 100).await;
    world.pay(&open).await;
    world.start().await;
    let paid = in_time(&world, &till, &open.order_no, is("paid")).await;
    assert!(matches!(till.statements(&paid).as_slice(), [Checked::Paid(_)]), "by the same keys as before");
    in_time(&world, &till, &closing.order_no, is("closed")).await;
}

/// The ledger of a backend that is stopped.
fn backup(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    std::fs::read_dir(world.state_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("ledger.sqlite"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

/// The backend goes on a minute later with the ledger of then.
async fn falls_back(world: &mut World, backup: Vec<(PathBuf, Vec<u8>)>) {
    world.stop().await;
    for (path, bytes) in backup {
        std::fs::write(path, bytes).unwrap();
    }
    world.clock.advance_s(60);
    world.start().await;
}

async fn a_ledger_from_an_old_backup_is_told_of_a_paid_order_and_proves_it_again(speaks: Speaks) {
    let (mut world, till) = shop(speaks).await;
    world.stop().await;
    let backup = backup(&world);
    world.start().await;
    let signed = till.sign(till.body(1280, world.clock.now()));
    let order = order_of(world.put(&till, signed.jws(), &signed.body().order_no).await, 201).await;
    world.pay(&order).await;
    let paid = world.until(&till, &order.order_no, is("paid")).await;
    falls_back(&mut world, backup).await;
    let missing = till.call(&world, Method::GET, &path::order(&order.order_no), json!(null)).await;
    assert_eq!(problem_of(missing).await.status, 404);
    let offered =
        CreateOrder { order: signed.jws().clone(), statements: paid.statements.clone(), cash: None };
    let offered = serde_json::to_value(offered).unwrap();
    till.call(&world, Method::PUT, &path::order(&order.order_no), offered).await;
    let again = in_time(&world, &till, &order.order_no, is("paid")).await;
    assert!(again.version.epoch > paid.version.epoch, "a restored ledger has a new life");
    assert_eq!(again.payments[0].transaction_id, paid.payments[0].transaction_id);
}

async fn a_lost_ledger_learns_of_refunds_from_a_receipt_proves_them_again_and_sends_none(speaks: Speaks) {
    let (mut world, till) = shop(speaks).await;
    let signed = till.sign(till.body(1280, world.clock.now()));
    let order = order_of(world.put(&till, signed.jws(), &signed.body().order_no).await, 201).await;
    world.stop().await;
    let backup = backup(&world);
    world.start().await;
    world.pay(&order).await;
    let paid = in_time(&world, &till, &order.order_no, is("paid")).await;
    let refund_no = saoma_contract::RefundNo::new(1_785_549_600_000, [1; 10]);
    let body = json!({
        "channel": "wechatpay", "transaction_id": paid.payments[0].transaction_id, "amount": 300, "currency": "CNY",
        "reason": "少糖",
    });
    let asked = till.call(&world, Method::PUT, &path::refund(&order.order_no, &refund_no), body).await;
    assert_eq!(asked.status(), 201);
    let is_done = |order: &Order| order.refunds.first().is_some_and(|refund| refund.state.as_str() == "done");
    let done = in_time(&world, &till, &order.order_no, is_done).await;

    falls_back(&mut world, backup).await;
    world.fault(world.at(Call::RefundQuery), "drop_reply", 2).await;
    let offered =
        CreateOrder { order: signed.jws().clone(), statements: done.statements.clone(), cash: None };
    let offered = serde_json::to_value(offered).unwrap();
    till.call(&world, Method::PUT, &path::order(&order.order_no), offered).await;
    let again =
        in_time(&world, &till, &order.order_no, |order| is_done(order) && !order.payments.is_empty()).await;
    assert_eq!((again.refunds[0].amount, &again.refunds[0].refund_no), (300, &refund_no));
    assert_eq!(again.refunds[0].done_at, done.refunds[0].done_at, "by the channel's time, as before");
    assert!(matches!(till.statements(&again).as_slice(), [Checked::Refunded(_)]));
    assert_eq!(world.held("refunds").await.as_array().unwrap().len(), 1);
}

async fn a_lost_cash_sale_is_in_the_books_again_and_its_code_ends_though_wechat_pay_never_had_it(
    speaks: Speaks,
) {
    let (mut world, till) = shop(speaks).await;
    world.stop().await;
    let backup = backup(&world);
    world.start().await;
    let signed = till.sign(till.body(1280, world.clock.now()));
    let order_no = signed.body().order_no.clone();
    let cash = Some(CashTaken { taken_at: world.clock.now() });
    let brings = |statements| {
        let (order, cash) = (signed.jws().clone(), cash.clone());
        serde_json::to_value(CreateOrder { order, statements, cash }).unwrap()
    };
    let put = till.call(&world, Method::PUT, &path::order(&order_no), brings(vec![])).await;
    let taken = order_of(put, 201).await;
    falls_back(&mut world, backup).await;
    till.call(&world, Method::PUT, &path::order(&order_no), brings(taken.statements.clone())).await;
    let is_over = |order: &Order| {
        is("cash")(order) && order.attempts.iter().all(|attempt| attempt.state.as_str() == "closed")
    };
    let again = in_time(&world, &till, &order_no, is_over).await;
    assert_eq!((again.payments.len(), again.payments[0].amount), (1, 1280));
    assert!(world.held("orders").await.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_revoked_device_is_refused_at_once() {
    let (world, till) = shop(Speaks::V3).await;
    let order = world.ring_up(&till, 1280).await;
    assert!(world.backend().revoke_device(&till.bundle.device).await.unwrap());
    let refused = till.call(&world, Method::GET, &path::order(&order.order_no), json!(null)).await;
    assert_eq!(problem_of(refused).await.code.as_str(), "device_revoked");
}

#[tokio::test]
async fn a_wrong_clock_is_told_the_right_time() {
    let (world, till) = shop(Speaks::V3).await;
    let request = world.request(&till.key, till.bundle.device.as_str(), Method::GET, path::KEYS, vec![]);
    world.clock.advance_s(3600);
    let now = world.clock.now();
    let problem = problem_of(world.send(request).await).await;
    assert_eq!((problem.code.as_str(), problem.server_time), ("clock_skew", Some(now)));
}

#[tokio::test]
async fn a_merchant_is_test_or_live_for_ever() {
    let (mut world, _) = shop(Speaks::V3).await;
    world.stop().await;
    let mut config = load(&world.state_dir());
    config.merchants.iter_mut().for_each(|merchant| merchant.merchant.live = true);
    let refused = saoma_backend::Backend::start(config, saoma_backend::Deps::real().unwrap()).await;
    let said = refused.err().unwrap().to_string();
    assert!(said.contains("merchants") && said.contains("for ever"), "{said}");
}
