//! The values of fields: texts, whole numbers, fen, times. All travel as text (WeChat Pay protocol C.1).

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use thiserror::Error;

use super::Fields;
use crate::v3::Fen;

/// A field whose value is not what WeChat Pay documents. The value is never repeated, since it may be personal.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {problem}")]
pub struct ValueError {
    /// The field's name.
    pub field: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl ValueError {
    pub(super) fn new(field: &str, problem: &'static str) -> Self {
        Self { field: field.to_owned(), problem }
    }
}

/// All of China keeps one time.
const BEIJING: Offset = Offset::constant(8);

/// `yyyyMMddHHmmss` in Beijing, less the fraction of a second.
pub(super) fn compact_time(time: Timestamp) -> String {
    BEIJING.to_datetime(time).strftime("%Y%m%d%H%M%S").to_string()
}

impl Fields<'_> {
    /// A value that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, ValueError> {
        self.text(name).ok_or_else(|| ValueError::new(name, "missing"))
    }

    /// Decimal digits, nothing else.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, ValueError> {
        self.text(name).map(|text| whole(name, text)).transpose()
    }

    /// An amount in fen.
    pub(super) fn fen(&self, name: &str) -> Result<Option<Fen>, ValueError> {
        let fen = |text| {
            let fen = whole(name, text)?;
            Fen::new(fen).map_err(|_| ValueError::new(name, "must not be negative"))
        };
        self.text(name).map(fen).transpose()
    }

    pub(super) fn required_fen(&self, name: &str) -> Result<Fen, ValueError> {
        self.fen(name)?.ok_or_else(|| ValueError::new(name, "missing"))
    }

    /// `Y` or `N`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, ValueError> {
        match self.text(name) {
            None => Ok(None),
            Some("Y") => Ok(Some(true)),
            Some("N") => Ok(Some(false)),
            Some(_) => Err(ValueError::new(name, "must be Y or N")),
        }
    }

    /// A time written `yyyyMMddHHmmss` in Beijing.
    pub(super) fn compact_time(&self, name: &str) -> Result<Option<Timestamp>, ValueError> {
        self.time(name, 14, "%Y%m%d%H%M%S", "must be a time written yyyyMMddHHmmss")
    }

    /// A time written `yyyy-MM-dd HH:mm:ss` in Beijing.
    pub(super) fn spaced_time(&self, name: &str) -> Result<Option<Timestamp>, ValueError> {
        self.time(name, 19, "%Y-%m-%d %H:%M:%S", "must be a time written yyyy-MM-dd HH:mm:ss")
    }

    fn time(
        &self,
        name: &str,
        bytes: usize,
        form: &str,
        problem: &'static str,
    ) -> Result<Option<Timestamp>, ValueError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let time = (text.len() == bytes).then(|| DateTime::strptime(form, text).ok()).flatten();
        let time = time.and_then(|time| BEIJING.to_timestamp(time).ok());
        time.map(Some).ok_or_else(|| ValueError::new(name, problem))
    }
}

/// A number of decimal digits alone: no sign, no blank, no fraction.
fn whole<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, ValueError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    digits.ok_or_else(|| ValueError::new(name, "must be a whole number in decimal digits"))
}
