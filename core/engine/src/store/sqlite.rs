//! The storage on SQLite: one file, one writer, one immediate transaction for each event.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{
    Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params, params_from_iter,
};
use saoma_contract::request_signature::JournalHead;
use saoma_contract::{OrderNo, Time};

use super::{
    Batch, CheckPlace, Filter, ListFilter, ListQuery, Restored, SaleRow, Storage, StorageError, mark::Mark,
    salvage, schema, sealing::SealingKey,
};
use crate::day::{Movement, MovementKind, MovementSpan, MovementSum, Shift, Sum};
use crate::journal::{Checkpoint, EMPTY, Entry, TillFact, TillRecord, chained};
use crate::restore::ShiftsTold;
use crate::result::{MoneyResult, ResultKind};

const SLICE_ENTRIES: u32 = 500;

/// A till's database on SQLite.
#[derive(Debug)]
pub struct SqliteStorage {
    connection: Connection,
    path: PathBuf,
    mark: Mark,
}

impl SqliteStorage {
    /// Opens a till's database, or makes one. What an older version wrote in plain text is sealed and overwritten.
    ///
    /// # Errors
    /// If it is in use, of another program, of a later version, sealed with another key, damaged, or cannot be written.
    pub fn open(path: impl Into<PathBuf>, sealing: &SealingKey) -> Result<Self, StorageError> {
        let path = path.into();
        salvage::finish(&path)?;
        let connection = schema::open(&path, sealing)?;
        // Only now is it certain that nobody else has it.
        let mark = Mark::of(&path);
        Ok(Self { connection, path, mark })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Limits the file to so many pages of 4 KiB; beyond them it behaves as on a full disk.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub fn limit_pages(&self, pages: u32) -> Result<(), StorageError> {
        Ok(self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?)
    }

    /// Moves everything out of the log into the file itself, so that the file alone holds it.
    pub(super) fn finish(self) -> Result<(), StorageError> {
        schema::empty_log(&self.connection)?;
        self.connection.close().map_err(|(_, error)| error.into())
    }

    fn head(&self) -> Result<JournalHead, StorageError> {
        let last = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1";
        let head = self
            .connection
            .query_row(last, [], |row| Ok(JournalHead { entries: row.get(0)?, hash: row.get(1)? }));
        Ok(head.optional()?.unwrap_or(EMPTY))
    }

    fn entries(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Entry>, StorageError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let entries = statement.query_map(parameters, entry)?.collect::<Result<Vec<_>, _>>()?;
        Ok(entries)
    }

    /// Walks the chain from a head over at most so many entries, and gives the head it got to.
    fn walk(&self, mut head: JournalHead, limit: u32) -> Result<JournalHead, StorageError> {
        for entry in self.entries(ENTRIES_AFTER, params![head.entries, limit])? {
            let gap = entry.seq != head.entries + 1;
            // A salvaged database says in an entry of its own, which is chained as any, what was lost before it.
            if gap && !self.lost_in_salvage(head.entries + 1, entry.seq - 1)? {
                return Err(damaged(format!("entries after {} are missing", head.entries)));
            }
            if !entry.is_whole() || (!gap && chained(&head.hash, &entry.body_hash) != entry.hash) {
                return Err(damaged(format!("entry {} is not what was written", entry.seq)));
            }
            head = entry.head();
        }
        Ok(head)
    }

    /// Whether entries about the till itself were erased.
    fn is_erased(&self) -> Result<bool, StorageError> {
        let erased = "SELECT EXISTS (SELECT 1 FROM journal WHERE order_no IS NULL AND body IS NULL)";
        Ok(self.connection.query_row(erased, [], |row| row.get(0))?)
    }

    /// Checks the shifts, and which one is open, and the results against what the journal tells of the till itself, which is
    /// walked through once.
    fn check_shifts_and_results(&mut self) -> Result<(), StorageError> {
        let stray =
            "SELECT order_no FROM movements WHERE order_no NOT IN (SELECT order_no FROM sales) LIMIT 1";
        let stray: Option<String> = self.connection.query_row(stray, [], |row| row.get(0)).optional()?;
        if let Some(order_no) = stray {
            let detail = format!("money moved for a sale that is not there, {order_no}");
            return Err(StorageError::Stale { detail });
        }
        let (mut shifts, mut acknowledged) = (ShiftsTold::default(), BTreeSet::new());
        self.each_of_till(0, &["shift_", "acknowledged"], |record| {
            shifts.take(&record);
            if let TillFact::Acknowledged { key, .. } = record.fact {
                acknowledged.insert(key);
            }
        })?;
        let is_erased = self.is_erased()?;
        // Where entries were erased, what is left tells less than the rows, and that is meant.
        if !is_erased {
            let till = self.till()?;
            shifts.check(&self.shifts(None, u32::MAX)?, till.as_deref())?;
        }
        self.check_results(&acknowledged, is_erased)
    }

    /// Checks that results are of sales that are there, that what lists know of them is what they say, and that those are
    /// acknowledged which the journal says are. Whether each is there, and tells the right thing, is checked with its sale.
    fn check_results(&self, told: &BTreeSet<String>, is_erased: bool) -> Result<(), StorageError> {
        let all = "WITH kept AS MATERIALIZED (
                       SELECT key, order_no, kind, amount, late, acknowledged, readable('results', key, body) AS body
                       FROM results
                   )
                   SELECT key, acknowledged, CASE WHEN json_valid(body) THEN
                       json_extract(body, '$.key') = key AND json_extract(body, '$.kind') = kind
                       AND json_extract(body, '$.amount') = amount AND json_extract(body, '$.late') = late
                       AND json_extract(body, '$.order_no') = order_no AND order_no IN (SELECT order_no FROM sales) END
                   FROM kept";
        let mut statement = self.connection.prepare_cached(all)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, acknowledged): (String, bool) = (row.get(0)?, row.get(1)?);
            let is_whole: Option<bool> = row.get(2)?;
            // What was acknowledged in an erased entry is told by the row alone.
            let is_told = told.contains(&key) || (acknowledged && is_erased);
            if is_whole != Some(true) || acknowledged != is_told {
                return Err(StorageError::Stale {
                    detail: format!("the result {key} is not what the journal tells"),
                });
            }
        }
        Ok(())
    }

    fn lost_in_salvage(&self, first: u64, last: u64) -> Result<bool, StorageError> {
        let mut is_told = false;
        self.each_of_till(last, &["salvaged"], |record| {
            if let TillFact::Salvaged { lost } = record.fact {
                is_told |= lost.contains(&(first, last));
            }
        })?;
        Ok(is_told)
    }

    /// Goes through the entries about the till itself after a number, oldest first, that tell what begins with one of these words.
    fn each_of_till(
        &self,
        after: u64,
        words: &[&str],
        mut take: impl FnMut(TillRecord),
    ) -> Result<(), StorageError> {
        let of_till = "SELECT opened('journal', seq, body) FROM journal
                       WHERE seq > ?1 AND order_no IS NULL AND body IS NOT NULL ORDER BY seq";
        let mut statement = self.connection.prepare_cached(of_till)?;
        let mut rows = statement.query([after])?;
        let whats: Vec<String> = words.iter().map(|word| format!("\"what\":\"{word}")).collect();
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            // Most tell something else, and need not be parsed.
            if whats.iter().any(|what| body.contains(what)) {
                take(serde_json::from_str(&body).map_err(|error| damaged(error.to_string()))?);
            }
        }
        Ok(())
    }

    /// The till's own state.
    fn till(&self) -> Result<Option<String>, StorageError> {
        let body = "SELECT opened('till', one, body) FROM till";
        Ok(self.connection.query_row(body, [], |row| row.get(0)).optional()?)
    }

    fn write(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StorageError> {
        for entry in &batch.entries {
            transaction
                .prepare_cached(
                    "INSERT INTO journal (seq, order_no, body, body_hash, hash)
                     VALUES (?1, ?2, sealed('journal', ?1, ?3), ?4, ?5)",
                )?
                .execute(params![
                    entry.seq,
                    entry.order_no.as_ref().map(OrderNo::as_str),
                    entry.body,
                    entry.body_hash,
                    entry.hash
                ])?;
        }
        for sale in &batch.sales {
            let backwards: String = sale.order_no.as_str().chars().rev().collect();
            transaction
                .prepare_cached(
                    "INSERT INTO sales (order_no, backwards, filter, open, amount, currency, made_at_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (order_no) DO UPDATE SET filter = ?3, open = ?4",
                )?
                .execute(params![
                    sale.order_no.as_str(),
                    backwards,
                    sale.filter.as_str(),
                    sale.open,
                    sale.amount,
                    sale.currency.as_str(),
                    sale.made_at.unix_ms()
                ])?;
        }
        for result in &batch.results {
            let kind = match result.kind {
                ResultKind::Paid => "paid",
                ResultKind::Mismatch => "mismatch",
                ResultKind::Refunded => "refunded",
                ResultKind::RefundFailed => "refund_failed",
            };
            let body = serde_json::to_string(result).expect("plain fields are always JSON");
            transaction
                .prepare_cached(
                    "INSERT INTO results (key, order_no, kind, amount, late, paid_at_ms, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, sealed('results', ?1, ?7))
                     ON CONFLICT (key) DO NOTHING",
                )?
                .execute(params![
                    result.key,
                    result.order_no.as_str(),
                    kind,
                    result.amount,
                    result.late,
                    result.paid_at.unix_ms(),
                    body
                ])?;
        }
        for moved in &batch.movements {
            transaction
                .prepare_cached(
                    "INSERT INTO movements (key, order_no, kind, method, store, staff, amount, late, at_ms, seq)
                     VALUES (?1, ?2, ?3, ?4, ?5, sealed('movements', '', ?6), ?7, ?8, ?9, ?10)
                     ON CONFLICT (key) DO UPDATE SET
                         kind = ?3, method = ?4, store = ?5, staff = excluded.staff, amount = ?7, late = ?8, at_ms = ?9",
                )?
                .execute(params![
                    moved.key,
                    moved.order_no.as_str(),
                    moved.kind.as_str(),
                    moved.method,
                    moved.store.as_ref().map_or("", |store| store.as_str()),
                    moved.staff.as_ref().map_or("", |staff| staff.as_str()),
                    moved.amount,
                    moved.late,
                    moved.at.unix_ms(),
                    moved.seq
                ])?;
        }
        for shift in &batch.shifts {
            let body = serde_json::to_string(shift).expect("plain fields are always JSON");
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO shifts (no, body) VALUES (?1, sealed('shifts', ?1, ?2))",
                )?
                .execute(params![shift.no, body])?;
        }
        for (no, line) in &batch.shift_lines {
            let line = serde_json::to_string(line).expect("plain fields are always JSON");
            transaction
                .prepare_cached(
                    "UPDATE shifts SET body =
                         sealed('shifts', no, json_insert(opened('shifts', no, body), '$.later[#]', json(?2)))
                     WHERE no = ?1",
                )?
                .execute(params![no, line])?;
        }
        for key in &batch.acknowledged {
            transaction
                .prepare_cached("UPDATE results SET acknowledged = 1 WHERE key = ?1")?
                .execute([key])?;
        }
        if let Some(till) = &batch.till {
            transaction
                .prepare_cached(
                    "INSERT INTO till (one, body) VALUES (1, sealed('till', 1, ?1))
                     ON CONFLICT (one) DO UPDATE SET body = excluded.body",
                )?
                .execute([till])?;
        }
        if let Some(seal) = &batch.checkpoint {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO checkpoints (seq, hash, signature) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![seal.seq, seal.hash, seal.signature])?;
        }
        Ok(())
    }
}

