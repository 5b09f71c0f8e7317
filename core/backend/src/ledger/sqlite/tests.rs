use std::sync::mpsc;

use saoma_contract::{Currency, OrderNo};

use super::super::conformance::{conforms, order, start, write};
use super::super::{BillState, MerchantRow, ReadRows};
use super::*;
use crate::channel::BillKind;
use crate::reconciliation::TradeSums;

fn open(folder: &Path, executor: Executor) -> SqliteLedger {
    SqliteLedger::open(folder, executor, start()).unwrap()
}

async fn with_merchant(ledger: &dyn Ledger) {
    let row = MerchantRow { id: "tea".parse().unwrap(), live: false, currency: Currency::CNY };
    ledger.write::<_, LedgerError, _>(move |rows| rows.put_merchant(&row)).await.unwrap();
}

async fn count(ledger: &dyn Ledger) -> usize {
    ledger.read(|rows: &dyn ReadRows| rows.unsettled()).await.unwrap().len()
}

#[tokio::test]
async fn it_is_a_ledger_on_threads_and_inline() {
    for executor in [Executor::Threads, Executor::Inline] {
        let folders = Mutex::new(Vec::new());
        conforms(|| {
            let folder = tempfile::tempdir().unwrap();
            let ledger = open(folder.path(), executor);
            folders.lock().unwrap().push(folder);
            Arc::new(ledger)
        })
        .await;
    }
}

#[tokio::test]
async fn many_waiting_writes_share_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), Executor::Threads);
    let ledger: &dyn Ledger = &ledger;
    with_merchant(ledger).await;
    let (release, held) = mpsc::channel::<()>();
    let holding = ledger.write::<(), LedgerError, _>(move |_| {
        held.recv().unwrap();
        Ok(())
    });
    let waiting: Vec<_> = (1..=100)
        .map(|number| {
            let record = order(number, "main", None);
            ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(record, Some(start())))
        })
        .collect();
    release.send(()).unwrap();
    holding.await.unwrap();
    for one in waiting {
        one.await.unwrap();
    }
    assert_eq!(count(ledger).await, 100);
}

#[tokio::test]
async fn a_hundred_writes_behind_a_slow_one_take_one_wait_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), Executor::Threads);
    with_merchant(&ledger).await;
    let before = ledger.commits();
    let (release, held) = mpsc::channel::<()>();
    let works = (0..=100u8).map(|number| {
        let held = (number == 0).then_some(());
        (number, held)
    });
    let mut held = Some(held);
    let mut waiting = Vec::new();
    for (number, is_first) in works {
        let gate = is_first.and_then(|()| held.take());
        let record = order(number, "main", None);
        waiting.push((&ledger as &dyn Ledger).write::<_, LedgerError, _>(move |rows| {
            if let Some(gate) = gate {
                gate.recv().unwrap();
            }
            rows.put_order(record, Some(start()))
        }));
    }
    release.send(()).unwrap();
    for one in waiting {
        one.await.unwrap();
    }
    assert!(ledger.commits() - before <= 2, "{} commits", ledger.commits() - before);
}

#[tokio::test]
async fn what_was_answered_survives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let epoch = {
        let ledger = open(folder.path(), Executor::Threads);
        with_merchant(&ledger).await;
        write(&ledger, order(1, "main", None)).await;
        ledger.epoch()
    };
    let ledger = SqliteLedger::open(folder.path(), Executor::Threads, start().plus_ms(60_000)).unwrap();
    assert_eq!((ledger.epoch(), count(&ledger).await), (epoch, 1));
    let next = write(&ledger, order(2, "main", None)).await;
    assert_eq!(next.version.counter, 2);
}

