//! Opening the file: it is ours or empty, of a version we know, and set to survive a kill.

use std::{io, path::Path, time::Duration};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::{Rows, StoreError};
use crate::trade::{Entry, State};

/// Marks a SQLite file as a sandbox's ("SaSb").
const APPLICATION_ID: i32 = 0x5361_5362;
/// The version of the tables below, all of them.
const VERSION: i32 = 2;

/// Version 1.
const TABLES: &str = "
    CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE orders (
        mchid TEXT NOT NULL, out_trade_no TEXT NOT NULL, transaction_id TEXT UNIQUE, content TEXT NOT NULL,
        UNIQUE (mchid, out_trade_no)
    ) STRICT;
    CREATE TABLE codes (
        token TEXT PRIMARY KEY, mchid TEXT NOT NULL, out_trade_no TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notifications (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, due_ms INTEGER, content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notifications_due ON notifications (due_ms) WHERE due_ms IS NOT NULL;
";

/// Version 2: refunds, the movements of money, payment codes, bills made for download.
const TABLES_2: &str = "
    CREATE TABLE refunds (
        number INTEGER PRIMARY KEY, mchid TEXT NOT NULL, out_refund_no TEXT NOT NULL, refund_id TEXT NOT NULL UNIQUE,
        out_trade_no TEXT NOT NULL, due_ms INTEGER, content TEXT NOT NULL,
        UNIQUE (mchid, out_refund_no)
    ) STRICT;
    CREATE INDEX refunds_of_order ON refunds (mchid, out_trade_no);
    CREATE INDEX refunds_due ON refunds (due_ms) WHERE due_ms IS NOT NULL;
    CREATE TABLE flows (
        number INTEGER PRIMARY KEY, account TEXT NOT NULL, at_ms INTEGER NOT NULL, content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX flows_of_account ON flows (account, number);
    CREATE TABLE payment_codes (auth_code TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE files (token TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// Why the file cannot be used. It was left as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("is not a sandbox's database: it belongs to another program")]
    Foreign,
    #[error("is not a SQLite database, or damaged")]
    NotADatabase,
    #[error(
        "was made by a newer version of Saoma (its tables have version {found}, this one knows {VERSION})"
    )]
    Newer { found: i32 },
    #[error("is in use by another sandbox; stop that one, or give this one a folder of its own")]
    InUse,
    #[error("cannot be written: the disk is full")]
    Full,
    #[error("cannot be used: {0}")]
    Sqlite(rusqlite::Error),
    #[error("cannot be brought to this version: {0}")]
    Migration(#[from] StoreError),
    #[error("cannot be served: {0}")]
    Thread(io::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NotADatabase,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

/// Opens the file and checks whose it is before writing anything to it.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    // Without this SQLite may compile a kept statement again for each value that is bound to it, to find a better plan.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Held until it is closed or its process ends, so that no second sandbox can serve the same orders.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (owner, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = owner == 0 && version == 0 && tables == 0;
    if !is_new && owner != APPLICATION_ID {
        return Err(OpenError::Foreign);
    }
    if version > VERSION {
        return Err(OpenError::Newer { found: version });
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(64);
    if is_new || version < VERSION {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if is_new {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        transaction.execute_batch(TABLES_2)?;
        book_former_payments(&Rows::new(&transaction))?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    Ok(connection)
}

/// Version 1 kept payments but no account: what was paid then is booked now, in its order.
fn book_former_payments(rows: &Rows<'_>) -> Result<(), StoreError> {
    let paid = rows.orders()?.into_iter().filter_map(|order| match order.state {
        State::Paid { at, .. } => Some((at, order)),
        _ => None,
    });
    let mut paid = paid.collect::<Vec<_>>();
    paid.sort_by_key(|(at, _)| *at);
    for (at, order) in paid {
        rows.book(order.terms.account(), at, Entry::of_payment(&order))?;
    }
    Ok(())
}
