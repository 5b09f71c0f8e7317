//! People who mean harm, at the backend's door: a copied phone, a recorded call, a cashier alone with the till.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Method, Request};
use saoma_backend::clock::Clock as _;
use saoma_contract::request_signature::{self, JournalHead};
use saoma_contract::{
    Bundle, CreateOrder, DeviceRole, DeviceSigner as _, Order, PairDevice, PairingSecret, RefundNo, Role,
    SoftwareKey, path,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::{Till, World, new_key, order_of, problem_of};

fn refund_body(order: &Order, amount: i64) -> Value {
    let payment = &order.payments[0];
    json!({
        "channel": payment.channel, "transaction_id": payment.transaction_id, "amount": amount, "currency": "CNY",
        "reason": "少糖",
    })
}

fn refund_no(n: u8) -> RefundNo {
    RefundNo::new(1_785_549_600_000, [n; 10])
}

async fn paid_order(world: &World, till: &Till, amount: i64) -> Order {
    let order = world.ring_up(till, amount).await;
    world.pay(&order).await;
    world.until(till, &order.order_no, |order| order.state.as_str() == "paid").await
}

/// A call of a phone whose journal ends so.
async fn call(
    world: &World,
    own: (&Till, &str),
    head: (u64, u8),
    asks: (Method, &str, Value),
) -> reqwest::Response {
    world.send(signed(world, own, head, asks)).await
}

/// The same, signed and not sent yet.
fn signed(
    world: &World,
    (till, device): (&Till, &str),
    head: (u64, u8),
    (method, path, body): (Method, &str, Value),
) -> Request<Bytes> {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let uri = format!("{}{path}", world.backend().url());
    let mut request = Request::builder().method(method).uri(uri).body(body).unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let head = JournalHead { entries: head.0, hash: [head.1; 32] };
    let mut nonce = [head.hash[0]; 16];
    nonce[..8].copy_from_slice(&head.entries.to_be_bytes());
    request_signature::sign(&mut request, device, world.clock.now(), nonce, Some(&head), &till.key).unwrap();
    request
}

#[tokio::test]
async fn a_copied_phone_and_its_original_only_read_and_bring_drafts_until_they_are_paired_again() {
    let mut world = World::new().await;
    let till = world.till(DeviceRole::Manager).await;
    let own = (&till, till.bundle.device.as_str());
    let keys = || (Method::GET, path::KEYS, json!(null));
    let order = paid_order(&world, &till, 1280).await;
    let refund = path::refund(&order.order_no, &refund_no(1));
    // The backup is taken at ten entries; the phone goes on to twelve.
    assert_eq!(call(&world, own, (10, 10), keys()).await.status(), 200);
    assert_eq!(call(&world, own, (12, 12), keys()).await.status(), 200);
    world.clock.advance_s(120);
    // A copy wakes up: its eleventh entry is another one.
    assert_eq!(call(&world, own, (11, 99), keys()).await.status(), 200, "it may look");
    let asks = || (Method::PUT, refund.as_str(), refund_body(&order, 100));
    for (who, head) in [("the copy", (12, 98)), ("the original", (13, 13))] {
        let refused = problem_of(call(&world, own, head, asks()).await).await;
        assert_eq!(refused.code.as_str(), "journal_forked", "{who}");
    }
    let draft = till.sign(till.body(500, world.clock.now()));
    let brings = CreateOrder { order: draft.jws().clone(), statements: vec![], cash: None };
    let place = path::order(&draft.body().order_no);
    let brings = (Method::PUT, place.as_str(), serde_json::to_value(brings).unwrap());
    order_of(call(&world, own, (14, 14), brings).await, 201).await;

    // It is remembered over a start, and a fresh pairing ends it.
    world.stop().await;
    world.start().await;
    assert_eq!(problem_of(call(&world, own, (15, 15), asks()).await).await.code.as_str(), "journal_forked");
    let link = world.link_at(world.merchant, "main", DeviceRole::Manager).await;
    let pair = PairDevice {
        secret: link.secret.clone(),
        key: till.key.public_key(),
        name: "counter 1 again".parse().unwrap(),
    };
    let body = serde_json::to_vec(&pair).unwrap();
    let answer = world.signed(&till.key, "new", Method::POST, path::PAIRINGS, body).await;
    let bundle: Bundle = answer.json().await.unwrap();
    assert_ne!(bundle.device, till.bundle.device);
    let again = (&till, bundle.device.as_str());
    order_of(call(&world, again, (16, 16), asks()).await, 201).await;
    assert_eq!(problem_of(call(&world, own, (17, 17), asks()).await).await.code.as_str(), "journal_forked");
}

#[tokio::test]
async fn a_restored_phone_only_reads_and_brings_drafts_and_a_request_held_up_for_minutes_harms_nobody() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Manager).await;
    let own = (&till, till.bundle.device.as_str());
    let keys = || (Method::GET, path::KEYS, json!(null));
    let order = paid_order(&world, &till, 1280).await;
    let refund = path::refund(&order.order_no, &refund_no(1));
    let asks = |amount| (Method::PUT, refund.as_str(), refund_body(&order, amount));
    // A request is made while the phone's clock is four minutes ahead, and comes once that was put right.
    world.clock.advance_s(240);
    let held_up = signed(&world, own, (10, 10), keys());
    world.clock.advance_s(-240);
    assert_eq!(call(&world, own, (12, 12), keys()).await.status(), 200);
    world.clock.advance_s(400);
    assert_eq!(world.send(held_up).await.status(), 200);
    order_of(call(&world, own, (13, 13), asks(100)).await, 201).await;

    // The backup of twelve entries is restored a quarter of an hour later.
    world.clock.advance_s(901);
    assert_eq!(call(&world, own, (12, 12), keys()).await.status(), 200, "it may look");
    let refused = problem_of(call(&world, own, (14, 14), asks(100)).await).await;
    assert_eq!(refused.code.as_str(), "journal_forked");
}

