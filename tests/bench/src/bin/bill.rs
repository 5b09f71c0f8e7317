//! A trade bill of a million rows: read by this project and by Python's `csv` module, and held against a ledger's million
//! payments, all in one run.
//!
//! Reading: both keep the sums of amounts and refunds as whole fen and look at the state; ours checks every field count
//! and the summary as well. Holding against the ledger: the floor is reading the payments from SQLite and reading the
//! bill, each alone. Exits 1 if reading takes more than a fifteenth of Python's time or 4 MB, or holding the two against
//! each other more than 1.3 times the floor or 40 MB.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use saoma_backend::ledger::sqlite::{Executor, SqliteLedger, look_at};
use saoma_backend::ledger::{Ledger, LedgerError, MerchantRow, ReadRows};
use saoma_backend::reconciliation::{Against, BillDay, Checked, check};
use saoma_bench::{MemoryPeak, Verdict, bill, millis, percentile, quotient, report};
use saoma_contract::{Currency, MerchantId, Time};
use saoma_wechatpay::bill::{Hashing, Limits, TradeBill, Uncompressed};

const ROWS: u64 = 1_000_000;
const ROUNDS: usize = 5;
const MERCHANT: &str = "tea";
const CHANNEL: &str = "wechatpay";

/// Payments that the ledger has and the bill has not, and the other way round.
const LOST: u64 = 50;

const PYTHON: &str = r#"
import csv, sys, time
start = time.perf_counter()
amount = refund = 0.0
rows = 0
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    for row in csv.reader(file):
        if len(row) < 20 or not row[0].startswith("`"):
            continue
        if row[9] not in ("`SUCCESS", "`REFUND", "`REVOKED"):
            raise SystemExit("a state is wrong")
        rows += 1
        amount += float(row[-3].lstrip("`"))
        refund += float(row[-2].lstrip("`"))
print(rows, round(amount * 100), round(refund * 100), time.perf_counter() - start)
"#;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder for the bill");
    let path = folder.path().join("bill.csv");
    bill::write(&path, ROWS);
    let megabytes = path.metadata().expect("it was written").len() / 1_000_000;
    let mut verdict = Verdict::default();
    println!("reading {ROWS} payments and their refunds, {megabytes} MB:");
    let read_met = reading(&path, &mut verdict);
    println!("holding them against {ROWS} payments of a ledger:");
    let ledger = ledger(folder.path());
    comparing(&path, &ledger, &mut verdict);
    if read_met && verdict.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn reading(path: &Path, verdict: &mut Verdict) -> bool {
    let (mut ours, mut hashed, mut pythons) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak = 0;
    for _ in 0..ROUNDS {
        let (memory, start) = (MemoryPeak::start(), Instant::now());
        let sums = read(file(path));
        ours.push(start.elapsed());
        peak = peak.max(memory.grown_bytes());
        let start = Instant::now();
        let source = Hashing::new(Uncompressed::open(file(path)).expect("a file"));
        assert_eq!(read(source), sums);
        hashed.push(start.elapsed());
        let (theirs, took) = python(path);
        assert_eq!(theirs, sums, "both must read the same");
        pythons.push(took);
    }
    let [ours, hashed, pythons] = [ours, hashed, pythons].map(|mut times| percentile(&mut times, 50));
    let met = report("  reading", ours, "Python csv", pythons, Some(15));
    report("  reading and hashing", hashed, "Python csv", pythons, None);
    memory(verdict, peak, 4);
    met
}

fn comparing(path: &Path, ledger: &Path, verdict: &mut Verdict) {
    let merchant: MerchantId = MERCHANT.parse().expect("an id");
    let day = BillDay { from: Time::from_unix_ms(bill::DAY_S * 1000) };
    let (mut scans, mut reads, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let count = look_at(ledger, |rows| scan(rows, &merchant, day)).expect("a ledger").expect("readable");
        assert_eq!(count, ROWS);
        scans.push(start.elapsed());
        let start = Instant::now();
        read(file(path));
        reads.push(start.elapsed());
        let (memory, start) = (MemoryPeak::start(), Instant::now());
        let against = Against { merchant: &merchant, channel: CHANNEL, date: "2026-08-01", rate: None };
        let Checked { outcome, faults } = look_at(ledger, |rows| check(rows, against, file(path)))
            .expect("a ledger")
            .expect("a bill and a ledger that can be read");
        checks.push(start.elapsed());
        peak = peak.max(memory.grown_bytes());
        assert_eq!((u64::from(outcome.agreed.count), faults.len()), (ROWS - LOST, 0));
        assert_eq!(
            outcome.findings_total,
            2 * LOST + ROWS / bill::PAYMENTS_A_REFUND,
            "those lost on each side, and every refund"
        );
    }
    let [scan, read, check] = [scans, reads, checks].map(|mut times| percentile(&mut times, 50));
    let floor = scan + read;
    verdict.figure("reading the payments from the ledger", millis(scan));
    verdict.figure("reading the bill", millis(read));
    verdict.target(
        "holding one against the other, times the two together",
        format!("{} ({})", millis(check), quotient(check.as_nanos(), floor.as_nanos())),
        "≤ 1.3",
        check * 10 <= floor * 13,
    );
    memory(verdict, peak, 40);
}

