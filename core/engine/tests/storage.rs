//! The database: kills at every write, a full disk, damage, strangers' files, second instances.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;
use saoma_contract::request_signature::JournalHead;
use saoma_contract::{AttemptNo, OrderNo, RefundNo, RefundState, Time};
use saoma_engine::journal::Entry;
use saoma_engine::store::{
    Batch, CheckPlace, ListQuery, Movement, MovementSpan, MovementSum, Restored, SaleRow, Storage,
};
use saoma_engine::{
    MoneyResult, NewRefundWish, NewSale, PhaseWord, Settings, Shift, SqliteStorage, StorageError, Till,
    TillError,
};
use shop::{Shop, key, ring_up, sealing, tea, unsealed, until, wait_ms};

/// Storage whose power fails at a write: that one is done or not, and nothing works afterwards.
struct Cut {
    inner: SqliteStorage,
    writes_left: Arc<AtomicI64>,
    last_is_done: bool,
    /// So many writes find the disk full.
    full: Arc<AtomicI64>,
}

fn power_failed<T>() -> Result<T, StorageError> {
    Err(StorageError::Io { detail: "the power failed".to_owned() })
}

impl Cut {
    fn is_dead(&self) -> bool {
        self.writes_left.load(Ordering::Relaxed) <= 0
    }
}

impl Storage for Cut {
    fn restore(&mut self) -> Result<Restored, StorageError> {
        self.inner.restore()
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StorageError> {
        if self.is_dead() {
            return power_failed();
        }
        if self.full.load(Ordering::Relaxed) > 0 {
            self.full.fetch_sub(1, Ordering::Relaxed);
            return Err(StorageError::Full);
        }
        if self.writes_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            if self.last_is_done {
                self.inner.commit(batch).unwrap();
            }
            return power_failed();
        }
        self.inner.commit(batch)
    }

    fn entries_of(&mut self, order_no: &OrderNo) -> Result<Vec<Entry>, StorageError> {
        if self.is_dead() { power_failed() } else { self.inner.entries_of(order_no) }
    }

    fn entries_after(&mut self, seq: u64, limit: u32) -> Result<Vec<Entry>, StorageError> {
        self.inner.entries_after(seq, limit)
    }

    fn list(&mut self, query: &ListQuery) -> Result<Vec<SaleRow>, StorageError> {
        self.inner.list(query)
    }

    fn movements(&mut self, span: MovementSpan) -> Result<Vec<MovementSum>, StorageError> {
        self.inner.movements(span)
    }

    fn movements_of(&mut self, order_no: &OrderNo) -> Result<Vec<Movement>, StorageError> {
        self.inner.movements_of(order_no)
    }

    fn note_found(&mut self, derived: bool, detail: &str) -> Result<(), StorageError> {
        self.inner.note_found(derived, detail)
    }

    fn shifts(&mut self, no: Option<u32>, limit: u32) -> Result<Vec<Shift>, StorageError> {
        self.inner.shifts(no, limit)
    }

    fn result(&mut self, key: &str) -> Result<Option<MoneyResult>, StorageError> {
        self.inner.result(key)
    }

    fn results(&mut self) -> Result<Vec<MoneyResult>, StorageError> {
        self.inner.results()
    }

    fn check_slice(&mut self, place: &CheckPlace) -> Result<Option<CheckPlace>, StorageError> {
        self.inner.check_slice(place)
    }

    fn rebuild(&mut self, batch: &Batch) -> Result<(), StorageError> {
        self.inner.rebuild(batch)
    }
}

async fn checked(till: &Till) {
    for _ in 0..200 {
        let diagnosis = till.diagnosis().await.unwrap();
        assert_eq!(diagnosis.storage_fault, None);
        if diagnosis.storage_checked {
            return;
        }
        wait_ms(1_000).await;
    }
    panic!("the check never ended");
}

