//! Why a bill cannot be read. Errors name line and column and never repeat a value: it may be personal.

use std::sync::Arc;

use thiserror::Error;

/// Why a bill, or a row of it, cannot be read.
#[derive(Debug, Clone, Error)]
pub enum BillError {
    /// One row is refused. Reading may go on with the next one.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The file cannot be read, or its gzip is broken.
    #[error("the bill cannot be read: {0}")]
    Io(Arc<std::io::Error>),
    /// It does not begin as a bill does.
    #[error("this is no bill of WeChat Pay's: {0}")]
    NoBill(&'static str),
    /// A header line lacks a column, or names one twice.
    #[error("line {line}: the column {column} {problem}")]
    Header {
        /// Line of the file, from 1.
        line: u64,
        /// The column's text.
        column: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A line is longer than [`Limits::line_bytes_max`](super::Limits::line_bytes_max).
    #[error("line {line} is longer than {max} bytes")]
    LineTooLong {
        /// Line of the file, from 1.
        line: u64,
        /// The limit.
        max: usize,
    },
    /// There are more rows than [`Limits::rows_max`](super::Limits::rows_max).
    #[error("line {line}: the bill has more than {max} rows")]
    TooManyRows {
        /// Line of the file, from 1.
        line: u64,
        /// The limit.
        max: u64,
    },
    /// It ends before its summary: cut off on the way.
    #[error("the bill ends after line {line} without a summary: it was cut off")]
    CutOff {
        /// The last line there is.
        line: u64,
    },
    /// The summary line does not fit its header or holds what is no number.
    #[error("the summary is refused: {0}")]
    Summary(RowError),
    /// Something follows the summary.
    #[error("line {line}: something follows the summary")]
    AfterSummary {
        /// Line of the file, from 1.
        line: u64,
    },
}

impl BillError {
    /// Whether only one row is refused, so that reading may go on.
    #[must_use]
    pub fn row(&self) -> Option<&RowError> {
        match self {
            Self::Row(error) => Some(error),
            _ => None,
        }
    }
}

impl From<std::io::Error> for BillError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

/// A line that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct RowError {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: RowProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RowProblem {
    /// It does not have as many fields as its header. A backtick after a comma inside a text reads as one more.
    #[error("{found} fields instead of {expected}")]
    Fields {
        /// Fields of the line.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// It does not begin with a backtick, as rows do.
    #[error("neither a row nor a summary")]
    NoRow,
    /// A text is not UTF-8.
    #[error("{0} is not UTF-8")]
    Text(&'static str),
    /// Not an amount of yuan with up to five decimals.
    #[error("{0} is not an amount")]
    Amount(&'static str),
    /// The sum of this column is beyond every number.
    #[error("the sum of {0} is beyond every number")]
    Sum(&'static str),
    /// Not a count.
    #[error("{0} is not a count")]
    Count(&'static str),
    /// Not a time `yyyy-MM-dd HH:mm:ss`.
    #[error("{0} is not a time")]
    Time(&'static str),
    /// Not a word that is known, where only known ones can be understood.
    #[error("{0} is not a word that is known")]
    Word(&'static str),
    /// The bill has no such column.
    #[error("there is no column {0}")]
    NoColumn(&'static str),
}
