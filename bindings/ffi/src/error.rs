//! What goes wrong, for programs and for people.

use saoma_engine::contract::SignerError;
use saoma_engine::wording::Language as Wording;
use saoma_engine::{StorageError, TillError};
use tokio::task::JoinError;

/// All that is known about something that was not done.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Fault {
    /// A stable word for programs, such as `storage_full`, `order_paid`, `unreachable`.
    pub code: String,
    /// The input that is wrong, such as `amount` or `lines[0].reference`; absent where no single one is.
    pub field: Option<String>,
    /// Whether the very same call may succeed later.
    pub retryable: bool,
    /// How many more tries there are, of a PIN.
    pub tries_left: Option<u32>,
    /// After how many seconds it may be tried again.
    pub retry_after_s: Option<u32>,
    /// What happened, for the app's developers and its log. Without secrets.
    pub detail: String,
    /// What the person holding the phone reads, in Chinese: what happened, and what to do.
    pub chinese: String,
    /// The same in English.
    pub english: String,
}

/// Why something was not done. Nothing is ever half-done. The kinds are few so that an app can act on each; `fault.code` says
/// more, `fault.chinese` and `fault.english` are there to be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum SaomaError {
    /// An input is wrong: `fault.field` names it. Correct it and call again.
    #[error("{}: {}", fault.code, fault.detail)]
    Input {
        /// What is known.
        fault: Fault,
    },
    /// It does not go with how things stand: the sale is paid, another sale is open for the same thing, the till is not paired or
    /// may only be looked at.
    #[error("{}: {}", fault.code, fault.detail)]
    NotNow {
        /// What is known.
        fault: Fault,
    },
    /// The backend refused.
    #[error("{}: {}", fault.code, fault.detail)]
    Refused {
        /// What is known.
        fault: Fault,
    },
    /// The backend cannot be reached, or its answer was lost. What was durable stays so and goes on by itself.
    #[error("{}: {}", fault.code, fault.detail)]
    Unreachable {
        /// What is known.
        fault: Fault,
    },
    /// The phone's storage: full, in use by another process, damaged, written by a later version. Nothing was written.
    #[error("{}: {}", fault.code, fault.detail)]
    Storage {
        /// What is known.
        fault: Fault,
    },
    /// The device's key cannot be used: the key store refuses, is locked, has lost it, or holds another (`other_key`).
    #[error("{}: {}", fault.code, fault.detail)]
    KeyStore {
        /// What is known.
        fault: Fault,
    },
    /// The till was closed. Open it again.
    #[error("{}: {}", fault.code, fault.detail)]
    Closed {
        /// What is known.
        fault: Fault,
    },
    /// A bug: of the library, or of a part that the app brought. Report `fault.detail`; open the till again if it goes on.
    #[error("{}: {}", fault.code, fault.detail)]
    Internal {
        /// What is known.
        fault: Fault,
    },
}

/// The words for people for a stable code, where an app found the trouble itself: no word is made up by a shell. Known to be worth
/// asking for are `clock_wrong`, `storage_full` and every code of a [`Fault`].
#[uniffi::export]
pub fn fault_text(code: &str, language: crate::till::Language) -> Option<String> {
    Wording::from(language).code(code)
}

impl Fault {
    fn worded(code: &str, retryable: bool, detail: String) -> Self {
        let text = |language: Wording| language.code(code).unwrap_or_else(|| detail.clone());
        let (chinese, english) = (text(Wording::Chinese), text(Wording::English));
        let (field, tries_left, retry_after_s) = (None, None, None);
        Self { code: code.to_owned(), field, retryable, tries_left, retry_after_s, detail, chinese, english }
    }
}

impl SaomaError {
    pub(crate) fn internal(detail: String) -> Self {
        Self::Internal { fault: Fault::worded("internal", false, detail) }
    }

    #[cfg(not(feature = "reqwest"))]
    pub(crate) fn no_transport() -> Self {
        let detail = "this library was built without HTTP: open the till with a transport".to_owned();
        Self::Internal { fault: Fault::worded("no_transport", false, detail) }
    }

    pub(crate) fn input(field: &str, detail: impl std::fmt::Display) -> Self {
        TillError::Field { field: field.to_owned(), detail: detail.to_string() }.into()
    }

    pub(crate) fn panicked(broken: JoinError) -> Self {
        let detail = match broken.try_into_panic() {
            Ok(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
                (Some(text), _) => format!("panic: {text}"),
                (None, Some(text)) => format!("panic: {text}"),
                (None, None) => "panic".to_owned(),
            },
            Err(stopped) => stopped.to_string(),
        };
        Self::internal(detail)
    }
}

impl From<SignerError> for SaomaError {
    fn from(error: SignerError) -> Self {
        TillError::from(error).into()
    }
}

impl From<TillError> for SaomaError {
    fn from(error: TillError) -> Self {
        let (field, tries_left, retry_after_s) = match &error {
            TillError::Field { field, .. } => (Some(field.clone()), None, None),
            TillError::Backend { field, tries_left, retry_after_s, .. } => {
                (field.clone(), *tries_left, *retry_after_s)
            }
            TillError::State { .. } | TillError::Storage(_) | TillError::Closed => (None, None, None),
        };
        let fault = Fault {
            code: error.code().to_owned(),
            field,
            retryable: error.retryable(),
            tries_left,
            retry_after_s,
            detail: error.to_string(),
            chinese: Wording::Chinese.error(&error),
            english: Wording::English.error(&error),
        };
        match error {
            TillError::Field { .. } => Self::Input { fault },
            TillError::State { code: "key_failed" | "key_locked" | "key_lost" | "other_key", .. } => {
                Self::KeyStore { fault }
            }
            TillError::State { .. } => Self::NotNow { fault },
            TillError::Backend { code, .. } if code == "unreachable" => Self::Unreachable { fault },
            TillError::Backend { .. } => Self::Refused { fault },
            TillError::Storage(StorageError::Sealed) => Self::KeyStore { fault },
            TillError::Storage(_) => Self::Storage { fault },
            TillError::Closed => Self::Closed { fault },
        }
    }
}
