//! An error that WeChat Pay answered: what it means, and what to do about it (WeChat Pay protocol D.1 to D.3, J).

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use serde::{Deserialize, Deserializer};

use super::CallName;
use crate::{codes::codes, message::REQUEST_ID};

/// WeChat Pay's refusal of a call. It is not signed: it may steer what is tried next, but alone never proves an order
/// paid, closed or failed (WeChat Pay protocol A.5.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The call that was refused.
    pub call: CallName,
    /// The HTTP status: 202, 4xx or 5xx.
    pub status: StatusCode,
    /// The machine-readable code; nothing if a gateway answered without one.
    pub code: Option<Code>,
    /// The text for people, without control characters, cut to 256 characters. Never branch on it.
    pub message: String,
    /// Which field is at fault, if that was said.
    pub detail: Option<Detail>,
    /// `Request-ID`, wanted by WeChat Pay's support.
    pub request_id: Option<String>,
    /// `Retry-After` in seconds, if a gateway sent it.
    pub retry_after_seconds: Option<u32>,
}

/// Which part of a request is at fault (WeChat Pay protocol D.1).
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// JSON pointer of the field, such as `/amount/total`.
    #[serde(deserialize_with = "text_or_nothing")]
    pub field: Option<String>,
    /// The value it had, in WeChat Pay's eyes; it may be personal.
    #[serde(deserialize_with = "text_or_nothing")]
    pub value: Option<String>,
    /// What is wrong with it, for people.
    #[serde(deserialize_with = "text_or_nothing")]
    pub issue: Option<String>,
    /// `body`, `url`, `query` or `header`.
    #[serde(deserialize_with = "text_or_nothing")]
    pub location: Option<String>,
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detail")
            .field("field", &self.field)
            .field("issue", &self.issue)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Make the same call with the same body again, after a pause that grows.
    RetrySame,
    /// The outcome is open: query the order before anything else.
    QueryFirst,
    /// The same call can never succeed: something must be put right first, or a person must act.
    GiveUp,
    /// What was asked for is already so.
    Success,
}

codes! {
    /// An error code of API v3. Spellings with and without `_` are one code, since WeChat Pay uses both (WeChat Pay
    /// protocol D.3). A code that is not in the list is decided by the HTTP status.
    pub enum Code {
        SystemError = "SYSTEM_ERROR", "an error or timeout inside WeChat Pay; the outcome is unknown";
        BankError = "BANK_ERROR", "trouble at the bank";
        BusinessError = "ERROR", "a business error that only the message tells";
        OpenidMismatch = "OPENID_MISMATCH", "openid and appid do not belong together";
        InvalidTransactionId = "INVALID_TRANSACTIONID", "not one of WeChat Pay's order numbers";
        UserPaying = "USERPAYING", "the customer is paying right now";
        ParamError = "PARAM_ERROR", "a field is wrong";
        BizErrNeedRetry = "BIZ_ERR_NEED_RETRY", "WeChat Pay is busy with the same thing; the outcome is unknown";
        InvalidRequest = "INVALID_REQUEST", "well-formed, but against a rule: often a number used before with other parameters, or after its end";
        AppidMchidNotMatch = "APPID_MCHID_NOT_MATCH", "appid is not bound to the merchant number";
        MchNotExists = "MCH_NOT_EXISTS" | "MCH_NOT_EXIST", "no such merchant number";
        OrderClosed = "ORDER_CLOSED", "the order is closed";
        OrderPaid = "ORDER_PAID", "the order is paid";
        OrderReversed = "ORDER_REVERSED", "the order is reversed";
        SignError = "SIGN_ERROR", "the request's signature is wrong: key and serial number do not belong together, or the clock is off";
        AuthCodeInvalid = "AUTH_CODE_INVALID", "no payment code of WeChat Pay's, or one that was used or has expired; scan again";
        AuthCodeExpire = "AUTH_CODE_EXPIRE", "the payment code has expired; scan again";
        AuthCodeError = "AUTH_CODE_ERROR", "the payment code was used before; scan again";
        BuyerMismatch = "BUYER_MISMATCH", "another customer began to pay this order";
        CardNotSupported = "NOTSUPORTCARD" | "NOT_SUPPORT_CARD", "the customer's card is not taken; another card or way to pay is needed";
        UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL", "the customer's account is closed or abnormal";
        OutTradeNoUsed = "OUT_TRADE_NO_USED", "the order number was used before with other parameters";
        TradeError = "TRADE_ERROR", "the trade is refused";
        RuleLimit = "RULE_LIMIT", "a business rule or a risk limit forbids it";
        NotEnough = "NOT_ENOUGH", "not enough money";
        NoAuth = "NO_AUTH", "the merchant has no right to this: the product is not opened, or the address is not allowed";
        AccountError = "ACCOUNT_ERROR", "the account is abnormal";
        RequestBlocked = "REQUEST_BLOCKED", "blocked by risk control";
        OrderNotExist = "ORDER_NOT_EXIST" | "ORDER_NOT_EXISTS", "no such order";
        ResourceNotExists = "RESOURCE_NOT_EXISTS" | "RESOURCE_NOT_EXIST", "no such thing; of certificates: this merchant verifies by WeChat Pay public key";
        RefundNotExists = "REFUND_NOT_EXISTS" | "REFUND_NOT_EXIST", "no such refund";
        UserNotExist = "USER_NOT_EXIST" | "USER_NOT_EXISTS", "no such customer";
        NotFound = "NOT_FOUND", "no such call";
        StatementCreating = "STATEMENT_CREATING", "the bill is still being made; ask again in a quarter of an hour";
        NoStatementExist = "NO_STATEMENT_EXIST", "there is no bill: nothing was traded on that day";
        FrequencyLimited = "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED", "too many calls";
    }
}