#[tokio::test]
async fn a_second_backend_on_one_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), Executor::Threads);
    let Err(error) = SqliteLedger::open(folder.path(), Executor::Threads, start()) else {
        panic!("two at once")
    };
    assert!(matches!(error, OpenError::InUse(_)));
    assert!(error.to_string().contains("stop that one first"), "{error}");
    with_merchant(&first).await;
    drop(first);
    open(folder.path(), Executor::Threads);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE cakes (name TEXT); INSERT INTO cakes VALUES ('plum');").unwrap();
    other.close().unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = SqliteLedger::open(folder.path(), Executor::Threads, start()).err();
    assert!(matches!(refused, Some(OpenError::OtherProgram(_))), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    std::fs::write(&path, "this is a diary, not a database. ".repeat(100)).unwrap();
    let refused = SqliteLedger::open(folder.path(), Executor::Threads, start()).err();
    assert!(matches!(refused, Some(OpenError::OtherProgram(_))), "{refused:?}");
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), Executor::Threads));
    let path = folder.path().join("ledger.sqlite");
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    newer.close().unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = SqliteLedger::open(folder.path(), Executor::Threads, start()).err();
    assert!(matches!(refused, Some(OpenError::Newer { found: 99, known: 9, .. })), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_database_from_a_backup_takes_a_new_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let first = {
        let ledger = open(folder.path(), Executor::Threads);
        with_merchant(&ledger).await;
        write(&ledger, order(1, "main", None)).await;
        ledger.close();
        std::fs::copy(folder.path().join("ledger.sqlite"), &backup).unwrap();
        ledger.epoch()
    };
    {
        let ledger = open(folder.path(), Executor::Threads);
        write(&ledger, order(2, "main", None)).await;
        assert_eq!(ledger.epoch(), first);
    }
    std::fs::copy(&backup, folder.path().join("ledger.sqlite")).unwrap();
    let restored = {
        let ledger = open(folder.path(), Executor::Threads);
        assert!(ledger.epoch() > first, "behind its mark");
        assert_eq!(write(&ledger, order(3, "main", None)).await.version.epoch, ledger.epoch());
        ledger.epoch()
    };
    std::fs::remove_file(folder.path().join("ledger.mark")).unwrap();
    let ledger = open(folder.path(), Executor::Threads);
    assert!(ledger.epoch() > restored, "without its mark");
    drop(ledger);
    let same = open(folder.path(), Executor::Threads).epoch();
    assert!(
        same > restored && open(folder.path(), Executor::Threads).epoch() == same,
        "and keeps it from then on"
    );
}

#[tokio::test]
async fn a_full_disk_refuses_the_work_and_writes_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), Executor::Inline);
    with_merchant(&ledger).await;
    write(&ledger, order(1, "main", None)).await;
    let limit = |pages: i64| {
        let mut writer = ledger.writer.lock().unwrap();
        let Some(Writer::Inline(state)) = writer.as_mut() else { panic!("inline") };
        let pages = if pages == 0 {
            state.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap()
        } else {
            pages
        };
        state.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    limit(0);
    let mut refused = None;
    for number in 2..=200 {
        let record = order(number, "main", None);
        let outcome = (&ledger as &dyn Ledger)
            .write::<_, LedgerError, _>(move |rows| rows.put_order(record, Some(start())))
            .await;
        if let Err(error) = outcome {
            refused = Some((number, error));
            break;
        }
    }
    let (number, error) = refused.expect("the pages are soon used up");
    assert!(matches!(error, LedgerError::Unavailable(_)), "{error}");
    let order_no = order(number, "main", None).order_no;
    let absent: OrderNo = order_no.clone();
    assert_eq!((&ledger as &dyn Ledger).read(move |rows| rows.order(&absent)).await, Ok(None));
    limit(1_000_000);
    let written = write(&ledger, order(number, "main", None)).await;
    assert_eq!(written.version.counter, u64::from(number), "and goes on as if nothing had happened");
}

