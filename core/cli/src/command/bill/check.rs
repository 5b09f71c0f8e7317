//! `saoma bill check`: a bill against a backend's ledger.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use saoma_backend::ledger::{ReadRows, sqlite};
use saoma_backend::reconciliation::{Against, BILL_OFFSET_MINUTES, BillDay, Checked, Funds, Rate, check};
use saoma_contract::{Amount, Currency, Finding, FindingSide, MerchantId, Time, Total};
use saoma_wechatpay::bill::{BillError, FundFlowBill, Limits, TradeBill};
use serde_json::json;

use super::{open, plain};
use crate::csv::CsvWriter;
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

/// The channel whose bills these are.
const CHANNEL: &str = "wechatpay";

/// Most findings that are printed for people.
const SHOWN_MAX: usize = 50;

/// What was asked for.
pub(crate) struct Asked<'a> {
    pub(crate) file: &'a Path,
    pub(crate) db: &'a Path,
    /// Bills of the days before and after.
    pub(crate) beside: &'a [PathBuf],
    /// The day's fund flow bill.
    pub(crate) funds: Option<&'a Path>,
    pub(crate) merchant: Option<&'a str>,
    pub(crate) date: Option<&'a str>,
    pub(crate) rate: Option<&'a str>,
}

pub(crate) fn run(asked: &Asked<'_>, csv: bool, out: Output) -> Result<Outcome, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", asked.file.display());
    let rate = asked
        .rate
        .map(|text| text.parse::<Rate>().map_err(|error| format!("--rate: {error}")))
        .transpose()?;
    let date = asked.date.map_or_else(|| first_day(asked.file), |date| Ok(date.to_owned()))?;
    let day = BillDay::of(&date).map_err(|_| "--date: must be a day such as 2026-08-01")?;
    let beside = asked.beside.iter().map(|file| Ok((neighbour(day, file)?, file.as_path())));
    let beside = beside.collect::<Result<Vec<_>, Failure>>()?;
    let funds = asked.funds.map(|file| funds_of(&date, file)).transpose()?;
    let db = ledger(asked.db);
    let compared = sqlite::look_at(&db, |rows| -> Result<_, Failure> {
        let (merchant, currency) = merchant(rows, asked.merchant)?;
        let against = Against { merchant: &merchant, channel: CHANNEL, date: &date, rate };
        let mut checked = check(rows, against, open(asked.file)?).map_err(|error| named(&error))?;
        for (neighbour, file) in &beside {
            let looked = checked.look_in(*neighbour, Some(open(file)?));
            looked.map_err(|error| format!("--beside: {}: {error}", file.display()))?;
        }
        if let Some(funds) = &funds {
            checked.hold_funds(&date, funds);
        }
        Ok((merchant, currency, checked))
    });
    let (merchant, currency, checked) = compared.map_err(|error| format!("--db: {error}"))??;
    let Checked { outcome, faults } = checked;
    let account_faults = funds.as_ref().map_or(&[][..], |funds| &funds.faults);
    let is_alike = outcome.findings_total == 0 && faults.is_empty() && account_faults.is_empty();
    let (agreed, refunds_agreed, total) = (outcome.agreed, outcome.refunds_agreed, outcome.findings_total);
    let findings: Vec<Finding> = outcome.findings.into_iter().map(Finding::from).collect();
    if csv {
        table(&findings)?;
    } else {
        let value = json!({
            "date": date,
            "merchant": merchant,
            "rows": outcome.rows,
            "agreed": agreed,
            "refunds_agreed": refunds_agreed,
            "findings": findings,
            "findings_total": total,
            "faults": faults,
            "funds": funds.as_ref().map(|funds| json!({
                "income": funds.income, "outgo": funds.outgo, "balance": funds.balance, "faults": funds.faults,
            })),
        });
        out.say(&value, || {
            let mut lines = vec![
                format!("bill of {date} against the books of {merchant}"),
                sum("payments agree", agreed, currency),
                sum("refunds agree", refunds_agreed, currency),
            ];
            if let Some(funds) = &funds {
                lines.push(sum("came in", funds.income, currency));
                lines.push(sum("went out", funds.outgo, currency));
            }
            lines.extend(faults.iter().map(|fault| format!("  THE BILL IS NOT WHOLE: {}", plain(fault))));
            let not_whole = |fault: &String| format!("  THE ACCOUNT'S BILL IS NOT WHOLE: {}", plain(fault));
            lines.extend(account_faults.iter().map(not_whole));
            if total > 0 {
                lines.push(format!("  {total:>10} DIFFER:"));
            }
            lines.extend(findings.iter().take(SHOWN_MAX).map(|finding| line(finding, currency)));
            if total > SHOWN_MAX as u64 {
                lines.push(format!("  … and {} more; --csv and --json list them", total - SHOWN_MAX as u64));
            }
            lines.join("\n")
        });
    }
    Ok(if is_alike { Outcome::Done } else { Outcome::Failed })
}

fn ledger(db: &Path) -> PathBuf {
    if db.is_dir() { db.join("ledger.sqlite") } else { db.to_owned() }
}

