//! Fetching bills when they fall due, and holding them against the books.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use saoma_contract::{Finding, FindingKind, MerchantId, OutTradeNo, Time};
use saoma_wechatpay::bill::Uncompressed;

use super::{Against, Checked, Rate, check, check_nothing, days};
use crate::channel::BillAnswer;
use crate::ledger::{BillChecked, BillFile, BillRow, BillState, LedgerError};
use crate::orders::Event;
use crate::shop::{MerchantAccount, Shop};

/// How long to hold back after the ledger could not be read or written.
const LEDGER_PAUSE_MS: i64 = 60_000;

/// Most payments of a bill that are asked about at the channel.
const PROVEN_MAX: usize = 1000;

/// Runs until the shop stops. Bills are kept in the folder as they came.
pub(crate) async fn run(shop: Arc<Shop>, folder: PathBuf) {
    let mut stopping = shop.stopping.subscribe();
    while !*stopping.borrow() {
        let round = async {
            match round(&shop, &folder).await {
                Ok(wakes_at) => wakes_at,
                Err(error) => {
                    tracing::error!(%error, "bills could not be seen to");
                    shop.clock.now().plus_ms(LEDGER_PAUSE_MS)
                }
            }
        };
        let wakes_at = tokio::select! {
            biased;
            _ = stopping.changed() => break,
            wakes_at = round => wakes_at,
        };
        tokio::select! {
            biased;
            _ = stopping.changed() => break,
            () = shop.clock.sleep_until(wakes_at) => {}
        }
    }
}

/// Sees to every bill that is due; gives when there is something to do next.
pub(crate) async fn round(shop: &Shop, folder: &Path) -> Result<Time, LedgerError> {
    let mut wakes_at = None;
    for (id, account) in &shop.merchants {
        let offset = account.merchant.utc_offset_minutes;
        plan(shop, id, offset).await?;
        let merchant = id.clone();
        for bill in shop.ledger.read(move |rows| rows.bills_due(&merchant)).await? {
            if bill.due_at.is_some_and(|at| at <= shop.clock.now()) {
                fetch(shop, account, bill, folder).await?;
            }
        }
        let merchant = id.clone();
        let due = shop.ledger.read(move |rows| rows.bills_due(&merchant)).await?;
        let next =
            due.iter().filter_map(|bill| bill.due_at).chain([days::next_wanted(shop.clock.now(), offset)]);
        wakes_at = next.chain(wakes_at).min();
    }
    Ok(wakes_at.unwrap_or_else(|| shop.clock.now().plus_ms(LEDGER_PAUSE_MS)))
}

/// Asks for a day's bill now, whether or not it is due or was here before, and holds it against the books.
pub(crate) async fn fetch_now(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
    folder: &Path,
) -> Result<(), LedgerError> {
    let (merchant, day) = (account.merchant.id.clone(), date.to_owned());
    let known = shop.ledger.read(move |rows| rows.bill(&merchant, &day)).await?;
    let bill = known.unwrap_or_else(|| wanted(&account.merchant.id, date.to_owned(), shop.clock.now()));
    fetch(shop, account, bill, folder).await
}

/// A bill that was not asked for yet.
fn wanted(merchant: &MerchantId, date: String, now: Time) -> BillRow {
    BillRow {
        merchant: merchant.clone(),
        date,
        state: BillState::Waiting,
        due_at: Some(now),
        tries: 0,
        trouble: None,
        file: None,
        checked: None,
    }
}

/// Writes down which bills are wanted by now.
async fn plan(shop: &Shop, merchant: &MerchantId, offset: i32) -> Result<(), LedgerError> {
    let (merchant, now) = (merchant.clone(), shop.clock.now());
    shop.ledger
        .write(move |rows| {
            let Some(first) = rows.first_order_at(&merchant)? else { return Ok(()) };
            for day in days::wanted(first, now, offset) {
                let date = day.date(super::BILL_OFFSET_MINUTES);
                if rows.bill(&merchant, &date)?.is_none() {
                    rows.put_bill(&wanted(&merchant, date, now))?;
                }
            }
            Ok(())
        })
        .await
}

async fn fetch(
    shop: &Shop,
    account: &MerchantAccount,
    mut bill: BillRow,
    folder: &Path,
) -> Result<(), LedgerError> {
    let channel = account.channel();
    let name = format!("{}-{}-{}.bill", bill.merchant, channel.name(), bill.date);
    let path = folder.join(&name);
    let answer = channel.bill(&bill.date, &path).await;
    let now = shop.clock.now();
    let (merchant, date) = (bill.merchant.clone(), bill.date.clone());
    match answer {
        BillAnswer::File { sha1 } => {
            tracing::info!(%merchant, date, sha1, "the bill is here");
            bill.state = BillState::Fetched;
            bill.file = Some(BillFile { name, sha1, fetched_at: now });
        }
        BillAnswer::NoBill => {
            bill.state = BillState::NoBill;
            bill.file = None;
        }
        BillAnswer::Creating => return later(shop, bill, "the channel is still making the bill").await,
        BillAnswer::Failed(reason) => return later(shop, bill, &reason).await,
    }
    let path = bill.file.is_some().then_some(path);
    bill.due_at = None;
    bill.trouble = None;
    hold(shop, account, bill, path).await
}

