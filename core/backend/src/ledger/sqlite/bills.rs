//! Bills, findings and settlements as rows.

use rusqlite::Row;
use saoma_contract::{
    DeviceId, Finding, FindingId, FindingKind, KindCount, MerchantId, Settled, StaffId, Time,
};
use serde::de::DeserializeOwned;

use super::read::{Connected, failed, many, one, parsed, parsed_opt, time, time_opt, unsigned, wrong};
use super::write::WriteTransaction;
use crate::channel::BillKind;
use crate::ledger::{BillFile, BillRow, BillState, LedgerError, ReadBills, WriteBills};
use crate::reconciliation::{OurRefund, OurRefundState, Refunded};

fn json<T: DeserializeOwned>(text: &str, column: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| wrong(column, error))
}

fn text_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is kept here has text keys and plain values")
}

fn bill(row: &Row<'_>) -> rusqlite::Result<BillRow> {
    let state: String = row.get("state")?;
    let known = BillState::ALL.into_iter().find(|known| known.as_str() == state);
    let name: Option<String> = row.get("file")?;
    let sha1: Option<String> = row.get("sha1")?;
    let checked: Option<String> = row.get("checked")?;
    let kind: String = row.get("kind")?;
    let kind = [BillKind::Trade, BillKind::FundFlow].into_iter().find(|known| kind_word(*known) == kind);
    let kind = kind.ok_or_else(|| wrong("kind", std::io::Error::other("not a kind of bill")))?;
    let is_trade = kind == BillKind::Trade;
    Ok(BillRow {
        merchant: parsed(row, "merchant")?,
        date: row.get("date")?,
        kind,
        state: known.ok_or_else(|| wrong("state", std::io::Error::other("not a state")))?,
        due_at: time_opt(row, "due_at")?,
        tries: unsigned(row, "tries")?,
        trouble: row.get("trouble")?,
        file: name.zip(sha1).zip(time_opt(row, "fetched_at")?).map(|((name, sha1), fetched_at)| BillFile {
            name,
            sha1,
            fetched_at,
        }),
        checked: checked.as_ref().filter(|_| is_trade).map(|text| json(text, "checked")).transpose()?,
        funds: checked.filter(|_| !is_trade).map(|text| json(&text, "checked")).transpose()?,
    })
}

fn kind_word(kind: BillKind) -> &'static str {
    match kind {
        BillKind::Trade => "trade",
        BillKind::FundFlow => "fund_flow",
    }
}

/// What a refund is held against a bill by, beside its numbers: how it stands at its channel, where an abnormal one that was paid
/// to the merchant's own account is done; when the money came, and when it went.
const REFUND_FACTS: &str = "
    CASE WHEN phase = 'abnormal' AND done_at IS NOT NULL THEN 'done' ELSE phase END AS state,
    coalesce(
        (SELECT paid_at FROM payments WHERE channel = refunds.channel AND transaction_id = refunds.transaction_id),
        (SELECT paid_at FROM unmatched WHERE channel = refunds.channel AND transaction_id = refunds.transaction_id)
    ) AS paid_at, done_at";

/// When a refund was asked for at its channel: by this backend's clock, as far as that agrees with when the channel says that
/// the money came and went.
fn asked_at(row: &Row<'_>) -> rusqlite::Result<Time> {
    let sent_at = time(row, "sent_at")?;
    let at = time_opt(row, "done_at")?.map_or(sent_at, |done_at| sent_at.min(done_at));
    Ok(time_opt(row, "paid_at")?.map_or(at, |paid_at| at.max(paid_at)))
}

/// Where a refund stands; none for one that never was at its channel.
fn refund_state(row: &Row<'_>) -> rusqlite::Result<Option<OurRefundState>> {
    let told = row.get_ref("state")?.as_str().map_err(|error| wrong("phase", error))?;
    Ok(OurRefundState::ALL.into_iter().find(|state| state.as_str() == told))
}

