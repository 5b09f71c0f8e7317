//! Reading what came back: bounded and checked for its type before it is parsed, so that a captive portal's page is
//! never taken for an answer.

use bytes::Bytes;
use http::{HeaderMap, Response, header};
use saoma_contract::{PROBLEM_MEDIA_TYPE, Problem, SignerError, Time};
use serde::de::DeserializeOwned;

use crate::clock::http_date;
use crate::transport::{ANSWER_BYTES_MAX, Left, TransportError};

/// The most a server may ask us to wait: an hour.
const RETRY_AFTER_MS_MAX: u64 = 3_600_000;

/// A call that did not do what was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// No answer of the backend's: a dead network, a timeout, a captive portal.
    Lost(TransportError),
    /// The device's key did not sign: nothing was sent, and the road is not to blame.
    Unsigned(SignerError),
    /// The backend said why not.
    Problem(Box<Problem>),
}

impl Failure {
    /// How long the server asked us to wait.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let Self::Problem(problem) = self else { return None };
        problem.retry_after_s.map(|seconds| u64::from(seconds).saturating_mul(1_000).min(RETRY_AFTER_MS_MAX))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(error) => error.fmt(f),
            Self::Unsigned(error) => error.fmt(f),
            Self::Problem(problem) => write!(f, "{}: {}", problem.code, problem.detail),
        }
    }
}

/// Reads an answer: JSON with a good status, or a problem. Anything else came from someone else and counts as lost.
pub fn read<T: DeserializeOwned>(answer: Result<Response<Bytes>, Failure>) -> Result<T, Failure> {
    let answer = answer?;
    let (status, headers, body) = (answer.status(), answer.headers(), answer.body());
    let lost = |detail: String| Failure::Lost(TransportError { left: Left::Maybe, detail });
    if body.len() > ANSWER_BYTES_MAX {
        return Err(lost(format!("an answer of {} bytes is too large", body.len())));
    }
    if status.is_success() && is_media_type(headers, "application/json") {
        return serde_json::from_slice(body)
            .map_err(|error| lost(format!("an answer that cannot be read: {error}")));
    }
    if !status.is_success() && is_media_type(headers, PROBLEM_MEDIA_TYPE) {
        return match serde_json::from_slice::<Problem>(body) {
            Ok(mut problem) => {
                problem.retry_after_s = problem.retry_after_s.or_else(|| retry_after_s(headers));
                Err(Failure::Problem(Box::new(problem)))
            }
            Err(error) => Err(lost(format!("a problem that cannot be read: {error}"))),
        };
    }
    Err(lost(format!(
        "status {} with a body of type {:?} is not the backend's answer",
        status.as_u16(),
        media_type(headers)
    )))
}

/// The server's time, if the answer refuses a request for its own time.
pub fn time_wanted(answer: &Response<Bytes>) -> Option<Time> {
    let is_problem = !answer.status().is_success()
        && answer.body().len() <= ANSWER_BYTES_MAX
        && is_media_type(answer.headers(), PROBLEM_MEDIA_TYPE);
    let problem: Problem = is_problem.then(|| serde_json::from_slice(answer.body()).ok())??;
    problem.time_wanted()
}

/// The time an answer carries in its `Date` header.
pub fn date(headers: &HeaderMap) -> Option<Time> {
    headers.get(header::DATE)?.to_str().ok().and_then(http_date)
}

/// Whether the body is of this media type, parameters aside.
pub fn is_media_type(headers: &HeaderMap, expected: &str) -> bool {
    media_type(headers).eq_ignore_ascii_case(expected)
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn retry_after_s(headers: &HeaderMap) -> Option<u32> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use saoma_contract::{ProblemCode, ServerTime};

    const TIME: &str = r#"{"time":"2026-08-01T02:00:00.000Z","epoch":1,"features":["orders"],"new":1,
        "limits":{"body_bytes_max":1,"page_max":1,"requests_per_minute":1}}"#;

    fn answer(status: u16, media_type: &str, body: &str) -> Result<Response<Bytes>, Failure> {
        let answer =
            Response::builder().status(status).header("content-type", media_type).header("retry-after", "7");
        Ok(answer.body(Bytes::from(body.to_owned())).unwrap())
    }

    fn read_time(answer: Result<Response<Bytes>, Failure>) -> Result<ServerTime, Failure> {
        read(answer)
    }

    #[test]
    fn an_answer_is_read_with_fields_that_are_new() {
        assert_eq!(read_time(answer(200, "application/json; charset=utf-8", TIME)).unwrap().epoch, 1);
    }

    #[test]
    fn a_captive_portals_page_is_a_lost_answer() {
        for (status, media_type, body) in [
            (200, "text/html", "<html>please sign in</html>"),
            (200, "text/html", TIME),
            (200, "application/json", "<html>"),
            (200, "application/json", "{}"),
            (302, "text/html", ""),
            (502, "text/html", "bad gateway"),
            (404, "application/json", TIME),
            (400, "application/problem+json", "{}"),
            (204, "", ""),
        ] {
            assert!(
                matches!(read_time(answer(status, media_type, body)), Err(Failure::Lost(_))),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn an_oversize_answer_is_lost() {
        let body = format!("{TIME}{}", " ".repeat(ANSWER_BYTES_MAX));
        assert!(matches!(read_time(answer(200, "application/json", &body)), Err(Failure::Lost(_))));
    }

    #[test]
    fn a_problem_says_how_long_to_wait() {
        let body = serde_json::to_string(&Problem::new(ProblemCode::RateLimited, "slow down")).unwrap();
        let failure = read_time(answer(429, "application/problem+json", &body)).unwrap_err();
        assert_eq!(failure.retry_after_ms(), Some(7_000));
        let Failure::Problem(problem) = failure else { panic!("a problem") };
        assert_eq!(problem.code, ProblemCode::RateLimited);
    }
}
