//! Whoever stops waiting, at whatever moment, loses nothing but the answer.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use saoma_ffi::{ListQuery, Phase, SaomaError, Till};

use crate::shop::{Shop, rung_up, sale_until, tea};

/// Polls a call so many times, then lets it go. True if it was done before.
async fn let_go_after<T>(polls: u32, call: impl Future<Output = Result<T, SaomaError>>) -> bool {
    let mut call = Box::pin(call);
    for _ in 0..polls {
        if let Poll::Ready(done) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            done.expect("nothing stands in its way");
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_whose_waiting_was_let_go_is_there_once() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    for polls in 0..6 {
        let order_no = till.new_order_no();
        let_go_after(polls, till.charge(order_no.clone(), tea())).await;
        // The same button again: one sale, whether the first tap had come through or not.
        assert_eq!(till.charge(order_no.clone(), tea()).await.unwrap().order_no, order_no);
        sale_until(&till, &order_no, |sale| sale.phase == Phase::Awaiting).await;
    }
    assert_eq!(till.list(ListQuery::default()).await.unwrap().sales.len(), 6);
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_call_can_be_let_go_too() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let sale = rung_up(&till).await;
    let number = || sale.order_no.clone();
    for polls in 0..4 {
        let_go_after(polls, till.pair(shop.link().await, "counter".to_owned())).await;
        let_go_after(polls, till.check_now(number())).await;
        let_go_after(polls, till.refresh(number(), 1)).await;
        let_go_after(polls, till.merchant_day(None)).await;
        let_go_after(polls, till.list(ListQuery::default())).await;
        let_go_after(polls, till.sale(number())).await;
        let_go_after(polls, till.diagnosis()).await;
        let_go_after(polls, till.foreground(true)).await;
        let_go_after(polls, till.on_screen(Some(number()))).await;
        let_go_after(polls, till.network(true)).await;
    }
    let refreshed =
        sale_until(&till, &number(), |sale| sale.phase == Phase::Awaiting && sale.attempt == 2).await;
    shop.pay(&refreshed).await;
    sale_until(&till, &number(), |sale| sale.phase == Phase::Paid).await;
    let key = till.results().await.unwrap()[0].key.clone();
    let_go_after(1, till.acknowledge(key.clone())).await;
    till.acknowledge(key).await.unwrap();
    assert!(till.results().await.unwrap().is_empty());
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_that_was_let_go_gives_the_folder_free() {
    let folder = tempfile::tempdir().unwrap();
    let config = crate::shop::config(folder.path());
    for polls in 0..3 {
        let_go_after(polls, Till::open(config.clone(), None, None)).await;
    }
    // The one that was let go may still be closing its file.
    let open = async {
        loop {
            match Till::open(config.clone(), None, None).await {
                Err(SaomaError::Storage { fault }) if fault.code == "storage_in_use" => {
                    tokio::task::yield_now().await;
                }
                other => return other.unwrap(),
            }
        }
    };
    let till = tokio::time::timeout(crate::shop::PATIENCE, open).await.unwrap();
    till.close().await.unwrap();
}
