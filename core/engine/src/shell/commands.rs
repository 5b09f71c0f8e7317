//! What the app asks for, done one after the other.

use saoma_contract::{
    AttemptNo, AuthCode, Day, DeviceName, FindingId, Note, OrderNo, PairingLink, People, Pin, Reconciliation,
    RefundNo, RefundReason, Session, SignOrderError, SignedOrder, StaffId, Time,
};
use tokio::sync::{oneshot, watch};

use super::Shell;
use crate::announcing::{Announcement, Announcing};
use crate::book::Line;
use crate::clock::Now;
use crate::day::{LocalDay, Shift};
use crate::diagnosis::Diagnosis;
use crate::entropy::random;
use crate::error::TillError;
use crate::journal::TillFact;
use crate::new_sale::{NewRefundWish, NewSale};
use crate::pairing::Pairing;
use crate::receipt::ReceiptFile;
use crate::restore::Folded;
use crate::result::MoneyResult;
use crate::sale::{Event, Sale, SaleView};
use crate::slip::{self, Paper, Print};
use crate::store::{ListFilter, ListQuery, StorageError};
use crate::till::{DraftChoice, Limits, Page, PageQuery, SaleStory};
use crate::watch::AllSales;
use crate::wording::Language;

/// Where an answer goes; whoever asked may have stopped waiting, which loses nothing.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, TillError>>;

const PAGE_SALES: u32 = 50;
const PAGE_SALES_MAX: u32 = 100;
const CLOCK_WARNING_MS: i64 = 60_000;

/// What the app asks for.
pub(crate) enum Command {
    Pair {
        link: Box<PairingLink>,
        name: DeviceName,
        reply: Reply<Pairing>,
    },
    Pairing(Reply<Option<Pairing>>),
    Charge {
        order_no: OrderNo,
        sale: Box<NewSale>,
        reply: Reply<SaleView>,
    },
    Sale {
        order_no: OrderNo,
        reply: Reply<SaleStory>,
    },
    Watch {
        order_no: OrderNo,
        reply: Reply<watch::Receiver<SaleView>>,
    },
    WatchAll(Reply<AllSales>),
    List {
        query: PageQuery,
        reply: Reply<Page>,
    },
    Day {
        date: Option<String>,
        reply: Reply<LocalDay>,
    },
    DayFromBackend {
        date: Option<String>,
        reply: Reply<Day>,
    },
    Reconciliation {
        date: Option<String>,
        reply: Reply<Reconciliation>,
    },
    SettleFinding {
        date: String,
        finding: FindingId,
        reason: Note,
        reply: Reply<Reconciliation>,
    },
    Cancel {
        order_no: OrderNo,
        attempt: AttemptNo,
        reply: Reply<SaleView>,
    },
    Refresh {
        order_no: OrderNo,
        attempt: AttemptNo,
        reply: Reply<SaleView>,
    },
    CheckNow {
        order_no: OrderNo,
        reply: Reply<SaleView>,
    },
    DecideDraft {
        order_no: OrderNo,
        choice: DraftChoice,
        reply: Reply<SaleView>,
    },
    Acknowledge {
        key: String,
        aloud: bool,
        reply: Reply<()>,
    },
    Announcements(Reply<Vec<Announcement>>),
    SetAnnouncing {
        announcing: Announcing,
        reply: Reply<()>,
    },
    Foreground {
        in_front: bool,
        reply: Reply<()>,
    },
    OnScreen {
        order_no: Option<OrderNo>,
        reply: Reply<()>,
    },
    Network {
        there: bool,
        reply: Reply<()>,
    },
    SetLimits {
        limits: Limits,
        reply: Reply<()>,
    },
    Diagnosis(Reply<Diagnosis>),
    WatchDiagnosis(Reply<watch::Receiver<Diagnosis>>),
    Receipt {
        order_no: OrderNo,
        reply: Reply<ReceiptFile>,
    },
    TakeCash {
        order_no: OrderNo,
        reply: Reply<SaleView>,
    },
    Scan {
        order_no: OrderNo,
        attempt: Option<AttemptNo>,
        code: AuthCode,
        reply: Reply<SaleView>,
    },
    Refund {
        order_no: OrderNo,
        refund_no: RefundNo,
        wish: NewRefundWish,
        reply: Reply<SaleView>,
    },
    DecideRefund {
        order_no: OrderNo,
        refund_no: RefundNo,
        approve: bool,
        reason: Option<RefundReason>,
        reply: Reply<SaleView>,
    },
    AcceptLateMoney {
        order_no: OrderNo,
        channel: String,
        transaction_id: String,
        reply: Reply<SaleView>,
    },
    People(Reply<People>),
    SignIn {
        person: StaffId,
        pin: Pin,
        reply: Reply<Session>,
    },
    SignOut(Reply<()>),
    OpenShift {
        float: i64,
        reply: Reply<Shift>,
    },
    CloseShift {
        counted: Option<i64>,
        reply: Reply<Shift>,
    },
    Shifts {
        limit: u32,
        reply: Reply<Vec<Shift>>,
    },
    ShiftSlip {
        no: u32,
        paper: Paper,
        language: Language,
        reply: Reply<Vec<String>>,
    },
    ReceiptSlip {
        order_no: OrderNo,
        paper: Paper,
        language: Language,
        reply: Reply<Vec<String>>,
    },
    Close {
        done: oneshot::Sender<()>,
    },
}

