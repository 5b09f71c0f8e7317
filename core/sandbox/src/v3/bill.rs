//! Bills: asked for, then downloaded (WeChat Pay protocol B.10.1, B.10.2).

use bytes::Bytes;
use jiff::civil::Date;
use saoma_wechatpay::bill::{Sha1Hash, TradeKind};
use serde_json::{Value, json};

use super::{
    answer::Outcome,
    broken,
    received::Received,
    refusal::{Place, Refusal},
    whose,
};
use crate::{
    bills::{self, Kind, Spoilt},
    double::{Account, Double},
    identity::Party,
};

/// Where bills are downloaded.
pub(super) const DOWNLOAD: &str = "/v3/billdownload/file";

/// The two bills there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Trade,
    FundFlow,
}

/// Makes a bill and tells where it waits.
pub(super) async fn ask(
    double: &Double,
    received: &Received,
    asked: Asked,
    spoilt: Spoilt,
    party: &Party,
) -> Result<Value, Refusal> {
    let known: &[&str] = match asked {
        Asked::Trade => &["bill_date", "bill_type", "tar_type", "sub_mchid"],
        Asked::FundFlow => &["bill_date", "account_type", "tar_type"],
    };
    let query = received.query(known)?;
    let value = |name: &str| query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let wrong = |name: &str, value: &str, issue: &str| {
        Refusal::parameter(Place::Query, &format!("/{name}"), value, issue)
    };
    let date = value("bill_date").ok_or_else(|| wrong("bill_date", "", "此字段为必填项"))?;
    let day =
        day_of(date, "%Y-%m-%d", 10).ok_or_else(|| wrong("bill_date", date, "日期格式应为yyyy-MM-dd"))?;
    let kind = match (asked, value("bill_type"), value("account_type")) {
        (Asked::Trade, None | Some("ALL"), _) => Kind::Trade(TradeKind::All),
        (Asked::Trade, Some("SUCCESS"), _) => Kind::Trade(TradeKind::Success),
        (Asked::Trade, Some("REFUND"), _) => Kind::Trade(TradeKind::Refund),
        (Asked::Trade, Some(other), _) => {
            return Err(wrong("bill_type", other, "枚举值错误，应为ALL、SUCCESS、REFUND之一"));
        }
        (Asked::FundFlow, _, None | Some("BASIC")) => Kind::FundFlow { is_basic: true },
        (Asked::FundFlow, _, Some("OPERATION" | "FEES")) => Kind::FundFlow { is_basic: false },
        (Asked::FundFlow, _, Some(other)) => {
            return Err(wrong("account_type", other, "枚举值错误，应为BASIC、OPERATION、FEES之一"));
        }
    };
    let suffix = match value("tar_type") {
        None => "",
        Some("GZIP") => "&tartype=gzip",
        Some(other) => return Err(wrong("tar_type", other, "枚举值错误，应为GZIP")),
    };
    let mchid = party.merchant.mchid.clone();
    let account = match value("sub_mchid") {
        None => Account { mchid: mchid.clone(), sub_mchid: None },
        Some(sub_mchid) => whose::of_sub(Some(sub_mchid.to_owned()), Place::Query, party)?,
    };
    let made = double.bill(account, kind, day, spoilt).await.map_err(|error| broken(&error))?;
    let text = made.map_err(Refusal::no_bill)?;
    let mut hash = Sha1Hash::of(text.as_bytes()).to_string();
    if spoilt.has_wrong_hash {
        let first = if hash.starts_with('0') { "1" } else { "0" };
        hash.replace_range(..1, first);
    }
    let token = double.keep_file(mchid, text).await.map_err(|error| broken(&error))?;
    Ok(json!({
        "hash_type": "SHA1",
        "hash_value": hash,
        "download_url": format!("{}{DOWNLOAD}?token={token}{suffix}", double.for_tools.base_url),
    }))
}

/// The file itself, not signed; gzip is a file here, not an encoding of the answer.
pub(super) async fn download(
    double: &Double,
    received: &Received,
    party: &Party,
) -> Result<Outcome, Refusal> {
    let query = received.query(&["token", "tartype"])?;
    let value = |name: &str| query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let is_zipped = match value("tartype") {
        None => false,
        Some("gzip") => true,
        Some(other) => {
            return Err(Refusal::parameter(Place::Query, "/tartype", other, "枚举值错误，应为gzip"));
        }
    };
    let token = value("token").unwrap_or_default().to_owned();
    let file = double.file(token).await.map_err(|error| broken(&error))?;
    let file = file.filter(|file| file.mchid == party.merchant.mchid);
    let text = file.ok_or_else(|| Refusal::rule("token无效或已过期，请重新申请账单"))?.text;
    if !is_zipped {
        return Ok(Outcome::file("text/plain; charset=utf-8", Bytes::from(text)));
    }
    let zipped = bills::zipped(&text).map_err(|_| Refusal::system_error())?;
    Ok(Outcome::file("application/x-gzip", Bytes::from(zipped)))
}

/// A day written in exactly this form.
pub(crate) fn day_of(text: &str, form: &str, length: usize) -> Option<Date> {
    if text.len() != length { None } else { Date::strptime(form, text).ok() }
}
