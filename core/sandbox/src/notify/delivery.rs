//! One try over the network (WeChat Pay protocol B.6): five seconds, no redirects, TLS verified.

use std::time::Duration;

use http::{HeaderName, header};

use super::Outcome;

/// How long a receiver may take to answer (B.6.2).
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

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
    pub(crate) async fn send(&self, url: &str, headers: &[(HeaderName, String)], body: String) -> Outcome {
        let mut request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "*/*")
            .header(header::PRAGMA, "no-cache")
            .body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) => Outcome::of_status(answer.status().as_u16()),
            Err(error) if error.is_connect() => Outcome::Unreachable { reason: innermost(&error) },
            Err(error) if error.is_timeout() => {
                Outcome::NoAnswer { reason: "no answer within 5 seconds".to_owned() }
            }
            Err(error) => Outcome::NoAnswer { reason: innermost(&error) },
        }
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