/// Rings up three sales: one is paid, one cancelled, one refreshed and paid. Errors are what a dying phone gives.
async fn busy_day(shop: &Shop, till: &Till, numbers: &[OrderNo]) -> Result<(), TillError> {
    till.pair(&shop.link(), "counter").await?;
    for (order_no, amount) in numbers.iter().zip([100, 200, 300]) {
        till.charge(order_no, tea(amount)).await?;
        wait_ms(1_500).await;
    }
    if shop.backend.state().orders.contains_key(&numbers[0]) {
        shop.backend.pay(&numbers[0], "first");
    }
    till.cancel(&numbers[1], AttemptNo::FIRST).await?;
    wait_ms(1_500).await;
    till.refresh(&numbers[2], AttemptNo::FIRST).await?;
    wait_ms(1_500).await;
    till.acknowledge("wechatpay:first").await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_write_loses_no_sale_and_makes_none_twice() {
    for last_is_done in [false, true] {
        let mut writes = 1;
        loop {
            let shop = Shop::new();
            let writes_left = Arc::new(AtomicI64::new(writes));
            let inner = SqliteStorage::open(shop.database(), &sealing()).unwrap();
            let storage = Cut { inner, writes_left: writes_left.clone(), last_is_done, full: Arc::default() };
            let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
            let numbers: Vec<OrderNo> = (0..3).map(|_| till.new_order_no()).collect();
            let died =
                busy_day(&shop, &till, &numbers).await.is_err() || writes_left.load(Ordering::Relaxed) <= 0;
            till.close().await;

            let till = shop.open().await;
            if till.pairing().await.unwrap().is_none() {
                till.pair(&shop.link(), "counter").await.unwrap();
            }
            for (order_no, amount) in numbers.iter().zip([100, 200, 300]) {
                // What was never durable is rung up by the cashier again, under the same number of the same screen.
                till.charge(order_no, tea(amount)).await.unwrap();
            }
            wait_ms(40_000).await;
            for (order_no, transaction_id) in numbers.iter().zip(["first", "second", "third"]) {
                let paid = shop.backend.state().orders[order_no].order.payments.len();
                if paid == 0 {
                    shop.backend.pay(order_no, transaction_id);
                }
            }
            for order_no in &numbers {
                let view = until(&till, order_no, |view| view.phase == PhaseWord::Paid).await;
                assert!(view.has_receipt);
                let state = shop.backend.state();
                assert_eq!(state.orders[order_no].order.payments.len(), 1, "after {writes} writes");
            }
            let results = till.results();
            let told = results.iter().filter(|result| result.key == "wechatpay:first").count();
            assert!(told <= 1 && results.len() >= 2, "after {writes} writes: {results:?}");
            checked(&till).await;
            till.close().await;
            if !died {
                assert!(writes > 10, "the day has more writes than {writes}");
                break;
            }
            writes += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_that_could_not_be_written_down_first() {
    let shop = Shop::new();
    shop.paired().await.close().await;
    let storage = SqliteStorage::open(shop.database(), &sealing()).unwrap();
    let writes_left = Arc::new(AtomicI64::new(i64::MAX));
    let storage =
        Cut { inner: storage, writes_left: writes_left.clone(), last_is_done: false, full: Arc::default() };
    let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    writes_left.store(1, Ordering::Relaxed);
    shop.backend.state().log.clear();
    assert!(till.cancel(&order_no, AttemptNo::FIRST).await.is_err());
    assert!(till.charge(&till.new_order_no(), tea(1)).await.is_err());
    wait_ms(60_000).await;
    assert_eq!(shop.backend.count("close") + shop.backend.count("PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_projection_is_what_the_journal_tells_and_a_changed_row_is_found() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let numbers: Vec<OrderNo> = (0..3).map(|_| till.new_order_no()).collect();
    busy_day(&shop, &till, &numbers).await.unwrap();
    till.close().await;
    let till = shop.open().await;
    checked(&till).await;
    till.close().await;
    let connection = unsealed(&shop.database());
    connection
        .execute("UPDATE sales SET filter = 'void', open = 0 WHERE order_no = ?1", [numbers[2].as_str()])
        .unwrap();
    drop(connection);
    let till = shop.open().await;
    wait_ms(30_000).await;
    let fault = till.diagnosis().await.unwrap().storage_fault.unwrap();
    assert!(fault.contains(numbers[2].as_str()), "{fault}");
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "storage_damaged");
    till.close().await;
    let till = shop.open().await;
    ring_up(&till, 1).await;
    checked(&till).await;
    assert_ne!(till.sale(&numbers[2]).await.unwrap().sale.phase, PhaseWord::Dropped);
}

#[tokio::test(start_paused = true)]
async fn a_changed_shift_drawer_or_result_is_found_refused_and_built_anew_from_the_journal() {
    for damage in [
        "UPDATE movements SET amount = amount + 1 WHERE kind = 'cash'",
        "UPDATE movements SET at_ms = 0",
        "DELETE FROM movements WHERE kind = 'refunded' OR kind = 'paid'",
        "UPDATE movements SET staff = sealed('movements', '', 'bo')",
        "INSERT INTO movements SELECT 'cash:' || key, order_no, 'cash', 'cash', store, staff, 100, 0, at_ms, seq FROM movements LIMIT 1",
        "INSERT INTO movements SELECT 'stray', '01J00000000000000000000000', 'cash', 'cash', store, staff, 100, 0, at_ms, seq FROM movements LIMIT 1",
        "UPDATE shifts SET body = sealed('shifts', no, json_set(opened('shifts', no, body), '$.cash_expected', 1))",
        "UPDATE shifts SET body = sealed('shifts', no, json_remove(opened('shifts', no, body), '$.later[0]'))",
        "DELETE FROM shifts",
        "UPDATE results SET acknowledged = 1 - acknowledged",
        "UPDATE results SET body = sealed('results', key, json_set(opened('results', key, body), '$.amount', 1))",
        "UPDATE results SET amount = 1",
        "UPDATE results SET late = 1,
             body = sealed('results', key, json_set(opened('results', key, body), '$.late', json('true')))",
        "DELETE FROM results",
        "UPDATE till SET body = sealed('till', one, json_set(opened('till', one, body), '$.shifts_made', 7))",
        "UPDATE till SET body = sealed('till', one, json_remove(opened('till', one, body), '$.closed_shifts'))",
    ] {
        let shop = Shop::new();
        let till = shop.paired().await;
        let numbers: Vec<OrderNo> = (0..3).map(|_| till.new_order_no()).collect();
        let refund = till.new_refund_no();
        busy_counter(&shop, &till, &numbers, &refund).await.unwrap();
        // What is learned after the close is a line about the shift.
        shop.backend.refund_comes_to(&numbers[2], &refund, RefundState::Done);
        wait_ms(3_000).await;
        let kept = (till.day(None).await.unwrap(), till.shifts(10).await.unwrap());
        assert_eq!((kept.0.refunded.amount, !kept.1[0].later.is_empty()), (120, true));
        checked(&till).await;
        till.close().await;
        let connection = unsealed(&shop.database());
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        drop(connection);

        let till = shop.open().await;
        wait_ms(60_000).await;
        assert_eq!(till.diagnosis().await.unwrap().storage_fault_code, Some("storage_damaged"), "{damage}");
        let refused = till.charge(&till.new_order_no(), tea(1)).await.unwrap_err();
        assert_eq!(refused.code(), "storage_damaged");
        till.close().await;

        let open =
            SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
                .unwrap();
        assert_eq!(open.1, None, "the journal is whole, so there is nothing to salvage");
        let till = Till::open(shop.parts(Box::new(open.0)), Settings::default()).await.unwrap();
        assert_eq!((till.day(None).await.unwrap(), till.shifts(10).await.unwrap()), kept, "{damage}");
        checked(&till).await;
        ring_up(&till, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_that_cannot_be_read_is_built_anew_at_the_opening() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    let told = till.results();
    till.close().await;
    unsealed(&shop.database()).execute("UPDATE results SET body = x'00'", []).unwrap();
    let till = shop.open().await;
    assert_eq!((told.len(), till.results()), (1, told));
    checked(&till).await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_fell_back_is_noticed_without_a_backend_and_no_number_is_given_twice() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let first = ring_up(&till, 100).await;
    until(&till, &first, |view| view.code.is_some()).await;
    till.close().await;
    let before = std::fs::read(shop.database()).unwrap();
    let till = shop.open().await;
    let second = ring_up(&till, 200).await;
    until(&till, &second, |view| view.code.is_some()).await;
    till.close().await;
    let written = reopen(&shop).unwrap().head.entries;
    std::fs::write(shop.database(), before).unwrap();
    assert!(matches!(reopen(&shop), Err(StorageError::Damaged { .. })), "an older file lies in its place");

    let open = || {
        SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
            .unwrap()
    };
    let lost = open().1.unwrap().lost;
    assert!(matches!(lost.as_slice(), [(_, last)] if *last == written), "{lost:?}");
    let (mut storage, salvage) = open();
    assert_eq!((salvage, storage.restore().unwrap().head.entries), (None, written + 1));
    let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
    assert_eq!(till.diagnosis().await.unwrap().read_only.as_deref(), Some("salvaged"));
    assert_eq!(till.sale(&first).await.unwrap().sale.amount, 100);
    till.pair(&shop.link(), "counter").await.unwrap();
    ring_up(&till, 300).await;
    checked(&till).await;
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_gone_is_said_to_be_lost_and_the_till_goes_on_once_paired() {
    let shop = Shop::new();
    let till = shop.paired().await;
    ring_up(&till, 100).await;
    till.close().await;
    std::fs::remove_file(shop.database()).unwrap();
    let open =
        SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
            .unwrap();
    let salvage = open.1.unwrap();
    assert_eq!((salvage.entries, salvage.sales, salvage.lost.len()), (0, 0, 1));
    let till = Till::open(shop.parts(Box::new(open.0)), Settings::default()).await.unwrap();
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "not_paired");
    till.pair(&shop.link(), "counter").await.unwrap();
    ring_up(&till, 300).await;
    checked(&till).await;
}

#[tokio::test(start_paused = true)]
async fn a_salvage_that_was_cut_before_its_end_is_finished_at_the_next_opening() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    let beside = |suffix: &str| shop.folder.path().join(format!("till.db{suffix}"));
    let log = std::fs::read(beside("-wal")).unwrap();
    till.close().await;
    // The damaged file's log is still there, and what was salvaged waits to take its place.
    std::fs::rename(shop.database(), beside(".ready")).unwrap();
    std::fs::write(shop.database(), "rubbish").unwrap();
    std::fs::write(beside("-wal"), log).unwrap();
    let till = shop.open().await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.amount, 100);
    assert!(!beside(".ready").exists());
    checked(&till).await;
}

#[test]
fn a_database_that_another_program_has_locked_is_refused_and_not_salvaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    drop(SqliteStorage::open(&path, &sealing()).unwrap());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused =
        SqliteStorage::open_or_salvage(&path, &sealing(), &key(1), Time::from_unix_ms(0), false).unwrap_err();
    assert_eq!((&refused, refused.code()), (&StorageError::InUse, "storage_in_use"));
    drop(other);
    assert_eq!(
        SqliteStorage::open_or_salvage(&path, &sealing(), &key(1), Time::from_unix_ms(0), false).unwrap().1,
        None
    );
}

fn reopen(shop: &Shop) -> Result<Restored, StorageError> {
    SqliteStorage::open(shop.database(), &sealing()).and_then(|mut storage| storage.restore())
}

#[tokio::test(start_paused = true)]
async fn a_changed_body_a_missing_entry_and_a_cut_tail_are_found_at_opening() {
    for change in [
        "UPDATE journal SET body = sealed('journal', seq, replace(opened('journal', seq, body), '\"at\":\"2', '\"at\":\"1'))
         WHERE seq = 2",
        "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 3) WHERE seq = 2",
        "UPDATE journal SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB) WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 2",
        "UPDATE journal SET hash = zeroblob(32) WHERE seq = 2",
        "UPDATE journal SET body_hash = zeroblob(32) WHERE seq = 2",
    ] {
        let shop = Shop::new();
        let till = shop.paired().await;
        ring_up(&till, 100).await;
        wait_ms(1_000).await;
        till.close().await;
        assert!(reopen(&shop).is_ok());
        let connection = unsealed(&shop.database());
        assert_eq!(connection.execute(change, []).unwrap(), 1);
        drop(connection);
        assert!(matches!(reopen(&shop), Err(StorageError::Damaged { .. })), "{change}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_journal_is_sealed_and_an_old_change_is_found_by_the_slices() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let limits = saoma_engine::Limits { unproven_count_max: 500, unproven_sum_max: 1_000_000 };
    till.set_limits(limits).await.unwrap();
    till.network(false).await.unwrap();
    for amount in 1..=180 {
        let order_no = ring_up(&till, amount).await;
        till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    }
    till.close().await;
    let sealed = reopen(&shop).unwrap().checkpoint.unwrap().seq;
    assert!(sealed >= 256);
    let connection = unsealed(&shop.database());
    connection.execute("UPDATE journal SET body = sealed('journal', seq, opened('journal', seq, body) || ' ') WHERE seq = 5", []).unwrap();
    drop(connection);
    let till = shop.open().await;
    wait_ms(30_000).await;
    assert!(till.diagnosis().await.unwrap().storage_fault.unwrap().contains("entry 5"));
    till.close().await;
    let open = || {
        SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
            .unwrap()
    };
    let lost = open().1.unwrap().lost;
    assert_eq!(lost, [(5, 5)], "what a check found is salvaged when the till is opened again");
    assert_eq!(open().1, None);
    let connection = unsealed(&shop.database());
    connection.execute("UPDATE checkpoints SET signature = zeroblob(64)", []).unwrap();
    drop(connection);
    let storage = SqliteStorage::open(shop.database(), &sealing()).unwrap();
    let error = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.err().unwrap();
    assert!(error.to_string().contains("seal"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_refuses_new_sales_and_keeps_the_rest() {
    let shop = Shop::new();
    shop.paired().await.close().await;
    let storage = SqliteStorage::open(shop.database(), &sealing()).unwrap();
    storage.limit_pages(45).unwrap();
    let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
    till.network(false).await.unwrap();
    let mut kept = Vec::new();
    let refused = loop {
        let order_no = till.new_order_no();
        match till.charge(&order_no, NewSale { note: Some("x".repeat(400)), ..tea(1) }).await {
            Ok(_) => kept.push(order_no),
            Err(error) => break (order_no, error),
        }
        assert!(kept.len() < 90, "the disk never filled up");
    };
    assert_eq!((refused.1.code(), refused.1.retryable()), ("storage_full", true));
    assert!(refused.1.to_string().contains("free some space"));
    assert_eq!(till.sale(&refused.0).await.unwrap_err().code(), "not_found");
    till.close().await;
    let till = shop.open().await;
    for order_no in &kept {
        assert_eq!(till.sale(order_no).await.unwrap().sale.amount, 1);
    }
    checked(&till).await;
    till.charge(&refused.0, tea(1)).await.unwrap();
}

#[test]
fn a_second_till_on_one_database_is_refused() {
    let shop = tempfile::tempdir().unwrap();
    let path = shop.path().join("till.db");
    let first = SqliteStorage::open(&path, &sealing()).unwrap();
    let error = SqliteStorage::open(&path, &sealing()).unwrap_err();
    assert_eq!(error, StorageError::InUse);
    assert!(error.to_string().contains("close it first"));
    drop(first);
    SqliteStorage::open(&path, &sealing()).unwrap();
}

#[test]
fn a_newer_database_and_other_programs_files_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    drop(SqliteStorage::open(&path, &sealing()).unwrap());
    let set = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    set("PRAGMA user_version = 99");
    let error = SqliteStorage::open(&path, &sealing()).unwrap_err();
    assert_eq!(error, StorageError::Newer { found: 99, known: 5 });
    assert!(error.to_string().contains("update Saoma"));
    set("PRAGMA user_version = 0");
    assert!(matches!(SqliteStorage::open(&path, &sealing()), Err(StorageError::Damaged { .. })));

    set("PRAGMA user_version = 5; DROP INDEX sales_open");
    let error = SqliteStorage::open(&path, &sealing()).unwrap_err().to_string();
    assert!(error.contains("tables are not as they were made"), "{error}");

    let other = folder.path().join("notes.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let before = std::fs::read(&other).unwrap();
    assert_eq!(SqliteStorage::open(&other, &sealing()).unwrap_err(), StorageError::Foreign);
    assert_eq!(std::fs::read(&other).unwrap(), before);

    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "Dear customer, ".repeat(100)).unwrap();
    assert!(matches!(SqliteStorage::open(&text, &sealing()), Err(StorageError::Damaged { .. })));
    let error = SqliteStorage::salvage(&text, &sealing(), &key(1), Time::from_unix_ms(0)).unwrap_err();
    assert!(matches!(error, StorageError::Damaged { .. }));
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "Dear customer, ".repeat(100));
}

/// Writes rubbish over the page that holds how a sale was rung up.
fn damage(shop: &Shop, order_no: &OrderNo) {
    let rung_up = "SELECT substr(body, 1, 12) FROM journal WHERE order_no = ?1 ORDER BY seq LIMIT 1";
    let nonce: Vec<u8> =
        unsealed(&shop.database()).query_row(rung_up, [order_no.as_str()], |row| row.get(0)).unwrap();
    let mut file = std::fs::read(shop.database()).unwrap();
    let at = file.windows(nonce.len()).position(|window| window == nonce).unwrap();
    let page = at / 4096 * 4096;
    file[page..page + 4096].fill(0xA5);
    std::fs::write(shop.database(), file).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_damaged_database_is_salvaged_to_what_is_readable_and_kept_aside() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let mut numbers = Vec::new();
    for amount in 1..=30 {
        let order_no = ring_up(&till, amount).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        shop.backend.pay(&order_no, &amount.to_string());
        until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
        numbers.push(order_no);
    }
    till.acknowledge("wechatpay:1").await.unwrap();
    till.close().await;
    damage(&shop, &numbers[15]);
    let before = std::fs::read(shop.database()).unwrap();

    let now = shop.backend.now();
    let salvage = SqliteStorage::salvage(&shop.database(), &sealing(), &key(1), now).unwrap();
    assert!(!salvage.lost.is_empty());
    assert!((20..30).contains(&salvage.sales), "{salvage:?}");
    assert_eq!(std::fs::read(&salvage.kept_at).unwrap(), before);

    let till = shop.open().await;
    checked(&till).await;
    let first = till.sale(&numbers[0]).await.unwrap().sale;
    assert_eq!((first.phase, first.amount), (PhaseWord::Paid, 1));
    // A sale whose payment lay on the page is whole without it: the backend tells it again.
    let query = saoma_engine::PageQuery {
        filter: Some(saoma_engine::ListFilter::Paid),
        limit: Some(100),
        ..Default::default()
    };
    let paid = till.list(query).await.unwrap().sales.len();
    assert!(paid > 20 && till.results().len() == paid - 1, "{paid} are paid");
    assert_eq!(till.diagnosis().await.unwrap().read_only.as_deref(), Some("salvaged"));
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "read_only");
    till.pair(&shop.link(), "counter").await.unwrap();
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    assert!(till.results().len() >= paid - 1, "nothing that waited is gone");
}

#[tokio::test(start_paused = true)]
async fn opening_salvages_what_is_damaged_and_leaves_what_is_whole() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    till.close().await;
    let open =
        || SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false);
    assert_eq!(open().unwrap().1, None);
    let connection = unsealed(&shop.database());
    let spoil = "UPDATE journal SET body = x'00' WHERE seq = (SELECT max(seq) FROM journal)";
    assert_eq!(connection.execute(spoil, []).unwrap(), 1);
    drop(connection);
    let (storage, salvage) = open().unwrap();
    let report = salvage.unwrap().to_string();
    assert!(report.contains("damaged-") && report.contains("pair this till again"), "{report}");
    let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
    assert_eq!(till.sale(&order_no).await.unwrap().sale.amount, 100);
    till.close().await;
    assert_eq!(open().unwrap().1, None);
}

#[tokio::test(start_paused = true)]
async fn a_database_in_use_is_not_salvaged() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let refused = SqliteStorage::salvage(&shop.database(), &sealing(), &key(1), shop.backend.now());
    assert_eq!(refused, Err(StorageError::InUse));
    till.close().await;
    let mut kept: Vec<_> =
        std::fs::read_dir(shop.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept, ["till.db", "till.db-mark"], "nothing was put aside");
}

#[tokio::test(start_paused = true)]
async fn an_intact_database_survives_being_salvaged() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    till.close().await;
    let salvage = SqliteStorage::salvage(&shop.database(), &sealing(), &key(1), shop.backend.now()).unwrap();
    assert_eq!((salvage.lost.len(), salvage.sales, salvage.unreadable.len()), (0, 1, 0));
    let till = shop.open().await;
    checked(&till).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Awaiting);
}

#[tokio::test(start_paused = true)]
async fn the_journals_head_goes_with_each_signed_request_and_never_falls_back() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    till.close().await;
    let till = shop.open().await;
    wait_ms(5_000).await;
    till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    wait_ms(5_000).await;
    let heads: Vec<JournalHead> = shop.backend.state().journal.clone();
    assert!(heads.len() > 5);
    assert!(heads.windows(2).all(|pair| {
        pair[0].entries < pair[1].entries
            || (pair[0].entries == pair[1].entries && pair[0].hash == pair[1].hash)
    }));
    till.close().await;
}

