//! From the journal back to sales: the fold that opening, looking up, checking and salvaging all use.

use std::collections::BTreeMap;

use saoma_contract::statement::TrustedKeys;
use saoma_contract::{Jws, OrderError, OrderNo, PublicKey, SignedOrder, Time, planted};

use crate::day::{self, Movement, Shift};
use crate::journal::{Entry, SaleRecord, TillFact, TillRecord};
use crate::result::MoneyResult;
use crate::sale::{Fact, Phase, Sale, announcements};
use crate::state::TillState;
use crate::store::{Batch, Filter, ListQuery, Restored, SaleRow, Storage, StorageError};

/// A sale as its entries tell it.
pub(crate) struct Folded {
    /// The sale.
    pub(crate) sale: Sale,
    /// When the backend last said something new.
    pub(crate) heard_at: Option<Time>,
    /// What happened, oldest first.
    pub(crate) history: Vec<SaleRecord>,
    /// What people were to be told because of it.
    pub(crate) results: Vec<MoneyResult>,
    /// Money that moved for it, each with the entry that it was learned with.
    pub(crate) movements: Vec<Movement>,
}

/// An order that one of the device's keys signed.
fn verified(order: &Jws, devices: &[PublicKey]) -> Result<SignedOrder, OrderError> {
    let mut verified = devices.iter().rev().map(|device| SignedOrder::verify(order.clone(), device));
    let first = verified.next().unwrap_or_else(|| unreachable!("a till always has a key"));
    verified.fold(first, Result::or)
}

