//! Writing rows.

use rusqlite::{Connection, Params, params};
use saoma_contract::{Time, Version};

use super::read::{Connected, failed};
use crate::ledger::{Device, LedgerError, MerchantRow, Pairing, ReadRows as _, UnmatchedMoney, WriteRows};
use crate::orders::{AttemptRecord, OrderRecord, PaymentRecord};

/// One piece of writing under way.
pub(super) struct WriteTransaction<'a> {
    connection: &'a Connection,
    epoch: u64,
    counter: u64,
    changed: Vec<OrderRecord>,
}

impl<'a> WriteTransaction<'a> {
    pub(super) fn new(connection: &'a Connection, epoch: u64, counter: u64) -> Self {
        Self { connection, epoch, counter, changed: Vec::new() }
    }

    /// The counter and the orders that were written.
    pub(super) fn end(self) -> (u64, Vec<OrderRecord>) {
        (self.counter, self.changed)
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<(), LedgerError> {
        self.changed_rows(sql, params).map(|_| ())
    }

    /// Executes; gives how many rows it changed.
    pub(super) fn changed_rows(&self, sql: &str, params: impl Params) -> Result<usize, LedgerError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(failed)
    }

    fn put_attempt(&self, order: &OrderRecord, attempt: &AttemptRecord) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO attempts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT (order_no, attempt) DO UPDATE SET phase = ?4, request = ?5, sent_at = ?6, expires_at = ?7,
             code = ?8, code_at = ?9, asked_at = ?10, known = ?11, refused_code = ?12, refused_detail = ?13,
             tries = ?14, absent = ?15, due_step = ?16, due_at = ?17",
            params![
                order.order_no.as_str(),
                attempt.attempt.get(),
                attempt.out_trade_no.as_str(),
                attempt.phase.as_str(),
                attempt.request.as_deref(),
                attempt.sent_at.map(Time::unix_ms),
                attempt.expires_at.map(Time::unix_ms),
                attempt.code,
                attempt.code_at.map(Time::unix_ms),
                attempt.asked_at.map(Time::unix_ms),
                attempt.known,
                attempt.refused.as_ref().map(|refusal| &refusal.code),
                attempt.refused.as_ref().map(|refusal| &refusal.detail),
                attempt.tries,
                attempt.absent,
                attempt.due.map(|due| due.step.as_str()),
                attempt.due.map(|due| due.at.unix_ms()),
            ],
        )
    }

    /// A payment is written once and never changed; so is its proof.
    fn put_payment(&self, order: &OrderRecord, payment: &PaymentRecord) -> Result<(), LedgerError> {
        let Some(evidence) = &payment.evidence else { return Ok(()) };
        let method = order.signed.as_ref().map_or("", |signed| signed.body.method.as_str());
        self.execute(
            "INSERT INTO payments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                payment.channel,
                payment.transaction_id,
                order.order_no.as_str(),
                payment.attempt.get(),
                order.merchant.as_str(),
                order.store.as_str(),
                method,
                payment.amount,
                payment.currency.as_str(),
                payment.payer_amount,
                payment.payer_currency.as_ref().map(saoma_contract::Currency::as_str),
                payment.paid_at.unix_ms(),
                payment.late,
            ],
        )?;
        self.execute(
            "INSERT INTO evidence VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                payment.channel,
                payment.transaction_id,
                evidence.received_at.unix_ms(),
                evidence.serial,
                evidence.headers,
                evidence.body.as_ref(),
            ],
        )
    }
}

impl Connected for WriteTransaction<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }
}

pub(super) fn signed(value: u64) -> Result<i64, LedgerError> {
    i64::try_from(value).map_err(|_| LedgerError::Damaged("a counter is beyond 2^63".to_owned()))
}

