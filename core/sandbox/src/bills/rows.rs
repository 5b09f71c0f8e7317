//! What a trade bill tells of a day: orders paid, refunds begun, charges taken back (WeChat Pay protocol B.10.3).

use jiff::{SignedDuration, Timestamp};
use saoma_wechatpay::bill::{RefundState as Told, TradeState};

use super::Spoilt;
use crate::{
    double::Account,
    store::{Rows, StoreError},
    trade::{Order, RefundState, State},
};

/// A row of a trade bill.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) at: Timestamp,
    pub(super) order: Order,
    pub(super) transaction_id: String,
    pub(super) payer: String,
    pub(super) state: TradeState,
    /// What the order is over, in fen; nothing on a refund's row.
    pub(super) total: i64,
    /// In fen; negative where it is given back.
    pub(super) fee: i64,
    pub(super) refund: Option<Back>,
}

/// The refund of a row.
#[derive(Debug, Clone)]
pub(super) struct Back {
    pub(super) refund_id: String,
    pub(super) out_refund_no: String,
    pub(super) fen: i64,
    pub(super) state: Told,
    pub(super) refunded_at: Option<Timestamp>,
}

/// The rows of a day, in the order in which they happened.
pub(super) fn of_day(
    rows: &Rows<'_>,
    account: &Account,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Line>, StoreError> {
    let is_wanted = |order: &Order| {
        let sub_mchid = order.terms.sub.as_ref().map(|sub| &sub.mchid);
        order.terms.mchid == account.mchid
            && account.sub_mchid.as_ref().is_none_or(|wanted| sub_mchid == Some(wanted))
    };
    let mut lines = Vec::new();
    for order in rows.orders()?.into_iter().filter(is_wanted) {
        match &order.state {
            State::Paid { transaction_id, payer, at, is_refunded } => {
                let payment = paid(&order, transaction_id, payer, *at);
                if *is_refunded {
                    for refund in rows.refunds_of(&order)? {
                        let (state, refunded_at) = match refund.state {
                            RefundState::Success { at } => (Told::Success, Some(at)),
                            RefundState::Closed { .. } => (Told::Fail, None),
                            RefundState::Processing { .. } | RefundState::Abnormal { .. } => {
                                (Told::Processing, None)
                            }
                        };
                        let back = Back {
                            refund_id: refund.refund_id,
                            out_refund_no: refund.terms.out_refund_no,
                            fen: refund.terms.refund,
                            state,
                            refunded_at,
                        };
                        let fee = if state == Told::Fail { 0 } else { -refund.fee_back };
                        lines.push(given_back(&payment, refund.created_at, TradeState::Refund, back, fee));
                    }
                }
                lines.push(payment);
            }
            State::Reversed { at, returned: Some(returned) } => {
                let payment = paid(&order, &returned.transaction_id, &returned.payer, returned.paid_at);
                let back = Back {
                    refund_id: returned.refund_id.clone(),
                    out_refund_no: order.terms.out_trade_no.clone(),
                    fen: order.terms.total,
                    state: Told::Success,
                    refunded_at: Some(*at),
                };
                lines.push(given_back(&payment, *at, TradeState::Revoked, back, -payment.fee));
                lines.push(payment);
            }
            State::Unpaid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Reversed { returned: None, .. } => {}
        }
    }
    lines.retain(|line| (from..until).contains(&line.at));
    lines.sort_by_key(|line| line.at);
    Ok(lines)
}

fn paid(order: &Order, transaction_id: &str, payer: &str, at: Timestamp) -> Line {
    Line {
        at,
        transaction_id: transaction_id.to_owned(),
        payer: payer.to_owned(),
        state: TradeState::Success,
        total: order.terms.total,
        fee: order.rate.fee(order.terms.total),
        refund: None,
        order: order.clone(),
    }
}

fn given_back(payment: &Line, at: Timestamp, state: TradeState, refund: Back, fee: i64) -> Line {
    Line { at, state, total: 0, fee, refund: Some(refund), ..payment.clone() }
}

/// Spoils the rows as faults ask. What is spoilt is in the sums too: such a bill is whole, and wrong.
pub(super) fn spoil(mut lines: Vec<Line>, spoilt: Spoilt) -> Vec<Line> {
    if let Some(line) = spoilt.wrong_row.and_then(|row| lines.get_mut(row)) {
        match &mut line.refund {
            Some(refund) => refund.fen = refund.fen.saturating_add(1),
            None => line.total = line.total.saturating_add(1),
        }
    }
    if let Some(row) = spoilt.lost_row.filter(|row| *row < lines.len()) {
        lines.remove(row);
    }
    if spoilt.has_stranger
        && let Some(known) = lines.iter().rfind(|line| line.refund.is_none()).cloned()
    {
        let mut stranger = known;
        stranger.at += SignedDuration::from_secs(1);
        stranger.transaction_id = format!("4299{}", stranger.transaction_id.get(4..).unwrap_or_default());
        stranger.order.terms.out_trade_no = format!("STRANGER{:010}", stranger.at.as_second());
        stranger.payer = "oSaomaPlayStranger000000001".to_owned();
        lines.push(stranger);
    }
    lines
}
