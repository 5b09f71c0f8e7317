//! The order as the device signs it: complete in itself, valid whoever brings it.

use serde::{Deserialize, Serialize};

use crate::jws::Jws;
use crate::{
    Amount, AmountError, BusinessKey, Currency, Description, DeviceId, DeviceSigner, FieldError, JwsError,
    MerchantId, Note, OrderNo, PublicKey, Reference, SignerError, StaffId, StoreId, Time, read_request,
};

/// The most lines of one order.
pub const LINES_MAX: usize = 100;

/// How long an attempt may live, in seconds: 1 to 110 minutes, so that it always ends before the two hours of WeChat
/// Pay's own code (WeChat Pay protocol B.2.2) and never under the minute it would be raised to (B.2.3).
pub const LIFE_S: std::ops::RangeInclusive<u32> = 60..=6600;

const TYP: &str = "saoma-order";

/// One thing to be paid, as the phone made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderBody {
    /// Who is paid.
    pub merchant: MerchantId,
    /// Where.
    pub store: StoreId,
    /// Which device rang it up; also the key's name in the signature.
    pub device: DeviceId,
    /// Who rang it up, when someone was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// Where the order comes from.
    pub origin: Origin,
    /// Its number, the idempotency key.
    pub order_no: OrderNo,
    /// Minor units (fen for CNY), 1 to 1,000,000,000; the sum of the lines.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Its parts, 1 to 100; a plain amount is one line.
    pub lines: Vec<Line>,
    /// What may be open only once: a waybill, a table and its round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_key: Option<BusinessKey>,
    /// What the customer reads.
    pub description: Description,
    /// What the cashier noted; it never leaves the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// How it is to be paid.
    pub method: Method,
    /// How long an attempt lives, in seconds, 60 to 6,600, counted from the backend's own send.
    pub life_s: u32,
    /// When it was rung up, by the phone's reckoning of the server's time.
    pub made_at: Time,
    /// How sure the phone is of that time.
    pub clock: ClockTrust,
}

/// A part of an order: a parcel, an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// Its number: 1, 2, 3 … in order.
    pub no: u32,
    /// Minor units, more than zero.
    pub amount: i64,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

/// Where an order comes from. Tickets, pages and bills come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Origin {
    /// Rung up at a till.
    Till,
}

/// How an order is to be paid. Other channels come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Method {
    /// The customer scans a code with WeChat (WeChat Pay Native).
    WechatpayQr,
    /// The till scans the customer's payment code (WeChat Pay code pay). Bringing such an order opens no attempt: `charge`
    /// does.
    WechatpayCode,
}

impl Method {
    /// The method as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WechatpayQr => "wechatpay_qr",
            Self::WechatpayCode => "wechatpay_code",
        }
    }
}

/// How sure the phone was of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ClockTrust {
    /// Reckoned from the server's time since the phone last started.
    Server,
    /// The phone's own wall clock.
    Phone,
}

/// Why a signed order was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Not a signed order, or not this key's.
    #[error("order: {0}")]
    Jws(#[from] JwsError),
    /// A field of the order.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl OrderBody {
    /// The amount with its currency.
    ///
    /// # Errors
    /// If it is zero, negative or too large; never for an order that was checked.
    pub fn total(&self) -> Result<Amount, AmountError> {
        Amount::from_minor(self.amount, self.currency)
    }

    /// Checks what the types alone cannot: amounts, the lines' numbers and sum, the life.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(&self) -> Result<(), FieldError> {
        self.total().map_err(|error| FieldError::new("amount", error))?;
        if self.lines.is_empty() || self.lines.len() > LINES_MAX {
            return Err(FieldError::new(
                "lines",
                format!("must have 1 to {LINES_MAX} lines, has {}", self.lines.len()),
            ));
        }
        let mut sum = 0i64;
        for (index, (line, number)) in self.lines.iter().zip(1u32..).enumerate() {
            if line.no != number {
                return Err(FieldError::new(
                    format!("lines[{index}].no"),
                    format!("must be {number}, is {}", line.no),
                ));
            }
            let amount = Amount::from_minor(line.amount, self.currency)
                .map_err(|error| FieldError::new(format!("lines[{index}].amount"), error))?;
            sum += amount.minor();
        }
        if sum != self.amount {
            return Err(FieldError::new(
                "lines",
                format!("must add up to the amount {}, add up to {sum}", self.amount),
            ));
        }
        if !LIFE_S.contains(&self.life_s) {
            let (from, to) = (LIFE_S.start(), LIFE_S.end());
            return Err(FieldError::new(
                "life_s",
                format!("must be {from} to {to} seconds, is {}", self.life_s),
            ));
        }
        Ok(())
    }
}

/// An order with the signature of the device that rang it up. Its text is kept and compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    jws: Jws,
    body: OrderBody,
}

impl SignedOrder {
    /// Checks and signs an order.
    ///
    /// # Errors
    /// If the order is wrong, or the key store cannot sign.
    pub fn sign(body: OrderBody, signer: &dyn DeviceSigner) -> Result<Self, SignOrderError> {
        body.check()?;
        let jws = Jws::sign(body.device.as_str(), TYP, &body, signer)?;
        Ok(Self { jws, body })
    }

