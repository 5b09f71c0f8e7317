//! `/_sandbox/balance`, `/_sandbox/refunds`, `/_sandbox/settle-day`: the merchants' accounts, what was given back, bills.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Problem, Told, read};
use crate::{
    clock::beijing,
    double::Double,
    trade::{Entry, Refund, RefundState},
    v3::bill::day_of,
};

/// The most one call moves: a hundred million yuan.
const FEN_MAX: i64 = 10_000_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Balance {
    mchid: String,
    top_up: Option<i64>,
    withdraw: Option<i64>,
}

/// Tells what an account holds, after money was put in or taken out by hand.
pub(super) async fn balance(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let Balance { mchid, top_up, withdraw } = read(&body)?;
    if !double.key_ring.now().has_account(&mchid) {
        return Err(Problem::parameter("mchid: there is no such merchant"));
    }
    let amount = |name: &str, fen: i64| match fen {
        1..=FEN_MAX => Ok(fen),
        _ => Err(Problem::parameter(format!("{name}: fen, from 1 to {FEN_MAX}"))),
    };
    let fen = match (top_up, withdraw) {
        (None, None) => 0,
        (Some(fen), None) => amount("top_up", fen)?,
        (None, Some(fen)) => -amount("withdraw", fen)?,
        (Some(_), Some(_)) => return Err(Problem::parameter("give top_up or withdraw, not both")),
    };
    let (clock, random, account) = (Arc::clone(&double.clock), Arc::clone(&double.random), mchid.clone());
    let held = double.store.run(move |rows| {
        let held = rows.balance(&account)?;
        if fen == 0 || held.saturating_add(fen) < 0 {
            return Ok((held, fen == 0));
        }
        rows.book(&account, clock.now(), vec![Entry::by_hand(&random.digits(24), fen)])?;
        Ok((held + fen, true))
    });
    match held.await? {
        (balance, true) => Ok(Json(json!({ "mchid": mchid, "balance": balance }))),
        (balance, false) => {
            Err(Problem::parameter(format!("withdraw: the account holds only {balance} fen")))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Day {
    date: String,
}

/// Makes a day's bills available at once.
pub(super) async fn settle_day(State(double): State<Arc<Double>>, body: Bytes) -> Told {
    let Day { date } = read(&body)?;
    let day = day_of(&date, "%Y-%m-%d", 10).ok_or_else(|| Problem::parameter("date: give yyyy-MM-dd"))?;
    if !double.settle_day(day).await? {
        return Err(Problem::parameter("date: this day has not begun by the double's clock"));
    }
    Ok(Json(json!({ "date": date, "settled": true })))
}

pub(super) async fn refunds(State(double): State<Arc<Double>>) -> Told {
    let held = double.store.run(|rows| Ok(rows.refunds()?.iter().map(held).collect()));
    Ok(Json(held.await?))
}

fn held(refund: &Refund) -> serde_json::Value {
    let ended_at = match refund.state {
        RefundState::Processing { .. } => None,
        RefundState::Success { at } | RefundState::Closed { at } | RefundState::Abnormal { at } => Some(at),
    };
    json!({
        "mchid": refund.mchid,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "out_refund_no": refund.terms.out_refund_no,
        "refund_id": refund.refund_id,
        "status": refund.status(),
        "amount": { "total": refund.terms.total, "refund": refund.terms.refund, "refund_fee": refund.fee_back },
        "notify_url": refund.terms.notify_url,
        "create_time": beijing(refund.created_at),
        "due_at": refund.due_at().map(beijing),
        "ended_at": ended_at.map(beijing),
    })
}
