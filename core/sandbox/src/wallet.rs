//! The wallet page: a person plays the customer. The page and its three calls: see, pay, cancel.

use std::sync::{Arc, LazyLock};

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    clock::beijing,
    control::{Problem, check_content_type, check_origin, named_by, no_such_order, read},
    double::{Double, Named},
    trade::{Answer, Order, Scan},
};

const PAGE: &str = include_str!("wallet.html");

/// Nothing may run or load but what the page itself holds.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |tag: &str| {
        let inner =
            PAGE.split_once(&format!("<{tag}>")).and_then(|(_, rest)| rest.split_once(&format!("</{tag}>")));
        let (inner, _) = inner.expect("the page has one script and one style");
        STANDARD.encode(Sha256::digest(inner))
    };
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash("script"),
        hash("style"),
    );
    HeaderValue::from_str(&policy).expect("Base64 and plain words")
});

/// The page and its calls.
pub(crate) fn routes(double: &Arc<Double>) -> Router {
    let calls = Router::new()
        .route("/wallet/see", post(see))
        .route("/wallet/pay", post(pay))
        .route("/wallet/cancel", post(cancel))
        .layer(middleware::from_fn_with_state(Arc::clone(double), own_page_only))
        .with_state(Arc::clone(double));
    Router::new().route("/wallet", get(page)).merge(calls)
}

async fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, PAGE).into_response()
}

/// Keeps other pages' scripts out. With `--allow-remote` the page may be reached by any name, so only the content type
/// is left to check: no other page can send JSON here without being asked first, and it is refused then.
async fn own_page_only(
    State(double): State<Arc<Double>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !double.allow_remote {
        check_origin(request.headers())?;
    }
    check_content_type(request.method(), request.headers())?;
    Ok(next.run(request).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByCode {
    code_url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pays {
    code_url: String,
    #[serde(default)]
    outcome: Answer,
}

async fn see(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let ByCode { code_url } = read(&body)?;
    let named = named_by(&code_url)?;
    let order = double.look(named.clone()).await?.ok_or_else(no_such_order)?;
    Ok(Json(shown(&double, &order, &named)))
}

async fn pay(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let Pays { code_url, outcome } = read(&body)?;
    answer(&double, &code_url, outcome).await
}

async fn cancel(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let ByCode { code_url } = read(&body)?;
    answer(&double, &code_url, Answer::Cancel).await
}

async fn answer(double: &Double, code_url: &str, answer: Answer) -> Result<Json<Value>, Problem> {
    let named = named_by(code_url)?;
    let (order, saw) = double.pay(named.clone(), None, answer).await?.ok_or_else(no_such_order)?;
    let mut told = shown(double, &order, &named);
    told["saw"] = json!(saw);
    Ok(Json(told))
}

/// What the page shows: who asks how much for what, and whether it can be paid.
fn shown(double: &Double, order: &Order, named: &Named) -> Value {
    let keys = double.key_ring.now();
    let terms = &order.terms;
    let scan = match named {
        Named::Code { token } => Scan::Code(token),
        Named::Number { .. } => Scan::Number,
    };
    json!({
        "merchant": keys.party(&terms.mchid).map(|party| party.merchant.name.clone()),
        "description": terms.description,
        "out_trade_no": terms.out_trade_no,
        "amount": { "total": terms.total, "currency": terms.currency },
        "yuan": format!("{}.{:02}", terms.total / 100, terms.total % 100),
        "time_expire": beijing(order.expires_at),
        "offer": order.offer(scan, double.clock.now()),
    })
}
