//! What every channel promises, over the double of WeChat Pay: alike over v3 and over v2 with either signature, for a direct
//! merchant and for a service provider's sub-merchant.

use bytes::Bytes;
use http::HeaderMap;
use saoma_backend::channel::{CloseAnswer, Notified, OpenAnswer};
use saoma_backend::orders::{
    Answer, By, ChargeAnswer, Money, RefundAnswer, RefundFact, RefundPhase, RefundRecord, ReverseAnswer,
    Standing,
};
use saoma_contract::{Currency, NewRefund, OrderBody, RefundNo};
use serde_json::json;

use crate::counter::{Counter, counters, next_ms, number, order};

async fn charged(counter: &Counter, order: &OrderBody, wallet: serde_json::Value) -> ChargeAnswer {
    let code = counter.wallet_code(wallet).await;
    counter.channel.charge(order, &number(order), code).await
}

/// An order that was paid by its code, and the money.
async fn paid(counter: &Counter) -> (OrderBody, Money) {
    let order = order(1280);
    let code = counter.opened(&order).await;
    counter.pay(json!({ "code_url": code })).await;
    match counter.query(&order).await {
        Answer::Paid(money) => (order, money),
        other => panic!("not paid: {other:?}"),
    }
}

fn refund_record(money: &Money, amount: i64) -> RefundRecord {
    let asked = NewRefund {
        channel: money.channel.to_owned(),
        transaction_id: money.transaction_id.clone(),
        amount,
        currency: Currency::CNY,
        reason: "少糖".parse().unwrap(),
    };
    let refund_no = RefundNo::new(next_ms(), [7; 10]);
    let requested = RefundRecord::requested(refund_no, asked, money.paid_at, By::default());
    RefundRecord { phase: RefundPhase::Queued, ..requested }
}

async fn refunded(counter: &Counter, refund: &RefundRecord) -> RefundAnswer {
    let request = counter.channel.refund_request(refund, 1280).unwrap();
    counter.channel.refund(&refund.refund_no, request).await
}

fn fact(answer: RefundAnswer) -> RefundFact {
    match answer {
        RefundAnswer::Told(fact) => fact,
        other => panic!("nothing told: {other:?}"),
    }
}

#[tokio::test]
async fn a_code_is_opened_once_more_with_the_same_bytes_and_reads_not_paid() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        let request =
            counter.channel.request(&order, &number(&order), counter.now().plus_ms(300_000)).unwrap();
        for _ in 0..2 {
            let answer = counter.channel.open(&number(&order), request.clone()).await;
            assert!(
                matches!(&answer, OpenAnswer::Code(code) if code.starts_with("weixin://")),
                "{speaks:?}: {answer:?}"
            );
        }
        assert!(matches!(counter.query(&order).await, Answer::NotPaid), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_number_with_other_fields_is_refused_and_not_opened() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let first = order(1280);
        counter.opened(&first).await;
        let dearer = OrderBody { amount: 9999, ..first };
        let request =
            counter.channel.request(&dearer, &number(&dearer), counter.now().plus_ms(300_000)).unwrap();
        let answer = counter.channel.open(&number(&dearer), request).await;
        assert!(matches!(answer, OpenAnswer::Refused(_)), "{speaks:?}: {answer:?}");
    }
}

#[tokio::test]
async fn money_is_told_alike_by_query_and_by_notification() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let (order, money) = paid(&counter).await;
        assert_eq!((money.channel, money.amount, money.currency.as_str()), ("wechatpay", 1280, "CNY"));
        assert_eq!(money.out_trade_no, number(&order).as_str());
        assert_eq!((money.payer_amount, money.foreign.as_deref()), (Some(1280), None));
        assert!(!money.evidence.body.is_empty() && !money.evidence.serial.is_empty());
        let told = counter.told(1).await;
        let Ok(Notified::Money(notified)) = &told[0] else { panic!("{speaks:?}: {told:?}") };
        let what = |money: &Money| {
            (
                money.transaction_id.clone(),
                money.amount,
                money.payer_amount,
                money.paid_at,
                money.out_trade_no.clone(),
            )
        };
        assert_eq!(what(notified), what(&money), "{speaks:?}");
        assert_eq!(counter.notifications(&order).await[0]["state"], "accepted", "{speaks:?}");
    }
}

