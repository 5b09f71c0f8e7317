//! One sale from the tap on its button to the receipt, with the times in between.

use std::time::{Duration, Instant};

use saoma_contract::OrderNo;
use saoma_engine::{NewSale, PhaseWord, SaleView, Till};

use crate::shop::Shop;

/// A cup of tea.
#[must_use]
pub fn tea() -> NewSale {
    NewSale { amount: 1280, description: "Tea".to_owned(), ..NewSale::default() }
}

/// How long a payment took to arrive at the till.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Since WeChat Pay had confirmed the payment to the customer; none at all if the till was faster.
    pub since_confirmed: Duration,
    /// Since the customer's tap left: the whole of it.
    pub since_tapped: Duration,
}

/// One sale: rings it up, shows it, has it paid so long after its code came, and waits until the till has the receipt.
///
/// # Panics
/// If any of it fails, or takes longer than two minutes.
pub async fn sell(shop: &Shop, till: &Till, pays_after: Duration) -> Arrival {
    let order_no = till.new_order_no();
    let sale = sell_one(shop, till, &order_no, pays_after);
    let arrival = tokio::time::timeout(Duration::from_secs(120), sale).await;
    arrival.unwrap_or_else(|_| panic!("sale {order_no} was not paid within two minutes"))
}

async fn sell_one(shop: &Shop, till: &Till, order_no: &OrderNo, pays_after: Duration) -> Arrival {
    till.on_screen(Some(order_no.clone())).await.expect("the till is open");
    till.charge(order_no, tea()).await.expect("a sale can be rung up");
    let mut sales = till.watch(order_no).await.expect("the sale is there");
    let shown = sales.wait_for(|sale| sale.code.is_some()).await.map(|sale| sale.code.clone());
    let code_url = shown.expect("the till is open").expect("just waited for").code.text;
    tokio::time::sleep(pays_after).await;
    let knows = async {
        let is_paid = |sale: &SaleView| sale.phase == PhaseWord::Paid && sale.has_receipt;
        sales.wait_for(is_paid).await.map(|_| Instant::now()).expect("the till is open")
    };
    let ((tapped, confirmed), known) = futures_util::future::join(shop.customer.pay(&code_url), knows).await;
    Arrival {
        since_confirmed: known.saturating_duration_since(confirmed),
        since_tapped: known.saturating_duration_since(tapped),
    }
}
