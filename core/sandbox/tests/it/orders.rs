//! The rules of an order, seen through the calls and the customer.

use serde_json::json;

use super::play::Stage;

#[tokio::test]
async fn asking_again_gives_a_fresh_code_and_the_former_stops_working() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let order = merchant.order("ORDERS-01");
    let first = merchant.code_of(&stage, &order).await;
    let second = merchant.code_of(&stage, &order).await;
    assert_ne!(first, second);
    let by_first = stage.pay(&first).await;
    assert_eq!(
        (&by_first["trade_state"], &by_first["customer"]["saw"]),
        (&json!("NOTPAY"), &json!("code_dead"))
    );
    assert_eq!(stage.pay(&second).await["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn the_same_number_with_other_terms_is_refused() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let order = merchant.order("ORDERS-01");
    merchant.code_of(&stage, &order).await;
    for (name, value) in [
        ("amount", json!({ "total": 1281 })),
        ("description", json!("美式")),
        ("notify_url", json!("http://127.0.0.1:9/other")),
        ("attach", json!("till-08")),
        ("goods_tag", json!("WXG")),
        ("time_expire", json!("2099-01-01T00:00:00+08:00")),
    ] {
        let mut other = order.clone();
        other[name] = value;
        let refused = merchant.place(&stage, &other).await.refusal();
        assert_eq!(refused, (400, "INVALID_REQUEST".into(), "268498688".into()), "{name}");
    }
    let mut same = order.clone();
    same["amount"]["currency"] = json!("CNY");
    assert_eq!(merchant.place(&stage, &same).await.status, 200, "CNY is the default");
}

#[tokio::test]
async fn a_used_number_is_refused_by_what_became_of_it() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let paid = merchant.order("ORDERS-PAID");
    stage.pay(&merchant.code_of(&stage, &paid).await).await;
    let closed = merchant.order("ORDERS-CLOSED");
    merchant.code_of(&stage, &closed).await;
    merchant.close(&stage, "ORDERS-CLOSED").await;
    let mut expired = merchant.order("ORDERS-EXPIRED");
    expired["time_expire"] = json!("2020-01-01T00:00:00+08:00");
    merchant.code_of(&stage, &expired).await;
    stage.advance(60).await;

    let mut other_terms = paid.clone();
    other_terms["amount"]["total"] = json!(1);
    for (order, code, tail) in [
        (&paid, "ORDER_PAID", "268449538"),
        (&other_terms, "ORDER_PAID", "268449538"),
        (&closed, "ORDER_CLOSED", "268447914"),
        (&expired, "INVALID_REQUEST", "268447914"),
    ] {
        let reply = merchant.place(&stage, order).await;
        assert_eq!(reply.refusal(), (400, code.into(), tail.into()), "{order}");
    }
    assert_eq!(merchant.place(&stage, &expired).await.json()["message"], "201 商户订单号重复");
}

#[tokio::test]
async fn after_the_deadline_nobody_can_pay_and_the_order_reads_notpay_until_it_is_closed() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let mut order = merchant.order("ORDERS-01");
    order["time_expire"] = json!("2020-01-01T00:00:00+08:00");
    let code = merchant.code_of(&stage, &order).await;
    stage.advance(61).await;
    let late = stage.pay(&code).await;
    assert_eq!((&late["trade_state"], &late["customer"]["saw"]), (&json!("NOTPAY"), &json!("expired")));
    assert_eq!(merchant.trade_state(&stage, "ORDERS-01").await, "NOTPAY");
    assert_eq!(merchant.close(&stage, "ORDERS-01").await.status, 204);
    assert_eq!(merchant.trade_state(&stage, "ORDERS-01").await, "CLOSED");
}