#[tokio::test]
async fn a_panic_in_one_piece_of_work_hurts_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), Executor::Threads);
    let ledger: &dyn Ledger = &ledger;
    with_merchant(ledger).await;
    let (bad, good) = (order(1, "main", None), order(2, "main", None));
    let bad = ledger.write::<(), LedgerError, _>(move |rows| {
        rows.put_order(bad, Some(start()))?;
        panic!("a mistake of ours");
    });
    let good = ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(good, Some(start())));
    assert!(matches!(bad.await, Err(LedgerError::Unavailable(_))));
    good.await.unwrap();
    assert_eq!(count(ledger).await, 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let _ledger = open(folder.path(), Executor::Threads);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
}

/// A ledger as version 1 left it: its schema, which is never edited, and rows that it wrote.
fn version_1(folder: &Path) {
    let connection = Connection::open(folder.join("ledger.sqlite")).unwrap();
    connection.execute_batch(include_str!("schema.sql")).unwrap();
    connection.execute_batch(include_str!("fixtures/version-1.sql")).unwrap();
}

#[tokio::test]
async fn a_ledger_of_version_1_is_brought_up_to_date_and_its_money_can_go_back() {
    let folder = tempfile::tempdir().unwrap();
    version_1(folder.path());
    let ledger = open(folder.path(), Executor::Inline);
    let ledger: &dyn Ledger = &ledger;
    let find = async |number: u8| {
        let order_no: OrderNo = format!("01K1J6QYV0000000000000000{number}").parse().unwrap();
        ledger.read(move |rows| rows.order(&order_no)).await.unwrap().unwrap()
    };
    let (paid, open, frozen) = (find(1).await, find(2).await, find(3).await);
    assert_eq!((paid.state().as_str(), paid.payments[0].accepted.is_none()), ("paid", true));
    assert_eq!(paid.late_money(&paid.payments[0]), Some(saoma_contract::LateMoney::Ask));
    assert_eq!((open.state().as_str(), open.attempts[0].kind), ("awaiting", crate::orders::Kind::Qr));
    assert_eq!((frozen.mismatch, frozen.mismatches.len()), (true, 1));
    assert_eq!(count(ledger).await, 1, "what waited goes on");
    for (record, transaction_id, amount) in [(paid, "4200", 300), (frozen, "4201", 1)] {
        let event = crate::orders::Event::AskRefund {
            refund_no: saoma_contract::RefundNo::new(1, [u8::try_from(amount % 250).unwrap(); 10]),
            asked: saoma_contract::NewRefund {
                channel: "wechatpay".to_owned(),
                transaction_id: transaction_id.to_owned(),
                amount,
                currency: Currency::CNY,
                reason: "少糖".parse().unwrap(),
            },
            by: crate::orders::By::default(),
            waits_for_manager: false,
        };
        let moment = crate::orders::Moment { now: start().plus_ms(60_000), permille: 500 };
        let asked = crate::orders::decide(&record, event, moment).unwrap().record;
        let written = write(ledger, asked).await;
        let order_no = written.order_no.clone();
        assert_eq!(ledger.read(move |rows| rows.order(&order_no)).await, Ok(Some(written)));
    }
    assert_eq!(count(ledger).await, 3);
}

#[tokio::test]
async fn what_an_older_ledger_kept_of_the_payers_is_sealed_and_still_a_proof() {
    let folder = tempfile::tempdir().unwrap();
    version_1(folder.path());
    let path = folder.path().join("ledger.sqlite");
    let said = br#"{"payer":{"openid":"oSomebody"}}"#;
    let connection = Connection::open(&path).unwrap();
    let made = "INSERT INTO evidence VALUES ('wechatpay', '4299', 1, 'PUB_KEY_ID_1', '', ?1)";
    connection.execute(made, [said.as_slice()]).unwrap();
    drop(connection);
    let names_somebody = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let mut files = files.map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.any(|bytes| bytes.windows(9).any(|window| window == b"oSomebody"))
    };
    assert!(names_somebody());
    let ledger = open(folder.path(), Executor::Threads);
    let found = (&ledger as &dyn Ledger).read(|rows| rows.evidence("wechatpay", "4299")).await.unwrap();
    assert_eq!(found.unwrap().body.as_ref(), said);
    drop(ledger);
    assert!(!names_somebody());
    // With another key the ledger is whole, and its proofs alone are not read.
    std::fs::remove_file(folder.path().join("evidence.key")).unwrap();
    let ledger = open(folder.path(), Executor::Threads);
    let found = (&ledger as &dyn Ledger).read(|rows| rows.evidence("wechatpay", "4299")).await.unwrap();
    assert!(found.unwrap().body.is_empty());
    assert_eq!(count(&ledger).await, 1, "what waited goes on");
}

