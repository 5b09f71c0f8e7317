//! Bills: made from what the double did on a day, when they are asked for (WeChat Pay protocol B.10).

mod rows;
mod text;

use std::{io, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use jiff::{Span, Timestamp, civil::Date};
use saoma_wechatpay::bill::TradeKind;
use serde::{Deserialize, Serialize};

use crate::{
    clock::{beijing_date, beijing_midnight},
    double::{Account, Double, kept},
    store::{Rows, StoreError},
};

/// How long a download link lives (B.10.2).
const LINK_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// When a day's bills are there, after its end (B.10.1).
const READY_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_hours(10);
/// How far back bills go (B.10.1).
const MONTHS: i32 = 3;

/// Which bill is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Trade(TradeKind),
    /// Of the basic account, or of one that the play merchants do not have.
    FundFlow {
        is_basic: bool,
    },
}

/// How a bill is spoilt by faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spoilt {
    /// The row with this number is missing.
    pub(crate) lost_row: Option<usize>,
    /// The row with this number tells one fen too much.
    pub(crate) wrong_row: Option<usize>,
    /// A row tells of a payment that never was.
    pub(crate) has_stranger: bool,
    pub(crate) has_wrong_hash: bool,
}

/// Why there is no bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoBill {
    /// The day is not over, or to come.
    NotOver,
    TooOld,
    /// It is being made.
    Creating,
    /// Nothing happened on that day.
    Empty,
    /// The sums are beyond what a bill can tell.
    TooLarge,
}

/// A bill that waits to be downloaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) mchid: String,
    pub(crate) text: String,
    pub(crate) expires_at: Timestamp,
}

impl Double {
    /// Makes a day's bill.
    pub(crate) async fn bill(
        &self,
        account: Account,
        kind: Kind,
        day: Date,
        spoilt: Spoilt,
    ) -> Result<Result<String, NoBill>, StoreError> {
        let clock = Arc::clone(&self.clock);
        self.store.run(move |rows| make(rows, &account, kind, day, spoilt, clock.now())).await
    }

    /// Keeps a bill for download, and gives the token that leads to it.
    pub(crate) async fn keep_file(&self, mchid: String, text: String) -> Result<String, StoreError> {
        let (clock, token) = (Arc::clone(&self.clock), self.random.letters_digits(64));
        let kept = self.store.run(move |rows| {
            let now = clock.now();
            rows.put_file(&token, &File { mchid, text, expires_at: now + LINK_LIFE }, now)?;
            Ok(token)
        });
        kept.await
    }

    /// A bill that was kept, if its link is alive.
    pub(crate) async fn file(&self, token: String) -> Result<Option<File>, StoreError> {
        let clock = Arc::clone(&self.clock);
        let file = self.store.run(move |rows| rows.file(&token)).await?;
        Ok(file.filter(|file| clock.now() < file.expires_at))
    }

    /// Makes a day's bills available at once. Gives whether the day has begun.
    pub(crate) async fn settle_day(&self, day: Date) -> Result<bool, StoreError> {
        if day > beijing_date(self.clock.now()) {
            return Ok(false);
        }
        let settled = self.store.run(move |rows| {
            let mut days = rows.kept::<Vec<Date>>(kept::SETTLED)?.unwrap_or_default();
            if !days.contains(&day) {
                days.push(day);
                rows.keep(kept::SETTLED, &days)?;
            }
            Ok(true)
        });
        settled.await
    }
}

fn make(
    rows: &Rows<'_>,
    account: &Account,
    kind: Kind,
    day: Date,
    spoilt: Spoilt,
    now: Timestamp,
) -> Result<Result<String, NoBill>, StoreError> {
    let (from, until) = (beijing_midnight(day), beijing_midnight(day.saturating_add(Span::new().days(1))));
    let oldest = beijing_date(now).saturating_sub(Span::new().months(MONTHS));
    let is_settled = rows.kept::<Vec<Date>>(kept::SETTLED)?.is_some_and(|days| days.contains(&day));
    if day < oldest {
        return Ok(Err(NoBill::TooOld));
    }
    if !is_settled && now < until {
        return Ok(Err(NoBill::NotOver));
    }
    if !is_settled && now < until + READY_AFTER {
        return Ok(Err(NoBill::Creating));
    }
    match kind {
        Kind::Trade(kind) => {
            let lines = rows::spoil(rows::of_day(rows, account, from, until)?, spoilt);
            Ok(text::trade(&lines, kind))
        }
        Kind::FundFlow { is_basic } => {
            let account = account.sub_mchid.as_ref().unwrap_or(&account.mchid);
            let flows = if is_basic { rows.flows(account, from, until)? } else { Vec::new() };
            Ok(text::fund_flow(&flows))
        }
    }
}

/// A bill as a gzip file.
pub(crate) fn zipped(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    io::Write::write_all(&mut encoder, text.as_bytes())?;
    encoder.finish()
}
