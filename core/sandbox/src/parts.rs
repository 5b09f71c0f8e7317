//! What comes in from outside: the time, the way to those who are notified, on what the store works. The real ones, or a
//! simulation's.

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use jiff::Timestamp;

use crate::notify::HttpPost;

/// The real time, as everybody else's clocks show it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No connection: it surely did not arrive.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// It may have arrived.
    #[error("no answer: {0}")]
    Lost(String),
}

/// The way to those who are notified.
pub trait Post: Send + Sync {
    /// Sends a request and waits for its answer, for five seconds at most (WeChat Pay protocol B.6.2).
    fn post(&self, request: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, Unanswered>>;
}

/// On what the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executor {
    /// A thread of its own, where work that waits at the same time shares one transaction.
    Thread,
    /// The caller's, at once: for simulations on virtual time.
    Inline,
}

/// What a double is made of besides its configuration.
#[derive(Clone)]
pub struct Parts {
    /// The real time.
    pub clock: Arc<dyn Clock>,
    /// The way to those who are notified.
    pub post: Arc<dyn Post>,
    /// On what the store works.
    pub executor: Executor,
}

impl Parts {
    /// The real world.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn real() -> Result<Self, String> {
        let post = HttpPost::new().map_err(|error| error.to_string())?;
        Ok(Self { clock: Arc::new(SystemClock), post: Arc::new(post), executor: Executor::Thread })
    }
}

/// A clock's time as this crate counts it.
pub(crate) fn now(clock: &dyn Clock) -> Timestamp {
    Timestamp::try_from(clock.now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
