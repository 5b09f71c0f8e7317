//! `/_sandbox/…`: plays the customer, moves the clock, brings misfortune, tells what is held. For this machine only.

mod money;
mod payment_code;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    clock::{beijing, read_rfc3339},
    double::{Double, Named},
    faults,
    loopback::is_loopback,
    notify::{Notification, Outcome, move_clock, redeliver},
    store::StoreError,
    trade::{Answer, Code, Order, Saw},
    v3::transaction,
};

/// The furthest one call moves the clock.
const MOVE_MAX: SignedDuration = SignedDuration::from_hours(24 * 366 * 10);

/// The last time the clock shows, 2200-01-01: far from the end of the calendar.
const LATEST: Timestamp = Timestamp::constant(7_258_118_400, 0);

/// The routes under `/_sandbox`.
pub(crate) fn routes(double: &Arc<Double>) -> Router {
    Router::new()
        .route("/pay", post(pay))
        .route("/wallet-code", post(payment_code::show))
        .route("/clock", post(clock))
        .route("/faults", post(add_faults).get(list_faults).delete(clear_faults))
        .route("/orders", get(orders))
        .route("/refunds", get(money::refunds))
        .route("/balance", post(money::balance))
        .route("/settle-day", post(money::settle_day))
        .route("/notifications", get(notifications))
        .route("/notifications/redeliver", post(redeliver_one))
        .fallback(unknown)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(local_only))
        .with_state(Arc::clone(double))
}

/// An error of the sandbox's own calls.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "PARAM_ERROR", message: message.into() }
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code, message: message.into() }
    }

    fn forbidden(message: &str) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: "FORBIDDEN", message: message.to_owned() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store fails");
        let message = format!("nothing was changed: {error}");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: "SYSTEM_ERROR", message }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "code": self.code, "message": self.message }))).into_response()
    }
}

type Told = Result<Json<Value>, Problem>;

/// Reads a body strictly.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::parameter(format!("the body: {error}")))
}

/// Lets through only who speaks from this machine, to this machine, and not from another page's script: a page that
/// reaches loopback by a name of its own (DNS rebinding) is found by `Host`, a form of another page by its content type.
async fn local_only(request: Request, next: Next) -> Result<Response, Problem> {
    check_peer(request.extensions().get().map(|ConnectInfo(address)| *address))?;
    check_origin(request.headers())?;
    check_content_type(request.method(), request.headers())?;
    Ok(next.run(request).await)
}

fn check_peer(peer: Option<SocketAddr>) -> Result<(), Problem> {
    if peer.is_some_and(|address| address.ip().to_canonical().is_loopback()) {
        Ok(())
    } else {
        Err(Problem::forbidden("/_sandbox is open to this machine only"))
    }
}

/// Refuses what a page of another origin could have sent.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if !text(header::HOST).is_some_and(|host| is_loopback(without_port(host))) {
        return Err(Problem::forbidden(
            "the Host header must name this machine: localhost, 127.0.0.1 or [::1]",
        ));
    }
    let is_local =
        |origin: &str| origin.split_once("://").is_some_and(|(_, host)| is_loopback(without_port(host)));
    if text(header::ORIGIN).is_some_and(|origin| !is_local(origin)) {
        return Err(Problem::forbidden("pages of other origins may not call this"));
    }
    Ok(())
}

/// Refuses bodies that are not declared as JSON: other pages can send none that are.
pub(crate) fn check_content_type(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    if *method == Method::POST && !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code: "UNSUPPORTED_MEDIA_TYPE",
            message: "Content-Type must be application/json".to_owned(),
        });
    }
    Ok(())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

async fn unknown(request: Request) -> Problem {
    let path = request.uri().path().trim_start_matches('/');
    Problem::not_found("NOT_FOUND", format!("/_sandbox/{path} does not exist"))
}

async fn method_not_allowed(method: Method) -> Problem {
    Problem {
        status: StatusCode::METHOD_NOT_ALLOWED,
        code: "METHOD_NOT_ALLOWED",
        message: format!("{method} is not a method of this path"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    code_url: Option<String>,
    auth_code: Option<String>,
    mchid: Option<String>,
    out_trade_no: Option<String>,
    payer: Option<String>,
    #[serde(default)]
    outcome: Answer,
}

async fn pay(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let pay: Pay = read(&body)?;
    let named = match (pay.code_url, pay.auth_code, pay.mchid, pay.out_trade_no) {
        (Some(code_url), None, None, None) => named_by(&code_url)?,
        (None, Some(auth_code), None, None) => Named::PaymentCode { auth_code },
        (None, None, Some(mchid), Some(out_trade_no)) => Named::Number { mchid, out_trade_no },
        _ => return Err(Problem::parameter("give code_url, or auth_code, or mchid and out_trade_no")),
    };
    if let Some(payer) = &pay.payer {
        check_payer(payer)?;
    }
    let (order, saw) = double.pay(named, pay.payer, pay.outcome).await?.ok_or_else(no_such_order)?;
    Ok(Json(seen_by_customer(&order, saw)))
}

/// The order a `code_url` leads to.
pub(crate) fn named_by(code_url: &str) -> Result<Named, Problem> {
    let token = Code::token_of(code_url).ok_or_else(no_such_order)?.to_owned();
    Ok(Named::Code { token })
}

pub(crate) fn no_such_order() -> Problem {
    Problem::not_found("ORDER_NOT_EXIST", "no order belongs to this code or number")
}

fn check_payer(payer: &str) -> Result<(), Problem> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=128).contains(&payer.len()) && payer.bytes().all(is_letter) {
        Ok(())
    } else {
        Err(Problem::parameter("payer: an openid has 1 to 128 letters, digits, _ or -"))
    }
}

