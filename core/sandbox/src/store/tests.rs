//! The file: whose it is, what survives, what a full disk does.

use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sandbox.db");
    (folder, path)
}

#[tokio::test]
async fn what_was_kept_is_there_after_opening_again() {
    let (_folder, path) = folder();
    let store = Store::open(&path, Executor::Thread).unwrap();
    store.run(|rows| rows.keep("name", &7)).await.unwrap();
    store.close();
    let again = Store::open(&path, Executor::Thread).unwrap();
    assert_eq!(again.run(|rows| rows.kept::<i32>("name")).await.unwrap(), Some(7));
    assert_eq!(again.run(|rows| rows.kept::<i32>("other")).await.unwrap(), None);
}

#[tokio::test]
async fn failed_work_leaves_nothing_and_does_not_touch_work_beside_it() {
    let (_folder, path) = folder();
    let store = Store::open(&path, Executor::Thread).unwrap();
    let failing = store.run(|rows| {
        rows.keep("half", &1)?;
        Err::<(), _>(StoreError::Stopped)
    });
    let good = store.run(|rows| rows.keep("whole", &2));
    let (failed, kept) = tokio::join!(failing, good);
    assert!(failed.is_err());
    kept.unwrap();
    let read = store.run(|rows| Ok((rows.kept::<i32>("half")?, rows.kept::<i32>("whole")?)));
    assert_eq!(read.await.unwrap(), (None, Some(2)));
}

#[test]
fn a_full_disk_is_told_and_undoes_what_shared_its_transaction_and_nothing_else() {
    let (_folder, path) = folder();
    let mut connection = open::open(&path).unwrap();
    alone(&connection, |rows| rows.keep("before", &"small")).unwrap();
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();

    let (answers, told) = std::sync::mpsc::channel();
    let job = |name: &'static str, value: String| -> Job {
        let answers = answers.clone();
        Box::new(move |connection| {
            let outcome = alone(connection, |rows| rows.keep(name, &value));
            Box::new(move |committed| answers.send(outcome.and(committed)).unwrap())
        })
    };
    let jobs = vec![
        job("beside", "small".into()),
        job("before", "x".repeat(1_000_000)),
        job("after", "small".into()),
    ];
    together(&mut connection, jobs);

    assert!(matches!(told.recv().unwrap(), Err(StoreError::Undone)));
    assert!(matches!(told.recv().unwrap(), Err(StoreError::Full)));
    assert!(told.recv().unwrap().is_ok());
    let kept = |name| alone(&connection, |rows| rows.kept::<String>(name)).unwrap();
    assert_eq!(kept("before").as_deref(), Some("small"));
    assert_eq!(kept("beside"), None);
    assert_eq!(kept("after").as_deref(), Some("small"));
}

#[tokio::test]
async fn a_stopped_store_says_so() {
    let (_folder, path) = folder();
    let store = Store::open(&path, Executor::Thread).unwrap();
    store.close();
    assert!(matches!(store.run(|rows| rows.keep("name", &7)).await, Err(StoreError::Stopped)));
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_was() {
    for make in ["CREATE TABLE theirs (a)", "PRAGMA application_id = 7", "PRAGMA user_version = 3"] {
        let (_folder, path) = folder();
        Connection::open(&path).unwrap().execute_batch(make).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(matches!(Store::open(&path, Executor::Thread), Err(OpenError::Foreign)), "{make}");
        assert_eq!(fs::read(&path).unwrap(), before, "{make}");
    }
}

#[test]
fn a_newer_version_and_a_file_that_is_no_database_are_refused() {
    let (_folder, path) = folder();
    Store::open(&path, Executor::Thread).unwrap().close();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(&path, Executor::Thread), Err(OpenError::Newer { found: 99 })));

    let (_folder, path) = folder();
    fs::write(&path, "this is a letter, not a database; ".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path, Executor::Thread), Err(OpenError::NotADatabase)));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_second_sandbox_on_the_same_file_is_refused() {
    let (_folder, path) = folder();
    let first = Store::open(&path, Executor::Thread).unwrap();
    assert!(matches!(Store::open(&path, Executor::Thread), Err(OpenError::InUse)));
    first.close();
    Store::open(&path, Executor::Thread).unwrap().close();
}

/// What version 1 wrote: an order that was paid, its code and its notification, on its way still.
const VERSION_1: &str = r#"
    CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE orders (
        mchid TEXT NOT NULL, out_trade_no TEXT NOT NULL, transaction_id TEXT UNIQUE, content TEXT NOT NULL,
        UNIQUE (mchid, out_trade_no)
    ) STRICT;
    CREATE TABLE codes (
        token TEXT PRIMARY KEY, mchid TEXT NOT NULL, out_trade_no TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notifications (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, due_ms INTEGER, content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notifications_due ON notifications (due_ms) WHERE due_ms IS NOT NULL;
    INSERT INTO orders VALUES ('1900000001', 'FORMER-01', '4200000001', '{"terms":{"appid":"wx0000000000000001",
        "mchid":"1900000001","description":"拿铁","out_trade_no":"FORMER-01","notify_url":"http://127.0.0.1:9/notify",
        "total":1280,"currency":"CNY","time_expire":null,"attach":null,"device_id":null,"rest":{}},
        "created_at":"2026-08-01T02:00:00Z","expires_at":"2026-08-08T02:00:00Z",
        "code":{"token":"FIRST","issued_at":"2026-08-01T02:00:00Z"},"scanned_by":"oAnna",
        "state":{"is":"paid","transaction_id":"4200000001","payer":"oAnna","at":"2026-08-01T02:00:10Z"}}');
    INSERT INTO codes VALUES ('FIRST', '1900000001', 'FORMER-01');
    INSERT INTO notifications VALUES (1, 'n-1', 1785549610000, '{"id":"n-1","mchid":"1900000001",
        "out_trade_no":"FORMER-01","transaction_id":"4200000001","notify_url":"http://127.0.0.1:9/notify",
        "created_at":"2026-08-01T02:00:10Z","nonce":"123456789012","transaction":"{}",
        "next_at":"2026-08-01T02:00:10Z","postponed":false,"tries":[]}');
    PRAGMA application_id = 0x53615362;
    PRAGMA user_version = 1;
"#;

#[tokio::test]
async fn version_1_goes_on_with_its_payments_booked() {
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().execute_batch(VERSION_1).unwrap();
    for _ in 0..2 {
        let store = Store::open(&path, Executor::Thread).unwrap();
        let read = store.run(|rows| {
            let notified = rows.notification("n-1")?.unwrap();
            let order = rows.order_by_code("FIRST")?.unwrap();
            Ok((
                order.trade_state(),
                rows.balance("1900000001")?,
                notified.event.name(),
                rows.refunds()?.len(),
            ))
        });
        assert_eq!(read.await.unwrap(), ("SUCCESS", 1272, "TRANSACTION.SUCCESS", 0), "booked once");
        store.close();
    }
}

#[test]
fn a_database_that_cannot_be_brought_forward_is_left_at_its_version() {
    let (_folder, path) = folder();
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    connection.execute("UPDATE orders SET content = '{}'", []).unwrap();
    drop(connection);
    assert!(matches!(Store::open(&path, Executor::Thread), Err(OpenError::Migration(_))));
    let connection = Connection::open(&path).unwrap();
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let refunds: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'refunds'", [], |row| row.get(0))
        .unwrap();
    assert_eq!((version, refunds), (1, 0));
}