impl WriteRows for WriteTransaction<'_> {
    fn put_order(
        &mut self,
        mut order: OrderRecord,
        shown_at: Option<Time>,
    ) -> Result<OrderRecord, LedgerError> {
        if let Some(at) = shown_at {
            self.counter += 1;
            order.version = Version { epoch: self.epoch, counter: self.counter };
            order.changed_at = at;
        }
        self.execute(
            "INSERT INTO orders VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
             ON CONFLICT (order_no) DO UPDATE SET store = ?3, signed = ?5, device = ?6, business_key = ?7,
             changed_at = ?9, epoch = ?10, counter = ?11, cancelled_at = ?12, cancelled_by = ?13, refresh_wanted = ?14,
             refusal_code = ?15, refusal_detail = ?16, mismatch = ?17, is_open = ?18, is_unsettled = ?19",
            params![
                order.order_no.as_str(),
                order.merchant.as_str(),
                order.store.as_str(),
                order.live,
                order.signed.as_ref().map(|signed| signed.jws.as_str()),
                order.signed.as_ref().map(|signed| signed.body.device.as_str()),
                order.business_key().map(saoma_contract::BusinessKey::as_str),
                order.created_at.unix_ms(),
                order.changed_at.unix_ms(),
                signed(order.version.epoch)?,
                signed(order.version.counter)?,
                order.cancelled.as_ref().map(|cancelled| cancelled.at.unix_ms()),
                order.cancelled.as_ref().map(|cancelled| cancelled.by.as_str()),
                order.refresh_wanted,
                order.refusal.as_ref().map(|refusal| &refusal.code),
                order.refusal.as_ref().map(|refusal| &refusal.detail),
                order.mismatch,
                order.is_open(),
                order.is_unsettled(),
            ],
        )?;
        for attempt in &order.attempts {
            self.put_attempt(&order, attempt)?;
        }
        for payment in &order.payments {
            self.put_payment(&order, payment)?;
        }
        for payment in &mut order.payments {
            payment.evidence = None;
        }
        self.changed.push(order.clone());
        Ok(order)
    }

    fn put_unmatched(&mut self, money: UnmatchedMoney) -> Result<(), LedgerError> {
        let store = match &money.order_no {
            Some(order_no) => self.order(order_no)?.map(|order| order.store),
            None => None,
        };
        self.execute(
            "INSERT INTO unmatched VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (channel, transaction_id, out_trade_no) DO NOTHING",
            params![
                money.channel,
                money.transaction_id,
                money.out_trade_no,
                money.merchant.as_str(),
                store.as_ref().map(saoma_contract::StoreId::as_str),
                money.order_no.as_ref().map(saoma_contract::OrderNo::as_str),
                money.reason,
                money.amount,
                money.currency,
                money.paid_at.unix_ms(),
                money.evidence.received_at.unix_ms(),
                money.evidence.serial,
                money.evidence.headers,
                money.evidence.body.as_ref(),
            ],
        )
    }

    fn put_device(&mut self, device: &Device) -> Result<(), LedgerError> {
        let (entries, hash, created_s) = match device.journal {
            Some((entries, hash, created_s)) => (Some(signed(entries)?), Some(hash), Some(created_s)),
            None => (None, None, None),
        };
        self.execute(
            "INSERT INTO devices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (id) DO UPDATE SET store = ?3, role = ?4, name = ?5, revoked_at = ?8, journal_entries = ?9,
             journal_hash = ?10, journal_created_s = ?11, forked_at = ?12",
            params![
                device.id.as_str(),
                device.merchant.as_str(),
                device.store.as_str(),
                device.role.as_str(),
                device.name.as_str(),
                device.key.to_sec1().as_slice(),
                device.paired_at.unix_ms(),
                device.revoked_at.map(Time::unix_ms),
                entries,
                hash.as_ref().map(<[u8; 32]>::as_slice),
                created_s,
                device.forked_at.map(Time::unix_ms),
            ],
        )
    }

    fn put_pairing(&mut self, pairing: &Pairing) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO pairings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (secret_hash) DO UPDATE SET refused = ?6, device = ?7",
            params![
                pairing.secret_hash.as_slice(),
                pairing.merchant.as_str(),
                pairing.store.as_str(),
                pairing.role.as_str(),
                pairing.expires_at.unix_ms(),
                pairing.refused,
                pairing.device.as_ref().map(saoma_contract::DeviceId::as_str),
            ],
        )
    }

    fn put_merchant(&mut self, merchant: &MerchantRow) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO merchants VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
            params![merchant.id.as_str(), merchant.live, merchant.currency.as_str()],
        )
    }
}
