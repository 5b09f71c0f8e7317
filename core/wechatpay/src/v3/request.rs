//! Making and signing requests: the body is made once and kept, the signature is made anew for each sending.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
    uri::{Authority, PathAndQuery, Scheme},
};
use thiserror::Error;

use super::Mchid;
use crate::{
    keys::{Serial, SignError, Signer},
    message::{self, Authorization, SERIAL},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Which call a request makes; what an error means depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallName {
    /// Native order.
    NativeOrder,
    /// Query of an order by either number.
    Query,
    /// Close of an order.
    Close,
    /// Download of the platform certificates.
    Certificates,
    /// Request for a trade bill.
    TradeBill,
    /// Request for a fund flow bill.
    FundFlowBill,
    /// Download of a bill.
    BillDownload,
    /// Refund.
    Refund,
    /// Query of a refund.
    RefundQuery,
    /// Another way for a refund that the customer's account cannot take.
    AbnormalRefund,
    /// Charge of the customer's payment code.
    CodePay,
    /// Reverse of such a charge.
    Reverse,
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NativeOrder => "Native order",
            Self::Query => "query",
            Self::Close => "close",
            Self::Certificates => "certificates",
            Self::TradeBill => "trade bill",
            Self::FundFlowBill => "fund flow bill",
            Self::BillDownload => "bill download",
            Self::Refund => "refund",
            Self::RefundQuery => "refund query",
            Self::AbnormalRefund => "abnormal refund",
            Self::CodePay => "code pay",
            Self::Reverse => "reverse",
        })
    }
}

/// A request without signature: what is asked, and the exact body. It can be signed and sent any number of times.
///
/// Its Debug leaves the body out, which may hold a payment code.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    name: CallName,
    mchid: Mchid,
    method: Method,
    path_and_query: PathAndQuery,
    body: Bytes,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.name)
            .field("mchid", &self.mchid)
            .field("method", &self.method)
            .field("path_and_query", &self.path_and_query)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

impl Call {
    pub(super) fn get(name: CallName, mchid: &Mchid, path_and_query: &str) -> Self {
        Self::new(name, mchid, Method::GET, path_and_query, Bytes::new())
    }

    pub(super) fn post(name: CallName, mchid: &Mchid, path: &str, body: Bytes) -> Self {
        Self::new(name, mchid, Method::POST, path, body)
    }

    fn new(name: CallName, mchid: &Mchid, method: Method, path: &str, body: Bytes) -> Self {
        Self {
            name,
            mchid: mchid.clone(),
            method,
            path_and_query: PathAndQuery::try_from(path).expect("checked numbers need no encoding in a path"),
            body,
        }
    }

    /// Which call it is.
    #[must_use]
    pub fn name(&self) -> CallName {
        self.name
    }

    /// The exact body; empty for a call without one.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Path and query, as they go on the wire and into the signature.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        self.path_and_query.as_str()
    }
}

/// What is fresh in each sending of a request: the time and a nonce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Unix seconds; WeChat Pay refuses requests five minutes off its own clock (WeChat Pay protocol A.4.1).
    pub timestamp: i64,
    /// Random text, never used twice.
    pub nonce: Nonce,
}

/// The random text in a signature: 32 hexadecimal digits of 16 random bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Writes random bytes as text. They must come from a cryptographic source.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One of WeChat Pay's hosts, or a double's: `https://api.mch.weixin.qq.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    scheme: Scheme,
    authority: Authority,
}

/// WeChat Pay's own hosts (WeChat Pay protocol A.1): the nearest access point first, then the one in another city.
const WECHAT_PAY_HOSTS: [&str; 4] =
    ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "api.wechatpay.cn", "api2.wechatpay.cn"];

