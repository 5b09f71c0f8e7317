//! The wallet page: a person plays the customer. The page and its four calls: see, pay, cancel, show a payment code.

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
use saoma_qr::{EcLevel, Style};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    clock::beijing,
    control::{Problem, check_content_type, check_origin, named_by, no_such_order, read},
    double::{Customer, Double, Named},
    trade::{Answer, DEFAULT_PAYER, Order, PAYMENT_CODE_LIFE},
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
        .route("/wallet/code", post(payment_code))
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
    code_url: Option<String>,
    auth_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pays {
    code_url: Option<String>,
    auth_code: Option<String>,
    #[serde(default)]
    outcome: Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shows {
    /// Whether the password will be asked for.
    #[serde(default)]
    password: bool,
    /// Whether the customer has no money at all.
    #[serde(default)]
    poor: bool,
}

/// By the merchant's code that the customer scanned, or by the customer's own that was charged.
fn named(code_url: Option<String>, auth_code: Option<String>) -> Result<Named, Problem> {
    match (code_url, auth_code) {
        (Some(code_url), None) => named_by(&code_url),
        (None, Some(auth_code)) => Ok(Named::PaymentCode { auth_code }),
        _ => Err(Problem::parameter("give either code_url or auth_code")),
    }
}

async fn see(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let ByCode { code_url, auth_code } = read(&body)?;
    let named = named(code_url, auth_code)?;
    let order = double.look(named.clone()).await?.ok_or_else(no_such_order)?;
    Ok(Json(shown(&double, &order, &named)))
}

async fn pay(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let Pays { code_url, auth_code, outcome } = read(&body)?;
    answer(&double, named(code_url, auth_code)?, outcome).await
}

async fn cancel(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let ByCode { code_url, auth_code } = read(&body)?;
    answer(&double, named(code_url, auth_code)?, Answer::Cancel).await
}

/// The customer's own payment code, with the picture that a till scans.
async fn payment_code(State(double): State<Arc<Double>>, body: Bytes) -> Result<Json<Value>, Problem> {
    let Shows { password, poor } = read(&body)?;
    let customer = Customer {
        openid: DEFAULT_PAYER.to_owned(),
        mchid: None,
        balance: poor.then_some(0),
        password: password.then_some(true),
    };
    let code = double.show_payment_code(customer).await?;
    let picture =
        saoma_qr::Code::new(&code.auth_code, EcLevel::M).and_then(|qr| qr.to_svg(&Style::default()));
    let picture = picture.map_err(|error| Problem::parameter(error.to_string()))?;
    Ok(Json(json!({
        "auth_code": code.auth_code,
        "picture": format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture)),
        "seconds": PAYMENT_CODE_LIFE.as_secs(),
    })))
}

async fn answer(double: &Double, named: Named, answer: Answer) -> Result<Json<Value>, Problem> {
    let (order, saw) = double.pay(named.clone(), None, answer).await?.ok_or_else(no_such_order)?;
    let mut told = shown(double, &order, &named);
    told["saw"] = json!(saw);
    Ok(Json(told))
}

/// What the page shows: who asks how much for what, and whether it can be paid.
fn shown(double: &Double, order: &Order, named: &Named) -> Value {
    let keys = double.key_ring.now();
    let terms = &order.terms;
    json!({
        "merchant": keys.name_of(terms.account()),
        "description": terms.description,
        "out_trade_no": terms.out_trade_no,
        "amount": { "total": terms.total, "currency": terms.currency },
        "yuan": format!("{}.{:02}", terms.total / 100, terms.total % 100),
        "time_expire": beijing(order.expires_at),
        "offer": order.offer(named.scan(), double.clock.now()),
        "trade_state": order.trade_state(),
    })
}
