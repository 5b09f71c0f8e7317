//! Cash: attested by the person who took it, never in the words of proof.

use serde::{Deserialize, Serialize};

use crate::{AttemptNo, Time};

/// The channel of cash in [`Payment::channel`](crate::Payment::channel) and [`NewRefund::channel`](crate::NewRefund::channel);
/// its transaction id is the order's number.
pub const CASH_CHANNEL: &str = "cash";

/// `POST /v1/orders/{order_no}/cash`: the order's whole amount was taken in cash. It is recorded as an attested payment,
/// whatever the order's state: the money is in the drawer. An open attempt is closed; money that comes by its code
/// meanwhile is late money. A repeat answers the order as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakeCash {
    /// The attempt whose code the till showed last; absent if it showed none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptNo>,
    /// When the cash was taken, by the phone's reckoning of the server's time.
    pub taken_at: Time,
}

/// Cash for an order that the backend has not seen yet; brought with it, so that no code is ever made for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashTaken {
    /// When the cash was taken, by the phone's reckoning of the server's time.
    pub taken_at: Time,
}