fn state_of(restored: &Restored) -> TillState {
    restored.till.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The keys that the journal was written with, and the device's own.
pub(crate) fn device_keys(restored: &Restored, device: &PublicKey) -> Vec<PublicKey> {
    state_of(restored).device_keys.into_iter().chain([device.clone()]).collect()
}

/// Whether the journal was written with another device key than this. A journal of the first version does not name its key;
/// its newest sale then tells.
///
/// # Errors
/// If that cannot be read.
pub(crate) fn is_of_other_key(
    storage: &mut dyn Storage,
    restored: &Restored,
    device: &PublicKey,
) -> Result<bool, StorageError> {
    let known = state_of(restored).device_keys;
    if !known.is_empty() {
        return Ok(!known.contains(device));
    }
    let newest = storage.list(&ListQuery { limit: 1, ..ListQuery::default() })?;
    let Some(newest) = newest.first() else { return Ok(false) };
    let entries = storage.entries_of(&newest.order_no)?;
    let body = entries.first().and_then(|entry| entry.body.as_deref()).unwrap_or_default();
    Ok(match serde_json::from_str::<SaleRecord>(body).map(|record| record.fact) {
        Ok(Fact::RungUp { order }) => SignedOrder::verify(order, device).is_err(),
        _ => false,
    })
}

/// Folds a sale's entries; every signature in them is verified again.
///
/// # Errors
/// If the entries are not what this till wrote.
pub(crate) fn fold(
    entries: &[Entry],
    keys: &[TrustedKeys],
    devices: &[PublicKey],
) -> Result<Option<Folded>, StorageError> {
    let live = keys.first().is_some_and(TrustedKeys::live);
    let mut folded: Option<Folded> = None;
    for entry in entries {
        let damaged =
            |detail: String| StorageError::Damaged { detail: format!("entry {}: {detail}", entry.seq) };
        let Some(body) = &entry.body else { continue };
        let record: SaleRecord = serde_json::from_str(body).map_err(|error| damaged(error.to_string()))?;
        match (&mut folded, &record.fact) {
            (None, Fact::RungUp { order }) => {
                let order = verified(order, devices).map_err(|error| damaged(error.to_string()))?;
                let sale = Sale::rung_up(order);
                folded = Some(Folded {
                    sale,
                    heard_at: None,
                    history: vec![record],
                    results: Vec::new(),
                    movements: Vec::new(),
                });
            }
            (Some(folded), fact) => {
                let fact = fact.clone().verified(keys).map_err(|error| damaged(error.to_string()))?;
                if planted("calls-forgotten") && matches!(fact, Fact::Calling { .. }) {
                    continue;
                }
                let after = folded.sale.applied(&fact, record.at);
                let news = announcements(&folded.sale, &after);
                folded
                    .results
                    .extend(news.iter().filter_map(|one| MoneyResult::of(one, &after, live, record.at)));
                let known = std::mem::replace(&mut folded.movements, day::movements(&after));
                for moved in &mut folded.movements {
                    let before = known.iter().find(|one| one.key == moved.key);
                    moved.seq = before.map_or(entry.seq, |one| one.seq);
                }
                folded.sale = after;
                if matches!(fact, Fact::Told { .. } | Fact::Refused { .. } | Fact::Missing) {
                    folded.heard_at = Some(record.at);
                }
                folded.history.push(record);
            }
            // What came before was lost with damage; without the signed order there is no sale to tell of.
            (None, _) => {}
        }
    }
    Ok(folded)
}

impl Folded {
    /// Checks what is kept of the sale beside the journal: its row, and the money that moved for it, in the order of keys.
    ///
    /// # Errors
    /// If one of them is not what the journal tells.
    pub(crate) fn check(&self, kept: &SaleRow, moved: &[Movement]) -> Result<(), StorageError> {
        let stale = |what: &str| {
            let detail = format!("{what} of sale {} is not what its journal tells", kept.order_no);
            StorageError::Stale { detail }
        };
        if row(&self.sale) != *kept {
            return Err(stale("the row"));
        }
        let mut told: Vec<&Movement> = self.movements.iter().collect();
        told.sort_by(|one, other| one.key.cmp(&other.key));
        let alike =
            told.len() == moved.len() && moved.iter().zip(told).all(|(kept, told)| kept.is_as_told(told));
        if alike { Ok(()) } else { Err(stale("the money")) }
    }

    /// What people were to be told, each once: the first of a key is what is kept.
    pub(crate) fn results(&self) -> BTreeMap<&str, &MoneyResult> {
        let mut results = BTreeMap::new();
        for result in &self.results {
            results.entry(result.key.as_str()).or_insert(result);
        }
        results
    }
}

/// Checks that a result is kept as its sale's journal tells it.
///
/// # Errors
/// If it is not.
pub(crate) fn check_result(told: &MoneyResult, kept: Option<&MoneyResult>) -> Result<(), StorageError> {
    let money = |result: &MoneyResult| {
        (result.kind, result.order_no.clone(), result.amount, result.currency, result.live, result.late)
    };
    if kept.map(money) == Some(money(told)) {
        return Ok(());
    }
    Err(StorageError::Stale { detail: format!("the result {} is not what the journal tells", told.key) })
}

/// The shifts as the journal tells them.
#[derive(Default)]
pub(crate) struct ShiftsTold {
    closed: BTreeMap<u32, Shift>,
    till: TillState,
}

impl ShiftsTold {
    /// Takes the next of the till's entries.
    pub(crate) fn take(&mut self, record: &TillRecord) {
        match &record.fact {
            TillFact::ShiftOpened { .. } => {}
            TillFact::ShiftClosed { shift } => {
                self.closed.insert(shift.no, (**shift).clone());
            }
            TillFact::ShiftLine { no, line } => {
                self.closed.entry(*no).and_modify(|shift| shift.later.push(line.clone()));
            }
            _ => return,
        }
        self.till.apply(&record.fact, record.at);
    }

    /// Checks the closed shifts that are kept, and what the till's own state says of shifts.
    ///
    /// # Errors
    /// If they are not what the journal tells.
    pub(crate) fn check(&self, kept: &[Shift], till: Option<&str>) -> Result<(), StorageError> {
        let stale = |detail: String| Err(StorageError::Stale { detail });
        for shift in kept {
            if self.closed.get(&shift.no) != Some(shift) {
                return stale(format!("shift {} is not what the journal tells", shift.no));
            }
        }
        if kept.len() != self.closed.len() {
            return stale("a closed shift is missing".to_owned());
        }
        let kept = till.and_then(|text| serde_json::from_str::<TillState>(text).ok()).unwrap_or_default();
        let of = |till: &TillState| (till.shift.clone(), till.shifts_made, till.closed_shifts.clone());
        if of(&kept) == of(&self.till) {
            return Ok(());
        }
        stale("the open shift is not what the journal tells".to_owned())
    }
}

/// A sale as the projection keeps it.
pub(crate) fn row(sale: &Sale) -> SaleRow {
    let body = sale.order().body();
    SaleRow {
        order_no: body.order_no.clone(),
        filter: match sale.phase() {
            Phase::Unanswered => Filter::Unanswered,
            Phase::Answered { .. } => Filter::Answered,
            // Its next attempt is on the way.
            Phase::Closed(_) if sale.is_refreshing() => Filter::Answered,
            Phase::Closed(_) => Filter::Closed,
            Phase::Paid(_) => Filter::Paid,
            Phase::Rejected(_) | Phase::Joined(_) | Phase::Dropped { .. } => Filter::Void,
        },
        open: sale.is_open(),
        amount: body.amount,
        currency: body.currency,
        made_at: body.made_at,
    }
}

/// Everything beside the journal, built anew from it.
pub(crate) struct Rebuilt {
    /// The till's own state; how far it has read the changes is not in the journal.
    pub(crate) till: TillState,
    /// Every sale, every result, and which results people were told.
    pub(crate) projection: Batch,
    /// Sales of which entries are there that cannot be read as a sale.
    pub(crate) unreadable: Vec<OrderNo>,
}

/// Builds the projection from all entries, oldest first.
pub(crate) fn rebuild(entries: &[Entry], device: &PublicKey) -> Rebuilt {
    let mut till = TillState::default();
    let mut projection = Batch::default();
    let mut of_sales: BTreeMap<OrderNo, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        match &entry.order_no {
            Some(order_no) => of_sales.entry(order_no.clone()).or_default().push(entry.clone()),
            None => {
                let body = entry.body.as_deref().unwrap_or_default();
                let Ok(record) = serde_json::from_str::<TillRecord>(body) else { continue };
                till.apply(&record.fact, record.at);
                projection.take(record.fact);
            }
        }
    }
    let keys = till.keys().unwrap_or_default();
    let devices: Vec<PublicKey> = till.device_keys.iter().chain([device]).cloned().collect();
    let mut unreadable = Vec::new();
    for (order_no, entries) in of_sales {
        if entries.iter().any(|entry| entry.body.is_none()) {
            // Erased: what is kept of it stays as it is.
            continue;
        }
        match fold(&entries, &keys, &devices) {
            Ok(Some(folded)) => {
                projection.sales.push(row(&folded.sale));
                projection.results.extend(folded.results);
                projection.movements.extend(folded.movements);
            }
            Ok(None) | Err(_) => unreadable.push(order_no),
        }
    }
    Rebuilt { till, projection, unreadable }
}
