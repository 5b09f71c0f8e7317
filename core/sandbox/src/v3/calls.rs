//! Which call a request is, who may make it, and what it does.

use std::sync::Arc;

use http::{Method, StatusCode};
use jiff::Timestamp;
use saoma_wechatpay::message::SERIAL;
use serde_json::json;

use super::{
    answer::Outcome,
    authorization, broken, certificates, native,
    received::{Received, decoded},
    refusal::{Place, Refusal},
    transaction,
};
use crate::{
    double::Double,
    identity::Party,
    store::StoreError,
    trade::{CloseRefused, Order, PlaceRefused},
};

/// The calls there are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Call {
    /// Native order (WeChat Pay protocol B.2).
    PlaceNative,
    /// Query by the merchant's number (B.4).
    QueryByNumber { out_trade_no: String },
    /// Query by WeChat Pay's number (B.4).
    QueryById { transaction_id: String },
    /// Close (B.5).
    Close { out_trade_no: String },
    /// Platform certificates (A.6.2).
    Certificates,
}

impl Call {
    fn of(method: &Method, path: &str) -> Option<Self> {
        let parts = path.split('/').skip(1).collect::<Vec<_>>();
        match (method.as_str(), &parts[..]) {
            ("POST", ["v3", "pay", "transactions", "native"]) => Some(Self::PlaceNative),
            ("GET", ["v3", "pay", "transactions", "out-trade-no", number]) => {
                Some(Self::QueryByNumber { out_trade_no: decoded(number)? })
            }
            ("GET", ["v3", "pay", "transactions", "id", id]) => {
                Some(Self::QueryById { transaction_id: decoded(id)? })
            }
            ("POST", ["v3", "pay", "transactions", "out-trade-no", number, "close"]) => {
                Some(Self::Close { out_trade_no: decoded(number)? })
            }
            ("GET", ["v3", "certificates"]) => Some(Self::Certificates),
            _ => None,
        }
    }
}

/// Judges a request and does what it asks.
pub(super) async fn perform(double: &Arc<Double>, received: &Received) -> Result<Outcome, Refusal> {
    let call = Call::of(&received.method, received.path()).ok_or_else(Refusal::path_unknown)?;
    received.check_headers()?;
    let keys = double.key_ring.now();
    let party = authorization::judge(received, &keys, Timestamp::now())?;
    let success = |status: StatusCode, body: String| Outcome {
        status,
        body,
        number: 0,
        signer: Some(keys.signer_for(&party.merchant, received.header(SERIAL))),
    };
    match call {
        Call::PlaceNative => {
            received.query(&[])?;
            let order = place(double, received, &party).await?;
            Ok(success(StatusCode::OK, json!({ "code_url": order.code.url() }).to_string()))
        }
        Call::QueryByNumber { out_trade_no } => {
            check_query_mchid(received, &party)?;
            check_number(&out_trade_no)?;
            let order = query_by_number(double, &party, out_trade_no).await?;
            Ok(success(StatusCode::OK, transaction::of(&order).to_string()))
        }
        Call::QueryById { transaction_id } => {
            check_query_mchid(received, &party)?;
            if transaction_id.is_empty() || transaction_id.len() > 32 {
                return Err(Refusal::range(Place::Path, "/transaction_id", &transaction_id, "长度应为1至32"));
            }
            let order = query_by_id(double, &party, transaction_id).await?;
            Ok(success(StatusCode::OK, transaction::of(&order).to_string()))
        }
        Call::Close { out_trade_no } => {
            received.query(&[])?;
            check_number(&out_trade_no)?;
            check_body_mchid(&native::read_close(&received.body)?, &party)?;
            match close(double, &party, out_trade_no).await? {
                Closed::Yes => Ok(success(StatusCode::NO_CONTENT, String::new())),
                Closed::CustomerIsPaying => {
                    let body = json!({ "code": "USER_PAYING", "message": "用户支付中，请稍后再试" });
                    Ok(success(StatusCode::ACCEPTED, body.to_string()))
                }
            }
        }
        Call::Certificates => {
            let query = received.query(&["algorithm_type"])?;
            let algorithm_type = query.first().map(|(_, value)| value.as_str());
            let list = certificates::list(&keys, &party, algorithm_type, &double.random)?;
            Ok(success(StatusCode::OK, list.to_string()))
        }
    }
}

