//! A backend that was updated in the middle of a day: a ledger of each earlier form, with everything waiting that can wait, is
//! opened by this one, and all of it comes to its proven end at the double of WeChat Pay.
//!
//! `fixtures/ledger-N.sql` is what version N wrote, in the form that its own schema's steps made. Its orders are called by
//! the last letter of their numbers.

use std::collections::BTreeMap;

use rusqlite::Connection;
use saoma_backend::channel::{BillKind, OpenAnswer};
use saoma_backend::clock::Clock as _;
use saoma_backend::ledger::BillState;
use saoma_backend::orders::RefundAnswer;
use saoma_contract::{Day, DeviceRole, Order, OrderNo, path};
use serde_json::json;

use crate::world::{Till, World, code_text, in_time};

/// A ledger's steps, from which its earlier forms are made again.
const STEPS: [&str; 8] = [
    include_str!("../../src/ledger/sqlite/schema.sql"),
    include_str!("../../src/ledger/sqlite/people.sql"),
    include_str!("../../src/ledger/sqlite/refunds.sql"),
    include_str!("../../src/ledger/sqlite/bills.sql"),
    include_str!("../../src/ledger/sqlite/to_merchant.sql"),
    include_str!("../../src/ledger/sqlite/funds.sql"),
    include_str!("../../src/ledger/sqlite/sealed.sql"),
    include_str!("../../src/ledger/sqlite/given_back.sql"),
];

/// What each version wrote.
const LEFT: [&str; 8] = [
    include_str!("fixtures/ledger-1.sql"),
    include_str!("fixtures/ledger-2.sql"),
    include_str!("fixtures/ledger-3.sql"),
    include_str!("fixtures/ledger-4.sql"),
    include_str!("fixtures/ledger-5.sql"),
    include_str!("fixtures/ledger-6.sql"),
    include_str!("fixtures/ledger-7.sql"),
    include_str!("fixtures/ledger-8.sql"),
];

/// What the customers had paid when the old backend ended.
const PAID: [char; 5] = ['B', 'F', 'G', 'H', 'J'];

/// What was kept of a payer with each payment.
const PROOF: &[u8] = br#"{"payer":{"openid":"oSomebody"}}"#;

fn number(letter: char) -> OrderNo {
    format!("01K1J6QYV0000000000000000{letter}").parse().unwrap()
}

