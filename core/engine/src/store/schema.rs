//! The database's layout, and how it is opened and brought up to date.

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::StorageError;

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
"];

/// The version that this program writes.
pub(super) fn version_known() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

/// Opens or makes a database: refuses another program's and a newer one, takes the only lock, migrates.
pub(super) fn open(path: &std::path::Path) -> Result<Connection, StorageError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::ZERO)?;
    // Held until the connection ends, and by a kill given back: a second till on this file is refused.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let version = check_owner(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = if saoma_contract::planted("journal-unsynced") { "OFF" } else { "FULL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done = usize::try_from(version).expect("checked to be at most the number of migrations");
    for migration in &MIGRATIONS[done..] {
        transaction.execute_batch(migration)?;
    }
    // Written even when nothing changed: a write is what takes the lock, and what finds a full disk or a read-only file.
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version_known())?;
    transaction.commit()?;
    if layout(&connection)? != layout(&made_new()?)? {
        return Err(StorageError::Damaged { detail: "its tables are not as they were made".to_owned() });
    }
    Ok(connection)
}

fn made_new() -> Result<Connection, StorageError> {
    let connection = Connection::open_in_memory()?;
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
