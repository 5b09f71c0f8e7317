//! Holding a day's bills against the books, and writing down what came of it.

use std::fs::File;
use std::path::{Path, PathBuf};

use saoma_contract::{Finding, FindingKind, planted};
use saoma_wechatpay::bill::Uncompressed;

use super::bill_day::BillDay;
use super::proving::{self, Said};
use super::{Against, CheckError, Checked, Funds, check, check_nothing};
use crate::channel::BillKind;
use crate::ledger::{BillChecked, BillRow, BillState, LedgerError};
use crate::shop::{MerchantAccount, Shop};

/// Holds a day's bills against the books, as far as they are here. What differs is asked about at the channel; what it proves
/// is taken into the books as what it is, and the bill is held against them again.
pub(super) async fn hold(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
    folder: &Path,
) -> Result<(), LedgerError> {
    let funds = held_funds(shop, account, date, folder).await?;
    let Some(mut bill) = row(shop, account, date, BillKind::Trade).await? else { return Ok(()) };
    if bill.state == BillState::Waiting {
        return Ok(());
    }
    let mut checked = compare(shop, account, &bill, folder).await?;
    let mut said = Said::default();
    if let Ok(found) = &checked {
        said = proving::ask(shop, account, &found.outcome.findings).await?;
        if said.is_news {
            checked = compare(shop, account, &bill, folder).await?;
        }
    }
    let now = shop.clock.now();
    match checked {
        Ok(mut checked) => {
            said.note(&mut checked.outcome.findings);
            if let Some(funds) = &funds {
                checked.hold_funds(date, funds);
            }
            let Checked { outcome, faults } = checked;
            let total = outcome.findings_total;
            if total > 0 || !faults.is_empty() {
                tracing::error!(
                    merchant = %bill.merchant, date, findings = total, faults = faults.len(),
                    "ALARM: the books do not agree with the bill; a manager must look"
                );
            }
            let found = outcome.findings.into_iter().filter(|_| !planted("bill-overlooked"));
            let found: Vec<Finding> = found.map(Finding::from).collect();
            bill.state = if bill.file.is_some() { BillState::Fetched } else { BillState::NoBill };
            bill.checked = Some(BillChecked {
                rows: outcome.rows,
                faults,
                agreed: outcome.agreed,
                refunds_agreed: outcome.refunds_agreed,
                findings_total: total,
                sums: outcome.sums,
            });
            shop.ledger
                .write(move |rows| {
                    rows.put_findings(&bill.merchant, &bill.date, &found, now)?;
                    rows.put_bill(&bill)
                })
                .await
        }
        Err(reason) => failed(shop, bill, reason).await,
    }
}

/// Whether something of a day was not found on either side of a midnight, so that a neighbouring day's bill may tell of it.
pub(super) async fn looks_beside(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
) -> Result<bool, LedgerError> {
    let (merchant, date) = (account.merchant.id.clone(), date.to_owned());
    let kinds = shop.ledger.read(move |rows| rows.finding_kinds(&merchant, &date)).await?;
    Ok(kinds.iter().any(|count| count.kind == FindingKind::OtherDay))
}

async fn row(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
    kind: BillKind,
) -> Result<Option<BillRow>, LedgerError> {
    let (merchant, date) = (account.merchant.id.clone(), date.to_owned());
    shop.ledger.read(move |rows| rows.bill(&merchant, &date, kind)).await
}

async fn failed(shop: &Shop, mut bill: BillRow, reason: String) -> Result<(), LedgerError> {
    tracing::error!(
        merchant = %bill.merchant, date = bill.date, kind = ?bill.kind, reason, "ALARM: the bill cannot be read"
    );
    bill.state = BillState::Failed;
    bill.trouble = Some(reason);
    shop.ledger.write(move |rows| rows.put_bill(&bill)).await
}

/// What the movements of the account come to; none if they are not here or cannot be read.
async fn held_funds(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
    folder: &Path,
) -> Result<Option<Funds>, LedgerError> {
    let Some(mut bill) = row(shop, account, date, BillKind::FundFlow).await? else { return Ok(None) };
    let Some(file) = &bill.file else { return Ok(None) };
    let path = folder.join(&file.name);
    // Files are read where the ledger is.
    let read = shop
        .ledger
        .read(
            move |_| Ok(opened(&path).and_then(|file| Funds::read(file).map_err(|error| error.to_string()))),
        )
        .await?;
    match read {
        Ok(funds) => {
            if !funds.faults.is_empty() {
                tracing::error!(
                    merchant = %bill.merchant, date, faults = funds.faults.len(), "ALARM: the account's bill is not whole"
                );
            }
            bill.funds = Some(funds.clone());
            shop.ledger.write(move |rows| rows.put_bill(&bill)).await?;
            Ok(Some(funds))
        }
        Err(reason) => {
            bill.funds = None;
            failed(shop, bill, reason).await?;
            Ok(None)
        }
    }
}

/// What the bill comes to against the books; in words, why it cannot be read.
async fn compare(
    shop: &Shop,
    account: &MerchantAccount,
    bill: &BillRow,
    folder: &Path,
) -> Result<Result<Checked, String>, LedgerError> {
    let (merchant, date) = (bill.merchant.clone(), bill.date.clone());
    let path = bill.file.as_ref().map(|file| folder.join(&file.name));
    let (channel, rate, folder) = (account.channel().name(), account.fee_rate, folder.to_owned());
    shop.ledger
        .read(move |rows| {
            let against = Against { merchant: &merchant, channel, date: &date, rate };
            let checked = match path {
                None => check_nothing(rows, against),
                Some(path) => match opened(&path) {
                    Ok(file) => check(rows, against, file),
                    Err(reason) => return Ok(Err(reason)),
                },
            };
            let mut checked = match checked {
                Ok(checked) => checked,
                Err(CheckError::Ledger(error)) => return Err(error),
                Err(error) => return Ok(Err(error.to_string())),
            };
            for neighbour in BillDay::of(&date).into_iter().flat_map(BillDay::neighbours) {
                if !checked.wants(neighbour) {
                    continue;
                }
                let Some(beside) = rows.bill(&merchant, &neighbour.date(), BillKind::Trade)? else { continue };
                let file = match (beside.state, &beside.file) {
                    (BillState::NoBill, _) => None,
                    (BillState::Fetched, Some(file)) => match opened(&folder.join(&file.name)) {
                        Ok(file) => Some(file),
                        Err(reason) => {
                            tracing::warn!(%merchant, date = beside.date, reason, "the neighbouring day's bill is gone");
                            continue;
                        }
                    },
                    _ => continue,
                };
                if let Err(error) = checked.look_in(neighbour, file) {
                    tracing::warn!(%merchant, date = beside.date, %error, "the neighbouring day's bill cannot be read");
                }
            }
            Ok(Ok(checked))
        })
        .await
}

fn opened(path: &PathBuf) -> Result<Uncompressed<File>, String> {
    File::open(path).and_then(Uncompressed::open).map_err(|error| format!("{}: {error}", path.display()))
}
