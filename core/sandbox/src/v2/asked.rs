//! A request of API v2: who asks, and its fields, each read strictly (WeChat Pay protocol C.1).

use std::sync::Arc;

use jiff::Timestamp;
use saoma_wechatpay::v2::{Fields, SignType, Signing};
use serde_json::{Map, Value};

use super::Said;
use crate::{
    clock::read_beijing_digits,
    double::{Account, Known},
    identity::{Keys, Party},
    trade::{Spoken, Sub},
    v3::native::is_number_letter,
};

/// Fields that say who asks, and how it is signed.
const COMMON: [&str; 7] = ["appid", "mch_id", "sub_appid", "sub_mch_id", "nonce_str", "sign", "sign_type"];

/// A request, signed by its merchant.
pub(super) struct Asked<'a> {
    fields: Fields<'a>,
    pub(super) party: Arc<Party>,
    pub(super) signing: Signing,
    /// For the answer.
    nonce: String,
}

/// A business refusal: `err_code` and `err_code_des`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) code: &'static str,
    pub(super) description: String,
}

impl Wrong {
    pub(super) fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    pub(super) fn system_error() -> Self {
        Self::new("SYSTEMERROR", "接口返回错误，请用相同参数重新调用")
    }

    fn missing(name: &str) -> Self {
        Self::new("LACK_PARAMS", format!("缺少参数{name}"))
    }

    /// A field is wrong.
    pub(super) fn field(name: &str, issue: &str) -> Self {
        Self::new("PARAM_ERROR", format!("参数{name}{issue}"))
    }
}

