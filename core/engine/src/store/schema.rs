//! The database's layout, and how it is opened and brought up to date.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::StorageError;
use super::sealing::{self, SealingKey};

/// `SAOM`: marks the file as a till's database.
pub(super) const APPLICATION_ID: i32 = 0x5341_4f4d;

/// Each migration brings the database from its index to the next version.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE journal (
        seq       INTEGER PRIMARY KEY,
        order_no  TEXT,
        body      TEXT,
        body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
        hash      BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;
    CREATE INDEX journal_of_sale ON journal (order_no, seq) WHERE order_no IS NOT NULL;
    CREATE TABLE checkpoints (
        seq       INTEGER PRIMARY KEY,
        hash      BLOB NOT NULL,
        signature BLOB NOT NULL
    ) STRICT;
    CREATE TABLE sales (
        order_no   TEXT PRIMARY KEY,
        backwards  TEXT NOT NULL,
        filter     TEXT NOT NULL,
        open       INTEGER NOT NULL,
        amount     INTEGER NOT NULL,
        currency   TEXT NOT NULL,
        made_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sales_open ON sales (order_no) WHERE open = 1;
    CREATE INDEX sales_by_filter ON sales (filter, order_no);
    CREATE INDEX sales_by_tail ON sales (backwards);
    CREATE TABLE results (
        key          TEXT PRIMARY KEY,
        kind         TEXT NOT NULL,
        amount       INTEGER NOT NULL,
        late         INTEGER NOT NULL,
        paid_at_ms   INTEGER NOT NULL,
        body         TEXT NOT NULL,
        acknowledged INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX results_waiting ON results (paid_at_ms) WHERE acknowledged = 0;
    CREATE INDEX results_by_day ON results (paid_at_ms) WHERE kind = 'paid';
    CREATE TABLE till (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL) STRICT;
", "
    CREATE TABLE movements (
        key      TEXT PRIMARY KEY,
        order_no TEXT NOT NULL,
        kind     TEXT NOT NULL,
        method   TEXT NOT NULL,
        store    TEXT NOT NULL,
        staff    TEXT NOT NULL,
        amount   INTEGER NOT NULL,
        late     INTEGER NOT NULL,
        at_ms    INTEGER NOT NULL,
        seq      INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX movements_by_day ON movements (at_ms);
    CREATE INDEX movements_by_entry ON movements (seq);
    CREATE TABLE shifts (no INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
    -- The first version knew payments by its own code alone, and not where or by whom.
    INSERT INTO movements
        SELECT key, json_extract(body, '$.order_no'), 'paid', 'wechatpay_qr', '', '', amount, late, paid_at_ms, 0
        FROM results WHERE kind = 'paid';
", "
    CREATE INDEX movements_of_sale ON movements (order_no);
    CREATE INDEX journal_of_till ON journal (seq) WHERE order_no IS NULL;
    CREATE TABLE found (one INTEGER PRIMARY KEY CHECK (one = 1), derived INTEGER NOT NULL, detail TEXT NOT NULL) STRICT;
", "
    -- Pages that are free may hold what was written in plain text: they are taken into use, and given back as zeros.
    CREATE TABLE wiped (bytes BLOB) STRICT;
    INSERT INTO wiped SELECT zeroblob((freelist_count + 1) * page_size) FROM pragma_freelist_count, pragma_page_size;
    DROP TABLE wiped;
    CREATE TABLE sealed_journal (
        seq       INTEGER PRIMARY KEY,
        order_no  TEXT,
        body      BLOB,
        body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
        hash      BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;
    INSERT INTO sealed_journal
        SELECT seq, order_no, sealed('journal', seq, body), body_hash, hash FROM journal ORDER BY seq;
    DROP TABLE journal;
    ALTER TABLE sealed_journal RENAME TO journal;
    CREATE INDEX journal_of_sale ON journal (order_no, seq) WHERE order_no IS NOT NULL;
    CREATE INDEX journal_of_till ON journal (seq) WHERE order_no IS NULL;
    CREATE TABLE sealed_results (
        key          TEXT PRIMARY KEY,
        order_no     TEXT NOT NULL,
        kind         TEXT NOT NULL,
        amount       INTEGER NOT NULL,
        late         INTEGER NOT NULL,
        paid_at_ms   INTEGER NOT NULL,
        body         BLOB NOT NULL,
        acknowledged INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO sealed_results
        SELECT key, coalesce(CASE WHEN json_valid(body) THEN json_extract(body, '$.order_no') END, ''), kind, amount, late,
               paid_at_ms, sealed('results', key, body), acknowledged
        FROM results;
    DROP TABLE results;
    ALTER TABLE sealed_results RENAME TO results;
    CREATE INDEX results_waiting ON results (paid_at_ms) WHERE acknowledged = 0;
    CREATE INDEX results_by_day ON results (paid_at_ms) WHERE kind = 'paid';
    CREATE TABLE sealed_movements (
        key      TEXT PRIMARY KEY,
        order_no TEXT NOT NULL,
        kind     TEXT NOT NULL,
        method   TEXT NOT NULL,
        store    TEXT NOT NULL,
        -- Sealed for the column and not for its row, so that what is one person's can be added up; empty if no one was signed in.
        staff    BLOB NOT NULL,
        amount   INTEGER NOT NULL,
        late     INTEGER NOT NULL,
        at_ms    INTEGER NOT NULL,
        seq      INTEGER NOT NULL
    ) STRICT;
    INSERT INTO sealed_movements
        SELECT key, order_no, kind, method, store, sealed('movements', '', staff), amount, late, at_ms, seq FROM movements;
    DROP TABLE movements;
    ALTER TABLE sealed_movements RENAME TO movements;
    CREATE INDEX movements_by_day ON movements (at_ms);
    CREATE INDEX movements_by_entry ON movements (seq);
    CREATE INDEX movements_of_sale ON movements (order_no);
    CREATE TABLE sealed_shifts (no INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    INSERT INTO sealed_shifts SELECT no, sealed('shifts', no, body) FROM shifts;
    DROP TABLE shifts;
    ALTER TABLE sealed_shifts RENAME TO shifts;
    CREATE TABLE sealed_till (one INTEGER PRIMARY KEY CHECK (one = 1), body BLOB NOT NULL) STRICT;
    INSERT INTO sealed_till SELECT one, sealed('till', one, body) FROM till;
    DROP TABLE till;
    ALTER TABLE sealed_till RENAME TO till;
", "
    -- Nothing changes but the version: it says that the log of the step before was emptied into the file, so that neither holds
    -- any more what was written in plain text.
"];

/// From this version on what is personal is sealed; older ones have it in plain text, and what they wrote is overwritten.
const SEALED: usize = 4;

/// The version that this program writes.
pub(super) fn version_known() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

/// Opens or makes a database: refuses another program's and a newer one, takes the only lock, migrates.
pub(super) fn open(path: &std::path::Path, sealing: &SealingKey) -> Result<Connection, StorageError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::ZERO)?;
    // Without this SQLite may compile a kept statement again for each value that is bound to it, to find a better plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Held until the connection ends, and by a kill given back: a second till on this file is refused.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let version = check_owner(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = if saoma_contract::planted("journal-unsynced") { "OFF" } else { "FULL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    sealing.teach(&connection)?;
    let done = usize::try_from(version).expect("checked to be at most the number of migrations");
    if (1..=SEALED).contains(&done) {
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        migrate(&mut connection, done, SEALED)?;
        empty_log(&connection)?;
    }
    // Also when nothing changes: a write is what takes the lock, and what finds a full disk or a read-only file.
    migrate(&mut connection, if done == 0 { 0 } else { done.max(SEALED) }, MIGRATIONS.len())?;
    if layout(&connection)? != layout(&made_new(sealing)?)? {
        return Err(StorageError::Damaged { detail: "its tables are not as they were made".to_owned() });
    }
    sealing::check_key(&connection)?;
    Ok(connection)
}

/// Moves everything out of the log into the file itself, so that the file alone holds it.
pub(super) fn empty_log(connection: &Connection) -> Result<(), StorageError> {
    let is_left = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))?;
    if is_left { Err(StorageError::InUse) } else { Ok(()) }
}

/// Brings a database from one version to another, in one transaction.
fn migrate(connection: &mut Connection, from: usize, to: usize) -> Result<(), StorageError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for migration in &MIGRATIONS[from..to] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", u32::try_from(to).expect("a handful of migrations"))?;
    Ok(transaction.commit()?)
}

fn made_new(sealing: &SealingKey) -> Result<Connection, StorageError> {
    let connection = Connection::open_in_memory()?;
    sealing.teach(&connection)?;
    MIGRATIONS.iter().try_for_each(|migration| connection.execute_batch(migration))?;
    Ok(connection)
}

/// Every table and index, with the text that made it.
fn layout(connection: &Connection) -> Result<Vec<(String, Option<String>)>, StorageError> {
    let all = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name";
    let mut statement = connection.prepare(all)?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

fn check_owner(connection: &Connection) -> Result<u32, StorageError> {
    let number =
        |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let (owner, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if owner == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    if owner != i64::from(APPLICATION_ID) {
        return Err(StorageError::Foreign);
    }
    let known = version_known();
    match u32::try_from(version) {
        Ok(found) if (1..=known).contains(&found) => Ok(found),
        Ok(found) if found > known => Err(StorageError::Newer { found, known }),
        _ => Err(StorageError::Damaged { detail: format!("its version is {version}") }),
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        let detail = error.to_string();
        match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::InUse,
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { detail },
                _ => Self::Io { detail },
            },
            // A row that does not hold what its table promises.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Self::Damaged { detail },
            _ => Self::Io { detail },
        }
    }
}
