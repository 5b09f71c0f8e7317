//! Nobody sees or changes what is not theirs: every endpoint of the contract's document, tried with every wrong identity.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_backend::ledger::{LedgerError, SessionRow};
use saoma_contract::{
    DeviceRole, DeviceSigner as _, Order, PairDevice, PairingSecret, Role, SoftwareKey, path,
};
use serde_json::{Value, json};

use crate::people::PIN;
use crate::world::{PATIENCE, Till, World, code_text, new_key, order_of};

const VICTIM: &str = "shop-2";
const OTHER: &str = "shop-1";

/// Needs no device, and says nothing of anybody.
const OPEN: [&str; 2] = ["time", "health"];

/// Answers with what is the caller's own.
const OWN: [&str; 12] = [
    "audit",
    "bundle",
    "changes",
    "day",
    "days",
    "days_csv",
    "devices",
    "keys",
    "people",
    "reconciliation",
    "sales_csv",
    "stream",
];

/// Writes to the caller's own merchant.
const OWN_WRITES: [&str; 2] = ["new_pairing_code", "new_person"];

const MANAGERS: [&str; 11] = [
    "accept_payment",
    "audit",
    "change_person",
    "decide_refund",
    "devices",
    "new_pairing_code",
    "new_person",
    "reconciliation",
    "refund_to_merchant",
    "revoke_device",
    "settle_finding",
];

/// Who may not.
struct Intruder {
    name: &'static str,
    key: SoftwareKey,
    device: String,
    person: Option<&'static str>,
    /// Known here, so that it may do what is its own; if not, nothing at all.
    is_known: bool,
    /// What it must never read.
    secrets: Vec<String>,
    /// Only these endpoints are not its own.
    only: Option<&'static [&'static str]>,
}

struct Shop {
    world: World,
    boss: Till,
    open: Order,
    open_body: Value,
    paid: Order,
    till: Till,
}

