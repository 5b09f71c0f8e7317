//! Where everybody's files lie, and what is done at the tills while none of them runs.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{PATIENCE, Process, Said, run_json};

pub const TILLS: usize = 3;

/// A folder, which is left there when something fails in it.
pub struct Places {
    folder: tempfile::TempDir,
}

impl Places {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Does this at each till, at all of them at once.
    pub fn at_each_till(&self, work: impl Fn(&Self, usize) + Sync) {
        let work = &work;
        std::thread::scope(|scope| {
            let tills = (0..TILLS).map(|till| scope.spawn(move || work(self, till)));
            for till in tills.collect::<Vec<_>>() {
                till.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
            }
        });
    }

    /// Lets a till do this until it ends or shows what is enough; the cashier cancels whenever it shows a sale that is to be
    /// cancelled.
    pub fn follow(
        &self,
        till: usize,
        command: &[&str],
        is_to_cancel: fn(&Value) -> bool,
        is_enough: fn(&Value) -> bool,
    ) {
        let (state, log) = (self.path(&format!("till{till}")), self.path(&format!("till{till}.log")));
        let (say, lines) = channel();
        let arguments: Vec<&str> = ["till", "--state", &state].iter().chain(command).copied().collect();
        let mut process = Process::start("settling", &arguments, Path::new(&log), &say);
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < PATIENCE, "{command:?} does not end at till {till}");
            match lines.recv_timeout(Duration::from_secs(1)) {
                Ok(Said { line: Some(line), .. }) => {
                    let sale = serde_json::from_str(&line).unwrap();
                    if is_enough(&sale) {
                        return;
                    }
                    if is_to_cancel(&sale) {
                        process.write("cancel");
                    }
                }
                // An impatient cashier.
                Err(RecvTimeoutError::Timeout) => process.write("check"),
                Ok(Said { line: None, .. }) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        process.wait();
    }

    /// Lets a till do this to its end; gives what it said.
    pub fn till(&self, till: usize, command: &[&str]) -> Vec<Value> {
        let state = self.path(&format!("till{till}"));
        run_json(&["till", "--state", &state].iter().chain(command).copied().collect::<Vec<_>>())
    }

    /// Every sale of a till.
    pub fn list(&self, till: usize) -> Vec<Value> {
        self.till(till, &["list", "--limit", "10000"])
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            println!("files and logs are left in {}", self.folder.path().display());
        }
    }
}
