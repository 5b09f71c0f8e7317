//! Reading rows back into what they mean.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use saoma_contract::{
    AttemptNo, BusinessKey, Currency, DeviceId, DeviceRole, Jws, MerchantId, NewRefund, OrderBody, OrderNo,
    OutTradeNo, PublicKey, RefundNo, Refusal, Time, Version,
};

use super::open::{self, OpenError};
use super::sums;
use crate::ledger::{
    DayPayment, DayRefund, DayRows, Device, LedgerError, MerchantRow, Pairing, ReadRows, Reading, Scope,
    UnmatchedMoney,
};
use crate::orders::{
    AttemptRecord, By, Cancelled, Decided, Due, Evidence, Kind, MismatchRecord, OrderRecord, PaymentRecord,
    Phase, RefundPhase, RefundRecord, Step, StoredOrder,
};
use crate::reconciliation::OurPayment;

/// What holds a connection can be asked.
pub(super) trait Connected {
    fn connection(&self) -> &Connection;
}

struct Reader<'a>(&'a Connection);

impl Connected for Reader<'_> {
    fn connection(&self) -> &Connection {
        self.0
    }
}

/// Reads on one view of the database, whatever is committed meanwhile.
pub(super) fn consistent(connection: &Connection, work: Reading) -> Result<(), LedgerError> {
    let view = connection.unchecked_transaction().map_err(failed)?;
    work(&Reader(connection));
    view.finish().map_err(failed)
}

/// Reads a ledger that may be open elsewhere; never changes it.
///
/// # Errors
/// When there is no ledger of this version.
pub fn look_at<T>(path: &Path, work: impl FnOnce(&dyn ReadRows) -> T) -> Result<T, OpenError> {
    let connection = open::at_rest(path)?;
    let sql = |error: rusqlite::Error| OpenError::Io { path: path.to_owned(), detail: error.to_string() };
    let view = connection.unchecked_transaction().map_err(sql)?;
    let found = work(&Reader(&connection));
    view.finish().map_err(sql)?;
    Ok(found)
}

/// What an error of SQLite's means to the caller.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn failed(error: rusqlite::Error) -> LedgerError {
    use rusqlite::{Error, ErrorCode};
    match (&error, error.sqlite_error_code()) {
        (
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..),
            _,
        )
        | (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => {
            LedgerError::Damaged(error.to_string())
        }
        _ => LedgerError::Unavailable(error.to_string()),
    }
}

pub(super) fn wrong(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    tracing::error!(column, %error, "a row of the ledger cannot be understood");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(pub(super) &'static str);

pub(super) fn parsed<T>(row: &Row<'_>, column: &str) -> rusqlite::Result<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str().map_err(|error| wrong(column, error))?;
    text.parse().map_err(|error| wrong(column, error))
}

pub(super) fn parsed_opt<T>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str_or_null().map_err(|error| wrong(column, error))?;
    text.map(|text| text.parse().map_err(|error| wrong(column, error))).transpose()
}

pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Time> {
    row.get(column).map(Time::from_unix_ms)
}

pub(super) fn time_opt(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Time>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Time::from_unix_ms))
}

pub(super) fn unsigned<T: TryFrom<i64>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let value: i64 = row.get(column)?;
    T::try_from(value).map_err(|_| wrong(column, Unreadable("the number is out of its range")))
}

fn bytes_opt(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Bytes>> {
    Ok(row.get::<_, Option<Vec<u8>>>(column)?.map(Bytes::from))
}

pub(super) fn hash(row: &Row<'_>, column: &str) -> rusqlite::Result<[u8; 32]> {
    let bytes: Vec<u8> = row.get(column)?;
    bytes.try_into().map_err(|_| wrong(column, Unreadable("a hash must have 32 bytes")))
}

fn refusal(row: &Row<'_>, code: &str, detail: &str) -> rusqlite::Result<Option<Refusal>> {
    let code: Option<String> = row.get(code)?;
    let detail: Option<String> = row.get(detail)?;
    Ok(code.map(|code| Refusal { code, detail: detail.unwrap_or_default() }))
}

/// The order inside its signed text. It was verified before it was written; here it is only taken apart.
fn stored_order(text: String) -> rusqlite::Result<StoredOrder> {
    let unreadable = |what| wrong("signed", Unreadable(what));
    let payload = text.split('.').nth(1).ok_or_else(|| unreadable("not a signed text"))?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|error| wrong("signed", error))?;
    let body: OrderBody = serde_json::from_slice(&payload).map_err(|error| wrong("signed", error))?;
    Ok(StoredOrder { jws: Jws::from_text(text), body })
}