impl<'a> Asked<'a> {
    /// Judges who asks. What is refused here is answered without a signature.
    pub(super) fn judge(fields: Fields<'a>, keys: &Keys, nonce: String) -> Result<Self, &'static str> {
        let party = fields.get("mch_id").and_then(|mch_id| keys.party(mch_id));
        let party = Arc::clone(party.ok_or("商户号mch_id不存在")?);
        let sign_type = SignType::of_request(&fields).map_err(|_| "sign_type参数格式错误")?;
        let signing = Signing { key: party.api_v2_key.clone(), sign_type };
        signing.verify(&fields).map_err(|_| "签名错误")?;
        Ok(Self { fields, party, signing, nonce })
    }

    /// The answer to this request: what was done, or why not.
    pub(super) fn answer(&self, done: Result<Fields<'static>, Wrong>) -> Said {
        let (mut fields, result_code) = match done {
            Ok(fields) => (fields, "SUCCESS"),
            Err(wrong) => {
                let mut fields = Fields::new();
                fields.set("err_code", wrong.code);
                fields.set("err_code_des", wrong.description);
                (fields, "FAIL")
            }
        };
        fields.set("return_code", "SUCCESS");
        fields.set("return_msg", "OK");
        fields.set("result_code", result_code);
        fields.set("appid", self.party.merchant.appid.clone());
        fields.set("mch_id", self.party.merchant.mchid.clone());
        fields.set("nonce_str", self.nonce.clone());
        for name in ["sub_appid", "sub_mch_id"] {
            if let Some(value) = self.given(name) {
                fields.set(name, value.to_owned());
            }
        }
        Said::Told { fields, signing: self.signing.clone() }
    }

    /// The language of what this request makes.
    pub(super) fn spoken(&self) -> Spoken {
        match self.signing.sign_type {
            SignType::Md5 => Spoken::V2Md5,
            SignType::HmacSha256 => Spoken::V2HmacSha256,
        }
    }

    /// For whom it speaks; judges the fields that every request must have.
    pub(super) fn account(&self) -> Result<(Account, Option<Sub>), Wrong> {
        if self.required("appid", 32)? != self.party.merchant.appid {
            return Err(Wrong::new("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
        }
        self.required("nonce_str", 32)?;
        let mchid = self.party.merchant.mchid.clone();
        let sub_mchid = self.text("sub_mch_id", 32)?;
        let sub = match (sub_mchid, self.party.merchant.is_partner()) {
            (None, false) => None,
            (None, true) => return Err(Wrong::missing("sub_mch_id")),
            (Some(sub), _) if sub == mchid => {
                return Err(Wrong::field("sub_mch_id", "不能与服务商商户号相同"));
            }
            (Some(sub), _) => {
                let known = self.party.merchant.sub_merchant(sub);
                let known = known.ok_or_else(|| Wrong::new("NOAUTH", "商户号不存在服务商关系，无权限"))?;
                let appid = self.text("sub_appid", 32)?;
                if appid.is_some_and(|appid| appid != known.appid) {
                    return Err(Wrong::new("APPID_MCHID_NOT_MATCH", "sub_appid和sub_mch_id不匹配"));
                }
                Some(Sub { mchid: sub.to_owned(), appid: appid.map(str::to_owned) })
            }
        };
        Ok((Account { mchid, sub_mchid: sub.as_ref().map(|sub| sub.mchid.clone()) }, sub))
    }

    /// A field that is there and not empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.fields.get(name).filter(|value| !value.is_empty())
    }

    /// Text of at most so many characters, if it is given.
    pub(super) fn text(&self, name: &str, chars_max: usize) -> Result<Option<&str>, Wrong> {
        let Some(value) = self.given(name) else { return Ok(None) };
        if value.chars().count() > chars_max {
            return Err(Wrong::field(name, &format!("长度不能大于{chars_max}")));
        }
        if value.chars().any(|c| c.is_control() || c.len_utf8() > 3) {
            return Err(Wrong::field(name, "含有不允许的字符"));
        }
        Ok(Some(value))
    }

    /// Text that must be given.
    pub(super) fn required(&self, name: &str, chars_max: usize) -> Result<&str, Wrong> {
        self.text(name, chars_max)?.ok_or_else(|| Wrong::missing(name))
    }

    /// One of these texts, if it is given.
    pub(super) fn one_of<'b>(&self, name: &str, allowed: &[&'b str]) -> Result<Option<&'b str>, Wrong> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let found = allowed.iter().find(|known| **known == value).copied();
        found.map(Some).ok_or_else(|| Wrong::field(name, &format!("应为{}", allowed.join("、"))))
    }

    /// An amount in fen, at least one.
    pub(super) fn fen(&self, name: &str) -> Result<i64, Wrong> {
        let value = self.required(name, 19)?;
        let is_decimal = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
        value.parse().ok().filter(|_| is_decimal).ok_or_else(|| Wrong::field(name, "应为正整数，单位为分"))
    }

    /// A time of fourteen digits, if it is given.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Wrong> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let read = read_beijing_digits(value);
        read.map(Some).ok_or_else(|| Wrong::field(name, "格式应为yyyyMMddHHmmss"))
    }

    /// JSON text of at most so many characters, if it is given.
    pub(super) fn json(&self, name: &str, chars_max: usize) -> Result<(), Wrong> {
        let Some(value) = self.given(name) else { return Ok(()) };
        if value.chars().count() > chars_max {
            return Err(Wrong::field(name, &format!("长度不能大于{chars_max}")));
        }
        serde_json::from_str::<Value>(value).map(|_| ()).map_err(|_| Wrong::field(name, "应为JSON"))
    }

    /// A number the merchant gives an order.
    pub(super) fn out_trade_no(&self) -> Result<&str, Wrong> {
        let number = self.required("out_trade_no", 32)?;
        if number.len() < 6 || !number.bytes().all(is_number_letter) {
            return Err(Wrong::field("out_trade_no", "应为6至32位的数字、字母和_-|*"));
        }
        Ok(number)
    }

    /// An order by one of its two numbers; WeChat Pay's own is the surer one.
    pub(super) fn known(&self) -> Result<Known, Wrong> {
        if let Some(id) = self.text("transaction_id", 32)? {
            return Ok(Known::TransactionId(id.to_owned()));
        }
        let number = self.text("out_trade_no", 32)?;
        let number = number.ok_or_else(|| Wrong::missing("out_trade_no"))?;
        Ok(Known::Number(number.to_owned()))
    }

    /// Every other field, to compare when the same is asked again.
    pub(super) fn rest(&self, read: &[&str]) -> Value {
        let is_rest = |name: &str| !COMMON.contains(&name) && !read.contains(&name);
        let rest = self.fields.iter().filter(|(name, value)| is_rest(name) && !value.is_empty());
        Value::Object(rest.map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>())
    }
}
