//! Money as bills write it: decimal yuan, the fee with five decimals (WeChat Pay protocol B.10.3). Never a float.

use std::fmt;

/// 1/100 000 yuan in a yuan, and in a fen.
const PER_YUAN: i64 = 100_000;
const PER_FEN: i64 = 1_000;

/// Digits before the point: more than any bill has, and few enough that nothing overflows.
const WHOLE_DIGITS_MAX: usize = 12;
const DECIMALS_MAX: usize = 5;

/// An amount in 1/100 000 yuan, exact; negative where fees are given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yuan(i64);

impl Yuan {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many 1/100 000 yuan.
    #[must_use]
    pub const fn from_hundred_thousandths(units: i64) -> Self {
        Self(units)
    }

    /// So many fen; nothing if they are beyond every number.
    #[must_use]
    pub fn from_fen(fen: i64) -> Option<Self> {
        fen.checked_mul(PER_FEN).map(Self)
    }

    /// In 1/100 000 yuan.
    #[must_use]
    pub const fn hundred_thousandths(self) -> i64 {
        self.0
    }

    /// In whole fen; nothing if it is no whole number of them.
    #[must_use]
    pub const fn fen(self) -> Option<i64> {
        if self.0 % PER_FEN == 0 { Some(self.0 / PER_FEN) } else { None }
    }

    /// The sum of two amounts; nothing if it is beyond every number.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Reads `12.80`, `-0.02000`, `0`: digits, and up to five decimals.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text == b"0.00" {
            // More than half of all amounts in a bill.
            return Some(Self::ZERO);
        }
        let (is_negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let mut units = 0i64;
        let mut at = 0;
        while let Some(digit) = digits.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9)
        {
            units = units * 10 + i64::from(digit);
            at += 1;
            if at > WHOLE_DIGITS_MAX {
                return None;
            }
        }
        if at == 0 {
            return None;
        }
        let mut scale = PER_YUAN;
        if let Some((b'.', decimals)) = digits[at..].split_first() {
            if decimals.is_empty() || decimals.len() > DECIMALS_MAX {
                return None;
            }
            for byte in decimals {
                let digit = byte.wrapping_sub(b'0');
                if digit > 9 {
                    return None;
                }
                units = units * 10 + i64::from(digit);
                scale /= 10;
            }
        } else if at < digits.len() {
            return None;
        }
        units *= scale;
        Some(Self(if is_negative { -units } else { units }))
    }
}

impl fmt::Display for Yuan {
    /// With two decimals where they are enough, else with five.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let (whole, rest) = (units / PER_YUAN.unsigned_abs(), units % PER_YUAN.unsigned_abs());
        match self.fen() {
            Some(_) => write!(f, "{sign}{whole}.{:02}", rest / PER_FEN.unsigned_abs()),
            None => write!(f, "{sign}{whole}.{rest:05}"),
        }
    }
}

/// Reads a count, which may be written `45` or `45.0` (B.10.3).
pub(super) fn parse_count(text: &[u8]) -> Option<u64> {
    let yuan = Yuan::parse(text)?;
    let whole = yuan.0 / PER_YUAN;
    if yuan.0 % PER_YUAN == 0 { u64::try_from(whole).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(text: &str) -> Option<i64> {
        Yuan::parse(text.as_bytes()).map(Yuan::hundred_thousandths)
    }

    #[test]
    fn decimal_yuan_are_read_exactly() {
        let cases = [
            ("12.80", 1_280_000),
            ("0", 0),
            ("0.0", 0),
            ("0.04000", 4_000),
            ("-0.02000", -2_000),
            ("0.00001", 1),
            ("999999999999.99999", 99_999_999_999_999_999),
        ];
        for (text, expected) in cases {
            assert_eq!(units(text), Some(expected), "{text}");
        }
        assert_eq!(Yuan::parse(b"12.80").and_then(Yuan::fen), Some(1280));
        assert_eq!(Yuan::parse(b"0.00500").and_then(Yuan::fen), None);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            ".",
            ".5",
            "1.",
            "1.2.3",
            "1,000.00",
            "+1.00",
            "1e3",
            " 1.00",
            "1.00 ",
            "１.00",
            "0.000001",
            "1000000000000",
            "--1",
        ] {
            assert_eq!(units(text), None, "{text:?}");
        }
    }

    #[test]
    fn counts_may_be_written_with_a_decimal() {
        assert_eq!(parse_count(b"45.0"), Some(45));
        assert_eq!(parse_count(b"45"), Some(45));
        assert_eq!(parse_count(b"45.5"), None);
        assert_eq!(parse_count(b"-1"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(units in -99_999_999_999_999_999i64..=99_999_999_999_999_999) {
            let yuan = Yuan::from_hundred_thousandths(units);
            prop_assert_eq!(Yuan::parse(yuan.to_string().as_bytes()), Some(yuan));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = (Yuan::parse(&bytes), parse_count(&bytes));
        }
    }
}
