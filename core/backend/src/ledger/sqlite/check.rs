//! Whether a ledger's file is what was written to it: its indexes are held against its tables at each start, those of a long one
//! while it is already open.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, InterruptHandle};

use super::open;
use crate::ledger::LedgerError;

/// Up to this length a ledger is checked before it is opened. Measured on a server's processor, 4 KB an order: 100 MB take 0.5 s,
/// 256 MB 1.3 s, and twice that when nothing of the file is in memory. After a crash a shop must not wait for that, and a
/// year of a busy one is more than 1 GB.
pub(super) const CHECKED_FIRST_MAX: u64 = 64 << 20;

/// What is wrong with the database; none if nothing is.
pub(super) fn fault(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

/// A check beside the open ledger. What it finds ends all writing; reading goes on.
#[derive(Default)]
pub(super) struct Checking {
    found: Arc<OnceLock<String>>,
    running: Mutex<Option<(InterruptHandle, JoinHandle<()>)>>,
}

impl Checking {
    /// Begins to check.
    pub(super) fn beside(path: &Path) -> std::io::Result<Self> {
        let connection = open::reader(path).map_err(std::io::Error::other)?;
        let (interrupt, found) = (connection.get_interrupt_handle(), Arc::new(OnceLock::new()));
        let finding = Arc::clone(&found);
        let look = move || match fault(&connection) {
            Ok(None) => tracing::info!("the ledger was checked and is whole"),
            Ok(Some(fault)) => tell(&finding, fault),
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
                tell(&finding, error.to_string());
            }
            Err(error) => tracing::warn!(%error, "the ledger was not checked to its end"),
        };
        let thread = std::thread::Builder::new().name("ledger-check".to_owned()).spawn(look)?;
        Ok(Self { found, running: Mutex::new(Some((interrupt, thread))) })
    }

    /// Why nothing may be written any more.
    pub(super) fn refusal(&self) -> Option<LedgerError> {
        self.found.get().map(|found| {
            LedgerError::Damaged(format!("{found}; keep the file, and put the last backup in its place"))
        })
    }

    /// Ends it early: nobody waits for it when the ledger is closed.
    pub(super) fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((interrupt, thread)) = running {
            while !thread.is_finished() {
                interrupt.interrupt();
                std::thread::yield_now();
            }
        }
    }

    /// Waits until it has ended by itself.
    #[cfg(test)]
    pub(super) fn wait(&self) {
        if let Some((_, thread)) = self.running.lock().unwrap().take() {
            thread.join().unwrap();
        }
    }
}

fn tell(found: &OnceLock<String>, fault: String) {
    tracing::error!(
        fault,
        "ALARM: the ledger is damaged, and nothing is written any more; keep the file, and put the last backup in its place"
    );
    let _ = found.set(fault);
}
