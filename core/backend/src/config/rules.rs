//! A merchant's guarding rules.

use super::fields::Fields;
use crate::rules::{Ceiling, DayShare, Night, Rules, Then};

/// Reads `[merchants.rules]`; what is not there is as usual.
pub(super) fn read(fields: &Fields<'_>) -> Rules {
    let mut rules = Rules::default();
    let Some(fields) = fields.table_opt("rules") else { return rules };
    let all = &["off", "note", "ask", "refuse"];
    let amounts = 1..=saoma_contract::AMOUNT_MINOR_MAX;
    let ceiling = |name, rule: &mut Ceiling, may: &[&str], has_amount: bool, has_times: bool| {
        let Some(fields) = fields.table_opt(name) else { return };
        rule.then = then(&fields, rule.then, may);
        if has_amount {
            rule.amount = fields.number("amount", amounts.clone(), rule.amount);
        }
        if has_times {
            rule.times = fields.number("times", 1..=1_000_000, rule.times);
        }
        if name == "order_ceiling" && rule.then != Then::Off && rule.amount == i64::MAX {
            fields.problem("amount", "is missing: the most of one order, in minor units");
        }
        fields.end();
    };
    ceiling("order_ceiling", &mut rules.order_ceiling, all, true, false);
    ceiling("device_hour", &mut rules.device_hour, all, true, true);
    ceiling("open_codes", &mut rules.open_codes, all, false, true);
    ceiling("failed_codes", &mut rules.failed_codes, all, false, true);
    // Refused they are anyway.
    ceiling("skewed", &mut rules.skewed, &["off", "note"], false, true);
    if let Some(fields) = fields.table_opt("refund_day_share") {
        let DayShare { then: usual, percent, free } = rules.refund_day_share;
        rules.refund_day_share = DayShare {
            then: then(&fields, usual, all),
            percent: fields.number("percent", 0..=100, percent),
            free: fields.number("free", 0..=saoma_contract::AMOUNT_MINOR_MAX, free),
        };
        fields.end();
    }
    if let Some(fields) = fields.table_opt("refund_at_night") {
        let Night { then: usual, from_hour, until_hour, within_minutes } = rules.refund_at_night;
        rules.refund_at_night = Night {
            then: then(&fields, usual, all),
            from_hour: fields.number("from_hour", 0..=23, from_hour),
            until_hour: fields.number("until_hour", 0..=23, until_hour),
            within_minutes: fields.number("within_minutes", 1..=1440, within_minutes),
        };
        fields.end();
    }
    // There is no manager to ask while a device pairs or a request is read.
    let simple = |name, usual| {
        let Some(fields) = fields.table_opt(name) else { return usual };
        let then = then(&fields, usual, &["off", "note", "refuse"]);
        fields.end();
        then
    };
    rules.device_moves = simple("device_moves", rules.device_moves);
    rules.replayed = simple("replayed", rules.replayed);
    fields.end();
    rules
}

fn then(fields: &Fields<'_>, usual: Then, may: &[&str]) -> Then {
    let Some(text) = fields.text_opt("then") else { return usual };
    let known = Then::ALL.iter().find(|(name, _)| *name == text && may.contains(name));
    match known {
        Some((_, then)) => *then,
        None => {
            fields.problem("then", format!("must be one of {}, is {text:?}", may.join(", ")));
            usual
        }
    }
}
