//! Opening a till that has rung up ten thousand sales, and reading its first page, against an empty till's opening.
//!
//! Real engine, journal and database. Opening restores the sales that are still open and no others, so a till's age must
//! not be felt: exits 1 if it takes more than 100 ms, which a person would notice.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use saoma_bench::scripted::ScriptedBackend;
use saoma_bench::virtual_time::{CountingClock, in_virtual_time};
use saoma_bench::{Verdict, millis, percentile};
use saoma_contract::AttemptNo;
use saoma_engine::{NewSale, PageQuery};

const SALES: u32 = 10_000;
const OPEN: u32 = 50;
const ROUNDS: u64 = 15;
const NOTICED: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (empty, full) = (folder.path().join("empty.db"), folder.path().join("full.db"));
    let mut verdict = Verdict::default();
    let (mut empties, mut opened, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    in_virtual_time(async {
        let backend = ScriptedBackend::new(Arc::new(CountingClock::new()), false);
        backend.paired_till(&empty, 1).await.close().await;
        fill(&backend, &full).await;
        for seed in 0..ROUNDS {
            empties.push(opening(&backend, &empty, seed).await.0);
            let (open, page) = opening(&backend, &full, seed).await;
            opened.push(open);
            pages.push(page);
        }
    });
    println!("A till with {SALES} sales, {OPEN} of them open (median of {ROUNDS} openings):");
    let size = std::fs::metadata(&full).expect("it was just written").len();
    verdict.figure("its database, MB", size / 1_000_000);
    verdict.figure("an empty till's opening", millis(percentile(&mut empties, 50)));
    verdict.at_most("its opening", percentile(&mut opened, 50), NOTICED);
    verdict.figure("the first page of its list, 50 sales", millis(percentile(&mut pages, 50)));
    verdict.exit_code()
}

/// Rings everything up without a network, and gives all up again but the last.
async fn fill(backend: &Arc<ScriptedBackend>, database: &Path) {
    let till = backend.paired_till(database, 1).await;
    till.network(false).await.expect("the till is open");
    for number in 0..SALES {
        let order_no = till.new_order_no();
        let sale = NewSale { amount: 1280, description: "Tea".to_owned(), ..NewSale::default() };
        till.charge(&order_no, sale).await.expect("a sale can be rung up");
        if number < SALES - OPEN {
            till.cancel(&order_no, AttemptNo::FIRST).await.expect("a draft can be given up");
        }
    }
    till.close().await;
}

/// How long opening takes, and then the first page of the list.
async fn opening(backend: &Arc<ScriptedBackend>, database: &Path, seed: u64) -> (Duration, Duration) {
    let start = Instant::now();
    let till = backend.till(database, seed).await;
    let opened = start.elapsed();
    let start = Instant::now();
    let page = till.list(PageQuery::default()).await.expect("the list can be read");
    let listed = start.elapsed();
    assert!(page.sales.len() <= 50, "a page of the usual length");
    till.close().await;
    (opened, listed)
}
