//! The calls of API v1 beside orders: their paths and small bodies.

use serde::{Deserialize, Serialize};

use crate::{AttemptNo, CashTaken, Cursor, Jws, Order, Time};

/// The paths of API v1. Every path but `/v1/time`, `/v1/health` and `/v1/pairings` needs a request signed by a paired device.
pub mod path {
    use crate::{DeviceId, FindingId, OrderNo, RefundNo, StaffId};

    /// `GET`: the server's time, features and limits. Unsigned.
    pub const TIME: &str = "/v1/time";
    /// `GET`: whether the backend works. Unsigned.
    pub const HEALTH: &str = "/v1/health";
    /// `POST`: a link for one more device.
    pub const PAIRING_CODES: &str = "/v1/pairing-codes";
    /// `POST`: pairs a device; signed by the key it brings.
    pub const PAIRINGS: &str = "/v1/pairings";
    /// `GET`: the device's bundle again.
    pub const BUNDLE: &str = "/v1/bundle";
    /// `GET`: the merchant's keys.
    pub const KEYS: &str = "/v1/keys";
    /// `GET`: what changed since `after`.
    pub const CHANGES: &str = "/v1/changes";
    /// `GET`: the same as server-sent events.
    pub const STREAM: &str = "/v1/stream";

    /// `POST` signs a person in on this device, `DELETE` signs out.
    pub const SESSIONS: &str = "/v1/sessions";
    /// `GET`: who may sign in; `POST` adds a person.
    pub const PEOPLE: &str = "/v1/people";
    /// `GET`: the merchant's devices.
    pub const DEVICES: &str = "/v1/devices";
    /// `GET`: who did what.
    pub const AUDIT: &str = "/v1/audit";

    /// `POST`: changes a person.
    pub fn person(person: &StaffId) -> String {
        format!("/v1/people/{person}")
    }

    /// `POST`: revokes a device.
    pub fn revoke(device: &DeviceId) -> String {
        format!("/v1/devices/{device}/revoke")
    }

    /// `PUT` creates, `GET` reads.
    pub fn order(order_no: &OrderNo) -> String {
        format!("/v1/orders/{order_no}")
    }

    /// `POST`: ends the named attempt and opens the next.
    pub fn refresh(order_no: &OrderNo) -> String {
        format!("/v1/orders/{order_no}/refresh")
    }

    /// `POST`: ends the order after the named attempt.
    pub fn close(order_no: &OrderNo) -> String {
        format!("/v1/orders/{order_no}/close")
    }

    /// `POST`: asks the channel now.
    pub fn check(order_no: &OrderNo) -> String {
        format!("/v1/orders/{order_no}/check")
    }

    /// `POST`: charges the customer's payment code.
    pub fn charge(order_no: &OrderNo) -> String {
        format!("/v1/orders/{order_no}/charge")
    }

    /// `POST`: records that the order was paid in cash.
    pub fn cash(order_no: &OrderNo) -> String {
        format!("/v1/orders/{order_no}/cash")
    }

    /// `PUT`: gives money back.
    pub fn refund(order_no: &OrderNo, refund_no: &RefundNo) -> String {
        format!("/v1/orders/{order_no}/refunds/{refund_no}")
    }

    /// `POST`: a manager has an abnormal refund paid to the merchant's own account.
    pub fn refund_to_merchant(order_no: &OrderNo, refund_no: &RefundNo) -> String {
        format!("/v1/orders/{order_no}/refunds/{refund_no}/to-merchant")
    }

    /// `POST`: a manager says yes or no to a refund.
    pub fn decide_refund(order_no: &OrderNo, refund_no: &RefundNo) -> String {
        format!("/v1/orders/{order_no}/refunds/{refund_no}/decide")
    }

    /// `POST`: a manager keeps late money. The number must be of letters and digits, as all known channels' are.
    pub fn accept_payment(order_no: &OrderNo, transaction_id: &str) -> String {
        format!("/v1/orders/{order_no}/payments/{transaction_id}/accept")
    }

    /// `GET`: several days' totals, from one day to another, both counted.
    pub fn days(from: &str, until: &str) -> String {
        format!("/v1/days?from={from}&until={until}")
    }

