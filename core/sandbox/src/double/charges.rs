//! Payment codes, as both languages deal with them: shown by the customer, charged, taken back.

use std::sync::Arc;

use super::{Account, Double, Known, Unfound, refunds::refund_id, transaction_id};
use crate::{
    store::StoreError,
    trade::{ChargeRefused, Charged, Entry, Order, PaymentCode, Rate, ReverseRefused, Terms},
};

/// Who shows a payment code.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) openid: String,
    /// The only merchant that can charge the code, if there is one.
    pub(crate) mchid: Option<String>,
    /// What the customer has, in fen; enough if absent.
    pub(crate) balance: Option<i64>,
    /// Whether the customer must type the password; by the amount if absent.
    pub(crate) password: Option<bool>,
}

/// Why a charge is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReversed {
    Unfound(Unfound),
    Refused(ReverseRefused),
}

impl Double {
    /// A fresh payment code.
    pub(crate) async fn show_payment_code(&self, customer: Customer) -> Result<PaymentCode, StoreError> {
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let shown = self.store.run(move |rows| {
            // From 10 to 14: a wallet of the mainland (WeChat Pay protocol B.11.1).
            let kind = random.digits(1).parse::<u32>().unwrap_or(0) % 5;
            let code = PaymentCode {
                auth_code: format!("1{kind}{}", random.digits(16)),
                openid: customer.openid,
                mchid: customer.mchid,
                balance: customer.balance,
                password: customer.password,
                issued_at: clock.now(),
                used_for: None,
            };
            rows.put_payment_code(&code)?;
            Ok(code)
        });
        shown.await
    }

    /// Charges a payment code. A payment is never notified: the answer and the query tell it (B.11).
    pub(crate) async fn charge(
        &self,
        terms: Terms,
        auth_code: String,
        rate: Rate,
    ) -> Result<Result<(Order, Charged), ChargeRefused>, StoreError> {
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let charged = self.store.run(move |rows| {
            let now = clock.now();
            let standing = rows.order(&terms.mchid, &terms.out_trade_no)?;
            let code = rows.payment_code(&auth_code)?;
            let id = transaction_id(&random, now);
            let (order, code, charged) = match Order::charge(standing, code, terms, rate, id, now) {
                Ok(charged) => charged,
                Err(refused) => return Ok(Err(refused)),
            };
            rows.put_order(&order)?;
            rows.put_payment_code(&code)?;
            if charged == Charged::Paid {
                rows.book(order.terms.account(), now, Entry::of_payment(&order))?;
            }
            Ok(Ok((order, charged)))
        });
        charged.await
    }

    /// Takes a charge back.
    pub(crate) async fn reverse(
        &self,
        account: Account,
        known: Known,
    ) -> Result<Result<Order, NotReversed>, StoreError> {
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let reversed = self.store.run(move |rows| {
            let now = clock.now();
            let order = match known.find(rows, &account)? {
                Ok(order) => order,
                Err(unfound) => return Ok(Err(NotReversed::Unfound(unfound))),
            };
            let before = order.state.clone();
            let order = match order.reverse(refund_id(&random, now), now) {
                Ok(order) => order,
                Err(refused) => return Ok(Err(NotReversed::Refused(refused))),
            };
            if order.state != before {
                rows.put_order(&order)?;
                rows.book(order.terms.account(), now, Entry::of_reversal(&order))?;
            }
            Ok(Ok(order))
        });
        reversed.await
    }
}
