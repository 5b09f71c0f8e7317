//! What can be seen of a process and a database from outside: CPU time, and how often a SQLite ledger waited for the
//! disk.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::percentile;

/// `/proc` counts CPU time in hundredths of a second (`USER_HZ` in proc(5)).
const TICK_MS: u64 = 10;

/// The CPU time that a process has used so far, of all its threads, in user and system mode.
///
/// # Panics
/// If there is no such process, or the system has no `/proc` as Linux has it.
#[must_use]
pub fn cpu_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .expect("Linux tells a process's CPU time in /proc");
    cpu_ticks(&stat).map(|ticks| Duration::from_millis(ticks * TICK_MS)).expect("the form of proc(5)")
}

/// Fields 14 and 15; the name of the program before them may hold anything, blanks and brackets too.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    user.checked_add(system)
}

/// Counts the transactions that a SQLite database in WAL mode commits while it is watched.
///
/// It holds a read transaction open, so that the log is not begun anew before it was counted. Under `synchronous=FULL`
/// every commit waits once for the disk.
pub struct WatchedLog {
    log: PathBuf,
    before: Commits,
    _reader: Connection,
}

impl WatchedLog {
    /// Watches a database from now on.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn open(database: &Path) -> Self {
        let reader = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .expect("a database of the running backend can be read");
        reader
            .execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")
            .expect("a read transaction waits for nobody");
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        let before = Commits::of(&log);
        Self { log, before, _reader: reader }
    }

    /// Commits since then.
    #[must_use]
    pub fn commits(&self) -> u64 {
        let now = Commits::of(&self.log);
        // It may have begun anew once, before the first of them.
        if now.salt == self.before.salt { now.count - self.before.count } else { now.count }
    }
}

/// The commits in a write-ahead log (SQLite file format §4).
#[derive(Debug, PartialEq, Eq)]
struct Commits {
    salt: [u8; 8],
    count: u64,
}

impl Commits {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;

    fn of(log: &Path) -> Self {
        Self::in_log(&std::fs::read(log).expect("the log lies beside the database"))
            .unwrap_or(Self { salt: [0; 8], count: 0 })
    }

    /// A frame with a size of the database in it ends a transaction; one with another salt is left from before.
    fn in_log(log: &[u8]) -> Option<Self> {
        let page_bytes = u32::from_be_bytes(log.get(8..12)?.try_into().ok()?);
        let salt: [u8; 8] = log.get(16..24)?.try_into().ok()?;
        let frame_bytes = Self::FRAME_HEADER + usize::try_from(page_bytes).ok()?;
        let frames = log[Self::HEADER.min(log.len())..].chunks_exact(frame_bytes);
        let of_now = frames.take_while(|frame| frame[8..16] == salt);
        let count = of_now.filter(|frame| frame[4..8] != [0; 4]).count();
        Some(Self { salt, count: u64::try_from(count).ok()? })
    }
}

/// How long this disk takes for one small write that must last: the floor of every durable answer.
///
/// # Panics
/// If the folder cannot be written.
#[must_use]
pub fn durable_write(folder: &Path) -> Duration {
    let mut file = File::create(folder.join("durable-write")).expect("the folder can be written");
    let mut samples: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[0; 4096])
                .and_then(|()| file.sync_data())
                .expect("the disk has room for a megabyte");
            start.elapsed()
        })
        .collect();
    percentile(&mut samples, 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_past_a_name_with_brackets() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 4 0 1234 1000 10";
        assert_eq!(cpu_ticks(stat), Some(281));
        assert_eq!(cpu_ticks("42"), None);
    }

    #[test]
    fn work_costs_cpu_time() {
        let before = cpu_time(std::process::id());
        let start = Instant::now();
        while cpu_time(std::process::id()) == before {
            assert!(start.elapsed() < Duration::from_secs(60), "a busy process uses CPU time");
        }
    }

    #[test]
    fn each_transaction_is_counted_once_however_many_pages_it_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let mut writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer.execute_batch("CREATE TABLE t (x BLOB)").unwrap();
        let watched = WatchedLog::open(&path);
        assert_eq!(watched.commits(), 0);
        for _ in 0..7 {
            let transaction = writer.transaction().unwrap();
            transaction.execute("INSERT INTO t VALUES (zeroblob(50000))", []).unwrap();
            transaction.execute("INSERT INTO t VALUES (zeroblob(50000))", []).unwrap();
            transaction.commit().unwrap();
        }
        let given_up = writer.transaction().unwrap();
        given_up.execute("INSERT INTO t VALUES (zeroblob(50000))", []).unwrap();
        given_up.rollback().unwrap();
        assert_eq!(watched.commits(), 7);
    }
}