#[tokio::test]
async fn strangers_who_flood_wait_for_their_answers_and_a_till_at_the_same_address_does_not() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Cashier).await;
    let own = (&till, till.bundle.device.as_str());
    let unsigned = |place: &str| {
        let uri = format!("{}{place}", world.backend().url());
        world.send(Request::builder().uri(uri).body(Bytes::new()).unwrap())
    };
    let share = world.backend().shop().limits.requests_per_minute;
    for at in 0..share {
        let (place, status) = if at % 2 == 0 { (path::KEYS, 401) } else { (path::TIME, 200) };
        assert_eq!(unsigned(place).await.status(), status, "{at}");
    }
    let flooding = unsigned(path::KEYS);
    tokio::pin!(flooding);
    for entries in 1..=20 {
        tokio::select! {
            biased;
            answer = &mut flooding => panic!("it was answered at once: {}", answer.status()),
            answer = call(&world, own, (entries, 1), (Method::GET, path::KEYS, json!(null))) => {
                assert_eq!(answer.status(), 200);
            }
        }
    }
    world.clock.advance_s(1);
    assert_eq!(flooding.await.status(), 401);
}

#[tokio::test]
async fn who_sends_a_recorded_call_again_moves_no_money_and_after_five_minutes_is_not_even_heard() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Manager).await;
    let device = till.bundle.device.as_str();
    let recorded = |method: Method, path: &str, body: Value| {
        world.request(&till.key, device, method, path, body.to_string().into_bytes())
    };
    let signed = till.sign(till.body(1280, world.clock.now()));
    let order_no = signed.body().order_no.clone();
    let brings = CreateOrder { order: signed.jws().clone(), statements: vec![], cash: None };
    let create = recorded(Method::PUT, &path::order(&order_no), serde_json::to_value(brings).unwrap());
    let order = order_of(world.send(create.clone()).await, 201).await;
    let refresh = recorded(Method::POST, &path::refresh(&order_no), json!({ "attempt": 7 }));
    assert_eq!(problem_of(world.send(refresh.clone()).await).await.code.as_str(), "not_last_attempt");
    world.pay(&order).await;
    let paid = world.until(&till, &order_no, |order| order.state.as_str() == "paid").await;
    let refund = recorded(Method::PUT, &path::refund(&order_no, &refund_no(1)), refund_body(&paid, 300));
    order_of(world.send(refund.clone()).await, 201).await;
    for again in [&create, &refund, &create, &refund] {
        order_of(world.send(again.clone()).await, 200).await;
    }
    let held = (world.held("orders").await, world.held("refunds").await);
    assert_eq!((held.0.as_array().unwrap().len(), held.1.as_array().unwrap().len()), (1, 1));
    let now = world.get(&till, &order_no).await;
    assert_eq!((now.attempts.len(), now.payments.len(), now.refunds.len()), (1, 1, 1));

    world.clock.advance_s(301);
    for late in [create, refresh, refund] {
        assert_eq!(problem_of(world.send(late).await).await.code.as_str(), "clock_skew");
    }
}

