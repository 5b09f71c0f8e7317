//! The day: what was paid and given back, by method, store and person.

use serde::{Deserialize, Serialize};

use crate::{Currency, StaffId, StoreId, Time};

/// Most days that are told at once.
pub const DAYS_MAX: usize = 92;

/// `GET /v1/days/{date}`: what was paid on a day of the merchant's, by the channel's time of payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Day {
    /// The day, as `2026-08-01`.
    pub date: String,
    /// Real money, or play money.
    pub live: bool,
    /// The currency of all sums.
    pub currency: Currency,
    /// Everything paid with proof, late money too; cash stands apart.
    pub paid: Total,
    /// How much of it was late money.
    pub late: Total,
    /// The same by method.
    pub methods: Vec<MethodTotal>,
    /// Cash, attested by those who took it.
    #[serde(default)]
    pub cash: Total,
    /// What was given back that day with proof, by the channel's time, of payments of any day. Not taken from `paid`.
    #[serde(default)]
    pub refunded: Total,
    /// Cash given back that day, attested. Not taken from `cash`.
    #[serde(default)]
    pub cash_refunded: Total,
    /// Orders frozen because their money does not match; none of it is in the sums.
    pub mismatched: u32,
    /// Orders that were brought that day and of which it is not known yet whether they are paid; none of it is in the sums.
    #[serde(default)]
    pub unproven: Total,
    /// The same by store, by id: those that the caller sees.
    #[serde(default)]
    pub stores: Vec<StoreSums>,
    /// The same by person, by id: payments by who rang the order up, refunds by who asked for them. What was done with nobody
    /// signed in comes first, without a person.
    #[serde(default)]
    pub people: Vec<PersonSums>,
    /// When this was added up.
    pub as_of: Time,
}

/// A sum and how many payments it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Total {
    /// Payments.
    pub count: u32,
    /// Minor units.
    pub amount: i64,
}

/// A method's share of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MethodTotal {
    /// The method, such as `wechatpay_qr`.
    pub method: String,
    /// What was paid by it.
    #[serde(flatten)]
    pub total: Total,
}

/// `GET /v1/days?from=…&until=…`: several days in a row, the first first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Days {
    /// The days, whether or not anything happened on them.
    pub days: Vec<Day>,
}

/// What is proven and what is attested stand apart, and refunds are not taken from what was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DaySums {
    /// Everything paid with proof, late money too.
    pub paid: Total,
    /// How much of it was late money.
    pub late: Total,
    /// Cash, attested.
    pub cash: Total,
    /// What was given back with proof.
    pub refunded: Total,
    /// Cash given back, attested.
    pub cash_refunded: Total,
}

/// A store's share of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreSums {
    /// The store.
    pub store: StoreId,
    /// Its sums.
    #[serde(flatten)]
    pub sums: DaySums,
}

/// A person's share of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonSums {
    /// Who; none for what was done with nobody signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<StaffId>,
    /// Their sums.
    #[serde(flatten)]
    pub sums: DaySums,
}
