//! `saoma till day` and `saoma till settle`: what was taken, and whether the channel's bill says the same.

use saoma_contract::{Amount, Currency, Day, DaySums, Reconciliation, Total};
use saoma_engine::wording::Language;
use saoma_engine::{Till, TillError};
use serde_json::json;

use crate::outcome::{Failure, Outcome};
use crate::output::Output;

/// What this till itself took.
pub(super) async fn day(till: &Till, date: Option<&str>, out: Output) -> Result<Outcome, Failure> {
    let day = till.day(date).await?;
    let parts = [
        ("paid", day.paid.count, day.paid.amount),
        ("of that late", day.late.count, day.late.amount),
        ("cash", day.cash.count, day.cash.amount),
        ("given back", day.refunded.count, day.refunded.amount),
        ("cash given back", day.cash_refunded.count, day.cash_refunded.amount),
        ("not proven yet", day.unproven.count, day.unproven.amount),
    ];
    out.say(&day, || sums(&day.date, day.currency, day.live, &parts));
    Ok(Outcome::Done)
}

/// What the whole merchant took, and how that agrees with the bill, for whom that is.
pub(super) async fn day_at_backend(till: &Till, date: Option<&str>, out: Output) -> Result<Outcome, Failure> {
    let day = till.day_from_backend(date).await?;
    let agreement = match till.reconciliation(Some(&day.date)).await {
        Ok(agreement) => Some(agreement),
        Err(error) if is_not_for_us(&error) => None,
        Err(error) => return Err(error.into()),
    };
    out.say(&json!({ "day": day, "reconciliation": agreement }), || {
        let told = agreement
            .as_ref()
            .map_or_else(|| "the bill: managers of all stores see how it agrees".to_owned(), in_words);
        format!("{}\n{told}", of_merchant(&day))
    });
    Ok(Outcome::Done)
}

/// A manager explains a finding.
pub(super) async fn settle(
    till: &Till,
    date: &str,
    finding: &str,
    reason: &str,
    out: Output,
) -> Result<Outcome, Failure> {
    let agreement = till.settle_finding(date, finding, reason).await?;
    out.say(&agreement, || in_words(&agreement));
    Ok(Outcome::Done)
}

fn is_not_for_us(error: &TillError) -> bool {
    matches!(error.code(), "forbidden" | "feature_missing")
}

fn of_merchant(day: &Day) -> String {
    let part = |name, total: Total| (name, total.count, total.amount);
    let mut parts = vec![part("paid", day.paid), part("of that late", day.late)];
    parts.extend(day.methods.iter().map(|method| part(method.method.as_str(), method.total)));
    parts.extend([
        part("cash", day.cash),
        part("given back", day.refunded),
        part("cash given back", day.cash_refunded),
        part("not proven yet", day.unproven),
    ]);
    let mut words = sums(&day.date, day.currency, day.live, &parts);
    if day.mismatched > 0 {
        words.push_str(&format!("; ALARM: {} orders with money that does not match", day.mismatched));
    }
    let share = |name: &str, sums: &DaySums| {
        let part = |name: &str, total: Total| {
            format!("{name} {} × {}", total.count, Amount::print_minor(total.amount, day.currency))
        };
        let refunded = part("given back", sums.refunded);
        format!("\n  {name}: {}; {}; {refunded}", part("paid", sums.paid), part("cash", sums.cash))
    };
    words.extend(day.stores.iter().map(|store| share(store.store.as_str(), &store.sums)));
    words.extend(
        day.people.iter().map(|of| {
            share(of.person.as_ref().map_or("nobody signed in", |person| person.as_str()), &of.sums)
        }),
    );
    words
}

fn sums(date: &str, currency: Currency, live: bool, parts: &[(&str, u32, i64)]) -> String {
    let test = if live { "" } else { " [test]" };
    let part = |(name, count, amount): &(&str, u32, i64)| {
        format!("{name} {count} × {}", Amount::print_minor(*amount, currency))
    };
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!("{date} {currency}: {}{test}", parts.join("; "))
}

/// The whole agreement, a line for each finding.
fn in_words(day: &Reconciliation) -> String {
    let mut lines = vec![format!("the bill: {}", Language::English.reconciliation(day).text)];
    lines.extend(day.trouble.iter().map(|trouble| format!("  {trouble}")));
    lines.extend(day.next_at.iter().map(|at| format!("  asked for next at {at}")));
    lines.extend(day.findings.iter().map(|finding| {
        let said = Language::English.finding(finding, day.currency);
        format!("  {}  {}: {said} {}", finding.id, finding.out_trade_no, finding.detail)
    }));
    lines.join("\n")
}
