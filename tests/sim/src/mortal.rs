//! What a part touches last: killed after any commit of a till, or before any of the backend, it does nothing any more.

use std::sync::Arc;

use saoma_contract::OrderNo;
use saoma_engine::journal::Entry;
use saoma_engine::store::{
    Batch, CheckPlace, ListQuery, Movement, MovementSpan, MovementSum, Restored, SaleRow, SqliteStorage,
    Storage, StorageError,
};
use saoma_engine::{MoneyResult, Shift};

use crate::chance::Chance;
use crate::life::Life;
use crate::net::Net;

/// The backend's randomness: drawn for each decision and each message, and so a moment before each of its commits and calls.
pub(crate) struct MortalChance {
    pub(crate) chance: Arc<Chance>,
    pub(crate) net: Arc<Net>,
    pub(crate) life: Life,
}

impl saoma_backend::clock::Random for MortalChance {
    fn fill(&self, bytes: &mut [u8]) {
        self.chance.bytes(bytes);
        self.net.moment(&self.life);
    }
}

pub(crate) struct Mortal {
    pub(crate) storage: SqliteStorage,
    pub(crate) net: Arc<Net>,
    pub(crate) life: Life,
}

impl Mortal {
    fn alive(&mut self) -> Result<&mut SqliteStorage, StorageError> {
        if self.life.is_over() {
            return Err(StorageError::Io { detail: "killed".to_owned() });
        }
        Ok(&mut self.storage)
    }
}

impl Storage for Mortal {
    fn restore(&mut self) -> Result<Restored, StorageError> {
        self.alive()?.restore()
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StorageError> {
        let written = self.alive()?.commit(batch);
        self.net.moment(&self.life);
        // What was written is written; whoever waited for it is gone.
        self.alive().and(written)
    }

    fn entries_of(&mut self, order_no: &OrderNo) -> Result<Vec<Entry>, StorageError> {
        self.alive()?.entries_of(order_no)
    }

    fn entries_after(&mut self, seq: u64, limit: u32) -> Result<Vec<Entry>, StorageError> {
        self.alive()?.entries_after(seq, limit)
    }

    fn list(&mut self, query: &ListQuery) -> Result<Vec<SaleRow>, StorageError> {
        self.alive()?.list(query)
    }

    fn movements(&mut self, span: MovementSpan) -> Result<Vec<MovementSum>, StorageError> {
        self.alive()?.movements(span)
    }

    fn movements_of(&mut self, order_no: &OrderNo) -> Result<Vec<Movement>, StorageError> {
        self.alive()?.movements_of(order_no)
    }

    fn shifts(&mut self, no: Option<u32>, limit: u32) -> Result<Vec<Shift>, StorageError> {
        self.alive()?.shifts(no, limit)
    }

    fn result(&mut self, key: &str) -> Result<Option<MoneyResult>, StorageError> {
        self.alive()?.result(key)
    }

    fn results(&mut self) -> Result<Vec<MoneyResult>, StorageError> {
        self.alive()?.results()
    }

    fn check_slice(&mut self, place: &CheckPlace) -> Result<Option<CheckPlace>, StorageError> {
        self.alive()?.check_slice(place)
    }

    fn note_found(&mut self, derived: bool, detail: &str) -> Result<(), StorageError> {
        self.alive()?.note_found(derived, detail)
    }

    fn rebuild(&mut self, batch: &Batch) -> Result<(), StorageError> {
        let written = self.alive()?.rebuild(batch);
        self.net.moment(&self.life);
        self.alive().and(written)
    }
}
