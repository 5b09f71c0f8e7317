//! Bills over API v2: the file itself, or a failure that is never signed (WeChat Pay protocol C.8).

use bytes::Bytes;
use saoma_wechatpay::{
    bill::{Sha1Hash, TradeKind},
    v2::SignType,
};

use super::{
    Said,
    asked::{Asked, Wrong},
    broken,
};
use crate::{
    bills::{self, Kind, NoBill, Spoilt},
    double::{Account, Double},
    v3::bill::day_of,
};

/// Makes a bill and hands it out at once.
pub(super) async fn download(double: &Double, asked: &Asked<'_>, kind: Kind, spoilt: Spoilt) -> Said {
    match made(double, asked, kind, spoilt).await {
        Ok(said) => said,
        Err(message) => Said::Failed(message),
    }
}

async fn made(double: &Double, asked: &Asked<'_>, kind: Kind, spoilt: Spoilt) -> Result<Said, String> {
    let words = |wrong: Wrong| {
        if wrong.code == "LACK_PARAMS" { "missing parameter".to_owned() } else { wrong.code.to_owned() }
    };
    let account = match asked.given("sub_mch_id") {
        Some(_) => asked.account().map_err(words)?.0,
        None => whole_account(asked).map_err(words)?,
    };
    let date = asked.required("bill_date", 8).map_err(words)?;
    let day = day_of(date, "%Y%m%d", 8).ok_or("data format error")?;
    let is_zipped = asked.one_of("tar_type", &["GZIP"]).map_err(words)?.is_some();
    let kind = match kind {
        Kind::Trade(_) => {
            let allowed = ["ALL", "SUCCESS", "REFUND"];
            match asked.one_of("bill_type", &allowed).map_err(|_| "invalid bill_type")? {
                Some("SUCCESS") => Kind::Trade(TradeKind::Success),
                Some("REFUND") => Kind::Trade(TradeKind::Refund),
                _ => Kind::Trade(TradeKind::All),
            }
        }
        Kind::FundFlow { .. } => {
            if asked.signing.sign_type != SignType::HmacSha256 {
                return Err("sign_type参数格式错误".to_owned());
            }
            let account = asked.one_of("account_type", &["Basic", "Operation", "Fees"]).map_err(words)?;
            Kind::FundFlow { is_basic: account.ok_or("PARAM_ERROR")? == "Basic" }
        }
    };
    let made = double.bill(account, kind, day, spoilt).await.map_err(|error| broken(&error).code)?;
    let is_trade = matches!(kind, Kind::Trade(_));
    let text = made.map_err(|no| match no {
        NoBill::Empty | NoBill::TooOld if is_trade => "No Bill Exist",
        NoBill::Empty | NoBill::TooOld => "NO_BILL_EXIST",
        NoBill::Creating | NoBill::NotOver if is_trade => "Bill Creating",
        NoBill::Creating | NoBill::NotOver => "BILL_CREATING",
        NoBill::TooLarge => "SYSTEMERROR",
    })?;
    let digest = (!is_trade).then(|| format!("SHA={}", Sha1Hash::of(text.as_bytes())));
    Ok(match is_zipped {
        false => Said::File { content_type: "text/plain; charset=utf-8", body: Bytes::from(text), digest },
        true => {
            let body = Bytes::from(bills::zipped(&text).map_err(|_| "CompressGZip Error")?);
            Said::File { content_type: "application/x-gzip", body, digest }
        }
    })
}

/// A service provider that names no sub-merchant gets the bill of all.
fn whole_account(asked: &Asked<'_>) -> Result<Account, Wrong> {
    if asked.required("appid", 32)? != asked.party.merchant.appid {
        return Err(Wrong::new("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    }
    asked.required("nonce_str", 32)?;
    Ok(Account { mchid: asked.party.merchant.mchid.clone(), sub_mchid: None })
}