/// Sends an answer to whoever still waits for it.
fn answer<T>(reply: Reply<T>, result: Result<T, TillError>) {
    let _ = reply.send(result);
}

impl Shell {
    pub(super) async fn perform(&mut self, command: Command) {
        match command {
            Command::Pair { link, name, reply } => self.pair(link, name, reply).await,
            Command::Pairing(reply) => answer(reply, Ok(self.till.pairing.clone())),
            Command::Charge { order_no, sale, reply } => {
                let rung_up = self.charge(order_no, &sale).await;
                answer(reply, rung_up);
            }
            Command::Sale { order_no, reply } => {
                let story = self.story(&order_no).await;
                answer(reply, story);
            }
            Command::Watch { order_no, reply } => {
                let view = self.view(&order_no).await;
                answer(reply, view.map(|view| self.watchers.watch(view)));
            }
            Command::WatchAll(reply) => answer(reply, Ok(self.watchers.watch_all())),
            Command::List { query, reply } => {
                let page = self.list(query).await;
                answer(reply, page);
            }
            Command::Day { date, reply } => {
                let day = self.day(date).await;
                answer(reply, day);
            }
            Command::DayFromBackend { date, reply } => self.ask_day(date, reply),
            Command::Reconciliation { date, reply } => self.ask_reconciliation(date, reply),
            Command::SettleFinding { date, finding, reason, reply } => {
                self.settle_finding(date, finding, reason, reply).await;
            }
            Command::Cancel { order_no, attempt, reply } => {
                let done = self.wish(&order_no, Event::Cancel(attempt)).await;
                answer(reply, done);
            }
            Command::Refresh { order_no, attempt, reply } => {
                let done = self.wish(&order_no, Event::Refresh(attempt)).await;
                answer(reply, done);
            }
            Command::DecideDraft { order_no, choice, reply } => {
                let done = match choice {
                    DraftChoice::Send => self.wish(&order_no, Event::Release).await,
                    DraftChoice::Drop { reason } => match dropping(&reason) {
                        Ok(event) => self.wish(&order_no, event).await,
                        Err(error) => Err(error),
                    },
                };
                answer(reply, done);
            }
            Command::CheckNow { order_no, reply } => self.check_now(order_no, reply).await,
            Command::Acknowledge { key, aloud, reply } => {
                let mut staged = self.stage();
                let known = self.results.borrow().iter().any(|result| result.key == key);
                if known {
                    self.stage_till_fact(&mut staged, TillFact::Acknowledged { key, silent: !aloud });
                }
                let done = self.commit(staged).await.map(|_| ()).map_err(TillError::from);
                answer(reply, done);
            }
            Command::Announcements(reply) => answer(reply, Ok(self.announcements())),
            Command::SetAnnouncing { announcing, reply } => {
                self.announcing = announcing;
                answer(reply, Ok(()));
            }
            Command::Foreground { in_front, reply } => {
                self.set_foreground(in_front);
                answer(reply, Ok(()));
            }
            Command::OnScreen { order_no, reply } => {
                self.book.on_screen = order_no;
                self.replan();
                answer(reply, Ok(()));
            }
            Command::Network { there, reply } => {
                self.set_network(there);
                answer(reply, Ok(()));
            }
            Command::SetLimits { limits, reply } => {
                self.limits = limits;
                answer(reply, Ok(()));
            }
            Command::Diagnosis(reply) => answer(reply, Ok(self.diagnosis())),
            Command::WatchDiagnosis(reply) => {
                let receiver = self.watch_diagnosis();
                answer(reply, Ok(receiver));
            }
            Command::Receipt { order_no, reply } => {
                let receipt = self.receipt(&order_no).await;
                answer(reply, receipt);
            }
            Command::TakeCash { order_no, reply } => {
                let done = self.take_cash(&order_no).await;
                answer(reply, done);
            }
            Command::Scan { order_no, attempt, code, reply } => {
                let done = self.scan(&order_no, attempt, code).await;
                answer(reply, done);
            }
            Command::Refund { order_no, refund_no, wish, reply } => {
                let done = self.refund(&order_no, &refund_no, wish).await;
                answer(reply, done);
            }
            Command::DecideRefund { order_no, refund_no, approve, reason, reply } => {
                self.decide_refund(order_no, refund_no, approve, reason, reply).await;
            }
            Command::AcceptLateMoney { order_no, channel, transaction_id, reply } => {
                self.accept_late_money(order_no, channel, transaction_id, reply).await;
            }
            Command::People(reply) => self.ask_people(reply),
            Command::SignIn { person, pin, reply } => self.sign_in(person, pin, reply),
            Command::SignOut(reply) => {
                let done = self.sign_out().await;
                answer(reply, done);
            }
            Command::OpenShift { float, reply } => {
                let shift = self.open_shift(float).await;
                answer(reply, shift);
            }
            Command::CloseShift { counted, reply } => {
                let shift = self.close_shift(counted).await;
                answer(reply, shift);
            }
            Command::Shifts { limit, reply } => {
                let shifts = self.shifts(limit).await;
                answer(reply, shifts);
            }
            Command::ShiftSlip { no, paper, language, reply } => {
                let slip = self.shift_slip(no, paper, language).await;
                answer(reply, slip);
            }
            Command::ReceiptSlip { order_no, paper, language, reply } => {
                let slip = self.receipt_slip(&order_no, paper, language).await;
                answer(reply, slip);
            }
            Command::Close { done } => {
                // Taken care of before anything else; here only for completeness of the match.
                let _ = done.send(());
            }
        }
    }

