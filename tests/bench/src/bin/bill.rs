//! A trade bill of a million rows: read by this project, and by Python's `csv` module, in one run.
//!
//! Both keep the sums of amounts and refunds as whole fen and look at the state; ours checks every field count and the
//! summary as well. Exits 1 if reading takes more than a fifteenth of Python's time, or more than 4 MB of memory.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use saoma_bench::{Verdict, bill, memory_peak_bytes, percentile, report};
use saoma_wechatpay::bill::{Hashing, Limits, TradeBill, Uncompressed};

const ROWS: u64 = 1_000_000;
const ROUNDS: usize = 5;

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
    println!("{ROWS} payments and their refunds, {megabytes} MB:");

    let mut verdict = Verdict::default();
    let before = memory_peak_bytes();
    let (mut ours, mut hashed, mut pythons) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let sums = read(TradeBill::open(file(&path), Limits::default()));
        ours.push(start.elapsed());
        let start = Instant::now();
        let source = Hashing::new(Uncompressed::open(file(&path)).expect("a file"));
        assert_eq!(read(TradeBill::open(source, Limits::default())), sums);
        hashed.push(start.elapsed());
        let (theirs, took) = python(&path);
        assert_eq!(theirs, sums, "both must read the same");
        pythons.push(took);
    }
    let [ours, hashed, pythons] = [ours, hashed, pythons].map(|mut times| percentile(&mut times, 50));
    let met = report("  reading", ours, "Python csv", pythons, Some(15));
    report("  reading and hashing", hashed, "Python csv", pythons, None);
    let grown = memory_peak_bytes().saturating_sub(before) / 1000;
    verdict.target("memory, beside what was there", format!("{grown} kB"), "≤ 4000 kB", grown <= 4000);
    if met && verdict.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn file(path: &Path) -> File {
    File::open(path).expect("it was written")
}

type Sums = (u64, i64, i64);

fn read<R: std::io::Read>(bill: Result<TradeBill<R>, saoma_wechatpay::bill::BillError>) -> Sums {
    let mut bill = bill.expect("a bill");
    let (mut rows, mut amount, mut refund) = (0, 0, 0);
    while let Some(row) = bill.next().expect("every row is good") {
        rows += 1;
        amount += row.amount.fen().expect("whole fen");
        refund += row.refund.fen().expect("whole fen");
    }
    assert!(bill.summary().is_some_and(|summary| summary.differences().is_empty()));
    (rows, amount, refund)
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