impl Shop {
    async fn new() -> (Self, Vec<Intruder>) {
        let mut world = World::new().await;
        world.stop().await;
        let file = world.state_dir().join("saoma.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let store = "[[merchants.stores]]\nid = \"main\"";
        let two = format!("[[merchants.stores]]\nid = \"east\"\nname = \"E\"\n\n{store}");
        std::fs::write(&file, text.replace(store, &two)).unwrap();
        world.start().await;

        world.person_at(VICTIM, "late", Role::Owner, None).await;
        world.person_at(VICTIM, "secret-li", Role::Cashier, Some("main")).await;
        world.person_at(OTHER, "stranger", Role::Owner, None).await;
        let mut late = world.till_at(VICTIM, "main", DeviceRole::Owner).await;
        late.sign_in(&world, "late").await;
        let (now, device) = (world.clock.now(), late.bundle.device.clone());
        let over = SessionRow {
            merchant: VICTIM.parse().unwrap(),
            device,
            person: "late".parse().unwrap(),
            started_at: now.plus_ms(-2),
            expires_at: now.plus_ms(-1),
        };
        let ledger = &world.backend().shop().ledger;
        ledger.write::<_, LedgerError, _>(move |rows| rows.put_session(&over)).await.unwrap();

        let boss = world.till_at(VICTIM, "main", DeviceRole::Owner).await;
        let till = world.till_at(VICTIM, "main", DeviceRole::Cashier).await;
        let courier = world.till_at(VICTIM, "main", DeviceRole::Courier).await;
        let east = world.till_at(VICTIM, "east", DeviceRole::Cashier).await;
        let revoked = world.till_at(VICTIM, "main", DeviceRole::Owner).await;
        world.backend().revoke_device(&revoked.bundle.device).await.unwrap();
        let other = world.till_at(OTHER, "main", DeviceRole::Owner).await;
        let mut others = world.till_at(OTHER, "main", DeviceRole::Owner).await;
        others.sign_in(&world, "stranger").await;
        for own in [&other, &east] {
            world.ring_up(own, 100).await;
        }

        let paid = world.ring_up(&till, 1280).await;
        world.pay(&paid).await;
        let paid = world.until(&till, &paid.order_no, |order| order.state.as_str() == "paid").await;
        let mut body = till.body(1280, world.clock.now());
        body.note = Some("SECRET-NOTE".parse().unwrap());
        body.life_s = 600;
        let signed = till.sign(body);
        let open = order_of(world.put(&till, signed.jws(), &signed.body().order_no).await, 201).await;
        let open_body = json!({ "order": signed.jws() });

        let secrets: Vec<String> =
            ["SECRET-NOTE", "name of secret-li", &code_text(&open)].map(str::to_owned).into();
        let foreign: Vec<String> = secrets.iter().cloned().chain([VICTIM.to_owned()]).collect();
        let of = |name, till: &Till, person, is_known, only| Intruder {
            name,
            key: till.key.clone(),
            device: till.bundle.device.to_string(),
            person,
            is_known,
            secrets: if till.bundle.merchant.id.as_str() == OTHER {
                foreign.clone()
            } else {
                secrets.clone()
            },
            only,
        };
        let intruders = vec![
            of("another merchant's owner", &other, None, true, None),
            of("another merchant's person on its own device", &others, Some("stranger"), true, None),
            of(
                "another merchant's device that names a person of here",
                &other,
                Some("secret-li"),
                false,
                None,
            ),
            of("a person of another merchant's on a device of here", &boss, Some("stranger"), false, None),
            of("a person who is not signed in", &boss, Some("secret-li"), false, None),
            of("an expired session", &late, Some("late"), false, None),
            of("another store's cashier", &east, None, true, None),
            of("a revoked device", &revoked, None, false, None),
            of("a cashier where it takes a manager", &till, None, true, Some(&MANAGERS)),
            of("a courier where it takes a manager", &courier, None, true, Some(&MANAGERS)),
            of(
                "a courier where it takes a cashier",
                &courier,
                None,
                true,
                Some(&["day", "days", "days_csv", "refund", "sales_csv"]),
            ),
            Intruder {
                key: new_key(),
                device: "d-unknown".to_owned(),
                ..of("an unknown device", &boss, None, false, None)
            },
            Intruder { key: new_key(), ..of("another key under a known name", &boss, None, false, None) },
        ];
        (Self { world, boss, open, open_body, paid, till }, intruders)
    }

    /// The request that the right one would send; a new endpoint is not forgotten here, it is missed.
    fn request(&self, operation: &str, path: &str) -> (String, Value) {
        let order =
            if ["refund", "decide_refund", "refund_to_merchant", "accept_payment"].contains(&operation) {
                &self.paid
            } else {
                &self.open
            };
        let payment = &self.paid.payments[0];
        let path = path
            .replace("{order_no}", order.order_no.as_str())
            .replace("{refund_no}", "01K1J6QYV00000000000000009")
            .replace("{transaction_id}", &payment.transaction_id)
            .replace("{date}", &self.world.clock.now().date(480))
            .replace("{person}", "secret-li")
            .replace("{finding}", "1")
            .replace("{device}", self.till.bundle.device.as_str());
        assert!(!path.contains('{'), "{path}: say what stands there");
        let path = match operation {
            "days" | "days_csv" => format!("{path}?from={}", self.world.clock.now().date(480)),
            _ => path,
        };
        let body = match operation {
            "audit" | "bundle" | "changes" | "day" | "days" | "days_csv" | "devices" | "get_order"
            | "health" | "keys" | "people" | "reconciliation" | "sales_csv" | "sign_out" | "stream"
            | "time" => Value::Null,
            "create_order" => self.open_body.clone(),
            "refresh_order" | "close_order" => json!({ "attempt": 1 }),
            "check_order" => json!({}),
            "charge_order" => json!({ "attempt": 1, "auth_code": "134567890123456789" }),
            "take_cash" => json!({ "attempt": 1, "taken_at": self.world.clock.now() }),
            "refund" => json!({
                "channel": payment.channel,
                "transaction_id": payment.transaction_id,
                "amount": 1,
                "currency": "CNY",
                "reason": "cold",
            }),
            "settle_finding" => json!({ "reason": "mine" }),
            "decide_refund" => json!({ "approve": true }),
            "refund_to_merchant" => json!({}),
            "accept_payment" => json!({ "channel": payment.channel }),
            "new_pairing_code" => json!({ "store": "main", "role": "cashier", "life_s": 600 }),
            "pair" => serde_json::to_value(PairDevice {
                secret: PairingSecret::from_random([9; 16]),
                key: self.boss.key.public_key(),
                name: "a phone".parse().unwrap(),
            })
            .unwrap(),
            "sign_in" => json!({ "person": "secret-li", "pin": PIN }),
            "new_person" => json!({ "person": "mole", "name": "mole", "role": "cashier", "pin": PIN }),
            "change_person" => json!({ "name": "mole" }),
            "revoke_device" => json!({}),
            other => panic!("{other} is new: say here what it is asked with"),
        };
        (path, body)
    }

    /// All that the intruders might have changed.
    async fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        for path in [
            path::order(&self.open.order_no),
            path::order(&self.paid.order_no),
            path::PEOPLE.to_owned(),
            path::DEVICES.to_owned(),
        ] {
            let answer = self.boss.call(&self.world, Method::GET, &path, Value::Null).await;
            assert_eq!(answer.status(), 200, "{path}");
            let mut told: Value = answer.json().await.unwrap();
            // When the channel was last asked is the backend's own doing.
            if let Some(attempts) = told.get_mut("attempts").and_then(Value::as_array_mut) {
                attempts.iter_mut().for_each(|attempt| attempt["asked_at"] = Value::Null);
                told["version"] = Value::Null;
            }
            state.push(told.to_string());
        }
        state
    }

