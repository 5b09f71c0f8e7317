//! What goes out against the published schemas of the vendor's API, where the shared reference folder is present: every
//! field is known there, every required field is sent, none is longer than allowed.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::civil::date;
use saoma_wechatpay::{
    bill::TradeKind,
    v2::{Call, Fields, bill, close, native, query, refund, reverse, xml::ROOT},
    v3::bill::FlowAccount,
};
use yaml_rust2::{Yaml, YamlLoader};

use crate::{
    refunds::full_refund,
    requests::{full_charge, full_order},
    shared::shared,
    support::{caller, merchant, nonce, number, out_trade_no},
};

/// Fields that a schema demands and this crate sends only one of, or none.
const NOT_SENT: &[(&str, &str)] = &[
    ("/pay/orderquery", "transaction_id"),
    ("/secapi/pay/refund", "out_trade_no"),
    ("/secapi/pay/reverse", "transaction_id"),
    ("/pay/refundquery", "transaction_id"),
    ("/pay/refundquery", "out_trade_no"),
    ("/pay/refundquery", "refund_id"),
];

/// Fields that the protocol reference has and a schema lacks (WeChat Pay protocol C.3, C.9).
const NOT_IN_SCHEMA: &[&str] =
    &["profit_sharing", "receipt", "sub_mch_id", "sub_appid", "version", "sign_type"];

struct Schema {
    max_lengths: BTreeMap<String, Option<i64>>,
    required: Vec<String>,
}

fn schema(path: &str) -> Option<Schema> {
    let text = std::fs::read_to_string(shared(&format!("wechatpay-openapi/v2{path}.yaml"))?).unwrap();
    let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
    let parameters = yaml["post"]["parameters"].as_vec().unwrap();
    let body = parameters.iter().find(|parameter| parameter["in"].as_str() == Some("body")).unwrap();
    let mut schema = Schema { max_lengths: BTreeMap::new(), required: Vec::new() };
    collect(&body["schema"], &mut schema);
    Some(schema)
}

fn collect(yaml: &Yaml, schema: &mut Schema) {
    for (name, property) in yaml["properties"].as_hash().into_iter().flatten() {
        schema.max_lengths.insert(name.as_str().unwrap().to_owned(), property["maxLength"].as_i64());
    }
    for name in yaml["required"].as_vec().into_iter().flatten() {
        schema.required.push(name.as_str().unwrap().to_owned());
    }
    for part in yaml["allOf"].as_vec().into_iter().flatten() {
        collect(part, schema);
    }
}

fn check(call: &Call) {
    let path = call.name().path();
    let Some(schema) = schema(path) else { return };
    assert!(!schema.max_lengths.is_empty(), "{path}");
    let request: Bytes = caller().sign(call, &nonce()).unwrap().into_body();
    let sent = Fields::read(ROOT, &request).unwrap();
    for (name, value) in sent.iter() {
        match schema.max_lengths.get(name) {
            // Some schemas only know the signature by MD5.
            Some(Some(max)) if name != "sign" => {
                assert!(i64::try_from(value.len()).unwrap() <= *max, "{path}: {name} is longer than {max}");
            }
            Some(_) => {}
            None => assert!(NOT_IN_SCHEMA.contains(&name), "{path}: {name} is not known"),
        }
    }
    for name in &schema.required {
        let is_sent = sent.get(name).is_some() || NOT_SENT.contains(&(path, name));
        assert!(is_sent, "{path}: {name} is demanded and not sent");
    }
}

#[test]
fn every_request_is_as_the_published_schemas_have_it() {
    let day = date(2026, 8, 1);
    check(&native::call(full_order().body()));
    check(&query::call(&merchant(), &number()));
    check(&close::call(&merchant(), &out_trade_no()));
    check(&full_charge().call());
    check(&reverse::call(&merchant(), &number()));
    check(&refund::call(full_refund().body()));
    check(&refund::RefundQuery::OutRefundNo(crate::refunds::out_refund_no()).call(&merchant()));
    check(&bill::trade(&merchant(), day, TradeKind::All, true));
    check(&bill::fund_flow(&merchant(), day, FlowAccount::Basic, true));
}