#[test]
fn ten_thousand_sales_open_in_a_moment() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let shop = Shop::new();
        let till = shop.paired().await;
        ring_up(&till, 100).await;
        till.network(false).await.unwrap();
        till.close().await;
        let mut storage = SqliteStorage::open(shop.database(), &sealing()).unwrap();
        let mut head = storage.restore().unwrap().head;
        let mut batch = Batch::default();
        for counter in 0..10_000u32 {
            let mut random = [0; 10];
            random[6..].copy_from_slice(&counter.to_be_bytes());
            let order_no = OrderNo::new(u64::from(counter), random);
            for _ in 0..5 {
                let entry = Entry::following(&head, Some(order_no.clone()), "x".repeat(600));
                head = entry.head();
                batch.entries.push(entry);
            }
            batch.sales.push(SaleRow {
                order_no,
                filter: saoma_engine::Filter::Closed,
                open: false,
                amount: 1,
                currency: saoma_contract::Currency::CNY,
                made_at: Time::from_unix_ms(i64::from(counter)),
            });
        }
        let text = saoma_engine::journal::checkpoint_text(&head);
        let signature = saoma_contract::DeviceSigner::sign(&key(1), text.as_bytes()).unwrap();
        let (seq, hash) = (head.entries, head.hash);
        batch.checkpoint = Some(saoma_engine::journal::Checkpoint { seq, hash, signature });
        storage.commit(&batch).unwrap();
        drop(storage);
        let started = std::time::Instant::now();
        let till = shop.open().await;
        let page = till.list(saoma_engine::PageQuery { limit: Some(1), ..Default::default() }).await.unwrap();
        assert_eq!(page.sales[0].amount, 100);
        // Far above what it takes, far below what walking it all would take.
        assert!(started.elapsed() < std::time::Duration::from_millis(500), "{:?}", started.elapsed());
    });
}

