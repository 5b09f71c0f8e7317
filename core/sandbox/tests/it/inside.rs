//! A double without a door of its own: its clock, its way out and its store's executor come in from outside.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};
use saoma_sandbox::{Clock, ClockMode, Config, Executor, Inside, Parts, Post, Unanswered};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::play;

/// 2100-01-01T00:00:00Z: later than any clock under which the folder was made.
const NOW_S: u64 = 4_102_444_800;

struct StandingStill;

impl Clock for StandingStill {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW_S)
    }
}

struct NobodyThere;

impl Post for NobodyThere {
    fn post(&self, _: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, Unanswered>> {
        Box::pin(async { Err(Unanswered::Unreachable("nobody is there".to_owned())) })
    }
}

async fn moved(router: Router, body: Value) -> (StatusCode, Value) {
    let request = Request::post("/_sandbox/clock")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))))
        .body(Body::from(body.to_string()));
    let answer = router.oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_double_goes_by_the_clock_that_it_is_given_and_keeps_nothing_after_a_kill() {
    let folder = play::copied();
    let parts =
        Parts { clock: Arc::new(StandingStill), post: Arc::new(NobodyThere), executor: Executor::Inline };
    let config = Config { clock: ClockMode::Real, ..play::config(folder.path()) };
    let open = || Inside::open(config.clone(), "http://127.0.0.1:1".to_owned(), parts.clone());
    let inside = open().await.unwrap();
    let router = inside.router();
    let (status, told) = moved(router.clone(), json!({ "advance_seconds": 0 })).await;
    assert_eq!((status, &told["now"]), (StatusCode::OK, &json!("2100-01-01T08:00:00+08:00")));
    let (_, told) = moved(router.clone(), json!({ "advance_seconds": 60 })).await;
    assert_eq!(told["now"], "2100-01-01T08:01:00+08:00");

    inside.kill();
    let (status, _) = moved(router, json!({ "advance_seconds": 60 })).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    let again = open().await.unwrap();
    let (_, told) = moved(again.router(), json!({ "advance_seconds": 0 })).await;
    assert_eq!(told["now"], "2100-01-01T08:01:00+08:00");
    again.close().await;
}
