//! What a till says when it does not do what was asked: few kinds, each with a stable code.

use saoma_contract::SignerError;

use crate::answer::Failure;
use crate::sale::{NoRefund, NotNow};
use crate::store::StorageError;

/// Why the till did not do what was asked. Nothing is half-done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TillError {
    /// An input is wrong.
    #[error("{field}: {detail}")]
    Field {
        /// Which, such as `amount` or `lines[0].reference`.
        field: String,
        /// What is wrong and what is expected.
        detail: String,
    },
    /// It does not go with how things stand.
    #[error("{detail}")]
    State {
        /// A stable word: `not_paired`, `conflict`, `too_many_unproven`, `not_found`, `read_only` …
        code: &'static str,
        /// What stands in the way and what to do.
        detail: String,
    },
    /// The backend refused, or cannot be reached.
    #[error("{detail}")]
    Backend {
        /// The problem's code, or `unreachable`.
        code: String,
        /// Whether the very same may succeed later.
        retryable: bool,
        /// What happened.
        detail: String,
        /// The field that the backend refused.
        field: Option<String>,
        /// How many more tries there are, of a PIN.
        tries_left: Option<u32>,
        /// After how many seconds it may be tried again.
        retry_after_s: Option<u32>,
    },
    /// The phone's storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The till was closed.
    #[error("the till is closed; open it again")]
    Closed,
}

impl TillError {
    /// A stable word for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Field { .. } => "bad_input",
            Self::State { code, .. } => code,
            Self::Backend { code, .. } => code,
            Self::Storage(error) => error.code(),
            Self::Closed => "closed",
        }
    }

    /// Whether the very same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Field { .. } | Self::Closed => false,
            Self::State { code, .. } => matches!(*code, "key_locked" | "key_failed"),
            Self::Backend { retryable, .. } => *retryable,
            Self::Storage(error) => {
                matches!(error, StorageError::Full | StorageError::InUse | StorageError::Io { .. })
            }
        }
    }

    pub(crate) fn field(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self::Field { field: field.into(), detail: detail.to_string() }
    }

    pub(crate) fn state(code: &'static str, detail: impl Into<String>) -> Self {
        Self::State { code, detail: detail.into() }
    }

    pub(crate) fn unreachable(detail: impl Into<String>) -> Self {
        Self::Backend {
            code: "unreachable".to_owned(),
            retryable: true,
            detail: detail.into(),
            field: None,
            tries_left: None,
            retry_after_s: None,
        }
    }

    pub(crate) fn untrusted(detail: impl Into<String>) -> Self {
        Self::Backend {
            code: "untrusted".to_owned(),
            retryable: false,
            detail: detail.into(),
            field: None,
            tries_left: None,
            retry_after_s: None,
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::state("not_found", "this till has no sale of that number")
    }
}

impl From<saoma_contract::FieldError> for TillError {
    fn from(error: saoma_contract::FieldError) -> Self {
        Self::Field { field: error.field, detail: error.detail }
    }
}

impl From<Failure> for TillError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost(error) => Self::unreachable(error.detail),
            Failure::Unsigned(error) => error.into(),
            Failure::Problem(problem) => Self::Backend {
                code: problem.code.to_string(),
                retryable: problem.code.retryable(),
                detail: problem.detail,
                field: problem.field,
                tries_left: problem.tries_left,
                retry_after_s: problem.retry_after_s,
            },
        }
    }
}

impl From<SignerError> for TillError {
    fn from(error: SignerError) -> Self {
        Self::state(error.code(), error.to_string())
    }
}

impl From<NotNow> for TillError {
    fn from(refused: NotNow) -> Self {
        let code = match refused {
            NotNow::Paid => "order_paid",
            NotNow::Ended => "order_ended",
            NotNow::Ending => "order_ending",
            NotNow::NotLastAttempt => "not_last_attempt",
            NotNow::AttemptsExhausted => "attempts_exhausted",
            NotNow::Unanswered => "not_answered_yet",
            NotNow::Frozen => "order_frozen",
            NotNow::InCash => "order_in_cash",
            NotNow::Charging => "order_charging",
            NotNow::ByCode => "order_by_code",
            NotNow::Refund(NoRefund::PaymentUnknown) => "payment_unknown",
            NotNow::Refund(NoRefund::OverRest { .. }) => "refund_over_rest",
            NotNow::Refund(NoRefund::PartsExhausted) => "refund_parts_exhausted",
            NotNow::Refund(NoRefund::TooOld) => "refund_too_old",
            NotNow::Refund(NoRefund::OtherBytes) => "conflict",
            NotNow::Refund(NoRefund::OtherCurrency) => return Self::field("currency", refused),
        };
        Self::state(code, refused.to_string())
    }
}
