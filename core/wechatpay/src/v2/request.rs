//! Making and signing requests: the fields are made once and kept, nonce and signature are made anew for each sending.

use std::fmt;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request,
    header::{CONTENT_TYPE, USER_AGENT},
    uri::PathAndQuery,
};

use super::{Fields, SIGN_TYPE, SignType, Signing, XmlError, xml::ROOT};
use crate::v3::{Appid, CallerError, Host, Mchid, Nonce, user_agent};

const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// Which call a request makes; what an error means depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallName {
    /// Unified order of the kind `NATIVE`.
    NativeOrder,
    /// Query of an order by either number.
    Query,
    /// Close of an order.
    Close,
    /// Charge of the customer's payment code.
    Micropay,
    /// Reverse of such a charge.
    Reverse,
    /// Refund.
    Refund,
    /// Query of refunds.
    RefundQuery,
    /// Download of a trade bill.
    TradeBill,
    /// Download of a fund flow bill.
    FundFlowBill,
}

impl CallName {
    /// The path, the same in a double of WeChat Pay (WeChat Pay protocol C.3 to C.10).
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::NativeOrder => "/pay/unifiedorder",
            Self::Query => "/pay/orderquery",
            Self::Close => "/pay/closeorder",
            Self::Micropay => "/pay/micropay",
            Self::Reverse => "/secapi/pay/reverse",
            Self::Refund => "/secapi/pay/refund",
            Self::RefundQuery => "/pay/refundquery",
            Self::TradeBill => "/pay/downloadbill",
            Self::FundFlowBill => "/pay/downloadfundflow",
        }
    }

    /// Whether the transport must show the merchant's certificate to WeChat Pay (C.1). Without it the connection breaks.
    #[must_use]
    pub fn needs_client_certificate(self) -> bool {
        matches!(self, Self::Reverse | Self::Refund | Self::FundFlowBill)
    }

    /// Whether the call asks and changes nothing.
    pub(super) fn only_asks(self) -> bool {
        matches!(self, Self::Query | Self::RefundQuery | Self::TradeBill | Self::FundFlowBill)
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NativeOrder => "Native order",
            Self::Query => "query",
            Self::Close => "close",
            Self::Micropay => "code pay",
            Self::Reverse => "reverse",
            Self::Refund => "refund",
            Self::RefundQuery => "refund query",
            Self::TradeBill => "trade bill",
            Self::FundFlowBill => "fund flow bill",
        })
    }
}

/// In whose name calls are made: a merchant's own, or a service provider's for one of its sub-merchants (C.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// App id bound to the merchant number.
    pub appid: Appid,
    /// The merchant number whose key signs.
    pub mch_id: Mchid,
    /// The sub-merchant, if a service provider calls.
    pub sub: Option<SubMerchant>,
}

/// For whom a service provider calls (C.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubMerchant {
    /// Its merchant number.
    pub mch_id: Mchid,
    /// An app id of its own.
    pub appid: Option<Appid>,
}

impl Merchant {
    /// A merchant that calls in its own name.
    #[must_use]
    pub fn new(appid: Appid, mch_id: Mchid) -> Self {
        Self { appid, mch_id, sub: None }
    }

    /// The fields that are in every request but the fresh ones.
    pub(super) fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::new();
        fields.set("appid", self.appid.as_str());
        fields.set("mch_id", self.mch_id.as_str());
        if let Some(sub) = &self.sub {
            fields.set("sub_mch_id", sub.mch_id.as_str());
            set_some(&mut fields, "sub_appid", sub.appid.as_ref().map(Appid::as_str));
        }
        fields
    }

    /// The first field of an answer that names somebody else.
    pub(super) fn differs(&self, answer: &Fields<'_>) -> Option<&'static str> {
        let sub_mch_id = self.sub.as_ref().map(|sub| sub.mch_id.as_str());
        [
            ("mch_id", Some(self.mch_id.as_str())),
            ("appid", Some(self.appid.as_str())),
            ("sub_mch_id", sub_mch_id),
        ]
        .into_iter()
        .find(|(name, own)| answer.text(name).is_some_and(|found| Some(found) != *own))
        .map(|(name, _)| name)
    }
}

/// Puts a field in if there is a value.
pub(super) fn set_some<'a>(
    fields: &mut Fields<'a>,
    name: &'static str,
    value: Option<impl Into<std::borrow::Cow<'a, str>>>,
) {
    if let Some(value) = value {
        fields.set(name, value);
    }
}

/// A request without nonce and signature: what is asked, and the exact fields. It can be signed and sent any number of
/// times.
///
/// Its Debug leaves the fields out, which may hold a payment code.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    name: CallName,
    body: Bytes,
}

impl Call {
    pub(super) fn new(name: CallName, fields: &Fields<'_>) -> Self {
        Self { name, body: body(fields) }
    }

    /// A call around stored fields.
    pub(super) fn stored(name: CallName, body: Bytes) -> Self {
        Self { name, body }
    }

    /// Which call it is.
    #[must_use]
    pub fn name(&self) -> CallName {
        self.name
    }

    /// The fields as a document, without nonce and signature.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("name", &self.name).field("body_bytes", &self.body.len()).finish()
    }
}

/// The document that is stored before it is sent. It is wiped when its last copy is dropped.
pub(super) fn body(fields: &Fields<'_>) -> Bytes {
    Bytes::from_owner(fields.write(ROOT).expect("checked texts hold no control characters"))
}

/// Who calls, and where: what all calls of a merchant have in common.
#[derive(Debug, Clone)]
pub struct Caller {
    host: Host,
    user_agent: HeaderValue,
    signing: Signing,
}

impl Caller {
    /// Puts together a host, the merchant's key with its algorithm, and the product's name and version for `User-Agent`.
    ///
    /// # Errors
    /// When `user_agent` is blank or not visible ASCII.
    pub fn new(host: Host, signing: Signing, user_agent: &str) -> Result<Self, CallerError> {
        Ok(Self { host, user_agent: self::user_agent(user_agent)?, signing })
    }

    /// The same caller at another host: the backup, after a network failure.
    #[must_use]
    pub fn at(&self, host: Host) -> Self {
        Self { host, ..self.clone() }
    }

    /// Where the calls go.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What answers are verified with.
    #[must_use]
    pub fn signing(&self) -> &Signing {
        &self.signing
    }

    /// Signs a call and makes the request to send (WeChat Pay protocol C.1, C.2). MD5 is WeChat Pay's default and not
    /// named; a fund flow bill is only given for HMAC-SHA256 (C.8).
    ///
    /// # Errors
    /// When the call's body was stored and is no document of fields any more.
    pub fn sign(&self, call: &Call, nonce: &Nonce) -> Result<Request<Bytes>, XmlError> {
        let mut signing = self.signing.clone();
        if call.name == CallName::FundFlowBill {
            signing.sign_type = SignType::HmacSha256;
        }
        let mut fields = Fields::read(ROOT, &call.body)?;
        fields.set("nonce_str", nonce.as_str());
        if signing.sign_type != SignType::Md5 {
            fields.set(SIGN_TYPE, signing.sign_type.as_str());
        }
        let mut request = Request::new(signing.write(fields)?);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.host.address(PathAndQuery::from_static(call.name.path()));
        request.headers_mut().insert(CONTENT_TYPE, XML);
        request.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        Ok(request)
    }
}
