//! A man in the middle who holds no key: he reads what passes on a link, changes what he can, and asks in a till's name. TLS
//! would keep him out; here he is in, to see that nothing is believed which is not signed. He never lies about versions and
//! attempts, since what he said would then outlive him.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use saoma_contract::RefundNo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::chance::Dice;

/// The most statements that he remembers.
const REMEMBERED_MAX: usize = 200;

/// How many of a thousand answers he changes.
const LIES: u64 = 300;

/// How many of a thousand requests he uses to ask for something himself.
const FORGES: u64 = 200;

/// One who lies on a link.
pub(crate) struct Liar {
    dice: Dice,
    /// Statements that passed, as they were signed.
    heard: Vec<Statement>,
    /// The last order that passed.
    last: Option<Value>,
}

/// A signed statement and what it says.
pub(crate) struct Statement {
    jws: String,
    says: Value,
}

impl Statement {
    fn read(jws: &str) -> Option<Self> {
        let says = URL_SAFE_NO_PAD.decode(jws.split('.').nth(1)?).ok()?;
        Some(Self { jws: jws.to_owned(), says: serde_json::from_slice(&says).ok()? })
    }

    fn is(&self, kind: &str) -> bool {
        self.says["kind"] == kind
    }

    /// The same signature under other words.
    fn forged(&self, says: &Value) -> Option<String> {
        let mut parts = self.jws.split('.');
        let (header, _, signature) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(says.to_string())))
    }
}

impl Liar {
    /// One who knows what others `heard` before him.
    pub(crate) fn new(dice: Dice, heard: Vec<Statement>) -> Self {
        Self { dice, heard, last: None }
    }

    /// What the next one knows.
    pub(crate) fn into_heard(self) -> Vec<Statement> {
        self.heard
    }

    /// What a till hears in place of what its backend said: an answer, or events.
    pub(crate) fn for_a_till(&mut self, said: &Bytes) -> Option<Bytes> {
        let text = std::str::from_utf8(said).ok()?;
        if text.starts_with('{') {
            let mut answer = serde_json::from_str(text).ok()?;
            let lied = self.about_any(&mut answer);
            return lied.then(|| answer.to_string().into());
        }
        let mut lied = false;
        let lines = text.split('\n').map(|line| {
            let Some(mut order) =
                line.strip_prefix("data: ").and_then(|json| serde_json::from_str(json).ok())
            else {
                return line.to_owned();
            };
            if !self.about(&mut order) {
                return line.to_owned();
            }
            lied = true;
            format!("data: {order}")
        });
        let lines: Vec<String> = lines.collect();
        lied.then(|| lines.join("\n").into())
    }

    /// What the backend hears in place of what WeChat Pay said: that what can be paid is closed.
    pub(crate) fn for_the_backend(&mut self, said: &Bytes) -> Option<Bytes> {
        let text = std::str::from_utf8(said).ok().filter(|text| text.contains("NOTPAY"))?;
        self.dice.happens(LIES).then(|| text.replace("NOTPAY", "CLOSED").into())
    }

