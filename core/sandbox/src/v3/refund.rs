//! Refunds: what a call asks for (WeChat Pay protocol B.8.1), and a refund as answers (B.8.2) and notifications (B.9) tell
//! it. The two have different shapes.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    json::{Field, Json, Members},
    native::{is_number_letter, notify_url},
    refusal::Refusal,
};
use crate::{
    clock::beijing,
    double::Known,
    trade::{Order, Refund, RefundState, RefundTerms, Spoken},
};

/// Members that only have to be well-formed and, when a refund is asked for again, equal.
const COMPARED: [&str; 2] = ["reason", "goods_detail"];
/// All other members.
const READ: [&str; 7] =
    ["sub_mchid", "transaction_id", "out_trade_no", "out_refund_no", "notify_url", "funds_account", "amount"];

/// What the body of a refund asks for.
pub(super) struct Asked {
    pub(super) sub_mchid: Option<String>,
    pub(super) order: Known,
    pub(super) terms: RefundTerms,
}

/// Reads and judges the body of a refund.
pub(super) fn read(body: &[u8]) -> Result<Asked, Refusal> {
    let body = Json::read(body)?;
    let members = Members::of_body(&body, &[&READ[..], &COMPARED].concat())?;
    let text = |name: &str, max: usize| {
        members.optional(name).map(|field| field.text(1, max).map(str::to_owned)).transpose()
    };
    let order = match (text("transaction_id", 32)?, text("out_trade_no", 32)?) {
        (Some(id), None) => Known::TransactionId(id),
        (None, Some(number)) => Known::Number(number),
        // WeChat Pay's own number is the surer one.
        (Some(id), Some(_)) => Known::TransactionId(id),
        (None, None) => {
            return Err(members.required("transaction_id").err().unwrap_or_else(Refusal::system_error));
        }
    };
    let amount = members.required("amount")?.object(&["refund", "total", "currency", "from"])?;
    amount.required("currency")?.one_of(&["CNY"])?;
    let refund = amount.required("refund")?.integer(1)?;
    if let Some(from) = amount.optional("from") {
        check_from(&from, refund)?;
    }
    if let Some(reason) = members.optional("reason") {
        reason.text(1, 80)?;
    }
    if let Some(goods) = members.optional("goods_detail") {
        check_goods(&goods)?;
    }
    let funds = members.optional("funds_account").map(|field| field.one_of(&["AVAILABLE", "UNSETTLED"]));
    let rest = COMPARED.iter().filter_map(|name| Some(((*name).to_owned(), members.optional(name)?.value())));
    let mut rest = rest.collect::<Map<_, _>>();
    rest.extend(amount.optional("from").map(|from| ("from".to_owned(), from.value())));
    Ok(Asked {
        sub_mchid: text("sub_mchid", 32)?,
        order,
        terms: RefundTerms {
            out_refund_no: members.required("out_refund_no")?.text_of(1, 64, is_refund_letter)?.to_owned(),
            refund,
            total: amount.required("total")?.integer(1)?,
            notify_url: members.optional("notify_url").map(|field| notify_url(&field)).transpose()?,
            spoken: Spoken::V3,
            is_from_available: funds.transpose()? == Some("AVAILABLE"),
            rest: Value::Object(rest),
        },
    })
}

/// What an `out_refund_no` may hold.
pub(crate) fn is_refund_letter(byte: u8) -> bool {
    is_number_letter(byte) || byte == b'@'
}

fn check_from(from: &Field<'_>, refund: i64) -> Result<(), Refusal> {
    let mut sum = 0_i64;
    for item in from.items(1)? {
        let item = item.object(&["account", "amount"])?;
        item.required("account")?.one_of(&["AVAILABLE", "UNAVAILABLE"])?;
        sum = sum.saturating_add(item.required("amount")?.integer(1)?);
    }
    if sum == refund { Ok(()) } else { Err(from.wrong("各出资账户金额之和应等于退款金额")) }
}

