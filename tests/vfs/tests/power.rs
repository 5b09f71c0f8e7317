//! A database on such a disk: what was committed is there when the power returns, and a full disk loses nothing.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use rusqlite::{Connection, ErrorCode};
use saoma_vfs::{Disk, Failure};

fn open(path: &std::path::Path, synchronous: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS notes (no INTEGER PRIMARY KEY, text TEXT)")?;
    Ok(connection)
}

/// Writes until the power fails at some operation, and gives how many were acknowledged and how many are there after it.
fn acknowledged_and_kept(synchronous: &str, operations: u64) -> (i64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::under(folder.path());
    let path = folder.path().canonicalize().unwrap().join("notes.db");
    disk.power_fails_after(operations);
    let mut acknowledged = 0;
    if let Ok(connection) = open(&path, synchronous) {
        for no in 1..=60 {
            let text = "x".repeat(700);
            if connection.execute("INSERT INTO notes VALUES (?1, ?2)", rusqlite::params![no, text]).is_err() {
                break;
            }
            acknowledged = no;
            if no == 40 {
                let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            }
        }
    }
    disk.power_fails();
    disk.power_returns(operations);
    let connection = open(&path, synchronous).unwrap();
    let checked: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(checked, "ok", "after {operations} operations");
    (acknowledged, connection.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap())
}

#[test]
fn what_a_full_sync_acknowledged_is_there_and_what_none_did_may_be_gone() {
    let mut lost = 0;
    for operations in (0..260).step_by(3) {
        let (acknowledged, kept) = acknowledged_and_kept("FULL", operations);
        assert!(
            kept >= acknowledged,
            "{acknowledged} acknowledged, {kept} kept, after {operations} operations"
        );
        let (acknowledged, kept) = acknowledged_and_kept("NORMAL", operations);
        lost += u64::from(kept < acknowledged);
    }
    assert!(lost > 5, "without a sync after each commit something is lost: {lost}");
}

#[test]
fn a_full_disk_and_a_broken_one_say_so_and_keep_what_was_there() {
    for (failure, code) in
        [(Failure::Full, ErrorCode::DiskFull), (Failure::Broken, ErrorCode::SystemIoFailure)]
    {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::under(folder.path());
        let connection = open(&folder.path().canonicalize().unwrap().join("notes.db"), "FULL").unwrap();
        let note = |no: i64| connection.execute("INSERT INTO notes VALUES (?1, 'x')", [no]);
        let count =
            || connection.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0)).unwrap();
        note(1).unwrap();
        disk.fails_after(0, failure);
        assert_eq!(note(2).unwrap_err().sqlite_error_code(), Some(code));
        assert_eq!((count(), disk.failed() > 0), (1, true));
        disk.is_well();
        note(2).unwrap();
        assert_eq!(count(), 2);
    }
}
