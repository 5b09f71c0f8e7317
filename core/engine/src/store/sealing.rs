//! What the database tells of people, and everything that it holds in words, is sealed by a key that lies outside of it.
//!
//! Sealed are the bodies of the journal, of results, shifts and the till's own state, and the names of staff beside money. In plain
//! text stay what queries need: numbers of orders and transactions, amounts, times, kinds, stores, and the chain's hashes, so that
//! the chain and the device's signatures over it can be verified without the key.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ffi};
use saoma_sealing::Seal;

use super::StorageError;

/// What a till's database is sealed with: 32 secret bytes from the platform's keystore, the same for as long as the database lives.
#[derive(Clone, Debug)]
pub struct SealingKey(Seal);

impl SealingKey {
    /// With a secret that is evenly random.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Seal::of_secret(secret))
    }

    /// Teaches a connection `sealed(table, row, text)`, `opened(table, row, sealed)`, which fails as on damage where it cannot, and
    /// `readable(table, row, sealed)`, which is null then. A value that was sealed for one table and row is not opened in another.
    ///
    /// # Errors
    /// If the connection cannot be taught.
    pub fn teach(&self, connection: &Connection) -> Result<(), StorageError> {
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_DIRECTONLY;
        let seal = self.0.clone();
        connection.create_scalar_function("sealed", 3, flags, move |call| {
            Ok(given(call).map(|text| seal.sealed(&place(call), text)))
        })?;
        let seal = self.0.clone();
        connection.create_scalar_function("opened", 3, flags, move |call| {
            given(call).map(|sealed| opened(&seal, call, sealed).ok_or_else(|| unreadable(call))).transpose()
        })?;
        let seal = self.0.clone();
        connection.create_scalar_function("readable", 3, flags, move |call| {
            Ok(given(call).and_then(|sealed| opened(&seal, call, sealed)))
        })?;
        Ok(())
    }
}

fn opened(seal: &Seal, call: &Context<'_>, sealed: &[u8]) -> Option<String> {
    seal.opened(&place(call), sealed).and_then(|text| String::from_utf8(text).ok())
}

/// What is to be sealed or opened; none if it was erased.
fn given<'a>(call: &'a Context<'_>) -> Option<&'a [u8]> {
    match call.get_raw(2) {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
    }
}

fn place(call: &Context<'_>) -> Vec<u8> {
    let mut place = b"saoma till".to_vec();
    for at in [0, 1] {
        place.push(b' ');
        match call.get_raw(at) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => place.extend_from_slice(bytes),
            ValueRef::Integer(number) => place.extend_from_slice(number.to_string().as_bytes()),
            ValueRef::Null | ValueRef::Real(_) => {}
        }
    }
    place
}

/// It counts as damage. A text of our own would make it a plain error, so the place is told to the log.
fn unreadable(call: &Context<'_>) -> rusqlite::Error {
    tracing::error!(place = %String::from_utf8_lossy(&place(call)), "what was sealed cannot be opened");
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)
}

/// So many entries are tried before it is said that the key is another.
const TRIED_MAX: u32 = 1_000;

/// Checks that what is sealed was sealed with the key that the connection was taught. Where some of it cannot be opened, the rest
/// tells: then it is damaged, and the key is right.
pub(super) fn check_key(connection: &Connection) -> Result<(), StorageError> {
    let tried = "SELECT readable('till', one, body) IS NOT NULL FROM till
                 UNION ALL
                 SELECT * FROM (SELECT readable('journal', seq, body) IS NOT NULL FROM journal
                                WHERE body IS NOT NULL ORDER BY seq DESC LIMIT ?1)";
    let mut statement = connection.prepare(tried)?;
    let mut rows = statement.query([TRIED_MAX])?;
    let mut is_any = false;
    while let Some(row) = rows.next()? {
        if row.get(0)? {
            return Ok(());
        }
        is_any = true;
    }
    if is_any { Err(StorageError::Sealed) } else { Ok(()) }
}
