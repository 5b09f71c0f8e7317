//! Times side by side: medians of contenders in turns, ranks of samples, and what is met.

use std::process::ExitCode;
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

/// Figures as they are printed, and whether every target among them was met.
#[derive(Debug, Default)]
pub struct Verdict {
    missed: u32,
}

impl Verdict {
    /// Prints a figure that has a target: `text` is the figure, `target` what it should be.
    pub fn target(&mut self, what: &str, text: impl std::fmt::Display, target: &str, met: bool) {
        self.missed += u32::from(!met);
        println!("  {what:<58} {text:>12}   (target {target}: {})", if met { "met" } else { "MISSED" });
    }

    /// Prints a time that may be at most so long.
    pub fn at_most(&mut self, what: &str, took: Duration, most: Duration) {
        self.target(what, millis(took), &format!("≤ {}", millis(most)), took <= most);
    }

    /// Prints a figure that stands for itself.
    pub fn figure(&self, what: &str, text: impl std::fmt::Display) {
        println!("  {what:<58} {text:>12}");
    }

    /// Whether every target so far was met.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.missed == 0
    }

    /// What the process ends with: 0 if every target was met, otherwise 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// A time in milliseconds with one decimal.
#[must_use]
pub fn millis(time: Duration) -> String {
    let tenths = time.as_micros() / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// `part` ÷ `whole` with two decimals; `-` if there is no whole.
#[must_use]
pub fn quotient(part: u128, whole: u128) -> String {
    match (part * 100).checked_div(whole) {
        Some(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        None => "-".to_owned(),
    }
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
    fn one_missed_target_is_not_made_good_by_others() {
        let mut verdict = Verdict::default();
        let ms = Duration::from_millis;
        verdict.at_most("a", ms(50), ms(50));
        assert!(verdict.is_met());
        verdict.at_most("b", ms(51), ms(50));
        verdict.at_most("c", ms(1), ms(50));
        assert!(!verdict.is_met());
    }

    #[test]
    fn figures_are_printed_by_whole_numbers() {
        assert_eq!(millis(Duration::from_micros(2_349)), "2.3 ms");
        assert_eq!(
            (quotient(1, 3), quotient(250, 100), quotient(1, 0)),
            ("0.33".into(), "2.50".into(), "-".into())
        );
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
