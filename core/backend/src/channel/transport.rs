//! Sending bytes to a channel.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{Request, Response};

/// Longest to wait for a connection, and for the whole answer (WeChat Pay protocol A.1).
const CONNECT_MAX: Duration = Duration::from_secs(5);
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How long to wait for the whole answer, where the usual time is too short: an extension of a request.
#[derive(Clone, Copy, Debug)]
pub struct AnswerWithin(pub Duration);

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
}

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

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
        let (parts, body) = request.into_parts();
        let mut outgoing =
            self.client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        if let Some(AnswerWithin(longest)) = parts.extensions.get() {
            outgoing = outgoing.timeout(*longest);
        }
        let outgoing = outgoing.build()?;
        let mut answer = self.client.execute(outgoing).await?;
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