#[tokio::test(start_paused = true)]
async fn money_that_comes_while_the_disk_is_full_is_told_as_soon_as_there_is_room() {
    let shop = Shop::new();
    shop.paired().await.close().await;
    let full: Arc<AtomicI64> = Arc::default();
    let storage = Cut {
        inner: SqliteStorage::open(shop.database(), &sealing()).unwrap(),
        writes_left: Arc::new(AtomicI64::new(i64::MAX)),
        last_is_done: false,
        full: full.clone(),
    };
    let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    full.store(i64::MAX, Ordering::Relaxed);
    shop.backend.pay(&order_no, "42");
    let view = until(&till, &order_no, |view| view.trouble.is_some()).await;
    assert_eq!(view.phase, PhaseWord::Awaiting);
    assert!(view.trouble.unwrap().contains("storage is full"));
    assert!(till.results().is_empty());
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "storage_full");
    assert!(till.diagnosis().await.unwrap().storage_fault.is_some());
    full.store(0, Ordering::Relaxed);
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!(till.results().len(), 1);
    ring_up(&till, 1).await;
    assert_eq!(till.diagnosis().await.unwrap().storage_fault, None);
}

#[tokio::test(start_paused = true)]
async fn a_body_can_be_erased_and_the_chain_still_holds() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let (erased, kept) = (ring_up(&till, 100).await, ring_up(&till, 200).await);
    for order_no in [&erased, &kept] {
        until(&till, order_no, |view| view.code.is_some()).await;
        shop.backend.pay(order_no, order_no.tail());
        until(&till, order_no, |view| view.phase == PhaseWord::Paid).await;
    }
    till.close().await;
    let connection = unsealed(&shop.database());
    let erase = "UPDATE journal SET body = NULL WHERE order_no = ?1";
    assert!(connection.execute(erase, [erased.as_str()]).unwrap() > 2);
    drop(connection);
    let till = shop.open().await;
    checked(&till).await;
    assert_eq!(till.sale(&kept).await.unwrap().sale.phase, PhaseWord::Paid);
    assert_eq!(till.sale(&erased).await.unwrap_err().code(), "not_found");
    assert_eq!(till.day(None).await.unwrap().paid.amount, 300);
}

