//! Upkeep: pairing and its keys, offering orders again, and checking the whole database slice by slice.

use saoma_contract::{Bundle, Jws, PairingLink};

use super::{Offering, Shell};
use crate::answer::Failure;
use crate::error::TillError;
use crate::journal::{EMPTY, TillFact};
use crate::ladder::{TICK_MS, aligned_ms};
use crate::pairing::Pairing;
use crate::restore;
use crate::sale::{Call, Event};
use crate::store::{CheckPlace, ListQuery, StorageError};

/// How far back orders are offered to a ledger with a new life.
const OFFER_DAYS_MS: i64 = 8 * 24 * 3_600_000;

/// At most so many offers wait for their answers at once.
const OFFERS_MAX: usize = 4;

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
        if let Some(before) = &self.keys {
            let same = before.merchant() == keys.merchant()
                && before.root() == keys.root()
                && before.live() == keys.live();
            if !same {
                return Err(other_merchant());
            }
        }
        let time = pairing.bundle.time;
        let mut staged = self.stage();
        let fact = TillFact::Paired { pairing: Box::new(pairing.clone()) };
        let kept = pairing.clone();
        self.stage_till(&mut staged, Some(fact), |till| {
            till.pairing = Some(kept);
            till.read_only = None;
            till.cursor = None;
        });
        self.commit(staged).await?;
        self.keys = Some(keys);
        self.server_clock.correct(time, self.clock.monotonic_ms(), self.clock.wall());
        self.settle_standing();
        let entropy = self.entropy.clone();
        self.book.return_from_nowhere(self.now(), || crate::entropy::random::<1>(entropy.as_ref())[0]);
        Ok(pairing)
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
        let Some(keys) = &self.keys else { return Ok(()) };
        let newer = keys.replace(jws.clone()).map_err(|error| TillError::untrusted(error.to_string()))?;
        if newer == *keys {
            return Ok(());
        }
        let mut staged = self.stage();
        self.stage_till(&mut staged, Some(TillFact::KeysReplaced { keys: jws.clone() }), |till| {
            if let Some(pairing) = &mut till.pairing {
                pairing.bundle.keys = jws;
            }
        });
        self.commit(staged).await?;
        self.keys = Some(newer);
        let now = self.now();
        let open: Vec<_> = self.book.lines().map(|line| line.sale.order_no().clone()).collect();
        for order_no in open {
            self.book.ask_soon(&order_no, now);
        }
        Ok(())
    }

    pub(super) async fn take_bundle(&mut self, bundle: Bundle) -> Result<(), TillError> {
        let (Some(pairing), Some(keys)) = (&self.till.pairing, &self.keys) else { return Ok(()) };
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
            let fact = TillFact::Paired { pairing: Box::new(pairing.clone()) };
            self.stage_till(&mut staged, Some(fact), |till| till.pairing = Some(pairing));
            self.commit(staged).await?;
        }
        self.server_clock.correct(time, self.clock.monotonic_ms(), self.clock.wall());
        Ok(())
    }

    /// What a wake-up is for beside turns: offers, the check, a stream that fell silent.
    pub(super) async fn keep_up(&mut self) {
        let now = self.now();
        if self.stream.silent_at_ms().is_some_and(|at| at <= now.mono_ms) {
            self.stream_ended("silence");
        }
        if self.till.offering != Offering::No && self.book.may_send && !self.book.link().is_down() {
            // If it cannot be written down, the next tick tries again.
            let _ = self.offer_more().await;
        }
        if self.check.is_some() && self.check_ms <= now.mono_ms {
            self.check_ms = aligned_ms(now.mono_ms + TICK_MS);
            if let Err(error @ StorageError::Damaged { .. }) = self.check_next_slice().await {
                self.check = None;
                self.storage_failed(error);
            }
        }
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
        self.stage_till(&mut staged, None, |till| till.offering = next);
        self.commit(staged).await.map(|_| ())
    }

    /// Checks the next slice: the chain, then each sale against its entries, then the file itself.
    pub(super) async fn check_next_slice(&mut self) -> Result<(), StorageError> {
        let Some(place) = self.check.clone() else { return Ok(()) };
        let next = match (&place, &self.keys) {
            (CheckPlace::Sales(after), Some(keys)) => {
                let query = ListQuery { after: after.clone(), limit: SLICE_SALES, ..ListQuery::default() };
                let slice = self.desk.run(move |storage| {
                    let rows = storage.list(&query)?;
                    rows.into_iter()
                        .map(|row| Ok((storage.entries_of(&row.order_no)?, row)))
                        .collect::<Result<Vec<_>, _>>()
                });
                let slice = slice.await?;
                for (entries, row) in &slice {
                    let folded = restore::fold(entries, keys, &self.signer.public_key())?;
                    if folded.is_none_or(|folded| restore::row(&folded.sale) != *row) {
                        let detail = format!("sale {} is not what its journal tells", row.order_no);
                        return Err(StorageError::Damaged { detail });
                    }
                }
                match slice.last() {
                    Some((_, row)) => Some(CheckPlace::Sales(Some(row.order_no.clone()))),
                    None => Some(CheckPlace::File),
                }
            }
            _ => self.desk.run(move |storage| storage.check_slice(&place)).await?,
        };
        self.check = next;
        Ok(())
    }

    /// Checks everything from the start again.
    pub(super) fn check_again(&mut self) {
        self.check = Some(CheckPlace::Journal(EMPTY));
        self.check_ms = aligned_ms(self.clock.monotonic_ms() + 1);
    }
}

fn other_merchant() -> TillError {
    TillError::state(
        "other_merchant",
        "this till holds the sales of another merchant; use a database of its own for each merchant",
    )
}
