//! Every request and answer type against the published schemas of the vendor's API, where the shared reference folder
//! is present: each property of a schema is known to our type or stands on a short list with the reason, and what we
//! send validates.

use std::{collections::BTreeSet, path::Path};

use saoma_wechatpay::v3::{
    Call, RefundId, TransactionId, certificates, close,
    native::{self, Opened, Order},
    query::Query,
    refund::{self, NewRefund, Refund, RefundStatus},
    reverse::{self, Reversed},
    transaction::{TradeState, TradeType, Transaction},
};
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use crate::{
    codepay::{charge, full_charge, merchant},
    refunds::{full_refund, new_refund, out_refund_no},
    requests::{full_order, mchid, order, out_trade_no},
    support::{NOW, Signed, WECHAT_PAY, apiv3_key, second, shared, wechat_pay_keys},
};

const NATIVE: &str = "v3/pay/transactions/native";
const BY_OUT_TRADE_NO: &str = "v3/pay/transactions/out-trade-no/{out_trade_no}";
const BY_TRANSACTION_ID: &str = "v3/pay/transactions/id/{transaction_id}";
const CLOSE: &str = "v3/pay/transactions/out-trade-no/{out_trade_no}/close";
const REFUND: &str = "v3/refund/domestic/refunds";
const REFUND_QUERY: &str = "v3/refund/domestic/refunds/{out_refund_no}";
const ABNORMAL: &str = "v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund";
const CODE_PAY: &str = "v3/pay/transactions/codepay";
const REVERSE: &str = "v3/pay/transactions/out-trade-no/{out_trade_no}/reverse";
const CERTIFICATES: &str = "v3/certificates";

/// Properties of the order call's schema that this crate does not send.
const NOT_SENT: &[(&str, &str)] = &[
    ("limit_pay", "not on the vendor's current page (WeChat Pay protocol H.1)"),
    ("payer", "real-name payment: a special permission, with encrypted fields (B.2.1)"),
];

/// Properties of the query's schema that are the order's own, and are not in the vendor's list of what comes back
/// (WeChat Pay protocol B.4.1): the schema's author repeats the order there.
const NOT_RETURNED: &[(&str, &str)] = &[
    ("description", "the order's own"),
    ("time_expire", "the order's own"),
    ("notify_url", "the order's own"),
    ("goods_tag", "the order's own"),
    ("limit_pay", "the order's own"),
    ("support_fapiao", "the order's own"),
    ("detail", "the order's own"),
    ("scene_info.payer_client_ip", "the order's own"),
    ("scene_info.store_info", "the order's own"),
];

/// One operation of the schema folder: its method and what stands below it.
struct Operation {
    method: String,
    body: Value,
}

fn operation(path: &str) -> Option<Operation> {
    let text = read(&shared(&format!("wechatpay-openapi/{path}.yaml"))?);
    let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
    let Value::Object(file) = json_of(&yaml) else { panic!("{path} is no mapping") };
    let (method, body) = file.into_iter().next().unwrap();
    Some(Operation { method, body })
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

impl Operation {
    fn request_schema(&self) -> Value {
        let parameters = self.body["parameters"].as_array().unwrap();
        let body = parameters.iter().find(|parameter| parameter["in"] == "body").unwrap();
        merged(&body["schema"])
    }

    fn answer_schema(&self) -> Value {
        merged(&self.body["responses"]["200"]["schema"])
    }

    /// The names of the required parameters in one place.
    fn required(&self, place: &str) -> BTreeSet<String> {
        let parameters = self.body["parameters"].as_array().unwrap();
        let required = |parameter: &&Value| parameter["in"] == place && parameter["required"] == true;
        let name = |parameter: &Value| parameter["name"].as_str().unwrap().to_owned();
        parameters.iter().filter(required).map(name).collect()
    }
}

fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(hash) => Value::Object(
            hash.iter()
                .map(|(key, value)| {
                    let key = key.as_str().map_or_else(|| key.as_i64().unwrap().to_string(), str::to_owned);
                    (key, json_of(value))
                })
                .collect(),
        ),
        Yaml::Array(array) => array.iter().map(json_of).collect(),
        Yaml::String(text) | Yaml::Real(text) => json!(text),
        Yaml::Integer(number) => json!(number),
        Yaml::Boolean(value) => json!(value),
        Yaml::Null => Value::Null,
        other => panic!("unexpected YAML: {other:?}"),
    }
}

