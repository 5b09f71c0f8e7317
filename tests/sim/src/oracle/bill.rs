//! The bill of the day, read with code of its own: it is what WeChat Pay's ledger says but for what the seed spoilt, and what
//! the backend found in it is just that, no more and no less.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde_json::Value;

use super::{Held, rows, text};
use crate::morning::DAY;

/// A merchant's bill, and what its backend makes of it.
pub(crate) struct Billed {
    pub(crate) merchant: String,
    pub(crate) mchid: String,
    /// The file as the backend keeps it; none if it has none.
    pub(crate) file: Option<Vec<u8>>,
    /// The backend's reconciliation of that day.
    pub(crate) told: Value,
}

/// What a bill has of a day: payments by their number, refunds by theirs, and what was taken back; in fen.
#[derive(Debug, Default, PartialEq, Eq)]
struct Day {
    payments: BTreeMap<String, i64>,
    refunds: BTreeMap<String, i64>,
    taken_back: BTreeMap<String, i64>,
}

/// The number of a payment, or that of a refund.
type Number = (String, String);

/// What is wrong with a merchant's bill, or with what was found in it. Of payments that are `frozen` the books know nothing: if
/// the bill lacks them too, nobody can find that.
pub(super) fn judge(billed: &Billed, held: &Held, frozen: &BTreeSet<String>) -> Vec<String> {
    let ledger = of_ledger(&billed.mchid, &held.orders, &held.refunds);
    let state = text(&billed.told, "state");
    let Some(file) = &billed.file else {
        let is_empty = ledger == Day::default() && state == "no_bill";
        return if is_empty { Vec::new() } else { vec![format!("its bill is not here: {state}")] };
    };
    let bill = match read(file) {
        Ok(bill) => bill,
        Err(why) => return vec![format!("its bill cannot be read: {why}")],
    };
    let differs = difference(&ledger, &bill);
    let mut wrong = Vec::new();
    if !held.is_spoilt && !differs.is_empty() {
        wrong.push(format!("its bill is another than WeChat Pay's ledger: {differs:?}"));
    }
    let found: BTreeMap<Number, &str> = rows(&billed.told["findings"])
        .iter()
        .filter(|found| found["gone"] != Value::Bool(true))
        .map(|found| {
            let refund = text(found, "out_refund_no").to_owned();
            let payment =
                if refund.is_empty() { text(found, "out_trade_no").to_owned() } else { String::new() };
            ((payment, refund), text(found, "kind"))
        })
        .collect();
    for number in &differs {
        if !found.contains_key(number) && !frozen.contains(&number.0) {
            wrong.push(format!("the backend did not find that the bill differs about {number:?}"));
        }
    }
    // A charge that was paid and taken back has a row of either: what a spoilt bill has otherwise there, its sums tell and no number.
    let is_uneven =
        held.is_spoilt && bill.taken_back.iter().any(|(number, fen)| bill.payments.get(number) != Some(fen));
    let unfinished: BTreeSet<String> = rows(&held.refunds)
        .iter()
        .filter(|refund| text(refund, "status") != "SUCCESS")
        .map(|refund| text(refund, "out_refund_no").to_owned())
        .collect();
    for (number, kind) in &found {
        // When a refund was asked for that did not succeed, nothing in WeChat Pay's ledger bounds: the clock of who asked tells.
        let is_on_that_clocks_day =
            *kind == "other_day" && unfinished.contains(&number.1) && held.clock_was_wrong;
        let is_explained = differs.contains(number)
            || *kind == "funds_differ" && (!differs.is_empty() || is_uneven)
            || is_on_that_clocks_day;
        if !is_explained {
            wrong.push(format!("the backend found {kind} about {number:?}, and the bill is right"));
        }
    }
    if found.is_empty() && state != "agreed" {
        wrong.push(format!("its bill is {state}"));
    }
    if differs.is_empty() {
        let agreed = billed.told["agreed"]["amount"].as_i64().unwrap_or_default();
        let (paid, taken_back): (i64, i64) =
            bill.payments.iter().fold((0, 0), |(paid, back), (number, fen)| {
                let is_back = bill.taken_back.contains_key(number);
                (paid + fen, back + if is_back { *fen } else { 0 })
            });
        if agreed != paid - taken_back {
            wrong.push(format!("the bill comes to {}, and the backend agreed {agreed}", paid - taken_back));
        }
    }
    wrong
}

