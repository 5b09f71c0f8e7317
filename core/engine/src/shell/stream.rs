//! The event stream: opened freshly signed, read as it comes, let go when it falls silent.

use futures_util::StreamExt as _;
use http::Response;
use saoma_contract::{Cursor, Order, StreamEnd};

use super::Shell;
use crate::answer::{self, Failure};
use crate::errand::Errand;
use crate::ladder;
use crate::sse::{SseEvent, SseParser};
use crate::transport::{Chunks, STREAM_SILENCE_MS, TransportError};

/// What came over the stream.
pub(super) enum Heard {
    /// Events, or none yet of a chunk.
    Events(Vec<SseEvent>),
    /// It has ended, by word or by failure.
    Ended(String),
}

/// The stream, when there is one.
#[derive(Default)]
pub(super) struct Stream {
    open: Option<(Chunks, SseParser)>,
    silent_at_ms: u64,
}

impl Stream {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn silent_at_ms(&self) -> Option<u64> {
        self.is_open().then_some(self.silent_at_ms)
    }

    /// The next chunk, when there is a stream; otherwise it waits for ever. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Heard {
        let Some((chunks, parser)) = &mut self.open else { return std::future::pending().await };
        match chunks.next().await {
            Some(Ok(chunk)) => match parser.feed(&chunk) {
                Ok(events) => Heard::Events(events),
                Err(error) => Heard::Ended(error.to_string()),
            },
            Some(Err(error)) => Heard::Ended(error.detail),
            None => Heard::Ended("the stream was closed".to_owned()),
        }
    }
}

impl Shell {
    pub(super) async fn stream_opened(&mut self, answer: Result<Response<Chunks>, Failure>) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                if let Failure::Problem(problem) = &failure
                    && let Some(server_time) = problem.time_wanted()
                {
                    self.correct_clock(server_time);
                }
                return self.errand_failed(Errand::Stream, failure).await;
            }
        };
        self.heard_from_backend(answer.headers());
        self.errands.done(Errand::Stream);
        self.errands.unwant(Errand::Stream);
        if self.book.foreground && self.book.network {
            self.stream.open = Some((answer.into_body(), SseParser::default()));
            self.stream.silent_at_ms = ladder::aligned_ms(self.clock.monotonic_ms() + STREAM_SILENCE_MS);
            self.set_stream_alive(true);
        }
    }

    pub(super) async fn streamed(&mut self, heard: Heard) {
        match heard {
            Heard::Ended(why) => self.stream_ended(&why),
            Heard::Events(events) => {
                self.stream.silent_at_ms = ladder::aligned_ms(self.clock.monotonic_ms() + STREAM_SILENCE_MS);
                for event in events {
                    self.take_event(event).await;
                    // What follows an event that was not taken must not move the cursor beyond it.
                    if !self.stream.is_open() {
                        break;
                    }
                }
            }
        }
    }

    async fn take_event(&mut self, event: SseEvent) {
        match event.name.as_str() {
            "order" => match serde_json::from_str::<Order>(&event.data) {
                Ok(order) => {
                    let cursor = event.id.map(Cursor);
                    if self.take_changes(vec![order], cursor, None).await.is_err() {
                        // It could not be written: the cursor stands where it was, so it comes again.
                        self.stream_ended("an order could not be written down");
                    }
                }
                Err(error) => self.stream_ended(&format!("an order that cannot be read: {error}")),
            },
            "end" => {
                let reason = serde_json::from_str::<StreamEnd>(&event.data).map(|end| end.reason);
                self.stream_ended(&reason.unwrap_or_else(|_| "unknown".to_owned()));
            }
            "resync" => self.start_from_empty_cursor().await,
            // Later versions may tell more.
            _ => {}
        }
    }

    /// Lets the stream go and opens it again, after what was missed and no sooner than its pauses allow.
    pub(super) fn stream_ended(&mut self, why: &str) {
        if self.stream.open.take().is_none() {
            return;
        }
        tracing::debug!(why, "the stream ended");
        self.set_stream_alive(false);
        let (now, random) = (self.now(), self.random_byte());
        if why != "age" {
            self.errands.failed(Errand::Stream, None, now, random);
        }
        if why == "rights" {
            self.errands.want(Errand::Bundle);
        }
        self.errands.unwant(Errand::Stream);
        self.want_stream();
    }

    /// Lets the stream go for good, as in the background.
    pub(super) fn let_stream_go(&mut self) {
        self.stream.open = None;
        self.errands.unwant(Errand::Stream);
        self.set_stream_alive(false);
    }

    fn set_stream_alive(&mut self, alive: bool) {
        self.book.stream_alive = alive;
        let entropy = self.entropy.clone();
        self.book.plan_all(self.now(), || crate::entropy::random::<1>(entropy.as_ref())[0]);
    }
}

/// The stream, or the failure that any other answer stands for; a few bytes of that are enough.
pub(super) async fn judged(answer: Response<Chunks>) -> Result<Response<Chunks>, Failure> {
    if answer.status().is_success() && answer::is_media_type(answer.headers(), "text/event-stream") {
        return Ok(answer);
    }
    let (parts, mut chunks) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(Ok(chunk)) = chunks.next().await {
        body.extend_from_slice(&chunk);
        if body.len() > 64 * 1024 {
            break;
        }
    }
    let read = answer::read::<serde::de::IgnoredAny>(Ok(Response::from_parts(parts, body.into())));
    Err(read
        .err()
        .unwrap_or_else(|| Failure::Lost(TransportError::lost("the backend's answer is no stream"))))
}
