//! Sending bytes to a channel.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};

/// Longest to wait for a connection, and for the whole answer (WeChat Pay protocol A.1).
const CONNECT_MAX: Duration = Duration::from_secs(5);
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How long to wait for the whole answer, where the usual time is too short: an extension of a request.
#[derive(Clone, Copy, Debug)]
pub struct AnswerWithin(pub Duration);

/// Longest to wait for a whole file.
const FILE_MAX: Duration = Duration::from_secs(600);

/// No answer came: the call may or may not have arrived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TransportError(pub String);

/// Sends one request and gives its answer, bounded in time and size. Never follows a redirect.
pub trait Transport: Send + Sync {
    /// Sends it.
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;

    /// The same way, but showing a certificate: PEM of the certificate and of its private key.
    ///
    /// # Errors
    /// When it is not usable, or this transport can show none.
    fn showing(&self, identity: &str) -> Result<Arc<dyn Transport>, TransportError> {
        let _ = identity;
        Err(TransportError("this transport cannot show a certificate".to_owned()))
    }

    /// Sends it, and passes the body of a 200 on as it comes, at any size; the answer is given without it then.
    fn download<'a>(
        &'a self,
        request: Request<Bytes>,
        keep: &'a mut Keep<'_>,
    ) -> BoxFuture<'a, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let mut answer = self.send(request).await?;
            if answer.status() == StatusCode::OK {
                keep(&std::mem::take(answer.body_mut()))
                    .map_err(|error| TransportError(error.to_string()))?;
            }
            Ok(answer)
        })
    }
}

/// Where a file goes, piece by piece.
pub type Keep<'k> = dyn FnMut(&[u8]) -> std::io::Result<()> + Send + 'k;

/// The real network: HTTP/1.1, TLS by rustls with built-in roots. Proxies of the environment are not used.
pub struct HttpTransport {
    client: reqwest::Client,
    answer_bytes_max: usize,
}

impl HttpTransport {
    /// A transport that reads answers of at most so many bytes.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(answer_bytes_max: usize) -> Result<Self, TransportError> {
        Self::built(Self::builder(), answer_bytes_max)
    }

    fn builder() -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX)
            .pool_idle_timeout(Duration::from_secs(50))
            .tcp_nodelay(true)
            .no_proxy()
    }

    fn built(builder: reqwest::ClientBuilder, answer_bytes_max: usize) -> Result<Self, TransportError> {
        let client = builder.build().map_err(|error| TransportError(whole(&error)))?;
        Ok(Self { client, answer_bytes_max })
    }

    fn outgoing(&self, request: Request<Bytes>) -> reqwest::RequestBuilder {
        let (parts, body) = request.into_parts();
        let outgoing =
            self.client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        match parts.extensions.get() {
            Some(AnswerWithin(longest)) => outgoing.timeout(*longest),
            None => outgoing,
        }
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
        let answer = self.outgoing(request).send().await?;
        self.whole_answer(answer).await
    }

    async fn file(
        &self,
        request: Request<Bytes>,
        keep: &mut Keep<'_>,
    ) -> Result<Response<Bytes>, TransportError> {
        let failed = |error: reqwest::Error| TransportError(whole(&error.without_url()));
        let mut answer = self.outgoing(request).timeout(FILE_MAX).send().await.map_err(failed)?;
        if answer.status() != StatusCode::OK {
            return self.whole_answer(answer).await.map_err(failed);
        }
        let mut response = Response::new(Bytes::new());
        *response.headers_mut() = answer.headers().clone();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            keep(&chunk).map_err(|error| TransportError(format!("the file cannot be written: {error}")))?;
        }
        Ok(response)
    }

    async fn whole_answer(&self, mut answer: reqwest::Response) -> Result<Response<Bytes>, reqwest::Error> {
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > self.answer_bytes_max {
                // The reader refuses what is longer than the limit; there is no use in the rest.
                break;
            }
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            self.exchange(request).await.map_err(|error| TransportError(whole(&error.without_url())))
        })
    }

    fn showing(&self, identity: &str) -> Result<Arc<dyn Transport>, TransportError> {
        let identity = reqwest::Identity::from_pem(identity.as_bytes());
        let identity = identity.map_err(|error| TransportError(whole(&error)))?;
        let builder = Self::builder().identity(identity);
        Ok(Arc::new(Self::built(builder, self.answer_bytes_max)?))
    }

    fn download<'a>(
        &'a self,
        request: Request<Bytes>,
        keep: &'a mut Keep<'_>,
    ) -> BoxFuture<'a, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.file(request, keep))
    }
}

/// An error with its causes: the cause is what an operator can act on.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
