//! The customer's payment code: charging it, and taking a charge back (WeChat Pay protocol B.11, C.9, C.10).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Order, Rate, State, Terms,
    order::{LIFE_DEFAULT, LIFE_MAX, LIFE_MIN},
};

/// How long a payment code can be used (B.11.1).
pub(crate) const CODE_LIFE: SignedDuration = SignedDuration::from_mins(1);
/// From here on the customer must type the password, in fen. Sources name 1000 yuan and 3000 (B.11.1).
const PASSWORD_FROM: i64 = 100_000;
/// How long after a charge it must not be reversed (C.9.1). Here that holds while the customer is at the password page:
/// it is then that reversing was seen to fail.
const NO_REVERSE_FOR: SignedDuration = SignedDuration::from_secs(15);
/// How long a charge can be reversed (C.10).
const REVERSE_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A payment code, and the customer behind it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PaymentCode {
    pub(crate) auth_code: String,
    pub(crate) openid: String,
    /// The only merchant that can charge it, if there is one.
    pub(crate) mchid: Option<String>,
    /// What the customer has, in fen; enough for everything if absent.
    pub(crate) balance: Option<i64>,
    /// Whether the customer must type the password; by the amount if absent.
    pub(crate) password: Option<bool>,
    pub(crate) issued_at: Timestamp,
    /// The order it was used for. It serves one order, once.
    pub(crate) used_for: Option<UsedFor>,
}

/// The order a payment code was used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UsedFor {
    pub(crate) mchid: String,
    pub(crate) out_trade_no: String,
}

/// What came of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charged {
    Paid,
    /// The customer is asked for the password.
    EnterPassword,
    /// The customer's money is short.
    NotEnough,
}

/// Why a payment code is not charged. Nothing has happened then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeRefused {
    Paid,
    Closed,
    Reversed,
    /// The number was used for something else.
    NumberUsed,
    CodeUnknown,
    CodeUsed,
    CodeExpired,
}

/// Why a charge is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReverseRefused {
    /// It is no charge of a payment code, or part of it was refunded.
    OtherState,
    CustomerIsPaying,
    TooLate,
}

/// A payment that was given back in full by a reversal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Returned {
    pub(crate) transaction_id: String,
    pub(crate) payer: String,
    pub(crate) paid_at: Timestamp,
    pub(crate) refund_id: String,
}

impl PaymentCode {
    /// Whether a text has the shape of a payment code (B.11.1).
    pub(crate) fn is_shaped(text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.len() == 18
            && bytes.iter().all(u8::is_ascii_digit)
            && bytes[0] == b'1'
            && (b'0'..=b'5').contains(&bytes[1])
    }

    fn asks_for_password(&self, total: i64) -> bool {
        self.password.unwrap_or(total >= PASSWORD_FROM)
    }
}

impl Order {
    /// Charges a payment code, for an order that is made by it. `code` is what was scanned, if it is one of ours.
    ///
    /// # Errors
    /// When the number or the code is used up or unknown.
    pub(crate) fn charge(
        standing: Option<Self>,
        code: Option<PaymentCode>,
        terms: Terms,
        rate: Rate,
        transaction_id: String,
        now: Timestamp,
    ) -> Result<(Self, PaymentCode, Charged), ChargeRefused> {
        let number = UsedFor { mchid: terms.mchid.clone(), out_trade_no: terms.out_trade_no.clone() };
        if let Some(standing) = standing {
            let standing = standing.at(now);
            return match (&standing.state, code) {
                (State::Paid { .. }, _) => Err(ChargeRefused::Paid),
                (State::Closed { .. }, _) => Err(ChargeRefused::Closed),
                (State::Reversed { .. }, _) => Err(ChargeRefused::Reversed),
                (State::Unpaid { customer_is_paying: true }, Some(code))
                    if code.used_for.as_ref() == Some(&number) && standing.terms == terms =>
                {
                    Ok((standing, code, Charged::EnterPassword))
                }
                (State::Unpaid { .. } | State::Failed { .. }, _) => Err(ChargeRefused::NumberUsed),
            };
        }
        let may_charge = |code: &PaymentCode| code.mchid.as_ref().is_none_or(|only| *only == terms.mchid);
        let mut code = code.filter(may_charge).ok_or(ChargeRefused::CodeUnknown)?;
        if code.used_for.is_some() {
            return Err(ChargeRefused::CodeUsed);
        }
        if now >= code.issued_at + CODE_LIFE {
            return Err(ChargeRefused::CodeExpired);
        }
        code.used_for = Some(number);
        let payer = code.openid.clone();
        let (state, charged) = if code.balance.is_some_and(|balance| balance < terms.total) {
            (State::Failed { at: now }, Charged::NotEnough)
        } else if code.asks_for_password(terms.total) {
            (State::Unpaid { customer_is_paying: true }, Charged::EnterPassword)
        } else {
            let paid = State::Paid { transaction_id, payer: payer.clone(), at: now, is_refunded: false };
            (paid, Charged::Paid)
        };
        let life = match terms.time_expire {
            Some(time) => time.duration_since(now).clamp(LIFE_MIN, LIFE_MAX),
            None => LIFE_DEFAULT,
        };
        let order = Self {
            terms,
            created_at: now,
            expires_at: now + life,
            code: None,
            scanned_by: Some(payer),
            state,
            rate,
        };
        Ok((order, code, charged))
    }

    /// Takes a charge back: what is unpaid will never be paid, what is paid goes back in full. Reversing again changes
    /// nothing.
    ///
    /// # Errors
    /// When its state forbids it.
    pub(crate) fn reverse(self, refund_id: String, now: Timestamp) -> Result<Self, ReverseRefused> {
        let order = self.at(now);
        if order.code.is_some() {
            return Err(ReverseRefused::OtherState);
        }
        let age = now.duration_since(order.created_at);
        let returned = match &order.state {
            State::Reversed { .. } => return Ok(order),
            _ if age > REVERSE_WITHIN => return Err(ReverseRefused::TooLate),
            State::Closed { .. } | State::Paid { is_refunded: true, .. } => {
                return Err(ReverseRefused::OtherState);
            }
            State::Unpaid { customer_is_paying: true } if age < NO_REVERSE_FOR => {
                return Err(ReverseRefused::CustomerIsPaying);
            }
            State::Unpaid { .. } | State::Failed { .. } => None,
            State::Paid { transaction_id, payer, at, is_refunded: false } => Some(Returned {
                transaction_id: transaction_id.clone(),
                payer: payer.clone(),
                paid_at: *at,
                refund_id,
            }),
        };
        Ok(Self { state: State::Reversed { at: now, returned }, ..order })
    }

    /// Whether the customer's payment code pays it, and no `code_url`.
    pub(crate) fn is_charge(&self) -> bool {
        self.code.is_none()
    }
}
