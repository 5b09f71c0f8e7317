//! A refusal that WeChat Pay answered: what it means, and what to do about it (WeChat Pay protocol C.3 to C.10, J).

use std::fmt;

use http::HeaderMap;

use super::{CallName, Fields, answer::request_id};
use crate::{codes::codes, v3::Advice};

/// WeChat Pay's refusal of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The call that was refused.
    pub call: CallName,
    /// Whether the refusal is signed: a business answer (`result_code`). One that is not (`return_code`) says nothing of
    /// the order; it may steer what is tried next, but alone ends nothing (C.1).
    pub is_signed: bool,
    /// The machine-readable code; of a refusal that is not signed, what its text is known to stand for.
    pub code: Option<Code>,
    /// The text for people, without control characters, cut to 256 characters. Never branch on it.
    pub message: String,
    /// `Request-ID`, wanted by WeChat Pay's support.
    pub request_id: Option<String>,
}

codes! {
    /// An error code of API v2. Spellings with and without `_` or blanks, and in either case, are one code: some calls
    /// answer with a text in the place of a code (C.8, H.1).
    pub enum Code {
        SystemError = "SYSTEMERROR" | "CompressGZip Error" | "UnCompressGZip Error", "an error or timeout inside WeChat Pay; the outcome is unknown";
        BankError = "BANKERROR", "trouble at the bank; the outcome is unknown";
        BizErrNeedRetry = "BIZERR_NEED_RETRY", "WeChat Pay is busy with the same thing; the outcome is unknown";
        UserPaying = "USERPAYING", "the customer is paying right now, or is asked for a password";
        InvalidRequest = "INVALID_REQUEST" | "invalid refund_fee", "well-formed, but against a rule: often a number used before with other parameters";
        BusinessError = "ERROR", "a business error that only the message tells";
        NoAuth = "NOAUTH", "the merchant has no right to this: the product is not opened";
        NotEnough = "NOTENOUGH", "not enough money";
        OrderPaid = "ORDERPAID", "the order is paid";
        OrderClosed = "ORDERCLOSED", "the order is closed";
        OrderReversed = "ORDERREVERSED", "the order is reversed";
        OrderNotExist = "ORDERNOTEXIST", "no such order";
        OutTradeNoUsed = "OUT_TRADE_NO_USED", "the order number was used before with other parameters";
        TradeStateError = "TRADE_STATE_ERROR", "the order's state does not allow it";
        TradeError = "TRADE_ERROR", "the order's state does not allow it";
        InvalidTransactionId = "INVALID_TRANSACTIONID", "not one of WeChat Pay's order numbers, or an order that is not paid";
        AuthCodeExpire = "AUTHCODEEXPIRE", "the payment code has expired; scan again";
        AuthCodeError = "AUTH_CODE_ERROR", "the payment code was used before; scan again";
        AuthCodeInvalid = "AUTH_CODE_INVALID", "no payment code of WeChat Pay's, or one that was used or has expired; scan again";
        CardNotSupported = "NOTSUPORTCARD" | "NOTSUPPORTCARD", "the customer's card is not taken; another card or way to pay is needed";
        BuyerMismatch = "BUYER_MISMATCH", "another customer began to pay this order";
        ReverseExpire = "REVERSE_EXPIRE", "older than seven days: refund it instead";
        RefundNotExist = "REFUNDNOTEXIST", "no such refund";
        RefundFeeMismatch = "REFUND_FEE_MISMATCH", "the refund number was used before with another amount";
        TradeOverdue = "TRADE_OVERDUE", "older than a year: it cannot be refunded any more";
        UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL", "the customer's account is closed; the merchant gives the money back in another way";
        TooManyBadCalls = "INVALID_REQ_TOO_MUCH", "too many wrong calls: blocked for a minute";
        FrequencyLimited = "FREQUENCY_LIMITED", "too many calls";
        NoBillExist = "NO_BILL_EXIST", "no bill of that day";
        BillCreating = "BILL_CREATING", "the bill is being made";
        AppidNotExist = "APPID_NOT_EXIST", "no such app id";
        MchidNotExist = "MCHID_NOT_EXIST", "no such merchant number";
        AppidMchidNotMatch = "APPID_MCHID_NOT_MATCH", "appid is not bound to the merchant number";
        SignError = "SIGNERROR" | "签名错误", "the request's signature is wrong: the API key or the algorithm is another one than set at WeChat Pay";
        ParamError = "PARAM_ERROR" | "invalid bill_type" | "data format error", "a field is wrong";
        LackParams = "LACK_PARAMS" | "missing parameter", "a field is missing";
        XmlFormatError = "XML_FORMAT_ERROR", "the request is not well-formed";
        RequirePostMethod = "REQUIRE_POST_METHOD", "the request is not a POST";
        PostDataEmpty = "POST_DATA_EMPTY", "the request is empty";
        NotUtf8 = "NOT_UTF8", "the request is not UTF-8";
    }
}

