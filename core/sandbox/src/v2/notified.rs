//! What API v2 notifies: a payment, signed (WeChat Pay protocol C.12), and the end of a refund, sealed (C.13).

use bytes::Bytes;
use saoma_wechatpay::v2::{Fields, SIGN, SignType, Signing, XmlError, req_info};
use serde_json::{Map, Value};

use super::{
    answer::{document, spoilt_sign},
    refunds,
};
use crate::{
    clock::{beijing_digits, beijing_spaced},
    identity::Party,
    random::Random,
    trade::{Order, Refund, RefundState, Spoken, State},
    v3::{answer::Way, refund::RECEIVED_BY, signature::Spoilt},
};

/// What a paid order is told as, in answers and notifications (C.4).
pub(crate) fn paid(order: &Order) -> Fields<'static> {
    let mut told = Fields::new();
    let State::Paid { transaction_id, payer, at, .. } = &order.state else { return told };
    let (terms, total) = (&order.terms, order.terms.total.to_string());
    told.set("openid", payer.clone());
    told.set("is_subscribe", "N");
    told.set("trade_type", order.trade_type());
    told.set("bank_type", "OTHERS");
    told.set("fee_type", "CNY");
    told.set("cash_fee_type", "CNY");
    for name in ["total_fee", "settlement_total_fee", "cash_fee"] {
        told.set(name, total.clone());
    }
    told.set("transaction_id", transaction_id.clone());
    told.set("out_trade_no", terms.out_trade_no.clone());
    told.set("time_end", beijing_digits(*at));
    if let Some(attach) = &terms.attach {
        told.set("attach", attach.clone());
    }
    if let Some(device) = &terms.device_id {
        told.set("device_info", device.clone());
    }
    told
}

/// A payment, to be kept until it is sent.
pub(crate) fn payment(order: &Order) -> Value {
    let mut told = paid(order);
    whose(&mut told, order);
    kept(&told)
}

/// The end of a refund, to be kept until it is sent.
pub(crate) fn refund(order: &Order, ended: &Refund) -> Value {
    let mut sealed = Fields::new();
    sealed.set("transaction_id", ended.transaction_id.clone());
    sealed.set("out_trade_no", ended.out_trade_no.clone());
    sealed.set("refund_id", ended.refund_id.clone());
    sealed.set("out_refund_no", ended.terms.out_refund_no.clone());
    for name in ["total_fee", "settlement_total_fee"] {
        sealed.set(name, order.terms.total.to_string());
    }
    for name in ["refund_fee", "settlement_refund_fee", "cash_refund_fee"] {
        sealed.set(name, ended.terms.refund.to_string());
    }
    sealed.set("refund_status", refunds::status(ended));
    if let RefundState::Success { at } = ended.state {
        sealed.set("success_time", beijing_spaced(at));
    }
    sealed.set("refund_recv_accout", RECEIVED_BY);
    sealed.set("refund_account", refunds::account(ended));
    sealed.set("refund_request_source", "API");
    let mut outer = Fields::new();
    whose(&mut outer, order);
    Value::Object(Map::from_iter([("outer".into(), kept(&outer)), ("sealed".into(), kept(&sealed))]))
}

fn whose(fields: &mut Fields<'static>, order: &Order) {
    fields.set("appid", order.terms.appid.clone());
    fields.set("mch_id", order.terms.mchid.clone());
    if let Some(sub) = &order.terms.sub {
        fields.set("sub_mch_id", sub.mchid.clone());
        if let Some(appid) = &sub.appid {
            fields.set("sub_appid", appid.clone());
        }
    }
}

fn kept(fields: &Fields<'_>) -> Value {
    Value::Object(fields.iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
}

fn fields_of(kept: &Value) -> Fields<'static> {
    let mut fields = Fields::new();
    for (name, value) in kept.as_object().into_iter().flatten() {
        fields.set(name.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    fields
}

/// One fen more than the truth (the fault `notify_wrong_amount`).
fn one_more(fields: &mut Fields<'static>, names: &[&'static str]) {
    for name in names {
        let fen = fields.get(name).and_then(|fen| fen.parse::<i64>().ok()).unwrap_or(0);
        fields.set(*name, fen.saturating_add(1).to_string());
    }
}

/// A notification as it goes out.
///
/// # Errors
/// When what was kept cannot be written, which it could when it was made.
pub(crate) fn body(
    content: &Value,
    spoken: Spoken,
    party: &Party,
    has_wrong_amount: bool,
    spoilt: Spoilt,
    random: &Random,
) -> Result<Bytes, XmlError> {
    let way = Way { signature: spoilt, ..Way::default() };
    let Some(sealed) = content.get("sealed") else {
        let mut fields = fields_of(content);
        if has_wrong_amount {
            one_more(&mut fields, &["total_fee", "settlement_total_fee", "cash_fee"]);
        }
        fields.set("return_code", "SUCCESS");
        fields.set("result_code", "SUCCESS");
        fields.set("nonce_str", random.letters_digits(32));
        let sign_type = if spoken == Spoken::V2HmacSha256 { SignType::HmacSha256 } else { SignType::Md5 };
        let signing = Signing { key: party.api_v2_key.clone(), sign_type };
        fields.set(SIGN, spoilt_sign(signing.sign(&fields), way, random));
        return Ok(document(&fields));
    };
    let mut sealed = fields_of(sealed);
    if has_wrong_amount {
        one_more(&mut sealed, &["refund_fee", "settlement_refund_fee", "cash_refund_fee"]);
    }
    let mut fields = fields_of(&content["outer"]);
    fields.set("return_code", "SUCCESS");
    fields.set("return_msg", "OK");
    fields.set("nonce_str", random.letters_digits(32));
    // There is no signature to spoil: what is sealed by somebody else, or not at all, does not open.
    let seal = req_info::seal(&party.api_v2_key, &sealed.write("root")?);
    let is_spoilt = spoilt.is_forged || spoilt.is_probe || spoilt.is_missing;
    fields.set("req_info", if is_spoilt { seal.chars().rev().collect() } else { seal });
    Ok(document(&fields))
}

/// Whether a receiver's answer is acceptance: 200, and a message that says so (C.12).
pub(crate) fn is_accepted(status: u16, body: &[u8]) -> bool {
    let says = Fields::read(saoma_wechatpay::v2::xml::ROOT, body);
    status == 200 && says.is_ok_and(|fields| fields.get("return_code") == Some("SUCCESS"))
}