    async fn pair(&mut self, link: Box<PairingLink>, name: DeviceName, reply: Reply<Pairing>) {
        if let Err(error) = self.check_link(&link) {
            return answer(reply, Err(error));
        }
        let mut staged = self.stage();
        self.stage_till_fact(&mut staged, TillFact::Pairing { url: link.url.clone() });
        match self.commit(staged).await {
            Ok(_) => self.start_pairing(link, name, reply),
            Err(error) => answer(reply, Err(error.into())),
        }
    }

    async fn charge(&mut self, order_no: OrderNo, sale: &NewSale) -> Result<SaleView, TillError> {
        let now = self.now();
        let pairing = self.pairing()?;
        let person = self.person();
        let body = sale.order(order_no.clone(), &pairing.bundle, now.server, now.trust, person.as_ref())?;
        if let Some(known) = self.find(&order_no).await? {
            if !sale.is_same(known.order().body(), &body) {
                let detail = format!("sale {} is another one already; take a new number", order_no.tail());
                return Err(TillError::state("conflict", detail));
            }
            return self.view(&order_no).await;
        }
        self.check_may_sell(body.amount)?;
        self.check_person()?;
        if sale.by_code {
            self.check_feature("charge", "this backend charges no payment codes")?;
        }
        if sale.in_cash {
            self.check_feature("cash", "this backend takes no cash")?;
        }
        let order = SignedOrder::sign(body, self.signer.as_ref()).map_err(|error| match error {
            SignOrderError::Field(error) => TillError::from(error),
            SignOrderError::Signer(error) => TillError::from(error),
        })?;
        let mut staged = self.stage();
        self.stage_rung_up(&mut staged, Sale::rung_up(order));
        if sale.in_cash {
            self.stage_event(&mut staged, &order_no, Event::Cash { staff: person });
        }
        self.book.on_screen = Some(order_no.clone());
        // On a road that works the call is written down together with the sale: one write, and it goes.
        let goes_now = self.book.may_send && self.book.network && !self.book.link().is_down();
        if goes_now {
            self.stage_event(&mut staged, &order_no, Event::Turn);
        }
        let call = self.commit(staged).await?;
        match call {
            Some(call) => self.start_call(&order_no, call),
            None => self.book.hurry(Some(&order_no), now),
        }
        self.replan();
        self.view(&order_no).await
    }

    /// Whether the backend can do something; until it has said what it can, it is asked.
    pub(super) fn has_feature(&self, name: &str) -> bool {
        self.server.as_ref().is_none_or(|server| server.features.iter().any(|one| one == name))
    }