const ENTRIES_AFTER: &str = "SELECT seq, order_no, opened('journal', seq, body), body_hash, hash FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2";

/// The condition for sales of a kind.
pub(super) fn of_kind(filter: ListFilter) -> String {
    let of_word = |filter: Filter| format!("filter = '{}'", filter.as_str());
    match filter {
        // Whatever is not at its end is open, of which there is a short index.
        ListFilter::Open => {
            format!("open = 1 AND ({} OR {})", of_word(Filter::Unanswered), of_word(Filter::Answered))
        }
        ListFilter::Unanswered => of_word(Filter::Unanswered),
        ListFilter::Answered => of_word(Filter::Answered),
        ListFilter::Paid => of_word(Filter::Paid),
        ListFilter::Closed => of_word(Filter::Closed),
        ListFilter::Void => of_word(Filter::Void),
        ListFilter::Alarmed => "order_no IN (SELECT order_no FROM results \
                                WHERE late = 1 OR kind = 'mismatch' OR kind = 'refund_failed')"
            .to_owned(),
        // A sale with a refund under way is open.
        ListFilter::ForManager => {
            "(open = 1 OR order_no IN (SELECT order_no FROM movements WHERE late = 1))".to_owned()
        }
        ListFilter::Refunding => "open = 1".to_owned(),
    }
}

