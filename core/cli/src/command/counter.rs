//! `saoma till` beside the shown code: cash, money back, people, shifts, tables and slips.

use std::io::BufRead as _;

use saoma_contract::{Amount, Currency};
use saoma_engine::wording::Language;
use saoma_engine::{NewRefundWish, Paper, SaleView, Shift, Till};
use serde_json::json;

use super::till::{find, say};
use crate::args::{ExportCommand, PrintArgs, ShiftCommand, TillCommand};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

pub(super) async fn perform(till: &Till, command: TillCommand, out: Output) -> Result<Outcome, Failure> {
    match command {
        TillCommand::Cash { order } => say(&till.take_cash(&find(till, &order).await?).await?, out),
        TillCommand::Refund { order, amount, reason, transaction, refund } => {
            let order_no = find(till, &order).await?;
            let refund_no = match refund {
                Some(text) => text.parse()?,
                None => till.new_refund_no(),
            };
            let wish = wish(&till.sale(&order_no).await?.sale, amount, reason, transaction.as_deref())?;
            till.refund(&order_no, &refund_no, wish).await?;
            // What came of it as far as the backend says so now; the rest goes on by itself.
            say(&till.check_now(&order_no).await?, out);
        }
        TillCommand::Approve { order, refund, decline } => {
            let (order_no, refund_no) = (find(till, &order).await?, refund.parse()?);
            let approve = decline.is_none();
            say(&till.decide_refund(&order_no, &refund_no, approve, decline.as_deref()).await?, out);
        }
        TillCommand::Accept { order, transaction } => {
            let order_no = find(till, &order).await?;
            let payments = till.sale(&order_no).await?.sale.payments;
            let payment = payments.iter().find(|one| one.transaction_id == transaction);
            let channel = &payment.ok_or("the sale has no payment of that number")?.channel;
            say(&till.accept_late_money(&order_no, channel, &transaction).await?, out);
        }
        TillCommand::People => {
            for person in till.people().await?.people {
                out.say(&person, || format!("{}  {} ({})", person.person, person.name, person.role));
            }
        }
        TillCommand::SignIn { person } => {
            let session = till.sign_in(&person, secret_line("PIN")?).await?;
            out.say(&session, || format!("{} is signed in as {}", session.name, session.role));
        }
        TillCommand::SignOut => {
            till.sign_out().await?;
            out.say(&json!({ "signed_out": true }), || "nobody is signed in".to_owned());
        }
        TillCommand::Shift { command } => shift(till, command, out).await?,
        TillCommand::Export { command } => {
            let table = match command {
                ExportCommand::Sales { date, english } => {
                    till.sales_csv(date.as_deref(), language(english)).await?
                }
                ExportCommand::Days { from, until, english } => {
                    till.days_csv(&from, &until, language(english)).await?
                }
            };
            out.say(&json!({ "csv": table }), || table.trim_end().to_owned());
        }
        TillCommand::Slip { order, print } => {
            let order_no = find(till, &order).await?;
            slip(&till.receipt_slip(&order_no, paper(print), language(print.english)).await?, out);
        }
        _ => return Err("not a command of the counter".into()),
    }
    Ok(Outcome::Done)
}

/// Which money is given back, and how much: the only payment or money that does not match, and all that is left, unless
/// something else was said.
fn wish(
    sale: &SaleView,
    amount: Option<String>,
    reason: String,
    transaction: Option<&str>,
) -> Result<NewRefundWish, Failure> {
    let money = sale.payments.iter().chain(&sale.mismatches);
    let mut payments = money.filter(|one| transaction.is_none_or(|no| no == one.transaction_id));
    let (Some(payment), None) = (payments.next(), payments.next()) else {
        return Err("name the payment with --transaction: the sale has none, or several".into());
    };
    let amount = match amount {
        Some(text) => Amount::parse(&text, payment.currency)?.minor(),
        None => payment.left,
    };
    let channel = payment.channel.clone();
    Ok(NewRefundWish { channel, transaction_id: payment.transaction_id.clone(), amount, reason })
}

async fn shift(till: &Till, command: ShiftCommand, out: Output) -> Result<(), Failure> {
    let minor = |text: &str| -> Result<i64, Failure> {
        if matches!(text, "0" | "0.00") { Ok(0) } else { Ok(Amount::parse(text, Currency::CNY)?.minor()) }
    };
    match command {
        ShiftCommand::Open { float } => {
            tell(&till.open_shift(float.as_deref().map_or(Ok(0), minor)?).await?, out);
        }
        ShiftCommand::Close { counted } => {
            tell(&till.close_shift(counted.as_deref().map(minor).transpose()?).await?, out);
        }
        ShiftCommand::List { limit } => till.shifts(limit).await?.iter().for_each(|shift| tell(shift, out)),
        ShiftCommand::Slip { no, print } => {
            slip(&till.shift_slip(no, paper(print), language(print.english)).await?, out);
        }
    }
    Ok(())
}

fn tell(shift: &Shift, out: Output) {
    let sum = |minor| Amount::print_minor(minor, shift.currency);
    out.say(shift, || {
        let state = if shift.closed_at.is_some() { "closed" } else { "open" };
        let totals = shift.totals;
        format!(
            "shift {} ({state}): {} paid, {}; {} in cash, {}; {} given back, {}; {} not proven yet, {}; {} expected in the drawer",
            shift.no,
            totals.paid.count,
            sum(totals.paid.amount),
            totals.cash.count,
            sum(totals.cash.amount),
            totals.refunded.count,
            sum(totals.refunded.amount),
            shift.unproven.count,
            sum(shift.unproven.amount),
            sum(shift.cash_expected),
        )
    });
}

fn slip(lines: &[String], out: Output) {
    out.say(&json!({ "lines": lines }), || lines.join("\n"));
}

fn paper(print: PrintArgs) -> Paper {
    if print.wide { Paper::Mm80 } else { Paper::Mm58 }
}

fn language(english: bool) -> Language {
    if english { Language::English } else { Language::Chinese }
}

/// A secret as a line of standard input: on a command line other programs could read it.
pub(super) fn secret_line(what: &str) -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    line.truncate(line.trim_end().len());
    if line.is_empty() { Err(format!("no {what} on standard input").into()) } else { Ok(line) }
}