#[tokio::test(start_paused = true)]
async fn what_was_acknowledged_in_an_erased_entry_stays_acknowledged() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    let key = till.results()[0].key.clone();
    till.acknowledge(&key).await.unwrap();
    till.close().await;
    let connection = unsealed(&shop.database());
    let erase = "UPDATE journal SET body = NULL WHERE order_no IS NULL AND opened('journal', seq, body) LIKE '%\"acknowledged\"%'";
    assert_eq!(connection.execute(erase, []).unwrap(), 1);
    drop(connection);
    let till = shop.open().await;
    checked(&till).await;
    assert!(till.results().is_empty(), "nobody is told twice");
}

#[tokio::test(start_paused = true)]
async fn a_till_whose_pairing_was_lost_with_damage_has_its_sales_again_once_paired() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 100).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    till.close().await;
    let connection = unsealed(&shop.database());
    connection
        .execute("UPDATE journal SET body_hash = zeroblob(32) WHERE opened('journal', seq, body) LIKE '%\"paired\"%'", [])
        .unwrap();
    drop(connection);
    assert!(matches!(reopen(&shop), Err(StorageError::Damaged { .. })));
    let salvage = SqliteStorage::salvage(&shop.database(), &sealing(), &key(1), shop.backend.now()).unwrap();
    assert_eq!((salvage.sales, salvage.unreadable.len()), (0, 1));
    let till = shop.open().await;
    till.pair(&shop.link(), "counter").await.unwrap();
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    checked(&till).await;
}

