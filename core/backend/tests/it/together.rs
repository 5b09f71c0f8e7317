//! Two devices of one store at the same thing.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::{DeviceRole, Order, path};
use serde_json::json;

use crate::world::{Till, World, code_text, order_of, problem_of};

#[tokio::test]
async fn two_devices_with_one_business_key_end_at_one_order_and_act_on_it_in_turn() {
    let world = World::new().await;
    let (one, other) = (world.till(DeviceRole::Cashier).await, world.till(DeviceRole::Cashier).await);
    let rung_up = |till: &Till| {
        let mut body = till.body(1280, world.clock.now());
        body.business_key = Some("table 4".parse().unwrap());
        till.sign(body)
    };
    let (first, second) = (rung_up(&one), rung_up(&other));
    let order = order_of(world.put(&one, first.jws(), &first.body().order_no).await, 201).await;
    let open = problem_of(world.put(&other, second.jws(), &second.body().order_no).await).await;
    assert_eq!((open.code.as_str(), open.status), ("business_key_open", 409));
    let joined: Order = *open.order.unwrap();
    assert_eq!((&joined.order_no, joined.amount), (&order.order_no, 1280));
    assert_eq!(code_text(&joined), code_text(&order), "both show one code");
    assert_eq!(world.get(&other, &order.order_no).await.version, order.version);

    let act = async |till: &Till, path: String| {
        till.call(&world, Method::POST, &path, json!({ "attempt": 1 })).await
    };
    let refresh = path::refresh(&order.order_no);
    let (by_one, by_other) = tokio::join!(act(&one, refresh.clone()), act(&other, refresh));
    for answer in [by_one, by_other] {
        assert_eq!(order_of(answer, 200).await.order_no, order.order_no);
    }
    let renewed = world
        .until(&one, &order.order_no, |order| order.attempts.len() == 2 && order.state.as_str() == "awaiting")
        .await;
    assert!(renewed.version > order.version && renewed.attempts.len() == 2, "one new attempt, not two");
    let late = problem_of(act(&other, path::close(&order.order_no)).await).await;
    assert_eq!(late.code.as_str(), "not_last_attempt", "who acts on what it no longer is, is told");
    assert_eq!(late.order.unwrap().version, renewed.version);
    world.pay(&renewed).await;
    for till in [&one, &other] {
        let paid = world.until(till, &order.order_no, |order| order.state.as_str() == "paid").await;
        assert_eq!(paid.payments.len(), 1);
    }
}
