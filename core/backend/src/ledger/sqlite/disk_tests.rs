//! The disk under a ledger: its power fails at any write, it is full or breaks, its bytes are damaged, somebody else has locked
//! the file. What was answered is there, and what is damaged is said.
//!
//! `SAOMA_SEED` chooses other moments and other damage, `SAOMA_DAMAGES` how often.

use saoma_chance::Chance;
use saoma_contract::Currency;
use saoma_vfs::{Disk, Failure};

use super::super::conformance::{happens, money, no, order, start, without_evidence};
use super::super::{DayRows, MerchantRow, ReadRows, Scope};
use super::*;
use crate::orders::{Event, OrderRecord};

fn from_env(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Waits for a ledger that works inline, and so has its answer at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future)
}

fn open(folder: &Path) -> Result<SqliteLedger, OpenError> {
    SqliteLedger::open(folder, Executor::Inline, start())
}

fn write(ledger: &dyn Ledger, record: OrderRecord) -> Result<OrderRecord, LedgerError> {
    now(ledger.write::<_, LedgerError, _>(move |rows| rows.put_order(record, Some(start()))))
}

fn read(ledger: &dyn Ledger, order_no: &saoma_contract::OrderNo) -> Result<Option<OrderRecord>, LedgerError> {
    let order_no = order_no.clone();
    now(ledger.read(move |rows| rows.order(&order_no)))
}

/// All payments of the merchant.
fn books(ledger: &dyn Ledger) -> Result<DayRows, LedgerError> {
    let scope = Scope { merchant: "tea".parse().unwrap(), store: None };
    now(ledger.read(move |rows: &dyn ReadRows| {
        rows.paid_between(&scope, Time::from_unix_ms(0), Time::from_unix_ms(i64::MAX))
    }))
}

/// Orders from one number to another, each brought, opened, and two of three paid. Gives what was answered, as it was then.
fn trade(
    ledger: &dyn Ledger,
    numbers: std::ops::Range<u8>,
    answered: &mut Vec<OrderRecord>,
) -> Result<(), LedgerError> {
    let row = MerchantRow { id: "tea".parse().unwrap(), live: false, currency: Currency::CNY };
    now(ledger.write::<_, LedgerError, _>(move |rows| rows.put_merchant(&row)))?;
    for number in numbers {
        let mut record = order(number, "main", None);
        let at = answered.len();
        let end = start().plus_ms(300_000);
        let mut events = vec![
            Event::Sending(no(1), bytes::Bytes::from_static(b"{}"), end),
            Event::Opened(no(1), "weixin://1".to_owned()),
        ];
        if number % 3 > 0 {
            let paid = money(&record_with_attempt(&record, &events), &format!("42{number}"), start());
            events.push(Event::Notified(no(1), paid));
        }
        for (ms, event) in [None].into_iter().chain(events.into_iter().map(Some)).enumerate() {
            if let Some(event) = event {
                record = happens(&record, i64::try_from(ms).unwrap(), event);
            }
            record = write(ledger, record)?;
            answered.truncate(at);
            answered.push(without_evidence(record.clone()));
        }
    }
    Ok(())
}

fn record_with_attempt(record: &OrderRecord, events: &[Event]) -> OrderRecord {
    happens(record, 1, events[0].clone())
}

fn assert_holds(ledger: &SqliteLedger, answered: &[OrderRecord], moment: &str) {
    for record in answered {
        let found = read(ledger, &record.order_no)
            .unwrap()
            .unwrap_or_else(|| panic!("{moment}: {}", record.order_no));
        assert!(found.version.counter >= record.version.counter, "{moment}: {found:?} after {record:?}");
        if found.version == record.version {
            assert_eq!(found, *record, "{moment}");
        }
    }
}

#[test]
fn whenever_the_power_fails_no_answered_order_is_missing_and_the_ledger_has_the_same_life() {
    let seed = from_env("SAOMA_SEED", 20_261_126);
    let every = from_env("SAOMA_POWER_EVERY", 5);
    println!("SAOMA_SEED={seed} SAOMA_POWER_EVERY={every}");
    let (mut operations, mut moments) = (seed % every, 0);
    loop {
        let moment = format!("seed {seed}, operation {operations}");
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::under(folder.path());
        disk.power_fails_after(operations);
        let (mut answered, mut epoch) = (Vec::new(), None);
        if let Ok(ledger) = open(folder.path()) {
            epoch = Some(ledger.epoch());
            let traded = trade(&ledger, 1..13, &mut answered);
            assert!(traded.is_ok() || disk.is_dead(), "{moment}: {traded:?}");
            ledger.close();
        }
        let died = disk.is_dead();
        disk.power_returns(seed + operations);
        let ledger = open(folder.path()).unwrap_or_else(|error| panic!("{moment}: {error}"));
        if let Some(epoch) = epoch {
            assert_eq!(ledger.epoch(), epoch, "{moment}: a cut is no backup");
        }
        assert_holds(&ledger, &answered, &moment);
        let before = answered.iter().map(|record| record.version.counter).max().unwrap_or(0);
        trade(&ledger, 20..23, &mut answered).unwrap();
        let next = answered.last().unwrap().version.counter;
        assert!(next > before, "{moment}: {next} after {before}");
        ledger.close();
        if !died {
            break;
        }
        moments += 1;
        operations += every;
    }
    println!("{moments} moments of {operations} operations");
    assert!(moments > 20, "too few: {moments}");
}

