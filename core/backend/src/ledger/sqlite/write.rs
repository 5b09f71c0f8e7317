//! Writing rows.

use rusqlite::{Connection, Params, params};
use saoma_contract::{StoreId, Time, Version};

use super::read::{Connected, failed};
use crate::ledger::{Device, LedgerError, MerchantRow, Pairing, ReadRows as _, UnmatchedMoney, WriteRows};
use crate::orders::{AttemptRecord, By, MismatchRecord, OrderRecord, PaymentRecord, RefundRecord};

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
            "INSERT INTO attempts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
             ON CONFLICT (order_no, attempt) DO UPDATE SET phase = ?4, request = ?5, sent_at = ?6, expires_at = ?7,
             code = ?8, code_at = ?9, asked_at = ?10, known = ?11, refused_code = ?12, refused_detail = ?13,
             tries = ?14, absent = ?15, due_step = ?16, due_at = ?17, reversed = ?19",
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
                attempt.kind.as_str(),
                attempt.reversed,
            ],
        )
    }

    /// A payment is written once and never changed, but for the acceptance of late money; so is its proof.
    fn put_payment(&self, order: &OrderRecord, payment: &PaymentRecord) -> Result<(), LedgerError> {
        if payment.evidence.is_some() || payment.is_cash() {
            self.insert_payment(order, payment)?;
        }
        if let Some((at, by)) = &payment.accepted {
            self.execute(
                "UPDATE payments SET accepted_at = ?3, accepted_device = ?4, accepted_staff = ?5
                 WHERE channel = ?1 AND transaction_id = ?2",
                params![payment.channel, payment.transaction_id, at.unix_ms(), device_of(by), staff_of(by)],
            )?;
        }
        Ok(())
    }

    fn insert_payment(&self, order: &OrderRecord, payment: &PaymentRecord) -> Result<(), LedgerError> {
        let method = order.signed.as_ref().map_or("", |signed| signed.body.method.as_str());
        self.execute(
            if payment.is_cash() {
                // Written with each change of its order: it has no proof that would say it is new.
                "INSERT INTO payments VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL, NULL, NULL, ?14, ?15,
                  summed(?1, ?2, ?3, ?4, ?8, ?9, ?10, ?11, ?12, ?13))
                 ON CONFLICT DO NOTHING"
            } else {
                "INSERT INTO payments VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL, NULL, NULL, ?14, ?15,
                  summed(?1, ?2, ?3, ?4, ?8, ?9, ?10, ?11, ?12, ?13))"
            },
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
                payment.attested_by.as_ref().and_then(device_of),
                payment.attested_by.as_ref().and_then(staff_of),
            ],
        )?;
        let Some(evidence) = &payment.evidence else { return Ok(()) };
        self.execute(
            "INSERT INTO evidence VALUES (?1, ?2, ?3, ?4, ?5, sealed(?6))",
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

    fn put_refund(&self, order: &OrderRecord, refund: &RefundRecord) -> Result<(), LedgerError> {
        let decided = refund.decided.as_ref();
        self.execute(
            "INSERT INTO refunds VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
              ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, summed(?1, ?2, ?5, ?6, ?7, ?8, ?10, ?22))
             ON CONFLICT (refund_no) DO UPDATE SET phase = ?10, decided_approve = ?14, decided_at = ?15,
             decided_device = ?16, decided_staff = ?17, request = ?18, sent_at = ?19, sends_at = ?20,
             channel_refund_no = ?21, done_at = ?22, refused_code = ?23, refused_detail = ?24, detail = ?25,
             tries = ?26, absent = ?27, due_step = ?28, due_at = ?29, to_merchant_at = ?30,
             sum = excluded.sum",
            params![
                refund.refund_no.as_str(),
                order.order_no.as_str(),
                order.merchant.as_str(),
                order.store.as_str(),
                refund.asked.channel,
                refund.asked.transaction_id,
                refund.asked.amount,
                refund.asked.currency.as_str(),
                refund.asked.reason.as_str(),
                refund.phase.told().as_str(),
                refund.requested_at.unix_ms(),
                device_of(&refund.requested_by),
                staff_of(&refund.requested_by),
                decided.map(|decided| decided.approve),
                decided.map(|decided| decided.at.unix_ms()),
                decided.and_then(|decided| device_of(&decided.by)),
                decided.and_then(|decided| staff_of(&decided.by)),
                refund.request.as_deref(),
                refund.sent_at.map(Time::unix_ms),
                refund.sends_at.map(Time::unix_ms),
                refund.channel_refund_no,
                refund.done_at.map(Time::unix_ms),
                refund.refused.as_ref().map(|refusal| &refusal.code),
                refund.refused.as_ref().map(|refusal| &refusal.detail),
                refund.detail,
                refund.tries,
                refund.absent,
                refund.due.map(|due| due.step.as_str()),
                refund.due.map(|due| due.at.unix_ms()),
                refund.to_merchant_at.map(Time::unix_ms),
            ],
        )?;
        let Some(evidence) = &refund.evidence else { return Ok(()) };
        self.execute(
            "INSERT INTO refund_evidence VALUES (?1, ?2, ?3, ?4, ?5, sealed(?6))
             ON CONFLICT (refund_no, phase) DO NOTHING",
            params![
                refund.refund_no.as_str(),
                refund.phase.told().as_str(),
                evidence.received_at.unix_ms(),
                evidence.serial,
                evidence.headers,
                evidence.body.as_ref(),
            ],
        )
    }

    fn put_mismatch(&mut self, order: &OrderRecord, money: &MismatchRecord) -> Result<(), LedgerError> {
        let Some(evidence) = &money.evidence else { return Ok(()) };
        self.put_unmatched_of(
            Some(&order.store),
            &UnmatchedMoney {
                channel: money.channel.clone(),
                merchant: order.merchant.clone(),
                transaction_id: money.transaction_id.clone(),
                out_trade_no: money.out_trade_no.clone(),
                order_no: Some(order.order_no.clone()),
                reason: money.reason.clone(),
                amount: money.amount,
                currency: money.currency.clone(),
                paid_at: money.paid_at,
                evidence: evidence.clone(),
            },
        )
    }

    fn put_unmatched_of(&self, store: Option<&StoreId>, money: &UnmatchedMoney) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO unmatched VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, sealed(?14),
              summed(?1, ?2, ?3, ?6, ?8, ?9, ?10))
             ON CONFLICT (channel, transaction_id, out_trade_no) DO NOTHING",
            params![
                money.channel,
                money.transaction_id,
                money.out_trade_no,
                money.merchant.as_str(),
                store.map(StoreId::as_str),
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
}