#[tokio::test(start_paused = true)]
async fn a_push_that_could_not_be_written_is_not_skipped_by_the_next_one() {
    let shop = Shop::new();
    shop.paired().await.close().await;
    let full: Arc<AtomicI64> = Arc::default();
    let storage = Cut {
        inner: SqliteStorage::open(shop.database(), &sealing()).unwrap(),
        writes_left: Arc::new(AtomicI64::new(i64::MAX)),
        last_is_done: false,
        full: full.clone(),
    };
    let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
    let sales = [ring_up(&till, 100).await, ring_up(&till, 200).await];
    for order_no in &sales {
        until(&till, order_no, |view| view.code.is_some()).await;
        till.cancel(order_no, AttemptNo::FIRST).await.unwrap();
        wait_ms(1_000).await;
        shop.backend.prove_closed(order_no);
        until(&till, order_no, |view| view.phase == PhaseWord::Closed).await;
    }
    // Late money for both, told in one chunk; the first cannot be written down.
    let streams = std::mem::take(&mut shop.backend.state().streams);
    let mut chunk = String::new();
    for order_no in &sales {
        shop.backend.pay(order_no, order_no.tail());
        let state = shop.backend.state();
        let order = serde_json::to_string(&state.orders[order_no].order).unwrap();
        chunk.push_str(&format!("event: order\nid: {}\ndata: {order}\n\n", state.counter));
    }
    full.store(1, Ordering::Relaxed);
    for stream in &streams {
        stream.send(Ok(chunk.clone().into())).unwrap();
    }
    shop.backend.state().streams = streams;
    for order_no in &sales {
        until(&till, order_no, |view| view.phase == PhaseWord::Paid && view.late).await;
    }
}