#[test]
fn a_disk_that_is_full_or_broken_from_any_write_on_takes_nothing_and_loses_nothing() {
    for failure in [Failure::Full, Failure::Broken] {
        for operations in (0..90).step_by(3) {
            let moment = format!("{failure:?} after {operations} operations");
            let folder = tempfile::tempdir().unwrap();
            let disk = Disk::under(folder.path());
            let ledger = open(folder.path()).unwrap();
            let mut answered = Vec::new();
            trade(&ledger, 1..3, &mut answered).unwrap();
            disk.fails_after(operations, failure);
            let refused = trade(&ledger, 10..40, &mut answered).unwrap_err();
            assert!(matches!(refused, LedgerError::Unavailable(_)), "{moment}: {refused}");
            assert_holds(&ledger, &answered, &moment);
            let paid = answered.iter().map(|record| record.payments.len()).sum::<usize>();
            assert!(books(&ledger).unwrap().payments.len() >= paid, "{moment}");
            disk.is_well();
            trade(&ledger, 50..53, &mut answered).unwrap();
            assert_holds(&ledger, &answered, &moment);
            ledger.close();
            assert_holds(&open(folder.path()).unwrap(), &answered, &moment);
        }
    }
}

#[test]
fn a_ledger_that_another_program_has_locked_is_said_to_be_in_use() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap().close();
    let other = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::InUse(_)), "{refused}");
    drop(other);
    open(folder.path()).unwrap();
}

/// Damages bytes, and says how.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) -> String {
    let at = chance.below(bytes.len());
    match chance.below(5) {
        0 | 1 => {
            bytes[at] ^= 1 << chance.below(8);
            format!("a bit of byte {at}")
        }
        2 => {
            let until = (at + 1 + chance.below(64)).min(bytes.len());
            bytes[at..until].iter_mut().for_each(|byte| *byte = u8::try_from(chance.below(256)).unwrap());
            format!("bytes {at} to {until}")
        }
        3 => {
            let (page, other) = (at / 4096 * 4096, chance.below(bytes.len()) / 4096 * 4096);
            let from = bytes[other..(other + 4096).min(bytes.len())].to_vec();
            let until = (page + from.len()).min(bytes.len());
            bytes[page..until].copy_from_slice(&from[..until - page]);
            format!("the page at {other} written over the one at {page}")
        }
        _ => {
            bytes.truncate(at);
            format!("the file cut at {at}")
        }
    }
}

/// What a damaged ledger tells, if it can be opened and read: its life, and each payment with its amount.
fn tells(folder: &Path, orders: &[OrderRecord], what: &str) -> Option<(u64, Vec<(String, i64)>)> {
    let ledger = match open(folder) {
        Ok(ledger) => ledger,
        Err(error) => {
            let said = error.to_string();
            assert!(said.contains("ledger.sqlite"), "{what}: {said}");
            return None;
        }
    };
    for record in orders {
        if let Ok(Some(found)) = read(&ledger, &record.order_no) {
            assert!(found.payments.iter().all(|payment| payment.amount == 1280), "{what}: {found:?}");
        }
    }
    let books = books(&ledger).ok()?;
    let mut paid: Vec<(String, i64)> =
        books.payments.into_iter().map(|payment| (payment.transaction_id, payment.amount)).collect();
    paid.sort();
    Some((ledger.epoch(), paid))
}

