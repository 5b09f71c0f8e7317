//! Money back, as both languages ask for it: created, found, sent to another account, ended at its time.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Account, Double, Known, Unfound};
use crate::{
    clock::beijing_day,
    faults::Twists,
    notify::Notification,
    random::Random,
    store::{Rows, StoreError},
    trade::{Entry, Order, Refund, RefundRefused, RefundState, RefundTerms},
};

/// Why a refund is not created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRefunded {
    Unfound(Unfound),
    Refused(RefundRefused),
}

/// How a refund is found.
#[derive(Debug, Clone)]
pub(crate) enum RefundKnown {
    Number(String),
    Id(String),
}

impl Double {
    /// Creates a refund, or finds the one that the same call created before.
    pub(crate) async fn refund(
        &self,
        account: Account,
        known: Known,
        terms: RefundTerms,
        twists: Twists,
    ) -> Result<Result<(Order, Refund), NotRefunded>, StoreError> {
        let (clock, random, waker) = (Arc::clone(&self.clock), Arc::clone(&self.random), self.pump.waker());
        let asked = self.store.run(move |rows| {
            let now = clock.now();
            let order = match known.find(rows, &account)? {
                Ok(order) => order.at(now),
                Err(unfound) => return Ok(Err(NotRefunded::Unfound(unfound))),
            };
            if let Some(standing) = rows.refund(&account.mchid, &terms.out_refund_no)? {
                let is_same = standing.out_trade_no == order.terms.out_trade_no && standing.terms == terms;
                let same = is_same.then_some((order, standing));
                return Ok(same.ok_or(NotRefunded::Refused(RefundRefused::OtherTerms)));
            }
            let (others, balance) = (rows.refunds_of(&order)?, rows.balance(order.terms.account())?);
            let refund = match Refund::ask(
                &order,
                &others,
                terms,
                refund_id(&random, now),
                twists.refund_ends,
                balance,
                now,
            ) {
                Ok(refund) => match twists.refund_takes {
                    Some(takes) => refund.taking(takes),
                    None => refund,
                },
                Err(refused) => return Ok(Err(NotRefunded::Refused(refused))),
            };
            rows.put_refund(&refund)?;
            rows.book(order.terms.account(), now, Entry::of_refund(&refund))?;
            let order = order.refunded();
            rows.put_order(&order)?;
            waker.notify_one();
            Ok(Ok((order, refund)))
        });
        asked.await
    }

    /// A refund with its order.
    pub(crate) async fn look_at_refund(
        &self,
        account: Account,
        known: RefundKnown,
    ) -> Result<Result<(Order, Refund), Unfound>, StoreError> {
        self.store.run(move |rows| find(rows, &account, &known)).await
    }

    /// The refunds of an order, oldest first, with it.
    pub(crate) async fn look_at_refunds(
        &self,
        account: Account,
        known: Known,
    ) -> Result<Result<(Order, Vec<Refund>), Unfound>, StoreError> {
        let found = self.store.run(move |rows| match known.find(rows, &account)? {
            Ok(order) => rows.refunds_of(&order).map(|refunds| Ok((order, refunds))),
            Err(unfound) => Ok(Err(unfound)),
        });
        found.await
    }

    /// Sends an abnormal refund to another account. `None` if it is not abnormal.
    pub(crate) async fn refund_elsewhere(
        &self,
        account: Account,
        known: RefundKnown,
    ) -> Result<Result<Option<(Order, Refund)>, Unfound>, StoreError> {
        let (clock, waker) = (Arc::clone(&self.clock), self.pump.waker());
        let sent = self.store.run(move |rows| {
            let (order, refund) = match find(rows, &account, &known)? {
                Ok(found) => found,
                Err(unfound) => return Ok(Err(unfound)),
            };
            let Some(refund) = refund.sent_elsewhere(clock.now()) else { return Ok(Ok(None)) };
            rows.put_refund(&refund)?;
            waker.notify_one();
            Ok(Ok(Some((order, refund))))
        });
        sent.await
    }
}

/// 29 digits, as in practice (WeChat Pay protocol B.8.2).
pub(super) fn refund_id(random: &Random, now: Timestamp) -> String {
    format!("5030{}{}{}", random.digits(6), beijing_day(now), random.digits(11))
}

fn find(
    rows: &Rows<'_>,
    account: &Account,
    known: &RefundKnown,
) -> Result<Result<(Order, Refund), Unfound>, StoreError> {
    let refund = match known {
        RefundKnown::Number(number) => rows.refund(&account.mchid, number)?,
        RefundKnown::Id(id) => rows.refund_by_id(id)?,
    };
    let Some(refund) = refund else { return Ok(Err(Unfound::Unknown)) };
    if refund.mchid != account.mchid {
        return Ok(Err(Unfound::OtherMerchants));
    }
    let order = Known::Number(refund.out_trade_no.clone()).find(rows, account)?;
    Ok(order.map(|order| (order, refund)))
}

/// Ends the refunds whose time has come, each with its notification.
pub(crate) fn end_due(rows: &Rows<'_>, random: &Random, now_ms: i64) -> Result<(), StoreError> {
    for refund in rows.refunds_due(now_ms)? {
        let Some(due_at) = refund.due_at() else { continue };
        let Some(order) = rows.order(&refund.mchid, &refund.out_trade_no)? else { continue };
        let refund = refund.ended();
        if matches!(refund.state, RefundState::Closed { .. }) {
            rows.book(order.terms.account(), due_at, Entry::of_closed_refund(&refund))?;
        }
        rows.put_refund(&refund)?;
        if let Some(notification) = Notification::of_refund(&order, &refund, random, due_at) {
            rows.put_notification(&notification)?;
        }
    }
    Ok(())
}