/// A schema with its `allOf` parts and those of its properties put into one.
fn merged(schema: &Value) -> Value {
    let mut result = schema.clone();
    let object = result.as_object_mut().unwrap();
    object.remove("allOf");
    for part in schema["allOf"].as_array().into_iter().flatten() {
        merge(object, &merged(part));
    }
    if let Some(properties) = object.get_mut("properties") {
        for property in properties.as_object_mut().unwrap().values_mut() {
            *property = merged(property);
        }
    }
    if let Some(items) = object.get_mut("items") {
        *items = merged(items);
    }
    result
}

fn merge(into: &mut Map<String, Value>, from: &Value) {
    for (key, value) in from.as_object().unwrap() {
        match (into.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(_)) => merge(known, value),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
            (Some(_), _) => {}
            (None, _) => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A value with every property of the schema, made of its own examples.
fn example(schema: &Value) -> Value {
    if let Some(properties) = schema["properties"].as_object() {
        let property = |(name, schema): (&String, &Value)| (name.clone(), example(schema));
        return Value::Object(properties.iter().map(property).collect());
    }
    if schema["items"].is_object() {
        return json!([example(&schema["items"])]);
    }
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        other => panic!("no example for {other:?}"),
    }
}

/// Where `value` is not what `schema` says, or holds what it does not know.
fn faults(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer" | "number") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        found.push(format!("{path}: not of type {}", schema["type"]));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        found.push(format!("{path}: not one of the values"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{path}{}: missing", name.as_str().unwrap()));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => faults(schema, inner, &format!("{path}{name}."), found),
            None => found.push(format!("{path}{name}: unknown")),
        }
    }
    for inner in value.as_array().into_iter().flatten() {
        faults(&schema["items"], inner, path, found);
    }
}

fn validate(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    faults(schema, value, "", &mut found);
    found
}