#[tokio::test]
async fn money_of_another_sub_merchant_is_told_as_foreign_and_its_order_is_not_found_here() {
    for counter in counters().await.into_iter().filter(|counter| counter.speaks.is_partner()) {
        let speaks = counter.speaks;
        let theirs = order(1280);
        let channel = counter.neighbour().await;
        let request = channel.request(&theirs, &number(&theirs), counter.now().plus_ms(300_000)).unwrap();
        let OpenAnswer::Code(code) = channel.open(&number(&theirs), request).await else {
            panic!("{speaks:?}: no code")
        };
        counter.pay(json!({ "code_url": code })).await;
        let told = counter.told(1).await;
        let Ok(Notified::Money(money)) = &told[0] else { panic!("{speaks:?}: {told:?}") };
        assert!(
            money.foreign.as_ref().is_some_and(|why| why.contains("sub-merchant")),
            "{speaks:?}: {money:?}"
        );
        let ours = counter.query(&theirs).await;
        assert!(matches!(ours, Answer::Unknown | Answer::Absent), "{speaks:?}: {ours:?}");
        let Answer::Paid(money) = channel.query(&number(&theirs)).await else { panic!("{speaks:?}") };
        assert_eq!(money.foreign, None, "{speaks:?}");

        let refund = refund_record(&money, 300);
        let request = channel.refund_request(&refund, 1280).unwrap();
        fact(channel.refund(&refund.refund_no, request).await);
        let ours = counter.channel.refund_query(&refund.refund_no).await;
        assert!(!matches!(ours, RefundAnswer::Told(_)), "{speaks:?}: {ours:?}");
        counter.advance_s(61).await;
        let told = counter.told(2).await;
        assert!(told[1].is_err(), "{speaks:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_forged_or_changed_notification_is_refused_and_comes_again() {
    for counter in counters().await {
        let speaks = counter.speaks;
        counter.fault("notify", "notify_forged").await;
        let code = counter.opened(&order(1280)).await;
        counter.pay(json!({ "code_url": code })).await;
        let told = counter.told(1).await;
        let Err(refused) = &told[0] else { panic!("{speaks:?}: {told:?}") };
        assert_eq!(refused.status, 401, "{speaks:?}");
        counter.advance_s(30).await;
        let told = counter.told(2).await;
        assert!(matches!(told[1], Ok(Notified::Money(_))), "{speaks:?}: {told:?}");
    }
}

#[tokio::test]
async fn garbage_at_the_door_is_refused() {
    for counter in counters().await {
        let speaks = counter.speaks;
        for body in ["", "{}", "<xml/>", "<!DOCTYPE a><xml><return_code>SUCCESS</return_code></xml>", "\0"] {
            let body = Bytes::from_static(body.as_bytes());
            let refused = counter.channel.notified(&HeaderMap::new(), body).await.unwrap_err();
            assert!(refused.status >= 400, "{speaks:?}");
            assert!(counter.channel.notification_answer(Err(&refused)).status().as_u16() >= 400);
        }
    }
}

#[tokio::test]
async fn an_order_that_is_closed_reads_closed_and_one_that_never_was_reads_absent() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        assert!(matches!(counter.query(&order).await, Answer::Absent), "{speaks:?}");
        counter.opened(&order).await;
        assert_eq!(counter.channel.close(&number(&order)).await, CloseAnswer::Asked, "{speaks:?}");
        assert!(matches!(counter.query(&order).await, Answer::Closed), "{speaks:?}");
        assert_eq!(counter.channel.close(&number(&order)).await, CloseAnswer::Asked, "{speaks:?}");
    }
}