fn finding(row: &Row<'_>) -> rusqlite::Result<Finding> {
    let found: String = row.get("found")?;
    let settled_at = time_opt(row, "at")?;
    let settled = match settled_at {
        Some(at) => Some(Settled {
            at,
            by: parsed(row, "device")?,
            staff: parsed_opt(row, "person")?,
            reason: row.get::<_, String>("reason")?.try_into().map_err(|error| wrong("reason", error))?,
        }),
        None => None,
    };
    Ok(Finding {
        found_at: Some(time(row, "found_at")?),
        gone: row.get("gone")?,
        settled,
        ..json(&found, "found")?
    })
}

const FINDINGS: &str = "SELECT found, found_at, gone, at, device, person, reason FROM findings
                        LEFT JOIN settlements USING (merchant, date, id) WHERE merchant = ?1 AND date = ?2";

impl<T: Connected> ReadBills for T {
    fn bill(
        &self,
        merchant: &MerchantId,
        date: &str,
        kind: BillKind,
    ) -> Result<Option<BillRow>, LedgerError> {
        let sql = "SELECT * FROM bills WHERE merchant = ?1 AND date = ?2 AND kind = ?3";
        one(self.connection(), sql, (merchant.as_str(), date, kind_word(kind)), bill)
    }

    fn bills_due(&self, merchant: &MerchantId) -> Result<Vec<BillRow>, LedgerError> {
        let sql =
            "SELECT * FROM bills WHERE merchant = ?1 AND due_at IS NOT NULL ORDER BY due_at, date, kind DESC";
        many(self.connection(), sql, [merchant.as_str()], bill)
    }

    fn findings(&self, merchant: &MerchantId, date: &str, limit: u32) -> Result<Vec<Finding>, LedgerError> {
        let sql = format!("{FINDINGS} ORDER BY gone = 1 OR at IS NOT NULL, id LIMIT ?3");
        many(self.connection(), &sql, (merchant.as_str(), date, limit), finding)
    }

    fn finding(
        &self,
        merchant: &MerchantId,
        date: &str,
        id: &FindingId,
    ) -> Result<Option<Finding>, LedgerError> {
        one(
            self.connection(),
            &format!("{FINDINGS} AND id = ?3"),
            (merchant.as_str(), date, id.as_str()),
            finding,
        )
    }

    fn finding_kinds(&self, merchant: &MerchantId, date: &str) -> Result<Vec<KindCount>, LedgerError> {
        let sql = "SELECT json_extract(found, '$.kind') AS kind, count(*) AS found, sum(at IS NULL) AS open FROM findings
                   LEFT JOIN settlements USING (merchant, date, id) WHERE merchant = ?1 AND date = ?2 AND gone = 0
                   GROUP BY kind ORDER BY kind";
        many(self.connection(), sql, (merchant.as_str(), date), |row| {
            let kind: String = row.get("kind")?;
            Ok(KindCount {
                kind: FindingKind::from(kind.as_str()),
                found: unsigned(row, "found")?,
                open: unsigned(row, "open")?,
            })
        })
    }

