//! An order as the merchant's calls see it: placing it (again), closing it, what a query tells.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Rate, charge::Returned};

/// Life of an order without `time_expire`, and when WeChat Pay closes an unpaid one (WeChat Pay protocol B.2.3, B.5).
pub(super) const LIFE_DEFAULT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An earlier `time_expire` is raised to this (B.2.3).
pub(super) const LIFE_MIN: SignedDuration = SignedDuration::from_mins(1);
/// A later `time_expire` is lowered to this (B.2.3).
pub(super) const LIFE_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Life of a `code_url` (B.2.2).
const CODE_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// How long a customer who was at the password page before the deadline can still finish. The sources only say "a
/// little later" (B.2.3). How long the customer of a payment code is asked for the password, too.
const PASSWORD_GRACE: SignedDuration = SignedDuration::from_mins(5);

/// The language an order was made in: that of its notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spoken {
    #[default]
    V3,
    V2Md5,
    V2HmacSha256,
}

/// The sub-merchant that a service provider acts for (B.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sub {
    pub(crate) mchid: String,
    pub(crate) appid: Option<String>,
}

/// What the merchant asked for. Two calls with one number are the same order only if all of it is equal (D.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) description: String,
    pub(crate) out_trade_no: String,
    pub(crate) notify_url: String,
    /// In fen.
    pub(crate) total: i64,
    pub(crate) currency: String,
    pub(crate) time_expire: Option<Timestamp>,
    pub(crate) attach: Option<String>,
    pub(crate) device_id: Option<String>,
    #[serde(default)]
    pub(crate) sub: Option<Sub>,
    #[serde(default)]
    pub(crate) spoken: Spoken,
    /// Everything else that was asked, which the double only compares.
    pub(crate) rest: serde_json::Value,
}

impl Terms {
    /// Whose money it is: the sub-merchant's, if there is one.
    pub(crate) fn account(&self) -> &str {
        self.sub.as_ref().map_or(&self.mchid, |sub| &sub.mchid)
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) terms: Terms,
    pub(crate) created_at: Timestamp,
    /// The last moment at which it can be paid.
    pub(crate) expires_at: Timestamp,
    /// The newest code. Earlier ones stopped working when it was made (B.2.2). None, if the customer's payment code pays.
    pub(crate) code: Option<Code>,
    /// The account that scanned first; no other can pay (B.2.2).
    pub(crate) scanned_by: Option<String>,
    pub(crate) state: State,
    /// What WeChat Pay takes of a payment.
    #[serde(default)]
    pub(crate) rate: Rate,
}

/// A code that leads to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) token: String,
    pub(crate) issued_at: Timestamp,
}

impl Code {
    const PREFIX: &str = "weixin://wxpay/bizpayurl?pr=";

    pub(crate) fn url(&self) -> String {
        format!("{}{}", Self::PREFIX, self.token)
    }

    /// The token within a `code_url`.
    pub(crate) fn token_of(code_url: &str) -> Option<&str> {
        code_url.trim().strip_prefix(Self::PREFIX)
    }

    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        now < self.issued_at + CODE_LIFE
    }
}

/// How far an order has come (B.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum State {
    /// Not paid; perhaps the customer is at the password page just now.
    Unpaid {
        customer_is_paying: bool,
    },
    Paid {
        transaction_id: String,
        payer: String,
        at: Timestamp,
        /// A refund exists, however small and whatever became of it (B.8.5).
        #[serde(default)]
        is_refunded: bool,
    },
    Closed {
        at: Timestamp,
    },
    /// A payment code was charged in vain.
    Failed {
        at: Timestamp,
    },
    /// A charge of a payment code was taken back.
    Reversed {
        at: Timestamp,
        returned: Option<Returned>,
    },
}

/// Why an order cannot be placed (again).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceRefused {
    Paid,
    Closed,
    Expired,
    OtherTerms,
}

/// Why an order cannot be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseRefused {
    Paid,
    CustomerIsPaying,
    /// A charge of a payment code is reversed, not closed (D.3.2).
    IsCharge,
}