#[tokio::test]
async fn a_code_dies_after_two_hours_and_a_fresh_one_works() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let order = merchant.order("ORDERS-01");
    let code = merchant.code_of(&stage, &order).await;
    stage.advance(2 * 3600).await;
    assert_eq!(stage.pay(&code).await["customer"]["saw"], "code_dead");
    let fresh = merchant.code_of(&stage, &order).await;
    assert_eq!(stage.pay(&fresh).await["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn wechat_pay_closes_by_itself_after_seven_days() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.code_of(&stage, &merchant.order("ORDERS-01")).await;
    stage.advance(7 * 24 * 3600 - 1).await;
    assert_eq!(merchant.trade_state(&stage, "ORDERS-01").await, "NOTPAY");
    stage.advance(1).await;
    assert_eq!(merchant.trade_state(&stage, "ORDERS-01").await, "CLOSED");
    assert_eq!(merchant.close(&stage, "ORDERS-01").await.status, 204);
}

#[tokio::test]
async fn a_failed_try_leaves_the_order_unpaid_and_payable() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for (index, (outcome, saw)) in
        [("not_enough", "not_enough"), ("cancel", "cancelled"), ("bank_error", "bank_error")]
            .into_iter()
            .enumerate()
    {
        let number = format!("ORDERS-{index}");
        let code = merchant.code_of(&stage, &merchant.order(&number)).await;
        let tried = stage.pay_with(json!({ "code_url": code, "outcome": outcome })).await;
        assert_eq!((&tried["trade_state"], &tried["customer"]["saw"]), (&json!("NOTPAY"), &json!(saw)));
        assert_eq!(merchant.trade_state(&stage, &number).await, "NOTPAY");
        assert_eq!(stage.pay(&code).await["trade_state"], "SUCCESS");
    }
    let notified = stage.get("/_sandbox/notifications").await;
    assert_eq!(notified.as_array().unwrap().len(), 3, "only payments are notified");
}

#[tokio::test]
async fn while_the_customer_is_at_the_password_page_close_says_so_with_a_signed_202() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let code = merchant.code_of(&stage, &merchant.order("ORDERS-01")).await;
    let pending = stage.pay_with(json!({ "code_url": code, "outcome": "password_pending" })).await;
    assert_eq!(pending["trade_state"], "NOTPAY");
    let refused = merchant.close(&stage, "ORDERS-01").await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (202, Some("USER_PAYING")));
    assert_eq!(merchant.trade_state(&stage, "ORDERS-01").await, "NOTPAY");
    assert_eq!(stage.pay(&code).await["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn a_code_belongs_to_the_account_that_scanned_it_first() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let code = merchant.code_of(&stage, &merchant.order("ORDERS-01")).await;
    stage.pay_with(json!({ "code_url": code, "payer": "oAnna", "outcome": "cancel" })).await;
    let bert = stage.pay_with(json!({ "code_url": code, "payer": "oBert" })).await;
    assert_eq!(bert["customer"]["message"], "商家订单信息有误，请重新下单支付");
    assert_eq!(bert["trade_state"], "NOTPAY");
    let anna = stage.pay_with(json!({ "code_url": code, "payer": "oAnna" })).await;
    assert_eq!((&anna["trade_state"], &anna["payer"]["openid"]), (&json!("SUCCESS"), &json!("oAnna")));

    let code = merchant.code_of(&stage, &merchant.order("ORDERS-02")).await;
    let slow = stage.pay_with(json!({ "code_url": code, "outcome": "other_scanned_first" })).await;
    assert_eq!(slow["customer"]["saw"], "scanned_by_another");
    assert_eq!(stage.pay(&code).await["customer"]["saw"], "scanned_by_another");
}

#[tokio::test]
async fn an_order_is_also_paid_by_its_number_and_never_twice() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.code_of(&stage, &merchant.order("ORDERS-01")).await;
    let by_number = json!({ "mchid": merchant.mchid, "out_trade_no": "ORDERS-01" });
    let paid = stage.pay_with(by_number.clone()).await;
    let again = stage.pay_with(by_number).await;
    assert_eq!(
        (&again["customer"]["saw"], &again["transaction_id"]),
        (&json!("already_paid"), &paid["transaction_id"])
    );
    assert_eq!(stage.get("/_sandbox/notifications").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn many_who_pay_at_once_pay_once() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let code = merchant.code_of(&stage, &merchant.order("ORDERS-01")).await;
    let seen = futures_util::future::join_all((0..20).map(|_| stage.pay(&code))).await;
    assert_eq!(seen.iter().filter(|one| one["customer"]["saw"] == "paid").count(), 1);
    assert_eq!(seen.iter().filter(|one| one["customer"]["saw"] == "already_paid").count(), 19);
    assert_eq!(stage.get("/_sandbox/notifications").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn close_and_payment_at_once_have_one_winner() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for index in 0..10 {
        let number = format!("ORDERS-{index:02}");
        let code = merchant.code_of(&stage, &merchant.order(&number)).await;
        let (closed, paid) = tokio::join!(merchant.close(&stage, &number), stage.pay(&code));
        let state = merchant.trade_state(&stage, &number).await;
        match closed.status {
            204 => assert_eq!((state.as_str(), &paid["customer"]["saw"]), ("CLOSED", &json!("closed"))),
            400 => assert_eq!((state.as_str(), &paid["customer"]["saw"]), ("SUCCESS", &json!("paid"))),
            other => panic!("{other}: {closed:?}"),
        }
    }
}
