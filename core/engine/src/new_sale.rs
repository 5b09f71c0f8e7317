//! What a cashier rings up, checked field by field and made into an order.

use saoma_contract::{
    Amount, Bundle, CASH_CHANNEL, ClockTrust, LIFE_S, LINES_MAX, Line, Method, NewRefund, OrderBody, OrderNo,
    Origin, StaffId, Time,
};

use crate::error::TillError;

/// A sale as the app hands it over: plain values, checked by [`charge`](crate::Till::charge).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSale {
    /// Minor units (fen), more than zero.
    pub amount: i64,
    /// What the customer reads: 1–127 bytes of UTF-8, no emoji, no control characters.
    pub description: String,
    /// What the cashier notes: 1–500 bytes; it never leaves the merchant.
    pub note: Option<String>,
    /// What a plain amount is about: 1–64 bytes. With lines, each has its own.
    pub reference: Option<String>,
    /// The parts, if there are several; they add up to the amount.
    pub lines: Vec<NewLine>,
    /// What may be open only once: a waybill, a table and its round. 1–64 bytes.
    pub business_key: Option<String>,
    /// Whether the till scans the customer's payment code, instead of showing a code of its own.
    pub by_code: bool,
    /// Whether it was paid in cash on the spot: no code is ever made for it.
    pub in_cash: bool,
    /// How long the code lives, in seconds, 60 to 6,600; the merchant's usual time if absent.
    pub life_s: Option<u32>,
}

/// A part of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Minor units, more than zero.
    pub amount: i64,
    /// What it is about: 1–64 bytes.
    pub reference: Option<String>,
}

impl NewSale {
    /// The order of this sale.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn order(
        &self,
        order_no: OrderNo,
        bundle: &Bundle,
        made_at: Time,
        clock: ClockTrust,
        staff: Option<&StaffId>,
    ) -> Result<OrderBody, TillError> {
        if self.by_code && self.in_cash {
            return Err(TillError::field(
                "in_cash",
                "must not be set for a sale paid by the customer's code",
            ));
        }
        let currency = bundle.merchant.currency;
        Amount::from_minor(self.amount, currency).map_err(|error| TillError::field("amount", error))?;
        if self.amount > bundle.limits.amount_max {
            let most = Amount::print_minor(bundle.limits.amount_max, currency);
            return Err(TillError::field(
                "amount",
                format!("must be at most {most} {currency} on this device"),
            ));
        }
        if !self.lines.is_empty() && self.reference.is_some() {
            return Err(TillError::field("reference", "must be given with each line when there are lines"));
        }
        if self.lines.len() > LINES_MAX {
            return Err(TillError::field(
                "lines",
                format!("must be at most {LINES_MAX}, are {}", self.lines.len()),
            ));
        }
        let plain = [NewLine { amount: self.amount, reference: self.reference.clone() }];
        let lines = if self.lines.is_empty() { &plain[..] } else { &self.lines };
        let lines = lines.iter().zip(1u32..).map(|(line, no)| {
            let field = if self.lines.is_empty() {
                "reference".to_owned()
            } else {
                format!("lines[{}].reference", no - 1)
            };
            Ok(Line { no, amount: line.amount, reference: text(field, line.reference.as_deref())? })
        });
        let body = OrderBody {
            merchant: bundle.merchant.id.clone(),
            store: bundle.store.id.clone(),
            device: bundle.device.clone(),
            staff: staff.cloned(),
            origin: Origin::Till,
            order_no,
            amount: self.amount,
            currency,
            lines: lines.collect::<Result<_, TillError>>()?,
            business_key: text("business_key", self.business_key.as_deref())?,
            description: self.description.parse().map_err(|error| TillError::field("description", error))?,
            note: text("note", self.note.as_deref())?,
            method: if self.by_code { Method::WechatpayCode } else { Method::WechatpayQr },
            life_s: self.life_s.unwrap_or_else(|| bundle.limits.life_s.clamp(*LIFE_S.start(), *LIFE_S.end())),
            made_at,
            clock,
        };
        body.check()?;
        Ok(body)
    }

    /// Whether an order that was made before is this very sale: a second tap on the same button.
    pub fn is_same(&self, made: &OrderBody, again: &OrderBody) -> bool {
        let again = OrderBody {
            merchant: made.merchant.clone(),
            store: made.store.clone(),
            device: made.device.clone(),
            // Another person may finish what one began.
            staff: made.staff.clone(),
            life_s: if self.life_s.is_some() { again.life_s } else { made.life_s },
            made_at: made.made_at,
            clock: made.clock,
            ..again.clone()
        };
        again == *made
    }
}

/// Money to be given back, as the app hands it over: plain values, checked by [`refund`](crate::Till::refund).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRefundWish {
    /// The payment's channel; `wechatpay` if empty.
    pub channel: String,
    /// The payment's number there: `ShownPayment.transaction_id`.
    pub transaction_id: String,
    /// Minor units, more than zero and at most what is left of the payment.
    pub amount: i64,
    /// Why; the customer reads it.
    pub reason: String,
}

impl NewRefundWish {
    /// The payment's channel.
    ///
    /// # Errors
    /// If there is no such channel.
    pub(crate) fn channel(&self) -> Result<&str, TillError> {
        match self.channel.as_str() {
            "" => Ok("wechatpay"),
            channel @ ("wechatpay" | CASH_CHANNEL) => Ok(channel),
            _ => Err(TillError::field("channel", "must be wechatpay or cash")),
        }
    }

    /// The call's body.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(crate) fn checked(self, currency: saoma_contract::Currency) -> Result<NewRefund, TillError> {
        let channel = self.channel()?.to_owned();
        let reason = self.reason.parse().map_err(|error| TillError::field("reason", error))?;
        let refund =
            NewRefund { channel, transaction_id: self.transaction_id, amount: self.amount, currency, reason };
        refund.check()?;
        Ok(refund)
    }
}

fn text<T>(field: impl Into<String>, text: Option<&str>) -> Result<Option<T>, TillError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.map(str::parse).transpose().map_err(|error| TillError::field(field, error))
}
