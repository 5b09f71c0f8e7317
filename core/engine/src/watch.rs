//! Watching sales: the latest state of each always arrives, however slow the watcher.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use saoma_contract::OrderNo;
use tokio::sync::{Notify, watch};

use crate::sale::SaleView;

/// Every change of every sale, the newest state of each once. Dropping it ends the watching.
#[derive(Debug)]
pub struct AllSales(Arc<Mailbox>);

#[derive(Debug, Default)]
struct Mailbox {
    views: Mutex<(BTreeMap<OrderNo, SaleView>, bool)>,
    arrived: Notify,
}

impl AllSales {
    /// Waits for the next sale that changed and gives its newest state; none once the till is closed.
    pub async fn next(&mut self) -> Option<SaleView> {
        loop {
            let arrived = self.0.arrived.notified();
            {
                let mut mailbox = self.0.views.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((_, view)) = mailbox.0.pop_first() {
                    return Some(view);
                }
                if mailbox.1 {
                    return None;
                }
            }
            arrived.await;
        }
    }
}

/// Hands views to whoever watches.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    one: BTreeMap<OrderNo, watch::Sender<SaleView>>,
    all: Vec<Weak<Mailbox>>,
}

impl Watchers {
    pub(crate) fn watch(&mut self, view: SaleView) -> watch::Receiver<SaleView> {
        let sender =
            self.one.entry(view.order_no.clone()).or_insert_with(|| watch::Sender::new(view.clone()));
        sender.send_replace(view);
        sender.subscribe()
    }

    pub(crate) fn watch_all(&mut self) -> AllSales {
        let mailbox = Arc::new(Mailbox::default());
        self.all.push(Arc::downgrade(&mailbox));
        AllSales(mailbox)
    }

    pub(crate) fn publish(&mut self, view: &SaleView) {
        if let Some(sender) = self.one.get(&view.order_no) {
            sender.send_if_modified(|shown| {
                let changed = differs(shown, view);
                shown.clone_from(view);
                changed
            });
        }
        self.one.retain(|_, sender| sender.receiver_count() > 0);
        self.all.retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else { return false };
            let mut views = mailbox.views.lock().unwrap_or_else(PoisonError::into_inner);
            views.0.insert(view.order_no.clone(), view.clone());
            mailbox.arrived.notify_one();
            true
        });
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        for mailbox in self.all.drain(..).filter_map(|mailbox| mailbox.upgrade()) {
            mailbox.views.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
            mailbox.arrived.notify_one();
        }
    }
}

/// Whether two views of a sale differ in more than when they were made and how long ago the backend spoke.
pub(crate) fn differs(one: &SaleView, other: &SaleView) -> bool {
    let timeless =
        |view: &SaleView| SaleView { heard_at: None, heard_ago_s: None, as_of: view.made_at, ..view.clone() };
    timeless(one) != timeless(other)
}