/// The order as WeChat Pay sees it, and what the customer saw beside it.
fn seen_by_customer(order: &Order, saw: Saw) -> Value {
    let mut told = transaction::of(order);
    told["customer"] = json!({ "saw": saw, "message": saw.message() });
    told
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance_seconds: Option<i64>,
    set: Option<Value>,
}

async fn clock(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let now = double.clock.now();
    let target = match read::<Move>(&body)? {
        Move { advance_seconds: Some(seconds), set: None } if seconds >= 0 => {
            now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
        }
        Move { advance_seconds: Some(_), set: None } => {
            return Err(Problem::parameter("advance_seconds: the clock never goes back"));
        }
        Move { advance_seconds: None, set: Some(time) } => {
            let read = match &time {
                Value::String(text) => read_rfc3339(text),
                Value::Number(number) => {
                    number.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok())
                }
                _ => None,
            };
            read.ok_or_else(|| Problem::parameter("set: give RFC 3339 with an offset, or Unix seconds"))?
        }
        _ => return Err(Problem::parameter("give either advance_seconds or set")),
    };
    if target < now {
        let now = beijing(now);
        return Err(Problem::parameter(format!("set: the clock never goes back, and it shows {now}")));
    }
    if target.duration_since(now) > MOVE_MAX || target > LATEST {
        return Err(Problem::parameter("the clock moves by ten years at most, and not beyond the year 2199"));
    }
    move_clock(&double, target).await?;
    Ok(Json(json!({ "now": beijing(double.clock.now()), "clock": double.clock.mode() })))
}

async fn add_faults(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let rules: Vec<Value> = read(&body)?;
    double.faults.add(&rules).map_err(|bad| Problem::parameter(bad.to_string()))?;
    double.keep_faults().await?;
    Ok(Json(faults::listed(&double.faults.told())))
}

async fn list_faults(State(double): State<Arc<Double>>) -> Told {
    Ok(Json(faults::listed(&double.faults.told())))
}

async fn clear_faults(State(double): State<Arc<Double>>) -> Told {
    double.faults.clear();
    double.keep_faults().await?;
    Ok(Json(faults::listed(&[])))
}

async fn orders(State(double): State<Arc<Double>>) -> Told {
    let now = double.clock.now();
    let held = double.store.run(move |rows| {
        let orders = rows.orders()?.into_iter();
        Ok(orders.map(|order| order_held(&order.at(now))).collect())
    });
    Ok(Json(held.await?))
}

fn order_held(order: &Order) -> Value {
    let mut told = transaction::of(order);
    let terms = &order.terms;
    if told.get("amount").is_none() {
        told["amount"] = json!({ "total": terms.total, "currency": terms.currency });
    }
    told["description"] = json!(terms.description);
    told["notify_url"] = json!(terms.notify_url);
    told["code_url"] = json!(order.code.as_ref().map(Code::url));
    told["create_time"] = json!(beijing(order.created_at));
    told["time_expire"] = json!(beijing(order.expires_at));
    told["scanned_by"] = json!(order.scanned_by);
    told
}

async fn notifications(State(double): State<Arc<Double>>) -> Told {
    let held = double.store.run(|rows| Ok(rows.notifications()?.iter().map(notification_held).collect()));
    Ok(Json(held.await?))
}

fn notification_held(notification: &Notification) -> Value {
    let is_accepted = notification.tries.iter().any(|one| matches!(one.outcome, Outcome::Accepted { .. }));
    let state = match notification.next_at {
        _ if is_accepted => "accepted",
        Some(_) => "waiting",
        None => "given_up",
    };
    let tries = notification.tries.iter().map(|one| {
        let mut told = json!(one.outcome);
        told["at"] = json!(beijing(one.at));
        if one.has_wrong_amount {
            told["wrong_amount"] = json!(true);
        }
        told["redelivery"] = json!(one.redelivery);
        told["next_at"] = json!(one.next_at.map(beijing));
        told
    });
    json!({
        "id": notification.id,
        "mchid": notification.mchid,
        "out_trade_no": notification.out_trade_no,
        "transaction_id": notification.transaction_id,
        "event_type": notification.event.name(),
        "out_refund_no": notification.out_refund_no,
        "notify_url": notification.notify_url,
        "create_time": beijing(notification.created_at),
        "state": state,
        "next_at": notification.next_at.map(beijing),
        "tries": tries.collect::<Vec<_>>(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeliver {
    id: String,
}

async fn redeliver_one(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let Redeliver { id } = read(&body)?;
    let delivered = redeliver(&double, id).await?;
    let delivered = delivered
        .ok_or_else(|| Problem::not_found("NOTIFICATION_NOT_EXIST", "id: there is no such notification"))?;
    Ok(Json(notification_held(&delivered)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_let_in() {
        for (peer, is_let_in) in [
            ("127.0.0.1:5", true),
            ("127.9.9.9:5", true),
            ("[::1]:5", true),
            ("[::ffff:127.0.0.1]:5", true),
            ("192.168.1.7:5", false),
            ("[::ffff:192.168.1.7]:5", false),
            ("[fe80::1]:5", false),
        ] {
            assert_eq!(check_peer(Some(peer.parse().unwrap())).is_ok(), is_let_in, "{peer}");
        }
        assert!(check_peer(None).is_err());
    }
}