fn check_goods(goods: &Field<'_>) -> Result<(), Refusal> {
    for item in goods.items(1)? {
        let item = item.object(&[
            "merchant_goods_id",
            "wechatpay_goods_id",
            "goods_name",
            "unit_price",
            "refund_amount",
            "refund_quantity",
        ])?;
        item.required("merchant_goods_id")?.text(1, 32)?;
        for (name, max) in [("wechatpay_goods_id", 32), ("goods_name", 256)] {
            if let Some(field) = item.optional(name) {
                field.text(0, max)?;
            }
        }
        for name in ["unit_price", "refund_amount"] {
            item.required(name)?.integer(0)?;
        }
        item.required("refund_quantity")?.integer(1)?;
    }
    Ok(())
}

/// Reads the body of the call that sends an abnormal refund elsewhere (B.8.4), and gives the sub-merchant and the refund's
/// number. What it holds sealed is not opened: the double pays to no account.
pub(super) fn read_abnormal(body: &[u8]) -> Result<(Option<String>, String), Refusal> {
    let body = Json::read(body)?;
    let known = ["sub_mchid", "out_refund_no", "type", "bank_type", "bank_account", "real_name"];
    let members = Members::of_body(&body, &known)?;
    let number = members.required("out_refund_no")?.text_of(1, 64, is_refund_letter)?.to_owned();
    let is_customers =
        members.required("type")?.one_of(&["USER_BANK_CARD", "MERCHANT_BANK_CARD"])? == "USER_BANK_CARD";
    if is_customers {
        members.required("bank_type")?.text(1, 16)?;
        for name in ["bank_account", "real_name"] {
            let field = members.required(name)?;
            let is_sealed = STANDARD.decode(field.text(1, 1024)?).is_ok_and(|sealed| sealed.len() == 256);
            if !is_sealed {
                return Err(field.wrong("敏感信息应使用微信支付公钥加密"));
            }
        }
    }
    let sub_mchid = members.optional("sub_mchid").map(|field| field.text(1, 32).map(str::to_owned));
    Ok((sub_mchid.transpose()?, number))
}

/// Where the money arrives, in words for people.
pub(crate) const RECEIVED_BY: &str = "支付用户零钱";

/// The refund as calls are answered.
pub(super) fn told(order: &Order, refund: &Refund) -> Value {
    let (total, back) = (order.terms.total, refund.terms.refund);
    let mut told = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.terms.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": refund.channel,
        "user_received_account": RECEIVED_BY,
        "create_time": beijing(refund.created_at),
        "status": refund.status(),
        "funds_account": if refund.terms.is_from_available { "AVAILABLE" } else { "UNSETTLED" },
        "amount": {
            "total": total,
            "refund": back,
            "from": refund.terms.rest.get("from").cloned().unwrap_or_else(|| json!([])),
            "payer_total": total,
            "payer_refund": back,
            "settlement_refund": back,
            "settlement_total": total,
            "discount_refund": 0,
            "currency": "CNY",
            "refund_fee": refund.fee_back,
        },
        "promotion_detail": [],
    });
    if let RefundState::Success { at } = refund.state {
        told["success_time"] = json!(beijing(at));
    }
    told
}

/// The refund as notifications tell it.
pub(crate) fn notified(order: &Order, refund: &Refund) -> Value {
    let mut told = json!({
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "out_refund_no": refund.terms.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": refund.status(),
        "user_received_account": RECEIVED_BY,
        "amount": {
            "total": order.terms.total,
            "refund": refund.terms.refund,
            "payer_total": order.terms.total,
            "payer_refund": refund.terms.refund,
        },
    });
    match &order.terms.sub {
        None => told["mchid"] = json!(refund.mchid),
        Some(sub) => {
            told["sp_mchid"] = json!(refund.mchid);
            told["sub_mchid"] = json!(sub.mchid);
        }
    }
    if let RefundState::Success { at } = refund.state {
        told["success_time"] = json!(beijing(at));
    }
    told
}