    fn check_may_sell(&self, amount: i64) -> Result<(), TillError> {
        if !self.has_feature("orders") {
            return Err(TillError::state("feature_missing", "this backend takes no orders"));
        }
        // A full disk may have room again: that shows when the sale is written.
        if let Some(fault) = self.fault.as_ref().filter(|fault| fault.is_damage()) {
            return Err(fault.clone().into());
        }
        if let Some(code) = &self.till.read_only {
            let detail = format!("the backend does not take sales of this device ({code}); pair it again");
            return Err(TillError::state("read_only", detail));
        }
        let (count, sum) = self.book.unproven();
        let device =
            self.till.pairing.as_ref().map_or(u32::MAX, |pairing| pairing.bundle.limits.open_orders_max);
        let count_max = self.limits.unproven_count_max.min(device);
        if count >= count_max || sum.saturating_add(amount) > self.limits.unproven_sum_max {
            let detail = format!(
                "{count} sales of {sum} minor units together are not proven yet; at most {count_max} of {} may be; \
                 wait for them or cancel some",
                self.limits.unproven_sum_max
            );
            return Err(TillError::state("too_many_unproven", detail));
        }
        Ok(())
    }

    /// A person's wish about a sale, durable when this returns.
    pub(super) async fn wish(&mut self, order_no: &OrderNo, event: Event) -> Result<SaleView, TillError> {
        if !self.load(order_no).await? {
            return Err(TillError::not_found());
        }
        if let Some(refused) = self.happened(order_no, event).await? {
            return Err(refused.into());
        }
        self.book.hurry(Some(order_no), self.now());
        self.view(order_no).await
    }

    async fn check_now(&mut self, order_no: OrderNo, reply: Reply<SaleView>) {
        match self.load(&order_no).await {
            Ok(true) => {}
            Ok(false) => return answer(reply, Err(TillError::not_found())),
            Err(error) => return answer(reply, Err(error.into())),
        }
        if !self.book.may_send || !self.book.network {
            let detail = "there is no network, or the till is not paired any more";
            return answer(reply, Err(TillError::unreachable(detail)));
        }
        self.waiting.entry(order_no.clone()).or_default().push(reply);
        let now = self.now();
        let Some(line) = self.book.line(&order_no) else { return };
        if line.is_busy() {
            // One question at a time: this one goes when that one has ended.
            self.check_wanted.insert(order_no);
        } else if line.sale.waits_for_person(now.server) {
            let view = self.view(&order_no).await;
            for reply in self.waiting.remove(&order_no).unwrap_or_default() {
                answer(reply, view.clone());
            }
        } else if line.sale.pending().is_some() {
            self.book.hurry(Some(&order_no), now);
        } else {
            self.book.hurry(None, now);
            self.start_check(&order_no);
        }
    }

    fn announcements(&self) -> Vec<Announcement> {
        let zone = self.till.pairing.as_ref().map_or(0, |pairing| pairing.bundle.merchant.utc_offset_minutes);
        let now = self.server_now();
        let announcement = |result: &MoneyResult| Announcement {
            result: result.clone(),
            aloud: self.announcing.says(result, now, zone),
        };
        self.results.borrow().iter().map(announcement).collect()
    }

    fn set_foreground(&mut self, in_front: bool) {
        let came_back = in_front && !self.book.foreground;
        self.book.foreground = in_front;
        if !in_front {
            self.let_stream_go();
        }
        if came_back {
            self.come_back();
        }
        self.replan();
    }

    fn set_network(&mut self, there: bool) {
        self.book.network = there;
        if there {
            // Another network may come without the old one having gone: its connections would only hang.
            self.transport.network_changed();
            self.let_stream_go();
            self.come_back();
        } else {
            self.let_stream_go();
        }
        self.replan();
    }

    fn come_back(&mut self) {
        let entropy = self.entropy.clone();
        self.book.return_from_nowhere(self.now(), || random::<1>(entropy.as_ref())[0]);
        self.back_on_the_road();
    }

    pub(super) fn replan(&mut self) {
        let entropy = self.entropy.clone();
        self.book.plan_all(self.now(), || random::<1>(entropy.as_ref())[0]);
    }

    /// A sale, from hand or from its entries.
    async fn find(&mut self, order_no: &OrderNo) -> Result<Option<Sale>, StorageError> {
        if let Some(line) = self.book.line(order_no) {
            return Ok(Some(line.sale.clone()));
        }
        Ok(self.read_sale(order_no).await?.map(|folded| folded.sale))
    }

