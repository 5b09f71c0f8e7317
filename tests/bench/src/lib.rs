//! Benchmarks, run by hand: ratios against a named peer or floor in one run.
//!
//! Absolute times move with the machine and its neighbours; so every binary measures its peer beside ours, in turns,
//! and what it reports is the ratio of the medians.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::time::{Duration, Instant};

/// The median time of one call of each contender: `rounds` rounds, in each of them a sample of every contender in turn,
/// so that what slows the machine slows all alike. A sample repeats the call for a millisecond or more.
pub fn medians<const N: usize>(rounds: usize, mut contenders: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let calls = contenders.each_mut().map(|call| calls_per_sample(call));
    let mut samples = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for ((call, calls), samples) in contenders.iter_mut().zip(calls).zip(&mut samples) {
            samples.push(time(call, calls) / calls);
        }
    }
    samples.map(|mut samples| percentile(&mut samples, 50))
}

/// The sample below which `percent` of all samples lie (50 is the median, 99 the p99).
///
/// # Panics
/// If there are no samples or `percent` is above 100.
#[must_use]
pub fn percentile(samples: &mut [Duration], percent: usize) -> Duration {
    assert!(!samples.is_empty() && percent <= 100, "a percentile of {} samples", samples.len());
    samples.sort_unstable();
    samples[(samples.len() - 1) * percent / 100]
}

/// Prints how ours compares with a peer, and says whether it takes at most 1/`at_most_one_in` of the peer's time.
pub fn report(what: &str, ours: Duration, peer: &str, theirs: Duration, at_most_one_in: Option<u32>) -> bool {
    let tenths = 10 * theirs.as_nanos() / ours.as_nanos().max(1);
    let met = at_most_one_in.is_none_or(|n| ours.saturating_mul(n) <= theirs);
    let target = match at_most_one_in {
        Some(n) => format!(" (target 1/{n}: {})", if met { "met" } else { "MISSED" }),
        None => String::new(),
    };
    println!("{what}: {ours:.1?}, {peer} {theirs:.1?}, ratio 1/{}.{}{target}", tenths / 10, tenths % 10);
    met
}

fn time(call: &mut dyn FnMut(), calls: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed()
}

/// Doubles the calls until a sample takes a millisecond; warms up by the way.
fn calls_per_sample(call: &mut dyn FnMut()) -> u32 {
    let mut calls = 1;
    while time(call, calls) < Duration::from_millis(1) && calls < 1 << 20 {
        calls *= 2;
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_by_rank() {
        let mut samples: Vec<Duration> = (1..=101).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut samples, 50), Duration::from_millis(51));
        assert_eq!(percentile(&mut samples, 99), Duration::from_millis(100));
        assert_eq!(percentile(&mut samples, 100), Duration::from_millis(101));
    }

    #[test]
    fn a_target_is_met_up_to_its_ratio_and_not_beyond() {
        let micros = Duration::from_micros;
        assert!(report("a", micros(10), "b", micros(100), Some(10)));
        assert!(!report("a", micros(11), "b", micros(100), Some(10)));
        assert!(report("a", micros(11), "b", micros(1), None));
    }

    #[test]
    fn every_contender_is_called_in_every_round() {
        let (mut first, mut second) = (0, 0);
        let slow = |count: &mut u32| {
            *count += 1;
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(2) {}
        };
        let [a, b] = medians(5, [&mut || slow(&mut first), &mut || slow(&mut second)]);
        assert!(a >= Duration::from_millis(2) && b >= Duration::from_millis(2));
        assert_eq!((first, second), (6, 6), "five rounds and one call to warm up");
    }
}