fn device_of(by: &By) -> Option<&str> {
    by.device.as_ref().map(saoma_contract::DeviceId::as_str)
}

fn staff_of(by: &By) -> Option<&str> {
    by.staff.as_ref().map(saoma_contract::StaffId::as_str)
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
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
              summed(?1, ?2, ?3, ?4, ?5))
             ON CONFLICT (order_no) DO UPDATE SET store = ?3, signed = ?5, device = ?6, business_key = ?7,
             changed_at = ?9, epoch = ?10, counter = ?11, cancelled_at = ?12, cancelled_by = ?13, refresh_wanted = ?14,
             refusal_code = ?15, refusal_detail = ?16, mismatch = ?17, is_open = ?18, is_unsettled = ?19,
             sum = excluded.sum",
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
        for money in &order.mismatches {
            self.put_mismatch(&order, money)?;
        }
        for refund in &order.refunds {
            self.put_refund(&order, refund)?;
        }
        order.payments.iter_mut().for_each(|payment| payment.evidence = None);
        order.mismatches.iter_mut().for_each(|money| money.evidence = None);
        order.refunds.iter_mut().for_each(|refund| refund.evidence = None);
        self.changed.push(order.clone());
        Ok(order)
    }

    fn put_unmatched(&mut self, money: UnmatchedMoney) -> Result<(), LedgerError> {
        let store = match &money.order_no {
            Some(order_no) => self.order(order_no)?.map(|order| order.store),
            None => None,
        };
        self.put_unmatched_of(store.as_ref(), &money)
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