    /// A request in a till's name, beside one that it made: money that somebody saw coming is to go back.
    pub(crate) fn in_its_name(&mut self, made: &Request<Bytes>) -> Option<Request<Bytes>> {
        if !made.headers().contains_key("signature-input") || !self.dice.happens(FORGES) {
            return None;
        }
        let Statement { says, .. } = self.heard.iter().rev().find(|one| one.is("paid"))?;
        let (order_no, payment) = (says["order_no"].as_str()?.to_owned(), &says["payment"]);
        let body = json!({
            "channel": payment["channel"], "transaction_id": payment["transaction_id"],
            "amount": 1, "currency": payment["currency"], "reason": "as agreed",
        });
        let mut random = [0; 10];
        self.dice.fill(&mut random);
        let refund_no = RefundNo::new(u64::from(random[0]), random);
        let body = Bytes::from(body.to_string());
        let mut forged = made.clone();
        *forged.method_mut() = Method::PUT;
        let authority =
            made.uri().authority().map(|authority| format!("http://{authority}")).unwrap_or_default();
        *forged.uri_mut() = format!("{authority}/v1/orders/{order_no}/refunds/{refund_no}").parse().ok()?;
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&body)));
        forged.headers_mut().insert("content-digest", HeaderValue::from_str(&digest).ok()?);
        forged.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *forged.body_mut() = body;
        Some(forged)
    }

    fn about_any(&mut self, answer: &mut Value) -> bool {
        let mut lied = self.about(answer);
        if answer["order"].is_object() {
            lied |= self.about(&mut answer["order"]);
        }
        for order in answer["orders"].as_array_mut().into_iter().flatten() {
            lied |= self.about(order);
        }
        lied
    }

    /// Lies about an order that is neither paid nor closed; remembers what is signed.
    fn about(&mut self, order: &mut Value) -> bool {
        let Some(order_no) = order["order_no"].as_str().map(str::to_owned) else { return false };
        self.remember(order);
        let last = self.last.replace(order.clone());
        let is_under_way = matches!(order["state"].as_str(), Some("awaiting" | "closing" | "paying"));
        if !is_under_way || !self.dice.happens(LIES) {
            return false;
        }
        let strange = |one: &&Statement, kind: &str| one.is(kind) && one.says["order_no"] != order_no;
        let receipt = self.heard.iter().rev().find(|one| strange(one, "paid"));
        let statement = match self.dice.below(5) {
            // A receipt of another order as it is, and one that was written anew.
            0 => receipt.map(|receipt| receipt.jws.clone()),
            1 => receipt.and_then(|receipt| {
                let mut says = receipt.says.clone();
                (says["order_no"], says["amount"]) = (json!(order_no), order["amount"].clone());
                says["payment"]["amount"] = order["amount"].clone();
                receipt.forged(&says)
            }),
            // The code of another order, or the text of it alone.
            2 => return self.swap_code(order, &order_no),
            // Another order altogether.
            3 => {
                let Some(other) = last.filter(|last| last["order_no"] != order_no) else { return false };
                *order = other;
                return true;
            }
            _ => None,
        };
        order["state"] = json!("paid");
        if let (Some(statement), Some(statements)) = (statement, order["statements"].as_array_mut()) {
            statements.push(json!(statement));
        }
        true
    }

    fn swap_code(&self, order: &mut Value, order_no: &str) -> bool {
        let is_strange = |one: &&Statement| one.is("code") && one.says["order_no"] != order_no;
        let Some(other) = self.heard.iter().rev().find(is_strange) else { return false };
        let mut is_swapped = false;
        for statement in order["statements"].as_array_mut().into_iter().flatten() {
            let own = statement.as_str().and_then(Statement::read).filter(|own| own.is("code"));
            let Some(own) = own else { continue };
            let mut says = own.says.clone();
            says["code"]["text"] = other.says["code"]["text"].clone();
            if let Some(forged) = own.forged(&says) {
                *statement = json!(forged);
                is_swapped = true;
            }
        }
        is_swapped
    }

    fn remember(&mut self, order: &Value) {
        for jws in order["statements"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if self.heard.len() < REMEMBERED_MAX && !self.heard.iter().any(|known| known.jws == jws) {
                self.heard.extend(Statement::read(jws));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(says: &Value) -> String {
        format!("aGVhZA.{}.c2lnbmVk", URL_SAFE_NO_PAD.encode(says.to_string()))
    }

    fn order(order_no: &str, state: &str, statement: &str) -> Value {
        json!({ "order_no": order_no, "state": state, "amount": 100, "statements": [statement] })
    }

    #[test]
    fn what_is_paid_is_told_truly_and_what_is_not_sometimes_as_paid_with_a_receipt_of_another() {
        let mut liar = Liar::new(Dice::new(1, "liar"), Vec::new());
        let receipt = statement(&json!({ "kind": "paid", "order_no": "A", "payment": { "amount": 5 } }));
        let paid = Bytes::from(order("A", "paid", &receipt).to_string());
        assert!((0..100).all(|_| liar.for_a_till(&paid).is_none()));
        let code = statement(&json!({ "kind": "code", "order_no": "B", "code": { "text": "b" } }));
        let truth = Bytes::from(format!("event: order\ndata: {}\n\n", order("B", "awaiting", &code)));
        let lies: Vec<Bytes> = (0..100).filter_map(|_| liar.for_a_till(&truth)).collect();
        let lies: Vec<&str> = lies.iter().map(|lie| std::str::from_utf8(lie).unwrap()).collect();
        assert!((10..60).contains(&lies.len()), "{}", lies.len());
        assert!(lies.iter().all(|lie| lie.starts_with("event: order\ndata: {") && lie.ends_with("}\n\n")));
        assert!(lies.iter().any(|lie| lie.contains(&receipt)));
        assert!(lies.iter().any(|lie| lie.contains(r#""state":"paid""#) && !lie.contains(&receipt)));
    }

    #[test]
    fn what_one_heard_of_money_the_next_asks_back_in_a_tills_name() {
        let mut first = Liar::new(Dice::new(1, "liar"), Vec::new());
        let payment =
            json!({ "channel": "wechatpay", "transaction_id": "42", "amount": 5, "currency": "CNY" });
        let receipt = statement(&json!({ "kind": "paid", "order_no": "A", "payment": payment }));
        first.for_a_till(&Bytes::from(order("A", "paid", &receipt).to_string()));
        let mut next = Liar::new(Dice::new(2, "liar"), first.into_heard());
        let signed =
            Request::get("http://till/v1/changes").header("signature-input", "saoma=()").body(Bytes::new());
        let forged = (0..100).find_map(|_| next.in_its_name(signed.as_ref().unwrap())).unwrap();
        assert_eq!(forged.method(), Method::PUT);
        assert!(forged.uri().path().starts_with("/v1/orders/A/refunds/"), "{}", forged.uri());
        assert!(forged.headers().contains_key("content-digest") && !forged.body().is_empty());
        let unsigned = Request::get("http://till/v1/time").body(Bytes::new()).unwrap();
        assert!((0..100).all(|_| next.in_its_name(&unsigned).is_none()));
    }

    #[test]
    fn what_can_be_paid_is_told_closed() {
        let mut liar = Liar::new(Dice::new(1, "liar"), Vec::new());
        let said = Bytes::from(r#"{"trade_state":"NOTPAY"}"#);
        let told = (0..100).find_map(|_| liar.for_the_backend(&said));
        assert_eq!(told.as_deref(), Some(&br#"{"trade_state":"CLOSED"}"#[..]));
        assert!((0..100).all(|_| liar.for_the_backend(&Bytes::from("SUCCESS")).is_none()));
    }
}
