//! A trade bill of a million rows: read by this project and by Python's `csv` module, and held against a ledger's million
//! payments, all in one run.
//!
//! Reading: both keep the sums of amounts and refunds as whole fen and look at the state; ours checks every field count
//! and the summary as well. Holding against the ledger: the floor is reading the payments and refunds from SQLite and
//! reading the bill, each alone. Every number is compared in full, and what differs (lost on either side, payments and
//! refunds) is written into the ledger within the measured time. Memory is counted beside what the database keeps in its
//! cache. Exits 1 if reading takes more than a fifteenth of Python's time or 4 MB, or holding the two against each other
//! more than 1.3 times the floor or 40 MB.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use saoma_backend::ledger::sqlite::{Executor, SqliteLedger};
use saoma_backend::ledger::{Ledger, LedgerError, ReadRows};
use saoma_backend::reconciliation::{Against, BillDay, Checked, check};
use saoma_bench::{MemoryPeak, Spent, Verdict, bill, millis, percentile, quotient, report};
use saoma_contract::{Finding, MerchantId};
use saoma_wechatpay::bill::{Hashing, Limits, TradeBill, Uncompressed};

const ROWS: u64 = 1_000_000;
const ROUNDS: usize = 5;
const MERCHANT: &str = "tea";
const CHANNEL: &str = "wechatpay";
const DATE: &str = "2026-08-01";

/// Payments that the ledger has and the bill has not, and the other way round, some of them with a refund.
const LOST: u64 = 200;

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
    ledger.close();
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

fn comparing(path: &Path, ledger: &dyn Ledger, verdict: &mut Verdict) {
    let (mut scans, mut reads, mut checks) = (Spent::default(), Spent::default(), Spent::default());
    let mut peak = 0;
    for _ in 0..ROUNDS {
        let scanned = scans.on(|| done(ledger.read(scan)));
        assert_eq!(scanned, (ROWS, ROWS / bill::PAYMENTS_A_REFUND));
        reads.on(|| read(file(path)));
        let memory = MemoryPeak::start();
        let Checked { outcome, faults } = checks.on(|| held(path, ledger));
        peak = peak.max(memory.grown_bytes());
        assert_eq!((u64::from(outcome.agreed.count), faults.len()), (ROWS - LOST, 0));
        let refunds_lost = (0..LOST).filter(|row| bill::is_refunded(*row)).count() as u64;
        let refunds = ROWS / bill::PAYMENTS_A_REFUND - refunds_lost;
        assert_eq!(u64::from(outcome.refunds_agreed.count), refunds, "all that the ledger has");
        let lost = 2 * (LOST + refunds_lost);
        assert_eq!(outcome.findings_total, lost, "what is lost on each side");
        let kept = done(ledger.read(|rows| rows.finding_kinds(&merchant(), DATE)));
        assert_eq!(kept.iter().map(|kind| kind.found).sum::<u64>(), lost, "and written down");
    }
    let [scan, read, check] = [scans, reads, checks].map(|mut spent| spent.medians());
    let (floor, floor_busy) = (scan.0 + read.0, scan.1 + read.1);
    verdict.figure("reading payments and refunds from the ledger", millis(scan.0));
    verdict.figure("reading the bill", millis(read.0));
    verdict.figure("the same on the processor alone, times the two together", {
        format!("{} ({})", millis(check.1), quotient(check.1.as_nanos(), floor_busy.as_nanos()))
    });
    verdict.target(
        "holding one against the other, times the two together",
        format!("{} ({})", millis(check.0), quotient(check.0.as_nanos(), floor.as_nanos())),
        "≤ 1.3",
        check.0 * 10 <= floor * 13,
    );
    memory(verdict, peak, 40);
}

