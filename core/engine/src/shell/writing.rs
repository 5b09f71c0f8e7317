//! Writing down: what an event decides goes into one transaction, and only then becomes the till's state.

use std::collections::BTreeMap;
use std::sync::Arc;

use saoma_contract::request_signature::JournalHead;
use saoma_contract::statement::TrustedKeys;
use saoma_contract::{OrderNo, Time, planted};

use super::Shell;
use crate::clock::Now;
use crate::day::Movement;
use crate::entropy::{Entropy, random};
use crate::journal::{
    CHECKPOINT_EVERY, Checkpoint, Entry, SaleRecord, TillFact, TillRecord, checkpoint_text, salted,
};
use crate::restore;
use crate::result::MoneyResult;
use crate::sale::{Call, Effect, Event, Fact, NotNow, PhaseWord, Sale, decide};
use crate::state::TillState;
use crate::store::{Batch, StorageError};

/// What is about to be written, and what becomes of the till once it is.
pub(super) struct Staged {
    entropy: Arc<dyn Entropy>,
    now: Now,
    head: JournalHead,
    batch: Batch,
    sales: BTreeMap<OrderNo, Sale>,
    till: Option<TillState>,
    soon: Vec<OrderNo>,
    call: Option<Call>,
    regressions: u64,
    /// The chain is to be sealed here.
    pub(super) is_sealed: bool,
}

impl Staged {
    fn entry(&mut self, order_no: Option<OrderNo>, body: String) {
        let entry = Entry::following(&self.head, order_no, body);
        self.head = entry.head();
        self.batch.entries.push(entry);
    }

    /// The last entry, once this is written.
    pub(super) fn entries(&self) -> u64 {
        self.head.entries
    }

    pub(super) fn at(&self) -> Time {
        self.now.server
    }

    /// Money that moved for a sale, in place of what was staged of it.
    pub(super) fn movements(&mut self, mut moved: Vec<Movement>) {
        for one in &mut moved {
            let staged = self.batch.movements.iter().find(|staged| staged.key == one.key);
            one.seq = staged.map_or(one.seq, |staged| staged.seq);
        }
        let is_new = |one: &Movement| !moved.iter().any(|other| other.key == one.key);
        self.batch.movements.retain(is_new);
        self.batch.movements.extend(moved);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batch == Batch::default()
    }
}

impl Shell {
    pub(super) fn stage(&self) -> Staged {
        Staged {
            entropy: Arc::clone(&self.entropy),
            now: self.now(),
            head: self.head,
            batch: Batch::default(),
            sales: BTreeMap::new(),
            till: None,
            soon: Vec::new(),
            call: None,
            regressions: 0,
            is_sealed: false,
        }
    }

    /// Stages a sale that is rung up.
    pub(super) fn stage_rung_up(&self, staged: &mut Staged, sale: Sale) {
        let order_no = sale.order_no().clone();
        let fact = Fact::RungUp { order: sale.order().jws().clone() };
        stage_fact(staged, &order_no, fact);
        staged.batch.sales.push(restore::row(&sale));
        staged.sales.insert(order_no, sale);
        if planted("ring-up-unwritten") {
            self.forget_to_write(staged);
        }
    }

    /// What a defect that is planted does: all goes on as if it had been written.
    fn forget_to_write(&self, staged: &mut Staged) {
        (staged.batch, staged.head) = (Batch::default(), self.head);
    }

    /// Stages what an event means for a sale in hand; says so if it was a wish that cannot be granted.
    pub(super) fn stage_event(
        &self,
        staged: &mut Staged,
        order_no: &OrderNo,
        event: Event,
    ) -> Option<NotNow> {
        let known = staged.sales.get(order_no).or_else(|| self.book.line(order_no).map(|line| &line.sale));
        let Some(before) = known.cloned() else { return Some(NotNow::Ended) };
        let decision = decide(&before, event, staged.now);
        for effect in decision.effects {
            match effect {
                Effect::Record(fact) => stage_fact(staged, order_no, fact.stored()),
                Effect::Send(call) => staged.call = Some(call),
                Effect::AnnouncePaid { .. }
                | Effect::AnnounceMismatch
                | Effect::AnnounceRefunded(_)
                | Effect::AnnounceRefundFailed(_) => {
                    let result = MoneyResult::of(&effect, &decision.sale, self.is_live(), staged.now.server);
                    let is_dropped = planted("refund-untold")
                        && !matches!(effect, Effect::AnnouncePaid { .. })
                        || planted("result-dropped") && self.book.on_screen.as_ref() != Some(order_no);
                    staged.batch.results.extend(result.filter(|_| !is_dropped));
                }
                Effect::AskSoon => staged.soon.push(order_no.clone()),
                Effect::Regression => staged.regressions += 1,
            }
        }
        if decision.sale != before {
            let row = restore::row(&decision.sale);
            staged.batch.sales.retain(|other| other.order_no != row.order_no);
            staged.batch.sales.push(row);
            self.stage_movements(staged, &before, &decision.sale);
            staged.sales.insert(order_no.clone(), decision.sale);
        }
        decision.refused
    }

    /// Stages something that happened to the till as a whole.
    pub(super) fn stage_till_fact(&self, staged: &mut Staged, fact: TillFact) {
        let at = staged.now.server;
        staged.batch.take(fact.clone());
        self.stage_till(staged, |till| till.apply(&fact, at));
        let record = TillRecord { at: staged.now.server, fact };
        let body = salted(&record, staged.entropy.as_ref());
        staged.entry(None, body);
    }

    /// Stages a change of the till's state that the journal need not tell: how far it has read.
    pub(super) fn stage_till(&self, staged: &mut Staged, change: impl FnOnce(&mut TillState)) {
        change(staged.till.get_or_insert_with(|| self.till.clone()));
    }

