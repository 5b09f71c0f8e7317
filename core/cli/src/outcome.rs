//! How a command ended, as its exit code says it.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 0: what was asked for is so.
    Done,
    /// 1: it could not be done; nothing is half done.
    Failed,
    /// 3: the sale ended without money: closed, rejected, joined or dropped.
    NotPaid,
    /// 4: the sale goes on, nobody knows its end yet.
    Unknown,
}

// 2 is clap's: the command was written wrongly.

impl Outcome {
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotPaid => 3,
            Self::Unknown => 4,
        })
    }
}

/// Why a command could not be done, with its cause.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