/// A payment is of the amount that was ordered: any other is kept as money that does not match. One of the two was changed if
/// they differ.
fn is_as_ordered(amount: i64, currency: Currency, order: &OrderBody) -> rusqlite::Result<()> {
    if (amount, currency) == (order.amount, order.currency) {
        return Ok(());
    }
    Err(wrong("amount", Unreadable("a payment is not of the amount that was ordered")))
}

fn order(row: &Row<'_>) -> rusqlite::Result<OrderRecord> {
    sums::check(row, sums::ORDER)?;
    let signed: Option<String> = row.get("signed")?;
    let cancelled_by: Option<DeviceId> = parsed_opt(row, "cancelled_by")?;
    Ok(OrderRecord {
        order_no: parsed(row, "order_no")?,
        merchant: parsed(row, "merchant")?,
        store: parsed(row, "store")?,
        live: row.get("live")?,
        signed: signed.map(stored_order).transpose()?,
        created_at: time(row, "created_at")?,
        changed_at: time(row, "changed_at")?,
        version: Version { epoch: unsigned(row, "epoch")?, counter: unsigned(row, "counter")? },
        cancelled: time_opt(row, "cancelled_at")?.zip(cancelled_by).map(|(at, by)| Cancelled { at, by }),
        refresh_wanted: row.get("refresh_wanted")?,
        refusal: refusal(row, "refusal_code", "refusal_detail")?,
        mismatch: row.get("mismatch")?,
        attempts: Vec::new(),
        payments: Vec::new(),
        mismatches: Vec::new(),
        refunds: Vec::new(),
    })
}

fn attempt_no(row: &Row<'_>) -> rusqlite::Result<AttemptNo> {
    let number: u8 = unsigned(row, "attempt")?;
    AttemptNo::try_from(number).map_err(|error| wrong("attempt", error))
}

fn phase(text: &str) -> Option<Phase> {
    [Phase::Opening, Phase::Open, Phase::Paying, Phase::Closing, Phase::Closed, Phase::Paid]
        .into_iter()
        .find(|phase| phase.as_str() == text)
}

fn step(text: &str) -> Option<Step> {
    Step::ALL.into_iter().find(|step| step.as_str() == text)
}

fn kind(text: &str) -> Option<Kind> {
    [Kind::Qr, Kind::Code].into_iter().find(|kind| kind.as_str() == text)
}

fn due(row: &Row<'_>) -> rusqlite::Result<Option<Due>> {
    let text: Option<String> = row.get("due_step")?;
    let step = text
        .map(|text| step(&text).ok_or_else(|| wrong("due_step", Unreadable("not a step"))))
        .transpose()?;
    Ok(step.zip(time_opt(row, "due_at")?).map(|(step, at)| Due { step, at }))
}