/// The bill cannot be had now.
async fn later(shop: &Shop, mut bill: BillRow, reason: &str) -> Result<(), LedgerError> {
    let at = days::again(shop.clock.now(), bill.tries);
    tracing::warn!(merchant = %bill.merchant, date = bill.date, reason, again_at = %at, "no bill yet");
    // A bill that was here before stays, and what was concluded from it.
    bill.tries = bill.tries.saturating_add(1);
    bill.trouble = Some(reason.to_owned());
    bill.due_at = Some(at);
    shop.ledger.write(move |rows| rows.put_bill(&bill)).await
}

/// Holds a bill against the books. Payments that the bill has and the books have not are asked about at the channel; those
/// it proves are taken into the books as what they are, and the bill is held against them again.
async fn hold(
    shop: &Shop,
    account: &MerchantAccount,
    mut bill: BillRow,
    path: Option<PathBuf>,
) -> Result<(), LedgerError> {
    let name = account.channel().name();
    let mut checked = compare(shop, &bill, name, None, path.clone()).await?;
    if let Ok(found) = &checked
        && prove(shop, account, found).await? > 0
    {
        checked = compare(shop, &bill, name, None, path).await?;
    }
    let now = shop.clock.now();
    match checked {
        Ok(Checked { outcome, faults }) => {
            if outcome.findings_total > 0 || !faults.is_empty() {
                tracing::error!(
                    merchant = %bill.merchant, date = bill.date, findings = outcome.findings_total, faults = faults.len(),
                    "ALARM: the books do not agree with the bill; a manager must look"
                );
            }
            let found: Vec<Finding> = outcome.findings.into_iter().map(Finding::from).collect();
            bill.checked = Some(BillChecked {
                rows: outcome.rows,
                faults,
                agreed: outcome.agreed,
                refunds_agreed: outcome.refunds_agreed,
                findings_total: outcome.findings_total,
            });
            shop.ledger
                .write(move |rows| {
                    rows.put_findings(&bill.merchant, &bill.date, &found, now)?;
                    rows.put_bill(&bill)
                })
                .await
        }
        Err(reason) => {
            tracing::error!(merchant = %bill.merchant, date = bill.date, reason, "ALARM: the bill cannot be read");
            bill.state = BillState::Failed;
            bill.trouble = Some(reason);
            shop.ledger.write(move |rows| rows.put_bill(&bill)).await
        }
    }
}

/// What the bill comes to against the books; in words, why it cannot be read.
async fn compare(
    shop: &Shop,
    bill: &BillRow,
    channel: &'static str,
    rate: Option<Rate>,
    path: Option<PathBuf>,
) -> Result<Result<Checked, String>, LedgerError> {
    let (merchant, date) = (bill.merchant.clone(), bill.date.clone());
    shop.ledger
        .read(move |rows| {
            let against = Against { merchant: &merchant, channel, date: &date, rate };
            let checked = match path {
                None => check_nothing(rows, against),
                Some(path) => match File::open(&path).and_then(Uncompressed::open) {
                    Ok(file) => check(rows, against, file),
                    Err(error) => return Ok(Err(format!("{}: {error}", path.display()))),
                },
            };
            match checked {
                Ok(checked) => Ok(Ok(checked)),
                Err(super::CheckError::Ledger(error)) => Err(error),
                Err(error) => Ok(Err(error.to_string())),
            }
        })
        .await
}

/// Asks the channel about what the bill says was paid and the books do not; gives how many it proved.
async fn prove(shop: &Shop, account: &MerchantAccount, checked: &Checked) -> Result<usize, LedgerError> {
    let is_unpaid_here = |found: &&super::Found| {
        found.kind == FindingKind::StateDiffers
            && found.ours.as_ref().is_some_and(|ours| ours.amount.is_none())
            && found.theirs.as_ref().is_some_and(|theirs| theirs.state.as_deref() == Some("SUCCESS"))
    };
    let channel = account.channel();
    let mut proven = 0;
    for found in checked.outcome.findings.iter().filter(is_unpaid_here).take(PROVEN_MAX) {
        let Ok(out_trade_no) = found.out_trade_no.parse::<OutTradeNo>() else { continue };
        let number = out_trade_no.clone();
        let Some(order) = shop.ledger.read(move |rows| rows.order_of(&number)).await? else { continue };
        let Some(attempt) = order.attempts.iter().find(|attempt| attempt.out_trade_no == out_trade_no) else {
            continue;
        };
        let event = Event::Asked(attempt.attempt, channel.query(&out_trade_no).await);
        match shop.apply(&order.order_no, event).await {
            Ok(after) => proven += usize::from(after.payments.len() > order.payments.len()),
            Err(error) => {
                tracing::error!(%out_trade_no, ?error, "a payment of the bill could not be taken in");
            }
        }
    }
    Ok(proven)
}
