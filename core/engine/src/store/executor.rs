//! Where storage does its work: on a thread of its own in a product, inline in a simulation.

use std::sync::{Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

use super::{Storage, StorageError};

/// Storage together with the place where it works.
pub enum StorageOn {
    /// A thread of its own, so that a slow disk never holds up the runtime.
    Thread(Box<dyn Storage>),
    /// The caller's own thread, so that a simulation stays in one.
    Inline(Box<dyn Storage>),
}

type Job = Box<dyn FnOnce(&mut dyn Storage) + Send>;

/// Hands jobs to the storage, one after the other.
pub(crate) enum StorageDesk {
    Thread { jobs: Option<mpsc::Sender<Job>>, thread: Option<std::thread::JoinHandle<()>> },
    Inline(Mutex<Box<dyn Storage>>),
}

impl StorageDesk {
    pub(crate) fn new(storage: StorageOn) -> Result<Self, StorageError> {
        match storage {
            StorageOn::Inline(storage) => Ok(Self::Inline(Mutex::new(storage))),
            StorageOn::Thread(mut storage) => {
                let (jobs, queue) = mpsc::channel::<Job>();
                let work = move || queue.into_iter().for_each(|job| job(storage.as_mut()));
                let thread = std::thread::Builder::new()
                    .name("saoma-storage".to_owned())
                    .spawn(work)
                    .map_err(|error| StorageError::Io { detail: error.to_string() })?;
                Ok(Self::Thread { jobs: Some(jobs), thread: Some(thread) })
            }
        }
    }

    /// Does a job and waits for it. The job is done even if nobody waits any more.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Storage) -> Result<R, StorageError> + Send + 'static,
    ) -> Result<R, StorageError> {
        match self {
            Self::Inline(storage) => {
                let mut storage = storage.lock().unwrap_or_else(PoisonError::into_inner);
                job(storage.as_mut())
            }
            Self::Thread { jobs, .. } => {
                let stopped = || StorageError::Io { detail: "the storage thread has stopped".to_owned() };
                let (done, result) = oneshot::channel();
                let job = Box::new(move |storage: &mut dyn Storage| {
                    // Nobody waiting any more is no reason to fail.
                    let _ = done.send(job(storage));
                });
                jobs.as_ref().ok_or_else(stopped)?.send(job).map_err(|_| stopped())?;
                result.await.map_err(|_| stopped())?
            }
        }
    }
}

impl Drop for StorageDesk {
    /// Waits until the last job is done and the database is closed, so that it can be opened again at once.
    fn drop(&mut self) {
        if let Self::Thread { jobs, thread } = self {
            drop(jobs.take());
            if let Some(thread) = thread.take() {
                // A thread that panicked has nothing left to close.
                let _ = thread.join();
            }
        }
    }
}