impl ApiError {
    /// Reads an error answer. It never fails: what cannot be read is decided by the HTTP status alone.
    pub(super) fn read(call: CallName, status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Body {
            #[serde(deserialize_with = "text_or_nothing")]
            code: Option<String>,
            #[serde(deserialize_with = "text_or_nothing")]
            message: Option<String>,
            #[serde(deserialize_with = "detail_or_nothing")]
            detail: Option<Detail>,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let header = |name| {
            let value: Option<&http::HeaderValue> = headers.get(name);
            value.and_then(|value| value.to_str().ok())
        };
        let message = body.message.unwrap_or_default();
        Self {
            call,
            status,
            code: body.code.filter(|code| !code.is_empty()).map(|code| Code::new(&code)),
            message: message.chars().filter(|c| !c.is_control()).take(256).collect(),
            detail: body.detail,
            request_id: header(REQUEST_ID).map(|id| id.chars().take(128).collect()),
            retry_after_seconds: header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()),
        }
    }

    /// What to do now: by the code and the call, or by the HTTP status where the code does not decide.
    #[must_use]
    pub fn advice(&self) -> Advice {
        use Advice::{GiveUp, QueryFirst, RetrySame, Success};
        use CallName::{
            AbnormalRefund, Certificates, Close, CodePay, NativeOrder, Query, Refund, RefundQuery, Reverse,
        };
        use Code as C;

        let advice = match (&self.code, self.call) {
            (Some(C::OrderClosed), Close) => Success,
            // On close it may mean that the customer is paying (B.5).
            (Some(C::FrequencyLimited), Close) => QueryFirst,
            (Some(C::OrderClosed | C::OrderReversed), Reverse) => Success,
            // A payment code is never sent twice: whatever is not a plain no is asked about (C.9.1).
            (Some(C::FrequencyLimited | C::SystemError | C::BizErrNeedRetry), CodePay) => QueryFirst,
            (Some(C::FrequencyLimited | C::SystemError | C::BizErrNeedRetry | C::StatementCreating), _) => {
                RetrySame
            }
            (
                Some(
                    C::UserPaying
                    | C::OrderPaid
                    | C::OrderClosed
                    | C::OrderReversed
                    | C::OutTradeNoUsed
                    | C::TradeError
                    | C::InvalidRequest
                    | C::BankError
                    | C::BusinessError,
                ),
                NativeOrder | Close | CodePay | Reverse,
            ) => QueryFirst,
            // An earlier sending of the same number may have been taken: asked once before it is said to have failed (D.3).
            (
                Some(
                    C::InvalidRequest
                    | C::TradeError
                    | C::BusinessError
                    | C::BankError
                    | C::OrderNotExist
                    | C::ResourceNotExists
                    | C::UserAccountAbnormal,
                ),
                Refund | AbnormalRefund,
            ) => QueryFirst,
            (Some(C::RefundNotExists | C::ResourceNotExists), RefundQuery) => RetrySame,
            (Some(C::OrderNotExist | C::ResourceNotExists), CodePay | Reverse) => QueryFirst,
            (Some(C::OrderNotExist | C::ResourceNotExists), Close) => QueryFirst,
            // Right after an order call whose answer was lost, the order may show only a little later (D.3, D.5.1).
            (Some(C::OrderNotExist | C::ResourceNotExists), Query | NativeOrder) => RetrySame,
            (Some(C::ResourceNotExists | C::NotFound), Certificates) => GiveUp,
            (
                Some(
                    C::ParamError
                    | C::SignError
                    | C::AppidMchidNotMatch
                    | C::MchNotExists
                    | C::NoAuth
                    | C::AccountError
                    | C::RequestBlocked
                    | C::RuleLimit
                    | C::NotEnough
                    | C::OpenidMismatch
                    | C::InvalidTransactionId
                    | C::UserNotExist
                    | C::NotFound
                    | C::AuthCodeInvalid
                    | C::AuthCodeExpire
                    | C::AuthCodeError
                    | C::BuyerMismatch
                    | C::CardNotSupported,
                ),
                _,
            ) => GiveUp,
            _ => self.advice_by_status(),
        };
        match (advice, self.call) {
            // A query that should be preceded by a query is just made again.
            (QueryFirst, Query | RefundQuery | Certificates) => RetrySame,
            (advice, _) => advice,
        }
    }

