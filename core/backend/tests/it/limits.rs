//! What a device may do at most, told clearly when it is reached.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::{DeviceRole, path};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{PATIENCE, World, order_of, problem_of};

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

/// A client that does as it likes with a connection.
struct Raw(tokio::net::TcpStream);

impl Raw {
    async fn to(world: &World) -> Self {
        Self(tokio::net::TcpStream::connect(world.backend().address()).await.unwrap())
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// What comes until this does.
    async fn hear(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains(end) {
            let read = tokio::time::timeout(PATIENCE, self.0.read_buf(&mut heard)).await.unwrap();
            assert_ne!(read.unwrap(), 0, "it ended after {:?}", String::from_utf8_lossy(&heard));
        }
        String::from_utf8(heard).unwrap()
    }

    /// Whether nothing more comes.
    async fn has_ended(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut Vec::new())).await.unwrap();
        read.is_ok()
    }
}

#[tokio::test]
async fn a_body_that_drips_is_waited_for_only_so_long_and_may_be_sent_again() {
    let world = World::new().await;
    for (door, answer) in [
        ("/v1/pairings".to_owned(), "HTTP/1.1 503"),
        (format!("/notify/wechatpay/{}", world.merchant), "HTTP/1.1 408"),
    ] {
        let mut slow = Raw::to(&world).await;
        slow.say(&format!(
            "POST {door} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n"
        ))
        .await;
        // It says so when it begins to read the body.
        slow.hear("100 Continue\r\n\r\n").await;
        slow.say("{").await;
        world.clock.advance_s(29);
        slow.say("\"secret\"").await;
        world.clock.advance_s(1);
        let told = slow.hear("}").await;
        assert!(told.starts_with(answer), "{told}");
        assert!(slow.has_ended().await);
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whether_or_not_it_is_announced() {
    let world = World::new().await;
    let limit = world.backend().shop().limits.body_bytes_max;
    let mut announced = Raw::to(&world).await;
    announced
        .say(&format!("POST /v1/pairings HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", limit + 1))
        .await;
    assert!(announced.hear("body_too_large").await.starts_with("HTTP/1.1 413"));
    assert!(announced.has_ended().await);
    let mut endless = Raw::to(&world).await;
    endless.say("POST /v1/pairings HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    for _ in 0..limit / 0x1_0000 {
        endless.say(&chunk).await;
    }
    endless.say("1\r\nx\r\n").await;
    assert!(endless.hear("body_too_large").await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn one_address_holds_only_so_many_connections_and_the_others_go_on() {
    let world = shop("connections_of_address_max = 3", "").await;
    let till = world.till(DeviceRole::Cashier).await;
    // The till's own connection is one of the three.
    let mut held = vec![Raw::to(&world).await, Raw::to(&world).await];
    for raw in &mut held {
        raw.say("GET /v1/time HTTP/1.1\r\nhost: a\r\n\r\n").await;
        raw.hear("features").await;
    }
    let mut refused = Raw::to(&world).await;
    // Whether this is still taken is the system's to say; it is not answered.
    let _ = refused.0.write_all(b"GET /v1/time HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, refused.0.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty());
    assert_eq!(till.call(&world, Method::GET, path::KEYS, json!(null)).await.status(), 200);
}