fn damaged(detail: impl Into<String>) -> StorageError {
    StorageError::Damaged { detail: detail.into() }
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let order_no: Option<String> = row.get(1)?;
    let order_no = order_no.map(|text| order_no_of(&text, 1)).transpose()?;
    Ok(Entry { seq: row.get(0)?, order_no, body: row.get(2)?, body_hash: row.get(3)?, hash: row.get(4)? })
}

pub(super) fn order_no_of(text: &str, column: usize) -> rusqlite::Result<OrderNo> {
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn movement_kind(row: &Row<'_>, column: usize) -> rusqlite::Result<MovementKind> {
    let kind: String = row.get(column)?;
    MovementKind::from_word(&kind).ok_or_else(|| {
        let detail = format!("no kind of movement: {kind}").into();
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, detail)
    })
}

fn movement(row: &Row<'_>) -> rusqlite::Result<Movement> {
    let (store, staff): (String, String) = (row.get(4)?, row.get(5)?);
    let wrong = |column, error: saoma_contract::IdError| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    };
    Ok(Movement {
        key: row.get(0)?,
        order_no: order_no_of(&row.get::<_, String>(1)?, 1)?,
        kind: movement_kind(row, 2)?,
        method: row.get(3)?,
        store: (!store.is_empty()).then(|| store.parse()).transpose().map_err(|error| wrong(4, error))?,
        staff: (!staff.is_empty()).then(|| staff.parse()).transpose().map_err(|error| wrong(5, error))?,
        amount: row.get(6)?,
        late: row.get(7)?,
        at: Time::from_unix_ms(row.get(8)?),
        seq: row.get(9)?,
    })
}