/// What WeChat Pay's own ledger has of the merchant. A charge that was taken back may have been paid before, or not: the
/// bill says.
fn of_ledger(mchid: &str, orders: &Value, refunds: &Value) -> Day {
    let is_its = |row: &&Value| text(row, "mchid") == mchid;
    let mut day = Day::default();
    for order in rows(orders).iter().filter(is_its) {
        let number = text(order, "out_trade_no").to_owned();
        match text(order, "trade_state") {
            "SUCCESS" | "REFUND" => {
                day.payments.insert(number, order["amount"]["total"].as_i64().unwrap_or_default());
            }
            "REVOKED" => {
                day.taken_back.insert(number, order["amount"]["total"].as_i64().unwrap_or_default());
            }
            _ => {}
        }
    }
    let is_of_day = |refund: &&Value| text(refund, "create_time").starts_with(DAY);
    for refund in rows(refunds).iter().filter(is_its).filter(is_of_day) {
        let fen = refund["amount"]["refund"].as_i64().unwrap_or_default();
        day.refunds.insert(text(refund, "out_refund_no").to_owned(), fen);
    }
    day
}

/// The numbers about which a bill differs from the ledger.
fn difference(ledger: &Day, bill: &Day) -> BTreeSet<Number> {
    let payment = |number: &String| (number.clone(), String::new());
    let refund = |number: &String| (String::new(), number.clone());
    let all = ledger.payments.keys().chain(bill.payments.keys());
    let payments = all.filter(|number| match ledger.payments.get(*number) {
        // Taken back: it is told as paid only beside that.
        None if ledger.taken_back.contains_key(*number) => !bill.taken_back.contains_key(*number),
        fen => fen != bill.payments.get(*number),
    });
    let all = ledger.refunds.keys().chain(bill.refunds.keys());
    let refunds = all.filter(|number| ledger.refunds.get(*number) != bill.refunds.get(*number));
    let foreign = bill.taken_back.keys().filter(|number| !ledger.taken_back.contains_key(*number));
    payments.map(payment).chain(refunds.map(refund)).chain(foreign.map(payment)).collect()
}

/// Reads a bill, packed or not.
fn read(file: &[u8]) -> Result<Day, String> {
    let mut text = String::new();
    if file.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).map_err(|error| error.to_string())?;
    } else {
        std::str::from_utf8(file).map_err(|error| error.to_string())?.clone_into(&mut text);
    }
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().ok_or("it is empty")?.split(',').collect();
    let column =
        |name: &str| header.iter().position(|column| *column == name).ok_or(format!("it has no {name}"));
    let (number, state, total) = (column("商户订单号")?, column("交易状态")?, column("订单金额")?);
    let (refund_no, refund) = (column("商户退款单号")?, column("申请退款金额")?);
    let mut day = Day::default();
    for line in lines.take_while(|line| line.starts_with('`')) {
        let fields: Vec<&str> = line[1..].split(",`").collect();
        let field = |at: usize| fields.get(at).copied().ok_or(format!("a row is short: {line}"));
        match field(state)? {
            "SUCCESS" => {
                day.payments.insert(field(number)?.to_owned(), fen(field(total)?)?);
            }
            "REFUND" => {
                day.refunds.insert(field(refund_no)?.to_owned(), fen(field(refund)?)?);
            }
            "REVOKED" => {
                day.taken_back.insert(field(number)?.to_owned(), fen(field(refund)?)?);
            }
            other => return Err(format!("a row is {other}")),
        }
    }
    Ok(day)
}

