//! Upkeep: pairing and its keys, offering orders again, and checking the whole database slice by slice.

use saoma_contract::{Bundle, Jws, OrderNo, PairingLink};

use super::Shell;
use crate::answer::Failure;
use crate::error::TillError;
use crate::journal::{EMPTY, TillFact};
use crate::ladder::{TICK_MS, aligned_ms};
use crate::pairing::Pairing;
use crate::restore::{self, Rebuilt};
use crate::sale::{Call, Event};
use crate::state::{Offering, TillState};
use crate::store::{CheckPlace, ListQuery, StorageError};

/// How far back orders are offered to a ledger with a new life.
const OFFER_DAYS_MS: i64 = 8 * 24 * 3_600_000;

/// At most so many offers wait for their answers at once.
const OFFERS_MAX: usize = 4;

/// From the end of one check of the whole database to the next.
const CHECK_EVERY_MS: u64 = 24 * 3_600_000;

/// Sales of one slice of the check.
const SLICE_SALES: u32 = 50;

impl Shell {
    /// Takes a pairing, if it is what the link promised and goes with what is stored.
    pub(super) async fn paired(
        &mut self,
        link: &PairingLink,
        read: Result<Bundle, Failure>,
    ) -> Result<Pairing, TillError> {
        let (pairing, keys) = Pairing::verified(link, read?)?;
        if let Some(before) = self.keys.first() {
            let same = before.merchant() == keys.merchant()
                && before.root() == keys.root()
                && before.live() == keys.live();
            if !same {
                return Err(other_merchant());
            }
        }
        let time = pairing.bundle.time;
        let was_salvaged = self.till.read_only.as_deref() == Some("salvaged");
        let mut staged = self.stage();
        self.stage_till_fact(
            &mut staged,
            TillFact::Paired {
                pairing: Box::new(pairing.clone()),
                device_key: Some(self.signer.public_key()),
            },
        );
        self.commit(staged).await?;
        self.keys.insert(0, keys);
        self.correct_clock(time);
        self.settle_standing();
        if was_salvaged {
            self.rebuild().await?;
        }
        let entropy = self.entropy.clone();
        self.book.return_from_nowhere(self.now(), || crate::entropy::random::<1>(entropy.as_ref())[0]);
        Ok(pairing)
    }

    /// Builds what is kept beside the journal anew from it: after salvage, when the merchant's keys may have been among what was
    /// lost, and after a check found it wrong. Gives the sales that cannot be read.
    pub(super) async fn rebuild(&mut self) -> Result<Vec<OrderNo>, StorageError> {
        let device = self.signer.public_key();
        let known = self.till.clone();
        let rebuild = move |storage: &mut dyn crate::store::Storage| {
            let entries = storage.entries_after(0, u32::MAX)?;
            let Rebuilt { till: told, projection, unreadable } = restore::rebuild(&entries, &device);
            let open = projection.sales.iter().filter(|row| row.open).map(|row| row.order_no.clone());
            let open: Vec<OrderNo> = open.collect();
            let (shift, shifts_made, closed_shifts) = (told.shift, told.shifts_made, told.closed_shifts);
            let till = TillState { shift, shifts_made, closed_shifts, ..known };
            let text = serde_json::to_string(&till).expect("plain fields are always JSON");
            storage.rebuild(&crate::store::Batch { till: Some(text), ..projection })?;
            Ok((till, open, unreadable, storage.results()?))
        };
        let (till, open, unreadable, results) = self.desk.run(rebuild).await?;
        self.till = till;
        self.results.send_replace(results);
        for order_no in open {
            self.load(&order_no).await?;
        }
        Ok(unreadable)
    }