/// A version's rows, with what is known put into its places.
fn filled(left: &str, known: &BTreeMap<String, String>) -> String {
    known.iter().fold(left.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// A ledger as this version left it; in memory without a file.
fn ledger(version: usize, file: Option<&std::path::Path>, known: &BTreeMap<String, String>) -> Connection {
    let ledger = match file {
        Some(file) => Connection::open(file).unwrap(),
        None => Connection::open_in_memory().unwrap(),
    };
    // What is sealed from version 7 on is sealed in its fixture already; before there was nothing to seal.
    let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
    ledger.create_scalar_function("sealed", 1, flags, |_| Ok(rusqlite::types::Null)).unwrap();
    STEPS[..version].iter().for_each(|step| ledger.execute_batch(step).unwrap());
    ledger.execute_batch(&filled(LEFT[version - 1], known)).unwrap();
    ledger
}

/// Everything that the old backend had sent, by number: orders, and refunds.
fn sent(ledger: &Connection, what: &str) -> Vec<(String, Vec<u8>)> {
    let mut rows = ledger.prepare(what).unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// The double as the old backend left it, and that one's ledger under a backend of today.
async fn updated_from(version: usize) -> World {
    let mut world = World::with("certificate").await;
    world.fault("notify", "notify_lost", 1_000).await;
    let channel = world.backend().shop().merchant(&world.merchant.parse().unwrap()).unwrap().channel();
    let address = world.backend().url().strip_prefix("http://").unwrap().to_owned();
    let config = world.state_dir().join("saoma.toml");
    let mut settings: toml::Table = std::fs::read_to_string(&config).unwrap().parse().unwrap();
    let account = settings["merchants"][0]["wechatpay"].as_table().unwrap();
    let text = |name: &str| account[name].as_str().unwrap().to_owned();
    let now = world.clock.now();
    let mut known = BTreeMap::from([
        ("now".to_owned(), now.unix_ms().to_string()),
        ("day".to_owned(), now.plus_ms(-3 * 86_400_000).date(480)),
        ("time_expire".to_owned(), now.plus_ms(240_000).to_string()),
        ("mchid".to_owned(), text("mchid")),
        ("appid".to_owned(), text("appid")),
        ("notify_url".to_owned(), format!("http://{address}/notify/wechatpay/{}", world.merchant)),
    ]);
    let orders = "SELECT out_trade_no, request FROM attempts WHERE request IS NOT NULL ORDER BY out_trade_no";
    for (out_trade_no, request) in sent(&ledger(version, None, &known), orders) {
        let answer = channel.open(&out_trade_no.parse().unwrap(), request.into()).await;
        let OpenAnswer::Code(code) = answer else { panic!("{out_trade_no}: {answer:?}") };
        let letter = out_trade_no.chars().nth(25).unwrap();
        if PAID.contains(&letter) {
            let paid = world.play("pay", json!({ "code_url": code })).await;
            known
                .insert(format!("transaction:{letter}"), paid["transaction_id"].as_str().unwrap().to_owned());
        }
        known.insert(format!("code:{letter}"), code);
    }
    if version >= 3 {
        let refunds = "SELECT refund_no, request FROM refunds WHERE request IS NOT NULL";
        for (refund_no, request) in sent(&ledger(version, None, &known), refunds) {
            let answer = channel.refund(&refund_no.parse().unwrap(), request.into()).await;
            assert!(matches!(answer, RefundAnswer::Told(_)), "{answer:?}");
        }
    }
    world.stop().await;
    world.clear_faults().await;
    settings.insert("listen".to_owned(), address.into());
    std::fs::write(&config, toml::to_string(&settings).unwrap()).unwrap();
    let file = world.state_dir().join("ledger.sqlite");
    std::fs::remove_file(&file).unwrap();
    let old = ledger(version, Some(&file), &known);
    let counter: u64 = old.query_row("SELECT max(counter) FROM orders", [], |row| row.get(0)).unwrap();
    drop(old);
    std::fs::write(world.state_dir().join("ledger.mark"), format!("{counter:020}\n")).unwrap();
    std::fs::write(world.state_dir().join("evidence.key"), [7; 64]).unwrap();
    world.start().await;
    world
}

fn is(state: &'static str) -> impl Fn(&Order) -> bool {
    move |order| order.state.as_str() == state
}

async fn day(world: &World, till: &Till) -> Day {
    let today = path::day(&world.clock.now().date(480));
    till.call(world, http::Method::GET, &today, json!(null)).await.json().await.unwrap()
}

async fn comes_to_its_end(version: usize) {
    let mut world = updated_from(version).await;
    let till = world.till(DeviceRole::Manager).await;
    let has_refunds = version >= 3;

    // A code that was shown before is paid, and the notification of it is taken.
    let shown = world.get(&till, &number('A')).await;
    assert_eq!(shown.state.as_str(), "awaiting");
    world.pay(&shown).await;
    world.until(&till, &number('A'), is("paid")).await;
    // What was never sent is sent, and what was sent without an answer is sent again; what is to be closed is closed.
    let sent = in_time(&world, &till, &number('C'), is("awaiting")).await;
    world.pay(&sent).await;
    let again = in_time(&world, &till, &number('D'), is("awaiting")).await;
    assert!(code_text(&again).starts_with("weixin://"));
    world.close(&till, &again).await;
    for (letter, state) in [('B', "paid"), ('C', "paid"), ('D', "closed"), ('E', "closed"), ('F', "paid")] {
        let ended = in_time(&world, &till, &number(letter), is(state)).await;
        assert_eq!(till.statements(&ended).len(), 1, "{letter}: it is proven");
    }
    let frozen = world.get(&till, &number('J')).await;
    assert!(frozen.mismatch && frozen.payments.is_empty(), "{frozen:?}");
    if has_refunds {
        for (letter, amount) in [('G', 300), ('H', 1280)] {
            let is_back = |order: &Order| order.refunds[0].state.as_str() == "done";
            let order = in_time(&world, &till, &number(letter), is_back).await;
            assert_eq!((order.refunds.len(), order.refunds[0].amount), (1, amount), "{letter}");
        }
        // The old backend ended while a payment code was being charged: it is taken back until that is proven.
        let taken_back = in_time(&world, &till, &number('K'), is("closed")).await;
        assert_eq!(till.statements(&taken_back).len(), 1);
    }
    let held = world.held("orders").await;
    let charged =
        |order: &&serde_json::Value| matches!(order["trade_state"].as_str(), Some("SUCCESS" | "REFUND"));
    let charged = held.as_array().unwrap().iter().filter(charged).count();
    assert_eq!(charged, if has_refunds { 7 } else { 5 }, "{held}");
    let refunds = world.held("refunds").await.as_array().unwrap().len();
    assert_eq!(refunds, if has_refunds { 2 } else { 0 });

    let day = day(&world, &till).await;
    assert_eq!(
        day.unproven.count,
        u32::from(!has_refunds),
        "the frozen order, until its money went back: {day:?}"
    );
    let merchant = world.merchant.parse().unwrap();
    let (date, transaction_id) = (world.clock.now().plus_ms(-3 * 86_400_000).date(480), {
        let paid = world.get(&till, &number('F')).await;
        paid.payments[0].transaction_id.clone()
    });
    let ledger = &world.backend().shop().ledger;
    let proof = ledger.read(move |rows| rows.evidence("wechatpay", &transaction_id)).await.unwrap();
    assert_eq!(proof.unwrap().body.as_ref(), PROOF);
    let bill = ledger.read(move |rows| rows.bill(&merchant, &date, BillKind::Trade)).await.unwrap();
    if version >= 4 {
        let bill = bill.unwrap();
        assert!(bill.state == BillState::NoBill && bill.due_at.is_none(), "{bill:?}");
    }
    world.stop().await;
    let ledger = Connection::open(world.state_dir().join("ledger.sqlite")).unwrap();
    let form: usize = ledger.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(form, LEFT.len() + 1, "each earlier form has its fixture");
}

macro_rules! comes_to_its_end {
    ($($from_version:ident $version:literal)*) => {
        $(#[tokio::test] async fn $from_version() { comes_to_its_end($version).await })*
    };
}

comes_to_its_end! {
    what_waits_in_a_ledger_of_version_1_comes_to_its_end 1
    what_waits_in_a_ledger_of_version_2_comes_to_its_end 2
    what_waits_in_a_ledger_of_version_3_comes_to_its_end 3
    what_waits_in_a_ledger_of_version_4_comes_to_its_end 4
    what_waits_in_a_ledger_of_version_5_comes_to_its_end 5
    what_waits_in_a_ledger_of_version_6_comes_to_its_end 6
    what_waits_in_a_ledger_of_version_7_comes_to_its_end 7
    what_waits_in_a_ledger_of_version_8_comes_to_its_end 8
}
