//! What WeChat Pay's double does wrong: rules for its `/_sandbox/faults`, as the seed draws them.

use saoma_backend::config::SandboxProtocol;
use serde_json::{Value, json};

use crate::chance::Dice;

/// A rule, and the kind that it is counted by.
pub(crate) type Rule = (&'static str, Value);

/// Calls that a rule can be about.
const CALLS_V3: [&str; 6] = [
    "/v3/pay/transactions/native",
    "GET /v3/pay/transactions/*",
    "*/close",
    "/v3/pay/transactions/codepay",
    "/v3/refund/*",
    "*",
];
const CALLS_V2: [&str; 6] =
    ["/pay/unifiedorder", "/pay/orderquery", "/pay/closeorder", "/pay/micropay", "/secapi/*", "*"];

/// Something that goes wrong: on calls, on notifications, or with the money itself.
pub(crate) fn rule(dice: &mut Dice, protocol: SandboxProtocol) -> Rule {
    match dice.below(100) {
        0..45 => of_calls(dice, protocol),
        45..75 => of_notifications(dice),
        _ => of_money(dice, protocol),
    }
}

fn of_calls(dice: &mut Dice, protocol: SandboxProtocol) -> Rule {
    let times = dice.between(1, 4);
    let on = dice.pick(match protocol {
        SandboxProtocol::V3 => &CALLS_V3,
        SandboxProtocol::V2 => &CALLS_V2,
    });
    let what = dice.pick(&[
        "drop_request",
        "drop_reply",
        "delay",
        "status",
        "truncate",
        "html",
        "bad_signature",
        "wrong_serial",
        "no_signature",
        "stale_timestamp",
        "duplicate",
        "reorder",
        "system_error",
        "bank_error",
        "frequency_limited",
        "skew",
    ]);
    let mut rule = json!({ "on": on, "do": what, "times": times });
    match what {
        "delay" => rule["ms"] = json!(dice.between(500, 12_000)),
        "system_error" | "bank_error" => rule["done"] = json!(dice.happens(500)),
        _ => {}
    }
    (what, rule)
}

fn of_notifications(dice: &mut Dice) -> Rule {
    let times = dice.between(1, 4);
    let what = dice.pick(&[
        "notify_lost",
        "notify_twice",
        "notify_forged",
        "notify_late",
        "drop_reply",
        "delay",
        "reorder",
        "bad_signature",
        "no_signature",
        "wrong_serial",
        "stale_timestamp",
    ]);
    (what, json!({ "on": "notify", "do": what, "times": times }))
}

/// What touches the money: refunds that fail or take long, amounts that are wrong, closes that come too early, and the keys
/// by which any word of money is believed.
fn of_money(dice: &mut Dice, protocol: SandboxProtocol) -> Rule {
    let is_v2 = protocol == SandboxProtocol::V2;
    let (payments, refunds, reversal) = if is_v2 {
        ("/pay/unifiedorder", "/secapi/pay/refund", "/secapi/pay/reverse")
    } else {
        ("/v3/pay/transactions/native", "/v3/refund/domestic/refunds", "*/reverse")
    };
    let times = dice.between(1, 2);
    match dice.below(if is_v2 { 7 } else { 8 }) {
        0 => ("refund_closed", json!({ "on": refunds, "do": "refund_closed", "times": times })),
        1 => ("refund_abnormal", json!({ "on": refunds, "do": "refund_abnormal", "times": 1 })),
        2 | 3 => {
            let seconds = dice.between(30, 1_200);
            ("refund_slow", json!({ "on": refunds, "do": "refund_slow", "seconds": seconds, "times": 2 }))
        }
        4 => ("notify_wrong_amount", json!({ "on": payments, "do": "notify_wrong_amount", "times": 1 })),
        5 => ("reverse_recall", json!({ "on": reversal, "do": "reverse_recall", "times": times })),
        6 if is_v2 => {
            ("close_too_early", json!({ "on": "/pay/closeorder", "do": "close_too_early", "times": 3 }))
        }
        _ => ("rotate_certificate", json!({ "on": "*", "do": "rotate_certificate", "times": times })),
    }
}

/// What goes wrong with the bill of the day; with most days' nothing.
pub(crate) fn of_bill(dice: &mut Dice, protocol: SandboxProtocol) -> Vec<Rule> {
    let on = if protocol == SandboxProtocol::V2 { "/pay/downloadbill" } else { "/v3/bill/tradebill" };
    let row = dice.below(24);
    match dice.below(12) {
        0 => vec![("bill_row_lost", json!({ "on": on, "do": "bill_row_lost", "row": row, "times": 1 }))],
        1 => vec![(
            "bill_wrong_amount",
            json!({ "on": on, "do": "bill_wrong_amount", "row": row, "times": 1 }),
        )],
        2 => vec![("bill_stranger", json!({ "on": on, "do": "bill_stranger", "times": 1 }))],
        3 => vec![("bill_wrong_hash", json!({ "on": on, "do": "bill_wrong_hash", "times": 1 }))],
        4..7 => {
            let what =
                dice.pick(&["drop_request", "drop_reply", "status", "truncate", "html", "system_error"]);
            vec![(what, json!({ "on": "*bill*", "do": what, "times": dice.between(1, 3) }))]
        }
        _ => Vec::new(),
    }
}

/// Whether a bill is then another than WeChat Pay's ledger.
pub(crate) fn spoils_bill((what, _): &Rule) -> bool {
    matches!(*what, "bill_row_lost" | "bill_wrong_amount" | "bill_stranger")
}