    /// Whether a link leads to the merchant whose sales are stored here.
    pub(super) fn check_link(&self, link: &PairingLink) -> Result<(), TillError> {
        match &self.till.pairing {
            Some(before) if before.bundle.merchant.id != link.merchant || before.root != link.root => {
                Err(other_merchant())
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn take_keys(&mut self, jws: Jws) -> Result<(), TillError> {
        let Some(keys) = self.keys.first() else { return Ok(()) };
        let newer = keys.replace(jws.clone()).map_err(|error| TillError::untrusted(error.to_string()))?;
        if newer == *keys {
            return Ok(());
        }
        let mut staged = self.stage();
        self.stage_till_fact(&mut staged, TillFact::KeysReplaced { keys: jws });
        self.commit(staged).await?;
        self.keys.insert(0, newer);
        let now = self.now();
        let open: Vec<_> = self.book.lines().map(|line| line.sale.order_no().clone()).collect();
        for order_no in open {
            let random = self.random_byte();
            self.book.ask_soon(&order_no, now, random);
        }
        Ok(())
    }

    pub(super) async fn take_bundle(&mut self, bundle: Bundle) -> Result<(), TillError> {
        let (Some(pairing), Some(keys)) = (&self.till.pairing, self.keys.first()) else { return Ok(()) };
        let same = bundle.merchant.id == *keys.merchant()
            && bundle.merchant.live == keys.live()
            && bundle.device == pairing.bundle.device;
        if !same {
            return Err(TillError::untrusted("the bundle is another device's or merchant's"));
        }
        self.take_keys(bundle.keys.clone()).await?;
        let Some(mut pairing) = self.till.pairing.clone() else { return Ok(()) };
        // Only a set of keys that was accepted is kept.
        let keys = pairing.bundle.keys.clone();
        let time = bundle.time;
        pairing.bundle = Bundle { keys, time: pairing.bundle.time, ..bundle };
        if Some(&pairing) != self.till.pairing.as_ref() {
            let mut staged = self.stage();
            self.stage_till_fact(&mut staged, TillFact::Bundled { bundle: Box::new(pairing.bundle) });
            self.commit(staged).await?;
        }
        self.correct_clock(time);
        Ok(())
    }

    /// What a wake-up is for beside turns: offers, the check, a stream that fell silent.
    pub(super) async fn keep_up(&mut self) {
        let now = self.now();
        self.forget_held_codes();
        if self.stream.silent_at_ms().is_some_and(|at| at <= now.mono_ms) {
            self.stream_ended("silence");
        }
        if self.till.offering != Offering::No && self.book.may_send && !self.book.link().is_down() {
            // If it cannot be written down, the next tick tries again.
            let _ = self.offer_more().await;
        }
        if self.check.is_some() && self.check_ms <= now.mono_ms {
            self.check_ms = aligned_ms(now.mono_ms + TICK_MS);
            if let Err(error) = self.check_next_slice().await {
                self.damage_found(error).await;
            }
        }
    }

    /// What a check found stops new sales, and the next opening does something about it.
    async fn damage_found(&mut self, error: StorageError) {
        let (derived, detail) = match &error {
            StorageError::Damaged { detail } => (false, detail.clone()),
            StorageError::Stale { detail } => (true, detail.clone()),
            // It could not be read just now: that is tried again.
            _ => return,
        };
        self.check = None;
        self.storage_failed(error);
        // If it cannot be noted, the next check finds it again.
        let _ = self.desk.run(move |storage| storage.note_found(derived, &detail)).await;
    }

    /// Marks a few more sales as to be offered, newest first.
    async fn offer_more(&mut self) -> Result<(), StorageError> {
        let offered = self
            .book
            .lines()
            .filter(|line| line.sale.pending().is_some_and(|pending| pending.call == Call::Offer));
        let free = OFFERS_MAX.saturating_sub(offered.count());
        if free == 0 {
            return Ok(());
        }
        let query = ListQuery {
            after: match &self.till.offering {
                Offering::After(order_no) => Some(order_no.clone()),
                Offering::No | Offering::Begin => None,
            },
            made_from: Some(self.server_now().plus_ms(-OFFER_DAYS_MS)),
            limit: u32::try_from(free).unwrap_or(1),
            ..ListQuery::default()
        };
        let rows = self.desk.run(move |storage| storage.list(&query)).await?;
        for row in &rows {
            self.load(&row.order_no).await?;
        }
        let mut staged = self.stage();
        for row in &rows {
            self.stage_event(&mut staged, &row.order_no, Event::OfferAgain);
        }
        let next = rows.last().map_or(Offering::No, |row| Offering::After(row.order_no.clone()));
        self.stage_till(&mut staged, |till| till.offering = next);
        self.commit(staged).await.map(|_| ())
    }

    /// Checks the next slice: the chain, then each sale against its entries, then the file itself.
    pub(super) async fn check_next_slice(&mut self) -> Result<(), StorageError> {
        let Some(place) = self.check.clone() else { return Ok(()) };
        let next = match &place {
            CheckPlace::Sales(after) => {
                let query = ListQuery { after: after.clone(), limit: SLICE_SALES, ..ListQuery::default() };
                let slice = self.desk.run(move |storage| {
                    let rows = storage.list(&query)?;
                    rows.into_iter()
                        .map(|row| {
                            let entries = storage.entries_of(&row.order_no)?;
                            Ok((entries, storage.movements_of(&row.order_no)?, row))
                        })
                        .collect::<Result<Vec<_>, _>>()
                });
                let slice = slice.await?;
                let mut told = Vec::new();
                for (entries, moved, row) in &slice {
                    if entries.iter().any(|entry| entry.body.is_none()) {
                        // Erased: what is left tells less than the row, and that is meant.
                        continue;
                    }
                    let folded = restore::fold(entries, &self.keys, &self.device_keys())?;
                    let no_sale = || StorageError::Damaged {
                        detail: format!("the journal tells of no sale {}", row.order_no),
                    };
                    let folded = folded.ok_or_else(no_sale)?;
                    folded.check(row, moved)?;
                    told.extend(folded.results().into_values().cloned());
                }
                let check_results = move |storage: &mut dyn crate::store::Storage| {
                    told.iter()
                        .try_for_each(|told| restore::check_result(told, storage.result(&told.key)?.as_ref()))
                };
                self.desk.run(check_results).await?;
                match slice.last() {
                    Some((.., row)) => Some(CheckPlace::Sales(Some(row.order_no.clone()))),
                    None => Some(CheckPlace::Shifts),
                }
            }
            _ => self.desk.run(move |storage| storage.check_slice(&place)).await?,
        };
        if next.is_none() {
            self.checked = true;
            // A till may run for months: once a day it looks at everything again.
            self.check_ms = aligned_ms(self.clock.monotonic_ms() + CHECK_EVERY_MS);
        }
        self.check = next.or(Some(CheckPlace::Journal(EMPTY)));
        Ok(())
    }
}

fn other_merchant() -> TillError {
    TillError::state(
        "other_merchant",
        "this till holds the sales of another merchant; use a database of its own for each merchant",
    )
}