fn memory(verdict: &mut Verdict, peak: u64, megabytes: u64) {
    let text = format!("{} kB", peak / 1000);
    verdict.target("memory at most", text, &format!("≤ {megabytes} MB"), peak <= megabytes * 1_000_000);
}

fn file(path: &Path) -> File {
    File::open(path).expect("it was written")
}

type Sums = (u64, i64, i64);

fn read(source: impl std::io::Read) -> Sums {
    let mut bill = TradeBill::open(source, Limits::default()).expect("a bill");
    let (mut rows, mut amount, mut refund) = (0, 0, 0);
    while let Some(row) = bill.next().expect("every row is good") {
        rows += 1;
        amount += row.amount.fen().expect("whole fen");
        refund += row.refund.fen().expect("whole fen");
    }
    assert!(bill.summary().is_some_and(|summary| summary.differences().is_empty()));
    (rows, amount, refund)
}

fn scan(rows: &dyn ReadRows, merchant: &MerchantId, day: BillDay) -> Result<u64, LedgerError> {
    let (mut count, mut bytes, mut amount) = (0, 0, 0);
    rows.each_payment(merchant, CHANNEL, day.span(), &mut |payment| {
        count += 1;
        bytes += payment.order_no.len() + payment.transaction_id.len();
        amount += payment.amount;
    })?;
    std::hint::black_box((bytes, amount));
    Ok(count)
}

/// A ledger whose payments are those of the bill, but for those lost on each side.
fn ledger(folder: &Path) -> std::path::PathBuf {
    let now = Time::from_unix_ms(bill::DAY_S * 1000);
    let made: Box<dyn Ledger> =
        Box::new(SqliteLedger::open(folder, Executor::Inline, now).expect("a folder for the ledger"));
    drop(made);
    let path = folder.join("ledger.sqlite");
    let mut connection = rusqlite::Connection::open(&path).expect("it was made");
    let row = MerchantRow { id: MERCHANT.parse().expect("an id"), live: false, currency: Currency::CNY };
    let filled = fill(&mut connection, &row);
    filled.expect("the ledger takes its payments");
    path
}

fn fill(connection: &mut rusqlite::Connection, merchant: &MerchantRow) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    tx.execute(
        "INSERT INTO merchants (id, live, currency) VALUES (?1, 0, ?2)",
        (merchant.id.as_str(), merchant.currency.as_str()),
    )?;
    {
        let mut insert = tx.prepare(
            "INSERT INTO payments (channel, transaction_id, order_no, attempt, merchant, store, method, amount, currency,
             payer_amount, payer_currency, paid_at, late)
             VALUES (?1, ?2, ?3, 1, ?4, 'main', 'wechatpay_qr', ?5, 'CNY', ?5, 'CNY', ?6, 0)",
        )?;
        for row in LOST..ROWS + LOST {
            let out_trade_no = bill::out_trade_no(row);
            let second = i64::try_from(row % 86_400).expect("a second of a day").clamp(1200, 85_000);
            insert.execute((
                CHANNEL,
                bill::transaction_id(row),
                &out_trade_no[..26],
                merchant.id.as_str(),
                bill::amount(row),
                (bill::DAY_S + second) * 1000,
            ))?;
        }
    }
    tx.commit()
}

fn python(path: &Path) -> (Sums, Duration) {
    let output =
        Command::new("python3").args(["-c", PYTHON]).arg(path).output().expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("numbers");
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |at: usize| words[at].parse::<i64>().expect("a number");
    let rows = u64::try_from(number(0)).expect("a count");
    let took = Duration::from_secs_f64(words[3].parse().expect("seconds"));
    ((rows, number(1), number(2)), took)
}
