//! Opening a ledger's files: whose they are, how old, and whether they came back from a backup.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use saoma_contract::Time;

use super::sealing::Seal;
use super::{check, sums};

/// Marks a database file as a Saoma ledger: `SAOM`.
const APPLICATION_ID: i32 = 0x5341_4F4D;

/// The schema's steps; the database's `user_version` says how many were done.
const MIGRATIONS: [&str; 9] = [
    include_str!("schema.sql"),
    include_str!("people.sql"),
    include_str!("refunds.sql"),
    include_str!("bills.sql"),
    include_str!("to_merchant.sql"),
    include_str!("funds.sql"),
    include_str!("sealed.sql"),
    include_str!("given_back.sql"),
    include_str!("sums.sql"),
];

const BUSY: Duration = Duration::from_secs(5);

/// Why a ledger could not be opened. Its files are left as they were.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another backend has it open.
    #[error("{0} is in use by another backend; stop that one first, or give this one its own state_dir")]
    InUse(PathBuf),
    /// The file is no ledger.
    #[error("{0} is a file of another program; give this backend its own state_dir")]
    OtherProgram(PathBuf),
    /// The file was written by a newer version.
    #[error("{path} has the form {found}, this version knows forms up to {known}; use a newer saoma")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its form.
        found: usize,
        /// The newest form known here.
        known: usize,
    },
    /// What is stored is not what was written.
    #[error(
        "{path} is damaged ({detail}); keep the file, and put the last backup in its place: tills bring their orders of the \
         last days again, and each is proven anew"
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The system refused.
    #[error("{path}: {detail}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
}

/// A ledger's open files.
pub(super) struct Files {
    pub(super) writer: Connection,
    pub(super) path: PathBuf,
    /// Whether it was found to be whole.
    pub(super) is_checked: bool,
    pub(super) epoch: u64,
    pub(super) counter: u64,
    pub(super) mark: Mark,
    pub(super) seal: Arc<Seal>,
    /// Held as long as the ledger is open; the system frees it even after a kill.
    pub(super) lock: File,
}

/// Opens the ledger in a folder, or makes it. One of at most this length is checked first.
pub(super) fn open(folder: &Path, now: Time, checked_first_max: u64) -> Result<Files, OpenError> {
    let path = folder.join("ledger.sqlite");
    let lock_path = folder.join("ledger.lock");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |detail: &dyn std::fmt::Display| OpenError::Io { path, detail: detail.to_string() }
    };
    let lock = private(OpenOptions::new().create(true).truncate(false).write(true))
        .open(&lock_path)
        .map_err(|error| io(&lock_path)(&error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::InUse(path)),
        Err(std::fs::TryLockError::Error(error)) => return Err(io(&lock_path)(&error)),
    }
    look(&path)?;
    if !path.exists() {
        private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(&path)
            .map_err(|error| io(&path)(&error))?;
    }
    let seal = Seal::open_or_make(folder)?;
    let mut mark = Mark::open(&folder.join("ledger.mark"))?;
    let sql = |error: rusqlite::Error| refused(&path, &error);
    let mut writer = Connection::open(&path).map_err(sql)?;
    seal.teach(&writer).and_then(|()| sums::teach(&writer)).map_err(sql)?;
    let (epoch, counter) = prepare(&mut writer, &mut mark, now).map_err(sql)?;
    let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    let is_checked = length <= checked_first_max;
    if is_checked && let Some(detail) = check::fault(&writer).map_err(sql)? {
        return Err(OpenError::Damaged { path, detail });
    }
    mark.set(counter);
    Ok(Files { writer, path, is_checked, epoch, counter, mark, seal, lock })
}

fn refused(path: &Path, error: &rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked};
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => OpenError::InUse(path),
        Some(DatabaseCorrupt) => OpenError::Damaged { path, detail: error.to_string() },
        _ => OpenError::Io { path, detail: error.to_string() },
    }
}

/// A read-only connection to an open ledger.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI,
    )?;
    connection.busy_timeout(BUSY)?;
    has_stable_plans(&connection)?;
    Ok(connection)
}

/// Without this SQLite may compile a kept statement again for each value that is bound to it, to find a better plan.
fn has_stable_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// A connection for one small write beside a running backend. It never makes or changes the database's form.
pub(super) fn beside(folder: &Path) -> Result<Connection, OpenError> {
    let path = folder.join("ledger.sqlite");
    let io = |error: rusqlite::Error| OpenError::Io { path: path.clone(), detail: error.to_string() };
    look(&path)?;
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(io)?;
    connection.busy_timeout(BUSY).map_err(io)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(io)?;
    Seal::open(folder)?.teach(&connection).and_then(|()| sums::teach(&connection)).map_err(io)?;
    is_of_this_version(&connection, &path)?;
    Ok(connection)
}