    /// Which device an order says it is from, so that its key can be looked up; nothing is verified yet.
    ///
    /// # Errors
    /// If it is no signed order.
    pub fn device_of(jws: &Jws) -> Result<DeviceId, OrderError> {
        let opened = jws.open(TYP)?;
        DeviceId::try_from(opened.kid).map_err(|error| FieldError::new("order.kid", error).into())
    }

    /// Verifies an order against its device's key and reads it strictly.
    ///
    /// # Errors
    /// If the signature or any field is wrong.
    pub fn verify(jws: Jws, key: &PublicKey) -> Result<Self, OrderError> {
        let body = {
            let opened = jws.open(TYP)?;
            opened.verify(key)?;
            let body: OrderBody = read_request(&opened.payload)?;
            if opened.kid != body.device.as_str() {
                return Err(FieldError::new("device", "must be the device that signed").into());
            }
            body
        };
        body.check()?;
        Ok(Self { jws, body })
    }

    /// What was ordered.
    pub fn body(&self) -> &OrderBody {
        &self.body
    }

    /// The exact signed text.
    pub fn jws(&self) -> &Jws {
        &self.jws
    }
}

/// Why an order could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignOrderError {
    /// A field of the order.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The key store.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::tests::key;
    use serde_json::{Value, json};

    fn order() -> Value {
        json!({
            "merchant": "tea", "store": "s1", "device": "d_1", "origin": "till", "order_no": "01K1J6QYV00000000000000000",
            "amount": 1280, "currency": "CNY",
            "lines": [{"no": 1, "amount": 1000, "reference": "SF123"}, {"no": 2, "amount": 280}],
            "description": "绿豆咖啡-拿铁", "method": "wechatpay_qr", "life_s": 300,
            "made_at": "2026-08-01T02:00:00.000Z", "clock": "server"
        })
    }

    fn verify(order: &Value) -> Result<SignedOrder, OrderError> {
        let jws = Jws::sign("d_1", TYP, order, &key(1)).unwrap();
        SignedOrder::verify(jws, &key(1).public_key())
    }

    #[test]
    fn an_order_survives_signing_and_reading() {
        let signed = verify(&order()).unwrap();
        assert_eq!(signed.body().total().unwrap().to_string(), "12.80");
        assert_eq!(SignedOrder::device_of(signed.jws()).unwrap().as_str(), "d_1");
        let again = SignedOrder::sign(signed.body().clone(), &key(1)).unwrap();
        assert_eq!(SignedOrder::verify(again.jws().clone(), &key(1).public_key()), Ok(again));
    }

    #[test]
    fn another_devices_signature_is_refused() {
        let jws = Jws::sign("d_1", TYP, &order(), &key(2)).unwrap();
        assert_eq!(SignedOrder::verify(jws, &key(1).public_key()), Err(OrderError::Jws(JwsError::Signature)));
        let jws = Jws::sign("d_2", TYP, &order(), &key(1)).unwrap();
        assert!(
            matches!(SignedOrder::verify(jws, &key(1).public_key()), Err(OrderError::Field(error)) if error.field == "device")
        );
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (pointer, value, field) in [
            ("/amount", json!(0), "amount"),
            ("/amount", json!(-1), "amount"),
            ("/amount", json!(1_000_000_001), "amount"),
            ("/amount", json!(12.8), "amount"),
            ("/amount", json!("1280"), "amount"),
            ("/amount", json!(1281), "lines"),
            ("/lines", json!([]), "lines"),
            ("/lines/0/no", json!(2), "lines[0].no"),
            ("/lines/1/amount", json!(0), "lines[1].amount"),
            ("/lines/1/note", json!("x"), "lines[1].note"),
            ("/lines/1", json!({"no": 2}), "lines[1].amount"),
            ("/currency", json!("cny"), "currency"),
            ("/description", json!("a\nb"), "description"),
            ("/description", json!("☕".repeat(43)), "description"),
            ("/order_no", json!("1"), "order_no"),
            ("/life_s", json!(59), "life_s"),
            ("/life_s", json!(6601), "life_s"),
            ("/method", json!("barter"), "method"),
            ("/origin", json!("dream"), "origin"),
            ("/made_at", json!("today"), "made_at"),
            ("/colour", json!("red"), "colour"),
            ("/note", json!(""), "note"),
        ] {
            let mut wrong = order();
            match wrong.pointer_mut(pointer) {
                Some(place) => *place = value,
                None => {
                    let (parent, name) = pointer.rsplit_once('/').unwrap();
                    wrong.pointer_mut(parent).unwrap()[name] = value;
                }
            }
            match verify(&wrong) {
                Err(OrderError::Field(error)) => assert_eq!(error.field, field, "{pointer}: {error}"),
                other => panic!("{pointer}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_sum_of_many_lines_cannot_overflow() {
        let mut many = order();
        many["lines"] = (1..=100).map(|no| json!({"no": no, "amount": 1_000_000_000})).collect();
        assert!(matches!(verify(&many), Err(OrderError::Field(error)) if error.field == "lines"));
        many["lines"] = (1..=101).map(|no| json!({"no": no, "amount": 1})).collect();
        assert!(matches!(verify(&many), Err(OrderError::Field(error)) if error.field == "lines"));
    }
}