/// Brings a database back to what the first version would have made of it.
const BACK_TO_THE_FIRST: &str = "
    DROP TABLE movements; DROP TABLE shifts; DROP TABLE found;
    ALTER TABLE journal RENAME TO sealed_journal;
    CREATE TABLE journal (seq INTEGER PRIMARY KEY, order_no TEXT, body TEXT, body_hash BLOB, hash BLOB) STRICT;
    INSERT INTO journal SELECT seq, order_no, opened('journal', seq, body), body_hash, hash FROM sealed_journal;
    ALTER TABLE results RENAME TO sealed_results;
    CREATE TABLE results (key TEXT PRIMARY KEY, kind TEXT, amount INTEGER, late INTEGER, paid_at_ms INTEGER, body TEXT,
                          acknowledged INTEGER) STRICT;
    INSERT INTO results SELECT key, kind, amount, late, paid_at_ms, opened('results', key, body), acknowledged FROM sealed_results;
    ALTER TABLE till RENAME TO sealed_till;
    CREATE TABLE till (one INTEGER PRIMARY KEY, body TEXT) STRICT;
    INSERT INTO till SELECT one, opened('till', one, body) FROM sealed_till;
    DROP TABLE sealed_journal; DROP TABLE sealed_results; DROP TABLE sealed_till;
    PRAGMA user_version = 1;
";

#[tokio::test(start_paused = true)]
async fn a_database_of_the_first_version_is_brought_up_to_date_and_loses_nothing() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let numbers: Vec<OrderNo> = (0..3).map(|_| till.new_order_no()).collect();
    busy_day(&shop, &till, &numbers).await.unwrap();
    let day = till.day(None).await.unwrap();
    assert_eq!(day.paid.count, 1);
    till.close().await;
    let connection = unsealed(&shop.database());
    connection.execute_batch(BACK_TO_THE_FIRST).unwrap();
    drop(connection);
    let till = shop.open().await;
    let migrated = till.day(None).await.unwrap();
    assert_eq!((migrated.paid, migrated.late, migrated.methods), (day.paid, day.late, day.methods));
    checked(&till).await;
    assert_eq!(till.sale(&numbers[0]).await.unwrap().sale.phase, PhaseWord::Paid);
}

