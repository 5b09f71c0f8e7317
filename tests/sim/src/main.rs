//! `tests/sim/run`: simulates shops, one for each seed.
#![allow(clippy::print_stdout, reason = "telling is its work")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use saoma_sim::{Outcome, hour, smallest_hour};

/// The last lines of a history that are shown of a seed that went wrong.
const LINES_SHOWN: usize = 60;

/// An hour takes a second or two. One that takes so much longer stands still: something goes round and round in it.
const STUCK: Duration = Duration::from_secs(180);

/// Simulates an hour of a shop for each seed, in which everything goes wrong that can, and holds what people were shown
/// against WeChat Pay's own ledger.
#[derive(Parser)]
struct Arguments {
    /// One seed.
    #[arg(long, conflicts_with = "seeds", required_unless_present = "seeds")]
    seed: Option<u64>,
    /// Many: from the first to before the last, as in 0..100.
    #[arg(long, value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Tells everything that happened.
    #[arg(long)]
    trace: bool,
    /// Runs each seed twice, and says whether it went the same, byte for byte.
    #[arg(long)]
    twice: bool,
    /// Makes a seed that goes wrong smaller: runs it again and again with fewer sales and mishaps.
    #[arg(long)]
    smaller: bool,
    /// How many seeds run at once.
    #[arg(long, default_value_t = 2)]
    jobs: u64,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let (first, last) = text.split_once("..").ok_or("must be two numbers with .. between them")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    Ok(number(first)?..number(last)?)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seeds = match (arguments.seed, &arguments.seeds) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(seeds)) => seeds.clone(),
        (None, None) => 0..1,
    };
    let began = Instant::now();
    let next = AtomicU64::new(seeds.start);
    let running = Mutex::new(BTreeSet::new());
    let running = || running.lock().unwrap_or_else(PoisonError::into_inner);
    let (tell, told) = mpsc::channel();
    let mut simulated_ms = 0;
    let (mut mishaps, mut troubles) = (BTreeMap::new(), BTreeMap::new());
    let (mut done, mut wrong, mut sales, mut paid) = (0u64, 0u64, 0, 0);
    std::thread::scope(|threads| {
        for _ in 0..arguments.jobs.max(1) {
            let (tell, next, running, end) = (tell.clone(), &next, &running, seeds.end);
            threads.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    running().insert(seed);
                    let outcome = simulated(seed, arguments.twice);
                    running().remove(&seed);
                    let is_wrong = !outcome.wrong.is_empty();
                    // Nobody listens any more after the first that went wrong.
                    if tell.send(outcome).is_err() || is_wrong {
                        next.store(end, Ordering::Relaxed);
                        return;
                    }
                }
            });
        }
        drop(tell);
        loop {
            let outcome = match told.recv_timeout(STUCK) {
                Ok(outcome) => outcome,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    running().iter().for_each(|seed| println!("WRONG in seed {seed}: time stands still"));
                    std::process::exit(1);
                }
            };
            report(&outcome, arguments.trace);
            if arguments.smaller
                && !outcome.wrong.is_empty()
                && let Some((left, least)) = smallest_hour(outcome.seed)
            {
                left.iter().for_each(|line| println!("  {line}"));
                report(&least, false);
            }
            done += 1;
            wrong += u64::from(!outcome.wrong.is_empty());
            sales += outcome.sales;
            paid += outcome.paid;
            simulated_ms += outcome.simulated_ms;
            outcome.mishaps.iter().for_each(|(kind, times)| *mishaps.entry(*kind).or_insert(0) += times);
            outcome.troubles.iter().for_each(|(kind, times)| *troubles.entry(*kind).or_insert(0) += times);
        }
    });
    let told = |counts: &BTreeMap<&str, u64>| {
        counts.iter().map(|(kind, times)| format!("{kind} {times}")).collect::<Vec<_>>().join(", ")
    };
    println!("mishaps: {}", told(&mishaps));
    println!("messages: {}", told(&troubles));
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    println!(
        "{done} seeds, {wrong} wrong, {sales} sales, {paid} paid; {} simulated hours a minute",
        simulated_ms / 60 / took_ms
    );
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn simulated(seed: u64, twice: bool) -> Outcome {
    let mut outcome = hour(seed);
    if twice {
        let again = hour(seed);
        if again.hash != outcome.hash {
            let differs = outcome.lines.iter().zip(&again.lines).find(|(one, other)| one != other);
            let differs = differs.map_or_else(String::new, |(one, other)| format!("\n  {one}\n  {other}"));
            outcome.wrong.push(format!("the same seed went another way{differs}"));
        }
    }
    outcome
}

fn report(outcome: &Outcome, trace: bool) {
    if trace {
        outcome.lines.iter().for_each(|line| println!("{line}"));
    }
    println!(
        "seed {}: {} tills, {} sales, {} paid, {} faults, {} kills, history {}",
        outcome.seed,
        outcome.tills,
        outcome.sales,
        outcome.paid,
        outcome.faults(),
        outcome.kills(),
        &outcome.hash[..16],
    );
    if outcome.wrong.is_empty() {
        return;
    }
    // What was wrong names an order by its last characters, as the lines do.
    let tails: Vec<&str> = outcome
        .wrong
        .iter()
        .filter_map(|line| line.strip_prefix('…')?.split_once(':'))
        .map(|(tail, _)| tail)
        .collect();
    let is_about = |line: &&String| {
        line.contains("KILLED") || line.contains(" fate ") || tails.iter().any(|tail| line.contains(tail))
    };
    let lines: Vec<&String> = outcome.lines.iter().filter(is_about).collect();
    if !trace {
        lines[lines.len().saturating_sub(LINES_SHOWN)..].iter().for_each(|line| println!("  {line}"));
    }
    outcome.wrong.iter().for_each(|line| println!("WRONG in seed {}: {line}", outcome.seed));
    println!("to repeat it: tests/sim/run --seed {} --trace", outcome.seed);
}