/// Who did something, from a device's and a person's column.
fn by(row: &Row<'_>, device: &str, staff: &str) -> rusqlite::Result<By> {
    Ok(By { device: parsed_opt(row, device)?, staff: parsed_opt(row, staff)? })
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRecord> {
    let phase_text: String = row.get("phase")?;
    let kind_text: String = row.get("kind")?;
    Ok(AttemptRecord {
        attempt: attempt_no(row)?,
        out_trade_no: parsed(row, "out_trade_no")?,
        kind: kind(&kind_text).ok_or_else(|| wrong("kind", Unreadable("not a kind")))?,
        phase: phase(&phase_text).ok_or_else(|| wrong("phase", Unreadable("not a phase")))?,
        request: bytes_opt(row, "request")?,
        sent_at: time_opt(row, "sent_at")?,
        expires_at: time_opt(row, "expires_at")?,
        code: row.get("code")?,
        code_at: time_opt(row, "code_at")?,
        asked_at: time_opt(row, "asked_at")?,
        known: row.get("known")?,
        refused: refusal(row, "refused_code", "refused_detail")?,
        tries: unsigned(row, "tries")?,
        absent: unsigned(row, "absent")?,
        reversed: unsigned(row, "reversed")?,
        due: due(row)?,
    })
}

fn payment(row: &Row<'_>) -> rusqlite::Result<PaymentRecord> {
    sums::check(row, sums::PAYMENT)?;
    Ok(PaymentRecord {
        channel: row.get("channel")?,
        transaction_id: row.get("transaction_id")?,
        attempt: attempt_no(row)?,
        amount: row.get("amount")?,
        currency: parsed(row, "currency")?,
        payer_amount: row.get("payer_amount")?,
        payer_currency: parsed_opt(row, "payer_currency")?,
        paid_at: time(row, "paid_at")?,
        late: row.get("late")?,
        accepted: match time_opt(row, "accepted_at")? {
            Some(at) => Some((at, by(row, "accepted_device", "accepted_staff")?)),
            None => None,
        },
        attested_by: match row.get_ref("channel")?.as_str() {
            Ok(saoma_contract::CASH_CHANNEL) => Some(by(row, "attested_device", "attested_staff")?),
            _ => None,
        },
        evidence: None,
    })
}

fn mismatch(row: &Row<'_>) -> rusqlite::Result<MismatchRecord> {
    sums::check(row, sums::UNMATCHED)?;
    Ok(MismatchRecord {
        channel: row.get("channel")?,
        transaction_id: row.get("transaction_id")?,
        out_trade_no: row.get("out_trade_no")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        reason: row.get("reason")?,
        paid_at: time(row, "paid_at")?,
        evidence: None,
    })
}

fn refund(row: &Row<'_>) -> rusqlite::Result<RefundRecord> {
    sums::check(row, sums::REFUND)?;
    let phase: String = row.get("phase")?;
    let is_it = |known: &RefundPhase| known.told().as_str() == phase;
    let approve: Option<bool> = row.get("decided_approve")?;
    Ok(RefundRecord {
        refund_no: parsed(row, "refund_no")?,
        asked: NewRefund {
            channel: row.get("channel")?,
            transaction_id: row.get("transaction_id")?,
            amount: row.get("amount")?,
            currency: parsed(row, "currency")?,
            reason: parsed(row, "reason")?,
        },
        phase: RefundPhase::ALL
            .into_iter()
            .find(is_it)
            .ok_or_else(|| wrong("phase", Unreadable("not a refund's phase")))?,
        requested_at: time(row, "requested_at")?,
        requested_by: by(row, "requested_device", "requested_staff")?,
        decided: match approve.zip(time_opt(row, "decided_at")?) {
            Some((approve, at)) => {
                Some(Decided { approve, at, by: by(row, "decided_device", "decided_staff")? })
            }
            None => None,
        },
        request: bytes_opt(row, "request")?,
        sent_at: time_opt(row, "sent_at")?,
        sends_at: time_opt(row, "sends_at")?,
        channel_refund_no: row.get("channel_refund_no")?,
        to_merchant_at: time_opt(row, "to_merchant_at")?,
        done_at: time_opt(row, "done_at")?,
        refused: refusal(row, "refused_code", "refused_detail")?,
        detail: row.get("detail")?,
        tries: unsigned(row, "tries")?,
        absent: unsigned(row, "absent")?,
        due: due(row)?,
        evidence: None,
    })
}

fn evidence(row: &Row<'_>) -> rusqlite::Result<Evidence> {
    Ok(Evidence {
        received_at: time(row, "received_at")?,
        serial: row.get("serial")?,
        headers: row.get("headers")?,
        body: Bytes::from(row.get::<_, Vec<u8>>("opened")?),
    })
}

pub(super) fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    let key: Vec<u8> = row.get("public_key")?;
    let role: String = row.get("role")?;
    let entries: Option<i64> = row.get("journal_entries")?;
    let journal = match entries {
        Some(_) => Some((
            unsigned(row, "journal_entries")?,
            hash(row, "journal_hash")?,
            row.get("journal_created_s")?,
        )),
        None => None,
    };
    Ok(Device {
        id: parsed(row, "id")?,
        merchant: parsed(row, "merchant")?,
        store: parsed(row, "store")?,
        role: DeviceRole::from(role.as_str()),
        name: parsed(row, "name")?,
        key: PublicKey::from_sec1(&key).map_err(|error| wrong("public_key", error))?,
        paired_at: time(row, "paired_at")?,
        revoked_at: time_opt(row, "revoked_at")?,
        journal,
        forked_at: time_opt(row, "forked_at")?,
    })
}

