//! `saoma bill`: WeChat Pay's bills for people without a backend, and against a backend's ledger.

mod check;
mod show;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use saoma_wechatpay::bill::{Soundness, Uncompressed};
use serde_json::{Value, json};

use crate::args::{BillArgs, BillCommand};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(args: &BillArgs, out: Output) -> Result<Outcome, Failure> {
    let (BillCommand::Show { csv, .. } | BillCommand::Check { csv, .. }) = &args.command;
    if *csv && out.is_json() {
        return Err("--csv and --json exclude each other".into());
    }
    match &args.command {
        BillCommand::Show { file, csv, biggest } => show::run(file, *csv, *biggest, out),
        BillCommand::Check { file, db, beside, funds, merchant, date, rate, csv } => {
            let asked = check::Asked {
                file,
                db,
                beside,
                funds: funds.as_deref(),
                merchant: merchant.as_deref(),
                date: date.as_deref(),
                rate: rate.as_deref(),
            };
            check::run(&asked, *csv, out)
        }
    }
}

/// A bill's file, plain or gzip; `-` is standard input.
fn open(file: &Path) -> Result<Uncompressed<Box<dyn Read>>, Failure> {
    let named = |error: std::io::Error| format!("{}: {error}", file.display());
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).map_err(named)?)
    };
    Ok(Uncompressed::open(source).map_err(named)?)
}

/// A text of the file's as it may stand on a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What is wrong with a bill, for people.
fn faults(soundness: &Soundness) -> Vec<String> {
    const SHOWN_MAX: usize = 20;
    let mut lines: Vec<String> = soundness
        .differences()
        .iter()
        .map(|d| {
            format!(
                "  the summary says {} {}, the rows come to {}",
                plain(&d.column),
                plain(&d.stated),
                d.counted
            )
        })
        .collect();
    lines.extend(soundness.refused.iter().take(SHOWN_MAX).map(|row| format!("  {row}: refused")));
    let more = soundness.refused_rows.saturating_sub(SHOWN_MAX as u64);
    if more > 0 {
        lines.push(format!("  and {more} more refused rows"));
    }
    if !lines.is_empty() {
        lines.insert(0, "NOT WHOLE: this bill must not be relied on".to_owned());
    }
    lines
}

/// What is wrong with a bill, for programs.
fn faults_json(soundness: &Soundness) -> Value {
    let columns = soundness.summary.as_ref().map(saoma_wechatpay::bill::Summary::columns).unwrap_or_default();
    json!({
        "sound": soundness.is_sound(),
        "refused_rows": soundness.refused_rows,
        "refused": soundness.refused.iter()
            .map(|row| json!({ "line": row.line, "problem": row.problem.to_string() }))
            .collect::<Vec<_>>(),
        "summary": columns.iter().map(|(column, stated)| json!({ "column": column, "stated": stated }))
            .collect::<Vec<_>>(),
        "differences": soundness.differences().iter()
            .map(|d| json!({ "column": d.column, "stated": d.stated, "counted": d.counted }))
            .collect::<Vec<_>>(),
    })
}