/// Holds the bill against the ledger, and writes down what was found.
fn held(path: &Path, ledger: &dyn Ledger) -> Checked {
    let bill = file(path);
    let checked = done(ledger.read(move |rows| {
        let merchant = merchant();
        let against = Against { merchant: &merchant, channel: CHANNEL, date: DATE, rate: None };
        Ok(check(rows, against, bill).expect("a bill and a ledger that can be read"))
    }));
    let found: Vec<_> = checked.outcome.findings.iter().cloned().map(Finding::from).collect();
    done(ledger.write(move |rows| rows.put_findings(&merchant(), DATE, &found, day().from)));
    checked
}

fn merchant() -> MerchantId {
    MERCHANT.parse().expect("an id")
}

fn day() -> BillDay {
    BillDay::of(DATE).expect("a day")
}

/// What a ledger that works inline answers.
fn done<T>(answer: impl Future<Output = Result<T, LedgerError>>) -> T {
    let answer = std::pin::pin!(answer);
    match answer.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.expect("a ledger that can be read and written"),
        Poll::Pending => unreachable!("an inline ledger has done its work when it answers"),
    }
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

fn scan(rows: &dyn ReadRows) -> Result<(u64, u64), LedgerError> {
    let (mut payments, mut refunds, mut bytes, mut amount) = (0, 0, 0, 0);
    rows.each_payment(&merchant(), CHANNEL, day().span(), &mut |payment| {
        payments += 1;
        bytes += payment.order_no.len() + payment.transaction_id.len();
        amount += payment.amount;
    })?;
    rows.each_refund(&merchant(), CHANNEL, day().span(), &mut |refund| {
        refunds += 1;
        bytes += refund.out_refund_no.len() + refund.transaction_id.len();
        amount -= refund.amount;
    })?;
    std::hint::black_box((bytes, amount));
    Ok((payments, refunds))
}

/// A ledger whose payments and refunds are those of the bill, but for those lost on each side.
fn ledger(folder: &Path) -> SqliteLedger {
    let open = || SqliteLedger::open(folder, Executor::Inline, day().from).expect("a folder for the ledger");
    // Made by one, and filled beside it while none has it open.
    open().close();
    let mut connection = rusqlite::Connection::open(folder.join("ledger.sqlite")).expect("it was made");
    fill(&mut connection).expect("the ledger takes its payments");
    drop(connection);
    open()
}

fn fill(connection: &mut rusqlite::Connection) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    let merchant = merchant();
    tx.execute("INSERT INTO merchants (id, live, currency) VALUES (?1, 0, 'CNY')", [merchant.as_str()])?;
    {
        let mut payment = tx.prepare(
            "INSERT INTO payments (channel, transaction_id, order_no, attempt, merchant, store, method, amount, currency,
             payer_amount, payer_currency, paid_at, late)
             VALUES (?1, ?2, ?3, 1, ?4, 'main', 'wechatpay_qr', ?5, 'CNY', ?5, 'CNY', ?6, 0)",
        )?;
        let mut refund = tx.prepare(
            "INSERT INTO refunds (refund_no, order_no, merchant, store, channel, transaction_id, amount, currency, reason,
             phase, requested_at, sent_at, done_at, tries, absent)
             VALUES (?1, ?2, ?3, 'main', ?4, ?5, ?6, 'CNY', '', 'done', ?7, ?7, ?7, 0, 0)",
        )?;
        for row in LOST..ROWS + LOST {
            let (out_trade_no, transaction_id) = (bill::out_trade_no(row), bill::transaction_id(row));
            let second = i64::try_from(row % 86_400).expect("a second of a day").clamp(1200, 85_000);
            let at = (bill::DAY_S + second) * 1000;
            let order_no = &out_trade_no[..26];
            payment.execute((
                CHANNEL,
                &transaction_id,
                order_no,
                merchant.as_str(),
                bill::amount(row),
                at,
            ))?;
            if bill::is_refunded(row) {
                let (number, amount) = (bill::out_refund_no(row), bill::refund(row));
                refund.execute((
                    number,
                    order_no,
                    merchant.as_str(),
                    CHANNEL,
                    &transaction_id,
                    amount,
                    at,
                ))?;
            }
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