fn pairing(row: &Row<'_>) -> rusqlite::Result<Pairing> {
    let role: String = row.get("role")?;
    Ok(Pairing {
        secret_hash: hash(row, "secret_hash")?,
        merchant: parsed(row, "merchant")?,
        store: parsed(row, "store")?,
        role: DeviceRole::from(role.as_str()),
        expires_at: time(row, "expires_at")?,
        refused: unsigned(row, "refused")?,
        device: parsed_opt(row, "device")?,
    })
}

fn merchant(row: &Row<'_>) -> rusqlite::Result<MerchantRow> {
    Ok(MerchantRow { id: parsed(row, "id")?, live: row.get("live")?, currency: parsed(row, "currency")? })
}

fn unmatched(row: &Row<'_>) -> rusqlite::Result<UnmatchedMoney> {
    sums::check(row, sums::UNMATCHED)?;
    Ok(UnmatchedMoney {
        channel: row.get("channel")?,
        merchant: parsed(row, "merchant")?,
        transaction_id: row.get("transaction_id")?,
        out_trade_no: row.get("out_trade_no")?,
        order_no: parsed_opt(row, "order_no")?,
        reason: row.get("reason")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        paid_at: time(row, "paid_at")?,
        evidence: evidence(row)?,
    })
}

pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, LedgerError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(params, read).optional())
        .map_err(failed)
}

pub(super) fn many<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, LedgerError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map(params, read)?.collect())
        .map_err(failed)
}

/// Adds an order's attempts, payments, money that does not match, and refunds.
fn whole(connection: &Connection, mut record: OrderRecord) -> Result<OrderRecord, LedgerError> {
    let order_no = [record.order_no.as_str()];
    record.attempts =
        many(connection, "SELECT * FROM attempts WHERE order_no = ?1 ORDER BY attempt", order_no, attempt)?;
    record.payments =
        many(connection, "SELECT * FROM payments WHERE order_no = ?1 ORDER BY rowid", order_no, payment)?;
    if let Some(signed) = &record.signed {
        for payment in &record.payments {
            is_as_ordered(payment.amount, payment.currency, &signed.body).map_err(failed)?;
        }
    }
    if record.mismatch {
        record.mismatches = many(
            connection,
            "SELECT * FROM unmatched WHERE order_no = ?1 AND order_no IS NOT NULL ORDER BY rowid",
            order_no,
            mismatch,
        )?;
    }
    record.refunds =
        many(connection, "SELECT * FROM refunds WHERE order_no = ?1 ORDER BY rowid", order_no, refund)?;
    Ok(record)
}

