//! Opening: from what is stored back to a till that goes on where it was.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::FuturesUnordered;
use saoma_contract::{PublicKey, planted};
use tokio::sync::{mpsc, watch};

use super::{Command, Shell};
use crate::book::{Book, Line};
use crate::clock::ServerClock;
use crate::entropy::random;
use crate::errand::{Errand, Errands};
use crate::error::TillError;
use crate::journal::{EMPTY, TillFact};
use crate::restore;
use crate::result::MoneyResult;
use crate::state::TillState;
use crate::store::{CheckPlace, StorageDesk, StorageError};
use crate::till::{Parts, Settings};
use crate::watch::Watchers;

impl Shell {
    pub(crate) async fn open(
        parts: Parts,
        settings: Settings,
        commands: mpsc::Receiver<Command>,
    ) -> Result<(Self, watch::Receiver<Vec<MoneyResult>>), TillError> {
        let desk = StorageDesk::new(parts.storage)?;
        let key = parts.signer.public_key();
        let own = key.clone();
        let (restored, is_of_other) = desk
            .run(move |storage| {
                let restored = storage.restore()?;
                let is_of_other = restore::is_of_other_key(storage, &restored, &own)?;
                Ok((restored, is_of_other))
            })
            .await?;
        if !is_of_other {
            restored.check_seal(&restore::device_keys(&restored, &key))?;
        }
        let till: TillState = match &restored.till {
            Some(text) => serde_json::from_str(text).map_err(|error| StorageError::Damaged {
                detail: format!("the till's own state: {error}"),
            })?,
            None => TillState::default(),
        };
        // A journal that does not name its key cannot be read without it.
        let may_go_on = settings.key_was_lost && !till.device_keys.is_empty();
        if is_of_other && !may_go_on {
            let detail = "the records belong to another device key; use that one, or if it is lost say so and pair again";
            return Err(TillError::state("other_key", detail));
        }
        let keys = till
            .keys()
            .map_err(|error| StorageError::Damaged { detail: format!("the merchant's keys: {error}") })?;
        let (results, receiver) = watch::channel(restored.results);
        let mut shell = Self {
            clock: parts.clock,
            entropy: parts.entropy,
            transport: parts.transport,
            signer: parts.signer,
            desk,
            head: restored.head,
            sealed: restored.checkpoint.map_or(EMPTY.entries, |seal| seal.seq),
            till,
            keys,
            book: Book::new(),
            errands: Errands::default(),
            server_clock: ServerClock::default(),
            server_start: std::sync::Arc::default(),
            server: None,
            limits: settings.limits,
            announcing: settings.announcing,
            heard_at: None,
            last_trouble: None,
            key_fault: None,
            fault: None,
            check: Some(CheckPlace::Journal(EMPTY)),
            check_ms: 0,
            checked: false,
            regressions: 0,
            unverified: 0,
            results,
            watchers: Watchers::default(),
            diagnoses: None,
            waiting: BTreeMap::new(),
            check_wanted: BTreeSet::new(),
            held: BTreeMap::new(),
            calls: FuturesUnordered::new(),
            stream: super::stream::Stream::default(),
            commands,
        };
        shell.check_ms = crate::ladder::aligned_ms(shell.clock.monotonic_ms() + 1);
        shell.name_key(key, is_of_other).await?;
        shell.settle_standing();
        // After damage everything is checked before anything is believed.
        while shell.till.read_only.as_deref() == Some("salvaged") && !shell.checked {
            shell.check_next_slice().await?;
        }
        if let Some(detail) = restored.stale {
            shell.mend(&detail).await?;
        }
        for order_no in restored.open {
            shell.load(&order_no).await?;
        }
        if planted("drafts-left-behind") {
            shell.book.drop_drafts();
        }
        Ok((shell, receiver))
    }

    /// A check found that what is kept beside the journal is not what the journal tells: it is built anew.
    async fn mend(&mut self, detail: &str) -> Result<(), StorageError> {
        tracing::error!(detail, "what is kept beside the journal is built anew");
        let unreadable = self.rebuild().await?;
        let Some(order_no) = unreadable.first() else { return Ok(()) };
        let detail = format!("sale {order_no} cannot be read from its journal");
        let found = detail.clone();
        self.desk.run(move |storage| storage.note_found(false, &found)).await?;
        Err(StorageError::Damaged { detail })
    }

    /// Writes down which key the journal goes on with: another than before, or the first that is named.
    async fn name_key(&mut self, key: PublicKey, is_other: bool) -> Result<(), TillError> {
        let is_unnamed = self.till.device_keys.is_empty() && self.till.pairing.is_some();
        if is_other || is_unnamed {
            let mut staged = self.stage();
            self.stage_till_fact(&mut staged, TillFact::DeviceKey { key, replaces: is_other });
            staged.is_sealed = is_other;
            self.commit(staged).await?;
        }
        Ok(())
    }

    /// Every key that orders of this journal may be signed with.
    pub(super) fn device_keys(&self) -> Vec<PublicKey> {
        self.till.device_keys.iter().cloned().chain([self.signer.public_key()]).collect()
    }

    /// Takes a sale in hand that is not there yet. False if there is none of that number.
    pub(super) async fn load(&mut self, order_no: &saoma_contract::OrderNo) -> Result<bool, StorageError> {
        if self.book.line(order_no).is_some() {
            return Ok(true);
        }
        let Some(folded) = self.read_sale(order_no).await? else { return Ok(false) };
        let line = Line::new(folded.sale, false, folded.heard_at);
        let random = random::<1>(self.entropy.as_ref())[0];
        self.book.take(line, self.now(), random);
        Ok(true)
    }

    /// A sale folded from its entries.
    pub(super) async fn read_sale(
        &mut self,
        order_no: &saoma_contract::OrderNo,
    ) -> Result<Option<restore::Folded>, StorageError> {
        let number = order_no.clone();
        let entries = self.desk.run(move |storage| storage.entries_of(&number)).await?;
        restore::fold(&entries, &self.keys, &self.device_keys())
    }

    /// Sets what may be done from whether the till is paired and welcome.
    pub(super) fn settle_standing(&mut self) {
        let turned_away = matches!(
            self.till.read_only.as_deref(),
            Some("device_revoked" | "device_unknown" | "key_replaced")
        );
        self.book.may_send = self.till.pairing.is_some() && !turned_away;
        if self.book.may_send {
            self.errands.want(Errand::Time);
            self.errands.want(Errand::Bundle);
        }
    }
}
