//! Fetching bills when they fall due, and having them held against the books.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use saoma_contract::{MerchantId, Time};

use super::bill_day::BillDay;
use super::{days, holding};
use crate::channel::{BillAnswer, BillKind};
use crate::ledger::{BillFile, BillRow, BillState, LedgerError};
use crate::shop::{MerchantAccount, Shop};

/// How long until bills are looked at again at the latest: the next time may have been told by a clock that was ahead.
const LOOK_AGAIN_MS: i64 = 15 * 60 * 1000;

/// How long to hold back after the ledger could not be read or written.
const LEDGER_PAUSE_MS: i64 = 60_000;

/// Both of a day's bills, the one that is held against the books first.
const KINDS: [BillKind; 2] = [BillKind::Trade, BillKind::FundFlow];

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
        let mut came = BTreeSet::new();
        for bill in shop.ledger.read(move |rows| rows.bills_due(&merchant)).await? {
            let now = shop.clock.now();
            if asked_when(&bill, now, offset).is_some_and(|at| at <= now) {
                let date = bill.date.clone();
                if fetch(shop, account, bill, folder).await? {
                    came.insert(date);
                }
            }
        }
        hold(shop, account, folder, &came).await?;
        let merchant = id.clone();
        let due = shop.ledger.read(move |rows| rows.bills_due(&merchant)).await?;
        let now = shop.clock.now();
        let next = due.iter().filter_map(|bill| asked_when(bill, now, offset));
        let next = next.chain([days::next_wanted(now, offset)]);
        wakes_at = next.chain(wakes_at).min();
    }
    let latest = shop.clock.now().plus_ms(LOOK_AGAIN_MS);
    Ok(wakes_at.map_or(latest, |at| at.min(latest)))
}

/// When a bill that waits is asked for.
fn asked_when(bill: &BillRow, now: Time, offset: i32) -> Option<Time> {
    let due_at = bill.due_at?;
    Some(BillDay::of(&bill.date).map_or(due_at, |day| days::asked_when(due_at, day.from, now, offset)))
}

/// Asks for a day's bills now, whether or not they are due or were here before, and holds them against the books.
pub(crate) async fn fetch_now(
    shop: &Shop,
    account: &MerchantAccount,
    date: &str,
    folder: &Path,
) -> Result<(), LedgerError> {
    let mut has_come = false;
    for kind in KINDS {
        let (merchant, day) = (account.merchant.id.clone(), date.to_owned());
        let known = shop.ledger.read(move |rows| rows.bill(&merchant, &day, kind)).await?;
        let bill =
            known.unwrap_or_else(|| wanted(&account.merchant.id, date.to_owned(), kind, shop.clock.now()));
        has_come |= fetch(shop, account, bill, folder).await?;
    }
    let came = has_come.then(|| date.to_owned()).into_iter().collect();
    hold(shop, account, folder, &came).await
}

/// Holds the days against the books whose bills came, and those beside them that wait for these bills.
async fn hold(
    shop: &Shop,
    account: &MerchantAccount,
    folder: &Path,
    came: &BTreeSet<String>,
) -> Result<(), LedgerError> {
    let _turn = shop.bills.lock().await;
    let mut beside = BTreeSet::new();
    for date in came {
        holding::hold(shop, account, date, folder).await?;
        let Ok(day) = BillDay::of(date) else { continue };
        beside.extend(day.neighbours().map(BillDay::date).into_iter().filter(|date| !came.contains(date)));
    }
    for date in beside {
        if holding::looks_beside(shop, account, &date).await? {
            holding::hold(shop, account, &date, folder).await?;
        }
    }
    Ok(())
}

/// A bill that was not asked for yet.
fn wanted(merchant: &MerchantId, date: String, kind: BillKind, now: Time) -> BillRow {
    BillRow {
        merchant: merchant.clone(),
        date,
        kind,
        state: BillState::Waiting,
        due_at: Some(now),
        tries: 0,
        trouble: None,
        file: None,
        checked: None,
        funds: None,
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
                for kind in KINDS {
                    if rows.bill(&merchant, &date, kind)?.is_none() {
                        rows.put_bill(&wanted(&merchant, date.clone(), kind, now))?;
                    }
                }
            }
            Ok(())
        })
        .await
}

/// Fetches a bill, and writes down what became of it; tells whether it came, or that there is none.
async fn fetch(
    shop: &Shop,
    account: &MerchantAccount,
    mut bill: BillRow,
    folder: &Path,
) -> Result<bool, LedgerError> {
    // Two at once would write the same file.
    let _turn = shop.bills.lock().await;
    let channel = account.channel();
    let ending = match bill.kind {
        BillKind::Trade => "bill",
        BillKind::FundFlow => "funds",
    };
    let name = format!("{}-{}-{}.{ending}", bill.merchant, channel.name(), bill.date);
    let answer = channel.bill(bill.kind, &bill.date, &folder.join(&name)).await;
    let now = shop.clock.now();
    let (merchant, date) = (bill.merchant.clone(), bill.date.clone());
    match answer {
        BillAnswer::File { sha1 } => {
            tracing::info!(%merchant, date, name, sha1, "the bill is here");
            bill.state = BillState::Fetched;
            bill.file = Some(BillFile { name, sha1, fetched_at: now });
        }
        BillAnswer::NotGiven if bill.kind == BillKind::Trade => {
            return later(shop, bill, "the channel gives this account no bills").await;
        }
        BillAnswer::NoBill | BillAnswer::NotGiven => {
            bill.state = BillState::NoBill;
            bill.file = None;
            bill.funds = None;
        }
        BillAnswer::Creating => return later(shop, bill, "the channel is still making the bill").await,
        BillAnswer::Failed(reason) => return later(shop, bill, &reason).await,
    }
    bill.due_at = None;
    bill.trouble = None;
    shop.ledger.write(move |rows| rows.put_bill(&bill)).await?;
    Ok(true)
}

/// The bill cannot be had now.
async fn later(shop: &Shop, mut bill: BillRow, reason: &str) -> Result<bool, LedgerError> {
    let at = days::again(shop.clock.now(), bill.tries);
    tracing::warn!(merchant = %bill.merchant, date = bill.date, kind = ?bill.kind, reason, again_at = %at, "no bill yet");
    // A bill that was here before stays, and what was concluded from it.
    bill.tries = bill.tries.saturating_add(1);
    bill.trouble = Some(reason.to_owned());
    bill.due_at = Some(at);
    shop.ledger.write(move |rows| rows.put_bill(&bill)).await?;
    Ok(false)
}
