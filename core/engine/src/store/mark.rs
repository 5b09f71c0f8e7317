//! How long the journal was, in a small file beside it. SQLite takes a log that was damaged or is gone for one that ends
//! earlier, so the newest entries could be missing without a trace in the database itself.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The number of the last entry. It is written without waiting for the disk, after the entry is durable: it may fall behind
/// the journal, and never runs ahead of it.
#[derive(Debug)]
pub(super) struct Mark {
    path: PathBuf,
    file: Option<File>,
    at: Option<u64>,
}

impl Mark {
    /// The mark of a database. Without one, or with one that cannot be read, nothing is known.
    pub(super) fn of(database: &Path) -> Self {
        let path = path_of(database);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).ok();
        Self { path, file, at: read(database) }
    }

    pub(super) fn get(&self) -> Option<u64> {
        self.at
    }

    /// Notes an entry that is durable. A failure is only told: the next note makes it good.
    pub(super) fn set(&mut self, entries: u64) {
        if self.at == Some(entries) {
            return;
        }
        let Some(file) = &mut self.file else { return };
        let text = format!("{entries:020}\n");
        match file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(text.as_bytes())) {
            Ok(()) => self.at = Some(entries),
            Err(error) => {
                tracing::warn!(%error, path = %self.path.display(), "the journal's mark could not be written");
            }
        }
    }
}

/// What the mark of a database says.
pub(super) fn read(database: &Path) -> Option<u64> {
    std::fs::read_to_string(path_of(database)).ok()?.trim().parse().ok()
}

/// Where it is kept.
pub(super) fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-mark");
    PathBuf::from(name)
}