impl Host {
    /// Reads `https://host`, `http://host` or either with `:port`; a slash at the end is allowed, a path is not.
    ///
    /// Plain http is for a double of WeChat Pay on this machine or a private line; see [`Self::is_https`].
    ///
    /// # Errors
    /// When it is anything else.
    pub fn new(url: &str) -> Result<Self, CallerError> {
        if url.contains('#') {
            return Err(CallerError::Host);
        }
        let parts = url.parse::<Uri>().map_err(|_| CallerError::Host)?.into_parts();
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::as_str);
        match (parts.scheme, parts.authority) {
            (Some(scheme), Some(authority))
                if (scheme == Scheme::HTTPS || scheme == Scheme::HTTP)
                    && matches!(path, "" | "/")
                    && !authority.as_str().contains('@')
                    && !authority.host().is_empty() =>
            {
                Ok(Self { scheme, authority })
            }
            _ => Err(CallerError::Host),
        }
    }

    /// WeChat Pay's primary host.
    #[must_use]
    pub fn primary() -> Self {
        Self::wechat_pay(WECHAT_PAY_HOSTS[0])
    }

    /// WeChat Pay's backup host, in another city, for one more try after a network failure (WeChat Pay protocol A.1).
    #[must_use]
    pub fn backup() -> Self {
        Self::wechat_pay(WECHAT_PAY_HOSTS[1])
    }

    fn wechat_pay(host: &'static str) -> Self {
        Self { scheme: Scheme::HTTPS, authority: Authority::from_static(host) }
    }

    /// Whether it is one of WeChat Pay's own hosts, by https on the usual port: real money. Anything else is a double.
    #[must_use]
    pub fn is_wechat_pay(&self) -> bool {
        self.is_https()
            && self.authority.port_u16().is_none_or(|port| port == 443)
            && WECHAT_PAY_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(self.authority.host()))
    }

    /// Whether the line is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// The address of a path here.
    pub(crate) fn address(&self, path_and_query: PathAndQuery) -> Uri {
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path_and_query)
            .build()
            .expect("a host and a path make an address")
    }

    /// The host's name or address, without port.
    #[must_use]
    pub fn name(&self) -> &str {
        self.authority.host()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Who calls, and where: what all calls of a merchant have in common.
#[derive(Clone)]
pub struct Caller {
    host: Host,
    user_agent: HeaderValue,
    signer: Arc<dyn Signer>,
}

impl Caller {
    /// Puts together a host, the merchant's key and the product's name and version for `User-Agent`.
    ///
    /// # Errors
    /// When `user_agent` is blank or not visible ASCII; WeChat Pay may refuse requests without one.
    pub fn new(host: Host, signer: Arc<dyn Signer>, user_agent: &str) -> Result<Self, CallerError> {
        Ok(Self { host, user_agent: self::user_agent(user_agent)?, signer })
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

    /// Signs a call and makes the request to send, byte for byte (WeChat Pay protocol A.3, A.4).
    ///
    /// `answer_key` goes out as `Wechatpay-Serial`: the key this side can verify answers with, see
    /// [`WechatPayKeys::preferred`](crate::keys::WechatPayKeys::preferred).
    ///
    /// # Errors
    /// When the signer cannot sign.
    pub fn sign(
        &self,
        call: &Call,
        stamp: &Stamp,
        answer_key: Option<&Serial>,
    ) -> Result<Request<Bytes>, SignError> {
        let text = message::request_text(
            call.method.as_str(),
            call.path_and_query(),
            stamp.timestamp,
            stamp.nonce.as_str(),
            &call.body,
        );
        let serial_no = self.signer.serial_no();
        let authorization = Authorization::build(
            call.mchid.as_str(),
            serial_no,
            stamp.nonce.as_str(),
            stamp.timestamp,
            &STANDARD.encode(self.signer.sign(&text)?),
        )
        .map_err(|error| SignError { serial_no: serial_no.to_owned(), reason: error.to_string() })?;

        let mut request = Request::new(call.body.clone());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = self.host.address(call.path_and_query.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, self.user_agent.clone());
        if !call.body.is_empty() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        if let Some(serial) = answer_key {
            let value =
                HeaderValue::from_str(serial.as_str()).expect("a serial consists of letters, digits and _");
            headers.insert(SERIAL, value);
        }
        Ok(request)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("host", &self.host)
            .field("serial_no", &self.signer.serial_no())
            .finish_non_exhaustive()
    }
}

/// The product's name and version, as a header.
pub(crate) fn user_agent(text: &str) -> Result<HeaderValue, CallerError> {
    let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if text.trim().is_empty() || !text.bytes().all(visible) {
        return Err(CallerError::UserAgent);
    }
    HeaderValue::from_str(text).map_err(|_| CallerError::UserAgent)
}

/// Why a caller cannot be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CallerError {
    /// Not an address of a host.
    #[error("the host must be https:// (or http://) and a name, without a path")]
    Host,
    /// An unusable `User-Agent`.
    #[error("the user agent must be visible ASCII and not blank")]
    UserAgent,
}
