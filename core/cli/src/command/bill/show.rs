//! `saoma bill show`: what a bill comes to, its biggest rows, and what is wrong with it.

use std::io::BufWriter;
use std::path::Path;

use saoma_wechatpay::bill::{
    BigRow, Bill, BillError, FundFlowOverview, Limits, RowError, RowProblem, Soundness, Total, TradeKind,
    TradeOverview,
};
use serde_json::{Value, json};

use super::{faults, faults_json, open, plain};
use crate::csv::CsvWriter;
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(file: &Path, csv: bool, biggest: usize, out: Output) -> Result<Outcome, Failure> {
    let named = |error: BillError| format!("{}: {error}", file.display());
    let bill = Bill::open(open(file)?, Limits::default()).map_err(named)?;
    let mut rows = csv.then(|| Rows::new(&bill)).transpose()?;
    let shown = match bill {
        Bill::Trade(mut bill) => {
            let overview =
                TradeOverview::read(&mut bill, biggest, |row| keep(&mut rows, row.line(), row.fields()));
            Shown::trade(&overview.map_err(|error| error.named(file))?)
        }
        Bill::FundFlow(mut bill) => {
            let overview =
                FundFlowOverview::read(&mut bill, biggest, |row| keep(&mut rows, row.line(), row.fields()));
            Shown::fund_flow(&overview.map_err(|error| error.named(file))?)
        }
    };
    match rows {
        Some(rows) => {
            rows.csv.finish()?;
            if let Some(said) = shown.faults.first() {
                return Err(format!("{}: {said}:\n{}", file.display(), shown.faults[1..].join("\n")).into());
            }
        }
        None => out.say(&shown.json, || [shown.lines.as_slice(), &shown.faults].concat().join("\n")),
    }
    Ok(if shown.is_sound { Outcome::Done } else { Outcome::Failed })
}

/// The bill's rows as CSV on standard output.
struct Rows {
    csv: CsvWriter<BufWriter<std::io::Stdout>>,
    header: Vec<String>,
}

impl Rows {
    fn new<R: std::io::Read>(bill: &Bill<R>) -> std::io::Result<Self> {
        let header = match bill {
            Bill::Trade(bill) => bill.header(),
            Bill::FundFlow(bill) => bill.header(),
        };
        let mut csv = CsvWriter::new(BufWriter::new(std::io::stdout()))?;
        csv.row(header)?;
        Ok(Self { csv, header: header.to_vec() })
    }
}

fn keep<'a>(
    rows: &mut Option<Rows>,
    line: u64,
    fields: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Stopped> {
    let Some(rows) = rows else { return Ok(()) };
    let mut texts = Vec::with_capacity(rows.header.len());
    for field in fields {
        texts.push(
            std::str::from_utf8(field)
                .map_err(|_| RowError { line, problem: RowProblem::Text("a field") })
                .map_err(BillError::from)?,
        );
    }
    Ok(rows.csv.row(texts)?)
}

/// Why reading stopped: the bill's fault, or whoever takes our output.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error("the CSV cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl Stopped {
    fn named(self, file: &Path) -> Failure {
        format!("{}: {self}", file.display()).into()
    }
}

/// A bill as it is printed.
struct Shown {
    json: Value,
    lines: Vec<String>,
    faults: Vec<String>,
    is_sound: bool,
}

impl Shown {
    fn trade(bill: &TradeOverview) -> Self {
        let (word, kind) = match bill.kind {
            TradeKind::All => ("trade bill, payments and refunds", "all"),
            TradeKind::Success => ("trade bill, payments alone", "success"),
            TradeKind::Refund => ("trade bill, refunds alone", "refund"),
        };
        let lines = [("paid", bill.paid), ("refunded", bill.refunded), ("reversed", bill.revoked)];
        let mut shown = Self::new(word, &lines, &bill.biggest, &bill.soundness);
        shown.lines.insert(4, format!("  {:<10} {:>36}", "fees", bill.fee.to_string()));
        shown.json["kind"] = json!(kind);
        shown.json["fees"] = json!(bill.fee.to_string());
        shown
    }

    fn fund_flow(bill: &FundFlowOverview) -> Self {
        let lines = [("in", bill.income), ("out", bill.outgo)];
        let mut shown = Self::new("fund flow bill", &lines, &bill.biggest, &bill.soundness);
        shown.json["kind"] = json!("fund_flow");
        shown
    }

    fn new(word: &str, totals: &[(&str, Total)], biggest: &[BigRow], soundness: &Soundness) -> Self {
        let mut json = json!({ "bill": faults_json(soundness) });
        let mut lines = vec![word.to_owned()];
        for (name, total) in totals {
            json[name] = json!({ "rows": total.rows, "amount": total.amount.to_string() });
            lines.push(format!("  {name:<10} {:>12} rows {:>18} yuan", total.rows, total.amount.to_string()));
        }
        if !biggest.is_empty() {
            lines.push("biggest rows:".to_owned());
        }
        lines.extend(biggest.iter().map(|row| {
            let [word, number, other] =
                [&row.word, &row.number, &row.wechat_pay_number].map(|text| plain(text));
            format!("  line {:<8} {word:<8} {:>14}  {number}  {other}", row.line.0, row.amount.to_string())
        }));
        json["biggest"] = biggest
            .iter()
            .map(|row| {
                json!({
                    "line": row.line.0,
                    "amount": row.amount.to_string(),
                    "word": row.word,
                    "number": row.number,
                    "wechat_pay_number": row.wechat_pay_number,
                })
            })
            .collect();
        Self { json, lines, faults: faults(soundness), is_sound: soundness.is_sound() }
    }
}