/// The day of the bill's first row.
fn first_day(file: &Path) -> Result<String, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    if file == Path::new("-") {
        return Err("standard input can be read only once; write its --date".into());
    }
    let mut bill = TradeBill::open(open(file)?, Limits::default()).map_err(|error| named(&error))?;
    loop {
        match bill.next() {
            Ok(Some(row)) => {
                let time = row.time().map_err(|error| named(&error))?;
                return Ok(Time::from_unix_ms(time.as_millisecond()).date(BILL_OFFSET_MINUTES));
            }
            Ok(None) => return Err(named(&"the bill has no row that says its day; write its --date").into()),
            Err(BillError::Row(_)) => {}
            Err(error) => return Err(named(&error).into()),
        }
    }
}

/// Which of the days beside it a bill is of.
fn neighbour(day: BillDay, file: &Path) -> Result<BillDay, Failure> {
    if file == Path::new("-") {
        return Err("--beside: must be a file".into());
    }
    let date = first_day(file).map_err(|error| format!("--beside: {error}"))?;
    let found = day.neighbours().into_iter().find(|neighbour| neighbour.date() == date);
    let not_beside = || {
        format!("--beside: {} is of {date}, not of the day before or after {}", file.display(), day.date())
    };
    Ok(found.ok_or_else(not_beside)?)
}

/// What the movements of the merchant's account come to; its bill must be of that day.
fn funds_of(date: &str, file: &Path) -> Result<Funds, Failure> {
    if file == Path::new("-") {
        return Err("--funds: must be a file".into());
    }
    let named = |error: &dyn std::fmt::Display| format!("--funds: {}: {error}", file.display());
    let mut bill = FundFlowBill::open(open(file)?, Limits::default()).map_err(|error| named(&error))?;
    if let Ok(Some(row)) = bill.next() {
        let time = row.time().map_err(|error| named(&error))?;
        let of = Time::from_unix_ms(time.as_millisecond()).date(BILL_OFFSET_MINUTES);
        if of != date {
            return Err(named(&format!("it is of {of}, not of {date}")).into());
        }
    }
    Ok(Funds::read(open(file)?).map_err(|error| named(&error))?)
}

fn merchant(rows: &dyn ReadRows, asked: Option<&str>) -> Result<(MerchantId, Currency), Failure> {
    let known = rows.merchants()?;
    let names = || known.iter().map(|row| row.id.as_str()).collect::<Vec<_>>().join(", ");
    match asked {
        Some(asked) => {
            let found = known.iter().find(|row| row.id.as_str() == asked);
            let row =
                found.ok_or_else(|| format!("--merchant: there is no {asked}; there are: {}", names()))?;
            Ok((row.id.clone(), row.currency))
        }
        None => match known.as_slice() {
            [one] => Ok((one.id.clone(), one.currency)),
            [] => Err("--db: the ledger has no merchant yet".into()),
            _ => Err(format!("--merchant: there are several, name one: {}", names()).into()),
        },
    }
}

fn sum(what: &str, total: Total, currency: Currency) -> String {
    format!("  {:>10} {what:<16} {:>16} {currency}", total.count, Amount::print_minor(total.amount, currency))
}

fn amount(side: Option<&FindingSide>, currency: Currency) -> String {
    let amount = side.and_then(|side| side.amount);
    amount.map_or("-".to_owned(), |amount| Amount::print_minor(amount, currency))
}

fn line(finding: &Finding, currency: Currency) -> String {
    let place = finding.theirs.as_ref().and_then(|side| side.line).map(|line| format!(" (line {line})"));
    format!(
        "  {:<16} here {:>12}, bill {:>12}  {}: {}{}",
        finding.kind,
        amount(finding.ours.as_ref(), currency),
        amount(finding.theirs.as_ref(), currency),
        plain(finding.out_refund_no.as_ref().unwrap_or(&finding.out_trade_no)),
        finding.detail,
        place.unwrap_or_default(),
    )
}

fn table(findings: &[Finding]) -> std::io::Result<()> {
    let mut csv = CsvWriter::new(BufWriter::new(std::io::stdout()))?;
    csv.row([
        "id",
        "kind",
        "out_trade_no",
        "out_refund_no",
        "order_no",
        "our_amount",
        "our_state",
        "our_time",
        "our_transaction_id",
        "our_fee",
        "bill_line",
        "bill_amount",
        "bill_state",
        "bill_time",
        "bill_transaction_id",
        "bill_fee",
        "detail",
    ])?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    for finding in findings {
        let ours = finding.ours.clone().unwrap_or_default();
        let theirs = finding.theirs.clone().unwrap_or_default();
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
        csv.row([
            finding.id.to_string(),
            finding.kind.to_string(),
            finding.out_trade_no.clone(),
            text(&finding.out_refund_no),
            finding.order_no.as_ref().map(ToString::to_string).unwrap_or_default(),
            number(ours.amount),
            text(&ours.state),
            time(ours.at),
            text(&ours.transaction_id),
            text(&ours.fee),
            theirs.line.map(|line| line.to_string()).unwrap_or_default(),
            number(theirs.amount),
            text(&theirs.state),
            time(theirs.at),
            text(&theirs.transaction_id),
            text(&theirs.fee),
            finding.detail.clone(),
        ])?;
    }
    csv.finish()
}
