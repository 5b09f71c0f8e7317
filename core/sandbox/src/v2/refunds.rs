//! Refunds over API v2 (WeChat Pay protocol C.6, C.7).

use saoma_wechatpay::v2::Fields;

use super::{
    asked::{Asked, Wrong},
    broken,
};
use crate::{
    clock::beijing_spaced,
    double::{Double, NotRefunded, RefundKnown, Unfound},
    faults::Twists,
    trade::{Channel, Order, Refund, RefundRefused, RefundState, RefundTerms},
    v3::{native::check_notify_url, refund::RECEIVED_BY, refund::is_refund_letter},
};

/// How many refunds one answer tells (C.7).
const PAGE: usize = 10;

const FROM_UNSETTLED: &str = "REFUND_SOURCE_UNSETTLED_FUNDS";
const FROM_AVAILABLE: &str = "REFUND_SOURCE_RECHARGE_FUNDS";

/// Fields of a refund that become its terms, or name its order; all others are compared as they are.
const TERMS: [&str; 7] = [
    "transaction_id",
    "out_trade_no",
    "out_refund_no",
    "total_fee",
    "refund_fee",
    "notify_url",
    "refund_account",
];

/// Creates a refund.
pub(super) async fn ask(
    double: &Double,
    asked: &Asked<'_>,
    twists: Twists,
) -> Result<Fields<'static>, Wrong> {
    let (account, _) = asked.account()?;
    let known = asked.known()?;
    let number = asked.required("out_refund_no", 64)?;
    if !number.bytes().all(is_refund_letter) {
        return Err(Wrong::field("out_refund_no", "含有不允许的字符"));
    }
    let notify_url = asked.text("notify_url", 256)?;
    if let Some(url) = notify_url {
        check_notify_url(url).map_err(|issue| Wrong::field("notify_url", issue))?;
    }
    asked.one_of("refund_fee_type", &["CNY"])?;
    asked.text("refund_desc", 80)?;
    let from = asked.one_of("refund_account", &[FROM_UNSETTLED, FROM_AVAILABLE])?;
    let terms = RefundTerms {
        out_refund_no: number.to_owned(),
        refund: asked.fen("refund_fee")?,
        total: asked.fen("total_fee")?,
        notify_url: notify_url.map(str::to_owned),
        is_from_available: from == Some(FROM_AVAILABLE),
        spoken: asked.spoken(),
        rest: asked.rest(&TERMS),
    };
    let created = double.refund(account, known, terms, twists).await.map_err(|error| broken(&error))?;
    let (order, refund) = created.map_err(not_refunded)?;
    let (total, back) = (order.terms.total.to_string(), refund.terms.refund.to_string());
    let mut told = named(&order, &refund);
    for name in ["refund_fee", "settlement_refund_fee", "cash_refund_fee"] {
        told.set(name, back.clone());
    }
    for name in ["total_fee", "settlement_total_fee", "cash_fee"] {
        told.set(name, total.clone());
    }
    told.set("out_refund_no", refund.terms.out_refund_no);
    told.set("refund_id", refund.refund_id);
    told.set("fee_type", "CNY");
    told.set("cash_fee_type", "CNY");
    told.set("coupon_refund_fee", "0");
    told.set("coupon_refund_count", "0");
    Ok(told)
}

fn named(order: &Order, refund: &Refund) -> Fields<'static> {
    let mut told = Fields::new();
    told.set("transaction_id", refund.transaction_id.clone());
    told.set("out_trade_no", order.terms.out_trade_no.clone());
    told
}