fn sale_row(row: &Row<'_>) -> rusqlite::Result<SaleRow> {
    let wrong = |column, detail: String| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, detail.into())
    };
    let (filter, currency): (String, String) = (row.get(1)?, row.get(4)?);
    Ok(SaleRow {
        order_no: order_no_of(&row.get::<_, String>(0)?, 0)?,
        filter: Filter::from_word(&filter).ok_or_else(|| wrong(1, format!("no kind of sale: {filter}")))?,
        open: row.get(2)?,
        amount: row.get(3)?,
        currency: currency.parse().map_err(|_| wrong(4, format!("no currency: {currency}")))?,
        made_at: Time::from_unix_ms(row.get(5)?),
    })
}

impl Storage for SqliteStorage {
    fn restore(&mut self) -> Result<Restored, StorageError> {
        let last_seal = "SELECT seq, hash, signature FROM checkpoints ORDER BY seq DESC LIMIT 1";
        let checkpoint = self
            .connection
            .query_row(last_seal, [], |row| {
                Ok(Checkpoint { seq: row.get(0)?, hash: row.get(1)?, signature: row.get(2)? })
            })
            .optional()?;
        let start = match &checkpoint {
            None => EMPTY,
            Some(seal) => {
                let sealed = "SELECT hash FROM journal WHERE seq = ?1";
                let hash: Option<[u8; 32]> =
                    self.connection.query_row(sealed, [seal.seq], |row| row.get(0)).optional()?;
                if hash != Some(seal.hash) {
                    return Err(damaged(format!("entry {} is not the sealed one", seal.seq)));
                }
                JournalHead { entries: seal.seq, hash: seal.hash }
            }
        };
        let head = self.walk(start, u32::MAX)?;
        if head != self.head()? {
            return Err(damaged("the journal does not end where its chain does"));
        }
        if let Some(marked) = self.mark.get().filter(|marked| *marked > head.entries) {
            return Err(damaged(format!(
                "the journal ends at {}, and {marked} entries were written",
                head.entries
            )));
        }
        self.mark.set(head.entries);
        let till = self.till()?;
        let mut statement =
            self.connection.prepare("SELECT order_no FROM sales WHERE open = 1 ORDER BY order_no")?;
        let open = statement
            .query_map([], |row| order_no_of(&row.get::<_, String>(0)?, 0))?
            .collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        let found = "SELECT derived, detail FROM found";
        let found: Option<(bool, String)> =
            self.connection.query_row(found, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let mut stale = match found {
            Some((false, detail)) => return Err(damaged(detail)),
            Some((true, detail)) => Some(detail),
            None => None,
        };
        let results = self.results().or_else(|error| match error {
            // The journal tells them again.
            StorageError::Damaged { detail } => {
                stale.get_or_insert(detail);
                Ok(Vec::new())
            }
            error => Err(error),
        })?;
        Ok(Restored { head, checkpoint, till, open, results, stale })
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StorageError> {
        if let Some(first) = batch.entries.first() {
            let head = self.head()?;
            let follows =
                first.seq == head.entries + 1 && chained(&head.hash, &first.body_hash) == first.hash;
            // Someone else wrote, or this program is wrong: either way nothing may be written on top.
            if !follows {
                return Err(damaged(format!(
                    "the journal ends at {} and cannot go on at {}",
                    head.entries, first.seq
                )));
            }
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Self::write(&transaction, batch)?;
        transaction.commit()?;
        if let Some(last) = batch.entries.last() {
            self.mark.set(last.seq);
        }
        Ok(())
    }

    fn entries_of(&mut self, order_no: &OrderNo) -> Result<Vec<Entry>, StorageError> {
        let of_sale = "SELECT seq, order_no, opened('journal', seq, body), body_hash, hash FROM journal
             WHERE order_no = ?1 ORDER BY seq";
        let entries = self.entries(of_sale, [order_no.as_str()])?;
        match entries.iter().find(|entry| !entry.is_whole()) {
            Some(entry) => Err(damaged(format!("entry {} is not what was written", entry.seq))),
            None => Ok(entries),
        }
    }

    fn entries_after(&mut self, seq: u64, limit: u32) -> Result<Vec<Entry>, StorageError> {
        self.entries(ENTRIES_AFTER, params![seq, limit])
    }

    fn list(&mut self, query: &ListQuery) -> Result<Vec<SaleRow>, StorageError> {
        let of_kind = query.filter.map_or_else(|| "1".to_owned(), of_kind);
        let mut sql =
            format!("SELECT order_no, filter, open, amount, currency, made_at_ms FROM sales WHERE {of_kind}");
        let mut values: Vec<Value> = Vec::new();
        let mut also = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(after) = &query.after {
            also(" AND order_no < ?", after.as_str().to_owned().into());
        }
        if let Some(made_from) = query.made_from {
            also(" AND made_at_ms >= ?", made_from.unix_ms().into());
        }
        if let Some(made_until) = query.made_until {
            also(" AND made_at_ms < ?", made_until.unix_ms().into());
        }
        if let Some(tail) = &query.tail {
            let backwards: String = tail.chars().rev().collect();
            // A range instead of LIKE, so that the index serves it and no character means anything.
            also(" AND backwards >= ?", backwards.clone().into());
            also(" AND backwards < ?", format!("{backwards}\u{10ffff}").into());
        }
        also(" ORDER BY order_no DESC LIMIT ?", i64::from(query.limit).into());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), sale_row)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    }

    fn movements(&mut self, span: MovementSpan) -> Result<Vec<MovementSum>, StorageError> {
        let (within, from, until) = match span {
            MovementSpan::Times(from, until) => {
                ("at_ms >= ?1 AND at_ms < ?2", from.unix_ms(), until.unix_ms())
            }
            MovementSpan::Entries(after, up_to) => {
                let signed = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
                ("seq > ?1 AND seq <= ?2", signed(after), signed(up_to))
            }
        };
        let sums = format!(
            "SELECT kind, method, store, opened('movements', '', staff) AS person,
                    count(*), sum(amount), sum(late), sum(amount * late)
             FROM movements WHERE {within} GROUP BY kind, method, store, staff ORDER BY kind, method, store, person"
        );
        let mut statement = self.connection.prepare_cached(&sums)?;
        let read = |row: &Row<'_>| {
            Ok(MovementSum {
                kind: movement_kind(row, 0)?,
                method: row.get(1)?,
                store: row.get(2)?,
                staff: row.get(3)?,
                sum: Sum { count: row.get(4)?, amount: row.get(5)? },
                late: Sum { count: row.get(6)?, amount: row.get(7)? },
            })
        };
        Ok(statement.query_map([from, until], read)?.collect::<Result<Vec<_>, _>>()?)
    }

