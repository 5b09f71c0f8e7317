//! How a day's books agree with the bank's bill, and what a manager makes of what does not.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Currency, DeviceId, FindingId, Note, OrderNo, RefundNo, StaffId, Time, Total};

/// The most findings that are kept of a day; those beyond it are counted.
pub const FINDINGS_MAX: usize = 10_000;

/// `GET /v1/days/{date}/reconciliation?limit=N`: a day of the bill's zone, held against the channel's bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reconciliation {
    /// The day in the bill's zone, such as `2026-08-01`.
    pub date: String,
    /// Real money, or play money.
    pub live: bool,
    /// The currency of the sums.
    pub currency: Currency,
    /// How far it is.
    pub state: ReconciliationState,
    /// The bill; none while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<BillSeen>,
    /// The movements of the merchant's account; none while they are not there, or the channel does not tell them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funds: Option<FundsSeen>,
    /// Payments that books and bill tell alike.
    pub agreed: Total,
    /// Refunds that books and bill tell alike.
    pub refunds_agreed: Total,
    /// What the channel takes by the bill, in minor units, with what it gives back for refunds subtracted.
    #[serde(default)]
    pub fees: i64,
    /// What does not agree, in the order of the findings' ids: at most [`FINDINGS_MAX`], or as many as were asked for, then
    /// those first that nobody settled.
    pub findings: Vec<Finding>,
    /// Whether more are kept than are told here.
    #[serde(default)]
    pub more: bool,
    /// All that does not agree, those beyond the limit too.
    pub findings_total: u64,
    /// Findings that stand and nobody has settled yet.
    pub open: u64,
    /// Those that stand and are kept, by what differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindCount>,
    /// Why there is no bill yet, or why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// When the bill is asked for next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
    /// When this was true.
    pub as_of: Time,
}

open_enum! {
    /// How far a day's reconciliation is.
    ReconciliationState {
        /// The bill is not there yet; `next_at` says when it is asked for.
        Waiting = "waiting",
        /// The channel has no bill for the day: nothing was traded there.
        NoBill = "no_bill",
        /// Every order and refund agrees.
        Agreed = "agreed",
        /// Something does not agree.
        Findings = "findings",
        /// The bill cannot be had or read; `trouble` says why.
        Failed = "failed",
    }
}

/// The bill that a day was held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BillSeen {
    /// SHA-1 of the uncompressed file, in hexadecimal digits.
    pub sha1: String,
    /// When it was fetched.
    pub fetched_at: Time,
    /// Its rows.
    pub rows: u64,
    /// What is wrong with the bill itself: rows that were refused, sums that its rows do not come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// The movements of the merchant's account on a day (the fund flow bill).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FundsSeen {
    /// SHA-1 of the uncompressed file, in hexadecimal digits.
    pub sha1: String,
    /// When it was fetched.
    pub fetched_at: Time,
    /// What came into the account.
    pub income: Total,
    /// What went out of it.
    pub outgo: Total,
    /// What the account held after the day's last movement, in minor units; absent where the bill does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<i64>,
    /// What is wrong with the bill itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// How many findings of one kind stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindCount {
    /// What differs.
    pub kind: FindingKind,
    /// How many stand.
    pub found: u64,
    /// How many of them nobody has settled yet.
    pub open: u64,
}

open_enum! {
    /// How books and bill differ about one order or refund, or the bill and the account about a whole day.
    FindingKind {
        /// Paid or given back here, but not in the bill.
        MissingInBill = "missing_in_bill",
        /// In the bill, but unknown here.
        UnknownHere = "unknown_here",
        /// The amounts differ.
        AmountDiffers = "amount_differs",
        /// One says paid, the other does not.
        StateDiffers = "state_differs",
        /// A refund's amount, order or state differs.
        RefundDiffers = "refund_differs",
        /// The fee is not the amount times the rate.
        FeeDiffers = "fee_differs",
        /// It belongs to the day before or after, cut at midnight of the bill's zone.
        OtherDay = "other_day",
        /// The day's movements of the account do not come to what the bill comes to; at most one of a day. `ours` is the
        /// bill, `theirs` the account, both with what was given back subtracted.
        FundsDiffer = "funds_differ",
    }
}

/// One thing about which books and bill differ. The same bill and the same books give the same findings with the same ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Its id, which is the same whenever the same thing is found.
    pub id: FindingId,
    /// What differs.
    pub kind: FindingKind,
    /// The number at the channel: of the attempt, as the bill or the books have it.
    pub out_trade_no: String,
    /// The refund's number at the channel, for a finding about a refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<String>,
    /// The order here, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<OrderNo>,
    /// The refund here, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_no: Option<RefundNo>,
    /// What the books say; none where they say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<FindingSide>,
    /// What the bill says; none where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<FindingSide>,
    /// What the channel said when it was asked about it; none if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<FindingSide>,
    /// When it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Time>,
    /// What it means, for people.
    pub detail: String,
    /// When it was first found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_at: Option<Time>,
    /// Whether the last comparison no longer found it: the books were changed by proof meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Who settled it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

/// What one side says of an order or refund.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingSide {
    /// Minor units; absent where this side names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The state, in this side's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// When it was paid or given back, as this side says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// The payment's number at the channel, as this side says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The fee in yuan with up to five decimals: what the bill takes, or what the rate comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    /// The line of the bill, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The day of that bill, where it is the neighbouring day's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// Who settled a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settled {
    /// When.
    pub at: Time,
    /// On which device.
    pub by: DeviceId,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Why.
    pub reason: Note,
}

/// `POST /v1/days/{date}/reconciliation/{finding}/settle`: a manager explains a finding. Nothing else is changed by it.
/// Settling again with the same reason answers the same; with another reason it is a conflict (`other_bytes`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettleFinding {
    /// Why it is as it is.
    pub reason: Note,
}
