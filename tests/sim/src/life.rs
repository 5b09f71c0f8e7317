//! One run of a part, from its start to its kill. What belongs to it ends with it: its tasks, its door, its voice.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::net::Node;

/// Finished tasks are forgotten once there are so many.
const TASKS_SWEEP: usize = 64;

/// A run of a part. Clones are the same run.
#[derive(Clone)]
pub(crate) struct Life(Arc<Inner>);

struct Inner {
    node: Node,
    is_over: AtomicBool,
    over: Notify,
    tasks: Mutex<Vec<AbortHandle>>,
    last: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Life {
    pub(crate) fn new(node: Node) -> Self {
        let (is_over, over) = (AtomicBool::new(false), Notify::new());
        Self(Arc::new(Inner { node, is_over, over, tasks: Mutex::default(), last: Mutex::default() }))
    }

    pub(crate) fn node(&self) -> Node {
        self.0.node
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// Waits for its end.
    pub(crate) async fn over(&self) {
        let mut ends = std::pin::pin!(self.0.over.notified());
        // Waits from here on, so that an end in between is heard.
        ends.as_mut().enable();
        if !self.is_over() {
            ends.await;
        }
    }

    /// Ends a task with it.
    pub(crate) fn own(&self, task: AbortHandle) {
        if self.is_over() {
            task.abort();
        }
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() >= TASKS_SWEEP {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.push(task);
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.own(tokio::spawn(task).abort_handle());
    }

    /// What is done at its end, at once.
    pub(crate) fn at_end(&self, last: impl FnOnce() + Send + 'static) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last));
    }

    /// Ends it. A second time does nothing.
    pub(crate) fn end(&self) {
        if self.0.is_over.swap(true, Ordering::Relaxed) {
            return;
        }
        self.0.over.notify_waiters();
        for task in self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(last) = last {
            last();
        }
    }
}
