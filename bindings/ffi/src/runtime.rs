//! The threads of the library, and the one road by which calls enter them.

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use crate::error::SaomaError;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The library's runtime, made at its first use and kept as long as the process lives.
pub(crate) fn runtime() -> Result<&'static Runtime, SaomaError> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    // Two workers: while one waits for a key store to sign, the other goes on.
    let made = Builder::new_multi_thread().worker_threads(2).thread_name("saoma").enable_all().build();
    let made = made.map_err(|error| SaomaError::internal(format!("no threads: {error}")))?;
    Ok(RUNTIME.get_or_init(|| made))
}

/// Runs a call on the library's threads and waits for it. Whoever drops the waiting does not stop the call; a panic in it
/// becomes an error.
pub(crate) async fn run<T: Send + 'static>(
    call: impl Future<Output = Result<T, SaomaError>> + Send + 'static,
) -> Result<T, SaomaError> {
    match runtime()?.spawn(call).await {
        Ok(outcome) => outcome,
        Err(broken) => Err(SaomaError::panicked(broken)),
    }
}

/// Runs work that blocks on a thread where that is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SaomaError> + Send + 'static,
) -> Result<T, SaomaError> {
    match runtime()?.spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(broken) => Err(SaomaError::panicked(broken)),
    }
}
