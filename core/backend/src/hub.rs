//! Who waits for changes: handlers for one order, streams for a scope. Told after the ledger has the change.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use saoma_contract::OrderNo;
use tokio::sync::watch;

use crate::ledger::Scope;
use crate::orders::OrderRecord;

/// Watched orders kept before those that nobody watches any more are swept out.
const WATCHED_SWEEP: usize = 1024;

/// The waiting room.
#[derive(Default)]
pub struct Hub {
    inner: Mutex<Inner>,
}

/// Each who waits has a channel alone, so that they wake in the order in which they came; those of one channel wake in any.
#[derive(Default)]
struct Inner {
    orders: BTreeMap<OrderNo, Vec<watch::Sender<Option<OrderRecord>>>>,
    scopes: BTreeMap<Scope, Vec<watch::Sender<u64>>>,
}

impl Hub {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who waits for this order or its scopes.
    pub fn publish(&self, order: &OrderRecord) {
        let mut inner = self.inner();
        if let Some(waiting) = inner.orders.get_mut(&order.order_no) {
            waiting.retain(|sender| sender.send(Some(order.clone())).is_ok());
            if waiting.is_empty() {
                inner.orders.remove(&order.order_no);
            }
        }
        for store in [None, Some(order.store.clone())] {
            let scope = Scope { merchant: order.merchant.clone(), store };
            for sender in inner.scopes.get(&scope).into_iter().flatten() {
                sender.send_if_modified(|counter| {
                    let is_new = order.version.counter > *counter;
                    *counter = order.version.counter.max(*counter);
                    is_new
                });
            }
        }
    }

    /// What is committed of an order from now on.
    pub fn watch_order(&self, order_no: &OrderNo) -> watch::Receiver<Option<OrderRecord>> {
        let mut inner = self.inner();
        if inner.orders.len() >= WATCHED_SWEEP {
            inner.orders.retain(|_, waiting| somebody_waits(waiting));
        }
        let (sender, receiver) = watch::channel(None);
        let waiting = inner.orders.entry(order_no.clone()).or_default();
        somebody_waits(waiting);
        waiting.push(sender);
        receiver
    }

    /// The counter of the newest change of a scope, from now on.
    pub fn watch_scope(&self, scope: &Scope) -> watch::Receiver<u64> {
        let mut inner = self.inner();
        inner.scopes.retain(|_, waiting| somebody_waits(waiting));
        let (sender, receiver) = watch::channel(0);
        inner.scopes.entry(scope.clone()).or_default().push(sender);
        receiver
    }
}

/// Forgets those who went away; gives whether any are left.
fn somebody_waits<T>(waiting: &mut Vec<watch::Sender<T>>) -> bool {
    waiting.retain(|sender| !sender.is_closed());
    !waiting.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_about_one_order_again_and_again_leaves_nothing_behind() {
        let (hub, order_no) = (Hub::default(), OrderNo::new(1_785_549_600_000, [7; 10]));
        let stays = hub.watch_order(&order_no);
        for _ in 0..100 {
            drop(hub.watch_order(&order_no));
        }
        assert!(hub.inner().orders[&order_no].len() <= 2, "who stays, and the last who went");
        drop(stays);
    }
}
