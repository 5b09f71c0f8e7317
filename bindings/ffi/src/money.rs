//! Amounts as people type and read them, and the totals of a day.

use saoma_engine::contract::{Amount as ContractAmount, Currency, Day, DaySums, PersonSums, Total};
use saoma_engine::{LocalDay, Share};

use crate::error::SaomaError;
use crate::sale::moment;
use crate::till::Till;

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

/// Sums of money that moved. Cash stands apart from what is proven; nothing is taken from anything.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Sums {
    /// Of which method, store or person; empty for all of them together, and for a person where no one was signed in.
    pub name: String,
    /// Paid with proof, late money too.
    pub paid: Totals,
    /// Late money in it.
    pub late: Totals,
    /// Cash, by the word of who took it.
    pub cash: Totals,
    /// Given back with proof, of payments of any day.
    pub refunded: Totals,
    /// Cash given back.
    pub cash_refunded: Totals,
}

/// A day: what this till itself took, known without a network, or what the merchant took.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DayTotals {
    /// The day in the merchant's zone, as `2026-08-01`.
    pub date: String,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// ISO 4217, such as `CNY`.
    pub currency: String,
    /// All of it.
    pub sums: Sums,
    /// The same by method, such as `wechatpay_qr`.
    pub methods: Vec<Sums>,
    /// The same by store.
    pub stores: Vec<Sums>,
    /// The same by person.
    pub people: Vec<Sums>,
}

/// What this till took on a day, by its own receipts.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TillDay {
    /// The sums.
    pub totals: DayTotals,
    /// Sales that are not proven paid or closed, now: in none of the sums.
    pub unproven: Totals,
}

/// What the merchant took on a day, all tills together, by the backend's account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MerchantDay {
    /// The sums.
    pub totals: DayTotals,
    /// Orders of the day that are not proven paid or closed; in none of the sums.
    pub unproven: Totals,
    /// Orders frozen because their money does not match; none of it is in the sums.
    pub mismatched: u32,
    /// When it was added up.
    pub as_of: std::time::SystemTime,
}

#[uniffi::export]
impl Till {
    /// What this till took on a day, by its own receipts; `date` as `2026-08-01` in the merchant's zone, today if absent.
    pub async fn day(&self, date: Option<String>) -> Result<TillDay, SaomaError> {
        self.ask(|till| async move { till.day(date.as_deref()).await }, |day, _| day.into()).await
    }

    /// What the merchant took on a day, by the backend's account; today if absent. Waits for the backend.
    pub async fn merchant_day(&self, date: Option<String>) -> Result<MerchantDay, SaomaError> {
        self.ask(|till| async move { till.day_from_backend(date.as_deref()).await }, |day, _| day.into())
            .await
    }
}

pub(crate) fn totals(count: u32, minor: i64, currency: Currency) -> Totals {
    Totals { count, minor, text: ContractAmount::print_minor(minor, currency) }
}

impl Sums {
    pub(crate) fn of(name: String, of: &saoma_engine::Totals, currency: Currency) -> Self {
        let sum = |sum: saoma_engine::Sum| totals(sum.count, sum.amount, currency);
        Self {
            name,
            paid: sum(of.paid),
            late: sum(of.late),
            cash: sum(of.cash),
            refunded: sum(of.refunded),
            cash_refunded: sum(of.cash_refunded),
        }
    }
}

pub(crate) fn share(of: &Share, currency: Currency) -> Sums {
    Sums::of(of.name.clone(), &of.totals, currency)
}

impl From<LocalDay> for TillDay {
    fn from(day: LocalDay) -> Self {
        let shares = |of: &[Share]| of.iter().map(|one| share(one, day.currency)).collect();
        let all = saoma_engine::Totals {
            paid: day.paid,
            late: day.late,
            cash: day.cash,
            refunded: day.refunded,
            cash_refunded: day.cash_refunded,
        };
        Self {
            unproven: totals(day.unproven.count, day.unproven.amount, day.currency),
            totals: DayTotals {
                sums: Sums::of(String::new(), &all, day.currency),
                methods: shares(&day.methods),
                stores: shares(&day.stores),
                people: shares(&day.people),
                currency: day.currency.to_string(),
                live: day.live,
                date: day.date,
            },
        }
    }
}

impl From<Day> for MerchantDay {
    fn from(day: Day) -> Self {
        let sum = |total: Total| totals(total.count, total.amount, day.currency);
        let none = || totals(0, 0, day.currency);
        let of_method = |one: saoma_engine::contract::MethodTotal| Sums {
            name: one.method,
            paid: sum(one.total),
            late: none(),
            cash: none(),
            refunded: none(),
            cash_refunded: none(),
        };
        let named = |name: String, sums: DaySums| Sums {
            name,
            paid: sum(sums.paid),
            late: sum(sums.late),
            cash: sum(sums.cash),
            refunded: sum(sums.refunded),
            cash_refunded: sum(sums.cash_refunded),
        };
        let all = DaySums {
            paid: day.paid,
            late: day.late,
            cash: day.cash,
            refunded: day.refunded,
            cash_refunded: day.cash_refunded,
        };
        let person = |one: PersonSums| {
            named(one.person.map(|person| person.to_string()).unwrap_or_default(), one.sums)
        };
        Self {
            unproven: sum(day.unproven),
            totals: DayTotals {
                sums: named(String::new(), all),
                methods: day.methods.into_iter().map(of_method).collect(),
                stores: day.stores.into_iter().map(|one| named(one.store.to_string(), one.sums)).collect(),
                people: day.people.into_iter().map(person).collect(),
                currency: day.currency.to_string(),
                live: day.live,
                date: day.date,
            },
            mismatched: day.mismatched,
            as_of: moment(day.as_of),
        }
    }
}
