//! The rows: orders, the codes that lead to them, refunds, movements of money, notifications, and a few single values.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;
use crate::{
    bills::File,
    clock::beijing_day,
    notify::Notification,
    trade::{Entry, Flow, Order, PaymentCode, Refund},
};

/// The rows within one transaction.
pub(crate) struct Rows<'a> {
    connection: &'a Connection,
}

impl<'a> Rows<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// A single value that was kept under a name.
    pub(crate) fn kept<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.one("SELECT value FROM kept WHERE name = ?1", [name])
    }

    /// Keeps a single value under a name.
    pub(crate) fn keep<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        self.change(
            "INSERT OR REPLACE INTO kept (name, value) VALUES (?1, ?2)",
            params![name, text_of(value)],
        )
    }

    /// The order a merchant made under this number.
    pub(crate) fn order(&self, mchid: &str, out_trade_no: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT content FROM orders WHERE mchid = ?1 AND out_trade_no = ?2", [mchid, out_trade_no])
    }

    /// The order that was paid under this number of WeChat Pay's.
    pub(crate) fn order_by_transaction(&self, transaction_id: &str) -> Result<Option<Order>, StoreError> {
        self.one("SELECT content FROM orders WHERE transaction_id = ?1", [transaction_id])
    }

    /// The order a code leads to, also a code that a newer one has replaced.
    pub(crate) fn order_by_code(&self, token: &str) -> Result<Option<Order>, StoreError> {
        let sql = "SELECT content FROM orders JOIN codes USING (mchid, out_trade_no) WHERE token = ?1";
        self.one(sql, [token])
    }

    /// All orders, oldest first.
    pub(crate) fn orders(&self) -> Result<Vec<Order>, StoreError> {
        self.all("SELECT content FROM orders ORDER BY rowid", params![])
    }

    /// Writes an order, and the code that leads to it.
    pub(crate) fn put_order(&self, order: &Order) -> Result<(), StoreError> {
        let (mchid, out_trade_no) = (&order.terms.mchid, &order.terms.out_trade_no);
        self.change(
            "INSERT INTO orders (mchid, out_trade_no, transaction_id, content) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (mchid, out_trade_no) DO UPDATE SET transaction_id = ?3, content = ?4",
            params![mchid, out_trade_no, order.transaction_id(), text_of(order)],
        )?;
        let Some(code) = &order.code else { return Ok(()) };
        self.change(
            "INSERT OR IGNORE INTO codes (token, mchid, out_trade_no) VALUES (?1, ?2, ?3)",
            params![code.token, mchid, out_trade_no],
        )
    }

    /// A customer's payment code.
    pub(crate) fn payment_code(&self, auth_code: &str) -> Result<Option<PaymentCode>, StoreError> {
        self.one("SELECT content FROM payment_codes WHERE auth_code = ?1", [auth_code])
    }

    /// Writes a payment code, and forgets those that nobody used for a day: a wallet page makes one a minute.
    pub(crate) fn put_payment_code(&self, code: &PaymentCode) -> Result<(), StoreError> {
        let old = "DELETE FROM payment_codes WHERE content ->> 'used_for' IS NULL AND unixepoch(content ->> 'issued_at') < ?1";
        self.change(old, params![code.issued_at.as_second() - 24 * 3600])?;
        self.change(
            "INSERT OR REPLACE INTO payment_codes (auth_code, content) VALUES (?1, ?2)",
            params![code.auth_code, text_of(code)],
        )
    }

    /// The refund a merchant asked for under this number.
    pub(crate) fn refund(&self, mchid: &str, out_refund_no: &str) -> Result<Option<Refund>, StoreError> {
        self.one(
            "SELECT content FROM refunds WHERE mchid = ?1 AND out_refund_no = ?2",
            [mchid, out_refund_no],
        )
    }

    /// The refund with this number of WeChat Pay's.
    pub(crate) fn refund_by_id(&self, refund_id: &str) -> Result<Option<Refund>, StoreError> {
        self.one("SELECT content FROM refunds WHERE refund_id = ?1", [refund_id])
    }

    /// The refunds of an order, oldest first.
    pub(crate) fn refunds_of(&self, order: &Order) -> Result<Vec<Refund>, StoreError> {
        let sql = "SELECT content FROM refunds WHERE mchid = ?1 AND out_trade_no = ?2 ORDER BY number";
        self.all(sql, params![order.terms.mchid, order.terms.out_trade_no])
    }

    /// All refunds, oldest first.
    pub(crate) fn refunds(&self) -> Result<Vec<Refund>, StoreError> {
        self.all("SELECT content FROM refunds ORDER BY number", params![])
    }

    /// The refunds that end now, in the order in which they fell due.
    pub(crate) fn refunds_due(&self, now_ms: i64) -> Result<Vec<Refund>, StoreError> {
        self.all("SELECT content FROM refunds WHERE due_ms <= ?1 ORDER BY due_ms, number", params![now_ms])
    }

    /// Writes a refund.
    pub(crate) fn put_refund(&self, refund: &Refund) -> Result<(), StoreError> {
        let due_ms = refund.due_at().map(Timestamp::as_millisecond);
        let (number, id) = (&refund.terms.out_refund_no, &refund.refund_id);
        self.change(
            "INSERT INTO refunds (mchid, out_refund_no, refund_id, out_trade_no, due_ms, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (mchid, out_refund_no) DO UPDATE SET due_ms = ?5, content = ?6",
            params![refund.mchid, number, id, refund.out_trade_no, due_ms, text_of(refund)],
        )
    }

    /// What an account holds, in fen.
    pub(crate) fn balance(&self, account: &str) -> Result<i64, StoreError> {
        let sql = "SELECT content FROM flows WHERE account = ?1 ORDER BY number DESC LIMIT 1";
        Ok(self.one::<Flow, _>(sql, [account])?.map_or(0, |flow| flow.balance))
    }

    /// Books movements of money.
    pub(crate) fn book(&self, account: &str, at: Timestamp, entries: Vec<Entry>) -> Result<(), StoreError> {
        let mut balance = self.balance(account)?;
        for entry in entries {
            balance = i64::saturating_add(balance, entry.fen);
            let count = "SELECT coalesce(max(number), 0) + 1 FROM flows";
            let number = self.connection.prepare_cached(count)?.query_row([], |row| row.get::<_, i64>(0))?;
            let flow_no = format!("1000{}{number:012}", beijing_day(at));
            let flow = Flow { at, flow_no, entry, balance };
            self.change(
                "INSERT INTO flows (number, account, at_ms, content) VALUES (?1, ?2, ?3, ?4)",
                params![number, account, at.as_millisecond(), text_of(&flow)],
            )?;
        }
        Ok(())
    }

    /// The movements of an account from one time until before another, oldest first.
    pub(crate) fn flows(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Flow>, StoreError> {
        let sql =
            "SELECT content FROM flows WHERE account = ?1 AND at_ms >= ?2 AND at_ms < ?3 ORDER BY number";
        self.all(sql, params![account, from.as_millisecond(), until.as_millisecond()])
    }

    /// A bill that waits to be downloaded.
    pub(crate) fn file(&self, token: &str) -> Result<Option<File>, StoreError> {
        self.one("SELECT content FROM files WHERE token = ?1", [token])
    }

    /// Writes a bill for download, and forgets those that nobody can download any more.
    pub(crate) fn put_file(&self, token: &str, file: &File, now: Timestamp) -> Result<(), StoreError> {
        let old = "DELETE FROM files WHERE unixepoch(content ->> 'expires_at') < ?1";
        self.change(old, params![now.as_second()])?;
        self.change("INSERT INTO files (token, content) VALUES (?1, ?2)", params![token, text_of(file)])
    }

    /// A notification by its id.
    pub(crate) fn notification(&self, id: &str) -> Result<Option<Notification>, StoreError> {
        self.one("SELECT content FROM notifications WHERE id = ?1", [id])
    }

    /// All notifications, oldest first.
    pub(crate) fn notifications(&self) -> Result<Vec<Notification>, StoreError> {
        self.all("SELECT content FROM notifications ORDER BY number", params![])
    }

    /// The notifications whose next try is due, in the order in which they fell due.
    pub(crate) fn notifications_due(&self, now_ms: i64) -> Result<Vec<Notification>, StoreError> {
        let sql = "SELECT content FROM notifications WHERE due_ms <= ?1 ORDER BY due_ms, number";
        self.all(sql, params![now_ms])
    }

    /// When the next try is due, or a refund ends, that is not due yet.
    pub(crate) fn next_due_ms(&self, after_ms: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT min(due_ms) FROM (SELECT min(due_ms) AS due_ms FROM notifications WHERE due_ms > ?1
                   UNION ALL SELECT min(due_ms) FROM refunds WHERE due_ms > ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([after_ms], |row| row.get(0))?)
    }

    /// Writes a notification.
    pub(crate) fn put_notification(&self, notification: &Notification) -> Result<(), StoreError> {
        let due_ms = notification.next_at.map(Timestamp::as_millisecond);
        self.change(
            "INSERT INTO notifications (id, due_ms, content) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET due_ms = ?2, content = ?3",
            params![notification.id, due_ms, text_of(notification)],
        )
    }

    fn one<T, P>(&self, sql: &str, params: P) -> Result<Option<T>, StoreError>
    where
        T: DeserializeOwned,
        P: rusqlite::Params,
    {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    fn all<T, P>(&self, sql: &str, params: P) -> Result<Vec<T>, StoreError>
    where
        T: DeserializeOwned,
        P: rusqlite::Params,
    {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_map(params, read)?.collect::<Result<_, _>>()?)
    }

    fn change<P: rusqlite::Params>(&self, sql: &str, params: P) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}

fn read<T: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<T> {
    let text = row.get_ref(0)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("what is kept has text keys and no floats")
}
