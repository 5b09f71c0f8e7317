//! Money: integer minor units and an ISO 4217 code; the one place where it is parsed and printed.

use serde::{Deserialize, Serialize};

/// The most minor units of one amount: ten million yuan in fen, far above any sale at a till, far below any overflow.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000;

/// The most amounts that one sum may add up.
pub const SUM_TERMS_MAX: usize = 20;

/// The most bytes of a sum's text.
pub const SUM_BYTES_MAX: usize = 128;

/// Why an amount was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing, or something that is no plain decimal number: signs, separators, blanks, letters, other digits.
    #[error("amount must be plain digits such as 12.80, got {0:?}")]
    NotANumber(String),
    /// More decimals than the currency has.
    #[error("amount must have at most {decimals} decimals in {currency}, got {got:?}")]
    TooFine {
        /// What was given.
        got: String,
        /// Decimals that the currency has.
        decimals: u32,
        /// The currency.
        currency: Currency,
    },
    /// Zero or less.
    #[error("amount must be more than zero")]
    NotPositive,
    /// Above [`AMOUNT_MINOR_MAX`].
    #[error("amount must be at most {AMOUNT_MINOR_MAX} minor units")]
    TooLarge,
    /// More terms than [`SUM_TERMS_MAX`], or a longer text than [`SUM_BYTES_MAX`].
    #[error("amount must be a sum of at most {SUM_TERMS_MAX} amounts in {SUM_BYTES_MAX} characters")]
    LongSum,
    /// A currency this version does not handle.
    #[error("currency must be CNY, got {0:?}")]
    Currency(String),
}

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Renminbi, whose minor unit is the fen.
    pub const CNY: Self = Self(*b"CNY");

    /// Its three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters, checked when made")
    }

    /// How many decimals people write: 2 for CNY.
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" => 0,
            b"KWD" | b"BHD" | b"JOD" => 3,
            _ => 2,
        }
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Currency {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Self(letters)),
            _ => Err(AmountError::Currency(text.chars().take(8).collect())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::text(None, Some("^[A-Z]{3}$"), "An ISO 4217 currency.")
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Currency {}

/// An amount to be paid or paid: 1 to [`AMOUNT_MINOR_MAX`] minor units of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

impl Amount {
    /// An amount of so many minor units.
    ///
    /// # Errors
    /// If it is not between 1 and [`AMOUNT_MINOR_MAX`].
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, AmountError> {
        match minor {
            ..=0 => Err(AmountError::NotPositive),
            1..=AMOUNT_MINOR_MAX => Ok(Self { minor, currency }),
            _ => Err(AmountError::TooLarge),
        }
    }

    /// Reads what a person typed: ASCII digits, at most one point, at most the currency's decimals. Separators, signs,
    /// blanks and other scripts' digits are refused rather than guessed at.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let not_a_number = || AmountError::NotANumber(text.chars().take(40).collect());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !digits(whole)
            || !digits(fraction)
            || (fraction.is_empty() && text.contains('.'))
        {
            return Err(not_a_number());
        }
        let decimals = currency.decimals();
        let missing =
            usize::try_from(decimals).expect("at most 3").checked_sub(fraction.len()).ok_or_else(|| {
                AmountError::TooFine { got: text.chars().take(40).collect(), decimals, currency }
            })?;
        let all = format!("{whole}{fraction}{}", "0".repeat(missing));
        let significant = all.trim_start_matches('0');
        if significant.len() > 18 {
            return Err(AmountError::TooLarge);
        }
        let minor =
            if significant.is_empty() { 0 } else { significant.parse().map_err(|_| not_a_number())? };
        Self::from_minor(minor, currency)
    }

    /// Reads what a keypad builds: amounts as [`parse`](Self::parse) reads them, joined by `+`, with at most one ASCII blank
    /// on either side of it, such as `12.80 + 3`. Each of them and their total is an amount of its own.
    ///
    /// # Errors
    /// Says what is wrong with the text, a term or the total.
    pub fn parse_sum(text: &str, currency: Currency) -> Result<Self, AmountError> {
        if text.len() > SUM_BYTES_MAX || text.bytes().filter(|byte| *byte == b'+').count() >= SUM_TERMS_MAX {
            return Err(AmountError::LongSum);
        }
        let mut terms = text.split('+').enumerate().peekable();
        let mut total = 0i64;
        while let Some((place, term)) = terms.next() {
            let term = if place > 0 { term.strip_prefix(' ').unwrap_or(term) } else { term };
            let term = if terms.peek().is_some() { term.strip_suffix(' ').unwrap_or(term) } else { term };
            let term = Self::parse(term, currency)?;
            total = total.checked_add(term.minor).ok_or(AmountError::TooLarge)?;
        }
        Self::from_minor(total, currency)
    }

    /// Minor units: fen for CNY.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// Its currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Minor units of a sum as people read them, without a currency sign: `12.80`. Takes any number, also a total of zero.
    pub fn print_minor(minor: i64, currency: Currency) -> String {
        let unit = 10u64.pow(currency.decimals());
        let sign = if minor < 0 { "-" } else { "" };
        let (whole, fraction) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
        match currency.decimals() {
            0 => format!("{sign}{whole}"),
            decimals => format!("{sign}{whole}.{fraction:0width$}", width = decimals as usize),
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Self::print_minor(self.minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_cashier_types_is_read_exactly() {
        for (text, minor) in [
            ("12.80", 1280),
            ("12.8", 1280),
            ("12", 1200),
            ("0.01", 1),
            ("007", 700),
            ("10000000", 1_000_000_000),
        ] {
            assert_eq!(Amount::parse(text, Currency::CNY).map(Amount::minor), Ok(minor), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_and_not_guessed_at() {
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1,160.00", "１２", "١٢", "1e3", " 1", "1 ", "12元", "0x10",
            "1.2.3",
        ] {
            assert!(
                matches!(Amount::parse(text, Currency::CNY), Err(AmountError::NotANumber(_))),
                "{text:?}"
            );
        }
        assert!(matches!(Amount::parse("1.005", Currency::CNY), Err(AmountError::TooFine { .. })));
        assert_eq!(Amount::parse("0", Currency::CNY), Err(AmountError::NotPositive));
        assert_eq!(Amount::parse("0.00", Currency::CNY), Err(AmountError::NotPositive));
        assert_eq!(Amount::parse("10000000.01", Currency::CNY), Err(AmountError::TooLarge));
        assert_eq!(Amount::parse(&"9".repeat(400), Currency::CNY), Err(AmountError::TooLarge));
        assert!("cny".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn printing_and_reading_agree(minor in 1..=AMOUNT_MINOR_MAX) {
            let amount = Amount::from_minor(minor, Currency::CNY).unwrap();
            prop_assert_eq!(Amount::parse(&amount.to_string(), Currency::CNY), Ok(amount));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = Amount::parse(&text, Currency::CNY);
        }
    }
}
