//! HTTP by the app: for those who want the platform's proxy and pinning, and a smaller library.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use saoma_engine::{ANSWER_BYTES_MAX, Chunks, Peer, REQUEST_DEADLINE_MS, Transport, TransportError};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Chunks of a stream that may wait to be read; a sender that is further ahead waits.
const CHUNKS_WAITING_MAX: usize = 64;

/// A header of a request or an answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Its name, lower case in requests.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A request to the backend, signed already: it must be sent as it is, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// `GET`, `PUT` or `POST`.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// All headers to send.
    pub headers: Vec<HttpHeader>,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
    /// Give up after so many milliseconds without an answer. For a stream this is the time until its head has come.
    pub deadline_ms: u32,
    /// SHA-256 of the TLS key (SPKI) that the server must show instead of a publicly certified one, 32 bytes, where pairing pinned
    /// one. A transport that cannot check it must refuse the request.
    pub tls_key_sha256: Option<Vec<u8>>,
}

/// The backend's answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// Its status, 100 to 599.
    pub status: u32,
    /// Its headers.
    pub headers: Vec<HttpHeader>,
    /// Its body: at most 1 MiB, else fail.
    pub body: Vec<u8>,
}

/// The beginning of a streamed answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpHead {
    /// Its status.
    pub status: u32,
    /// Its headers.
    pub headers: Vec<HttpHeader>,
}

/// A request without an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportFailure {
    /// Surely not one byte of it left: no network, no connection, a refused certificate.
    #[error("{detail}")]
    NotSent {
        /// What happened, without secrets.
        detail: String,
    },
    /// It may have arrived. When in doubt, this.
    #[error("{detail}")]
    Lost {
        /// What happened, without secrets.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportFailure {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Lost { detail: error.reason }
    }
}

impl From<TransportFailure> for TransportError {
    fn from(failure: TransportFailure) -> Self {
        match failure {
            TransportFailure::NotSent { detail } => Self::not_sent(detail),
            TransportFailure::Lost { detail } => Self::lost(detail),
        }
    }
}

/// Carries requests to the backend. It follows no redirect, keeps no cookie and no cache, adds no header that changes the
/// meaning, and speaks plain HTTP to this very machine only. Answers of any status are answers, not failures.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends a request and reads the whole answer.
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, TransportFailure>;

    /// Sends a request, returns the answer's head as soon as it is there, and goes on giving the body to the sink as it comes, until it
    /// ends or the sink wants no more.
    async fn stream(&self, request: HttpRequest, body: Arc<BodySink>) -> Result<HttpHead, TransportFailure>;

    /// The phone is on another network: connections of the old one are of no use.
    fn network_changed(&self) -> Result<(), TransportFailure>;
}

/// Takes the body of a streamed answer.
#[derive(Debug, uniffi::Object)]
pub struct BodySink {
    chunks: Mutex<Option<mpsc::Sender<Result<Bytes, TransportError>>>>,
}

#[uniffi::export]
impl BodySink {
    /// The next bytes, split anywhere. False: no more are wanted, close the connection.
    pub async fn chunk(&self, bytes: Vec<u8>) -> bool {
        let Some(chunks) = self.sender() else { return false };
        chunks.send(Ok(bytes.into())).await.is_ok()
    }

    /// The body has ended; with a reason if it was cut off.
    pub fn end(&self, cut_off: Option<String>) {
        let chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(chunks), Some(detail)) = (chunks, cut_off) {
            // A reader that is 64 chunks behind learns by the end alone.
            let _ = chunks.try_send(Err(TransportError::lost(detail)));
        }
    }
}

impl BodySink {
    fn sender(&self) -> Option<mpsc::Sender<Result<Bytes, TransportError>>> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The app's transport as the engine needs it.
pub(crate) struct ForeignTransport {
    foreign: Arc<dyn HttpTransport>,
    threads: Handle,
}

impl ForeignTransport {
    pub(crate) fn new(foreign: Arc<dyn HttpTransport>, threads: Handle) -> Self {
        Self { foreign, threads }
    }
}

impl Transport for ForeignTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        let foreign = self.foreign.clone();
        // To its end, also when the engine waits no longer: a foreign call that is dropped leaks its late answer.
        let call = self.threads.spawn(async move { foreign.execute(flat(&request, peer)?).await });
        async move {
            let answer = call.await.map_err(|broken| TransportError::lost(broken.to_string()))??;
            if answer.body.len() > ANSWER_BYTES_MAX {
                return Err(TransportError::lost("the answer is too long"));
            }
            whole(answer.status, &answer.headers, answer.body.into())
        }
        .boxed()
    }

    fn stream(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        let foreign = self.foreign.clone();
        let (chunks, mut body) = mpsc::channel(CHUNKS_WAITING_MAX);
        let sink = Arc::new(BodySink { chunks: Mutex::new(Some(chunks)) });
        let call = self.threads.spawn(async move { foreign.stream(flat(&request, peer)?, sink).await });
        async move {
            let head = call.await.map_err(|broken| TransportError::lost(broken.to_string()))??;
            let chunks: Chunks =
                Box::pin(futures_util::stream::poll_fn(move |context| body.poll_recv(context)));
            whole(head.status, &head.headers, chunks)
        }
        .boxed()
    }

    fn network_changed(&self) {
        let foreign = self.foreign.clone();
        self.threads.spawn_blocking(move || {
            if let Err(failure) = foreign.network_changed() {
                tracing::warn!(%failure, "the app's transport did not take the change of network");
            }
        });
    }
}

fn flat(request: &Request<Bytes>, peer: Peer) -> Result<HttpRequest, TransportFailure> {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        let value =
            value.to_str().map_err(|error| TransportFailure::NotSent { detail: error.to_string() })?;
        Ok(HttpHeader { name: name.as_str().to_owned(), value: value.to_owned() })
    };
    Ok(HttpRequest {
        method: request.method().as_str().to_owned(),
        url: request.uri().to_string(),
        headers: request.headers().iter().map(header).collect::<Result<_, TransportFailure>>()?,
        body: request.body().to_vec(),
        deadline_ms: u32::try_from(REQUEST_DEADLINE_MS).expect("seconds, not months"),
        tls_key_sha256: peer.tls.map(|pinned| pinned.as_bytes().to_vec()),
    })
}

fn whole<T>(status: u32, headers: &[HttpHeader], body: T) -> Result<Response<T>, TransportError> {
    let unreadable = |what: String| TransportError::lost(format!("the app's transport gave {what}"));
    let code = u16::try_from(status).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = Response::new(body);
    *response.status_mut() = code.ok_or_else(|| unreadable(format!("the status {status}")))?;
    for header in headers {
        // A header that HTTP does not allow is of no use to the engine.
        if let (Ok(name), Ok(value)) =
            (header.name.parse::<HeaderName>(), header.value.parse::<HeaderValue>())
        {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}
