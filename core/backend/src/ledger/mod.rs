//! Where orders are kept: storage that decides nothing.
//!
//! All writing happens one piece of work after the other; each is done wholly or not at all, and is answered only when
//! it is on the disk. So the order of changes is the order of their counters, and a change is visible only after all
//! earlier ones.

mod bills;
#[cfg(test)]
mod conformance;
mod people;
mod rows;
pub mod sqlite;

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

pub use bills::{BillChecked, BillFile, BillRow, BillState, ReadBills, WriteBills};
pub use people::{Act, Count, Counted, PersonRow, PinHash, ReadPeople, SessionRow, Tries, WritePeople};
pub use rows::{
    DayPayment, DayRefund, DayRows, Device, MerchantRow, Pairing, ReadRows, Scope, UnmatchedMoney, WriteRows,
};

use crate::orders::OrderRecord;

/// Why the ledger could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Not now: the disk is full, the file is locked, or the ledger is stopping. Nothing was written.
    #[error("the ledger cannot be written now: {0}")]
    Unavailable(String),
    /// A row cannot be understood: the database was damaged or changed by another program.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
}

/// A piece of writing: does its work and says whether to keep it.
pub type Writing = Box<dyn FnOnce(&mut dyn WriteRows) -> bool + Send>;

/// A piece of reading.
pub type Reading = Box<dyn FnOnce(&dyn ReadRows) + Send>;

/// Told of each order that was changed, after it is on the disk, in the order of the changes.
pub type Listener = Arc<dyn Fn(&OrderRecord) + Send + Sync>;

/// A ledger.
pub trait Ledger: Send + Sync {
    /// Which life of the ledger this is.
    fn epoch(&self) -> u64;

    /// Who is told of changed orders from now on; one listener, set before the first change.
    fn listen(&self, listener: Listener);

    /// Does a piece of writing. It goes on to its end even if nobody waits for it.
    fn submit(&self, work: Writing) -> BoxFuture<'static, Result<(), LedgerError>>;

    /// Does a piece of reading on a consistent view.
    fn consult(&self, work: Reading) -> BoxFuture<'static, Result<(), LedgerError>>;

    /// A number that is another one once anything was committed, also by another process: who finds the same one need not
    /// read again. None if it cannot be told.
    fn revision(&self) -> Option<i64>;

    /// Ends all work and writes everything back; later calls are refused.
    fn close(&self);
}

impl dyn Ledger + '_ {
    /// Writes; what was written is kept only if the work succeeds.
    ///
    /// # Errors
    /// The work's own, or the ledger's.
    pub fn write<T, E, W>(&self, work: W) -> impl Future<Output = Result<T, E>> + Send + use<T, E, W>
    where
        W: FnOnce(&mut dyn WriteRows) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<LedgerError> + Send + 'static,
    {
        let (keep, result) = slot();
        let done = self.submit(Box::new(move |rows| {
            let outcome = work(rows);
            let is_kept = outcome.is_ok();
            keep(outcome);
            is_kept
        }));
        async move {
            let ended = done.await;
            match result.lock().expect("held only to move a value").take() {
                // What the work refused itself is said even if the others of its group could not be written.
                Some(Err(refused)) => Err(refused),
                outcome => {
                    ended?;
                    outcome.unwrap_or_else(|| {
                        Err(LedgerError::Unavailable("the work was not done".to_owned()).into())
                    })
                }
            }
        }
    }

    /// Reads.
    ///
    /// # Errors
    /// The work's own, or the ledger's.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn ReadRows) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (keep, result) = slot();
        self.consult(Box::new(move |rows| keep(work(rows)))).await?;
        let outcome = result.lock().expect("held only to move a value").take();
        outcome.unwrap_or_else(|| Err(LedgerError::Unavailable("the reading was not done".to_owned())))
    }
}

type Slot<T> = Arc<Mutex<Option<T>>>;

fn slot<T: Send + 'static>() -> (impl FnOnce(T) + Send + 'static, Slot<T>) {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    (move |value| *filled.lock().expect("held only to move a value") = Some(value), slot)
}

/// Waits for an answer that a thread of the ledger will give.
fn answered(
    answer: oneshot::Receiver<Result<(), LedgerError>>,
) -> BoxFuture<'static, Result<(), LedgerError>> {
    Box::pin(async move {
        answer.await.unwrap_or_else(|_| Err(LedgerError::Unavailable("the ledger has stopped".to_owned())))
    })
}
