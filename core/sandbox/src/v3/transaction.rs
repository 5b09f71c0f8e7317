//! The transaction as queries and notifications tell it (WeChat Pay protocol B.4.1).

use serde_json::{Value, json};

use crate::{
    clock::beijing,
    trade::{Order, State, Sub},
};

/// What WeChat Pay tells of an order. Most of it only once it is paid.
pub(crate) fn of(order: &Order) -> Value {
    let terms = &order.terms;
    let mut told = json!({
        "out_trade_no": terms.out_trade_no,
        "trade_state": order.trade_state(),
        "trade_state_desc": state_words(order),
    });
    match &terms.sub {
        None => {
            told["appid"] = json!(terms.appid);
            told["mchid"] = json!(terms.mchid);
        }
        Some(sub) => {
            told["sp_appid"] = json!(terms.appid);
            told["sp_mchid"] = json!(terms.mchid);
            told["sub_mchid"] = json!(sub.mchid);
            if let Some(appid) = &sub.appid {
                told["sub_appid"] = json!(appid);
            }
        }
    }
    if let State::Paid { transaction_id, payer, at, .. } = &order.state {
        told["transaction_id"] = json!(transaction_id);
        told["trade_type"] = json!(order.trade_type());
        told["bank_type"] = json!("OTHERS");
        told["success_time"] = json!(beijing(*at));
        told["payer"] = match &terms.sub {
            None => json!({ "openid": payer }),
            Some(Sub { appid: None, .. }) => json!({ "sp_openid": payer }),
            Some(Sub { appid: Some(_), .. }) => {
                json!({ "sp_openid": payer, "sub_openid": format!("{payer}-sub") })
            }
        };
        told["amount"] = json!({
            "total": terms.total,
            "payer_total": terms.total,
            "currency": terms.currency,
            "payer_currency": terms.currency,
        });
        if let Some(attach) = &terms.attach {
            told["attach"] = json!(attach);
        }
        if let Some(device_id) = &terms.device_id {
            told["scene_info"] = json!({ "device_id": device_id });
        }
    }
    told
}

/// `trade_state_desc`: words for people.
pub(crate) fn state_words(order: &Order) -> &'static str {
    match order.state {
        State::Unpaid { customer_is_paying: true } if order.is_charge() => "用户支付中，需要输入密码",
        State::Unpaid { .. } => "订单未支付",
        State::Paid { is_refunded: true, .. } => "订单发生过退款，退款详情请查询退款单",
        State::Paid { is_refunded: false, .. } => "支付成功",
        State::Closed { .. } => "订单已关闭",
        State::Failed { .. } => "支付失败",
        State::Reversed { .. } => "订单已撤销",
    }
}
