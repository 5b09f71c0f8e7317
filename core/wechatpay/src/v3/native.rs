//! The Native order: WeChat Pay gives a text for a QR code, the customer scans it (WeChat Pay protocol B.2).

use std::net::IpAddr;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{
    Appid, Call, CallError, CallName, Currency, Description, Fen, FieldError, Mchid, NotifyUrl, OutTradeNo,
    Text, Verified, answer, time,
};
use crate::keys::Verifier;

const PATH: &str = "/v3/pay/transactions/native";

/// An order to open. [`Order::body`] is to be stored before it is sent: the same number may only ever be sent with the
/// same bytes (WeChat Pay protocol B.2.1, D.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// App id bound to the merchant number; a Native order needs one too.
    pub appid: Appid,
    /// The merchant number, the same that signs.
    pub mchid: Mchid,
    /// What the customer sees on the result page.
    pub description: Description,
    /// The merchant's order number, unique for ever under this merchant number.
    pub out_trade_no: OutTradeNo,
    /// The last moment at which the customer can pay: WeChat Pay raises it to one minute, lowers it to 90 days, and
    /// takes 7 days when absent. Only the first call of a number sets it. Sent in whole seconds (B.2.3).
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::optional")]
    pub time_expire: Option<Timestamp>,
    /// Returned with the paid order; not shown to the customer. No secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<Text<128>>,
    /// Where the payment is notified.
    pub notify_url: NotifyUrl,
    /// Promotion tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<Text<32>>,
    /// Opens the entry for electronic invoices; needs that product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_fapiao: Option<bool>,
    /// What is to be paid.
    pub amount: Amount,
    /// For promotions on single goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Where the sale takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene_info: Option<SceneInfo>,
    /// How it is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl Order {
    /// An order with what is required and nothing else.
    #[must_use]
    pub fn new(
        appid: Appid,
        mchid: Mchid,
        description: Description,
        out_trade_no: OutTradeNo,
        notify_url: NotifyUrl,
        amount: Amount,
    ) -> Self {
        Self {
            appid,
            mchid,
            description,
            out_trade_no,
            time_expire: None,
            attach: None,
            notify_url,
            goods_tag: None,
            support_fapiao: None,
            amount,
            detail: None,
            scene_info: None,
            settle_info: None,
        }
    }

    /// The exact bytes to store, sign and send.
    #[must_use]
    pub fn body(&self) -> Bytes {
        serde_json::to_vec(self).expect("an order holds nothing that JSON cannot").into()
    }
}

/// What the customer is to pay: at least one fen (B.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    #[serde(deserialize_with = "at_least_one")]
    total: Fen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

impl Amount {
    /// An amount in yuan, counted in fen.
    ///
    /// # Errors
    /// When it is zero.
    pub fn cny(total: Fen) -> Result<Self, FieldError> {
        if total.get() < 1 {
            return Err(FieldError::new("amount.total", "must be at least 1 fen"));
        }
        Ok(Self { total, currency: Some(Currency::Cny) })
    }

    /// The amount in fen.
    #[must_use]
    pub fn total(&self) -> Fen {
        self.total
    }

    /// The currency; absent means yuan.
    #[must_use]
    pub fn currency(&self) -> &Currency {
        self.currency.as_ref().unwrap_or(&Currency::Cny)
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fen, D::Error> {
    let total = Fen::deserialize(deserializer)?;
    Amount::cny(total).map(|amount| amount.total).map_err(|error| D::Error::custom(error.problem))
}

/// The goods of an order, for promotions on single goods (B.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Price of the whole receipt, for receipts paid in several orders; if it differs from the amount, promotions do
    /// not apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_price: Option<Fen>,
    /// The merchant's receipt number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<Text<32>>,
    /// The goods; left out when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods_detail: Vec<Goods>,
}

/// One kind of goods in an order (B.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// The merchant's number of the goods: letters, digits, `_` and `-`.
    pub merchant_goods_id: Text<32>,
    /// WeChat Pay's number of the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_goods_id: Option<Text<32>>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<Text<256>>,
    /// How many, at least one.
    pub quantity: std::num::NonZeroU32,
    /// Price of one.
    pub unit_price: Fen,
}

/// Where the sale takes place (B.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneInfo {
    /// Address of the customer's device; for a Native order the till's or the server's is taken too.
    pub payer_client_ip: IpAddr,
    /// The till's number: letters and digits; comes back in a query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Text<32>>,
    /// The shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_info: Option<StoreInfo>,
}

/// A shop (B.2.1). The vendor's page demands only `id`, its published schema all but `id`: so all four are demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreInfo {
    /// The shop's number.
    pub id: Text<32>,
    /// Its name.
    pub name: Text<256>,
    /// Its administrative division code, such as `440305`.
    pub area_code: Text<32>,
    /// Its address.
    pub address: Text<512>,
}

/// How an order is settled (B.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleInfo {
    /// Whether the money is frozen for profit sharing.
    pub profit_sharing: bool,
}

/// The call that opens an order, or, with the same bytes once more, gets it a fresh code; the former code then stops
/// working (B.2.2).
///
/// `body` is what [`Order::body`] gave for this merchant number, as it was stored.
#[must_use]
pub fn call(mchid: &Mchid, body: Bytes) -> Call {
    Call::post(CallName::NativeOrder, mchid, PATH, body)
}

/// Reads the answer to an order.
///
/// # Errors
/// When WeChat Pay refused, or the answer is not verifiably WeChat Pay's.
pub fn read(
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Opened>, CallError> {
    answer::read(CallName::NativeOrder, response, now, keys)
}

/// An order that WeChat Pay opened (B.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// What to draw as a QR code; works for two hours, or until a newer one is given for the same order.
    pub code_url: CodeUrl,
}

/// The text of a Native QR code: `weixin://` and visible ASCII, up to 512 bytes. Not to be taken apart (B.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CodeUrl(String);

impl CodeUrl {
    /// Checks a text.
    ///
    /// # Errors
    /// When it does not begin with `weixin://`, is longer than 512 bytes, or holds other than visible ASCII.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let is_code = text.len() <= 512
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && text.strip_prefix("weixin://").is_some_and(|rest| !rest.is_empty());
        if is_code {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError::new("code_url", "must be weixin:// and up to 512 visible ASCII characters"))
        }
    }

    /// The text, to be put into the QR code unchanged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CodeUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(|error| D::Error::custom(error.problem))
    }
}
