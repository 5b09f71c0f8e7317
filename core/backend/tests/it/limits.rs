//! What a device may do at most, told clearly when it is reached.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::{DeviceRole, path};
use serde_json::json;

use crate::world::{World, order_of, problem_of};

/// A shop whose configuration has these lines more: of the backend, and of each merchant.
async fn shop(limits: &str, merchant: &str) -> World {
    let mut world = World::new().await;
    world.stop().await;
    let file = world.state_dir().join("saoma.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("[[merchants]]\n", &format!("[[merchants]]\n{merchant}\n"));
    std::fs::write(&file, format!("{text}\n[limits]\n{limits}\n")).unwrap();
    world.start().await;
    world
}

#[tokio::test]
async fn a_device_with_too_many_open_orders_ends_some_first() {
    let world = shop("", "open_orders_max = 1").await;
    let till = world.till(DeviceRole::Cashier).await;
    let first = world.ring_up(&till, 1280).await;
    let second = till.sign(till.body(50, world.clock.now()));
    let second_no = second.body().order_no.clone();
    let refused = problem_of(world.put(&till, second.jws(), &second_no).await).await;
    assert_eq!(
        (refused.code.as_str(), refused.status, refused.retryable),
        ("too_many_open_orders", 429, true)
    );
    world.close(&till, &first).await;
    world.until(&till, &first.order_no, |order| order.state.as_str() == "closed").await;
    order_of(world.put(&till, second.jws(), &second_no).await, 201).await;
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_told_how_long_to_wait() {
    let world = shop("requests_per_minute = 10", "").await;
    let till = world.till(DeviceRole::Cashier).await;
    let mut refused = None;
    for _ in 0..100 {
        let answer = till.call(&world, Method::GET, path::KEYS, json!(null)).await;
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a hundred requests in no time are too many");
    let wait: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let problem = problem_of(refused).await;
    assert_eq!((problem.code.as_str(), problem.retry_after_s), ("rate_limited", Some(wait)));
    world.clock.advance_s(i64::from(wait));
    assert_eq!(till.call(&world, Method::GET, path::KEYS, json!(null)).await.status(), 200);
}