fn not_refunded(not: NotRefunded) -> Wrong {
    let refused = match not {
        NotRefunded::Unfound(_) => RefundRefused::NoPayment,
        NotRefunded::Refused(refused) => refused,
    };
    match refused {
        RefundRefused::NoPayment => Wrong::new("ORDERNOTEXIST", "订单不存在或未支付"),
        RefundRefused::Reversed => Wrong::new("ERROR", "订单已撤销，不能退款"),
        RefundRefused::OtherTerms => Wrong::new("REFUND_FEE_MISMATCH", "同一个out_refund_no的退款参数应一致"),
        RefundRefused::OtherTotal => {
            Wrong::new("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        }
        RefundRefused::MoreThanTheRest => Wrong::new("INVALID_REQUEST", "申请退款金额超过订单剩余可退金额"),
        RefundRefused::TooLate => Wrong::new("TRADE_OVERDUE", "订单支付成功已超过一年，不能退款"),
        RefundRefused::TooManyParts => Wrong::new("INVALID_REQUEST", "订单部分退款次数超过50次"),
        RefundRefused::TooSoon => Wrong::new("FREQUENCY_LIMITED", "该订单退款过于频繁，请稍后再试"),
        RefundRefused::NotEnough => Wrong::new("NOTENOUGH", "基本账户余额不足，请充值后重新发起"),
    }
}

/// Tells one refund, or those of an order.
pub(super) async fn query(double: &Double, asked: &Asked<'_>) -> Result<Fields<'static>, Wrong> {
    let (account, _) = asked.account()?;
    let offset = match asked.text("offset", 2)? {
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| Wrong::field("offset", "应为非负整数"))?,
    };
    let unfound = |_: Unfound| Wrong::new("REFUNDNOTEXIST", "退款订单不存在");
    let known = match (asked.text("refund_id", 32)?, asked.text("out_refund_no", 64)?) {
        (Some(id), _) => Some(RefundKnown::Id(id.to_owned())),
        (None, Some(number)) => Some(RefundKnown::Number(number.to_owned())),
        (None, None) => None,
    };
    let (order, refunds) = match known {
        Some(known) => {
            let found = double.look_at_refund(account, known).await.map_err(|error| broken(&error))?;
            let (order, refund) = found.map_err(unfound)?;
            (order, vec![refund])
        }
        None => {
            let found =
                double.look_at_refunds(account, asked.known()?).await.map_err(|error| broken(&error))?;
            found.map_err(unfound)?
        }
    };
    let Some(first) = refunds.first() else { return Err(unfound(Unfound::Unknown)) };
    let mut told = named(&order, first);
    for name in ["total_fee", "settlement_total_fee", "cash_fee"] {
        told.set(name, order.terms.total.to_string());
    }
    told.set("fee_type", "CNY");
    told.set("total_refund_count", refunds.len().to_string());
    let page = refunds.iter().skip(offset).take(PAGE).collect::<Vec<_>>();
    told.set("refund_count", page.len().to_string());
    told.set("refund_fee", page.iter().map(|refund| refund.terms.refund).sum::<i64>().to_string());
    for (index, refund) in page.into_iter().enumerate() {
        tell(&mut told, index, refund);
    }
    Ok(told)
}

fn tell(told: &mut Fields<'static>, index: usize, refund: &Refund) {
    let mut set = |name: &str, value: String| told.set(format!("{name}_{index}"), value);
    set("out_refund_no", refund.terms.out_refund_no.clone());
    set("refund_id", refund.refund_id.clone());
    let channel = match refund.channel {
        Channel::Original => "ORIGINAL",
        Channel::OtherBankcard => "OTHER_BANKCARD",
    };
    set("refund_channel", channel.to_owned());
    set("refund_fee", refund.terms.refund.to_string());
    set("settlement_refund_fee", refund.terms.refund.to_string());
    set("coupon_refund_fee", "0".to_owned());
    set("coupon_refund_count", "0".to_owned());
    set("refund_status", status(refund).to_owned());
    set("refund_account", account(refund).to_owned());
    set("refund_recv_accout", RECEIVED_BY.to_owned());
    if let RefundState::Success { at } = refund.state {
        set("refund_success_time", beijing_spaced(at));
    }
}

/// `refund_status` in API v2's words (C.7).
pub(super) fn status(refund: &Refund) -> &'static str {
    match refund.state {
        RefundState::Processing { .. } => "PROCESSING",
        RefundState::Success { .. } => "SUCCESS",
        RefundState::Closed { .. } => "REFUNDCLOSE",
        RefundState::Abnormal { .. } => "CHANGE",
    }
}

/// `refund_account` (C.6).
pub(super) fn account(refund: &Refund) -> &'static str {
    if refund.terms.is_from_available { FROM_AVAILABLE } else { FROM_UNSETTLED }
}
