//! The whole road of a sale, as the app sees it.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use saoma_engine::{PhaseWord, ResultKind, verify_receipt};
use shop::{Shop, ring_up, tea, until};

#[tokio::test(start_paused = true)]
async fn a_sale_goes_from_an_amount_to_a_signed_receipt() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 1280).await;
    let awaiting = until(&till, &order_no, |view| view.code.is_some()).await;
    assert_eq!((awaiting.phase, awaiting.amount, awaiting.live), (PhaseWord::Awaiting, 1280, false));
    shop.backend.pay(&order_no, "4200001");
    let paid = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert!(paid.has_receipt && paid.code.is_none() && !paid.late);
    let results = till.results();
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].key.as_str(), results[0].amount), ("wechatpay:4200001", 1280));
    assert_eq!(results[0].kind, ResultKind::Paid);
    let receipt = till.receipt(&order_no).await.unwrap().to_json();
    let root = shop::key(9);
    let root = saoma_contract::DeviceSigner::public_key(&root).fingerprint();
    assert_eq!(verify_receipt(&receipt, Some(root), true).unwrap().paid.payment.transaction_id, "4200001");
    assert!(verify_receipt(&receipt, Some(root), false).is_err());
    till.acknowledge("wechatpay:4200001").await.unwrap();
    assert!(till.results().is_empty());
    assert_eq!(till.day(None).await.unwrap().paid.amount, 1280);
}

#[tokio::test(start_paused = true)]
async fn a_second_tap_is_the_same_sale() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    till.charge(&order_no, tea(1280)).await.unwrap();
    till.charge(&order_no, tea(1280)).await.unwrap();
    assert_eq!(till.charge(&order_no, tea(1281)).await.unwrap_err().code(), "conflict");
    until(&till, &order_no, |view| view.code.is_some()).await;
    assert_eq!(shop.backend.count("PUT /v1/orders"), 1);
}

#[tokio::test(start_paused = true)]
async fn numbers_sort_as_they_were_made_also_within_one_moment() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let made: Vec<_> = (0..100).map(|_| till.new_order_no()).collect();
    assert!(made.is_sorted(), "{made:?}");
}