fn one_order(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Option<OrderRecord>, LedgerError> {
    one(connection, sql, params, order)?.map(|record| whole(connection, record)).transpose()
}

fn many_orders(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<OrderRecord>, LedgerError> {
    many(connection, sql, params, order)?.into_iter().map(|record| whole(connection, record)).collect()
}

fn store_of(scope: &Scope) -> Option<&str> {
    scope.store.as_ref().map(saoma_contract::StoreId::as_str)
}

impl<T: Connected> ReadRows for T {
    fn order(&self, order_no: &OrderNo) -> Result<Option<OrderRecord>, LedgerError> {
        one_order(self.connection(), "SELECT * FROM orders WHERE order_no = ?1", [order_no.as_str()])
    }

    fn order_of(&self, out_trade_no: &OutTradeNo) -> Result<Option<OrderRecord>, LedgerError> {
        one_order(
            self.connection(),
            "SELECT * FROM orders WHERE order_no = (SELECT order_no FROM attempts WHERE out_trade_no = ?1)",
            [out_trade_no.as_str()],
        )
    }

    fn order_of_refund(&self, refund_no: &RefundNo) -> Result<Option<OrderRecord>, LedgerError> {
        one_order(
            self.connection(),
            "SELECT * FROM orders WHERE order_no = (SELECT order_no FROM refunds WHERE refund_no = ?1)",
            [refund_no.as_str()],
        )
    }

    fn holder(&self, merchant: &MerchantId, key: &BusinessKey) -> Result<Option<OrderRecord>, LedgerError> {
        one_order(
            self.connection(),
            "SELECT * FROM orders WHERE merchant = ?1 AND business_key = ?2 AND is_open = 1
             AND business_key IS NOT NULL LIMIT 1",
            [merchant.as_str(), key.as_str()],
        )
    }

    fn changes(&self, scope: &Scope, after: u64, limit: u32) -> Result<Vec<OrderRecord>, LedgerError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        match store_of(scope) {
            None => many_orders(
                self.connection(),
                "SELECT * FROM orders WHERE merchant = ?1 AND counter > ?2 ORDER BY counter LIMIT ?3",
                (scope.merchant.as_str(), after, limit),
            ),
            Some(store) => many_orders(
                self.connection(),
                "SELECT * FROM orders WHERE merchant = ?1 AND store = ?2 AND counter > ?3 ORDER BY counter LIMIT ?4",
                (scope.merchant.as_str(), store, after, limit),
            ),
        }
    }

    fn counter(&self) -> Result<u64, LedgerError> {
        let sql = "SELECT coalesce(max((SELECT max(counter) FROM orders WHERE merchant = merchants.id)), 0) AS counter
                   FROM merchants";
        Ok(one(self.connection(), sql, [], |row| unsigned(row, "counter"))?.unwrap_or(0))
    }

    fn unsettled(&self) -> Result<Vec<OrderRecord>, LedgerError> {
        many_orders(self.connection(), "SELECT * FROM orders WHERE is_unsettled = 1 ORDER BY order_no", [])
    }

    fn open_orders_of(&self, device: &DeviceId) -> Result<u32, LedgerError> {
        let sql = "SELECT count(*) AS open FROM orders WHERE device = ?1 AND is_open = 1";
        Ok(one(self.connection(), sql, [device.as_str()], |row| unsigned(row, "open"))?.unwrap_or(0))
    }

    fn paid_between(&self, scope: &Scope, from: Time, until: Time) -> Result<DayRows, LedgerError> {
        let span = (scope.merchant.as_str(), from.unix_ms(), until.unix_ms(), store_of(scope));
        let payments = many(
            self.connection(),
            "SELECT p.*, o.signed FROM payments p JOIN orders o USING (order_no)
             WHERE p.merchant = ?1 AND p.paid_at >= ?2 AND p.paid_at < ?3 AND p.store = coalesce(?4, p.store)
             AND o.signed IS NOT NULL ORDER BY p.paid_at, p.rowid",
            span,
            |row| {
                sums::check(row, sums::PAYMENT)?;
                let order = stored_order(row.get("signed")?)?.body;
                is_as_ordered(row.get("amount")?, parsed(row, "currency")?, &order)?;
                Ok(DayPayment {
                    channel: row.get("channel")?,
                    transaction_id: row.get("transaction_id")?,
                    method: row.get("method")?,
                    amount: row.get("amount")?,
                    currency: parsed(row, "currency")?,
                    late: row.get("late")?,
                    paid_at: time(row, "paid_at")?,
                    order,
                })
            },
        )?;
        let refunds = many(
            self.connection(),
            "SELECT * FROM refunds
             WHERE merchant = ?1 AND done_at >= ?2 AND done_at < ?3 AND phase = 'done'
             AND store = coalesce(?4, store) ORDER BY done_at, rowid",
            span,
            |row| {
                sums::check(row, sums::REFUND)?;
                Ok(DayRefund {
                    channel: row.get("channel")?,
                    transaction_id: row.get("transaction_id")?,
                    refund_no: parsed(row, "refund_no")?,
                    order_no: parsed(row, "order_no")?,
                    store: parsed(row, "store")?,
                    amount: row.get("amount")?,
                    currency: parsed(row, "currency")?,
                    reason: parsed(row, "reason")?,
                    by: by(row, "requested_device", "requested_staff")?,
                    done_at: time(row, "done_at")?,
                })
            },
        )?;
        let unproven = many(
            self.connection(),
            "SELECT * FROM orders
             WHERE merchant = ?1 AND created_at >= ?2 AND created_at < ?3 AND store = coalesce(?4, store)
             AND is_open = 1 AND signed IS NOT NULL",
            span,
            |row| {
                sums::check(row, sums::ORDER)?;
                Ok(stored_order(row.get("signed")?)?.body.amount)
            },
        )?;
        let mismatched = one(
            self.connection(),
            "SELECT count(DISTINCT order_no) AS frozen FROM unmatched
             WHERE merchant = ?1 AND paid_at >= ?2 AND paid_at < ?3 AND order_no IS NOT NULL
             AND (?4 IS NULL OR store = ?4)",
            span,
            |row| unsigned(row, "frozen"),
        )?;
        Ok(DayRows { payments, refunds, mismatched: mismatched.unwrap_or(0), unproven })
    }

    fn each_payment(
        &self,
        merchant: &MerchantId,
        channel: &str,
        (from, until): (Time, Time),
        look: &mut dyn FnMut(&OurPayment<'_>),
    ) -> Result<(), LedgerError> {
        let sql = "SELECT order_no, attempt, transaction_id, amount, paid_at FROM payments
                   WHERE merchant = ?1 AND paid_at >= ?2 AND paid_at < ?3 AND channel = ?4";
        let mut each = || {
            let mut statement = self.connection().prepare_cached(sql)?;
            let mut rows = statement.query((merchant.as_str(), from.unix_ms(), until.unix_ms(), channel))?;
            while let Some(row) = rows.next()? {
                look(&OurPayment {
                    order_no: row.get_ref(0)?.as_str().map_err(|error| wrong("order_no", error))?,
                    attempt: row.get(1)?,
                    transaction_id: row
                        .get_ref(2)?
                        .as_str()
                        .map_err(|error| wrong("transaction_id", error))?,
                    amount: row.get(3)?,
                    paid_at: Time::from_unix_ms(row.get(4)?),
                });
            }
            Ok(())
        };
        each().map_err(failed)
    }

    fn unmatched(&self, merchant: &MerchantId, limit: u32) -> Result<Vec<UnmatchedMoney>, LedgerError> {
        many(
            self.connection(),
            "SELECT *, opened(body) AS opened FROM unmatched WHERE merchant = ?1 ORDER BY rowid DESC LIMIT ?2",
            (merchant.as_str(), limit),
            unmatched,
        )
    }

    fn evidence(&self, channel: &str, transaction_id: &str) -> Result<Option<Evidence>, LedgerError> {
        one(
            self.connection(),
            "SELECT *, opened(body) AS opened FROM evidence WHERE channel = ?1 AND transaction_id = ?2",
            [channel, transaction_id],
            evidence,
        )
    }

    fn refund_evidence(&self, refund_no: &RefundNo) -> Result<Option<Evidence>, LedgerError> {
        one(
            self.connection(),
            "SELECT *, opened(body) AS opened FROM refund_evidence WHERE refund_no = ?1 ORDER BY rowid DESC LIMIT 1",
            [refund_no.as_str()],
            evidence,
        )
    }

    fn device(&self, id: &DeviceId) -> Result<Option<Device>, LedgerError> {
        one(self.connection(), "SELECT * FROM devices WHERE id = ?1", [id.as_str()], device)
    }

    fn pairing(&self, secret_hash: &[u8; 32]) -> Result<Option<Pairing>, LedgerError> {
        one(
            self.connection(),
            "SELECT * FROM pairings WHERE secret_hash = ?1",
            [secret_hash.as_slice()],
            pairing,
        )
    }

    fn merchant(&self, id: &MerchantId) -> Result<Option<MerchantRow>, LedgerError> {
        one(self.connection(), "SELECT * FROM merchants WHERE id = ?1", [id.as_str()], merchant)
    }

    fn merchants(&self) -> Result<Vec<MerchantRow>, LedgerError> {
        many(self.connection(), "SELECT * FROM merchants ORDER BY id", [], merchant)
    }
}
