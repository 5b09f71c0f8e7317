//! Salvage: what a damaged database still holds goes into a new file; the old one is kept aside, never emptied.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use saoma_contract::request_signature::JournalHead;
use saoma_contract::{DeviceSigner, OrderNo, Time};

use super::mark;
use super::sealing::SealingKey;
use super::sqlite::{entry, of_kind, order_no_of};
use super::{Batch, ListFilter, SqliteStorage, Storage as _, StorageError};
use crate::journal::{Checkpoint, EMPTY, Entry, TillFact, TillRecord, chained, checkpoint_text};
use crate::restore;

/// Beyond the last number known to be there, so many are tried before the journal counts as read.
const MISSING_MAX: u64 = 2_000;

/// What salvaging found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvage {
    /// Entries of the journal that were read and are whole.
    pub entries: u64,
    /// First and last number of each stretch of entries that is lost.
    pub lost: Vec<(u64, u64)>,
    /// Sales that are whole again.
    pub sales: usize,
    /// Sales of which only parts are there: ask the backend's own list about them.
    pub unreadable: Vec<OrderNo>,
    /// Where the file was put.
    pub kept_at: PathBuf,
    /// It was not damaged: it is sealed with a key that is lost. Then `unreadable` are the sales in it that were not at a proven
    /// end.
    pub is_sealed: bool,
}

impl std::fmt::Display for Salvage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_sealed {
            return write!(
                f,
                "what was in the database is sealed with a key that is lost; {} sales in it were not at a proven end: ask the \
                 backend's own list about them; the file is kept at {}; pair this till again before it sells",
                self.unreadable.len(),
                self.kept_at.display()
            );
        }
        let lost: u64 = self.lost.iter().map(|(first, last)| last - first + 1).sum();
        write!(
            f,
            "the database was damaged: {} entries are whole, {lost} are lost; {} sales are whole, {} are in parts; \
             the damaged file is kept at {}; pair this till again before it sells",
            self.entries,
            self.sales,
            self.unreadable.len(),
            self.kept_at.display()
        )
    }
}

impl SqliteStorage {
    /// Opens a till's database, or makes one; a damaged one is salvaged first, and how that went must be shown to people. Where a
    /// person says that the key was lost, one that is sealed with another is put aside, and an empty one goes on in its place.
    ///
    /// # Errors
    /// If it is in use, of another program, of a later version, sealed with another key, cannot be written, or nothing in it can
    /// be read.
    pub fn open_or_salvage(
        path: &Path,
        sealing: &SealingKey,
        device: &dyn DeviceSigner,
        now: Time,
        key_was_lost: bool,
    ) -> Result<(Self, Option<Salvage>), StorageError> {
        let checked = Self::open(path, sealing).and_then(|mut storage| {
            let restored = storage.restore()?;
            let key = device.public_key();
            // Another device's journal is no damage: opening the till says whose it is, and nothing is touched.
            if !restore::is_of_other_key(&mut storage, &restored, &key)? {
                restored.check_seal(&restore::device_keys(&restored, &key))?;
            }
            Ok(storage)
        });
        let salvage = match checked {
            Ok(storage) => return Ok((storage, None)),
            Err(StorageError::Damaged { detail }) => {
                tracing::error!(detail, "the database is damaged and is being salvaged");
                Self::salvage(path, sealing, device, now)?
            }
            Err(StorageError::Sealed) if key_was_lost => {
                tracing::error!(
                    "what the database is sealed with is lost, and an empty one goes on in its place"
                );
                Self::give_up(path, sealing, device, now)?
            }
            Err(error) => return Err(error),
        };
        Ok((Self::open(path, sealing)?, Some(salvage)))
    }

    /// Salvages a damaged database: whatever is readable goes into a new file in its place, the damaged one is kept beside
    /// it. The till can then be opened, and only looked at until it is paired again.
    ///
    /// # Errors
    /// If nothing at all can be read, the file is in use, or the new one cannot be written; everything is then left as it was.
    pub fn salvage(
        path: &Path,
        sealing: &SealingKey,
        device: &dyn DeviceSigner,
        now: Time,
    ) -> Result<Salvage, StorageError> {
        // Nobody else may write meanwhile; and the copy, not the original, is what is opened and read.
        let lock = locked(path)?;
        let written = mark::read(path).unwrap_or(EMPTY.entries);
        let (kept_at, entries) = kept_aside(path, "damaged", now, |kept_at| {
            let entries = read_what_can_be(kept_at, sealing)?;
            if entries.is_empty() && !(written > 0 && is_emptied(kept_at)) {
                let detail = "nothing in it can be read, it was left as it is".to_owned();
                return Err(StorageError::Damaged { detail });
            }
            Ok(entries)
        })?;
        let fresh = Fresh { entries, written, key_was_lost: false, kept_at };
        fresh.put(path, lock, sealing, device, now)
    }

