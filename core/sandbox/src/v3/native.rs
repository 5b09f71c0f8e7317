//! The body of a Native order, field by field (WeChat Pay protocol B.2.1, B.3).

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    json::{Field, Json, Members},
    refusal::Refusal,
    whose::{Form, Whose},
};
use crate::{
    clock::read_rfc3339,
    identity::Party,
    loopback::is_loopback,
    trade::{Spoken, Terms},
};

/// Members that only have to be well-formed and, when an order is placed again, equal.
const COMPARED: [&str; 7] =
    ["goods_tag", "support_fapiao", "limit_pay", "detail", "scene_info", "settle_info", "payer"];
/// All other members.
const READ: [&str; 6] = ["description", "out_trade_no", "time_expire", "attach", "notify_url", "amount"];

/// Reads and judges the body of an order.
pub(super) fn read_order(body: &[u8], form: Form, party: &Party) -> Result<Terms, Refusal> {
    let body = Json::read(body)?;
    let members = Members::of_body(&body, &[form.names_with_appids(), &READ, &COMPARED].concat())?;
    let amount = members.required("amount")?.object(&["total", "currency"])?;
    let currency = amount.optional("currency").map_or(Ok("CNY"), |field| field.one_of(&["CNY"]))?;
    let time_expire = members.optional("time_expire").map(|field| time(&field)).transpose()?;
    let attach = members.optional("attach").map(|field| field.text(0, 128).map(str::to_owned)).transpose()?;
    let device_id = check_compared(&members)?;
    let rest = COMPARED.iter().filter_map(|name| Some(((*name).to_owned(), members.optional(name)?.value())));
    let whose = Whose::of_body(&members, form)?;
    let terms = Terms {
        appid: whose.appid.clone(),
        mchid: whose.mchid.clone(),
        sub: whose.sub.clone(),
        spoken: Spoken::V3,
        description: members.required("description")?.text(1, 127)?.to_owned(),
        out_trade_no: members.required("out_trade_no")?.text_of(6, 32, is_number_letter)?.to_owned(),
        notify_url: notify_url(&members.required("notify_url")?)?,
        total: amount.required("total")?.integer(1)?,
        currency: currency.to_owned(),
        time_expire,
        attach,
        device_id,
        rest: Value::Object(rest.collect::<Map<_, _>>()),
    };
    whose.judge(form, party)?;
    Ok(terms)
}

/// What an `out_trade_no` may hold.
pub(crate) fn is_number_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-|*".contains(&byte)
}

fn time(field: &Field<'_>) -> Result<Timestamp, Refusal> {
    let issue = "时间格式错误，应为带时区的RFC3339，如2026-08-01T10:00:00+08:00";
    read_rfc3339(field.text(1, 64)?).ok_or_else(|| field.wrong(issue))
}

/// Checks the members that are only compared, and gives the scene's device, which queries tell again.
fn check_compared(members: &Members<'_>) -> Result<Option<String>, Refusal> {
    if let Some(field) = members.optional("goods_tag") {
        field.text(0, 32)?;
    }
    if let Some(field) = members.optional("support_fapiao") {
        field.boolean()?;
    }
    if let Some(field) = members.optional("limit_pay") {
        for item in field.items(0)? {
            item.one_of(&["no_balance", "no_credit", "no_debit", "balance_only"])?;
        }
    }
    if let Some(field) = members.optional("detail") {
        check_detail(&field, "wechatpay_goods_id")?;
    }
    if let Some(field) = members.optional("settle_info")
        && let Some(sharing) = field.object(&["profit_sharing"])?.optional("profit_sharing")
    {
        sharing.boolean()?;
    }
    if let Some(field) = members.optional("payer")
        && field.object(&["identity"])?.optional("identity").is_some()
    {
        return Err(Refusal::not_opened("实名支付（payer.identity）"));
    }
    members.optional("scene_info").map_or(Ok(None), |field| check_scene(&field))
}

/// Checks the goods; WeChat Pay's own number of one has another name in each product (B.11).
pub(super) fn check_detail(field: &Field<'_>, wechatpay_id: &str) -> Result<(), Refusal> {
    let detail = field.object(&["cost_price", "invoice_id", "goods_detail"])?;
    if let Some(price) = detail.optional("cost_price") {
        price.integer(0)?;
    }
    if let Some(id) = detail.optional("invoice_id") {
        id.text(0, 32)?;
    }
    let Some(goods) = detail.optional("goods_detail") else { return Ok(()) };
    for item in goods.items(1)? {
        let item =
            item.object(&["merchant_goods_id", wechatpay_id, "goods_name", "quantity", "unit_price"])?;
        let is_id_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        item.required("merchant_goods_id")?.text_of(1, 32, is_id_letter)?;
        if let Some(id) = item.optional(wechatpay_id) {
            id.text(0, 32)?;
        }
        if let Some(name) = item.optional("goods_name") {
            name.text(0, 256)?;
        }
        item.required("quantity")?.integer(1)?;
        item.required("unit_price")?.integer(0)?;
    }
    Ok(())
}

/// Checks the scene and gives its device.
fn check_scene(field: &Field<'_>) -> Result<Option<String>, Refusal> {
    let scene = field.object(&["payer_client_ip", "device_id", "store_info"])?;
    let address = scene.required("payer_client_ip")?;
    if address.text(1, 45)?.parse::<IpAddr>().is_err() {
        return Err(address.wrong("不是合法的IPv4或IPv6地址"));
    }
    if let Some(store) = scene.optional("store_info") {
        let store = store.object(&["id", "name", "area_code", "address"])?;
        store.required("id")?.text(1, 32)?;
        for (name, max) in [("name", 256), ("area_code", 32), ("address", 512)] {
            if let Some(field) = store.optional(name) {
                field.text(0, max)?;
            }
        }
    }
    scene.optional("device_id").map(|field| field.text(0, 32).map(str::to_owned)).transpose()
}

/// Reads a notify URL.
pub(super) fn notify_url(field: &Field<'_>) -> Result<String, Refusal> {
    let text = field.text(1, 255)?;
    check_notify_url(text).map_err(|issue| field.wrong(issue))?;
    Ok(text.to_owned())
}

/// Checks a notify URL: https with a host and a path, no query; http only to loopback, where the real WeChat Pay would
/// refuse it.
pub(crate) fn check_notify_url(text: &str) -> Result<(), &'static str> {
    if text.contains(char::is_whitespace) {
        return Err("通知地址含有空格");
    }
    if text.contains(['?', '#']) {
        return Err("通知地址不能携带参数");
    }
    let Ok(url) = text.parse::<reqwest::Url>() else {
        return Err("通知地址不是合法的URL");
    };
    let has_path = text.splitn(4, '/').nth(3).is_some();
    if url.host_str().is_none_or(str::is_empty) || !has_path {
        return Err("通知地址必须包含域名和路径");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("通知地址不能携带用户名或密码");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url.host_str().unwrap_or_default()) => {
            tracing::info!("notify_url is plain http, which the real WeChat Pay refuses: {text}");
            Ok(())
        }
        _ => Err("通知地址必须为https（本沙箱另外允许指向本机的http地址）"),
    }
}