#[test]
fn a_damaged_ledger_is_refused_said_or_tells_the_right_amounts() {
    let (seed, damages) = (from_env("SAOMA_SEED", 20_261_126), from_env("SAOMA_DAMAGES", 200));
    println!("SAOMA_SEED={seed} SAOMA_DAMAGES={damages}");
    let made = tempfile::tempdir().unwrap();
    let ledger = open(made.path()).unwrap();
    let mut orders = Vec::new();
    trade(&ledger, 1..40, &mut orders).unwrap();
    let epoch = ledger.epoch();
    let files = || {
        ["ledger.sqlite", "ledger.sqlite-wal", "ledger.mark"]
            .map(|name| (name, std::fs::read(made.path().join(name)).unwrap_or_default()))
    };
    let killed = files();
    assert!(killed[1].1.len() > 100_000, "a killed backend leaves its log");
    ledger.close();
    let closed = files();
    let (_, truth) = tells(made.path(), &orders, "nothing").unwrap();
    assert_eq!(truth.len(), 26);
    let (mut refused, mut said, mut right) = (0, 0, 0);
    for number in 0..damages {
        let mut chance = Chance::new(seed.wrapping_add(number));
        let mut files = if number % 2 == 0 { closed.clone() } else { killed.clone() };
        let at = usize::from(!files[1].1.is_empty() && chance.below(4) > 0);
        let (name, bytes) = &mut files[at];
        let what =
            format!("SAOMA_SEED={} ({name}: {})", seed.wrapping_add(number), damage(bytes, &mut chance));
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        match tells(folder.path(), &orders, &what) {
            None => refused += 1,
            // It says that it came back from a backup: tills bring their orders again.
            Some((life, _)) if life != epoch => said += 1,
            Some((_, paid)) => {
                assert_eq!(paid.len(), truth.len(), "{what}: payments are missing, and nothing was said");
                assert!(paid.iter().all(|(_, amount)| *amount == 1280), "{what}: {paid:?}");
                right += 1;
            }
        }
    }
    println!("{refused} refused, {said} told as a backup, {right} right");
    assert!(damages < 100 || (refused > 0 && said > 0 && right > 0), "{refused} {said} {right}");
}

/// A ledger whose index of orders no longer agrees with them.
fn with_a_wrong_index(folder: &Path) {
    let path = folder.join("ledger.sqlite");
    let connection = Connection::open(&path).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'orders_of_store'";
    let page: usize = connection.query_row(root, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut bytes = std::fs::read(&path).unwrap();
    let index = &mut bytes[(page - 1) * 4096..page * 4096];
    let at = index.windows(4).position(|window| window == b"main").unwrap();
    index[at..at + 4].copy_from_slice(b"maim");
    std::fs::write(&path, bytes).unwrap();
}

#[test]
fn a_long_ledger_is_checked_while_it_is_open_and_takes_nothing_once_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    let mut answered = Vec::new();
    trade(&first, 1..4, &mut answered).unwrap();
    first.close();
    let opened = || SqliteLedger::open_checked(folder.path(), Executor::Inline, start(), 0).unwrap();
    let whole = opened();
    whole.checking.wait();
    trade(&whole, 4..6, &mut answered).unwrap();
    whole.close();
    with_a_wrong_index(folder.path());
    assert!(matches!(open(folder.path()), Err(OpenError::Damaged { .. })), "a short one is refused");
    let damaged = opened();
    damaged.checking.wait();
    let refused = trade(&damaged, 6..8, &mut answered.clone()).unwrap_err();
    assert!(matches!(&refused, LedgerError::Damaged(why) if why.contains("the last backup")), "{refused}");
    assert_holds(&damaged, &answered, "and everything can be read");
    damaged.close();
    // One that is closed before its check has ended waits for nothing.
    opened().close();
}

/// Orders of which one is paid and given back, and money of another amount came for one.
fn with_every_kind_of_money(folder: &Path) -> Vec<OrderRecord> {
    let ledger = open(folder).unwrap();
    let mut orders = Vec::new();
    trade(&ledger, 1..4, &mut orders).unwrap();
    let paid = orders.iter().find(|order| !order.payments.is_empty()).unwrap();
    let asked = Event::AskRefund {
        refund_no: saoma_contract::RefundNo::new(1, [1; 10]),
        asked: saoma_contract::NewRefund {
            channel: "wechatpay".to_owned(),
            transaction_id: paid.payments[0].transaction_id.clone(),
            amount: 300,
            currency: Currency::CNY,
            reason: "少糖".parse().unwrap(),
        },
        by: crate::orders::By::default(),
        waits_for_manager: true,
    };
    let refunding = write(&ledger, happens(paid, 60_000, asked)).unwrap();
    let open = orders.iter().find(|order| order.payments.is_empty()).unwrap();
    let other = crate::orders::Money { amount: 1, ..money(open, "4300", start()) };
    let frozen = write(&ledger, happens(open, 60_000, Event::Notified(no(1), other))).unwrap();
    ledger.close();
    vec![refunding, frozen]
}

#[test]
fn a_bit_that_flips_inside_a_number_is_damage_and_never_another_amount() {
    for (table, column) in [
        ("payments", "amount"),
        ("payments", "payer_amount"),
        ("payments", "paid_at"),
        ("payments", "late"),
        ("refunds", "amount"),
        ("unmatched", "amount"),
        ("orders", "live"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let orders = with_every_kind_of_money(folder.path());
        let other = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
        let flip = format!("UPDATE {table} SET {column} = {column} + 1 - 2 * ({column} & 1)");
        assert!(other.execute(&flip, []).unwrap() > 0, "{flip}");
        drop(other);
        let ledger = open(folder.path()).unwrap();
        let told = orders.iter().map(|order| read(&ledger, &order.order_no));
        let damaged = told.filter(|told| matches!(told, Err(LedgerError::Damaged(_)))).count();
        assert!(damaged > 0, "{table}.{column}");
    }
}
