//! The one writer: takes all work that waits, commits it as one transaction, and only then answers.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::open::Mark;
use super::read::failed;
use super::write::WriteTransaction;
use crate::ledger::{LedgerError, Listener, Writing};
use crate::orders::OrderRecord;

/// Most pieces of work in one transaction.
const GROUP_MAX: usize = 256;

/// A piece of work and who waits for it.
pub(super) struct Job {
    pub(super) work: Writing,
    pub(super) done: oneshot::Sender<Result<(), LedgerError>>,
}

impl Job {
    pub(super) fn refuse(self, error: &LedgerError) {
        let _ = self.done.send(Err(error.clone()));
    }
}

/// What the writer holds.
pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) mark: Mark,
    pub(super) epoch: u64,
    pub(super) counter: u64,
    pub(super) listener: Arc<OnceLock<Listener>>,
    pub(super) commits: Arc<AtomicU64>,
}

/// Where the writing happens.
pub(super) enum Writer {
    Thread { jobs: Option<Sender<Job>>, thread: Option<JoinHandle<()>> },
    Inline(Box<State>),
}

impl Writer {
    pub(super) fn thread(state: State) -> std::io::Result<Self> {
        let (jobs, waiting) = channel();
        let thread =
            std::thread::Builder::new().name("ledger".to_owned()).spawn(move || run(state, &waiting))?;
        Ok(Self::Thread { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn inline(state: State) -> Self {
        Self::Inline(Box::new(state))
    }

    pub(super) fn submit(&mut self, job: Job) {
        match self {
            Self::Thread { jobs, .. } => {
                let refused = match jobs {
                    Some(jobs) => jobs.send(job).err().map(|unsent| unsent.0),
                    None => Some(job),
                };
                if let Some(job) = refused {
                    job.refuse(&LedgerError::Unavailable("the ledger has stopped".to_owned()));
                }
            }
            Self::Inline(state) => commit(state, vec![job]),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Self::Thread { jobs, thread } = self {
            drop(jobs.take());
            // The writer itself may be the last to hold the ledger; it cannot wait for itself.
            if let Some(thread) = thread.take()
                && thread.thread().id() != std::thread::current().id()
                && thread.join().is_err()
            {
                tracing::error!("the ledger's writer ended by a panic");
            }
        }
    }
}

fn run(mut state: State, waiting: &Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP_MAX - 1));
        commit(&mut state, group);
    }
    // Leaves one file behind instead of three.
    if let Err(error) = state.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);") {
        tracing::warn!(%error, "the ledger could not be tidied up at its end");
    }
}

/// Does a group of work: each piece wholly or not at all, all kept pieces in one commit.
fn commit(state: &mut State, group: Vec<Job>) {
    let counter_before = state.counter;
    let mut waiters = Vec::with_capacity(group.len());
    let mut changed = Vec::new();
    let outcome = do_all(state, group, &mut waiters, &mut changed);
    match &outcome {
        Ok(()) => {
            state.mark.set(state.counter);
            state.commits.fetch_add(1, Ordering::Relaxed);
            if let Some(listener) = state.listener.get() {
                changed.iter().for_each(|record| listener(record));
            }
        }
        Err(error) => {
            state.counter = counter_before;
            if !state.connection.is_autocommit()
                && let Err(error) = state.connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a transaction could not be rolled back");
            }
            tracing::error!(%error, "the ledger could not be written; nothing of this group was kept");
        }
    }
    for waiter in waiters {
        let _ = waiter.send(outcome.clone());
    }
}

fn do_all(
    state: &mut State,
    group: Vec<Job>,
    waiters: &mut Vec<oneshot::Sender<Result<(), LedgerError>>>,
    changed: &mut Vec<OrderRecord>,
) -> Result<(), LedgerError> {
    let mut work = Vec::with_capacity(group.len());
    for job in group {
        waiters.push(job.done);
        work.push(job.work);
    }
    let execute = |connection: &Connection, sql: &str| -> Result<(), LedgerError> {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(|_| ())
            .map_err(failed)
    };
    execute(&state.connection, "BEGIN IMMEDIATE")?;
    for piece in work {
        execute(&state.connection, "SAVEPOINT piece")?;
        let mut rows = WriteTransaction::new(&state.connection, state.epoch, state.counter);
        let is_kept = std::panic::catch_unwind(AssertUnwindSafe(|| piece(&mut rows))).unwrap_or_else(|_| {
            tracing::error!("a piece of writing ended by a panic; it was not kept");
            false
        });
        let (counter, records) = rows.end();
        if state.connection.is_autocommit() {
            // A full disk makes SQLite give up the whole transaction.
            return Err(LedgerError::Unavailable(
                "the transaction was given up; is the disk full?".to_owned(),
            ));
        }
        if is_kept {
            state.counter = counter;
            changed.extend(records);
        } else {
            execute(&state.connection, "ROLLBACK TO piece")?;
        }
        execute(&state.connection, "RELEASE piece")?;
    }
    execute(&state.connection, "COMMIT")
}