/// A read-only connection to a ledger of this version, which a backend may have open.
pub(super) fn at_rest(path: &Path) -> Result<Connection, OpenError> {
    let io = |detail: String| OpenError::Io { path: path.to_owned(), detail };
    let length = std::fs::metadata(path).map_err(|error| io(error.to_string()))?.len();
    if length == 0 {
        return Err(OpenError::OtherProgram(path.to_owned()));
    }
    look(path)?;
    let connection = reader(path).map_err(|error| io(error.to_string()))?;
    is_of_this_version(&connection, path)?;
    Ok(connection)
}

fn is_of_this_version(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let io = |detail: String| OpenError::Io { path: path.to_owned(), detail };
    let form: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| io(error.to_string()))?;
    if usize::try_from(form).ok() == Some(MIGRATIONS.len()) {
        return Ok(());
    }
    Err(io(
        "the ledger is of an older version; start its backend once, and it is brought up to date".to_owned()
    ))
}

/// Looks at an existing file without touching it.
fn look(path: &Path) -> Result<(), OpenError> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(OpenError::Io { path: path.to_owned(), detail: error.to_string() }),
    };
    if length == 0 {
        return Ok(());
    }
    let ask = |connection: Connection| -> rusqlite::Result<(i32, i64, i64)> {
        let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let form: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((id, form, tables))
    };
    let asked = match reader(path).and_then(ask) {
        // A power cut while it was made left a change that must be taken back before anything can be read.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(ask)
        }
        asked => asked,
    };
    match asked {
        // Empty: a power cut left it before anything was made in it.
        Ok((0, 0, 0)) => Ok(()),
        Ok((APPLICATION_ID, form, _)) => {
            let found = usize::try_from(form).unwrap_or(usize::MAX);
            if found > MIGRATIONS.len() {
                return Err(OpenError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() });
            }
            Ok(())
        }
        Ok(_) => Err(OpenError::OtherProgram(path.to_owned())),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            Err(OpenError::OtherProgram(path.to_owned()))
        }
        Err(error) => Err(refused(path, &error)),
    }
}

/// Sets the connection up, brings the form up to date, and finds out which life of the ledger this is.
fn prepare(writer: &mut Connection, mark: &mut Mark, now: Time) -> rusqlite::Result<(u64, u64)> {
    writer.busy_timeout(BUSY)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "fullfsync", true)?;
    writer.pragma_update(None, "checkpoint_fullfsync", true)?;
    writer.pragma_update(None, "trusted_schema", false)?;
    // What an older version kept unsealed is overwritten, and not only forgotten.
    writer.pragma_update(None, "secure_delete", true)?;
    has_stable_plans(writer)?;
    let tx = writer.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let form: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(form).unwrap_or(0);
    for (number, step) in MIGRATIONS.iter().enumerate().skip(done) {
        tx.execute_batch(step)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
    }
    let counter: i64 = tx.query_row(
        "SELECT coalesce(max((SELECT max(counter) FROM orders WHERE merchant = merchants.id)), 0) FROM merchants",
        [],
        |row| row.get(0),
    )?;
    let counter = u64::try_from(counter).unwrap_or(0);
    let known: Option<i64> = tx.query_row("SELECT max(value) FROM epoch", [], |row| row.get(0))?;
    let is_restored = match mark.get() {
        Some(marked) => counter < marked,
        None => counter > 0,
    };
    let epoch = match known {
        Some(epoch) if !is_restored => epoch,
        known => {
            let epoch = now.unix_ms().max(known.map_or(1, |epoch| epoch.saturating_add(1)));
            tx.execute("DELETE FROM epoch", [])?;
            tx.execute("INSERT INTO epoch (value) VALUES (?1)", [epoch])?;
            if known.is_some() {
                tracing::warn!(
                    epoch,
                    counter,
                    "the ledger came back from a backup; tills will offer their orders again"
                );
            }
            epoch
        }
    };
    tx.commit()?;
    Ok((u64::try_from(epoch).unwrap_or(1), counter))
}

/// The greatest counter ever committed, in a small file beside the database. A database that is behind it came back
/// from a backup. It is written without waiting for the disk: it may fall behind the database, never run ahead of it.
pub(super) struct Mark {
    file: File,
    at: Option<u64>,
}

impl Mark {
    fn open(path: &Path) -> Result<Self, OpenError> {
        let io = |error: std::io::Error| OpenError::Io { path: path.to_owned(), detail: error.to_string() };
        let mut file = private(OpenOptions::new().create(true).truncate(false).read(true).write(true))
            .open(path)
            .map_err(io)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(io)?;
        Ok(Self { file, at: text.trim().parse().ok() })
    }

    fn get(&self) -> Option<u64> {
        self.at
    }

    /// Notes a committed counter. A failure is only told: the next note makes it good.
    pub(super) fn set(&mut self, counter: u64) {
        if self.at == Some(counter) {
            return;
        }
        let text = format!("{counter:020}\n");
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(text.as_bytes()));
        match written {
            Ok(()) => self.at = Some(counter),
            Err(error) => tracing::warn!(%error, "the ledger's mark could not be written"),
        }
    }
}

/// Files that only the owner may read.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
