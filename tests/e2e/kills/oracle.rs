//! What must hold whoever was killed. It reads WeChat Pay's own ledger, what each till lists and sums, and the backend's sums;
//! of how they came about it knows nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What tills said while they ran: it was promised to somebody.
#[derive(Default)]
pub struct Heard {
    /// Every sale that a till said it had kept: which till, and its amount.
    pub rung_up: BTreeMap<String, (usize, i64)>,
    pub paid: BTreeSet<String>,
    pub closed: BTreeSet<String>,
    /// Refunds said to be done, by their numbers.
    pub given_back: BTreeSet<String>,
}

impl Heard {
    /// A line of a till's about a sale.
    pub fn hear(&mut self, till: usize, sale: &Value) {
        let (Some(order_no), Some(amount)) = (sale["order_no"].as_str(), sale["amount"].as_i64()) else {
            return;
        };
        let known = self.rung_up.entry(order_no.to_owned()).or_insert((till, amount));
        assert_eq!(*known, (till, amount), "{order_no} changed");
        match sale["phase"].as_str() {
            Some("paid") => self.paid.insert(order_no.to_owned()),
            Some("closed") => self.closed.insert(order_no.to_owned()),
            _ => false,
        };
        let done = refunds_of(sale).iter().filter(|refund| refund["state"] == "done");
        self.given_back.extend(done.map(|refund| text(refund, "refund_no")));
    }
}

/// A number of payments or refunds, and their sum.
pub type Sum = (i64, i64);

/// All books at one moment.
pub struct Books {
    /// Every sale as its till lists it.
    pub sales: BTreeMap<String, Value>,
    /// WeChat Pay's trades.
    pub trades: Vec<Value>,
    /// WeChat Pay's refunds.
    pub refunds: Vec<Value>,
    /// Paid and given back as the tills add it up.
    pub by_tills: [Sum; 2],
    /// And as the backend does.
    pub by_backend: [Sum; 2],
}

impl Books {
    /// What holds at any moment.
    pub fn check(&self, heard: &Heard) {
        for (order_no, (till, amount)) in &heard.rung_up {
            let sale = self.sales.get(order_no).unwrap_or_else(|| panic!("till {till} lost {order_no}"));
            assert_eq!(sale["amount"].as_i64(), Some(*amount), "{order_no} changed its amount");
        }
        for trade in &self.trades {
            let out_trade_no = text(trade, "out_trade_no");
            let sale = self.sales.get(&out_trade_no[..26]);
            assert!(sale.is_some(), "WeChat Pay holds {out_trade_no}, which no till knows");
        }
        for (order_no, sale) in &self.sales {
            self.check_sale(order_no, sale, heard);
        }
        for no in &heard.given_back {
            let refund = self.refunds.iter().find(|refund| refund["out_refund_no"] == no.as_str());
            assert!(refund.is_some_and(is_given_back), "{no} was told given back: {refund:?}");
        }
        let ([paid, back], [charged, returned]) = (self.by_backend, self.by_wechat_pay());
        assert!(paid.0 <= charged.0 && paid.1 <= charged.1, "the backend sums {paid:?} of {charged:?}");
        assert!(
            back.0 <= returned.0 && back.1 <= returned.1,
            "the backend sums {back:?} of {returned:?} given back"
        );
    }

    /// What holds once everything has come to its end.
    pub fn check_end(&self, heard: &Heard) {
        self.check(heard);
        for (order_no, sale) in &self.sales {
            let phase = text(sale, "phase");
            let charged = self.charged(order_no).count();
            match phase.as_str() {
                "paid" => {}
                "closed" | "dropped" => assert_eq!(charged, 0, "{order_no} is shown {phase}: {sale}"),
                _ => panic!("{order_no} ended as {phase}: {sale}"),
            }
        }
        let shown_back = self.sales.values().flat_map(refunds_of).filter(|refund| refund["state"] == "done");
        assert_eq!(shown_back.count(), self.refunds.len(), "each refund is shown: {:?}", self.refunds);
        assert_eq!(self.by_tills, self.by_wechat_pay(), "tills, WeChat Pay: paid and given back");
        assert_eq!(self.by_backend, self.by_wechat_pay(), "backend, WeChat Pay: paid and given back");
    }

