//! Who calls: the Authorization header, judged as WeChat Pay judges it (WeChat Pay protocol A.4).
//!
//! Written apart from the client's own reader, so that the two do not share their mistakes.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use saoma_wechatpay::keys::Serial;

use super::{received::Received, refusal::Refusal};
use crate::identity::{Keys, Party};

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
const FIELDS: [&str; 5] = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];
const NONCE_CHARS_MAX: usize = 128;
/// How far a request's timestamp may be off, either way (A.4.1).
const AGE_SECONDS_MAX: u64 = 300;

/// The merchant that signed a request.
pub(crate) fn judge(received: &Received, keys: &Keys, now: Timestamp) -> Result<Arc<Party>, Refusal> {
    let header =
        received.headers.get(AUTHORIZATION).ok_or_else(|| Refusal::authorization("缺少Authorization"))?;
    let header = header.to_str().map_err(|_| Refusal::authorization("含有非法字符"))?;
    let [mchid, nonce, timestamp, serial_no, signature] = fields(header)?;

    if nonce.is_empty() || nonce.len() > NONCE_CHARS_MAX {
        return Err(Refusal::authorization("nonce_str长度错误"));
    }
    let is_decimal = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let signed_at = timestamp.parse::<i64>().ok().filter(|_| is_decimal);
    let signed_at = signed_at.ok_or_else(|| Refusal::authorization("timestamp应为秒级时间戳"))?;
    let party = keys.party(mchid).ok_or_else(Refusal::merchant_unknown)?;
    if Serial::new(serial_no).ok().is_none_or(|serial| serial != party.serial) {
        return Err(Refusal::authorization("商户API证书序列号serial_no与商户号不匹配"));
    }
    if signed_at.abs_diff(now.as_second()) > AGE_SECONDS_MAX {
        return Err(Refusal::authorization("timestamp与微信支付系统时间相差超过5分钟，请求已过期"));
    }
    let method = received.method.as_str();
    let text = text_signed(method, &received.target, timestamp, nonce, &received.body);
    let not_matching = || Refusal::signature(method, &received.target, &text);
    let signature = STANDARD.decode(signature).map_err(|_| not_matching())?;
    party.verifier.verify_signature(&text, &signature).map_err(|_| not_matching())?;
    Ok(Arc::clone(party))
}

/// The five lines (A.4.1).
fn text_signed(method: &str, target: &str, timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method}\n{target}\n{timestamp}\n{nonce}\n").into_bytes();
    text.extend_from_slice(body);
    text.push(b'\n');
    text
}

/// The five values, in the order of [`FIELDS`]. They may come in any order, each exactly once (A.4.3).
fn fields(header: &str) -> Result<[&str; 5], Refusal> {
    let malformed = |issue: &str| Refusal::authorization(issue);
    let rest = header.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(' '));
    let mut rest = rest.ok_or_else(|| malformed("认证类型应为WECHATPAY2-SHA256-RSA2048"))?.trim();
    let mut values = [None; FIELDS.len()];
    loop {
        let (name, after) =
            rest.split_once("=\"").ok_or_else(|| malformed("应为name=\"value\"，以逗号分隔"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| malformed("缺少引号"))?;
        let place = FIELDS.iter().position(|known| *known == name);
        let place = place.ok_or_else(|| malformed(&format!("未知字段{name}")))?;
        if values[place].replace(value).is_some() {
            return Err(malformed(&format!("字段{name}重复")));
        }
        rest = match after.trim_start().strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.trim().is_empty() => break,
            None => return Err(malformed("字段之间应以逗号分隔")),
        };
    }
    let mut read = [""; FIELDS.len()];
    for (place, value) in values.into_iter().enumerate() {
        read[place] = value.ok_or_else(|| malformed(&format!("缺少字段{}", FIELDS[place])))?;
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_protocols_own_example() {
        use sha2::{Digest, Sha256};
        let target = "/v3/pay/transactions/out-trade-no/KB20260801-0007?mchid=1688001234";
        let text = text_signed("GET", target, "1785549600", "Q7wErTy01Zx3CvBn", b"");
        assert_eq!(text.len(), 100);
        assert_eq!(
            hex::encode(Sha256::digest(&text)),
            "279ff201552c89ae001082061358a3064e45bc8647b109fb78268ad4b4231fb1"
        );
    }

    #[test]
    fn the_five_fields_are_read_in_any_order_and_with_blanks() {
        let header = "WECHATPAY2-SHA256-RSA2048 signature=\"c2ln\", mchid=\"1900000001\",\
                      nonce_str=\"n\" ,serial_no=\"1F\",timestamp=\"1\"";
        assert_eq!(fields(header).unwrap(), ["1900000001", "n", "1", "1F", "c2ln"]);
    }

    #[test]
    fn any_other_header_is_malformed() {
        let good = "mchid=\"1\",nonce_str=\"n\",timestamp=\"1\",serial_no=\"1\",signature=\"s\"";
        for bad in [
            String::new(),
            SCHEME.to_owned(),
            good.to_owned(),
            format!("wechatpay2-sha256-rsa2048 {good}"),
            format!("WECHATPAY2-SM2-WITH-SM3 {good}"),
            format!("{SCHEME}{good}"),
            format!("{SCHEME} {good},"),
            format!("{SCHEME} {good},mchid=\"1\""),
            format!("{SCHEME} {good},other=\"1\""),
            format!("{SCHEME} {}", good.replace(',', " ")),
            format!("{SCHEME} {}", good.replace('"', "")),
            format!("{SCHEME} {}", good.replace("mchid=\"1\",", "")),
        ] {
            let refusal = fields(&bad).expect_err(&bad);
            assert_eq!(
                (refusal.status.as_u16(), refusal.code, refusal.number),
                (401, "SIGN_ERROR", 268_443_699)
            );
        }
    }
}