    /// `GET`: the same as a table for spreadsheets.
    pub fn days_csv(from: &str, until: &str) -> String {
        format!("/v1/days.csv?from={from}&until={until}")
    }

    /// `GET`: a day's totals; the date as `2026-08-01`.
    pub fn day(date: &str) -> String {
        format!("/v1/days/{date}")
    }

    /// `GET`: a day's sales and refunds as a table for spreadsheets.
    pub fn sales_csv(date: &str) -> String {
        format!("/v1/days/{date}/sales.csv")
    }

    /// `GET`: how a day's books agree with the channel's bill. The query's `limit` is the most findings told, those that
    /// nobody settled first; all that are kept if absent.
    pub fn reconciliation(date: &str) -> String {
        format!("/v1/days/{date}/reconciliation")
    }

    /// `POST`: a manager explains a finding. It answers the day and takes a `limit` like [`reconciliation`].
    pub fn settle_finding(date: &str, finding: &FindingId) -> String {
        format!("/v1/days/{date}/reconciliation/{finding}/settle")
    }
}

/// `PUT /v1/orders/{order_no}`: an order as its device signed it. The same number with the same signed bytes answers the
/// same order again; with other bytes it is a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateOrder {
    /// The signed order, byte for byte as first made: a compact JWS whose header is `alg` `ES256`, `typ` `saoma-order` and
    /// the device's id as `kid`, and whose payload is an `OrderBody`.
    pub order: Jws,
    /// Statements that the device holds about it, when it offers an order again after the ledger's loss: at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Jws>,
    /// Cash that was taken for it before the backend saw it. A repeat may bring it later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<CashTaken>,
}

/// `POST …/refresh`: ends the named attempt and opens the next one, once the end is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefreshOrder {
    /// The attempt that ends. It must be the order's last; repeating a refresh that was done answers the order as it is.
    pub attempt: AttemptNo,
}

/// `POST …/close`: ends the order. Of an unknown number it records that the number is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloseOrder {
    /// The attempt that ends; it must be the order's last. 1 for a number whose order may never have arrived.
    pub attempt: AttemptNo,
}

/// `POST …/check`: asks the channel now, at most once a second for each attempt. Its body is an empty object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckOrder {}

/// `GET /v1/changes?after=CURSOR&limit=N`: a page of the orders that changed, each once, as they are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changes {
    /// Orders in the order of their last change.
    pub orders: Vec<Order>,
    /// Where to go on.
    pub cursor: Cursor,
    /// Whether there are more now.
    pub more: bool,
    /// Which life of the ledger this is. When it is another than before, offer the orders of the last 8 days again.
    pub epoch: u64,
}

/// The last event of `GET /v1/stream`, named `end`. Orders come as events named `order` whose id is a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamEnd {
    /// Why it ends: `age` (15 minutes), `rights` (revoked, or another role) or `stopping`.
    pub reason: String,
}

/// `GET /v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysAnswer {
    /// The newest `keys` statement: a compact JWS whose header is `alg` `ES256`, `typ` `saoma-statement` and `kid` `root`, and
    /// whose payload is a `KeysStatement`.
    pub keys: Jws,
}

/// `GET /v1/time`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerTime {
    /// Now.
    pub time: Time,
    /// Which life of the ledger this is.
    pub epoch: u64,
    /// What the backend can do: `orders`, `stream`, `days`, `pairing`, `people`, `refunds`, `charge`, `cash`. A device sends
    /// only what is listed.
    pub features: Vec<String>,
    /// Limits of the calls.
    pub limits: ServerLimits,
}

/// Limits of the calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerLimits {
    /// Most bytes of a request's body.
    pub body_bytes_max: u32,
    /// Most orders of a page of changes.
    pub page_max: u32,
    /// Most requests of one device in a minute.
    pub requests_per_minute: u32,
}

/// `GET /v1/health`: whether the backend works, for whoever watches over it. It names no order, device or merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok`, or `failing` (with status 503) when the ledger cannot be read.
    pub status: String,
    /// The backend's version.
    pub version: String,
    /// Now.
    pub time: Time,
    /// When the last verified notification came since this start.
    pub notified_at: Option<Time>,
    /// Attempts about which something is still to be done.
    pub waiting: u64,
    /// When the next of them falls due; in the past if the backend is behind.
    pub next_due_at: Option<Time>,
}