#[tokio::test]
async fn a_close_that_comes_too_early_proves_nothing_and_is_taken_later() {
    // Over v3 there is no such rule.
    for counter in counters().await.into_iter().filter(|counter| !counter.speaks.is_v3()) {
        let speaks = counter.speaks;
        let order = order(1280);
        counter.opened(&order).await;
        counter.fault("/pay/closeorder", "close_too_early").await;
        counter.channel.close(&number(&order)).await;
        assert!(matches!(counter.query(&order).await, Answer::NotPaid), "{speaks:?}");
        counter.advance_s(301).await;
        assert_eq!(counter.channel.close(&number(&order)).await, CloseAnswer::Asked, "{speaks:?}");
        assert!(matches!(counter.query(&order).await, Answer::Closed), "{speaks:?}");
    }
}

#[tokio::test]
async fn what_is_lost_forged_or_not_wechat_pays_teaches_nothing() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        counter.opened(&order).await;
        for fault in ["drop_reply", "truncate", "html", "status", "bad_signature", "no_signature"] {
            counter.fault("*", fault).await;
            assert!(matches!(counter.query(&order).await, Answer::Unknown), "{speaks:?}: {fault}");
        }
        assert!(matches!(counter.query(&order).await, Answer::NotPaid), "{speaks:?}");
        for fault in ["drop_request", "drop_reply", "html", "bad_signature"] {
            counter.fault("*", fault).await;
            assert_eq!(
                counter.channel.close(&number(&order)).await,
                CloseAnswer::Unknown,
                "{speaks:?}: {fault}"
            );
        }
    }
}

#[tokio::test]
async fn a_payment_code_is_charged_at_once_and_never_notified() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        let answer = charged(&counter, &order, json!({})).await;
        let ChargeAnswer::Paid(money) = answer else { panic!("{speaks:?}: {answer:?}") };
        assert_eq!((money.amount, money.out_trade_no.as_str()), (1280, number(&order).as_str()));
        let Answer::Paid(found) = counter.query(&order).await else { panic!("{speaks:?}") };
        assert_eq!(found.transaction_id, money.transaction_id);
        assert!(counter.notifications(&order).await.is_empty(), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_customer_who_types_a_password_reads_paying_until_it_is_typed() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        let answer = charged(&counter, &order, json!({ "password": true })).await;
        assert!(matches!(answer, ChargeAnswer::Paying), "{speaks:?}");
        assert!(matches!(counter.query(&order).await, Answer::Paying), "{speaks:?}");
        counter.pay(json!({ "mchid": counter.mchid, "out_trade_no": number(&order).as_str() })).await;
        assert!(matches!(counter.query(&order).await, Answer::Paid(_)), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_charge_that_nobody_finishes_is_reversed_and_then_reads_closed() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        charged(&counter, &order, json!({ "password": true })).await;
        assert_eq!(
            counter.channel.reverse(&number(&order)).await,
            ReverseAnswer::Again,
            "{speaks:?}: too early"
        );
        counter.advance_s(45).await;
        counter.fault("*reverse*", "reverse_recall").await;
        assert_eq!(counter.channel.reverse(&number(&order)).await, ReverseAnswer::Again, "{speaks:?}");
        assert_eq!(counter.channel.reverse(&number(&order)).await, ReverseAnswer::Asked, "{speaks:?}");
        assert!(matches!(counter.query(&order).await, Answer::Closed), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_found_by_asking_and_the_code_is_sent_once() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let order = order(1280);
        counter.fault("*pay*", "drop_reply").await;
        assert!(matches!(charged(&counter, &order, json!({})).await, ChargeAnswer::Unknown), "{speaks:?}");
        assert!(matches!(counter.query(&order).await, Answer::Paid(_)), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_payment_code_that_has_expired_is_refused() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let code = counter.wallet_code(json!({})).await;
        counter.advance_s(61).await;
        let order = order(1280);
        let answer = counter.channel.charge(&order, &number(&order), code).await;
        let ChargeAnswer::Refused(refusal) = answer else { panic!("{speaks:?}: {answer:?}") };
        assert!(refusal.code.replace('_', "").contains("AUTHCODE"), "{speaks:?}: {refusal:?}");
    }
}

#[tokio::test]
async fn money_goes_back_in_parts_and_is_only_done_once_it_is() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let (order, money) = paid(&counter).await;
        let refund = refund_record(&money, 300);
        assert_eq!(counter.channel.refund_query(&refund.refund_no).await, RefundAnswer::Absent, "{speaks:?}");
        let taken = fact(refunded(&counter, &refund).await);
        assert_eq!((taken.standing, taken.amount), (Standing::Processing, 300), "{speaks:?}");
        assert_eq!(taken.transaction_id, money.transaction_id);
        let again = fact(refunded(&counter, &refund).await);
        assert_eq!(again.channel_refund_no, taken.channel_refund_no, "{speaks:?}: the money moves once");
        counter.advance_s(61).await;
        let done = fact(counter.channel.refund_query(&refund.refund_no).await);
        assert_eq!((done.standing, done.amount), (Standing::Done, 300), "{speaks:?}");
        assert!(done.done_at.is_some(), "{speaks:?}");
        let Answer::PaidBack(found) = counter.query(&order).await else { panic!("{speaks:?}") };
        assert_eq!((found.transaction_id, found.amount), (money.transaction_id.clone(), 1280));
        assert!(matches!(refunded(&counter, &refund_record(&money, 1000)).await, RefundAnswer::Refused(_)));
        assert_eq!(fact(refunded(&counter, &refund_record(&money, 980)).await).amount, 980, "{speaks:?}");
    }
}

