//! `saoma receipt verify`: who was paid, how much, as of when; checked offline.

use std::io::Read as _;
use std::path::Path;

use saoma_contract::{Amount, Fingerprint};
use saoma_engine::{VerifiedReceipt, verify_receipt};

use crate::args::{ReceiptArgs, ReceiptCommand};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

/// More than any receipt has.
const BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn run(args: &ReceiptArgs, out: Output) -> Result<Outcome, Failure> {
    let ReceiptCommand::Verify { file, root, test } = &args.command;
    let root: Fingerprint = root.parse().map_err(|error| format!("--root: {error}"))?;
    let verified = verify_receipt(&read(file)?, Some(root), *test)?;
    out.say(&verified.paid, || printed(&verified));
    Ok(Outcome::Done)
}

fn read(file: &Path) -> Result<String, Failure> {
    let source: Box<dyn std::io::Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(|error| format!("{}: {error}", file.display()))?)
    };
    let mut text = String::new();
    source
        .take(BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(text)
}

/// A verified receipt on paper.
pub(crate) fn printed(verified: &VerifiedReceipt) -> String {
    let paid = &verified.paid;
    let payment = &paid.payment;
    let title = if paid.live { "RECEIPT" } else { "TEST RECEIPT, no money was paid" };
    let late = if payment.late { " (late: after it had been withdrawn)" } else { "" };
    [
        format!("  {title}"),
        format!("  {} ({}), {}", paid.merchant_name, paid.merchant, paid.store),
        format!("  {} {}", Amount::print_minor(payment.amount, payment.currency), payment.currency),
        format!("  order       {}", paid.order_no),
        format!("  payment     {} {}{late}", payment.channel, payment.transaction_id),
        format!("  paid at     {}", payment.paid_at),
        format!("  paid as of  {}", paid.as_of),
        format!("  root key    {}", verified.root),
    ]
    .join("\n")
}