#[tokio::test]
async fn a_recorded_call_cannot_be_turned_into_another() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Manager).await;
    let order = paid_order(&world, &till, 1280).await;
    let place = path::refund(&order.order_no, &refund_no(1));
    let device = till.bundle.device.as_str();
    let body = refund_body(&order, 100).to_string().into_bytes();
    let recorded = || world.request(&till.key, device, Method::PUT, &place, body.clone());
    let other = path::refund(&order.order_no, &refund_no(2));

    let more = refund_body(&order, 1280).to_string();
    let mut changed = Vec::new();
    let (parts, _) = recorded().into_parts();
    changed.push(("a larger amount", Request::from_parts(parts, more.clone().into())));
    let (mut parts, _) = recorded().into_parts();
    let digest = BASE64_STANDARD.encode(Sha256::digest(&more));
    parts.headers.insert("content-digest", format!("sha-256=:{digest}:").parse().unwrap());
    changed.push(("a larger amount with its digest", Request::from_parts(parts, more.into())));
    let mut elsewhere = recorded();
    *elsewhere.uri_mut() = format!("{}{other}", world.backend().url()).parse().unwrap();
    changed.push(("another refund's number", elsewhere));
    let mut person = recorded();
    person.headers_mut().insert(request_signature::PERSON_HEADER, "anna".parse().unwrap());
    changed.push(("in a manager's name", person));
    for (what, request) in changed {
        let refused = problem_of(world.send(request).await).await;
        assert_eq!(refused.code.as_str(), "signature_invalid", "{what}");
    }
    assert!(world.held("refunds").await.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_cashier_alone_with_the_till_takes_no_money_out_of_it() {
    let world = World::new().await;
    world.person("anna", Role::Manager).await;
    world.person("li", Role::Cashier).await;
    let mut till = world.till(DeviceRole::Manager).await;
    till.sign_in(&world, "li").await;
    let order = paid_order(&world, &till, 1280).await;
    let place = path::refund(&order.order_no, &refund_no(1));
    let asked = order_of(till.call(&world, Method::PUT, &place, refund_body(&order, 1280)).await, 201).await;
    assert_eq!(asked.refunds[0].state.as_str(), "requested");
    let yes = json!({ "approve": true });
    let decide = path::decide_refund(&order.order_no, &refund_no(1));
    let own_word = problem_of(till.call(&world, Method::POST, &decide, yes.clone()).await).await;
    assert_eq!(own_word.code.as_str(), "forbidden");
    // Signed out, the till is no manager either when it names one that is not signed in.
    till.person = Some("anna");
    let not_signed_in = problem_of(till.call(&world, Method::POST, &decide, yes.clone()).await).await;
    assert_eq!(not_signed_in.code.as_str(), "session_ended");
    till.person = Some("li");
    let link = json!({ "store": "main", "role": "manager", "life_s": 600 });
    for (path, body) in [
        (path::PAIRING_CODES, link),
        (
            path::PEOPLE,
            json!({
                "person": "friend", "name": "Friend", "role": "manager", "pin": "739502",
            }),
        ),
    ] {
        let refused = problem_of(till.call(&world, Method::POST, path, body).await).await;
        assert_eq!(refused.code.as_str(), "forbidden", "{path}");
    }
    assert!(world.held("refunds").await.as_array().unwrap().is_empty());
    till.sign_in(&world, "anna").await;
    order_of(till.call(&world, Method::POST, &decide, yes).await, 200).await;
}

#[tokio::test]
async fn a_pairing_link_serves_one_key_ends_and_is_not_found_by_trying() {
    let world = World::new().await;
    let pair = async |secret: PairingSecret, key: &SoftwareKey| {
        let pair = PairDevice { secret, key: key.public_key(), name: "a phone".parse().unwrap() };
        let body = serde_json::to_vec(&pair).unwrap();
        world.signed(key, "new", Method::POST, path::PAIRINGS, body).await
    };
    let (own, other) = (new_key(), new_key());
    let link = world.link_at(world.merchant, "main", DeviceRole::Cashier).await;
    assert_eq!(pair(link.secret.clone(), &own).await.status(), 201);
    assert_eq!(pair(link.secret.clone(), &own).await.status(), 200, "a repeat of its own");
    for _ in 0..5 {
        let refused = problem_of(pair(link.secret.clone(), &other).await).await;
        assert_eq!(refused.code.as_str(), "pairing_refused");
    }
    let ended = problem_of(pair(link.secret.clone(), &own).await).await;
    assert_eq!(ended.code.as_str(), "pairing_refused", "after five tries of others it is over");

    let late = world.link_at(world.merchant, "main", DeviceRole::Cashier).await;
    world.clock.advance_s(601);
    assert_eq!(problem_of(pair(late.secret.clone(), &own).await).await.code.as_str(), "pairing_refused");
    let mut answers = Vec::new();
    for guess in 0..61 {
        let guessed = PairingSecret::from_random([guess; 16]);
        answers.push(problem_of(pair(guessed, &other).await).await.code.as_str().to_owned());
    }
    assert_eq!((answers[0].as_str(), answers[60].as_str()), ("pairing_refused", "rate_limited"));
    // A stranger's tries do not keep the right link out.
    let right = world.link_at(world.merchant, "main", DeviceRole::Cashier).await;
    assert_eq!(pair(right.secret.clone(), &own).await.status(), 201);
}