    /// D.2: 5xx leaves the outcome open, but every call here is idempotent by its number.
    fn advice_by_status(&self) -> Advice {
        use CallName::{AbnormalRefund, Close, CodePay, NativeOrder, Refund, Reverse};

        match self.status.as_u16() {
            202 => Advice::QueryFirst,
            401 => Advice::GiveUp,
            _ if self.call == CodePay => Advice::QueryFirst,
            408 | 429 | 500.. => Advice::RetrySame,
            _ if matches!(self.call, NativeOrder | Close | Refund | AbnormalRefund | CodePay | Reverse) => {
                Advice::QueryFirst
            }
            _ => Advice::GiveUp,
        }
    }

    /// WeChat Pay's inner error number, the digits after the last `-` of `Request-ID`; 0 tells nothing and is left out
    /// (WeChat Pay protocol A.3, D.3.2).
    #[must_use]
    pub fn inner_code(&self) -> Option<u64> {
        let (_, tail) = self.request_id.as_ref()?.rsplit_once('-')?;
        tail.parse().ok().filter(|code| *code != 0)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeChat Pay refused the {} call: {}", self.call, self.status.as_u16())?;
        match &self.code {
            Some(code) => write!(f, " {code} ({})", code.meaning())?,
            None => f.write_str(" without a code")?,
        }
        if !self.message.is_empty() {
            write!(f, ", \"{}\"", self.message)?;
        }
        if let Some(field) = self.detail.as_ref().and_then(|detail| detail.field.as_ref()) {
            write!(f, ", field {field}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, ", Request-ID {request_id}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

/// A text, or nothing where anything else stands: an error answer is read as far as it can be.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Some(text.chars().filter(|c| !c.is_control()).take(256).collect()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn detail_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Detail>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests;
