//! What was answered is kept: over restarts, and over a kill at any moment.

use std::{fs, path::Path};

use serde_json::json;
use tempfile::TempDir;

use super::play::{Receiver, Stage};

#[tokio::test]
async fn keys_orders_notifications_and_the_clock_survive_a_restart() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let order = merchant.order("KEEPING-1");
    let code = merchant.code_of(&stage, &order).await;
    merchant.code_of(&stage, &merchant.order("KEEPING-2")).await;
    stage.pay(&code).await;
    stage.advance(100_000).await;
    let told = |stage: &Stage| {
        let mut told = stage.told.clone();
        told.as_object_mut().unwrap().remove("base_url");
        told
    };
    let held = (
        told(&stage),
        stage.get("/_sandbox/orders").await,
        stage.get("/_sandbox/notifications").await,
        stage.post("/_sandbox/clock", json!({ "advance_seconds": 0 })).await,
    );
    let stage = stage.again().await;
    let held_again = (
        told(&stage),
        stage.get("/_sandbox/orders").await,
        stage.get("/_sandbox/notifications").await,
        stage.post("/_sandbox/clock", json!({ "advance_seconds": 0 })).await,
    );
    assert_eq!(held, held_again);
    assert_eq!(merchant.place(&stage, &order).await.json()["code"], "ORDER_PAID");
}

#[tokio::test]
async fn a_notification_that_was_not_accepted_goes_out_after_a_restart() {
    let stage = Stage::set().await;
    let (receiver, merchant) = (Receiver::answering(&[500, 204]).await, stage.merchant());
    let mut order = merchant.order("KEEPING-1");
    order["notify_url"] = json!(receiver.url);
    stage.pay(&merchant.code_of(&stage, &order).await).await;
    stage.advance(0).await;
    assert_eq!(stage.tries().await.len(), 1);
    let stage = stage.again().await;
    stage.advance(15).await;
    assert_eq!(receiver.count(), 2);
    assert_eq!(stage.get("/_sandbox/notifications").await[0]["state"], "accepted");
}

#[tokio::test]
async fn a_code_number_or_nonce_is_not_given_again_after_a_restart_with_the_same_seed() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let first = merchant.code_of(&stage, &merchant.order("KEEPING-1")).await;
    let stage = stage.again().await;
    let second = merchant.code_of(&stage, &merchant.order("KEEPING-2")).await;
    assert_ne!(first, second);
}

/// Copies the files as they lie on the disk now: what a kill at this moment leaves.
fn as_after_a_kill(folder: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        // The log is copied after the database it belongs to is, as it only grows.
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

#[tokio::test]
async fn whatever_was_answered_is_there_after_a_kill() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for index in 0..6 {
        let number = format!("KEEPING-{index}");
        let code = merchant.code_of(&stage, &merchant.order(&number)).await;
        let placed = as_after_a_kill(stage.folder.path());
        let paid = stage.pay(&code).await;
        let killed = as_after_a_kill(stage.folder.path());

        let before = Stage::in_folder(placed).await;
        assert_eq!(merchant.trade_state(&before, &number).await, "NOTPAY");
        let after = Stage::in_folder(killed).await;
        let queried = merchant.query(&after, &number).await.json();
        assert_eq!(queried["transaction_id"], paid["transaction_id"]);
        let notifications = after.get("/_sandbox/notifications").await;
        assert_eq!(
            notifications.as_array().unwrap().len(),
            index + 1,
            "a payment never lacks its notification"
        );
    }
}
