//! Orders over API v2: placed, queried, closed; payment codes charged and taken back (WeChat Pay protocol C.3 to C.5,
//! C.9, C.10).

use std::net::IpAddr;

use jiff::SignedDuration;
use saoma_wechatpay::v2::Fields;

use super::{
    asked::{Asked, Wrong},
    broken, notified,
};
use crate::{
    clock::beijing_digits,
    double::{Double, Known, NotClosed, NotReversed},
    faults::Twists,
    trade::{
        ChargeRefused, Charged, CloseRefused, Code, Order, PaymentCode, PlaceRefused, ReverseRefused, State,
        Terms,
    },
    v3::{native::check_notify_url, transaction::state_words},
};

/// The time in which API v2 may refuse to close an order (C.5).
const CLOSES_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Fields of an order that become its terms; all others are compared as they are.
const TERMS: [&str; 9] = [
    "body",
    "out_trade_no",
    "notify_url",
    "total_fee",
    "fee_type",
    "time_expire",
    "attach",
    "device_info",
    "auth_code",
];

type Done = Result<Fields<'static>, Wrong>;

/// The terms that an order and a charge have in common.
fn terms(asked: &Asked<'_>) -> Result<Terms, Wrong> {
    let (account, sub) = asked.account()?;
    let address = asked.required("spbill_create_ip", 64)?;
    if address.parse::<IpAddr>().is_err() {
        return Err(Wrong::field("spbill_create_ip", "不是合法的IP地址"));
    }
    asked.json("detail", 6000)?;
    asked.json("scene_info", 256)?;
    asked.one_of("fee_type", &["CNY"])?;
    asked.one_of("limit_pay", &["no_credit"])?;
    asked.one_of("receipt", &["Y", "N"])?;
    asked.one_of("profit_sharing", &["Y", "N"])?;
    asked.time("time_start")?;
    asked.text("goods_tag", 32)?;
    Ok(Terms {
        appid: asked.party.merchant.appid.clone(),
        mchid: account.mchid,
        sub,
        spoken: asked.spoken(),
        description: asked.required("body", 128)?.to_owned(),
        out_trade_no: asked.out_trade_no()?.to_owned(),
        notify_url: String::new(),
        total: asked.fen("total_fee")?,
        currency: "CNY".to_owned(),
        time_expire: asked.time("time_expire")?,
        attach: asked.text("attach", 127)?.map(str::to_owned),
        device_id: asked.text("device_info", 32)?.map(str::to_owned),
        rest: asked.rest(&TERMS),
    })
}

pub(super) async fn place(double: &Double, asked: &Asked<'_>) -> Done {
    // What breaks a rule of this call has this code (C.3).
    let read = read_order(asked).map_err(|wrong| match wrong.code {
        "PARAM_ERROR" => Wrong { code: "INVALID_REQUEST", ..wrong },
        _ => wrong,
    });
    let placed = double.place(read?, asked.party.merchant.rate).await.map_err(|error| broken(&error))?;
    let order = placed.map_err(|refused| match refused {
        PlaceRefused::Paid => Wrong::new("ORDERPAID", "该订单已支付"),
        PlaceRefused::Closed => Wrong::new("ORDERCLOSED", "该订单已关闭"),
        PlaceRefused::Expired | PlaceRefused::OtherTerms => {
            Wrong::new("INVALID_REQUEST", "201 商户订单号重复")
        }
    })?;
    let mut told = Fields::new();
    told.set("trade_type", "NATIVE");
    let day = beijing_digits(double.clock.now());
    told.set("prepay_id", format!("wx{day}{}", double.random.hex_upper(36).to_lowercase()));
    told.set("code_url", order.code.as_ref().map(Code::url).unwrap_or_default());
    Ok(told)
}

fn read_order(asked: &Asked<'_>) -> Result<Terms, Wrong> {
    let mut terms = terms(asked)?;
    let notify_url = asked.required("notify_url", 256)?;
    check_notify_url(notify_url).map_err(|issue| Wrong::field("notify_url", issue))?;
    notify_url.clone_into(&mut terms.notify_url);
    if asked.required("trade_type", 16)? != "NATIVE" {
        return Err(Wrong::new("NOAUTH", "商户未开通该交易类型的权限"));
    }
    asked.required("product_id", 32)?;
    Ok(terms)
}

pub(super) async fn query(double: &Double, asked: &Asked<'_>) -> Done {
    let (account, _) = asked.account()?;
    let order = double.query(account, asked.known()?).await.map_err(|error| broken(&error))?;
    let order = order.map_err(|_| order_unknown())?;
    let mut told = match order.state {
        State::Paid { .. } => notified::paid(&order),
        _ => unpaid(&order),
    };
    told.set("trade_state", order.trade_state());
    told.set("trade_state_desc", state_words(&order));
    Ok(told)
}

