//! The library's log lines, handed to the app's own log.

use std::fmt::Write as _;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};

use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

use crate::error::SaomaError;

/// Lines that may wait for a slow sink; what comes beyond is dropped, payments are not held up.
const LINES_WAITING_MAX: usize = 1_024;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum LogLevel {
    /// A bug, of the library or of a part that the app brought.
    Error,
    /// Something that a developer may want to look at.
    Warn,
    /// What goes on.
    Info,
    /// In detail.
    Debug,
}

/// Takes log lines. Called on one thread of the library. Lines hold no key, no token, no code and nothing of a payer.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// A line, and the part of the library that it comes from.
    fn log(&self, level: LogLevel, part: String, line: String) -> Result<(), SaomaError>;
}

struct Line {
    level: LogLevel,
    part: String,
    text: String,
}

static SINK: OnceLock<()> = OnceLock::new();

/// Has the library's lines of this level and above go to the app's log, from now on and for as long as the process lives. Only the
/// first call has an effect; it says so by true.
#[uniffi::export]
pub fn log_to(sink: Arc<dyn LogSink>, level: LogLevel) -> Result<bool, SaomaError> {
    if SINK.set(()).is_err() {
        return Ok(false);
    }
    let (lines, waiting) = sync_channel::<Line>(LINES_WAITING_MAX);
    let pass_on = move || {
        for line in waiting {
            // A sink that fails cannot be told so by its own log.
            let _ = sink.log(line.level, line.part, line.text);
        }
    };
    let thread = std::thread::Builder::new().name("saoma-log".to_owned()).spawn(pass_on);
    thread.map_err(|error| SaomaError::internal(error.to_string()))?;
    let most = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let subscriber = registry().with(ToSink { lines }.with_filter(most));
    Ok(tracing::subscriber::set_global_default(subscriber).is_ok())
}

struct ToSink {
    lines: SyncSender<Line>,
}

impl<S: Subscriber> Layer<S> for ToSink {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        // The libraries below say nothing about payments, and are not vouched for.
        let Some(part) = event.metadata().target().strip_prefix("saoma_") else { return };
        let mut text = Text(String::new());
        event.record(&mut text);
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            _ => LogLevel::Debug,
        };
        let _ = self.lines.try_send(Line { level, part: part.to_owned(), text: text.0 });
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let space = if self.0.is_empty() { "" } else { " " };
        let written = match field.name() {
            "message" => write!(self.0, "{space}{value:?}"),
            name => write!(self.0, "{space}{name}={value:?}"),
        };
        written.expect("writing to a text does not fail");
    }
}
