//! Amounts as people type and read them, and the totals of a day.

use saoma_engine::LocalDay;
use saoma_engine::contract::{Amount as ContractAmount, Currency, Day, Total};

use crate::error::SaomaError;

/// An amount that was typed.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Amount {
    /// Minor units (fen), more than zero.
    pub minor: i64,
    /// As people read it, without a currency sign: `15.80`.
    pub text: String,
}

/// Reads what was typed on a keypad: an amount such as `12.80`, or a sum such as `12.80 + 3`. Digits, one point an amount, at most two
/// decimals; nothing is guessed at. In memory only. Renminbi.
#[uniffi::export]
pub fn read_amount(typed: &str) -> Result<Amount, SaomaError> {
    let amount = ContractAmount::parse_sum(typed, Currency::CNY)
        .map_err(|error| SaomaError::input("amount", error))?;
    Ok(Amount { minor: amount.minor(), text: amount.to_string() })
}

/// A sum and how many payments it is of.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Totals {
    /// Payments.
    pub count: u32,
    /// Minor units.
    pub minor: i64,
    /// As people read it: `128.00`.
    pub text: String,
}

/// What this till itself took on a day, by its own receipts: known without a network.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DayTotals {
    /// The day in the merchant's zone, as `2026-08-01`.
    pub date: String,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// ISO 4217, such as `CNY`.
    pub currency: String,
    /// Everything paid, late money too.
    pub paid: Totals,
    /// Late money in it.
    pub late: Totals,
}

/// What the merchant took on a day, all tills together, by the backend's account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MerchantDay {
    /// The sums.
    pub totals: DayTotals,
    /// Orders frozen because their money does not match; none of it is in the sums.
    pub mismatched: u32,
    /// When it was added up.
    pub as_of: std::time::SystemTime,
}

fn totals(count: u32, minor: i64, currency: Currency) -> Totals {
    Totals { count, minor, text: ContractAmount::print_minor(minor, currency) }
}

impl From<LocalDay> for DayTotals {
    fn from(day: LocalDay) -> Self {
        Self {
            date: day.date,
            live: day.live,
            currency: day.currency.to_string(),
            paid: totals(day.paid.count, day.paid.amount, day.currency),
            late: totals(day.late.count, day.late.amount, day.currency),
        }
    }
}

impl From<Day> for MerchantDay {
    fn from(day: Day) -> Self {
        let sum = |total: Total| totals(total.count, total.amount, day.currency);
        Self {
            totals: DayTotals {
                currency: day.currency.to_string(),
                paid: sum(day.paid),
                late: sum(day.late),
                date: day.date,
                live: day.live,
            },
            mismatched: day.mismatched,
            as_of: crate::sale::moment(day.as_of),
        }
    }
}
