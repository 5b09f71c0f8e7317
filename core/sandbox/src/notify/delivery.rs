//! One try over the network (WeChat Pay protocol B.6): five seconds, no redirects, TLS verified.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response, header};

use super::Outcome;
use crate::parts::{Post, Unanswered};
use crate::v2::notified;

/// How long a receiver may take to answer (B.6.2).
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The longest answer of a receiver that is looked at.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What a notification is written in, and how its receiver accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// JSON; any 200 or 204 accepts.
    V3,
    /// XML; a 200 that says so in XML accepts (C.12).
    V2,
}

/// A notification as it goes out.
pub(super) struct Letter {
    pub(super) language: Language,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Bytes,
}

/// Sends one notification and says what came of it.
pub(super) async fn send(post: &dyn Post, url: &str, letter: Letter) -> Outcome {
    let language = letter.language;
    let Some(request) = request(url, letter) else {
        return Outcome::Unreachable { reason: "the address is none".to_owned() };
    };
    match post.post(request).await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            match language {
                Language::V3 => Outcome::of_status(status),
                Language::V2 if notified::is_accepted(status, answer.body()) => Outcome::Accepted { status },
                Language::V2 => Outcome::Refused { status },
            }
        }
        Err(Unanswered::Unreachable(reason)) => Outcome::Unreachable { reason },
        Err(Unanswered::Lost(reason)) => Outcome::NoAnswer { reason },
    }
}

fn request(url: &str, letter: Letter) -> Option<Request<Bytes>> {
    let Letter { language, headers, body } = letter;
    let content_type = match language {
        Language::V3 => "application/json",
        Language::V2 => "text/xml",
    };
    let mut request = Request::post(url)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::ACCEPT, "*/*")
        .header(header::PRAGMA, "no-cache")
        .header(header::USER_AGENT, "Mozilla/4.0")
        .body(body)
        .ok()?;
    for (name, value) in headers {
        request.headers_mut().append(name, HeaderValue::from_str(&value).ok()?);
    }
    Some(request)
}

/// The network.
pub(crate) struct HttpPost {
    client: reqwest::Client,
}

impl HttpPost {
    /// Sets up the HTTP client.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Fails only if another thread was faster, which serves as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = reqwest::Client::builder()
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .http1_title_case_headers()
            .build()?;
        Ok(Self { client })
    }
}

impl Post for HttpPost {
    fn post(&self, request: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, Unanswered>> {
        let client = self.client.clone();
        Box::pin(async move {
            let request = request.try_into().map_err(|error| unanswered(&error))?;
            let mut answer = client.execute(request).await.map_err(|error| unanswered(&error))?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = beginning(&mut answer).await.map_err(|error| unanswered(&error))?;
            Ok(response)
        })
    }
}

/// The beginning of a receiver's answer, as much as is looked at.
async fn beginning(answer: &mut reqwest::Response) -> Result<Bytes, reqwest::Error> {
    let mut said = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        said.extend_from_slice(&chunk);
        if said.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok(said.into())
}

fn unanswered(error: &reqwest::Error) -> Unanswered {
    if error.is_connect() {
        Unanswered::Unreachable(innermost(error))
    } else if error.is_timeout() {
        Unanswered::Lost("no answer within 5 seconds".to_owned())
    } else {
        Unanswered::Lost(innermost(error))
    }
}

/// The last cause of an error, which says most.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
