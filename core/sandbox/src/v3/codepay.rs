//! The bodies of a charge of a payment code and of its reversal (WeChat Pay protocol B.11).

use serde_json::{Map, Value, json};

use super::{
    json::{Field, Json, Members},
    native::{check_detail, is_number_letter},
    refusal::Refusal,
    whose::{Form, Whose},
};
use crate::{
    double::Account,
    identity::Party,
    trade::{PaymentCode, Spoken, Terms},
};

/// Members that only have to be well-formed and, when a code is charged again, equal.
const COMPARED: [&str; 5] = ["goods_tag", "support_fapiao", "scene_info", "detail", "settle_info"];
/// All other members.
const READ: [&str; 5] = ["description", "out_trade_no", "attach", "payer", "amount"];

/// Reads and judges the body of a charge, and gives the payment code beside its terms.
pub(super) fn read(body: &[u8], form: Form, party: &Party) -> Result<(Terms, String), Refusal> {
    let body = Json::read(body)?;
    let members = Members::of_body(&body, &[form.names_with_appids(), &READ, &COMPARED].concat())?;
    let amount = members.required("amount")?.object(&["total", "currency"])?;
    let currency = amount.optional("currency").map_or(Ok("CNY"), |field| field.one_of(&["CNY"]))?;
    let attach = members.optional("attach").map(|field| field.text(0, 128).map(str::to_owned)).transpose()?;
    let device_id = check_scene(&members.required("scene_info")?)?;
    if let Some(field) = members.optional("goods_tag") {
        field.text(0, 32)?;
    }
    if let Some(field) = members.optional("support_fapiao") {
        field.boolean()?;
    }
    if let Some(field) = members.optional("detail") {
        check_detail(&field, "wxpay_goods_id")?;
    }
    if let Some(field) = members.optional("settle_info")
        && let Some(sharing) = field.object(&["profit_sharing"])?.optional("profit_sharing")
    {
        sharing.boolean()?;
    }
    let rest = COMPARED.iter().filter_map(|name| Some(((*name).to_owned(), members.optional(name)?.value())));
    let whose = Whose::of_body(&members, form)?;
    let payer = members.required("payer")?.object(&["auth_code"])?;
    let auth_code = payer.required("auth_code")?.text(1, 128)?.to_owned();
    let terms = Terms {
        appid: whose.appid.clone(),
        mchid: whose.mchid.clone(),
        sub: whose.sub.clone(),
        spoken: Spoken::V3,
        description: members.required("description")?.text(1, 127)?.to_owned(),
        out_trade_no: members.required("out_trade_no")?.text_of(6, 32, is_number_letter)?.to_owned(),
        notify_url: String::new(),
        total: amount.required("total")?.integer(1)?,
        currency: currency.to_owned(),
        time_expire: None,
        attach,
        device_id,
        rest: Value::Object(rest.collect::<Map<_, _>>()),
    };
    whose.judge(form, party)?;
    if !PaymentCode::is_shaped(&auth_code) {
        return Err(Refusal::auth_code_invalid());
    }
    Ok((terms, auth_code))
}

/// Checks the scene and gives its device.
fn check_scene(field: &Field<'_>) -> Result<Option<String>, Refusal> {
    let scene = field.object(&["device_id", "device_ip", "store_info"])?;
    if let Some(address) = scene.optional("device_ip") {
        address.text(1, 45)?;
    }
    let store_info = scene.required("store_info")?;
    let store = store_info.object(&["id", "out_id"])?;
    let (id, out_id) = (store.optional("id"), store.optional("out_id"));
    if id.is_none() && out_id.is_none() {
        return Err(store_info.wrong("id与out_id至少填写一个"));
    }
    id.map(|field| field.text(1, 32)).transpose()?;
    out_id.map(|field| field.text(1, 64)).transpose()?;
    scene.optional("device_id").map(|field| field.text(0, 32).map(str::to_owned)).transpose()
}

/// Reads the body of a reversal: the account, and what the answer repeats.
pub(super) fn read_reverse(body: &[u8], form: Form, party: &Party) -> Result<(Account, Value), Refusal> {
    let json = Json::read(body)?;
    let members = Members::of_body(&json, form.names_with_appids())?;
    let whose = Whose::of_body(&members, form)?;
    let account = whose.judge(form, party)?;
    let told = match &whose.sub {
        None => json!({ "appid": whose.appid, "mchid": whose.mchid }),
        Some(sub) => json!({ "sp_appid": whose.appid, "sp_mchid": whose.mchid, "sub_mchid": sub.mchid }),
    };
    Ok((account, told))
}