#[tokio::test]
async fn the_end_of_a_refund_is_notified_and_proven() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let (_, money) = paid(&counter).await;
        counter.told(1).await;
        let refund = refund_record(&money, 300);
        fact(refunded(&counter, &refund).await);
        counter.advance_s(10).await;
        let told = counter.told(2).await;
        let Ok(Notified::Refund(number, fact)) = &told[1] else { panic!("{speaks:?}: {told:?}") };
        assert_eq!(
            (number.as_str(), fact.amount, fact.standing),
            (refund.refund_no.as_str(), 300, Standing::Done)
        );
        assert!(!fact.evidence.body.is_empty(), "{speaks:?}");
    }
}

#[tokio::test]
async fn a_refund_without_money_waits_and_one_that_fails_is_told() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let (_, money) = paid(&counter).await;
        let balance = counter.play("balance", json!({ "mchid": counter.account })).await["balance"].clone();
        counter.play("balance", json!({ "mchid": counter.account, "withdraw": balance })).await;
        let refund = refund_record(&money, 300);
        let answer = refunded(&counter, &refund).await;
        assert!(matches!(answer, RefundAnswer::Short(_)), "{speaks:?}: {answer:?}");
        counter.play("balance", json!({ "mchid": counter.account, "top_up": 10_000 })).await;
        counter.fault("*refund*", "refund_abnormal").await;
        assert_eq!(fact(refunded(&counter, &refund).await).standing, Standing::Processing, "{speaks:?}");
        counter.advance_s(61).await;
        let found = fact(counter.channel.refund_query(&refund.refund_no).await);
        assert_eq!(found.standing, Standing::Abnormal, "{speaks:?}");
    }
}

#[tokio::test]
async fn what_a_channel_cannot_send_is_refused_by_field() {
    for counter in counters().await {
        let speaks = counter.speaks;
        let refused = |order: &OrderBody| {
            let request = counter.channel.request(order, &number(order), counter.now().plus_ms(300_000));
            request.unwrap_err().field
        };
        assert_eq!(refused(&order(0)), "amount", "{speaks:?}");
        let (_, money) = paid(&counter).await;
        let whole = |amount| counter.channel.refund_request(&refund_record(&money, amount), 1280);
        assert_eq!(whole(1281).unwrap_err().field, "amount", "{speaks:?}");
        assert_eq!(whole(0).unwrap_err().field, "amount", "{speaks:?}");
        let mut foreign = refund_record(&money, 1);
        foreign.asked.currency = "USD".parse().unwrap();
        assert_eq!(
            counter.channel.refund_request(&foreign, 1280).unwrap_err().field,
            "currency",
            "{speaks:?}"
        );
    }
}
