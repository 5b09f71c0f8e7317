//! One target, many inputs, from one seed: what each costs is counted, and the first that is not borne is told.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use peak_alloc::PeakAlloc;

use crate::Target;
use crate::mutation::mutated;
use saoma_chance::Chance;

/// How long one input may take before it counts as stuck. Far more than any takes, also on a busy machine.
const STUCK_AFTER: Duration = Duration::from_secs(20);

/// What a campaign came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Inputs tried, seeds among them.
    pub executions: u64,
    /// The most memory that one input took, in bytes.
    pub memory_bytes_max: usize,
}

/// What an input did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harm {
    /// It made the reader panic.
    Panic,
    /// It took so many bytes of memory.
    Memory(usize),
    /// It did not come to an end.
    Stuck,
}

/// An input that was not borne.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By which target.
    pub target: &'static str,
    /// What it did.
    pub harm: Harm,
    /// The input.
    pub input: Vec<u8>,
}

impl Found {
    /// Keeps the input in a file, to be looked at and to be tried again.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&self) -> std::io::Result<PathBuf> {
        let path = std::env::temp_dir().join(format!("saoma-fuzz-{}", self.target));
        std::fs::write(&path, &self.input)?;
        Ok(path)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.harm {
            Harm::Panic => "panics".to_owned(),
            Harm::Memory(bytes) => format!("takes {bytes} bytes of memory"),
            Harm::Stuck => "does not come to an end".to_owned(),
        };
        let beginning = &self.input[..self.input.len().min(1000)];
        write!(f, "{} {what} on {} bytes: b\"{}\"", self.target, self.input.len(), beginning.escape_ascii())
    }
}

/// Tries a target's seeds, and then as many inputs made from them.
///
/// Memory is counted only in a program whose global allocator is [`PeakAlloc`], and of all its threads together: nothing
/// else may go on meanwhile.
///
/// # Errors
/// The first input that was not borne.
///
/// # Panics
/// If no thread can be had.
pub fn run(target: &'static Target, seed: u64, executions: u32) -> Result<Tally, Found> {
    let trying = Arc::new(Mutex::new((0_u64, Vec::new())));
    let (done, ended) = mpsc::channel();
    let worker = {
        let trying = Arc::clone(&trying);
        let name = target.name.to_owned();
        std::thread::Builder::new().name(name).spawn(move || {
            // Nobody listens any more once it counts as stuck.
            let _ = done.send(each(target, seed, executions, &trying));
        })
    };
    worker.expect("a thread can be had");
    let mut seen = 0;
    loop {
        match ended.recv_timeout(STUCK_AFTER) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Disconnected) => unreachable!("panics are caught around each input"),
            Err(RecvTimeoutError::Timeout) => {
                let (number, input) = trying.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if number == seen {
                    return Err(Found { target: target.name, harm: Harm::Stuck, input });
                }
                seen = number;
            }
        }
    }
}

fn each(target: &Target, seed: u64, executions: u32, trying: &Mutex<(u64, Vec<u8>)>) -> Result<Tally, Found> {
    let seeds = (target.seeds)();
    // What a target builds once is not the first input's memory.
    if let Some(first) = seeds.first() {
        try_one(target, first, trying)?;
    }
    let mut chance = Chance::new(seed);
    let mut tally = Tally::default();
    let mut count = |bytes: usize| {
        tally.executions += 1;
        tally.memory_bytes_max = tally.memory_bytes_max.max(bytes);
    };
    for input in &seeds {
        count(try_one(target, input, trying)?);
    }
    for _ in 0..executions {
        let input = mutated(&seeds, target.words, target.input_bytes_max, &mut chance);
        count(try_one(target, &input, trying)?);
    }
    Ok(tally)
}

fn try_one(target: &Target, input: &[u8], trying: &Mutex<(u64, Vec<u8>)>) -> Result<usize, Found> {
    {
        let mut trying = trying.lock().unwrap_or_else(PoisonError::into_inner);
        trying.0 += 1;
        input.clone_into(&mut trying.1);
    }
    let found = |harm| Found { target: target.name, harm, input: input.to_owned() };
    let taken =
        catch_unwind(AssertUnwindSafe(|| memory_taken(target, input))).map_err(|_| found(Harm::Panic))?;
    if taken > target.memory_bytes_max { Err(found(Harm::Memory(taken))) } else { Ok(taken) }
}

/// Reads one input, and tells the most memory that it took, in bytes.
///
/// # Panics
/// If the reader does, or says what it must not.
pub fn memory_taken(target: &Target, input: &[u8]) -> usize {
    PeakAlloc.reset_peak_usage();
    let before = PeakAlloc.current_usage();
    (target.run)(input);
    PeakAlloc.peak_usage().saturating_sub(before)
}