    async fn send(&self, who: &Intruder, method: &Method, path: &str, body: &Value) -> (u16, String) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = self.world.request_of(&who.key, &who.device, who.person, method.clone(), path, body);
        let mut answer = self.world.send(request).await;
        let status = answer.status().as_u16();
        let mut text = String::new();
        let reading = async {
            while let Some(chunk) = answer.chunk().await.unwrap() {
                text.push_str(&String::from_utf8_lossy(&chunk));
                // A stream does not end; the own order comes after all that was there before.
                if text.contains("event: order") {
                    break;
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.unwrap();
        (status, text)
    }
}

/// Every endpoint of the committed document.
fn endpoints() -> Vec<(Method, String, String)> {
    // Who signs out is signed out: last.
    let document: Value = serde_json::from_str(include_str!("../../../contract/openapi.json")).unwrap();
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            all.push((method.to_uppercase().parse().unwrap(), path.clone(), id));
        }
    }
    all.sort_by_key(|(_, _, id): &(Method, String, String)| id == "sign_out");
    all
}

#[test]
fn every_route_of_the_backend_is_in_the_document() {
    let documented: Vec<String> = endpoints().into_iter().map(|(_, path, _)| path).collect();
    let source = include_str!("../../src/api/mod.rs");
    let constants = include_str!("../../../contract/src/call.rs");
    let mut routes = 0;
    for route in source.split(".route(").skip(1) {
        let named = route.split([',', ')']).next().unwrap().trim();
        let path = match named.strip_prefix("path::") {
            Some(constant) => constants
                .split(&format!("pub const {constant}: &str = \""))
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or_else(|| panic!("{constant} is no path of the contract")),
            None => named.trim_matches('"'),
        };
        if !path.starts_with("/notify/") {
            assert!(documented.iter().any(|known| known == path), "{path} is not in openapi.json");
            routes += 1;
        }
    }
    assert!(routes > 15, "only {routes} routes were found");
}

#[tokio::test]
async fn no_wrong_identity_sees_or_changes_anything_by_any_endpoint() {
    let (shop, intruders) = Shop::new().await;
    let before = shop.state().await;
    for who in &intruders {
        for (method, path, operation) in endpoints() {
            let operation = operation.as_str();
            if who.only.is_some_and(|only| !only.contains(&operation)) {
                continue;
            }
            // A wait after wrong PINs is another test's.
            if operation == "sign_in" {
                shop.world.clock.advance_s(1);
            }
            let (path, body) = shop.request(operation, &path);
            let (status, text) = shop.send(who, &method, &path, &body).await;
            // What the document names and the backend does not serve keeps nothing from anybody.
            if text.contains("no such path") {
                continue;
            }
            let told = format!("{}: {method} {path}: {status} {text}", who.name);
            for secret in &who.secrets {
                assert!(!text.contains(secret.as_str()), "{told} says {secret}");
            }
            let is_own = OWN.contains(&operation) || OWN_WRITES.contains(&operation);
            let expected: &[u16] = match operation {
                _ if OPEN.contains(&operation) => &[200],
                "pair" => &[401],
                "sign_out" if who.person.is_some() => &[204, 401],
                "sign_out" if who.is_known => &[204],
                _ if !who.is_known => &[401],
                _ if who.only.is_some() => &[403, 404],
                "create_order" => &[400, 403],
                _ if is_own => &[200, 201, 403, 404],
                _ => &[403, 404],
            };
            assert!(expected.contains(&status), "{told}");
        }
    }
    assert_eq!(shop.state().await, before);
}
