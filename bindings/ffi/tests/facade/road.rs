//! The whole road: rung up, paid, told, receipted, counted.

use saoma_ffi::{
    Language, ListFilter, ListQuery, Phase, ResultKind, SaleAction, SaomaError, panic_on_purpose, qr_modules,
    qr_png, read_amount, verify_receipt,
};

use crate::shop::{Shop, rung_up, sale_until, tea};

const ACTIONS_OF_A_CODE: [SaleAction; 5] =
    [SaleAction::Cancel, SaleAction::Refresh, SaleAction::CheckNow, SaleAction::TakeCash, SaleAction::Scan];

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_paid_told_once_receipted_and_counted() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let awaiting = rung_up(&till).await;
    assert_eq!((awaiting.amount.as_str(), awaiting.live), ("12.80", false));
    assert_eq!(awaiting.actions, ACTIONS_OF_A_CODE);
    let code = awaiting.code.clone().unwrap();
    assert_eq!(code.qr, qr_modules(&code.text).unwrap());
    assert!((1..=300_000).contains(&code.hide_in_ms), "{}", code.hide_in_ms);

    shop.pay(&awaiting).await;
    let paid = sale_until(&till, &awaiting.order_no, |sale| sale.phase == Phase::Paid).await;
    assert_eq!((paid.code, paid.actions), (None, vec![SaleAction::Receipt, SaleAction::Refund]));

    let results = till.results().await.unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].kind, results[0].minor, results[0].live), (ResultKind::Paid, 1280, false));
    assert!(results[0].spoken.contains("twelve yuan, eighty fen"), "{}", results[0].spoken);
    till.acknowledge(results[0].key.clone()).await.unwrap();
    assert!(till.results().await.unwrap().is_empty());

    let receipt = till.receipt(paid.order_no.clone()).await.unwrap();
    let root = till.pairing().await.unwrap().unwrap().root;
    let said = verify_receipt(&receipt, Some(root.clone()), true).unwrap();
    assert_eq!((said.minor, said.order_no, said.root_known), (1280, paid.order_no.clone(), true));
    assert!(
        matches!(verify_receipt(&receipt, Some(root), false), Err(SaomaError::Input { .. })),
        "a test receipt is no money"
    );

    let day = till.day(None).await.unwrap();
    assert_eq!(
        (day.totals.sums.paid.count, day.totals.sums.paid.text.as_str(), day.totals.live),
        (1, "12.80", false)
    );
    assert_eq!(till.merchant_day(None).await.unwrap().totals.sums, day.totals.sums);
    let query = ListQuery {
        filter: Some(ListFilter::Paid),
        tail: Some(paid.tail.to_lowercase()),
        ..ListQuery::default()
    };
    assert_eq!(till.list(query).await.unwrap().sales.len(), 1);
    let story = till.sale(paid.order_no).await.unwrap();
    assert_eq!(story.history.first().map(|entry| entry.word.as_str()), Some("rung_up"));
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_follow_the_language_of_the_till() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let sale = rung_up(&till).await;
    assert!(sale.title.is_ascii(), "{}", sale.title);
    till.set_language(Language::Chinese);
    let story = till.sale(sale.order_no).await.unwrap();
    assert!(!story.sale.title.is_ascii(), "{}", story.sale.title);
    assert!(story.history.iter().all(|entry| !entry.text.is_ascii()), "{:?}", story.history);
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_with_another_content_is_refused_in_both_languages() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let order_no = till.new_order_no();
    till.charge(order_no.clone(), tea()).await.unwrap();
    assert_eq!(
        till.charge(order_no.clone(), tea()).await.unwrap().order_no,
        order_no,
        "a second tap is the same sale"
    );
    let other = saoma_ffi::NewSale { minor: 1290, ..tea() };
    let Err(SaomaError::NotNow { fault }) = till.charge(order_no, other).await else {
        panic!("it is another sale")
    };
    assert_eq!((fault.code.as_str(), fault.retryable), ("conflict", false));
    assert!(fault.english.is_ascii() && !fault.chinese.is_ascii(), "{fault:?}");
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_named() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let field = |refused: Result<saoma_ffi::Sale, SaomaError>| match refused {
        Err(SaomaError::Input { fault }) => fault.field.unwrap(),
        other => panic!("{other:?}"),
    };
    let number = || till.new_order_no();
    let free = saoma_ffi::NewSale { minor: 0, ..tea() };
    assert_eq!(field(till.charge(number(), free).await), "amount");
    assert_eq!(field(till.charge("no number".to_owned(), tea()).await), "order_no");
    assert_eq!(field(till.cancel(number(), 0).await), "attempt");
    assert_eq!(field(till.cancel(number(), 256).await), "attempt");
    assert_eq!(field(till.refresh(number(), 100).await), "attempt");
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_an_error_and_the_till_goes_on() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let Err(SaomaError::Internal { fault }) = panic_on_purpose().await else { panic!("it panics") };
    assert_eq!((fault.code.as_str(), fault.detail.as_str()), ("internal", "panic: on purpose"));
    rung_up(&till).await;
    till.close().await.unwrap();
    shop.close().await;
}

#[test]
fn what_is_typed_is_read_or_refused() {
    let amount = read_amount("12.80 + 3").unwrap();
    assert_eq!((amount.minor, amount.text.as_str()), (1580, "15.80"));
    let Err(SaomaError::Input { fault }) = read_amount("12.805") else { panic!("three decimals") };
    assert_eq!(fault.field.as_deref(), Some("amount"));
    let png = qr_png("weixin://wxpay/bizpayurl?pr=p4lpSuKzz", 300).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    assert!(matches!(qr_png("x", 0), Err(SaomaError::Input { .. })));
}
