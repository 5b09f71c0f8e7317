//! WeChat Pay is down for an hour, then back: it is not stormed, and every order comes to its proven end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use saoma_backend::channel::{Transport, TransportError};
use saoma_backend::clock::{Clock as _, SystemRandom};
use saoma_backend::{Backend, Deps};
use saoma_contract::{CreateOrder, DeviceRole, Health, OrderBody, OrderNo, Time, path};
use serde_json::{Value, json};

use crate::world::{Till, World, load, order_of};

/// The line to WeChat Pay: it can be cut, and its calls are counted.
struct Line {
    inner: Arc<dyn Transport>,
    is_cut: AtomicBool,
    calls: AtomicUsize,
}

impl Transport for Line {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.is_cut.load(Ordering::Relaxed) {
            return Box::pin(std::future::ready(Err(TransportError("nobody answers".to_owned()))));
        }
        self.inner.send(request)
    }
}

impl Line {
    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

async fn shop_on_a_line() -> (World, Till, Arc<Line>) {
    let mut world = World::new().await;
    world.stop().await;
    let real = Deps::real().unwrap();
    let line = Arc::new(Line {
        inner: Arc::clone(&real.transport),
        is_cut: AtomicBool::new(false),
        calls: AtomicUsize::new(0),
    });
    let deps = Deps {
        clock: Arc::new(world.clock.clone()),
        random: Arc::new(SystemRandom),
        transport: Arc::clone(&line) as Arc<dyn Transport>,
        ..real
    };
    world.backend = Some(Backend::start(load(&world.state_dir()), deps).await.unwrap());
    let till = world.till(DeviceRole::Manager).await;
    (world, till, line)
}

/// Lets time pass in small steps, each only once all that had fallen due was begun; phones ask about each order as often.
async fn passes(world: &World, till: &Till, seconds: i64, step_s: i64, asked: &[OrderNo], every_s: i64) {
    for second in (0..seconds).step_by(usize::try_from(step_s).unwrap()) {
        if second % every_s == 0 {
            for order_no in asked {
                world.get(till, order_no).await;
            }
        }
        world.advance_s(step_s).await;
        while next_due(world).await.is_some_and(|at| at <= world.clock.now()) {}
    }
}

/// How WeChat Pay holds the one attempt of an order.
async fn at_wechat_pay(world: &World, order_no: &OrderNo) -> String {
    let held = world.held("orders").await;
    let of_order = |order: &&Value| order["out_trade_no"].as_str().unwrap().starts_with(order_no.as_str());
    held.as_array().unwrap().iter().find(of_order).unwrap()["trade_state"].as_str().unwrap().to_owned()
}

async fn next_due(world: &World) -> Option<Time> {
    let health = world.client.get(format!("{}{}", world.backend().url(), path::HEALTH)).send().await;
    health.unwrap().json::<Health>().await.unwrap().next_due_at
}

#[tokio::test]
async fn after_an_hour_without_wechat_pay_it_is_not_stormed_and_all_is_proven_within_five_minutes() {
    let (world, till, line) = shop_on_a_line().await;
    // Notifications are lost with the line: whatever is known is known by asking.
    world.fault("notify", "notify_lost", 1_000).await;
    let mut orders = Vec::new();
    for _ in 0..24 {
        let signed = till.sign(OrderBody { life_s: 300, ..till.body(1280, world.clock.now()) });
        orders.push(order_of(world.put(&till, signed.jws(), &signed.body().order_no).await, 201).await);
    }
    let numbers: Vec<OrderNo> = orders.iter().map(|order| order.order_no.clone()).collect();
    let before = line.calls();
    passes(&world, &till, 60, 1, &numbers, 5).await;
    let steady = line.calls() - before;
    assert!(steady >= 24 * 10, "phones' questions reach WeChat Pay: {steady}");

    line.is_cut.store(true, Ordering::Relaxed);
    for order in &orders[..12] {
        let seen = world.pay(order).await;
        assert_eq!(seen["trade_state"], "SUCCESS", "{seen}");
    }
    // A cashier gives up on some; others are rung up into the silence, and some of those given up too.
    for order in &orders[20..] {
        world.close(&till, order).await;
    }
    let mut silent = Vec::new();
    for n in 0..6 {
        let signed = till.sign(till.body(500, world.clock.now()));
        let order_no = signed.body().order_no.clone();
        let body = CreateOrder { order: signed.jws().clone(), statements: vec![], cash: None };
        let body = serde_json::to_value(body).unwrap();
        let place = path::order(&order_no);
        let put = till.call(&world, Method::PUT, &place, body);
        // Nobody answers the backend; it answers the till once it has waited for that long enough.
        let passing = passes(&world, &till, 12, 1, &[], 1);
        let (answer, ()) = tokio::join!(put, passing);
        assert!(answer.status().is_success(), "{answer:?}");
        if n % 2 == 0 {
            let close =
                till.call(&world, Method::POST, &path::close(&order_no), json!({ "attempt": 1 })).await;
            order_of(close, 200).await;
        }
        silent.push(order_no);
    }
    let before = line.calls();
    passes(&world, &till, 300, 5, &numbers, 15).await;
    passes(&world, &till, 3_300, 10, &numbers, 120).await;
    let meanwhile = line.calls() - before;
    let steady_hour = steady * 60;
    assert!(
        meanwhile < steady_hour / 4,
        "{meanwhile} calls into the silence, of {steady_hour} in an hour of trade"
    );

    line.is_cut.store(false, Ordering::Relaxed);
    let before = line.calls();
    passes(&world, &till, 60, 1, &numbers, 15).await;
    let first_minute = line.calls() - before;
    assert!(
        first_minute <= 2 * steady,
        "{first_minute} calls in the first minute, {steady} in a minute of trade"
    );
    passes(&world, &till, 240, 1, &numbers, 15).await;
    println!(
        "{steady} calls a minute in trade, {meanwhile} in the hour of silence, {first_minute} in the first minute after it"
    );
    for (n, order_no) in numbers.iter().enumerate() {
        let expected = if n < 12 { "paid" } else { "closed" };
        let held = at_wechat_pay(&world, order_no).await;
        assert_eq!(held, if n < 12 { "SUCCESS" } else { "CLOSED" }, "order {n}");
        assert_eq!(world.get(&till, order_no).await.state.as_str(), expected, "order {n}");
    }
    for (n, order_no) in silent.iter().enumerate() {
        let order = world.get(&till, order_no).await;
        let has_ended = matches!(order.state.as_str(), "closed" | "rejected");
        assert!(has_ended, "order {n} of the silence: {:?} {:?}", order.state, order.attempts);
    }
}