    pub(super) async fn view(&mut self, order_no: &OrderNo) -> Result<SaleView, TillError> {
        match self.view_in_hand(order_no) {
            Some(view) => Ok(view),
            None => {
                let folded = self.read_sale(order_no).await?.ok_or_else(TillError::not_found)?;
                Ok(self.view_of(&folded))
            }
        }
    }

    fn view_of(&self, folded: &Folded) -> SaleView {
        let live = self.is_live();
        let line = self.book.line(folded.sale.order_no());
        let (sale, heard_at) =
            line.map_or((&folded.sale, folded.heard_at), |line| (&line.sale, line.heard_at));
        let view = sale.view(live, self.now(), heard_at, line.and_then(|line: &Line| line.trouble.clone()));
        self.allowed(view)
    }

    async fn story(&mut self, order_no: &OrderNo) -> Result<SaleStory, TillError> {
        let folded = self.read_sale(order_no).await?.ok_or_else(TillError::not_found)?;
        let sale = self.view_of(&folded);
        let word = |record: &crate::journal::SaleRecord| {
            let value = serde_json::to_value(&record.fact).unwrap_or_default();
            value["what"].as_str().unwrap_or("unknown").to_owned()
        };
        Ok(SaleStory {
            sale,
            history: folded.history.iter().map(|record| (record.at, word(record))).collect(),
        })
    }

    async fn list(&mut self, query: PageQuery) -> Result<Page, TillError> {
        let limit = query.limit.unwrap_or(PAGE_SALES);
        if !(1..=PAGE_SALES_MAX).contains(&limit) {
            return Err(TillError::field("limit", format!("must be 1 to {PAGE_SALES_MAX}")));
        }
        let tail = query.tail.map(|tail| tail.trim().to_ascii_uppercase());
        if tail.as_ref().is_some_and(|tail| !(1..=26).contains(&tail.len()) || !tail.is_ascii()) {
            return Err(TillError::field("tail", "must be the last 1 to 26 characters of a sale's number"));
        }
        let (made_from, made_until) = match query.date {
            None => (None, None),
            Some(date) => {
                let (from, until) = self.day_span(&date)?;
                (Some(from), Some(until))
            }
        };
        let (after, filter) = (query.after, query.filter);
        let mut query = ListQuery { after, filter, tail, made_from, made_until, limit: limit + 1 };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut sales = Vec::new();
        loop {
            let of_page = query.clone();
            let rows = self.desk.run(move |storage| storage.list(&of_page)).await?;
            for row in &rows {
                if sales.len() == limit && !filter.is_some_and(ListFilter::is_seen_in_sale) {
                    return Ok(Page { sales, more: true, heard_at: self.heard_at });
                }
                let view = self.view(&row.order_no).await?;
                let is_wanted = filter.is_none_or(|filter| filter.holds(&view));
                if is_wanted && sales.len() == limit {
                    return Ok(Page { sales, more: true, heard_at: self.heard_at });
                }
                sales.extend(is_wanted.then_some(view));
            }
            if rows.len() <= limit {
                return Ok(Page { sales, more: false, heard_at: self.heard_at });
            }
            query.after = rows.last().map(|row| row.order_no.clone());
        }
    }

    /// The day of that name, or today's, in the merchant's zone.
    pub(super) fn day_named(&self, date: Option<String>) -> Result<(String, i32), TillError> {
        let zone = self.pairing()?.bundle.merchant.utc_offset_minutes;
        let date = date.unwrap_or_else(|| self.server_now().date(zone));
        Time::day_start(&date, zone)
            .map_err(|_| TillError::field("date", "must be a day such as 2026-08-01"))?;
        Ok((date, zone))
    }

    /// From when until when a day of the merchant's is.
    pub(super) fn day_span(&self, date: &str) -> Result<(Time, Time), TillError> {
        let (date, zone) = self.day_named(Some(date.to_owned()))?;
        let from = Time::day_start(&date, zone).map_err(|error| TillError::field("date", error))?;
        Ok((from, from.plus_ms(24 * 3_600_000)))
    }

    async fn receipt(&mut self, order_no: &OrderNo) -> Result<ReceiptFile, TillError> {
        let sale = self.find(order_no).await?.ok_or_else(TillError::not_found)?;
        let receipt = sale.receipts().next().or_else(|| sale.takings().next());
        let receipt = receipt.ok_or_else(no_receipt)?;
        self.pairing()?;
        let keys = self.keys.first().ok_or_else(no_receipt)?;
        Ok(ReceiptFile {
            merchant: keys.merchant().clone(),
            receipt: receipt.jws().clone(),
            keys: keys.jws().clone(),
            root: keys.root(),
        })
    }

