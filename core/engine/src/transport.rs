//! The way to the backend, as the till needs it: one request and its answer, or a stream of chunks.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use http::{Request, Response};
use saoma_contract::Fingerprint;

/// The most bytes of one answer. An order with all it may have is far smaller; a page of changes stays below it.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How long the till waits for a request, in milliseconds: from its start to the end of its answer, or for a stream to the
/// end of its head. An answer that comes later is not heard; whatever it was about is asked again.
pub const REQUEST_DEADLINE_MS: u64 = 15_000;

/// A stream that brings nothing for so many milliseconds, not even a comment, is let go and opened again.
pub const STREAM_SILENCE_MS: u64 = 45_000;

/// Whom a request is for, beyond its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// SHA-256 of the TLS key (SPKI) that the backend must show, when pairing pinned one; otherwise its certificate must
    /// be publicly certified.
    pub tls: Option<Fingerprint>,
}

/// Whether a request that failed may have reached the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Surely not: no connection was made, so not one byte of it left.
    No,
    /// It may have. Its outcome is unknown.
    Maybe,
}

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct TransportError {
    /// Whether the request may have arrived.
    pub left: Left,
    /// What happened, for people; without secrets.
    pub detail: String,
}

impl TransportError {
    /// A failure before anything was sent.
    pub fn not_sent(detail: impl Into<String>) -> Self {
        Self { left: Left::No, detail: detail.into() }
    }

    /// A failure after which the outcome is unknown.
    pub fn lost(detail: impl Into<String>) -> Self {
        Self { left: Left::Maybe, detail: detail.into() }
    }
}

/// An answer's body as it comes.
pub type Chunks = BoxStream<'static, Result<Bytes, TransportError>>;

/// Carries requests to the backend.
///
/// An implementation follows no redirect, asks no proxy of its own accord, gives up a body beyond [`ANSWER_BYTES_MAX`], and
/// speaks plain HTTP to loopback only. The till judges whatever answers come; it sets its own deadlines.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request and reads the whole answer.
    fn send(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>>;

    /// The phone is on another network: connections of the old one are of no use.
    fn network_changed(&self) {}

    /// Sends a request and gives the answer's body in chunks, split anywhere.
    fn stream(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>>;
}
