//! What a test says to a disk, and what becomes of each call of SQLite.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use saoma_chance::Chance;

use crate::image::{Image, Loss};
use crate::shim;

/// How a disk fails without losing its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No room (`SQLITE_FULL`): nothing can be written, everything can be read. A sync succeeds.
    Full,
    /// The device says no (`SQLITE_IOERR`) to what writes and syncs.
    Broken,
}

/// A disk that holds a folder. It is watched until this is dropped.
#[derive(Debug)]
pub struct Disk(Arc<Watched>);

/// What the calls of SQLite and the test share.
#[derive(Debug)]
pub(crate) struct Watched {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<PathBuf, File>,
    done: u64,
    dies_at: Option<u64>,
    is_dead: bool,
    fails: Option<(u64, Failure)>,
    failed: u64,
}

#[derive(Debug, Default)]
struct File {
    image: Image,
    opened: u32,
}

/// What SQLite wants to do that changes a disk.
pub(crate) enum Act<'a> {
    Write(usize, &'a [u8]),
    Truncate(usize),
    Sync,
    /// Whether the folder is synced after it.
    Delete(bool),
}

/// Why it is not done.
pub(crate) enum Refused {
    Full,
    Broken,
}

static DISKS: Mutex<Vec<Weak<Watched>>> = Mutex::new(Vec::new());

/// The disk that holds a path.
pub(crate) fn disk_of(path: &Path) -> Option<Arc<Watched>> {
    let disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    disks.iter().filter_map(Weak::upgrade).find(|disk| path.starts_with(&disk.folder))
}

impl Disk {
    /// Watches the databases in a folder, which must exist. Those that are open already are not.
    ///
    /// # Panics
    /// If there is no such folder, or SQLite does not take our file system.
    pub fn under(folder: &Path) -> Self {
        shim::register();
        let folder = folder.canonicalize().expect("the folder is there");
        let watched = Arc::new(Watched { folder, state: Mutex::default() });
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.retain(|disk| disk.strong_count() > 0);
        disks.push(Arc::downgrade(&watched));
        Self(watched)
    }

    /// How many writes, truncations, syncs and deletions were done or refused so far.
    pub fn operations(&self) -> u64 {
        self.0.state().done
    }

    /// How many of them were refused by [`Disk::fails_after`].
    pub fn failed(&self) -> u64 {
        self.0.state().failed
    }

    /// The power fails when so many further operations are done: the next one is not, and nothing works after it.
    pub fn power_fails_after(&self, operations: u64) {
        let mut state = self.0.state();
        state.dies_at = Some(state.done + operations);
    }

    /// The power fails now.
    pub fn power_fails(&self) {
        self.0.state().is_dead = true;
    }

    /// Whether the power has failed.
    pub fn is_dead(&self) -> bool {
        self.0.state().is_dead
    }

    /// The power is back, and the files hold what it left: of what no sync made durable all, nothing or parts, by the seed.
    /// Every connection must have been closed. Without a failure before, this is one.
    ///
    /// # Panics
    /// If a connection is still open, or the files cannot be written.
    pub fn power_returns(&self, seed: u64) {
        let mut state = self.0.state();
        let mut chance = Chance::new(seed);
        let loss = match chance.below(4) {
            0 => Loss::All,
            1 => Loss::Nothing,
            _ => Loss::Some,
        };
        for (path, file) in &mut state.files {
            assert_eq!(file.opened, 0, "{} is still open", path.display());
            let left = file.image.after_power_failure(loss, &mut chance);
            match &left {
                Some(content) => std::fs::write(path, content).expect("a file can be written"),
                None if path.exists() => std::fs::remove_file(path).expect("a file can be removed"),
                None => {}
            }
            // Memory that connections shared is gone with them.
            let shared = shared_memory_of(path);
            if shared.exists() {
                std::fs::remove_file(shared).expect("a file can be removed");
            }
            file.image = Image::found(left);
        }
        state.dies_at = None;
        state.is_dead = false;
    }

    /// From the n-th further operation on (0 is the next) writing fails, until [`Disk::is_well`].
    pub fn fails_after(&self, operations: u64, failure: Failure) {
        let mut state = self.0.state();
        state.fails = Some((state.done + operations, failure));
    }

    /// Everything works again.
    pub fn is_well(&self) {
        self.0.state().fails = None;
    }
}

fn is_database(path: &Path) -> bool {
    let name = path.to_string_lossy();
    !name.ends_with("-wal") && !name.ends_with("-journal")
}

fn shared_memory_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-shm");
    PathBuf::from(name)
}

impl Watched {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state().is_dead
    }

    /// A file is about to be opened, and made if it is not there.
    pub(crate) fn opens(&self, path: &Path) {
        let mut state = self.state();
        let file = state.files.entry(path.to_owned()).or_default();
        file.opened += 1;
        if file.opened > 1 {
            return;
        }
        match std::fs::read(path) {
            // The same as we left it, or put there by somebody else, in which case it counts as durable.
            Ok(content) if content == file.image.now() && !file.image.is_deleted() => {}
            Ok(content) => file.image = Image::found(Some(content)),
            Err(_) => file.image.create(),
        }
    }

    pub(crate) fn closes(&self, path: &Path) {
        if let Some(file) = self.state().files.get_mut(path) {
            file.opened -= 1;
        }
    }

    /// Whether something may be done. What may be is done by the caller, and told by [`Watched::did`].
    pub(crate) fn may(&self, act: &Act<'_>) -> Result<(), Refused> {
        let mut state = self.state();
        if state.dies_at.is_some_and(|at| state.done >= at) {
            state.is_dead = true;
        }
        if state.is_dead {
            return Err(Refused::Broken);
        }
        state.done += 1;
        let failure = state.fails.filter(|(at, _)| state.done > *at).map(|(_, failure)| failure);
        let refused = match (failure, act) {
            (None, _) | (Some(Failure::Full), Act::Sync | Act::Delete(_) | Act::Truncate(_)) => return Ok(()),
            (Some(Failure::Full), Act::Write(..)) => Refused::Full,
            (Some(Failure::Broken), _) => Refused::Broken,
        };
        state.failed += 1;
        Err(refused)
    }

    pub(crate) fn did(&self, path: &Path, act: &Act<'_>) {
        let mut state = self.state();
        let image = &mut state.files.entry(path.to_owned()).or_default().image;
        let syncs_folder = match act {
            // With the first sync of a log SQLite syncs the folder it lies in.
            Act::Sync => image.is_new() && !is_database(path),
            Act::Delete(syncs_folder) => *syncs_folder,
            Act::Write(..) | Act::Truncate(_) => false,
        };
        match act {
            Act::Write(at, bytes) => image.write(*at, bytes),
            Act::Truncate(length) => image.truncate(*length),
            Act::Sync => image.sync(),
            Act::Delete(_) => image.delete(),
        }
        if syncs_folder {
            state
                .files
                .iter_mut()
                .filter(|(other, file)| {
                    other.parent() == path.parent() && (file.opened > 0 || file.image.is_deleted())
                })
                .for_each(|(_, file)| file.image.sync_name());
        }
    }
}