fn unpaid(order: &Order) -> Fields<'static> {
    let mut told = Fields::new();
    told.set("out_trade_no", order.terms.out_trade_no.clone());
    if let Some(attach) = &order.terms.attach {
        told.set("attach", attach.clone());
    }
    told
}

fn order_unknown() -> Wrong {
    Wrong::new("ORDERNOTEXIST", "订单不存在")
}

pub(super) async fn close(double: &Double, asked: &Asked<'_>, twists: Twists) -> Done {
    let (account, _) = asked.account()?;
    let number = asked.required("out_trade_no", 32)?.to_owned();
    let standing = double.query(account.clone(), Known::Number(number.clone())).await;
    let standing = standing.map_err(|error| broken(&error))?.map_err(|_| order_unknown())?;
    if matches!(standing.state, State::Closed { .. }) {
        return Err(Wrong::new("ORDERCLOSED", "该订单已关闭，不能重复关闭"));
    }
    let age = double.clock.now().duration_since(standing.created_at);
    if twists.closes_late && age < CLOSES_AFTER && matches!(standing.state, State::Unpaid { .. }) {
        return Err(Wrong::new("TRADE_STATE_ERROR", "订单生成后5分钟内不能关闭，请稍后再试"));
    }
    match double.close(account, number).await.map_err(|error| broken(&error))? {
        Ok(_) => {
            let mut told = Fields::new();
            told.set("result_msg", "OK");
            Ok(told)
        }
        Err(NotClosed::Unfound(_)) => Err(order_unknown()),
        Err(NotClosed::Refused(CloseRefused::Paid)) => Err(Wrong::new("ORDERPAID", "该订单已支付，不能关闭")),
        Err(NotClosed::Refused(CloseRefused::CustomerIsPaying)) => {
            Err(Wrong::new("SYSTEMERROR", "用户支付中，操作过于频繁，请稍后再试"))
        }
        Err(NotClosed::Refused(CloseRefused::IsCharge)) => {
            Err(Wrong::new("TRADE_STATE_ERROR", "付款码支付订单不支持关单，请调用撤销接口"))
        }
    }
}

pub(super) async fn charge(double: &Double, asked: &Asked<'_>) -> Done {
    let terms = terms(asked)?;
    let auth_code = asked.required("auth_code", 128)?.to_owned();
    if !PaymentCode::is_shaped(&auth_code) {
        return Err(Wrong::new("AUTH_CODE_INVALID", "101 付款码无效，请重新扫码"));
    }
    let charged = double.charge(terms, auth_code, asked.party.merchant.rate).await;
    let (order, charged) = charged.map_err(|error| broken(&error))?.map_err(|refused| match refused {
        ChargeRefused::Paid => Wrong::new("ORDERPAID", "该订单已支付"),
        ChargeRefused::Closed => Wrong::new("ORDERCLOSED", "该订单已关闭"),
        ChargeRefused::Reversed => Wrong::new("ORDERREVERSED", "当前订单已经被撤销"),
        ChargeRefused::NumberUsed => Wrong::new("OUT_TRADE_NO_USED", "商户订单号重复"),
        ChargeRefused::CodeUnknown => Wrong::new("AUTH_CODE_INVALID", "101 付款码无效，请重新扫码"),
        ChargeRefused::CodeUsed => Wrong::new("AUTH_CODE_ERROR", "每个付款码仅限使用一次，请刷新再试"),
        ChargeRefused::CodeExpired => Wrong::new("AUTHCODEEXPIRE", "付款码已过期，请刷新再试"),
    })?;
    match charged {
        Charged::Paid => Ok(notified::paid(&order)),
        Charged::EnterPassword => Err(Wrong::new("USERPAYING", "需要用户输入支付密码")),
        Charged::NotEnough => Err(Wrong::new("NOTENOUGH", "用户的零钱余额不足，请用户换卡支付")),
    }
}

pub(super) async fn reverse(double: &Double, asked: &Asked<'_>, twists: Twists) -> Done {
    let (account, _) = asked.account()?;
    let known = asked.known()?;
    let mut told = Fields::new();
    if twists.recalls {
        told.set("recall", "Y");
        return Ok(told);
    }
    match double.reverse(account, known).await.map_err(|error| broken(&error))? {
        Ok(_) => {
            told.set("recall", "N");
            Ok(told)
        }
        Err(NotReversed::Unfound(_)) => Err(Wrong::new("INVALID_TRANSACTIONID", "无效的订单号，订单不存在")),
        Err(NotReversed::Refused(ReverseRefused::CustomerIsPaying)) => {
            Err(Wrong::new("USERPAYING", "正在支付中不能发起撤销"))
        }
        Err(NotReversed::Refused(ReverseRefused::OtherState)) => {
            Err(Wrong::new("TRADE_ERROR", "订单状态不允许撤销"))
        }
        Err(NotReversed::Refused(ReverseRefused::TooLate)) => {
            Err(Wrong::new("REVERSE_EXPIRE", "订单已超过7天，不能撤销，请使用退款"))
        }
    }
}
