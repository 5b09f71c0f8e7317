//! What is signed in the body itself: receipts, statements, keys, orders. As text from outside, and as payloads that the right
//! key signed.

use saoma_contract::statement::{Checked, TrustedKeys};
use saoma_contract::{DeviceSigner as _, Fingerprint, Jws, MerchantId, PublicKey, SignedOrder};
use saoma_engine::{ReceiptFile, verify_receipt};

use super::signatures::{jws, key};
use crate::message::Message;
use crate::{Target, told};

pub(super) const STATEMENTS: Target = Target {
    name: "statements",
    seeds,
    words: &[
        "\"kind\":\"paid\"",
        "\"kind\":\"refunded\"",
        "\"kind\":\"keys\"",
        "\"live\":false",
        "\"merchant\":\"tea\"",
        "amount",
        "payment",
        "version",
        "epoch",
        "counter",
        "kid",
        "root",
        "eyJ",
        ".",
        "ES256",
        "none",
        "crit",
        "saoma-statement",
        "saoma-order",
        "lines",
        "2026-08-01T02:00:00.000Z",
    ],
    input_bytes_max: 300 * 1024,
    memory_bytes_max: 8 << 20,
    executions: 600,
    run,
};

pub(super) const PAID: &str = include_str!("../../../../core/contract/tests/wire/statement_paid.json");
pub(super) const REFUNDED: &str =
    include_str!("../../../../core/contract/tests/wire/statement_refunded.json");
pub(super) const CODE: &str = include_str!("../../../../core/contract/tests/wire/statement_code.json");
const CLOSED: &str = include_str!("../../../../core/contract/tests/wire/statement_closed.json");
const KEYS: &str = include_str!("../../../../core/contract/tests/wire/statement_keys.json");
pub(super) const ORDER: &str = include_str!("../../../../core/contract/tests/wire/order_body.json");

/// The merchant's root key, its statement key, its device's key.
const ROOT: u8 = 9;
const STATEMENT: u8 = 8;
const DEVICE: u8 = 1;

fn merchant() -> MerchantId {
    "tea".parse().expect("an id")
}

fn root() -> Fingerprint {
    key(ROOT).public_key().fingerprint()
}

pub(super) fn jwk(key: &PublicKey) -> serde_json::Value {
    serde_json::to_value(key).expect("a public key is JSON")
}

/// The keys statement with keys that sign here.
fn keys_payload() -> String {
    let mut keys: serde_json::Value = serde_json::from_str(KEYS).expect("the sample is JSON");
    keys["root"] = jwk(&key(ROOT).public_key());
    keys["keys"][0]["key"] = jwk(&key(STATEMENT).public_key());
    keys["keys"][0]["kid"] = "k1".into();
    keys["keys"][0]["until"] = serde_json::Value::Null;
    keys["keys"][0].as_object_mut().expect("a key is an object").remove("until");
    keys.to_string()
}

pub(super) fn signed(payload: &str) -> String {
    jws("saoma-statement", "k1", payload.as_bytes(), &key(STATEMENT))
}

pub(super) fn keys() -> String {
    jws("saoma-statement", "root", keys_payload().as_bytes(), &key(ROOT))
}

fn file(receipt: &str) -> String {
    let file = ReceiptFile {
        merchant: merchant(),
        receipt: Jws::from_text(receipt),
        keys: Jws::from_text(keys()),
        root: root(),
    };
    file.to_json()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<String> =
        [PAID, REFUNDED, CODE, CLOSED].iter().map(|payload| format!("statement\n\n{payload}")).collect();
    seeds.push(format!("keys\n\n{}", keys_payload()));
    seeds.push(format!("order\n\n{ORDER}"));
    seeds.push(format!("text\n\n{}", signed(PAID)));
    seeds.push(format!("text\n\n{}", keys()));
    seeds.extend([PAID, REFUNDED, CODE].map(|payload| format!("file\n\n{}", file(&signed(payload)))));
    seeds.into_iter().map(String::into_bytes).collect()
}

fn run(input: &[u8]) {
    let message = Message::read(input);
    let text = String::from_utf8_lossy(&message.body);
    match message.word(0) {
        "statement" => checked(&jws("saoma-statement", "k1", &message.body, &key(STATEMENT)), true),
        "keys" => {
            let jws = jws("saoma-statement", "root", &message.body, &key(ROOT));
            match TrustedKeys::verify(Jws::from_text(jws.clone()), &merchant(), &root()) {
                Ok(keys) => {
                    assert_eq!(keys.root(), root(), "another root's keys");
                    assert!(keys.replace(Jws::from_text(jws)).is_ok(), "the same keys again are refused");
                }
                Err(error) => told(&error),
            }
        }
        "order" => ordered(&jws("saoma-order", "d_1", &message.body, &key(DEVICE))),
        "file" => read(&text),
        _ => {
            checked(&text, false);
            ordered(&text);
            read(&text);
        }
    }
}

/// Looks at a statement; one that was not signed here can only be the sample.
fn checked(text: &str, is_signed: bool) {
    let keys =
        TrustedKeys::verify(Jws::from_text(keys()), &merchant(), &root()).expect("the merchant's own keys");
    match keys.check(&Jws::from_text(text)) {
        Ok(checked) => {
            assert!(is_signed || text == signed(PAID), "nobody signed this");
            let live = match &checked {
                Checked::Paid(receipt) => receipt.is_money(),
                Checked::Refunded(receipt) => receipt.is_money(),
                Checked::Code(_) | Checked::Closed(_) => true,
            };
            assert!(live, "a test receipt under live keys");
        }
        Err(error) => told(&error),
    }
    match keys.replace(Jws::from_text(text)) {
        Ok(newer) => assert_eq!(newer.root(), root(), "another root's keys"),
        Err(error) => told(&error),
    }
}

fn ordered(text: &str) {
    let jws = Jws::from_text(text);
    if let Err(error) = SignedOrder::device_of(&jws) {
        told(&error);
    }
    match SignedOrder::verify(jws, &key(DEVICE).public_key()) {
        Ok(order) => {
            let body = order.body();
            let sum = body.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.amount));
            assert!(body.amount > 0 && sum == Some(body.amount), "an order that is not the sum of its lines");
        }
        Err(error) => told(&error),
    }
}

fn read(text: &str) {
    for root in [None, Some(root())] {
        for test_allowed in [false, true] {
            if let Err(error) = verify_receipt(text, root, test_allowed) {
                told(&error);
            }
        }
    }
}
