//! The ledger in SQLite: one writer, readers beside it (WAL), every answer after the disk has it (FULL).
//!
//! What a proof says of the payer is sealed by a key beside the database.
//!
//! Many pieces of writing that wait at once are committed as one transaction: they share one wait for the disk.

mod bills;
mod check;
mod open;
mod people;
mod read;
mod sealing;
mod sums;
mod write;
mod writer;

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::future::BoxFuture;
use rusqlite::Connection;
use saoma_contract::Time;
use tokio::sync::oneshot;

pub use open::OpenError;
pub use read::look_at;

use super::{Ledger, LedgerError, Listener, Reading, WriteRows, Writing, answered};
use check::{CHECKED_FIRST_MAX, Checking};
use sealing::Seal;
use write::WriteTransaction;
use writer::{Job, Writer};

/// On what the ledger's work runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executor {
    /// On threads of its own, so that nobody else waits for a disk.
    Threads,
    /// On the caller's, at once: for simulations on virtual time.
    Inline,
}

/// A ledger in a folder.
pub struct SqliteLedger {
    epoch: u64,
    writer: Mutex<Option<Writer>>,
    path: PathBuf,
    readers: Arc<Mutex<Vec<Connection>>>,
    /// A connection that never writes and is always the same one: what it sees of others' commits is [`Ledger::revision`].
    onlooker: Mutex<Option<Connection>>,
    seal: Arc<Seal>,
    executor: Executor,
    listener: Arc<OnceLock<Listener>>,
    commits: Arc<AtomicU64>,
    checking: Checking,
    /// Held until the ledger is closed.
    lock: Mutex<Option<File>>,
}

/// Read-only connections kept for the next reading.
const IDLE_READERS_MAX: usize = 8;

impl SqliteLedger {
    /// Opens the ledger in a folder, or makes it.
    ///
    /// # Errors
    /// When another backend has it open, the file is another program's or a newer version's, or the system refuses. The
    /// files are left as they were.
    pub fn open(folder: &Path, executor: Executor, now: Time) -> Result<Self, OpenError> {
        // Without threads there is nothing beside which a check could run.
        let first_max = if executor == Executor::Threads { CHECKED_FIRST_MAX } else { u64::MAX };
        Self::open_checked(folder, executor, now, first_max)
    }

    fn open_checked(
        folder: &Path,
        executor: Executor,
        now: Time,
        checked_first_max: u64,
    ) -> Result<Self, OpenError> {
        let files = open::open(folder, now, checked_first_max)?;
        let listener = Arc::new(OnceLock::new());
        let commits = Arc::new(AtomicU64::new(0));
        let state = writer::State {
            commits: Arc::clone(&commits),
            connection: files.writer,
            mark: files.mark,
            epoch: files.epoch,
            counter: files.counter,
            listener: Arc::clone(&listener),
        };
        let io =
            |error: std::io::Error| OpenError::Io { path: files.path.clone(), detail: error.to_string() };
        let onlooker = open::reader(&files.path).map_err(std::io::Error::other).map_err(io)?;
        let writer = match executor {
            Executor::Threads => Writer::thread(state).map_err(io)?,
            Executor::Inline => Writer::inline(state),
        };
        let checking =
            if files.is_checked { Checking::default() } else { Checking::beside(&files.path).map_err(io)? };
        Ok(Self {
            epoch: files.epoch,
            writer: Mutex::new(Some(writer)),
            onlooker: Mutex::new(Some(onlooker)),
            path: files.path,
            readers: Arc::new(Mutex::new(Vec::new())),
            seal: files.seal,
            executor,
            listener,
            commits,
            checking,
            lock: Mutex::new(Some(files.lock)),
        })
    }
}

impl SqliteLedger {
    /// How many transactions were committed since it was opened: fewer than pieces of writing when many waited at once.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

/// Does one small piece of writing in the ledger of a folder, also while a backend runs on it. It changes no order: of those
/// the backend would not hear.
///
/// # Errors
/// When there is no ledger, it is of an older version, or it cannot be written; nothing is kept then.
pub(crate) fn write_beside<T>(
    folder: &Path,
    work: impl FnOnce(&mut dyn WriteRows) -> Result<T, LedgerError>,
) -> Result<T, OpenError> {
    let io = |detail: String| OpenError::Io { path: folder.join("ledger.sqlite"), detail };
    let mut connection = open::beside(folder)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
    let transaction = transaction.map_err(|error| io(error.to_string()))?;
    let mut rows = WriteTransaction::new(&transaction, 0, 0);
    let done = work(&mut rows).map_err(|error| io(error.to_string()))?;
    transaction.commit().map_err(|error| io(error.to_string()))?;
    Ok(done)
}

impl Ledger for SqliteLedger {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn listen(&self, listener: Listener) {
        if self.listener.set(listener).is_err() {
            tracing::error!("a ledger has one listener; the second is not told of anything");
        }
    }

    fn submit(&self, work: Writing) -> BoxFuture<'static, Result<(), LedgerError>> {
        let (done, answer) = oneshot::channel();
        let job = Job { work, done };
        if let Some(refusal) = self.checking.refusal() {
            job.refuse(&refusal);
            return answered(answer);
        }
        match self.writer.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(writer) => writer.submit(job),
            None => job.refuse(&LedgerError::Unavailable("the ledger has stopped".to_owned())),
        }
        answered(answer)
    }

    fn consult(&self, work: Reading) -> BoxFuture<'static, Result<(), LedgerError>> {
        let (path, readers, seal) = (self.path.clone(), Arc::clone(&self.readers), Arc::clone(&self.seal));
        let read = move || {
            let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) => connection,
                None => {
                    let connection = open::reader(&path).map_err(read::failed)?;
                    seal.teach(&connection).map_err(read::failed)?;
                    connection
                }
            };
            let outcome = read::consistent(&connection, work);
            let mut idle = readers.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_READERS_MAX {
                idle.push(connection);
            }
            outcome
        };
        match self.executor {
            Executor::Inline => {
                let outcome = read();
                Box::pin(async { outcome })
            }
            Executor::Threads => {
                let reading = tokio::task::spawn_blocking(read);
                Box::pin(async move {
                    reading.await.unwrap_or_else(|error| Err(LedgerError::Unavailable(error.to_string())))
                })
            }
        }
    }

    fn revision(&self) -> Option<i64> {
        let onlooker = self.onlooker.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = onlooker.as_ref()?.prepare_cached("PRAGMA data_version").ok()?;
        statement.query_row([], |row| row.get(0)).ok()
    }

    fn close(&self) {
        self.checking.stop();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(writer);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.onlooker.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod disk_tests;
#[cfg(test)]
mod tests;