impl ApiError {
    /// A refusal by `return_code`.
    pub(super) fn of_return(call: CallName, fields: &Fields<'_>, headers: &HeaderMap) -> Self {
        let text = fields.text("return_msg").unwrap_or_default();
        // Bill downloads have a number of their own beside the text (C.8); the text says more.
        let code = Some(Code::new(text)).filter(|code| !matches!(code, Code::Unknown(_)));
        Self { call, is_signed: false, code, message: plain(text), request_id: request_id(headers) }
    }

    /// A refusal by `result_code`, after its signature was verified.
    pub(super) fn of_result(call: CallName, fields: &Fields<'_>, headers: &HeaderMap) -> Self {
        Self {
            call,
            is_signed: true,
            code: fields.text("err_code").map(Code::new),
            message: plain(fields.text("err_code_des").unwrap_or_default()),
            request_id: request_id(headers),
        }
    }

    /// What to do now, by the code and the call. What is not in WeChat Pay's tables leaves the outcome open.
    #[must_use]
    pub fn advice(&self) -> Advice {
        let advice = self.advice_by_code();
        match advice {
            // A question that should be preceded by a question is just asked again.
            Advice::QueryFirst if self.call.only_asks() => Advice::RetrySame,
            // A payment code is never sent twice (C.9.1).
            Advice::RetrySame if self.call == CallName::Micropay => Advice::QueryFirst,
            Advice::GiveUp | Advice::Success if !self.is_signed && !self.call.only_asks() => {
                Advice::QueryFirst
            }
            advice => advice,
        }
    }

    fn advice_by_code(&self) -> Advice {
        use Advice::{GiveUp, QueryFirst, RetrySame, Success};
        use CallName::{Close, Query, Refund, RefundQuery, Reverse};
        use Code as C;

        let Some(code) = &self.code else { return QueryFirst };
        match (code, self.call) {
            (C::OrderClosed | C::OrderReversed, Close | Reverse) => Success,
            (
                C::SystemError
                | C::BizErrNeedRetry
                | C::FrequencyLimited
                | C::TooManyBadCalls
                | C::BillCreating,
                _,
            ) => RetrySame,
            // Right after an order call whose answer was lost, the order may show only a little later (C.4).
            (C::OrderNotExist, Query) | (C::RefundNotExist, RefundQuery) => RetrySame,
            // An earlier sending of the same number may have been taken: asked once before it is said to have failed.
            (C::TradeOverdue | C::UserAccountAbnormal | C::InvalidTransactionId, Refund) => QueryFirst,
            (
                C::BankError
                | C::UserPaying
                | C::InvalidRequest
                | C::BusinessError
                | C::OrderPaid
                | C::OrderClosed
                | C::OrderReversed
                | C::OrderNotExist
                | C::OutTradeNoUsed
                | C::TradeStateError
                | C::TradeError
                | C::RefundFeeMismatch
                | C::Unknown(_),
                _,
            ) => QueryFirst,
            (
                C::NoAuth
                | C::NotEnough
                | C::InvalidTransactionId
                | C::AuthCodeExpire
                | C::AuthCodeError
                | C::AuthCodeInvalid
                | C::CardNotSupported
                | C::BuyerMismatch
                | C::ReverseExpire
                | C::RefundNotExist
                | C::TradeOverdue
                | C::UserAccountAbnormal
                | C::NoBillExist
                | C::AppidNotExist
                | C::MchidNotExist
                | C::AppidMchidNotMatch
                | C::SignError
                | C::ParamError
                | C::LackParams
                | C::XmlFormatError
                | C::RequirePostMethod
                | C::PostDataEmpty
                | C::NotUtf8,
                _,
            ) => GiveUp,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeChat Pay refused the {} call", self.call)?;
        match &self.code {
            Some(code) => write!(f, ": {code} ({})", code.meaning())?,
            None => f.write_str(" without a code")?,
        }
        if !self.message.is_empty() {
            write!(f, ", \"{}\"", self.message)?;
        }
        if !self.is_signed {
            f.write_str(", unsigned")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, ", Request-ID {request_id}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(256).collect()
}

#[cfg(test)]
mod tests;
