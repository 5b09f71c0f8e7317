//! What the long-running commands share: their log, and when they are told to stop.

use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::output::Output;

/// Logs to stderr: lines for people, JSON for programs. `SAOMA_LOG` sets the level: error, warn, info (usual), debug.
pub(crate) fn log(out: Output) {
    let level =
        std::env::var("SAOMA_LOG").ok().and_then(|text| text.parse().ok()).unwrap_or(tracing::Level::INFO);
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level);
    if out.is_json() {
        log.json().init();
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
}

/// What a server is told from outside. To be caught before the server says that it runs: a signal that nobody catches ends the
/// process.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(crate) fn caught() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for SIGTERM, Ctrl-C or, where asked for, the end of standard input. What SIGHUP asks for is done meanwhile.
    pub(crate) async fn told_to_stop(mut self, until_stdin_ends: bool, reload: impl AsyncFn()) {
        let mut ended = std::pin::pin!(stdin_ended());
        loop {
            tokio::select! {
                biased;
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                () = &mut ended, if until_stdin_ends => return,
                _ = self.hang_up.recv() => reload().await,
            }
        }
    }
}

async fn stdin_ended() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0u8; 256];
    // An error ends it as well: there is nobody left to listen to.
    while stdin.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

/// A runtime for a server. A thread that still waits for standard input does not hold up the end.
pub(crate) fn run<T>(serve: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(serve);
    runtime.shutdown_background();
    Ok(result)
}
