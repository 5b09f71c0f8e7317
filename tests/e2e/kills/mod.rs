//! Till, backend and sandbox are killed (SIGKILL) at seeded random moments, again and again, while sales go on. An oracle looks
//! on the way and at the end: no order is lost, none is charged twice, none is shown paid, closed or given back that is not, and
//! all books come to the same sums.
//!
//! `SAOMA_SEED` chooses another run, `SAOMA_KILLS` a longer one; with `SAOMA_MINUTES` runs of further seeds follow until so many
//! minutes have passed (`tests/soak`). The moments are real time, so a run repeats its choices, not every interleaving.

mod customer;
mod oracle;
mod places;
mod shop;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

pub use customer::Customer;
use shop::Shop;

#[test]
fn no_order_is_lost_paid_twice_or_falsely_told_whoever_is_killed() {
    let from_env =
        |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let seed = from_env("SAOMA_SEED", 20_260_801);
    let kills = from_env("SAOMA_KILLS", 250);
    let minutes = from_env("SAOMA_MINUTES", 0);
    let started = Instant::now();
    let (mut whole, mut violations) = (Tally::default(), Vec::new());
    for seed in seed.. {
        println!("SAOMA_SEED={seed} SAOMA_KILLS={kills}");
        match std::panic::catch_unwind(|| run(seed, kills)) {
            Ok(tally) => {
                println!("{tally}");
                whole.add(&tally);
            }
            Err(_) => violations.push(seed),
        }
        if started.elapsed() >= Duration::from_secs(60 * minutes) {
            break;
        }
    }
    println!("{whole}, in {} s; runs that failed: {}", started.elapsed().as_secs(), violations.len());
    assert!(violations.is_empty(), "with the seeds {violations:?}");
}

fn run(seed: u64, kills: u64) -> Tally {
    let mut shop = Shop::open(seed, kills);
    shop.trade_under_fire(kills);
    shop.settle();
    let tally = shop.tally();
    let is_tame = tally.killed.len() < 3 || tally.paid == 0 || tally.closed == 0;
    assert!(!is_tame || kills < 100, "the run was too tame: {tally}");
    tally
}

/// What a run came to.
#[derive(Default)]
struct Tally {
    killed: BTreeMap<&'static str, u64>,
    sales: usize,
    paid: usize,
    paid_sum: i64,
    given_back: usize,
    closed: usize,
    /// How often the oracle looked.
    looks: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        for (who, times) in &other.killed {
            *self.killed.entry(who).or_default() += times;
        }
        self.sales += other.sales;
        self.paid += other.paid;
        self.paid_sum += other.paid_sum;
        self.given_back += other.given_back;
        self.closed += other.closed;
        self.looks += other.looks;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { killed, sales, paid, paid_sum, given_back, closed, looks } = self;
        let kills: u64 = killed.values().sum();
        write!(
            f,
            "{kills} kills {killed:?}; {sales} rung up: {paid} paid ({paid_sum} fen), of them {given_back} given back, \
             {closed} closed; {looks} looks at all books"
        )
    }
}
