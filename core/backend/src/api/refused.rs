//! Problems as answers.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use saoma_contract::{FieldError, PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

use super::Api;
use crate::ledger::LedgerError;
use crate::people::PeopleError;
use crate::shop::ApplyError;

/// A request that was not done.
#[derive(Debug)]
pub struct Refused(Box<Problem>);

impl Refused {
    pub(super) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    /// Why.
    pub(super) fn code(&self) -> &ProblemCode {
        &self.0.code
    }

    pub(super) fn field(field: &str, detail: impl std::fmt::Display) -> Self {
        FieldError::new(field, detail).into()
    }

    pub(super) fn from_apply(api: &Api, error: ApplyError) -> Self {
        match error {
            ApplyError::Conflict(conflict, record) => {
                let problem = Problem::new(conflict.code, conflict.detail);
                let problem = match conflict.field {
                    Some(field) => problem.field(field),
                    None => problem,
                };
                let account = record.as_ref().and_then(|record| api.shop.merchant(&record.merchant));
                match (record, account) {
                    (Some(record), Some(account)) => problem.order(api.shop.views.order(&record, account)),
                    _ => problem,
                }
                .into()
            }
            ApplyError::NotFound => Self::new(ProblemCode::NotFound, "no such order"),
            ApplyError::Ledger(error) => error.into(),
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<FieldError> for Refused {
    fn from(error: FieldError) -> Self {
        Problem::from(error).into()
    }
}

impl From<PeopleError> for Refused {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Refused(problem) => Self(problem),
            PeopleError::Ledger(error) => error.into(),
        }
    }
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        tracing::error!(%error, "a request could not be done");
        match error {
            LedgerError::Unavailable(_) => {
                let detail =
                    "the ledger cannot be used now; nothing was done, the same request may be repeated";
                Problem::new(ProblemCode::Unavailable, detail).retry_after_s(2).into()
            }
            LedgerError::Damaged(_) => {
                Self::new(ProblemCode::Internal, "the ledger is damaged; see the backend's log")
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if self.0.code == ProblemCode::BodyTooLarge {
            // The rest of the body is never read: the connection is of no more use, and its client must know.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
