//! The rules that guard money, through the whole backend.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::{Audit, DeviceRole, DeviceSigner as _, PairDevice, Problem, Role, path};
use serde_json::json;

use crate::world::{Till, World, order_of, problem_of};

async fn lines(world: &World, till: &Till) -> Vec<String> {
    let audit: Audit = till.call(world, Method::GET, path::AUDIT, json!(null)).await.json().await.unwrap();
    let mut what: Vec<String> = audit.lines.into_iter().map(|line| line.what).collect();
    what.retain(|what| what.starts_with("rule_"));
    what
}

async fn try_ring_up(world: &World, till: &Till, amount: i64) -> Result<(), Problem> {
    let signed = till.sign(till.body(amount, world.clock.now()));
    let answer = world.put(till, signed.jws(), &signed.body().order_no).await;
    if answer.status() == 201 { Ok(()) } else { Err(problem_of(answer).await) }
}

#[tokio::test]
async fn a_large_order_asks_for_a_manager_and_nothing_of_it_is_kept_without_one() {
    let mut world = World::new().await;
    world.set("rules.order_ceiling = { then = \"ask\", amount = 50000 }").await;
    world.person("anna", Role::Manager).await;
    world.person("li", Role::Cashier).await;
    let mut till = world.till(DeviceRole::Manager).await;
    till.sign_in(&world, "li").await;
    try_ring_up(&world, &till, 50_000).await.unwrap();
    let signed = till.sign(till.body(50_001, world.clock.now()));
    let order_no = signed.body().order_no.clone();
    let refused = problem_of(world.put(&till, signed.jws(), &order_no).await).await;
    assert_eq!((refused.code.as_str(), refused.rule.as_deref()), ("needs_manager", Some("order_ceiling")));
    let absent = till.call(&world, Method::GET, &path::order(&order_no), json!(null)).await;
    assert_eq!(absent.status(), 404);
    till.sign_in(&world, "anna").await;
    order_of(world.put(&till, signed.jws(), &order_no).await, 201).await;
    order_of(world.put(&till, signed.jws(), &order_no).await, 200).await;
    assert_eq!(
        lines(&world, &till).await,
        ["rule_order_ceiling"; 2],
        "the manager's yes is on record, a replay is not"
    );
}

#[tokio::test]
async fn a_device_that_rings_up_too_much_within_an_hour_is_refused_and_others_are_not() {
    let mut world = World::new().await;
    world.set("rules.device_hour = { then = \"refuse\", amount = 1000, times = 100 }").await;
    let till = world.till(DeviceRole::Manager).await;
    let other = world.till(DeviceRole::Cashier).await;
    try_ring_up(&world, &till, 600).await.unwrap();
    let refused = try_ring_up(&world, &till, 401).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.rule.as_deref()), ("rule", Some("device_hour")));
    try_ring_up(&world, &till, 400).await.unwrap();
    try_ring_up(&world, &other, 600).await.unwrap();
    assert_eq!(lines(&world, &till).await, ["rule_device_hour"]);
    world.advance_s(3599).await;
    assert!(try_ring_up(&world, &till, 400).await.is_err(), "the hour is not over");
    world.advance_s(2).await;
    try_ring_up(&world, &till, 600).await.unwrap();
    let order = world.ring_up(&till, 400).await;
    world.pay(&order).await;
    world.until(&till, &order.order_no, |order| order.state.as_str() == "paid").await;
}

#[tokio::test]
async fn too_many_open_codes_are_noted_once_and_go_on() {
    let mut world = World::new().await;
    world.set("rules.open_codes = { then = \"note\", times = 1 }").await;
    let till = world.till(DeviceRole::Manager).await;
    for _ in 0..4 {
        try_ring_up(&world, &till, 100).await.unwrap();
    }
    assert_eq!(lines(&world, &till).await, ["rule_open_codes"]);
}

#[tokio::test]
async fn a_request_that_comes_again_is_noted_or_refused_as_the_merchant_wants() {
    for (then, status) in [("note", 200), ("refuse", 403)] {
        let mut world = World::new().await;
        world.set(&format!("rules.replayed = {{ then = \"{then}\" }}")).await;
        let till = world.till(DeviceRole::Manager).await;
        let again = || world.request(&till.key, till.bundle.device.as_str(), Method::GET, path::KEYS, vec![]);
        let request = again();
        let copy = http::Request::from_parts(request.into_parts().0, bytes::Bytes::new());
        let (parts, body) = copy.into_parts();
        for (number, expected) in [(0, 200), (1, status), (2, status)] {
            let sent = http::Request::from_parts(parts.clone(), body.clone());
            assert_eq!(world.send(sent).await.status(), expected, "{then} {number}");
        }
        assert_eq!(world.send(again()).await.status(), 200, "signed anew");
        let noted = lines(&world, &till).await;
        assert!(noted.iter().all(|what| what == "rule_replayed") && !noted.is_empty(), "{noted:?}");
        assert_eq!(noted.len(), if then == "note" { 1 } else { 2 });
    }
}

#[tokio::test]
async fn many_requests_signed_for_another_time_are_noted() {
    let mut world = World::new().await;
    world.set("rules.skewed = { times = 2 }").await;
    let till = world.till(DeviceRole::Manager).await;
    let device = till.bundle.device.as_str();
    let old: Vec<_> =
        (0..4).map(|_| world.request(&till.key, device, Method::GET, path::KEYS, vec![])).collect();
    world.clock.advance_s(301);
    for request in old {
        assert_eq!(world.send(request).await.status(), 401);
    }
    assert_eq!(lines(&world, &till).await, ["rule_skewed"]);
}

#[tokio::test]
async fn a_device_that_moves_to_another_merchant_is_noted_at_both_or_refused() {
    for (then, status) in [("note", 201), ("refuse", 403)] {
        let mut world = World::new().await;
        world.set(&format!("rules.device_moves = {{ then = \"{then}\" }}")).await;
        let till = world.till_at("shop-1", "main", DeviceRole::Manager).await;
        let others = world.till_at("shop-2", "main", DeviceRole::Manager).await;
        let link = world.link_at("shop-2", "main", DeviceRole::Cashier).await;
        let name = "a phone".parse().unwrap();
        let pair = PairDevice { secret: link.secret.clone(), key: till.key.public_key(), name };
        let body = serde_json::to_vec(&pair).unwrap();
        let paired = world.signed(&till.key, "new", Method::POST, path::PAIRINGS, body).await;
        assert_eq!(paired.status().as_u16(), status);
        assert_eq!(lines(&world, &till).await, ["rule_device_moves"]);
        assert_eq!(lines(&world, &others).await, ["rule_device_moves"]);
        let mut body = till.body(100, world.clock.now());
        body.merchant = "shop-2".parse().unwrap();
        let signed = till.sign(body);
        assert_ne!(world.put(&till, signed.jws(), &signed.body().order_no).await.status(), 201);
        assert_eq!(lines(&world, &till).await, ["rule_device_moves"; 2]);
    }
}
