//! The errors of API v3: status, code, words, details, and the inner number that ends `Request-ID` (WeChat Pay protocol
//! D.1 to D.3).

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    bills::NoBill,
    double::{NotRefunded, Unfound},
    faults::Trouble,
    trade::{ChargeRefused, PlaceRefused, RefundRefused},
};

/// The longest copy of a value, or of its place, in an error's details (D.1).
const VALUE_CHARS_MAX: usize = 128;
/// The longest words (D.1).
const MESSAGE_CHARS_MAX: usize = 256;

/// An error answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<Value>,
    /// The vendor's inner number (D.3.2); the nearest one where none is known. A system error has 0 (D.3).
    pub(crate) number: u32,
}

/// Where in a request something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Query,
    Path,
    Header,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Path => "url",
            Self::Header => "header",
        }
    }
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, number: u32, message: impl Into<String>) -> Self {
        let message = cut(&message.into(), MESSAGE_CHARS_MAX);
        Self { status, code, message, detail: None, number }
    }

    /// A field is wrong. `field` is a JSON pointer, `value` what was there.
    pub(crate) fn parameter(place: Place, field: &str, value: &str, issue: &str) -> Self {
        Self::field(268_435_461, place, field, value, issue)
    }

    /// A field is too long, too short, too small or too large.
    pub(crate) fn range(place: Place, field: &str, value: &str, issue: &str) -> Self {
        Self::field(268_435_464, place, field, value, issue)
    }

    /// A member nobody asked for; often a name of API v2.
    pub(crate) fn unknown_member(place: Place, field: &str, value: &str) -> Self {
        Self::field(270_924_358, place, field, value, "存在多余的未知参数")
    }

    fn field(number: u32, place: Place, field: &str, value: &str, issue: &str) -> Self {
        let location = place.name();
        let field = cut(field, VALUE_CHARS_MAX);
        let mut refusal = Self::new(
            StatusCode::BAD_REQUEST,
            "PARAM_ERROR",
            number,
            format!("输入源“/{location}{field}”规则校验失败，{issue}"),
        );
        let value = cut(value, VALUE_CHARS_MAX);
        refusal.detail =
            Some(json!({ "field": field, "value": value, "issue": issue, "location": location }));
        refusal
    }

    /// `mchid` is another one than the Authorization's. No source names a code for it (J).
    pub(crate) fn other_mchid(place: Place, field: &str, value: &str) -> Self {
        Self::field(268_435_461, place, field, value, "商户号与签名信息Authorization中的商户号不一致")
    }

    /// The Authorization header is missing or malformed.
    pub(crate) fn authorization(issue: &str) -> Self {
        let message =
            format!("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》：{issue}");
        let mut refusal = Self::new(StatusCode::UNAUTHORIZED, "SIGN_ERROR", 268_443_699, message);
        refusal.detail =
            Some(json!({ "field": "authorization", "issue": issue, "location": "authorization" }));
        refusal
    }

    /// The signature does not fit. Tells the text that was verified, so that the client can compare (A.4.4).
    pub(crate) fn signature(method: &str, url: &str, text: &[u8]) -> Self {
        const COPY_CHARS_MAX: usize = 512;
        let mut refusal =
            Self::new(StatusCode::UNAUTHORIZED, "SIGN_ERROR", 268_443_699, "签名错误，请检查后再试");
        let copy = cut(&String::from_utf8_lossy(text), COPY_CHARS_MAX);
        refusal.detail = Some(json!({
            "field": "signature",
            "issue": "sign not match",
            "location": "authorization",
            "sign_information": {
                "method": method,
                "url": url,
                "truncated_sign_message": copy,
                "sign_message_length": text.len(),
            },
        }));
        refusal
    }

    pub(crate) fn merchant_unknown() -> Self {
        // 404 in a third-party table, 400 on the vendor's own page (H.1, 14).
        Self::new(StatusCode::BAD_REQUEST, "MCH_NOT_EXISTS", 268_443_715, "商户号不存在")
    }

    pub(crate) fn appid_not_bound() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "APPID_MCHID_NOT_MATCH", 268_445_527, "appid和mch_id不匹配")
    }

    pub(crate) fn order_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "ORDER_NOT_EXIST", 268_512_771, "订单不存在")
    }

    /// A service provider must name its sub-merchant.
    pub(crate) fn sub_missing(place: Place) -> Self {
        Self::field(268_443_704, place, "/sub_mchid", "", "服务商模式下必须填写特约商户号sub_mchid")
    }

    pub(crate) fn sub_is_itself(place: Place, value: &str) -> Self {
        Self::field(268_443_705, place, "/sub_mchid", value, "特约商户号不能与服务商商户号相同")
    }

    pub(crate) fn no_partner() -> Self {
        Self::new(StatusCode::FORBIDDEN, "NO_AUTH", 268_443_701, "商户号不存在服务商关系，无权限")
    }

    pub(crate) fn order_unfound(unfound: Unfound) -> Self {
        match unfound {
            Unfound::Unknown => Self::order_unknown(),
            Unfound::OtherMerchants => Self::other_merchants_order(),
            Unfound::OtherSubMerchants => Self::other_subs_order(),
        }
    }

    /// A charge of a payment code cannot be closed, only reversed.
    pub(crate) fn only_reversed() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "INVALID_REQUEST",
            268_449_641,
            "付款码支付订单不支持关单，请调用撤销接口",
        )
    }

    pub(crate) fn auth_code_invalid() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "AUTH_CODE_INVALID", 268_435_461, "101 付款码无效，请重新扫码")
    }

    /// The customer of a payment code has too little money.
    pub(crate) fn customer_short() -> Self {
        Self::new(StatusCode::FORBIDDEN, "NOT_ENOUGH", 268_435_461, "用户的零钱余额不足，请用户换卡支付")
    }

    pub(crate) fn not_charged(refused: ChargeRefused) -> Self {
        match refused {
            ChargeRefused::Paid => Self::order_paid(),
            ChargeRefused::Closed => Self::order_closed(),
            ChargeRefused::Reversed => {
                Self::new(StatusCode::BAD_REQUEST, "ORDER_REVERSED", 268_447_914, "当前订单已经被撤销")
            }
            ChargeRefused::NumberUsed => {
                Self::new(StatusCode::FORBIDDEN, "OUT_TRADE_NO_USED", 268_498_688, "商户订单号重复")
            }
            ChargeRefused::CodeUnknown | ChargeRefused::CodeUsed => Self::auth_code_invalid(),
            ChargeRefused::CodeExpired => {
                let message = "101 付款码已过期，请刷新再试";
                Self::new(StatusCode::FORBIDDEN, "AUTH_CODE_EXPIRE", 268_435_461, message)
            }
        }
    }

    /// The order's state does not allow a reversal.
    pub(crate) fn not_reversible() -> Self {
        Self::new(StatusCode::FORBIDDEN, "TRADE_ERROR", 268_447_914, "订单状态不允许撤销")
    }

    pub(crate) fn refund_unfound(unfound: Unfound) -> Self {
        match unfound {
            Unfound::Unknown => {
                Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", 268_512_771, "退款单不存在")
            }
            Unfound::OtherMerchants => Self::other_merchants_order(),
            Unfound::OtherSubMerchants => Self::other_subs_order(),
        }
    }

    pub(crate) fn not_placed(refused: PlaceRefused) -> Self {
        match refused {
            PlaceRefused::Paid => Self::order_paid(),
            PlaceRefused::Closed => Self::order_closed(),
            PlaceRefused::Expired => Self::order_expired(),
            PlaceRefused::OtherTerms => Self::other_terms(),
        }
    }

    /// Why a refund is not created. Where no source names a code it is `INVALID_REQUEST`, as for all broken rules.
    pub(crate) fn not_refunded(not: NotRefunded) -> Self {
        let refused = match not {
            NotRefunded::Unfound(Unfound::Unknown) => RefundRefused::NoPayment,
            NotRefunded::Unfound(unfound) => return Self::refund_unfound(unfound),
            NotRefunded::Refused(refused) => refused,
        };
        match refused {
            RefundRefused::NoPayment => {
                Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", 268_512_771, "订单不存在或未支付")
            }
            RefundRefused::Reversed => {
                Self::new(StatusCode::FORBIDDEN, "TRADE_ERROR", 268_447_914, "订单已撤销，不能退款")
            }
            RefundRefused::OtherTerms => Self::other_terms(),
            RefundRefused::OtherTotal => Self::rule("订单金额或退款金额与之前请求不一致，请核实后再试"),
            RefundRefused::MoreThanTheRest => Self::rule("申请退款金额超过订单剩余可退金额"),
            RefundRefused::TooLate => Self::rule("订单支付成功已超过一年，不能退款"),
            RefundRefused::TooManyParts => Self::rule("订单部分退款次数超过50次"),
            RefundRefused::TooSoon => Self::frequency_limited(),
            RefundRefused::NotEnough => Self::new(
                StatusCode::FORBIDDEN,
                "NOT_ENOUGH",
                268_435_461,
                "基本账户余额不足，请充值后重新发起",
            ),
        }
    }

    pub(crate) fn no_bill(no: NoBill) -> Self {
        let new = |code, message: &str| Self::new(StatusCode::BAD_REQUEST, code, 268_435_461, message);
        match no {
            NoBill::NotOver => Self::rule("账单日期不能为当天或未来日期"),
            NoBill::TooOld => Self::rule("仅支持三个月内的账单下载申请"),
            NoBill::Creating => new("STATEMENT_CREATING", "账单生成中，请稍后再试"),
            NoBill::Empty => new("NO_STATEMENT_EXIST", "账单文件不存在"),
            NoBill::TooLarge => Self::system_error(),
        }
    }

    /// The request is well-formed and breaks a rule.
    pub(crate) fn rule(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", 268_435_464, message)
    }

    fn other_subs_order() -> Self {
        Self::new(StatusCode::FORBIDDEN, "NO_AUTH", 268_447_845, "特约商户号与订单不匹配，无权限操作该订单")
    }

    fn other_merchants_order() -> Self {
        Self::new(StatusCode::FORBIDDEN, "NO_AUTH", 268_447_843, "商户号与订单不匹配，无权限操作该订单")
    }

    pub(crate) fn order_paid() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ORDER_PAID", 268_449_538, "该订单已支付")
    }

    pub(crate) fn order_closed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ORDER_CLOSED", 268_447_914, "该订单已关闭")
    }

    pub(crate) fn order_expired() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", 268_447_914, "201 商户订单号重复")
    }

    pub(crate) fn other_terms() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "INVALID_REQUEST",
            268_498_688,
            "请求重入时，参数与首次请求时不一致，请核实后再试",
        )
    }

    pub(crate) fn not_opened(what: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "NO_AUTH", 268_435_461, format!("商户未开通该产品权限：{what}"))
    }

    pub(crate) fn no_certificates() -> Self {
        let message = "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥";
        Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_EXISTS", 268_512_771, message)
    }

    pub(crate) fn path_unknown() -> Self {
        let message = "请求的资源不存在，请检查请求方法与路径";
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", 268_435_461, message)
    }

    /// What a fault has WeChat Pay answer.
    pub(crate) fn of(trouble: Trouble) -> Self {
        match trouble {
            Trouble::System => Self::system_error(),
            Trouble::Bank => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "BANK_ERROR", 0, "银行系统异常，请查询订单结果")
            }
            Trouble::TooFast => Self::frequency_limited(),
        }
    }

    pub(crate) fn system_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", 0, "系统异常，请用相同参数重新调用")
    }

    pub(crate) fn frequency_limited() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "FREQUENCY_LIMITED", 268_447_840, "频率限制，请降低请求频率")
    }

    /// The body of the answer (D.1).
    pub(crate) fn body(&self) -> String {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        body.to_string()
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_the_request_the_error_keeps_to_its_lengths() {
        let long = "拿".repeat(10_000);
        let refusal = Refusal::unknown_member(Place::Body, &long, &long);
        assert!(refusal.message.chars().count() <= MESSAGE_CHARS_MAX);
        let detail = refusal.detail.unwrap();
        for name in ["field", "value"] {
            assert_eq!(detail[name].as_str().unwrap().chars().count(), VALUE_CHARS_MAX, "{name}");
        }
        let refusal = Refusal::authorization(&long);
        assert_eq!(refusal.message.chars().count(), MESSAGE_CHARS_MAX);
        let refusal = Refusal::signature("POST", "/", long.as_bytes());
        let told = refusal.detail.unwrap()["sign_information"].clone();
        assert_eq!(told["truncated_sign_message"].as_str().unwrap().chars().count(), 512);
        assert_eq!(told["sign_message_length"], 30_000);
    }
}
