//! A sum over what a row says of money, kept in the row: SQLite itself does not see a bit that flips inside a number, and a row
//! whose bit has flipped is damage here, never another amount.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use super::read::{Unreadable, wrong};

/// What is summed of an order. Each list stands in the order of its table's statements and of `sums.sql`.
pub(super) const ORDER: &[&str] = &["order_no", "merchant", "store", "live", "signed"];

/// What is summed of a payment.
pub(super) const PAYMENT: &[&str] = &[
    "channel",
    "transaction_id",
    "order_no",
    "attempt",
    "amount",
    "currency",
    "payer_amount",
    "payer_currency",
    "paid_at",
    "late",
];

/// What is summed of a refund.
pub(super) const REFUND: &[&str] =
    &["refund_no", "order_no", "channel", "transaction_id", "amount", "currency", "phase", "done_at"];

/// What is summed of money that does not match.
pub(super) const UNMATCHED: &[&str] =
    &["channel", "transaction_id", "out_trade_no", "order_no", "amount", "currency", "paid_at"];

/// Teaches a connection that writes the function `summed(…)`.
pub(super) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("summed", -1, flags, |call| {
        Ok(sum((0..call.len()).map(|at| call.get_raw(at))))
    })
}

/// That a row says what was written.
pub(super) fn check(row: &Row<'_>, columns: &[&str]) -> rusqlite::Result<()> {
    let values = columns.iter().map(|column| row.get_ref(*column)).collect::<rusqlite::Result<Vec<_>>>()?;
    if row.get::<_, Option<i64>>("sum")? == Some(sum(values.into_iter())) {
        return Ok(());
    }
    Err(wrong("sum", Unreadable("the row does not say what was written")))
}

fn sum<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> i64 {
    let mut hash = Sha256::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    };
    for value in values {
        match value {
            ValueRef::Null => add(0, &[]),
            ValueRef::Integer(number) => add(1, &number.to_be_bytes()),
            ValueRef::Real(number) => add(2, &number.to_be_bytes()),
            ValueRef::Text(text) => add(3, text),
            ValueRef::Blob(bytes) => add(4, bytes),
        }
    }
    let whole = hash.finalize();
    i64::from_be_bytes(std::array::from_fn(|at| whole[at]))
}