#[tokio::test(start_paused = true)]
async fn a_till_does_not_open_with_another_device_key_unless_a_person_says_the_old_one_is_lost() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let old = ring_up(&till, 1280).await;
    until(&till, &old, |view| view.code.is_some()).await;
    till.close().await;
    let open = async |key_was_lost: bool| {
        let (storage, salvage) = SqliteStorage::open_or_salvage(
            &shop.database(),
            &sealing(),
            &key(2),
            shop.clock.true_time(),
            false,
        )
        .unwrap();
        assert_eq!(salvage, None, "another key is no damage");
        let parts = saoma_engine::Parts { signer: Arc::new(key(2)), ..shop.parts(Box::new(storage)) };
        Till::open(parts, Settings { key_was_lost, ..Settings::default() }).await
    };
    let refused = open(false).await.err().unwrap();
    assert_eq!(refused.code(), "other_key");
    for language in [saoma_engine::wording::Language::English, saoma_engine::wording::Language::Chinese] {
        let sentences =
            ["other_key", "key_lost", "key_locked", "key_replaced"].map(|code| language.code(code));
        assert!(
            sentences.iter().all(Option::is_some)
                && sentences[0] != sentences[1]
                && sentences[1] != sentences[2]
        );
    }
    // Nothing was changed by that: the right key still opens it.
    shop.open().await.close().await;

    let till = open(true).await.unwrap();
    assert_eq!(till.diagnosis().await.unwrap().read_only.as_deref(), Some("key_replaced"));
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "read_only");
    assert_eq!(till.sale(&old).await.unwrap().sale.amount, 1280, "what the old key signed can still be read");
    till.pair(&shop.link(), "counter").await.unwrap();
    shop.backend.pay(&old, "42");
    until(&till, &old, |view| view.phase == PhaseWord::Paid).await;
    let new = ring_up(&till, 700).await;
    until(&till, &new, |view| view.code.is_some()).await;
    checked(&till).await;
    till.close().await;
    let till = open(false).await.unwrap();
    assert_eq!(till.diagnosis().await.unwrap().read_only, None, "from now on it is the till's own key");
}

/// A shift with a sale in cash, a charged payment code, and money given back. Errors are what a dying phone gives.
async fn busy_counter(
    shop: &Shop,
    till: &Till,
    numbers: &[OrderNo],
    refund: &RefundNo,
) -> Result<(), TillError> {
    if till.pairing().await?.is_none() {
        till.pair(&shop.link(), "counter").await?;
    }
    if till.shifts(10).await?.is_empty() {
        till.open_shift(0).await?;
    }
    till.charge(&numbers[0], NewSale { in_cash: true, ..tea(100) }).await?;
    till.charge(&numbers[1], tea(200)).await?;
    wait_ms(1_500).await;
    till.take_cash(&numbers[1]).await?;
    till.charge(&numbers[2], NewSale { by_code: true, ..tea(300) }).await?;
    wait_ms(3_000).await;
    if till.sale(&numbers[2]).await?.sale.phase == PhaseWord::Ready {
        till.scan(&numbers[2], None, "134567890123456789".to_owned()).await?;
    }
    wait_ms(3_000).await;
    let payment = till.sale(&numbers[2]).await?.sale.payments.first().map(|one| one.transaction_id.clone());
    if let Some(transaction_id) = payment {
        let wish =
            NewRefundWish { transaction_id, amount: 120, reason: "cold".to_owned(), ..Default::default() };
        till.refund(&numbers[2], refund, wish).await?;
    }
    wait_ms(1_500).await;
    if till.shifts(1).await?.first().is_some_and(|shift| shift.closed_at.is_none()) {
        till.close_shift(None).await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_write_charges_gives_back_and_closes_nothing_twice() {
    for last_is_done in [false, true] {
        let mut writes = 1;
        loop {
            let shop = Shop::new();
            let writes_left = Arc::new(AtomicI64::new(writes));
            let inner = SqliteStorage::open(shop.database(), &sealing()).unwrap();
            let storage = Cut { inner, writes_left: writes_left.clone(), last_is_done, full: Arc::default() };
            let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
            let numbers: Vec<OrderNo> = (0..3).map(|_| till.new_order_no()).collect();
            let refund = till.new_refund_no();
            let died = busy_counter(&shop, &till, &numbers, &refund).await.is_err()
                || writes_left.load(Ordering::Relaxed) <= 0;
            till.close().await;

            let till = shop.open().await;
            wait_ms(40_000).await;
            busy_counter(&shop, &till, &numbers, &refund).await.unwrap();
            wait_ms(40_000).await;
            busy_counter(&shop, &till, &numbers, &refund).await.unwrap();
            wait_ms(10_000).await;
            {
                let state = shop.backend.state();
                assert_eq!(state.charges[&numbers[2]], 1, "after {writes} writes");
                let of = |number: &OrderNo| state.orders[number].order.clone();
                assert_eq!(of(&numbers[2]).refunds.len(), 1, "after {writes} writes");
                for number in &numbers[..2] {
                    assert_eq!(of(number).payments.len(), 1, "after {writes} writes");
                }
                assert_eq!(of(&numbers[0]).attempts.len(), 0, "no code was ever made for cash");
            }
            let shifts = till.shifts(10).await.unwrap();
            assert_eq!((shifts.len(), shifts[0].closed_at.is_some()), (1, true), "after {writes} writes");
            let day = till.day(None).await.unwrap();
            assert_eq!(
                (day.cash.count, day.cash.amount, day.paid.amount),
                (2, 300, 300),
                "after {writes} writes"
            );
            checked(&till).await;
            till.close().await;
            if !died {
                assert!(writes > 10, "the day has more writes than {writes}");
                break;
            }
            writes += 1;
        }
    }
}
