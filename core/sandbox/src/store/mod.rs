//! What the double keeps: one SQLite file, written before anything is answered, whole after a kill at any moment.
//!
//! One thread owns the connection; work that waits at the same time shares one transaction and one fsync. In a simulation each
//! piece of work is done at once, where it is asked for.

mod open;
mod rows;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::parts::Executor;

pub(crate) use open::OpenError;
pub(crate) use rows::Rows;

/// How many pieces of work may wait; more wait outside.
const WAITING_MAX: usize = 1024;
/// How many pieces of work share one transaction at most.
const TOGETHER_MAX: usize = 256;

/// Work on the rows. What it returns is told once all of the transaction is on disk.
type Job = Box<dyn FnOnce(&Connection) -> Tell + Send>;
type Tell = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The file, behind its thread or the caller's.
pub(crate) struct Store {
    jobs: Mutex<Option<Jobs>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Where work goes.
#[derive(Clone)]
enum Jobs {
    Thread(mpsc::Sender<Job>),
    Inline(Arc<Mutex<Connection>>),
}

/// Why something could not be kept. Nothing of it was.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the disk is full")]
    Full,
    #[error("undone, since the disk failed under work beside it")]
    Undone,
    #[error("the store stopped")]
    Stopped,
    #[error("SQLite: {0}")]
    Sqlite(Arc<rusqlite::Error>),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

impl Store {
    /// Opens the file, makes it if it is not there.
    ///
    /// # Errors
    /// When the file is another program's, of a newer version, damaged, or cannot be written.
    pub(crate) fn open(path: &Path, executor: Executor) -> Result<Self, OpenError> {
        let connection = open::open(path)?;
        if executor == Executor::Inline {
            let jobs = Jobs::Inline(Arc::new(Mutex::new(connection)));
            return Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(None) });
        }
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        let thread = thread::Builder::new()
            .name("sandbox-store".to_owned())
            .spawn(move || work(connection, waiting))
            .map_err(OpenError::Thread)?;
        Ok(Self { jobs: Mutex::new(Some(Jobs::Thread(jobs))), thread: Mutex::new(Some(thread)) })
    }

    /// Does some work in a transaction and returns once it is on disk. If the work fails, nothing of it is kept.
    ///
    /// # Errors
    /// What the work says, or what kept the transaction from the disk.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Rows<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = alone(connection, work);
            Box::new(move |committed: Result<(), StoreError>| {
                // Nobody listens any more if the asker went away; the work is done all the same.
                let _ = tell.send(outcome.and_then(|done| committed.map(|()| done)));
            })
        });
        let jobs = lock(&self.jobs).clone().ok_or(StoreError::Stopped)?;
        match jobs {
            Jobs::Thread(jobs) => jobs.send(job).await.map_err(|_| StoreError::Stopped)?,
            Jobs::Inline(connection) => together(&mut lock(&connection), vec![job]),
        }
        told.await.map_err(|_| StoreError::Stopped)?
    }

    /// Finishes what waits, then closes the file. Whoever asks later is told that the store stopped.
    pub(crate) fn close(&self) {
        lock(&self.jobs).take();
        if let Some(thread) = lock(&self.thread).take() {
            // A thread that panicked has told its askers already, by hanging up.
            let _ = thread.join();
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(mut connection: Connection, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < TOGETHER_MAX {
            let Ok(next) = waiting.try_recv() else { break };
            jobs.push(next);
        }
        together(&mut connection, jobs);
    }
}

fn together(connection: &mut Connection, jobs: Vec<Job>) {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(%error, "cannot begin a transaction");
            // Dropping the jobs hangs up on their askers, who read it as a store that stopped.
            return;
        }
    };
    let mut jobs = jobs.into_iter();
    let mut tells = Vec::new();
    for job in jobs.by_ref() {
        tells.push(job(&transaction));
        if transaction.is_autocommit() {
            // A full disk ends the transaction at once, and with it all work before. What comes after begins anew.
            tracing::error!("a transaction was lost");
            tells.drain(..).for_each(|tell| tell(Err(StoreError::Undone)));
            break;
        }
    }
    if !tells.is_empty() {
        let committed = transaction.commit().map_err(StoreError::from);
        if let Err(error) = &committed {
            tracing::error!(%error, "cannot commit");
        }
        tells.into_iter().for_each(|tell| tell(committed.clone()));
        return;
    }
    drop(transaction);
    let rest = jobs.collect::<Vec<_>>();
    if !rest.is_empty() {
        together(connection, rest);
    }
}

/// Runs one piece of work so that its failure undoes it and nothing else.
fn alone<T, F>(connection: &Connection, work: F) -> Result<T, StoreError>
where
    F: FnOnce(&Rows<'_>) -> Result<T, StoreError>,
{
    connection.execute_batch("SAVEPOINT work")?;
    let outcome = work(&Rows::new(connection));
    if connection.is_autocommit() {
        return outcome;
    }
    let end = if outcome.is_ok() { "RELEASE work" } else { "ROLLBACK TO work; RELEASE work" };
    connection.execute_batch(end)?;
    outcome
}

#[cfg(test)]
mod tests;
