//! Money back, late money, and money that does not match, judged in the end: whatever WeChat Pay gave back was asked for, and
//! was shown and told as what it is; nothing waits for a word any more.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Held, Oracle, RungUp, Screen, order_of, rows, text};

/// Where a refund may stand when all is over.
const ENDS: [&str; 5] = ["done", "closed", "abnormal", "refused", "declined"];

/// Orders of which a notification told a wrong amount, by a fault of the seed's, and may have arrived.
pub(super) fn wrongly_told(held: &Held) -> BTreeSet<String> {
    let arrived = |one: &Value| {
        one["wrong_amount"] == Value::Bool(true) && !matches!(text(one, "outcome"), "lost" | "unreachable")
    };
    rows(&held.notifications)
        .iter()
        .filter(|told| {
            text(told, "event_type") == "TRANSACTION.SUCCESS" && rows(&told["tries"]).iter().any(arrived)
        })
        .map(|told| order_of(text(told, "out_trade_no")))
        .collect()
}

impl Oracle {
    /// What is wrong with the money that went back, by order.
    pub(super) fn money_back(&self, held: &Held) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut by_rule = BTreeSet::new();
        for refund in rows(&held.refunds) {
            let order_no = order_of(text(refund, "out_trade_no"));
            let Some((rung_up, screen)) = self.sale(&order_no) else { continue };
            let mut say = |what: String| wrong.push((order_no.clone(), what));
            let (till, number, status) =
                (rung_up.till, text(refund, "out_refund_no"), text(refund, "status"));
            let (shown, told) = match status {
                "SUCCESS" => ("done", Some(format!("refund:{number}"))),
                "CLOSED" => ("closed", Some(format!("refund:{number}:closed"))),
                "ABNORMAL" => ("abnormal", Some(format!("refund:{number}:abnormal"))),
                _ => ("processing", None),
            };
            match screen.refunds.get(number) {
                Some(state) if state == shown => {}
                state => say(format!("refund {number} is {status}, and till {till} shows {state:?}")),
            }
            if told.is_some_and(|key| self.told.get(&(till, key)).is_none_or(|told| told.times == 0)) {
                say(format!("till {till} never told of refund {number}, which is {status}"));
            }
            if self.need_yes.contains(number) && !self.approved.contains(number) {
                say(format!("refund {number} of a cashier's was made, and no manager said yes"));
            }
            if !self.asked_back.contains(&(order_no.clone(), number.to_owned())) {
                let transaction_id = text(refund, "transaction_id");
                let is_late = screen.late.contains_key(transaction_id);
                let is_the_rule = self.late_money.get(&rung_up.merchant).is_some_and(|rule| rule == "refund");
                if !is_late || !is_the_rule || !by_rule.insert(transaction_id.to_owned()) {
                    say(format!("refund {number} of {transaction_id} was made, and nobody asked for it"));
                }
            }
        }
        for (order_no, rung_up) in &self.rung_up {
            let Some(screen) = self.screens.get(&(rung_up.till, order_no.clone())) else { continue };
            wrong.extend(unsettled(rung_up.till, screen).into_iter().map(|what| (order_no.clone(), what)));
        }
        wrong
    }

    fn sale(&self, order_no: &str) -> Option<(&RungUp, &Screen)> {
        let rung_up = self.rung_up.get(order_no)?;
        Some((rung_up, self.screens.get(&(rung_up.till, order_no.to_owned()))?))
    }
}

/// What still waits for an end, or for a person.
fn unsettled(till: u8, screen: &Screen) -> Vec<String> {
    let open = screen.refunds.iter().filter(|(_, state)| !ENDS.contains(&state.as_str()));
    let open = open.map(|(number, state)| format!("till {till} has no end for refund {number}: {state}"));
    let late = screen.late.iter().filter(|(_, word)| !matches!(word.as_str(), "accepted" | "given_back"));
    let late =
        late.map(|(id, word)| format!("till {till} has late money {id} that nobody decided about: {word}"));
    open.chain(late).collect()
}
