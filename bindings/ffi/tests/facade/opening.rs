//! Opening a till: on nothing, again, twice, and where it cannot be.

use saoma_ffi::{SaomaError, Till};

use crate::shop::{Shop, config, rung_up};

fn code(refused: Result<std::sync::Arc<Till>, SaomaError>) -> String {
    match refused {
        Err(
            SaomaError::Storage { fault }
            | SaomaError::Input { fault }
            | SaomaError::KeyStore { fault }
            | SaomaError::NotNow { fault },
        ) => fault.code,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it opened"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_comes_back_with_everything() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let sale = rung_up(&till).await;
    till.close().await.unwrap();
    let Err(SaomaError::Closed { .. }) = till.sale(sale.order_no.clone()).await else {
        panic!("it is closed")
    };

    let again = Till::open(shop.config("till"), None, None).await.unwrap();
    assert_eq!(again.sale(sale.order_no.clone()).await.unwrap().sale.order_no, sale.order_no);
    assert!(again.pairing().await.unwrap().is_some());
    again.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_till_at_a_time_works_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = Till::open(config(folder.path()), None, None).await.unwrap();
    assert_eq!(code(Till::open(config(folder.path()), None, None).await), "storage_in_use");
    first.close().await.unwrap();
    let second = Till::open(config(folder.path()), None, None).await.unwrap();
    second.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    assert_eq!(code(Till::open(config(&file.join("till")), None, None).await), "storage_failed");
    assert_eq!(code(Till::open(config("till".as_ref()), None, None).await), "bad_input");
    assert_eq!(code(Till::open(config("".as_ref()), None, None).await), "bad_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_folder_without_its_key_is_not_this_device() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    rung_up(&till).await;
    till.close().await.unwrap();
    std::fs::create_dir(shop.place("copy")).unwrap();
    std::fs::copy(shop.place("till/till.db"), shop.place("copy/till.db")).unwrap();
    assert_eq!(code(Till::open(shop.config("copy"), None, None).await), "other_key");
    shop.close().await;
}