    /// Puts a database aside that is sealed with a lost key. An empty one goes on with its numbers, and is only looked at until
    /// the till is paired again with the key that it has now.
    fn give_up(
        path: &Path,
        sealing: &SealingKey,
        device: &dyn DeviceSigner,
        now: Time,
    ) -> Result<Salvage, StorageError> {
        let lock = locked(path)?;
        let (kept_at, (last, unproven)) = kept_aside(path, "sealed", now, left_in)?;
        let written = mark::read(path).unwrap_or(EMPTY.entries).max(last);
        let fresh = Fresh { entries: Vec::new(), written, key_was_lost: true, kept_at };
        let salvage = fresh.put(path, lock, sealing, device, now)?;
        Ok(Salvage { unreadable: unproven, is_sealed: true, ..salvage })
    }
}

/// The last entry of a journal that cannot be opened, and its sales that are not at a proven end.
fn left_in(path: &Path) -> Result<(u64, Vec<OrderNo>), StorageError> {
    let connection = locked(path)?;
    let last = "SELECT coalesce(max(seq), 0) FROM journal";
    let last = connection.query_row(last, [], |row| row.get(0))?;
    let unproven =
        format!("SELECT order_no FROM sales WHERE {} ORDER BY order_no", of_kind(ListFilter::Open));
    let mut statement = connection.prepare(&unproven)?;
    let unproven = statement.query_map([], |row| order_no_of(&row.get::<_, String>(0)?, 0))?;
    Ok((last, unproven.collect::<Result<_, _>>()?))
}

/// What goes on in the place of a database that was kept aside.
struct Fresh {
    /// What could be read of its journal.
    entries: Vec<Entry>,
    /// How many entries it had.
    written: u64,
    /// It was sealed with a key that is lost.
    key_was_lost: bool,
    kept_at: PathBuf,
}

impl Fresh {
    /// Writes it and puts it into its place.
    fn put(
        self,
        path: &Path,
        lock: Connection,
        sealing: &SealingKey,
        device: &dyn DeviceSigner,
        now: Time,
    ) -> Result<Salvage, StorageError> {
        let fresh = with_suffix(path, ".salvaged");
        remove(&fresh)?;
        remove(&with_suffix(&fresh, "-wal"))?;
        let (lost, sales, unreadable) = self.write(&fresh, sealing, device, now)?;
        remove(&mark::path_of(&fresh))?;
        std::fs::rename(&fresh, ready(path)).and_then(|()| sync_folder(path)).map_err(|error| io(&error))?;
        drop(lock);
        finish(path)?;
        let entries = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        Ok(Salvage { entries, lost, sales, unreadable, kept_at: self.kept_at, is_sealed: false })
    }

    fn write(
        &self,
        fresh: &Path,
        sealing: &SealingKey,
        device: &dyn DeviceSigner,
        now: Time,
    ) -> Result<Written, StorageError> {
        let mut lost = Vec::new();
        let mut expected = EMPTY.entries + 1;
        for entry in &self.entries {
            if entry.seq > expected {
                lost.push((expected, entry.seq - 1));
            }
            expected = entry.seq + 1;
        }
        let mut head = self.entries.last().map_or(EMPTY, Entry::head);
        if self.written > head.entries {
            // No number is ever given twice, also not one whose entry is lost.
            lost.push((head.entries + 1, self.written));
            head.entries = self.written;
        }
        let mut notes = vec![TillFact::Salvaged { lost: lost.clone() }];
        if self.key_was_lost {
            notes.push(TillFact::DeviceKey { key: device.public_key(), replaces: true });
        }
        let mut all = self.entries.clone();
        for fact in notes {
            let body =
                serde_json::to_string(&TillRecord { at: now, fact }).expect("plain fields are always JSON");
            let note = Entry::following(&head, None, body);
            head = note.head();
            all.push(note);
        }
        let rebuilt = restore::rebuild(&all, &device.public_key());
        let batch = Batch {
            till: Some(serde_json::to_string(&rebuilt.till).expect("plain fields are always JSON")),
            checkpoint: Some(sealed(&head, device)?),
            entries: all,
            ..rebuilt.projection
        };
        let sales = batch.sales.len();
        let mut storage = SqliteStorage::open(fresh, sealing)?;
        storage.rebuild(&batch)?;
        storage.finish()?;
        Ok((lost, sales, rebuilt.unreadable))
    }
}

/// Where a salvaged database is that only has to take its place.
fn ready(path: &Path) -> PathBuf {
    with_suffix(path, ".ready")
}

/// Puts a salvaged database in its place, if there is one; a kill before its end is made good at the next opening. The log of
/// the damaged one must not be read into it, so that goes first, for good.
pub(super) fn finish(path: &Path) -> Result<(), StorageError> {
    let ready = ready(path);
    if !ready.exists() {
        return Ok(());
    }
    for beside in ["-wal", "-shm", "-journal"] {
        remove(&with_suffix(path, beside))?;
    }
    let placed =
        sync_folder(path).and_then(|()| std::fs::rename(&ready, path)).and_then(|()| sync_folder(path));
    placed.map_err(|error| io(&error))
}

