//! What a fee should be: the settled amount times the rate, rounded to whole fen (WeChat Pay protocol B.10.3).

use std::str::FromStr;

use saoma_wechatpay::bill::Yuan;

/// A rate in millionths: `0.60%` is 6000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u32);

/// Millionths of 1/100 000 yuan in a fen.
const UNITS_IN_A_FEN: i64 = 1_000 * 1_000_000;

/// Not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a percentage of up to four decimals, from 0% to 100%, such as 0.60%")]
pub struct NoRate;

impl FromStr for Rate {
    type Err = NoRate;

    fn from_str(text: &str) -> Result<Self, NoRate> {
        Self::parse(text).ok_or(NoRate)
    }
}

impl Rate {
    /// Reads `0.60%`: digits, up to four decimals, a percent sign; at most `100%`.
    pub fn parse(text: &str) -> Option<Self> {
        let percent = Yuan::parse(text.strip_suffix('%')?.as_bytes())?.hundred_thousandths();
        if !(0..=10_000_000).contains(&percent) || percent % 10 != 0 {
            return None;
        }
        u32::try_from(percent / 10).ok().map(Self)
    }

    /// The fee of an amount, rounded half up to whole fen.
    pub fn fee(self, amount: Yuan) -> Yuan {
        let (units, rate) = (amount.hundred_thousandths(), i64::from(self.0));
        let fen = match units.checked_mul(rate).and_then(|exact| exact.checked_add(UNITS_IN_A_FEN / 2)) {
            Some(exact) => Some(exact.div_euclid(UNITS_IN_A_FEN)),
            // Beyond some hundred million yuan.
            None => {
                let exact = i128::from(units) * i128::from(rate) + i128::from(UNITS_IN_A_FEN / 2);
                i64::try_from(exact.div_euclid(i128::from(UNITS_IN_A_FEN))).ok()
            }
        };
        fen.and_then(Yuan::from_fen).unwrap_or(Yuan::ZERO)
    }
}

/// What the fee should be, if the one there is cannot be explained by the rate. Each part of a refund gives a rounded
/// share back, so it may be a fen off.
pub(super) fn expected(amount: Yuan, rate: Rate, fee: Yuan, is_refund: bool) -> Option<Yuan> {
    let expected = rate.fee(amount);
    let off = (fee.hundred_thousandths() - expected.hundred_thousandths()).abs();
    let allowed = if is_refund { 1000 } else { 0 };
    (off > allowed).then_some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(text: &str) -> Yuan {
        Yuan::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn fees_are_rounded_to_whole_fen() {
        let cases = [
            ("6.00", "0.60%", "0.04"),
            ("12.80", "0.60%", "0.08"),
            ("0.01", "0.60%", "0.00"),
            ("0.83", "0.60%", "0.00"),
            ("0.84", "0.60%", "0.01"),
            ("0.03", "39.00%", "0.01"),
            ("0.01", "39.00%", "0.00"),
            ("10000000.00", "0.38%", "38000.00"),
            ("999999999999.99", "100%", "999999999999.99"),
            ("100.00", "0%", "0.00"),
            ("1.00", "100%", "1.00"),
        ];
        for (amount, rate, fee) in cases {
            assert_eq!(Rate::parse(rate).unwrap().fee(yuan(amount)), yuan(fee), "{amount} at {rate}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "%", "0.60", "-0.60%", "0.00001%", "100.01%", "0,60%", "a%"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_refund_may_be_a_fen_off_and_a_payment_not() {
        let rate = Rate::parse("0.60%").unwrap();
        assert_eq!(expected(yuan("12.80"), rate, yuan("0.08"), false), None);
        assert_eq!(expected(yuan("12.80"), rate, yuan("0.07"), false), Some(yuan("0.08")));
        assert_eq!(expected(yuan("-2.80"), rate, yuan("-0.01"), true), None);
        assert_eq!(expected(yuan("-2.80"), rate, yuan("0.00"), true), Some(yuan("-0.02")));
    }
}
