//! A header line: which column stands where, found by its text.

use super::{BillError, row::COLUMNS_MAX};

const NOWHERE: u8 = u8::MAX;

/// The texts of a header line, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) line: u64,
    pub(super) texts: Vec<String>,
}

impl Header {
    /// Reads a header line. `None` where the line is none.
    pub(super) fn read(line: u64, bytes: &[u8]) -> Result<Self, BillError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| BillError::NoBill("a header line must be text in UTF-8"))?;
        let texts: Vec<String> = text.split(',').map(|text| text.trim().to_owned()).collect();
        let refused = |column: &str, problem| BillError::Header {
            line,
            column: column.chars().filter(|c| !c.is_control()).take(40).collect(),
            problem,
        };
        if texts.len() > COLUMNS_MAX {
            return Err(refused(&texts[COLUMNS_MAX], "is one too many"));
        }
        for (at, text) in texts.iter().enumerate() {
            if text.is_empty() {
                return Err(refused("without a name", "stands in a header"));
            }
            if texts[..at].contains(text) {
                return Err(refused(text, "is there twice"));
            }
        }
        Ok(Self { line, texts })
    }

    /// Where each of the columns stands that are known by one of these names.
    pub(super) fn places<const N: usize>(&self, names: &[(usize, &[&str])]) -> Places<N> {
        let mut at = [NOWHERE; N];
        for (column, spellings) in names {
            let found = self.texts.iter().position(|text| spellings.contains(&text.as_str()));
            at[*column] = found.and_then(|found| u8::try_from(found).ok()).unwrap_or(NOWHERE);
        }
        Places(at)
    }

    /// The error of a bill without this column.
    pub(super) fn lacks(&self, column: &'static str) -> BillError {
        BillError::Header { line: self.line, column: column.to_owned(), problem: "is missing" }
    }
}

/// Where known columns stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<const N: usize>([u8; N]);

impl<const N: usize> Places<N> {
    pub(super) fn of(&self, column: usize) -> Option<usize> {
        match self.0[column] {
            NOWHERE => None,
            at => Some(usize::from(at)),
        }
    }
}
