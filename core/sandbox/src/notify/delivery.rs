//! One try over the network (WeChat Pay protocol B.6): five seconds, no redirects, TLS verified.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, header};

use super::Outcome;
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

/// Sends notifications.
pub(crate) struct Deliverer {
    client: reqwest::Client,
}

impl Deliverer {
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
            .user_agent("Mozilla/4.0")
            .build()?;
        Ok(Self { client })
    }

    /// Sends one notification and says what came of it.
    pub(super) async fn send(&self, url: &str, letter: Letter) -> Outcome {
        let Letter { language, headers, body } = letter;
        let content_type = match language {
            Language::V3 => "application/json",
            Language::V2 => "text/xml",
        };
        let mut request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::ACCEPT, "*/*")
            .header(header::PRAGMA, "no-cache")
            .body(body);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                match language {
                    Language::V3 => Outcome::of_status(status),
                    Language::V2 => match beginning(answer).await {
                        Ok(said) if notified::is_accepted(status, &said) => Outcome::Accepted { status },
                        Ok(_) => Outcome::Refused { status },
                        Err(error) => Outcome::NoAnswer { reason: innermost(&error) },
                    },
                }
            }
            Err(error) if error.is_connect() => Outcome::Unreachable { reason: innermost(&error) },
            Err(error) if error.is_timeout() => {
                Outcome::NoAnswer { reason: "no answer within 5 seconds".to_owned() }
            }
            Err(error) => Outcome::NoAnswer { reason: innermost(&error) },
        }
    }
}

/// The beginning of a receiver's answer, as much as is looked at.
async fn beginning(mut answer: reqwest::Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut said = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        said.extend_from_slice(&chunk);
        if said.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    Ok(said)
}

/// The last cause of an error, which says most.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