/// Makes what was renamed and removed beside a file durable.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

type Written = (Vec<(u64, u64)>, usize, Vec<OrderNo>);

fn sealed(head: &JournalHead, device: &dyn DeviceSigner) -> Result<Checkpoint, StorageError> {
    let signature = device
        .sign(checkpoint_text(head).as_bytes())
        .map_err(|error| StorageError::Io { detail: error.to_string() })?;
    Ok(Checkpoint { seq: head.entries, hash: head.hash, signature })
}

/// Copies a file beside its place and reads the copy, which is not kept if that cannot be done.
fn kept_aside<T>(
    path: &Path,
    why: &str,
    now: Time,
    read: impl FnOnce(&Path) -> Result<T, StorageError>,
) -> Result<(PathBuf, T), StorageError> {
    let kept_at = keep_aside(path, why, now)?;
    match read(&kept_at) {
        Ok(found) => Ok((kept_at, found)),
        Err(error) => {
            remove(&kept_at)?;
            remove(&with_suffix(&kept_at, "-wal"))?;
            Err(error)
        }
    }
}

/// Copies the file and its log beside their place.
fn keep_aside(path: &Path, why: &str, now: Time) -> Result<PathBuf, StorageError> {
    let kept_at = with_suffix(path, &format!(".{why}-{}", now.unix_ms()));
    std::fs::copy(path, &kept_at).map_err(|error| io(&error))?;
    std::fs::File::open(&kept_at).and_then(|file| file.sync_all()).map_err(|error| io(&error))?;
    let log = with_suffix(path, "-wal");
    if log.exists() {
        std::fs::copy(&log, with_suffix(&kept_at, "-wal")).map_err(|error| io(&error))?;
    }
    Ok(kept_at)
}

/// Opens a file as it is, without tidying it up at the end, and says so if another till has it.
fn locked(path: &Path) -> Result<Connection, StorageError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").map_err(StorageError::from) {
        Err(error @ StorageError::InUse) => Err(error),
        // It is damaged: that is why it is salvaged.
        _ => Ok(connection),
    }
}

/// The damaged file may be of a version that sealed nothing.
const ENTRIES: &str =
    "SELECT seq, order_no, CASE typeof(body) WHEN 'blob' THEN opened('journal', seq, body) ELSE body END,
                              body_hash, hash FROM journal";

/// Every entry that can be read and whose body and chain are whole.
fn read_what_can_be(path: &Path, sealing: &SealingKey) -> Result<Vec<Entry>, StorageError> {
    let connection = locked(path)?;
    sealing.teach(&connection)?;
    let mut found: Vec<Entry> = Vec::new();
    let mut next = 1;
    loop {
        let read = read_run(&connection, next, &mut found);
        next = found.last().map_or(next, |last| next.max(last.seq + 1));
        if read {
            break;
        }
        // Something in the way: step over it, one number at a time.
        let tried = next;
        while next < tried + MISSING_MAX {
            let one =
                connection.query_row(&format!("{ENTRIES} WHERE seq = ?1"), params![next], entry).optional();
            next += 1;
            if let Ok(Some(one)) = one {
                found.push(one);
                break;
            }
        }
        if next >= tried + MISSING_MAX {
            break;
        }
    }
    let mut whole: Vec<Entry> = Vec::with_capacity(found.len());
    for entry in found {
        let follows = match whole.last() {
            Some(last) if last.seq + 1 == entry.seq => chained(&last.hash, &entry.body_hash) == entry.hash,
            Some(last) => last.seq < entry.seq,
            None => true,
        };
        if follows && entry.is_whole() {
            whole.push(entry);
        }
    }
    Ok(whole)
}

/// Whether it is a till's database that can be read and has no entry.
fn is_emptied(path: &Path) -> bool {
    let count = |connection: Connection| {
        connection.query_row("SELECT count(*) FROM journal", [], |row| row.get::<_, i64>(0)).optional()
    };
    locked(path).is_ok_and(|connection| count(connection) == Ok(Some(0)))
}

/// Reads entries from a number on until the end (true) or until something cannot be read (false).
fn read_run(connection: &Connection, from: u64, found: &mut Vec<Entry>) -> bool {
    let run = format!("{ENTRIES} WHERE seq >= ?1 ORDER BY seq");
    let Ok(mut statement) = connection.prepare(&run) else { return false };
    let Ok(rows) = statement.query_map(params![from], entry) else { return false };
    for row in rows {
        match row {
            Ok(entry) => found.push(entry),
            Err(_) => return false,
        }
    }
    true
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<(), StorageError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(&error)),
        _ => Ok(()),
    }
}

fn io(error: &std::io::Error) -> StorageError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => StorageError::Full,
        _ => StorageError::Io { detail: error.to_string() },
    }
}
