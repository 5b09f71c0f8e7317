//! What happened, a line an event. The same seed gives the same lines, byte for byte.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::time::TrueTime;

/// Everything that happened so far.
pub(crate) struct History {
    time: TrueTime,
    lines: Mutex<Vec<Line>>,
}

struct Line {
    at_ms: u64,
    who: String,
    what: String,
}

impl History {
    pub(crate) fn new(time: TrueTime) -> Self {
        Self { time, lines: Mutex::default() }
    }

    /// The true time.
    pub(crate) fn ms(&self) -> u64 {
        self.time.ms()
    }

    pub(crate) fn note(&self, who: impl Display, what: impl Into<String>) {
        let line = Line { at_ms: self.time.ms(), who: who.to_string(), what: what.into() };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// All lines: by time, and those of one moment by who did it. Which of several tasks that wake at one moment runs first
    /// is no event.
    pub(crate) fn told(&self) -> Vec<String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.sort_by(|one, other| (one.at_ms, &one.who).cmp(&(other.at_ms, &other.who)));
        lines.iter().map(Line::told).collect()
    }
}

impl Line {
    fn told(&self) -> String {
        let (s, ms) = (self.at_ms / 1000, self.at_ms % 1000);
        format!("{:02}:{:02}:{:02}.{ms:03} {:<10} {}", s / 3600, s / 60 % 60, s % 60, self.who, self.what)
    }
}

/// The fingerprint of a history.
pub(crate) fn hash(lines: &[String]) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}
