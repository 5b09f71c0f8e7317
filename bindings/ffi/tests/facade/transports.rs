//! HTTP by the app: the whole road over a foreign transport, and foreign transports that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt as _;
use saoma_engine::{Peer, ReqwestTransport, Transport as _};
use saoma_ffi::{
    BodySink, Event, HttpHead, HttpHeader, HttpRequest, HttpResponse, HttpTransport, Phase, SaomaError, Till,
    Topic, TransportFailure,
};

use crate::shop::{Events, Shop, rung_up, sale_until};

/// What an app would write, on this test's own HTTP.
struct App {
    http: ReqwestTransport,
    streams: AtomicU32,
}

fn request(request: &HttpRequest) -> http::Request<bytes::Bytes> {
    let mut built = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for header in &request.headers {
        built = built.header(&header.name, &header.value);
    }
    built.body(request.body.clone().into()).unwrap()
}

fn headers(headers: &http::HeaderMap) -> Vec<HttpHeader> {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| HttpHeader {
        name: name.to_string(),
        value: value.to_str().unwrap().to_owned(),
    };
    headers.iter().map(header).collect()
}

fn lost(error: saoma_engine::TransportError) -> TransportFailure {
    match error.left {
        saoma_engine::Left::No => TransportFailure::NotSent { detail: error.detail },
        saoma_engine::Left::Maybe => TransportFailure::Lost { detail: error.detail },
    }
}

#[async_trait::async_trait]
impl HttpTransport for App {
    async fn execute(&self, asked: HttpRequest) -> Result<HttpResponse, TransportFailure> {
        assert_eq!(asked.deadline_ms, 15_000);
        let answer = self.http.send(request(&asked), Peer::default()).await.map_err(lost)?;
        let status = answer.status().as_u16().into();
        Ok(HttpResponse { status, headers: headers(answer.headers()), body: answer.into_body().to_vec() })
    }

    async fn stream(&self, asked: HttpRequest, body: Arc<BodySink>) -> Result<HttpHead, TransportFailure> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        let answer = self.http.stream(request(&asked), Peer::default()).await.map_err(lost)?;
        let head = HttpHead { status: answer.status().as_u16().into(), headers: headers(answer.headers()) };
        tokio::spawn(async move {
            let mut chunks = answer.into_body();
            while let Some(Ok(chunk)) = chunks.next().await {
                if !body.chunk(chunk.to_vec()).await {
                    return;
                }
            }
            body.end(Some("the connection was cut".to_owned()));
        });
        Ok(head)
    }

    fn network_changed(&self) -> Result<(), TransportFailure> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_road_goes_over_the_apps_own_http() {
    let shop = Shop::open().await;
    let app = Arc::new(App { http: ReqwestTransport::new(), streams: 0.into() });
    let till = shop.till_with("till", None, Some(app.clone())).await;
    till.foreground(true).await.unwrap();
    let mut diagnoses = Events::of(&till, Topic::Diagnosis);
    loop {
        let Event::Diagnosis { diagnosis } = diagnoses.next().await else { panic!("diagnoses only") };
        if diagnosis.stream_alive {
            break;
        }
    }
    assert!(app.streams.load(Ordering::Relaxed) > 0);
    let sale = rung_up(&till).await;
    shop.pay(&sale).await;
    sale_until(&till, &sale.order_no, |sale| sale.phase == Phase::Paid).await;
    till.close().await.unwrap();
    shop.close().await;
}

/// Fails in the way it is told.
struct Failing(fn() -> Result<HttpResponse, TransportFailure>);

#[async_trait::async_trait]
impl HttpTransport for Failing {
    async fn execute(&self, _: HttpRequest) -> Result<HttpResponse, TransportFailure> {
        (self.0)()
    }

    async fn stream(&self, _: HttpRequest, _: Arc<BodySink>) -> Result<HttpHead, TransportFailure> {
        Err(TransportFailure::NotSent { detail: "no network".to_owned() })
    }

    fn network_changed(&self) -> Result<(), TransportFailure> {
        Err(TransportFailure::NotSent { detail: "a bug in the shell".to_owned() })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transport_that_fails_gives_an_answer_or_is_broken_is_a_dead_road() {
    let shop = Shop::open().await;
    let ways: [fn() -> Result<HttpResponse, TransportFailure>; 5] = [
        || Err(TransportFailure::NotSent { detail: "no network".to_owned() }),
        || Err(TransportFailure::from(uniffi::UnexpectedUniFFICallbackError::new("an exception"))),
        || panic!("a bug in the shell"),
        || Ok(HttpResponse { status: 70_000, headers: Vec::new(), body: Vec::new() }),
        || Ok(HttpResponse { status: 200, headers: Vec::new(), body: vec![b' '; 1024 * 1024 + 1] }),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let config = shop.config(&format!("till-{number}"));
        let till = Till::open(config, None, Some(Arc::new(Failing(way)))).await.unwrap();
        let refused = till.pair(shop.link().await, "counter".to_owned()).await.unwrap_err();
        assert!(matches!(refused, SaomaError::Unreachable { .. }), "{number}: {refused:?}");
        till.network(true).await.unwrap();
        till.close().await.unwrap();
    }
    shop.close().await;
}