    fn movements_of(&mut self, order_no: &OrderNo) -> Result<Vec<Movement>, StorageError> {
        let of_sale = "SELECT key, order_no, kind, method, store, opened('movements', '', staff), amount, late, at_ms, seq
                       FROM movements WHERE order_no = ?1 ORDER BY key";
        let mut statement = self.connection.prepare_cached(of_sale)?;
        Ok(statement.query_map([order_no.as_str()], movement)?.collect::<Result<Vec<_>, _>>()?)
    }

    fn shifts(&mut self, no: Option<u32>, limit: u32) -> Result<Vec<Shift>, StorageError> {
        let last = "SELECT opened('shifts', no, body) FROM shifts WHERE no = coalesce(?1, no) ORDER BY no DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(last)?;
        let bodies = statement
            .query_map(params![no, limit], |row| row.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let read =
            |body: String| serde_json::from_str(&body).map_err(|error| damaged(format!("a shift: {error}")));
        bodies.into_iter().map(read).collect()
    }

    fn result(&mut self, key: &str) -> Result<Option<MoneyResult>, StorageError> {
        let of_key = "SELECT coalesce(readable('results', key, body), '') FROM results WHERE key = ?1";
        let mut statement = self.connection.prepare_cached(of_key)?;
        let body: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
        let stale =
            |error| StorageError::Stale { detail: format!("the result {key} cannot be read: {error}") };
        body.map(|body| serde_json::from_str(&body).map_err(stale)).transpose()
    }

    fn results(&mut self) -> Result<Vec<MoneyResult>, StorageError> {
        let waiting = "SELECT opened('results', key, body) FROM results WHERE acknowledged = 0 ORDER BY paid_at_ms, key";
        let mut statement = self.connection.prepare_cached(waiting)?;
        let bodies =
            statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let read =
            |body: String| serde_json::from_str(&body).map_err(|error| damaged(format!("a result: {error}")));
        bodies.into_iter().map(read).collect()
    }

    fn check_slice(&mut self, place: &CheckPlace) -> Result<Option<CheckPlace>, StorageError> {
        match place {
            CheckPlace::Journal(from) => {
                let head = self.walk(*from, SLICE_ENTRIES)?;
                let ended = head.entries == from.entries;
                Ok(Some(if ended { CheckPlace::Sales(None) } else { CheckPlace::Journal(head) }))
            }
            CheckPlace::Sales(_) => Ok(Some(CheckPlace::Shifts)),
            CheckPlace::Shifts => {
                self.check_shifts_and_results()?;
                Ok(Some(CheckPlace::File))
            }
            CheckPlace::File => {
                let found: String =
                    self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
                if found == "ok" { Ok(None) } else { Err(damaged(found)) }
            }
        }
    }

    fn note_found(&mut self, derived: bool, detail: &str) -> Result<(), StorageError> {
        let note = "INSERT INTO found (one, derived, detail) VALUES (1, ?1, ?2)
                    ON CONFLICT (one) DO UPDATE SET derived = min(derived, ?1), detail = ?2";
        self.connection.execute(note, params![derived, detail])?;
        Ok(())
    }

    fn rebuild(&mut self, batch: &Batch) -> Result<(), StorageError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Of a sale whose entries were erased the journal tells less than what is kept of it, and that stays.
        transaction.execute_batch(
            &["sales WHERE order_no", "movements WHERE order_no", "results WHERE order_no"]
                .map(|kept| {
                    format!(
                        "DELETE FROM {kept} NOT IN
                         (SELECT order_no FROM journal WHERE order_no IS NOT NULL AND body IS NULL);"
                    )
                })
                .concat(),
        )?;
        transaction.execute_batch("DELETE FROM shifts; DELETE FROM till; DELETE FROM found;")?;
        Self::write(&transaction, batch)?;
        Ok(transaction.commit()?)
    }
}