/// A ledger as the version left it that knew one bill a day.
fn with_one_bill_a_day(folder: &Path) {
    version_1(folder);
    let connection = Connection::open(folder.join("ledger.sqlite")).unwrap();
    for step in [include_str!("people.sql"), include_str!("refunds.sql"), include_str!("bills.sql")] {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", 4).unwrap();
    connection
        .execute_batch(
            r#"INSERT INTO bills VALUES ('tea', '2026-08-01', 'fetched', NULL, 2, NULL, 'a.bill', 'ab', 1785636000000,
               '{"rows":3,"faults":[],"agreed":{"count":2,"amount":5},"refunds_agreed":{"count":1,"amount":1},"findings_total":0}');
               INSERT INTO bills VALUES ('tea', '2026-08-02', 'waiting', 7, 1, 'why', NULL, NULL, NULL, NULL);"#,
        )
        .unwrap();
}

#[tokio::test]
async fn bills_of_a_ledger_that_knew_one_a_day_are_trade_bills() {
    let folder = tempfile::tempdir().unwrap();
    with_one_bill_a_day(folder.path());
    let ledger = open(folder.path(), Executor::Inline);
    let ledger: &dyn Ledger = &ledger;
    let find = async |date: &'static str, kind: BillKind| {
        ledger.read(move |rows| rows.bill(&"tea".parse().unwrap(), date, kind)).await.unwrap()
    };
    let first = find("2026-08-01", BillKind::Trade).await.unwrap();
    assert_eq!(
        (first.state, first.file.unwrap().name.as_str(), first.tries),
        (BillState::Fetched, "a.bill", 2)
    );
    let checked = first.checked.unwrap();
    assert_eq!((checked.rows, checked.agreed.count, checked.sums), (3, 2, TradeSums::default()));
    assert_eq!(find("2026-08-01", BillKind::FundFlow).await, None);
    let due = ledger.read(|rows| rows.bills_due(&"tea".parse().unwrap())).await.unwrap();
    let due: Vec<_> = due.iter().map(|bill| (bill.date.as_str(), bill.trouble.as_deref())).collect();
    assert_eq!(due, [("2026-08-02", Some("why"))]);
}

#[tokio::test]
async fn the_first_order_is_the_oldest_and_not_the_one_that_changed_least_lately() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), Executor::Inline);
    let ledger: &dyn Ledger = &ledger;
    with_merchant(ledger).await;
    let first = async || ledger.read(|rows| rows.first_order_at(&"tea".parse().unwrap())).await.unwrap();
    assert_eq!(first().await, None);
    let (mut older, mut newer) = (order(1, "main", None), order(2, "main", None));
    newer.created_at = start().plus_ms(86_400_000);
    older.created_at = start();
    write(ledger, newer.clone()).await;
    assert_eq!(first().await, Some(newer.created_at));
    write(ledger, older.clone()).await;
    assert_eq!(first().await, Some(start()), "it changed after the newer one");
    // A ledger that was lost: the order came back now, and its payment is of before.
    let paid_at = start().plus_ms(-3 * 86_400_000);
    let connection = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
    let sql = "INSERT INTO payments (channel, transaction_id, order_no, attempt, merchant, store, method, amount, currency,
               paid_at, late) VALUES ('wechatpay', '42', 'x', 1, 'tea', 'main', 'wechatpay_qr', 1, 'CNY', ?1, 0)";
    connection.execute(sql, [paid_at.unix_ms()]).unwrap();
    assert_eq!(first().await, Some(paid_at));
}