    fn check_sale(&self, order_no: &str, sale: &Value, heard: &Heard) {
        let states: Vec<String> = self.trades_of(order_no).map(|trade| text(trade, "trade_state")).collect();
        let charged: Vec<&Value> = self.charged(order_no).collect();
        assert!(charged.len() <= 1, "{order_no} was charged {} times: {states:?}", charged.len());
        let phase = text(sale, "phase");
        let is_told_paid = heard.paid.contains(order_no);
        assert!(!is_told_paid || phase == "paid", "{order_no} was told paid and is now {phase}");
        if phase == "paid" {
            let [trade] = charged[..] else { panic!("{order_no} is shown paid and is not: {states:?}") };
            assert_eq!(trade["amount"]["total"], sale["amount"], "{order_no} was paid otherwise");
        }
        if phase == "closed" || heard.closed.contains(order_no) {
            let is_dead = |state: &String| matches!(state.as_str(), "CLOSED" | "REVOKED" | "PAYERROR");
            assert!(states.iter().all(is_dead), "{order_no} is shown closed: {states:?}");
        }
        let refunds: Vec<&Value> = self.refunds_of_order(order_no).collect();
        let back: i64 = refunds.iter().map(|refund| refund["amount"]["refund"].as_i64().unwrap()).sum();
        assert!(back <= sale["amount"].as_i64().unwrap(), "{order_no}: {back} went back: {refunds:?}");
        for shown in refunds_of(sale).iter().filter(|shown| shown["state"] == "done") {
            let held = refunds.iter().find(|refund| refund["out_refund_no"] == shown["refund_no"]);
            let is_so =
                held.is_some_and(|held| is_given_back(held) && held["amount"]["refund"] == shown["amount"]);
            assert!(is_so, "{order_no} is shown given back: {shown}, {held:?}");
        }
    }

    fn trades_of<'a>(&'a self, order_no: &'a str) -> impl Iterator<Item = &'a Value> {
        self.trades.iter().filter(move |trade| text(trade, "out_trade_no").starts_with(order_no))
    }

    fn refunds_of_order<'a>(&'a self, order_no: &'a str) -> impl Iterator<Item = &'a Value> {
        self.refunds.iter().filter(move |refund| text(refund, "out_trade_no").starts_with(order_no))
    }

    fn charged<'a>(&'a self, order_no: &'a str) -> impl Iterator<Item = &'a Value> {
        self.trades_of(order_no).filter(|trade| is_charged(trade))
    }

    /// Paid and given back, by WeChat Pay.
    fn by_wechat_pay(&self) -> [Sum; 2] {
        let charged = self.trades.iter().filter(|trade| is_charged(trade));
        let back = self.refunds.iter().filter(|refund| is_given_back(refund));
        [
            sum(charged.map(|trade| trade["amount"]["total"].as_i64().unwrap())),
            sum(back.map(|refund| refund["amount"]["refund"].as_i64().unwrap())),
        ]
    }
}

/// Whether a customer's money went: a refund comes after that.
fn is_charged(trade: &Value) -> bool {
    matches!(trade["trade_state"].as_str(), Some("SUCCESS" | "REFUND"))
}

fn is_given_back(refund: &Value) -> bool {
    refund["status"] == "SUCCESS"
}

pub fn refunds_of(sale: &Value) -> &[Value] {
    sale["refunds"].as_array().map_or(&[], Vec::as_slice)
}

pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

fn sum(amounts: impl Iterator<Item = i64>) -> Sum {
    amounts.fold((0, 0), |(count, sum), amount| (count + 1, sum + amount))
}
