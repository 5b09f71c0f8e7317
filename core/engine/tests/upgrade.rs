//! A till whose app was updated in the middle of a shift: a database of each older version, as that version's own program
//! left it with a full queue and no network, is opened, and everything that waited is sent and proven.
//!
//! `fixtures/till-1.db` is such a database, `till-2.db` and `till-3.db` the same one brought to the second and the third
//! version by those versions' steps; `till-1.json` is what the backend held then.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use saoma_contract::{Order, OrderNo, OrderState, RefundNo, RefundState};
use saoma_engine::{PhaseWord, RefundWord, Settings, SqliteStorage, Till};
use serde_json::Value;
use shop::{Shop, StoredOrder, key, sealing, until, wait_ms};

/// What the fixture's till had rung up, by the name of its fate.
struct Before {
    shop: Shop,
    sales: BTreeMap<String, (OrderNo, i64)>,
    refund_no: RefundNo,
}

fn before(version: u32) -> Before {
    let shop = Shop::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::copy(folder.join(format!("till-{version}.db")), shop.database()).unwrap();
    let told: Value = serde_json::from_slice(&std::fs::read(folder.join("till-1.json")).unwrap()).unwrap();
    let mut state = shop.backend.state();
    for (order_no, held) in told["orders"].as_object().unwrap() {
        let order: Order = serde_json::from_value(held["order"].clone()).unwrap();
        let jws = serde_json::from_value(held["jws"].clone()).unwrap();
        if order.state == OrderState::Paying {
            state.charges.insert(order_no.parse().unwrap(), 1);
        }
        let stored = StoredOrder { order, jws, life_ms: held["life_ms"].as_i64().unwrap() };
        state.orders.insert(order_no.parse().unwrap(), stored);
    }
    state.counter = told["counter"].as_u64().unwrap();
    state.feed = serde_json::from_value(told["feed"].clone()).unwrap();
    state.device = Some(saoma_contract::DeviceSigner::public_key(&key(1)));
    drop(state);
    let sale = |sale: &Value| {
        let order_no = sale["order_no"].as_str().unwrap().parse().unwrap();
        (sale["name"].as_str().unwrap().to_owned(), (order_no, sale["amount"].as_i64().unwrap()))
    };
    let sales = told["sales"].as_array().unwrap().iter().map(sale).collect();
    Before { shop, sales, refund_no: told["refund_no"].as_str().unwrap().parse().unwrap() }
}

fn version_of(database: &Path) -> u32 {
    let connection = Connection::open(database).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

async fn is_sent_and_proven(version: u32) {
    let Before { shop, sales, refund_no } = before(version);
    assert_eq!(version_of(&shop.database()), version);
    let number = |name: &str| sales[name].0.clone();
    // The update took a minute.
    wait_ms(60_000).await;
    let open =
        SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
            .unwrap();
    assert_eq!(open.1, None);
    shop.backend.state().offline = true;
    let till = Till::open(shop.parts(Box::new(open.0)), Settings::default()).await.unwrap();
    for (name, (order_no, amount)) in &sales {
        let sale = till.sale(order_no).await.unwrap().sale;
        let phase = match name.as_str() {
            "told" | "paid" => PhaseWord::Paid,
            "closed" => PhaseWord::Closed,
            "cancelling" => PhaseWord::Closing,
            "refreshing" => PhaseWord::Refreshing,
            "paying" => PhaseWord::Paying,
            "draft" => PhaseWord::Draft,
            "cash" => PhaseWord::Cash,
            _ => PhaseWord::Awaiting,
        };
        assert_eq!((sale.amount, sale.phase), (*amount, phase), "{name}");
    }
    let waiting: Vec<_> = till.results().into_iter().map(|result| result.key).collect();
    assert_eq!(waiting, ["wechatpay:paid"], "what was acknowledged is not told again");

    shop.backend.state().offline = false;
    wait_ms(60_000).await;
    for (name, transaction_id) in [("awaiting", "a"), ("unknown", "u"), ("draft", "d")] {
        until(&till, &number(name), |sale| sale.code.is_some()).await;
        shop.backend.pay(&number(name), transaction_id);
    }
    shop.backend.prove_closed(&number("cancelling"));
    shop.backend.open_next(&number("refreshing"));
    shop.backend.charge_comes_to(&number("paying"), true);
    until(&till, &number("refreshing"), |sale| sale.code.is_some()).await;
    shop.backend.pay(&number("refreshing"), "r");
    until(&till, &number("paid"), |sale| sale.refunds[0].state != RefundWord::Requested).await;
    shop.backend.refund_comes_to(&number("paid"), &refund_no, RefundState::Done);
    for (name, (order_no, _)) in &sales {
        let phase = match name.as_str() {
            "closed" | "cancelling" => PhaseWord::Closed,
            "cash" => PhaseWord::Cash,
            _ => PhaseWord::Paid,
        };
        let sale = until(&till, order_no, |sale| sale.phase == phase).await;
        let held = shop.backend.state().orders[order_no].order.clone();
        let paid = usize::from(phase != PhaseWord::Closed);
        assert_eq!((held.payments.len(), sale.payments.len()), (paid, paid), "{name}: {held:?}");
    }
    assert_eq!(shop.backend.state().charges[&number("paying")], 1, "a payment code is charged once");
    assert_eq!(shop.backend.state().orders[&number("paid")].order.refunds.len(), 1);
    let day = till.day(None).await.unwrap();
    assert_eq!((day.paid.amount, day.cash.amount, day.refunded.amount), (3_700, 1_000, 120));
    let mut checked = till.diagnosis().await.unwrap();
    while !checked.storage_checked {
        assert_eq!(checked.storage_fault, None);
        wait_ms(1_000).await;
        checked = till.diagnosis().await.unwrap();
    }
    till.close().await;
    assert_eq!(version_of(&shop.database()), 5);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_of_the_first_version_is_sent_and_proven_by_this_one() {
    is_sent_and_proven(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_of_the_second_version_is_sent_and_proven_by_this_one() {
    is_sent_and_proven(2).await;
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_of_the_third_version_is_sent_and_proven_by_this_one() {
    is_sent_and_proven(3).await;
}