    /// Writes what was staged, in one transaction; nothing of the till changes unless that is durable.
    pub(super) async fn commit(&mut self, mut staged: Staged) -> Result<Option<Call>, StorageError> {
        self.regressions += staged.regressions;
        if staged.regressions > 0 {
            tracing::warn!("an answer older than what is known was left aside");
        }
        if let Some(till) = staged.till.as_ref().filter(|till| **till != self.till) {
            staged.batch.till = Some(serde_json::to_string(till).expect("plain fields are always JSON"));
        }
        if !staged.is_empty() {
            if staged.is_sealed || staged.head.entries >= self.sealed + CHECKPOINT_EVERY {
                staged.batch.checkpoint = self.seal(&staged.head);
            }
            let mut batch = std::mem::take(&mut staged.batch);
            if planted("acknowledged-unwritten") {
                batch.acknowledged.clear();
            }
            let (sealed, has_results) = (
                batch.checkpoint.as_ref().map(|seal| seal.seq),
                !batch.results.is_empty() || !batch.acknowledged.is_empty(),
            );
            let written = self
                .desk
                .run(move |storage| {
                    storage.commit(&batch)?;
                    if has_results { storage.results().map(Some) } else { Ok(None) }
                })
                .await;
            let results = match written {
                Ok(results) => results,
                Err(_) if planted("failed-write-is-done") => None,
                Err(error) => return Err(self.storage_failed(error)),
            };
            // A full disk that has room again is no fault any more; damage stays one.
            self.fault = self.fault.take().filter(StorageError::is_damage);
            self.head = staged.head;
            self.sealed = sealed.unwrap_or(self.sealed);
            if let Some(results) = results {
                self.results.send_replace(results);
            }
        }
        self.till = staged.till.unwrap_or_else(|| self.till.clone());
        for (order_no, sale) in staged.sales {
            let random = random::<1>(self.entropy.as_ref())[0];
            self.book.put(sale, staged.now, random);
            self.publish(&order_no);
        }
        for order_no in &staged.soon {
            let random = random::<1>(self.entropy.as_ref())[0];
            self.book.ask_soon(order_no, staged.now, random);
        }
        Ok(staged.call)
    }

    /// Notes a fault of the storage: new sales are refused until it is gone.
    pub(super) fn storage_failed(&mut self, error: StorageError) -> StorageError {
        tracing::error!(%error, "the storage failed");
        if !self.fault.as_ref().is_some_and(StorageError::is_damage) {
            self.fault = Some(error.clone());
        }
        error
    }

    fn seal(&self, head: &JournalHead) -> Option<Checkpoint> {
        // Without a seal the next opening walks a longer way; that is no reason not to write.
        let signature = self.signer.sign(checkpoint_text(head).as_bytes()).ok()?;
        Some(Checkpoint { seq: head.entries, hash: head.hash, signature })
    }

    /// Writes down that a sale's pending call is about to be made, and gives the call.
    pub(super) async fn write_turn(&mut self, order_no: &OrderNo) -> Result<Option<Call>, StorageError> {
        let mut staged = self.stage();
        self.stage_event(&mut staged, order_no, Event::Turn);
        if planted("turn-unwritten") {
            self.forget_to_write(&mut staged);
        }
        self.commit(staged).await
    }

    /// Stages one event of a sale and writes it.
    pub(super) async fn happened(
        &mut self,
        order_no: &OrderNo,
        event: Event,
    ) -> Result<Option<NotNow>, StorageError> {
        let mut staged = self.stage();
        let refused = self.stage_event(&mut staged, order_no, event);
        self.commit(staged).await?;
        Ok(refused)
    }

    /// Shows a sale in hand to whoever watches.
    pub(super) fn publish(&mut self, order_no: &OrderNo) {
        if let Some(view) = self.view_in_hand(order_no) {
            let now = self.now();
            if let Some(line) = self.book.line_mut(order_no) {
                line.shown = Some((line.sale.word(now), view.code.is_some()));
            }
            self.watchers.publish(&view);
        }
    }

    /// Shows sales that look different only because time has passed.
    pub(super) fn show_what_time_changed(&mut self) {
        let now = self.now();
        let changed = |line: &crate::book::Line| {
            let code = line.sale.hide_at().is_some_and(|hide_at| now.server < hide_at);
            line.shown != Some((line.sale.word(now), code))
        };
        let numbers: Vec<OrderNo> =
            self.book.lines().filter(|line| changed(line)).map(|line| line.sale.order_no().clone()).collect();
        for order_no in numbers {
            self.publish(&order_no);
        }
        self.book.sweep();
    }

    pub(super) fn view_in_hand(&self, order_no: &OrderNo) -> Option<crate::sale::SaleView> {
        let line = self.book.line(order_no)?;
        let mut view = line.sale.view(self.is_live(), self.now(), line.heard_at, line.trouble.clone());
        if planted("asked-to-close-is-closed") && view.phase == PhaseWord::Closing {
            view.phase = PhaseWord::Closed;
        }
        if planted("hint-believed") && line.sale.wants_proof() {
            view.phase = PhaseWord::Paid;
        }
        Some(self.allowed(view))
    }

    /// Whether the merchant's account moves real money.
    pub(super) fn is_live(&self) -> bool {
        self.keys.first().is_some_and(TrustedKeys::live)
    }

    pub(super) fn server_now(&self) -> Time {
        self.now().server
    }
}

pub(super) fn stage_fact(staged: &mut Staged, order_no: &OrderNo, fact: Fact<saoma_contract::Jws>) {
    let record = SaleRecord { at: staged.now.server, order_no: order_no.clone(), fact };
    let body = salted(&record, staged.entropy.as_ref());
    staged.entry(Some(order_no.clone()), body);
}
