//! `/_sandbox/wallet-code`: a customer shows a payment code.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Problem, Told, read};
use crate::double::{Customer, Double};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wants {
    mchid: Option<String>,
    balance: Option<i64>,
    password: Option<bool>,
}

/// A fresh code of a customer who was never here before.
pub(super) async fn show(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let Wants { mchid, balance, password } = read(&body)?;
    if mchid.as_ref().is_some_and(|mchid| double.key_ring.now().party(mchid).is_none()) {
        return Err(Problem::parameter("mchid: there is no such merchant"));
    }
    if balance.is_some_and(|fen| fen < 0) {
        return Err(Problem::parameter("balance: fen, not negative"));
    }
    let openid = format!("oSaoma{}", double.random.letters_digits(22));
    let code = double.show_payment_code(Customer { openid, mchid, balance, password }).await?;
    Ok(Json(json!({ "auth_code": code.auth_code, "openid": code.openid })))
}
