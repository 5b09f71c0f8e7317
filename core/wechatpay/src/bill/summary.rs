//! What a bill says of itself at its end, held against what its rows said.

use super::{BillError, Yuan, header::Header, row::Row};

/// One column of a summary: what it is called, and what the rows come to.
pub(super) enum Counted {
    /// A number of rows.
    Rows(&'static [&'static str], u64),
    /// A sum of money.
    Sum(&'static [&'static str], Yuan),
}

/// A bill's last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    columns: Vec<(String, String)>,
    differences: Vec<Difference>,
}

/// A column of the summary that does not agree with the rows: rows were lost, changed or added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The column's text in the summary's header.
    pub column: String,
    /// What the summary says.
    pub stated: String,
    /// What the rows come to.
    pub counted: String,
}

impl Summary {
    /// Compares each column that is known; those that are not are kept as they are.
    pub(super) fn read(header: &Header, row: Row<'_>, counted: &[Counted]) -> Result<Self, BillError> {
        let mut columns = Vec::with_capacity(header.texts.len());
        let mut differences = Vec::new();
        for (at, text) in header.texts.iter().enumerate() {
            let stated = row.text(at, "a sum").map_err(BillError::Summary)?.to_owned();
            let found = counted.iter().find(|counted| match counted {
                Counted::Rows(names, _) | Counted::Sum(names, _) => names.contains(&text.as_str()),
            });
            let (agrees, sum) = match found {
                None => (true, String::new()),
                Some(Counted::Rows(names, rows)) => {
                    let stated = row.count(at, names[0]).map_err(BillError::Summary)?;
                    (stated == *rows, rows.to_string())
                }
                Some(Counted::Sum(names, sum)) => {
                    let stated = row.yuan(at, names[0]).map_err(BillError::Summary)?;
                    (stated == *sum, sum.to_string())
                }
            };
            if !agrees {
                differences.push(Difference { column: text.clone(), stated: stated.clone(), counted: sum });
            }
            columns.push((text.clone(), stated));
        }
        Ok(Self { columns, differences })
    }

    /// Each column and what it says, as it came.
    #[must_use]
    pub fn columns(&self) -> &[(String, String)] {
        &self.columns
    }

    /// Where the rows do not come to what the summary says. Refused rows count as rows, but their sums are missing.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}
