//! Orders, as both languages deal with them: placed, found, closed.

use std::sync::Arc;

use super::{Account, Double, Known, Unfound};
use crate::{
    store::StoreError,
    trade::{CloseRefused, Order, PlaceRefused, Rate, Terms},
};

/// Why an order is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotClosed {
    Unfound(Unfound),
    Refused(CloseRefused),
}

impl Double {
    /// Places an order, or gives a fresh code of one that stands.
    pub(crate) async fn place(
        &self,
        terms: Terms,
        rate: Rate,
    ) -> Result<Result<Order, PlaceRefused>, StoreError> {
        let (clock, token) = (Arc::clone(&self.clock), self.random.letters_digits(9));
        let placed = self.store.run(move |rows| {
            let standing = rows.order(&terms.mchid, &terms.out_trade_no)?;
            let placed = Order::place(standing, terms, token, rate, clock.now());
            if let Ok(order) = &placed {
                rows.put_order(order)?;
            }
            Ok(placed)
        });
        placed.await
    }

    /// An order as it is now, for the merchant that made it.
    pub(crate) async fn query(
        &self,
        account: Account,
        known: Known,
    ) -> Result<Result<Order, Unfound>, StoreError> {
        let clock = Arc::clone(&self.clock);
        self.store.run(move |rows| Ok(known.find(rows, &account)?.map(|order| order.at(clock.now())))).await
    }

    /// Closes an order.
    pub(crate) async fn close(
        &self,
        account: Account,
        out_trade_no: String,
    ) -> Result<Result<Order, NotClosed>, StoreError> {
        let clock = Arc::clone(&self.clock);
        let closed = self.store.run(move |rows| {
            let order = match Known::Number(out_trade_no).find(rows, &account)? {
                Ok(order) => order,
                Err(unfound) => return Ok(Err(NotClosed::Unfound(unfound))),
            };
            let closed = order.close(clock.now());
            if let Ok(order) = &closed {
                rows.put_order(order)?;
            }
            Ok(closed.map_err(NotClosed::Refused))
        });
        closed.await
    }
}
