//! Money as WeChat Pay counts it: whole fen (WeChat Pay protocol A.2).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::{FieldError, open_enum::open_enum};

/// An amount in fen, 1/100 yuan; never negative, never a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    /// Takes a number of fen.
    ///
    /// # Errors
    /// When it is negative.
    pub fn new(fen: i64) -> Result<Self, FieldError> {
        if fen < 0 {
            return Err(FieldError::new("amount", "must not be negative"));
        }
        Ok(Self(fen))
    }

    /// The number of fen.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Fen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fen = i64::deserialize(deserializer)?;
        Self::new(fen).map_err(|error| D::Error::custom(error.problem))
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fen", self.0)
    }
}

open_enum! {
    /// A currency, by its ISO 4217 code. Merchants in mainland China are paid in yuan only.
    pub enum Currency {
        /// The yuan.
        Cny = "CNY",
    }
}