    fn each_refund(
        &self,
        merchant: &MerchantId,
        channel: &str,
        (from, until): (Time, Time),
        look: &mut dyn FnMut(&OurRefund<'_>),
    ) -> Result<(), LedgerError> {
        let sql = format!(
            "SELECT refund_no, transaction_id, amount, sent_at, {REFUND_FACTS} FROM refunds
             WHERE channel = ?4 AND sent_at IS NOT NULL AND
             (merchant = ?1 AND sent_at >= ?2 AND sent_at < ?3 OR merchant = ?1 AND done_at >= ?2 AND done_at < ?3)"
        );
        let mut each = || {
            let mut statement = self.connection().prepare_cached(&sql)?;
            let mut rows = statement.query((merchant.as_str(), from.unix_ms(), until.unix_ms(), channel))?;
            while let Some(row) = rows.next()? {
                // One that the channel refused was never made there.
                let Some(state) = refund_state(row)? else { continue };
                let asked_at = asked_at(row)?;
                if !(from..until).contains(&asked_at) {
                    continue;
                }
                look(&OurRefund {
                    out_refund_no: row.get_ref(0)?.as_str().map_err(|error| wrong("refund_no", error))?,
                    transaction_id: row
                        .get_ref(1)?
                        .as_str()
                        .map_err(|error| wrong("transaction_id", error))?,
                    amount: row.get(2)?,
                    asked_at,
                    state,
                });
            }
            Ok(())
        };
        each().map_err(failed)
    }

    fn refund_of(&self, merchant: &MerchantId, out_refund_no: &str) -> Result<Option<Refunded>, LedgerError> {
        let sql = format!(
            "SELECT order_no, transaction_id, amount, coalesce(sent_at, requested_at) AS sent_at, {REFUND_FACTS}
             FROM refunds WHERE merchant = ?1 AND refund_no = ?2"
        );
        one(self.connection(), &sql, (merchant.as_str(), out_refund_no), |row| {
            Ok(Refunded {
                order_no: row.get("order_no")?,
                transaction_id: row.get("transaction_id")?,
                amount: row.get("amount")?,
                asked_at: asked_at(row)?,
                state: refund_state(row)?,
            })
        })
    }

    fn first_order_at(&self, merchant: &MerchantId) -> Result<Option<Time>, LedgerError> {
        let sql = "SELECT min(at) AS at FROM (
                   SELECT min(created_at) AS at FROM orders WHERE merchant = ?1
                   UNION ALL SELECT min(paid_at) FROM payments WHERE merchant = ?1)";
        let first = one(self.connection(), sql, [merchant.as_str()], |row| time_opt(row, "at"))?;
        Ok(first.flatten())
    }
}

impl WriteBills for WriteTransaction<'_> {
    fn put_bill(&mut self, bill: &BillRow) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO bills (merchant, date, kind, state, due_at, tries, trouble, file, sha1, fetched_at, checked)
             VALUES (?1, ?2, ?11, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (merchant, date, kind) DO UPDATE SET state = ?3, due_at = ?4, tries = ?5, trouble = ?6, file = ?7,
             sha1 = ?8, fetched_at = ?9, checked = ?10",
            rusqlite::params![
                bill.merchant.as_str(),
                bill.date,
                bill.state.as_str(),
                bill.due_at.map(Time::unix_ms),
                bill.tries,
                bill.trouble,
                bill.file.as_ref().map(|file| &file.name),
                bill.file.as_ref().map(|file| &file.sha1),
                bill.file.as_ref().map(|file| file.fetched_at.unix_ms()),
                match bill.kind {
                    BillKind::Trade => bill.checked.as_ref().map(text_of),
                    BillKind::FundFlow => bill.funds.as_ref().map(text_of),
                },
                kind_word(bill.kind),
            ],
        )
    }

    fn put_findings(
        &mut self,
        merchant: &MerchantId,
        date: &str,
        found: &[Finding],
        now: Time,
    ) -> Result<(), LedgerError> {
        self.execute(
            "UPDATE findings SET gone = 1 WHERE merchant = ?1 AND date = ?2",
            (merchant.as_str(), date),
        )?;
        for finding in found {
            self.execute(
                "INSERT INTO findings VALUES (?1, ?2, ?3, ?4, ?5, 0)
                 ON CONFLICT (merchant, date, id) DO UPDATE SET found = ?4, gone = 0",
                (merchant.as_str(), date, finding.id.as_str(), text_of(finding), now.unix_ms()),
            )?;
        }
        Ok(())
    }

    fn put_settled(
        &mut self,
        merchant: &MerchantId,
        date: &str,
        finding: &FindingId,
        settled: &Settled,
    ) -> Result<(), LedgerError> {
        self.execute(
            "INSERT INTO settlements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (merchant, date, id) DO NOTHING",
            (
                merchant.as_str(),
                date,
                finding.as_str(),
                settled.at.unix_ms(),
                DeviceId::as_str(&settled.by),
                settled.staff.as_ref().map(StaffId::as_str),
                settled.reason.as_str(),
            ),
        )
    }
}