/// Which members of `whole` are absent from, or different in, `part`, leaving out those on the list. Fails if the list
/// names what is not missing.
fn lost(whole: &Value, part: &Value, listed: &[(&str, &str)]) -> Vec<String> {
    fn walk(whole: &Value, part: &Value, path: &str, found: &mut Vec<String>) {
        match whole {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    match part.get(name) {
                        Some(part) => walk(member, part, &path, found),
                        None => found.push(path),
                    }
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    walk(item, &part[at], path, found);
                }
            }
            value if value == part => {}
            _ => found.push(path.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(whole, part, "", &mut found);
    for (path, reason) in listed {
        let at = found.iter().position(|found| found == path);
        found.remove(at.unwrap_or_else(|| panic!("{path} is known after all, yet listed: {reason}")));
    }
    found
}

/// The file's path with the numbers put in is the call's path, its method the call's method, its required query
/// parameters are those sent.
fn assert_addressed(call: &Call, path: &str, operation: &Operation) {
    let expected = format!("/{path}")
        .replace("{out_trade_no}", "KB20260801-0007")
        .replace("{out_refund_no}", "01K1J6QYV00000000000000RF1")
        .replace("{refund_id}", "50000000382019052709732678859")
        .replace("{transaction_id}", "4200001234202608017654321098");
    let (sent_path, query) = call.path_and_query().split_once('?').unwrap_or((call.path_and_query(), ""));
    assert_eq!(sent_path, expected);
    let sent: BTreeSet<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(sent, operation.required("query"), "{path}");
    let method = if call.body().is_empty() { "get" } else { "post" };
    assert_eq!(operation.method, method, "{path}");
}

fn body_of(call: &Call) -> Value {
    serde_json::from_slice(call.body()).unwrap()
}

#[test]
fn every_call_goes_where_its_schema_says() {
    let by_transaction_id = TransactionId::new("4200001234202608017654321098").unwrap();
    for (call, path) in [
        (native::call(&mchid(), order().body()), NATIVE),
        (Query::by_out_trade_no(mchid(), out_trade_no()).call(), BY_OUT_TRADE_NO),
        (Query::by_transaction_id(mchid(), by_transaction_id).call(), BY_TRANSACTION_ID),
        (close::call(&mchid(), &out_trade_no()), CLOSE),
        (certificates::call(&mchid()), CERTIFICATES),
        (refund::call(&mchid(), new_refund().body()), REFUND),
        (refund::query(&mchid(), None, &out_refund_no()), REFUND_QUERY),
        (
            refund::abnormal_to_merchant(
                &mchid(),
                None,
                &RefundId::new("50000000382019052709732678859").unwrap(),
                &out_refund_no(),
            ),
            ABNORMAL,
        ),
        (charge().call(), CODE_PAY),
        (reverse::call(&merchant(), &out_trade_no()), REVERSE),
    ] {
        let Some(operation) = operation(path) else { return };
        assert_addressed(&call, path, &operation);
    }
}

#[test]
fn the_orders_we_send_validate() {
    let Some(operation) = operation(NATIVE) else { return };
    let schema = operation.request_schema();
    for order in [order(), full_order()] {
        let body = body_of(&native::call(&mchid(), order.body()));
        assert_eq!(validate(&schema, &body), [""; 0]);
    }
}

#[test]
fn every_property_of_an_order_is_known_or_on_the_list() {
    let Some(operation) = operation(NATIVE) else { return };
    let whole = example(&operation.request_schema());
    let order: Order = serde_json::from_value(whole.clone()).unwrap();
    assert_eq!(lost(&whole, &serde_json::to_value(order).unwrap(), NOT_SENT), [""; 0]);
}

#[test]
fn the_answer_to_an_order_is_known_whole_and_needs_what_the_schema_requires() {
    let Some(operation) = operation(NATIVE) else { return };
    let schema = operation.answer_schema();
    let whole = example(&schema);
    let opened: Opened = serde_json::from_value(whole.clone()).unwrap();
    assert_eq!(serde_json::to_value(opened).unwrap(), whole);
    assert_eq!(schema["required"], json!(["code_url"]));
    assert!(serde_json::from_value::<Opened>(json!({})).is_err());
}

#[test]
fn every_property_of_a_transaction_is_known_or_on_the_list() {
    for path in [BY_OUT_TRADE_NO, BY_TRANSACTION_ID] {
        let Some(operation) = operation(path) else { return };
        let whole = example(&operation.answer_schema());
        let transaction: Transaction = serde_json::from_value(whole.clone()).unwrap();
        let known = serde_json::to_value(transaction).unwrap();
        assert_eq!(lost(&whole, &known, NOT_RETURNED), [""; 0], "{path}");
    }
}

#[test]
fn the_states_and_kinds_of_a_transaction_are_known() {
    let Some(operation) = operation(BY_OUT_TRADE_NO) else { return };
    let schema = operation.answer_schema();
    let values = |name: &str| {
        let values = schema["properties"][name]["enum"].as_array().unwrap().clone();
        values.into_iter().map(|value| value.as_str().unwrap().to_owned())
    };
    for state in values("trade_state") {
        assert!(!matches!(TradeState::from(state.as_str()), TradeState::Unknown(_)), "{state}");
    }
    for kind in values("trade_type") {
        assert!(!matches!(TradeType::from(kind.as_str()), TradeType::Unknown(_)), "{kind}");
    }
}

#[test]
fn what_is_asked_to_close_validates() {
    let Some(operation) = operation(CLOSE) else { return };
    let body = body_of(&close::call(&mchid(), &out_trade_no()));
    assert_eq!(validate(&operation.request_schema(), &body), [""; 0]);
    assert!(operation.body["responses"]["204"].is_object());
}

#[test]
fn the_refunds_we_ask_for_validate() {
    let (Some(create), Some(abnormal)) = (operation(REFUND), operation(ABNORMAL)) else { return };
    for refund in [new_refund(), full_refund()] {
        let body = body_of(&refund::call(&mchid(), refund.body()));
        assert_eq!(validate(&create.request_schema(), &body), [""; 0]);
    }
    let id = RefundId::new("50000000382019052709732678859").unwrap();
    let body = body_of(&refund::abnormal_to_merchant(&mchid(), None, &id, &out_refund_no()));
    assert_eq!(validate(&abnormal.request_schema(), &body), [""; 0]);
}

#[test]
fn every_property_of_a_new_refund_is_known_or_on_the_list() {
    let Some(operation) = operation(REFUND) else { return };
    let mut whole = example(&operation.request_schema());
    // Its own example is an address without a path, which is no address for notifications (B.8.1).
    whole["notify_url"] = json!("https://weixin.qq.com/notify");
    let refund: NewRefund = serde_json::from_value(whole.clone()).unwrap();
    assert_eq!(lost(&whole, &serde_json::to_value(refund).unwrap(), &[]), [""; 0]);
}

#[test]
fn every_property_of_a_refund_is_known() {
    for path in [REFUND, REFUND_QUERY, ABNORMAL] {
        let Some(operation) = operation(path) else { return };
        let whole = example(&operation.answer_schema());
        let refund: Refund = serde_json::from_value(whole.clone()).unwrap();
        assert!(!matches!(refund.status, RefundStatus::Unknown(_)), "{path}");
        assert_eq!(lost(&whole, &serde_json::to_value(refund).unwrap(), &[]), [""; 0], "{path}");
    }
}

#[test]
fn the_charges_and_reverses_we_send_validate_and_their_answers_are_known_whole() {
    let (Some(code_pay), Some(reverse)) = (operation(CODE_PAY), operation(REVERSE)) else { return };
    for charge in [charge(), full_charge()] {
        assert_eq!(validate(&code_pay.request_schema(), &body_of(&charge.call())), [""; 0]);
    }
    let all = example(&code_pay.request_schema());
    let sent = body_of(&full_charge().call());
    let unsent: Vec<String> =
        lost(&all, &sent, &[]).into_iter().filter(|path| is_absent(&sent, path)).collect();
    assert_eq!(unsent, [""; 0], "every property of the schema can be sent");
    let whole = example(&code_pay.answer_schema());
    let transaction: Transaction = serde_json::from_value(whole.clone()).unwrap();
    assert_eq!(lost(&whole, &serde_json::to_value(transaction).unwrap(), &[]), [""; 0]);

    let body = body_of(&reverse::call(&merchant(), &out_trade_no()));
    assert_eq!(validate(&reverse.request_schema(), &body), [""; 0]);
    let whole = example(&reverse.answer_schema());
    let reversed: Reversed = serde_json::from_value(whole.clone()).unwrap();
    assert_eq!(serde_json::to_value(reversed).unwrap(), whole);
}

/// Whether a member is absent, rather than of another value than the example's.
fn is_absent(sent: &Value, path: &str) -> bool {
    path.split('.')
        .try_fold(sent, |value, name| {
            let value = value.as_array().and_then(|items| items.first()).unwrap_or(value);
            value.get(name)
        })
        .is_none()
}

/// The schema's example with a certificate that opens in place of its shortened one.
fn certificate_list(schema: &Value) -> Value {
    let mut whole = example(schema);
    let entry = &mut whole["data"][0];
    entry["serial_no"] = json!(WECHAT_PAY.serial);
    let sealed = &mut entry["encrypt_certificate"];
    let nonce = sealed["nonce"].as_str().unwrap().to_owned();
    let pem = WECHAT_PAY.certificate_pem.as_bytes();
    sealed["ciphertext"] = json!(apiv3_key().seal(&nonce, "certificate", pem).unwrap());
    whole
}

#[test]
fn every_property_of_a_certificate_list_is_used() {
    let Some(operation) = operation(CERTIFICATES) else { return };
    let schema = operation.answer_schema();
    let reads = |list: &Value| {
        let answer = Signed::new(list.to_string()).answer(200);
        certificates::read(&answer, second(NOW), &wechat_pay_keys(), &apiv3_key())
            .is_ok_and(|found| found.value().len() == 1)
    };
    let whole = certificate_list(&schema);
    assert_eq!(validate(&schema, &whole), [""; 0]);
    assert!(reads(&whole));
    for pointer in ["/data/0", "/data/0/encrypt_certificate"] {
        let names: Vec<String> =
            whole.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut list = whole.clone();
            list.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(&name);
            assert!(!reads(&list), "{pointer}/{name} is not used");
        }
    }
}

#[test]
fn the_walk_itself_finds_what_is_wrong() {
    let schema = merged(&json!({
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
            {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "string", "enum": ["x"]}}}},
        ],
    }));
    assert_eq!(validate(&schema, &json!({"a": 1, "b": ["x"]})), [""; 0]);
    assert_eq!(
        validate(&schema, &json!({"a": "1", "b": ["y"], "c": 0})),
        ["a.: not of type \"integer\"", "b.: not one of the values", "c: unknown"]
    );
    assert_eq!(validate(&schema, &json!({})), ["a: missing"]);
    assert_eq!(lost(&json!({"a": [{"b": 1, "c": 2}]}), &json!({"a": [{"b": 1}]}), &[]), ["a.c"]);
}