async fn place(double: &Double, received: &Received, party: &Party) -> Result<Order, Refusal> {
    let terms = native::read_order(&received.body)?;
    check_body_mchid(&terms.mchid, party)?;
    if terms.appid != party.merchant.appid {
        return Err(Refusal::appid_not_bound());
    }
    let (clock, token) = (Arc::clone(&double.clock), double.random.letters_digits(9));
    let placed = double.store.run(move |rows| {
        let standing = rows.order(&terms.mchid, &terms.out_trade_no)?;
        let placed = Order::place(standing, terms, token, clock.now());
        if let Ok(order) = &placed {
            rows.put_order(order)?;
        }
        Ok(placed)
    });
    placed.await.map_err(|error| broken(&error))?.map_err(|refused| match refused {
        PlaceRefused::Paid => Refusal::order_paid(),
        PlaceRefused::Closed => Refusal::order_closed(),
        PlaceRefused::Expired => Refusal::order_expired(),
        PlaceRefused::OtherTerms => Refusal::other_terms(),
    })
}

async fn query_by_number(double: &Double, party: &Party, out_trade_no: String) -> Result<Order, Refusal> {
    let mchid = party.merchant.mchid.clone();
    let order = double.store.run(move |rows| rows.order(&mchid, &out_trade_no));
    found(double, order.await)
}

async fn query_by_id(double: &Double, party: &Party, transaction_id: String) -> Result<Order, Refusal> {
    let order = double.store.run(move |rows| rows.order_by_transaction(&transaction_id));
    let order = found(double, order.await)?;
    if order.terms.mchid == party.merchant.mchid { Ok(order) } else { Err(Refusal::other_merchants_order()) }
}

fn found(double: &Double, order: Result<Option<Order>, StoreError>) -> Result<Order, Refusal> {
    let order = order.map_err(|error| broken(&error))?.ok_or_else(Refusal::order_unknown)?;
    Ok(order.at(double.clock.now()))
}

enum Closed {
    Yes,
    CustomerIsPaying,
}

async fn close(double: &Double, party: &Party, out_trade_no: String) -> Result<Closed, Refusal> {
    let (clock, mchid) = (Arc::clone(&double.clock), party.merchant.mchid.clone());
    let closed = double.store.run(move |rows| {
        let Some(order) = rows.order(&mchid, &out_trade_no)? else { return Ok(None) };
        let closed = order.close(clock.now());
        if let Ok(order) = &closed {
            rows.put_order(order)?;
        }
        Ok(Some(closed))
    });
    match closed.await.map_err(|error| broken(&error))? {
        None => Err(Refusal::order_unknown()),
        Some(Ok(_)) => Ok(Closed::Yes),
        Some(Err(CloseRefused::CustomerIsPaying)) => Ok(Closed::CustomerIsPaying),
        Some(Err(CloseRefused::Paid)) => Err(Refusal::order_paid()),
    }
}

fn check_body_mchid(mchid: &str, party: &Party) -> Result<(), Refusal> {
    if mchid == party.merchant.mchid { Ok(()) } else { Err(Refusal::other_mchid(Place::Body, mchid)) }
}

fn check_query_mchid(received: &Received, party: &Party) -> Result<(), Refusal> {
    let query = received.query(&["mchid"])?;
    match query.first() {
        None => Err(Refusal::parameter(Place::Query, "/mchid", "", "此字段为必填项")),
        Some((_, mchid)) if *mchid == party.merchant.mchid => Ok(()),
        Some((_, mchid)) => Err(Refusal::other_mchid(Place::Query, mchid)),
    }
}

/// A number in a path: any text that is not too long. One that no order can have is simply unknown.
fn check_number(out_trade_no: &str) -> Result<(), Refusal> {
    if out_trade_no.is_empty() || out_trade_no.chars().count() > 32 {
        return Err(Refusal::range(Place::Path, "/out_trade_no", out_trade_no, "长度应为1至32"));
    }
    Ok(())
}
