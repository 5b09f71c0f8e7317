//! Stories beyond the shown code: money given back, the customer's own code, two tills, the bank's bill.

use std::time::Duration;

use saoma_contract::{Amount, Currency};
use serde_json::Value;

use super::Sale;
use super::stage::Stage;
use super::story::Hop;
use super::till::{Till, text};
use crate::args::Protocol;
use crate::outcome::Failure;

/// What both tills ring up.
pub(super) const TABLE: &str = "table 7";

/// How often the till is asked again while WeChat Pay is at work.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// The cashier gives a part back, and it counts as done only once WeChat Pay says so.
pub(super) async fn give_back(
    sale: &Sale,
    order_no: &str,
    stage: &Stage,
    till: &mut Till,
) -> Result<(), Failure> {
    let part = (sale.amount.minor() / 2).max(1);
    let amount = Amount::print_minor(part, Currency::CNY);
    let reason = "one cup was cold";
    stage.story.tell(Hop::Demo, &format!("the cashier gives {amount} back: {reason}"));
    let ask = ["refund", order_no, "--amount", &amount, "--reason", reason];
    let mut now = last(till.ask(&ask).await?);
    till.tell(&now);
    let refund_no = text(&now["refunds"][0], "refund_no");
    // The same number again is the same refund, however often it is brought.
    let again = [&ask[..], &["--refund", &refund_no]].concat();
    while now["refunds"][0]["state"] != "done" {
        tokio::time::sleep(ASK_EVERY).await;
        now = last(till.ask(&again).await?);
        till.tell(&now);
    }
    match now["refunds"].as_array().map(Vec::len) {
        Some(1) => Ok(()),
        _ => Err(format!("one refund became several: {}", now["refunds"]).into()),
    }
}

/// The newest of what was printed about one sale.
fn last(mut said: Vec<Value>) -> Value {
    said.pop().unwrap_or_default()
}

/// A code is on show, but the customer holds out a payment code of their own: the shown one is closed with proof first.
pub(super) async fn customer_shows_a_code(stage: &Stage, till: &mut Till) -> Result<(), Failure> {
    stage.story.tell(Hop::Customer, "would rather have a payment code scanned");
    let auth_code = stage.customer.payment_code().await?;
    till.write(&auth_code).await?;
    till.until("waits for the password", |sale| sale["phase"] == "paying").await?;
    stage.story.tell(Hop::Customer, "types the password");
    stage.customer.types_password(&auth_code).await
}

/// A waiter with another till rings the same table up: it is the same order, and nobody pays twice.
pub(super) async fn another_till_rings_it_up(
    sale: &Sale,
    order_no: &str,
    stage: &Stage,
) -> Result<(), Failure> {
    let link = stage.another_link().await?;
    let mut other = Till::pair(stage.till_state("till-2"), &link, "the waiter's till", &stage.story).await?;
    other.charge(sale, Some(TABLE))?;
    let joined = other.until("finds the other order", |sale| sale["phase"] == "joined").await?;
    other.end().await?;
    if text(&joined["other"], "order_no") != order_no {
        return Err(format!("the second till found another order: {}", joined["other"]).into());
    }
    Ok(())
}

/// The next morning: the bank's bill has everything that is in the books, and a payment of a stranger besides.
pub(super) async fn bill_is_checked(order_no: &str, stage: &Stage, till: &Till) -> Result<(), Failure> {
    let date = text(&last(till.ask(&["day"]).await?), "date");
    let bill = match stage.protocol {
        Protocol::V3 => "/v3/bill/tradebill",
        Protocol::V2 => "/pay/downloadbill",
    };
    stage.customer.fault(bill, "bill_stranger", Some(1)).await?;
    stage.customer.day_is_settled(&date).await?;
    stage.story.tell(
        Hop::Demo,
        &format!("the bank's bill of {date} is there; a stranger's payment slipped into it"),
    );
    let books = stage.bill(&date).await?;
    let agreed = &books["agreed"];
    let findings = books["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    stage.story.tell(Hop::Backend, &format!("{} payment agrees with the bill", agreed["count"]));
    for finding in findings {
        let [kind, number, detail] = ["kind", "out_trade_no", "detail"].map(|name| text(finding, name));
        stage.story.tell(Hop::Backend, &format!("{kind} {number}: {detail}"));
    }
    let mut kinds: Vec<&str> = findings.iter().filter_map(|finding| finding["kind"].as_str()).collect();
    kinds.sort_unstable();
    // The stranger's payment moved nothing in the account.
    match kinds.as_slice() {
        ["funds_differ", "unknown_here"] if agreed["count"] == 1 => Ok(()),
        _ => Err(format!("the books and the bill of {order_no} do not stand as they should: {books}").into()),
    }
}