impl Order {
    /// Places an order, or asks for a fresh code of one that stands (D.5).
    ///
    /// # Errors
    /// When the number is used up, or was first used with other terms.
    pub(crate) fn place(
        standing: Option<Self>,
        terms: Terms,
        token: String,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Self, PlaceRefused> {
        let code = Code { token, issued_at: now };
        let Some(standing) = standing else {
            let life = match terms.time_expire {
                Some(time) => time.duration_since(now).clamp(LIFE_MIN, LIFE_MAX),
                None => LIFE_DEFAULT,
            };
            let state = State::Unpaid { customer_is_paying: false };
            return Ok(Self {
                terms,
                created_at: now,
                expires_at: now + life,
                code: Some(code),
                scanned_by: None,
                state,
                rate,
            });
        };
        let standing = standing.at(now);
        match standing.state {
            State::Paid { .. } => Err(PlaceRefused::Paid),
            State::Closed { .. } | State::Reversed { .. } => Err(PlaceRefused::Closed),
            State::Failed { .. } => Err(PlaceRefused::OtherTerms),
            State::Unpaid { .. } if standing.is_expired(now) => Err(PlaceRefused::Expired),
            State::Unpaid { .. } if standing.terms != terms => Err(PlaceRefused::OtherTerms),
            State::Unpaid { .. } => Ok(Self { code: Some(code), ..standing }),
        }
    }

    /// Closes the order. Closing a closed one changes nothing (B.5).
    ///
    /// # Errors
    /// When it is paid, or its customer is at the password page.
    pub(crate) fn close(self, now: Timestamp) -> Result<Self, CloseRefused> {
        let order = self.at(now);
        match order.state {
            State::Paid { .. } => Err(CloseRefused::Paid),
            _ if order.is_charge() => Err(CloseRefused::IsCharge),
            State::Closed { .. } | State::Failed { .. } | State::Reversed { .. } => Ok(order),
            State::Unpaid { customer_is_paying: true } => Err(CloseRefused::CustomerIsPaying),
            State::Unpaid { customer_is_paying: false } => {
                Ok(Self { state: State::Closed { at: now }, ..order })
            }
        }
    }

    /// The order at a time: what time alone changes has happened. A customer leaves the password page some minutes after
    /// the deadline; WeChat Pay closes what nobody paid (B.5, B.7).
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        if let State::Unpaid { customer_is_paying } = &mut self.state {
            let asked_until = if self.code.is_none() { self.created_at } else { self.expires_at };
            *customer_is_paying &= now < asked_until + PASSWORD_GRACE;
            let closes_at = (self.created_at + LIFE_DEFAULT).max(self.expires_at);
            if now >= closes_at && !*customer_is_paying {
                self.state = State::Closed { at: closes_at };
            }
        }
        self
    }

    /// Whether the last moment to pay is over.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// `trade_type` (B.4.1).
    pub(crate) fn trade_type(&self) -> &'static str {
        if self.is_charge() { "MICROPAY" } else { "NATIVE" }
    }

    /// WeChat Pay's number, which an order has only once it is paid.
    pub(crate) fn transaction_id(&self) -> Option<&str> {
        match &self.state {
            State::Paid { transaction_id, .. }
            | State::Reversed { returned: Some(Returned { transaction_id, .. }), .. } => Some(transaction_id),
            State::Unpaid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Reversed { returned: None, .. } => None,
        }
    }

    /// `trade_state` (B.4.2).
    pub(crate) fn trade_state(&self) -> &'static str {
        match self.state {
            State::Unpaid { customer_is_paying: true } if self.is_charge() => "USERPAYING",
            State::Unpaid { .. } => "NOTPAY",
            State::Paid { is_refunded: true, .. } => "REFUND",
            State::Paid { is_refunded: false, .. } => "SUCCESS",
            State::Closed { .. } => "CLOSED",
            State::Failed { .. } => "PAYERROR",
            State::Reversed { .. } => "REVOKED",
        }
    }
}