    async fn receipt_slip(
        &mut self,
        order_no: &OrderNo,
        paper: Paper,
        language: Language,
    ) -> Result<Vec<String>, TillError> {
        let sale = self.find(order_no).await?.ok_or_else(TillError::not_found)?;
        let receipt = sale.receipts().next().or_else(|| sale.takings().next());
        let receipt = receipt.ok_or_else(no_receipt)?;
        let bundle = &self.pairing()?.bundle;
        let print = Print { paper, language, utc_offset_minutes: bundle.merchant.utc_offset_minutes };
        Ok(slip::receipt(receipt, sale.order().body(), &bundle.store.name, print))
    }

    pub(super) fn pairing(&self) -> Result<&Pairing, TillError> {
        let not_paired = || {
            TillError::state("not_paired", "this till is not paired with a backend yet; pair it by a link")
        };
        self.till.pairing.as_ref().ok_or_else(not_paired)
    }

    fn watch_diagnosis(&mut self) -> watch::Receiver<Diagnosis> {
        let diagnosis = self.diagnosis();
        let sender = self.diagnoses.get_or_insert_with(|| watch::Sender::new(diagnosis.clone()));
        sender.send_replace(diagnosis);
        sender.subscribe()
    }

    /// Shows how the till is to whoever watches that; nothing is reckoned while nobody does.
    pub(super) fn show_diagnosis(&mut self) {
        let Some(sender) = self.diagnoses.take_if(|sender| sender.receiver_count() > 0) else {
            self.diagnoses = None;
            return;
        };
        let newest = self.diagnosis();
        sender.send_if_modified(|shown| {
            let changed = shown.differs(&newest);
            *shown = newest;
            changed
        });
        self.diagnoses = Some(sender);
    }

    fn diagnosis(&self) -> Diagnosis {
        let now: Now = self.now();
        let pairing = self.till.pairing.as_ref();
        let (unproven_count, unproven_sum) = self.book.unproven();
        let wall_ahead_ms = self.server_clock.wall_ahead_ms(now.mono_ms, self.clock.wall());
        Diagnosis {
            device: pairing.map(|pairing| pairing.bundle.device.clone()),
            merchant: pairing.map(|pairing| pairing.bundle.merchant.id.clone()),
            merchant_name: pairing.map(|pairing| pairing.bundle.merchant.name.clone()),
            store_name: pairing.map(|pairing| pairing.bundle.store.name.clone()),
            currency: pairing.map(|pairing| pairing.bundle.merchant.currency),
            live: pairing.map(|pairing| pairing.bundle.merchant.live),
            backend: pairing.map(|pairing| pairing.url.clone()),
            read_only: self.till.read_only.clone(),
            network: self.book.network,
            unreachable: self.book.link().is_down(),
            last_trouble: self.last_trouble.clone(),
            stream_alive: self.book.stream_alive,
            heard_at: self.heard_at,
            server_time: now.server,
            wall_ahead_ms,
            clock_warning: wall_ahead_ms.is_some_and(|ahead| ahead.abs() > CLOCK_WARNING_MS),
            epoch: self.till.epoch,
            features: self.server.as_ref().map(|server| server.features.clone()).unwrap_or_default(),
            unproven_count,
            unproven_sum,
            drafts_waiting: self.book.drafts_waiting(now),
            results_waiting: self.results.borrow().len(),
            person: self.session().cloned(),
            sign_in_required: self.till.sign_in_required,
            journal_entries: self.head.entries,
            key_fault_code: self.key_fault,
            storage_fault: self.fault.as_ref().map(ToString::to_string),
            storage_fault_code: self.fault.as_ref().map(StorageError::code),
            storage_checked: self.checked && self.fault.is_none(),
            regressions: self.regressions,
            unverified: self.unverified,
        }
    }
}

/// A draft is dropped only with a reason that can be read later.
fn dropping(reason: &str) -> Result<Event, TillError> {
    let reason: Note = reason.trim().parse().map_err(|error| TillError::field("reason", error))?;
    Ok(Event::Drop { reason: reason.to_string() })
}

fn no_receipt() -> TillError {
    TillError::state("no_receipt", "the sale has no receipt: it is not paid")
}