/// `12.80` as 1280.
fn fen(yuan: &str) -> Result<i64, String> {
    let (whole, part) = yuan.split_once('.').ok_or(format!("{yuan} is no amount"))?;
    if part.len() != 2 {
        return Err(format!("{yuan} is no amount"));
    }
    format!("{whole}{part}").parse().map_err(|_| format!("{yuan} is no amount"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEADER: &str = "\u{feff}交易时间,商户订单号,交易状态,商户退款单号,订单金额,申请退款金额\r\n";

    fn billed(lines: &[&str], told: Value) -> Billed {
        let text = format!("{HEADER}{}总交易单数,订单总金额\r\n`9,`9.99\r\n", lines.join(""));
        Billed { merchant: "tea".to_owned(), mchid: "m".to_owned(), file: Some(text.into_bytes()), told }
    }

    fn ledger(is_spoilt: bool) -> Held {
        let orders = json!([
            { "mchid": "m", "out_trade_no": "A01", "trade_state": "REFUND", "amount": { "total": 1280 } },
            { "mchid": "m", "out_trade_no": "B01", "trade_state": "CLOSED", "amount": { "total": 5 } },
            { "mchid": "m", "out_trade_no": "C01", "trade_state": "REVOKED", "amount": { "total": 7 } },
            { "mchid": "other", "out_trade_no": "D01", "trade_state": "SUCCESS", "amount": { "total": 9 } },
        ]);
        let refund = |number: &str, at: &str| json!({ "mchid": "m", "out_refund_no": number, "create_time": at, "amount": { "refund": 280 } });
        let (today, tomorrow) = ("2026-08-01T10:05:00+08:00", "2026-08-02T10:51:00+08:00");
        let refunds = json!([refund("R", today), refund("S", tomorrow)]);
        let clock_was_wrong = false;
        Held { orders, refunds, notifications: json!([]), billed: Vec::new(), is_spoilt, clock_was_wrong }
    }

    const PAID: &str = "`2026-08-01 10:00:00,`A01,`SUCCESS,`0,`12.80,`0.00\r\n";
    const BACK: &str = "`2026-08-01 10:05:00,`A01,`REFUND,`R,`0.00,`2.80\r\n";
    const CHARGED: &str = "`2026-08-01 10:05:00,`C01,`SUCCESS,`0,`0.07,`0.00\r\n";
    const REVOKED: &str = "`2026-08-01 10:05:09,`C01,`REVOKED,`C01,`0.00,`0.07\r\n";

    fn judged(lines: &[&str], findings: &Value, is_spoilt: bool) -> usize {
        let state = if *findings == json!([]) { "agreed" } else { "findings" };
        let told = json!({ "state": state, "findings": findings, "agreed": { "amount": 1280 } });
        judge(&billed(lines, told), &ledger(is_spoilt), &BTreeSet::new()).len()
    }

    #[test]
    fn a_bill_that_agrees_is_right_and_one_that_differs_must_have_been_found() {
        assert_eq!(judged(&[PAID, BACK], &json!([]), false), 0);
        assert_eq!(judged(&[PAID, BACK, CHARGED, REVOKED], &json!([]), false), 0, "charged and taken back");
        assert_eq!(
            judged(&[PAID, BACK, CHARGED], &json!([]), false),
            2,
            "it says paid, and nobody found that"
        );
        let missing =
            json!([{ "kind": "missing_in_bill", "out_trade_no": "A01" }, { "kind": "funds_differ" }]);
        assert_eq!(judged(&[BACK], &missing, true), 0, "the seed spoilt it");
        assert_eq!(judged(&[BACK], &missing, false), 1, "nobody spoilt it");
        assert_eq!(judged(&[BACK], &json!([]), true), 1, "not found");
        assert_eq!(judged(&[PAID, BACK], &missing, true), 2, "found, and not so");
        let refund = json!([{ "kind": "refund_differs", "out_trade_no": "A01", "out_refund_no": "R" }]);
        let other = BACK.replace("2.80", "2.81");
        assert_eq!(judged(&[PAID, &other], &refund, true), 0);
        let funds = json!([{ "kind": "funds_differ" }]);
        assert_eq!(
            judged(&[PAID, BACK, REVOKED], &funds, true),
            0,
            "the charge was paid, and its row is lost"
        );
        assert_eq!(judged(&[PAID, BACK, REVOKED], &funds, false), 1, "nothing is lost");
        let more = CHARGED.replace("0.07", "0.08");
        assert_eq!(judged(&[PAID, BACK, &more, REVOKED], &funds, true), 0, "the charge's amount is spoilt");
        assert_eq!(judged(&[PAID, BACK, CHARGED, REVOKED], &funds, true), 1, "that charge is even");
    }

    #[test]
    fn a_day_without_a_bill_is_right_only_if_nothing_happened() {
        let none = |mchid: &str, state: &str| {
            let (merchant, told) = ("tea".to_owned(), json!({ "state": state }));
            let billed = Billed { merchant, mchid: mchid.to_owned(), file: None, told };
            judge(&billed, &ledger(false), &BTreeSet::new()).len()
        };
        assert_eq!((none("nobody", "no_bill"), none("nobody", "waiting"), none("m", "no_bill")), (0, 1, 1));
    }
}
