//! What leaves the till as text: paper slips, and tables for spreadsheets.

use crate::error::SaomaError;
use crate::sale::number;
use crate::till::Till;

/// How wide the paper of a printer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Paper {
    /// 58 mm: 32 columns; a Chinese character takes two.
    Mm58,
    /// 80 mm: 48 columns.
    Mm80,
}

impl From<Paper> for saoma_engine::Paper {
    fn from(paper: Paper) -> Self {
        match paper {
            Paper::Mm58 => Self::Mm58,
            Paper::Mm80 => Self::Mm80,
        }
    }
}

#[uniffi::export]
impl Till {
    /// A paper slip for the customer of a paid sale in the till's language, as plain lines of the paper's width, so that any printer
    /// can print it. Error: the sale has no receipt.
    pub async fn receipt_slip(&self, order_no: String, paper: Paper) -> Result<Vec<String>, SaomaError> {
        let (order_no, language) = (number(&order_no)?, self.wording());
        self.ask(
            move |till| async move { till.receipt_slip(&order_no, paper.into(), language).await },
            |lines, _| lines,
        )
        .await
    }

    /// The sales that were rung up on a day, newest first, as a table for spreadsheets in the till's language: CSV by RFC 4180,
    /// UTF-8 with a byte order mark, times by the merchant's clock, no cell that a spreadsheet would take for a formula. `date` as
    /// `2026-08-01`, today if absent.
    pub async fn sales_csv(&self, date: Option<String>) -> Result<String, SaomaError> {
        let language = self.wording();
        self.ask(move |till| async move { till.sales_csv(date.as_deref(), language).await }, |text, _| text)
            .await
    }

    /// The days from one to another, both counted, at most 366, as a table like [`sales_csv`](Till::sales_csv)'s: what this till
    /// itself took.
    pub async fn days_csv(&self, from: String, until: String) -> Result<String, SaomaError> {
        let language = self.wording();
        self.ask(move |till| async move { till.days_csv(&from, &until, language).await }, |text, _| text)
            .await
    }
}
