//! The till as an app sees it: a handle whose calls send a command to the till's own task and wait for its word. Dropping a
//! waiting call loses nothing but the waiting.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use saoma_contract::{
    AttemptNo, AuthCode, Day, DeviceSigner, OrderNo, PairingLink, People, Pin, Reconciliation, RefundNo,
    Session, Time,
};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};

use crate::announcing::{Announcement, Announcing};
use crate::clock::{Clock, ServerStart};
use crate::day::{LocalDay, Shift};
use crate::diagnosis::Diagnosis;
use crate::entropy::{Entropy, random};
use crate::error::TillError;
use crate::export;
use crate::new_sale::{NewRefundWish, NewSale};
use crate::pairing::{Pairing, check_address};
use crate::receipt::ReceiptFile;
use crate::result::MoneyResult;
use crate::sale::SaleView;
use crate::shell::{Command, Reply, Shell};
use crate::slip::Paper;
use crate::store::{ListFilter, StorageOn};
use crate::transport::Transport;
use crate::watch::AllSales;
use crate::wording::Language;

/// What a till is made of; each part can be replaced, by a phone's own or by a simulation's.
pub struct Parts {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way to the backend.
    pub transport: Arc<dyn Transport>,
    /// The device's key.
    pub signer: Arc<dyn DeviceSigner>,
    /// Storage, and where it works.
    pub storage: StorageOn,
}

/// What an app allows to be open at once. The backend and the device's rights have limits of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Most sales that are not proven paid or closed, drafts included.
    pub unproven_count_max: u32,
    /// Most minor units in them.
    pub unproven_sum_max: i64,
}

impl Default for Limits {
    /// A hundred sales, and a hundred thousand yuan.
    fn default() -> Self {
        Self { unproven_count_max: 100, unproven_sum_max: 10_000_000 }
    }
}

/// How a till is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What may be open at once.
    pub limits: Limits,
    /// What is said aloud.
    pub announcing: Announcing,
    /// A person says that the device's key is lost and the till goes on with another: its records can be read, and it sells
    /// again once it is paired with the new key. Without this a till does not open with another key than its own.
    pub key_was_lost: bool,
}

/// A part of the list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// Go on after this sale: the last of the page before.
    pub after: Option<OrderNo>,
    /// Only sales of this kind.
    pub filter: Option<ListFilter>,
    /// Only sales whose number ends so; letters in either case.
    pub tail: Option<String>,
    /// Only sales rung up on this day of the merchant's, as `2026-08-01`.
    pub date: Option<String>,
    /// At most so many, 1 to 100; 50 if absent.
    pub limit: Option<u32>,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// Sales, newest first. Each says how old its knowledge is.
    pub sales: Vec<SaleView>,
    /// Whether there are more.
    pub more: bool,
    /// When the backend last answered anything at all; none if never since the start.
    pub heard_at: Option<Time>,
}

/// A sale with all that happened to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaleStory {
    /// The sale.
    #[serde(flatten)]
    pub sale: SaleView,
    /// What happened, oldest first: when, and a word such as `rung_up` or `told`.
    pub history: Vec<(Time, String)>,
}

const DAY_MS: i64 = 24 * 3_600_000;

/// How far the time in a number may be ahead of the clock for the sake of their order. A clock that was wrong by more is corrected.
const NUMBER_AHEAD_MS_MAX: u64 = 60_000;

/// The most days of one table.
const DAYS_MAX: i64 = 366;

/// What a person decides about an old draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftChoice {
    /// It goes out after all.
    Send,
    /// It is given up.
    Drop {
        /// Why, for the record; not empty.
        reason: String,
    },
}

/// A till. Clones share it; it ends with [`close`](Self::close) or when the last clone is dropped.
#[derive(Clone)]
pub struct Till {
    commands: mpsc::Sender<Command>,
    results: watch::Receiver<Vec<MoneyResult>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    server_start: Arc<ServerStart>,
    /// The time in the newest number made.
    numbered_ms: Arc<AtomicU64>,
}

impl Till {
    /// Opens a till on its storage: everything as it was when it last stopped, however it stopped. It works on the tokio
    /// runtime that this is called in.
    ///
    /// # Errors
    /// If a setting is wrong, the records belong to another device key (`other_key`), or the storage cannot be used, or is damaged beyond what its checks accept.
    pub async fn open(parts: Parts, settings: Settings) -> Result<Self, TillError> {
        settings.announcing.check()?;
        let (clock, entropy) = (parts.clock.clone(), parts.entropy.clone());
        let (commands, queue) = mpsc::channel(64);
        let (shell, results) = Shell::open(parts, settings, queue).await?;
        let server_start = shell.server_start();
        tokio::spawn(shell.run());
        Ok(Self { commands, results, clock, entropy, server_start, numbered_ms: Arc::default() })
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, TillError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| TillError::Closed)?;
        answer.await.map_err(|_| TillError::Closed)?
    }

    /// Pairs this till with a merchant's backend by a link. Repeating it with the same link does no harm.
    ///
    /// # Errors
    /// If the link is wrong, refused or ended, the backend cannot be reached, or it is another merchant than before.
    pub async fn pair(&self, link: &str, device_name: &str) -> Result<Pairing, TillError> {
        let link: PairingLink = link.parse().map_err(|error| TillError::field("link", error))?;
        check_address(&link)?;
        let name = device_name.parse().map_err(|error| TillError::field("device_name", error))?;
        self.ask(|reply| Command::Pair { link: Box::new(link), name, reply }).await
    }

    /// The pairing, if there is one.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn pairing(&self) -> Result<Option<Pairing>, TillError> {
        self.ask(Command::Pairing).await
    }

    /// A number for a sale. Ask once, when the sale screen opens; every tap on its button then means the same sale.
    pub fn new_order_no(&self) -> OrderNo {
        if saoma_contract::planted("number-reused") {
            return OrderNo::new(self.number_ms() / 600_000 * 600_000, [0; 10]);
        }
        OrderNo::new(self.number_ms(), random(self.entropy.as_ref()))
    }

    /// The server's time, so that numbers sort as they were made, whatever the phone's clock says; later than in the number
    /// before, also within one millisecond and where that time is set back a little.
    fn number_ms(&self) -> u64 {
        let time = self.server_start.now(self.clock.monotonic_ms()).unwrap_or_else(|| self.clock.wall());
        let now_ms = u64::try_from(time.unix_ms()).unwrap_or(0);
        let next = |last_ms: u64| match last_ms.checked_sub(now_ms) {
            Some(ahead_ms) if ahead_ms < NUMBER_AHEAD_MS_MAX => last_ms + 1,
            _ => now_ms,
        };
        let last_ms = self.numbered_ms.fetch_update(Relaxed, Relaxed, |last_ms| Some(next(last_ms)));
        next(last_ms.unwrap_or_else(|last_ms| last_ms))
    }

    /// Rings up a sale and returns once it is durable; sending goes on by itself. The same number with the same content is
    /// the same sale.
    ///
    /// # Errors
    /// If a field is wrong, the number was used for another content, a limit is reached, the till is not paired or may
    /// not sell, or the storage is full or damaged. Nothing has then changed.
    pub async fn charge(&self, order_no: &OrderNo, sale: NewSale) -> Result<SaleView, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::Charge { order_no, sale: Box::new(sale), reply }).await
    }

    /// A sale with its history.
    ///
    /// # Errors
    /// If there is none of that number.
    pub async fn sale(&self, order_no: &OrderNo) -> Result<SaleStory, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::Sale { order_no, reply }).await
    }

    /// Watches one sale. The receiver always holds its latest state.
    ///
    /// # Errors
    /// If there is none of that number.
    pub async fn watch(&self, order_no: &OrderNo) -> Result<watch::Receiver<SaleView>, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::Watch { order_no, reply }).await
    }

    /// Watches every sale.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn watch_all(&self) -> Result<AllSales, TillError> {
        self.ask(Command::WatchAll).await
    }

    /// A page of sales, newest first.
    ///
    /// # Errors
    /// If a field of the query is wrong or the storage fails.
    pub async fn list(&self, query: PageQuery) -> Result<Page, TillError> {
        self.ask(|reply| Command::List { query, reply }).await
    }

    /// Sales whose number ends so, newest first: what people read to each other.
    ///
    /// # Errors
    /// If the tail is empty or too long.
    pub async fn search(&self, tail: &str) -> Result<Page, TillError> {
        self.list(PageQuery { tail: Some(tail.to_owned()), ..PageQuery::default() }).await
    }

    /// What this till took on a day, by its own receipts; `date` as `2026-08-01` in the merchant's zone, today if absent.
    ///
    /// # Errors
    /// If the date is none, or the till is not paired.
    pub async fn day(&self, date: Option<&str>) -> Result<LocalDay, TillError> {
        let date = date.map(str::to_owned);
        self.ask(|reply| Command::Day { date, reply }).await
    }

    /// What the merchant took on a day, by the backend's account; today if absent.
    ///
    /// # Errors
    /// If the date is none, or the backend cannot be reached or refuses.
    pub async fn day_from_backend(&self, date: Option<&str>) -> Result<Day, TillError> {
        let date = date.map(str::to_owned);
        self.ask(|reply| Command::DayFromBackend { date, reply }).await
    }

    /// How a day's books agree with the channel's bill, by the backend's account; yesterday if absent, which is the last day
    /// that may have a bill. At most 200 findings are told, those first that nobody settled; all are counted.
    ///
    /// # Errors
    /// If the date is none, the backend keeps no such account or cannot be reached, or whoever asks is no manager of all
    /// stores (`forbidden`).
    pub async fn reconciliation(&self, date: Option<&str>) -> Result<Reconciliation, TillError> {
        let date = date.map(str::to_owned);
        self.ask(|reply| Command::Reconciliation { date, reply }).await
    }

    /// A manager explains a finding of a day; waits for the backend's answer, which is the day as it is then. Nothing else is
    /// changed by it, and saying the same again does no harm.
    ///
    /// # Errors
    /// If a field is wrong, there is no such finding, it was settled with another reason (`other_bytes`), or the backend
    /// refuses or cannot be reached.
    pub async fn settle_finding(
        &self,
        date: &str,
        finding: &str,
        reason: &str,
    ) -> Result<Reconciliation, TillError> {
        let finding = finding.parse().map_err(|error| TillError::field("finding", error))?;
        let reason = reason.trim().parse().map_err(|error| TillError::field("reason", error))?;
        let date = date.to_owned();
        self.ask(|reply| Command::SettleFinding { date, finding, reason, reply }).await
    }

    /// Ends a sale after this attempt; returns once that is durable. Its code leaves the screen at once; it reads "closing"
    /// until the end is proven. One that surely never left is dropped on the spot.
    ///
    /// # Errors
    /// If it is paid, or the attempt is not its last.
    pub async fn cancel(&self, order_no: &OrderNo, attempt: AttemptNo) -> Result<SaleView, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::Cancel { order_no, attempt, reply }).await
    }

    /// Ends this attempt and opens the next, with a fresh code; returns once that is durable. Repeating it with the same
    /// attempt changes nothing.
    ///
    /// # Errors
    /// If it is paid, has ended, or the attempt is not its last.
    pub async fn refresh(&self, order_no: &OrderNo, attempt: AttemptNo) -> Result<SaleView, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::Refresh { order_no, attempt, reply }).await
    }

    /// Has the backend ask the channel about a sale now, and waits for its answer.
    ///
    /// # Errors
    /// If there is none of that number, or the backend cannot be reached.
    pub async fn check_now(&self, order_no: &OrderNo) -> Result<SaleView, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::CheckNow { order_no, reply }).await
    }

    /// Writes down that the sale's amount was taken in cash; durable when this returns, also without a network. Its code
    /// leaves the screen and its close is asked for; until that is proven it reads "cash, code may still be paid".
    ///
    /// # Errors
    /// If it is paid already, has ended, or is frozen.
    pub async fn take_cash(&self, order_no: &OrderNo) -> Result<SaleView, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::TakeCash { order_no, reply }).await
    }

    /// Charges the customer's payment code, which was scanned as text, after the attempt that the screen shows
    /// (`SaleView.last_attempt`). The code is held in memory for this one call and written nowhere; if the outcome is
    /// unknown, it is asked for and never charged again. A code that was scanned before the backend has the order waits
    /// up to half a minute for that.
    ///
    /// # Errors
    /// If it is no payment code, there is no network, the sale is paid, in cash, has ended, is being charged, or the
    /// attempt is not its last. Nothing was then charged.
    pub async fn scan(
        &self,
        order_no: &OrderNo,
        attempt: Option<AttemptNo>,
        code: String,
    ) -> Result<SaleView, TillError> {
        let code = AuthCode::new(code).map_err(|error| TillError::field("code", error))?;
        let order_no = order_no.clone();
        self.ask(|reply| Command::Scan { order_no, attempt, code, reply }).await
    }

    /// A number for a refund. Ask once, when the refund sheet opens; every tap on its button then means the same refund.
    pub fn new_refund_no(&self) -> RefundNo {
        RefundNo::new(self.number_ms(), random(self.entropy.as_ref()))
    }

    /// Asks for money back and returns once that is durable; bringing it to the backend goes on by itself. It may wait for
    /// a manager, and is done only when a verified statement says so.
    ///
    /// # Errors
    /// If a field is wrong, there is no such payment, more is asked than is left of it, it has had its fifty parts or is
    /// older than a year, or the number stands for another refund. Nothing has then changed.
    pub async fn refund(
        &self,
        order_no: &OrderNo,
        refund_no: &RefundNo,
        refund: NewRefundWish,
    ) -> Result<SaleView, TillError> {
        let (order_no, refund_no) = (order_no.clone(), refund_no.clone());
        self.ask(|reply| Command::Refund { order_no, refund_no, wish: refund, reply }).await
    }

    /// A manager says yes or no to a refund that waits for it; waits for the backend's answer. Saying the same again does no
    /// harm.
    ///
    /// # Errors
    /// If the reason is wrong, or the backend refuses or cannot be reached.
    pub async fn decide_refund(
        &self,
        order_no: &OrderNo,
        refund_no: &RefundNo,
        approve: bool,
        reason: Option<&str>,
    ) -> Result<SaleView, TillError> {
        let reason = reason.map(str::parse).transpose().map_err(|error| TillError::field("reason", error))?;
        let (order_no, refund_no) = (order_no.clone(), refund_no.clone());
        self.ask(|reply| Command::DecideRefund { order_no, refund_no, approve, reason, reply }).await
    }

    /// A manager keeps late money; waits for the backend's answer. To give it back instead, [`refund`](Self::refund) the rest
    /// of it.
    ///
    /// # Errors
    /// If the number is none, or the backend refuses or cannot be reached.
    pub async fn accept_late_money(
        &self,
        order_no: &OrderNo,
        channel: &str,
        transaction_id: &str,
    ) -> Result<SaleView, TillError> {
        let is_number = (1..=64).contains(&transaction_id.len())
            && transaction_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_number {
            return Err(TillError::field("transaction_id", "must be 1 to 64 letters and digits"));
        }
        let (order_no, channel) = (order_no.clone(), channel.to_owned());
        let transaction_id = transaction_id.to_owned();
        self.ask(|reply| Command::AcceptLateMoney { order_no, channel, transaction_id, reply }).await
    }

    /// Who may sign in on this device, and whether anyone must; from the backend.
    ///
    /// # Errors
    /// If the backend keeps no people, refuses or cannot be reached.
    pub async fn people(&self) -> Result<People, TillError> {
        self.ask(Command::People).await
    }

    /// Signs a person in by PIN, which goes to the backend and is kept nowhere. Another person who was signed in is not any
    /// more; open sales go on.
    ///
    /// # Errors
    /// If the PIN is wrong (`tries_left` says how often it may be tried) or locked (`retry_after_s` says how long), or the
    /// backend cannot be reached.
    pub async fn sign_in(&self, person: &str, pin: String) -> Result<Session, TillError> {
        let person = person.parse().map_err(|error| TillError::field("person", error))?;
        let pin = Pin::try_from(pin).map_err(|error| TillError::field("pin", error))?;
        self.ask(|reply| Command::SignIn { person, pin, reply }).await
    }

    /// Signs out whoever is signed in, at once and also without a network.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub async fn sign_out(&self) -> Result<(), TillError> {
        self.ask(Command::SignOut).await
    }

    /// Decides about a draft that became too old to go out by itself.
    ///
    /// # Errors
    /// If it is no draft any more.
    pub async fn decide_draft(&self, order_no: &OrderNo, choice: DraftChoice) -> Result<SaleView, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::DecideDraft { order_no, choice, reply }).await
    }

    /// Results about money that people have not been told yet, oldest first.
    pub fn results(&self) -> Vec<MoneyResult> {
        self.results.borrow().clone()
    }

    /// The same, to wait for changes on.
    pub fn watch_results(&self) -> watch::Receiver<Vec<MoneyResult>> {
        self.results.clone()
    }

    /// Says that people were told of a result: it never comes again.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub async fn acknowledge(&self, key: &str) -> Result<(), TillError> {
        let key = key.to_owned();
        self.ask(|reply| Command::Acknowledge { key, aloud: true, reply }).await
    }

    /// Says that people were shown a result while the till was quiet about it: it never comes again, and the journal says
    /// that it was not said aloud.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub async fn acknowledge_shown(&self, key: &str) -> Result<(), TillError> {
        let key = key.to_owned();
        self.ask(|reply| Command::Acknowledge { key, aloud: false, reply }).await
    }

    /// Results that people have not been told yet, oldest first, each with whether it is to be said aloud now.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn announcements(&self) -> Result<Vec<Announcement>, TillError> {
        self.ask(Command::Announcements).await
    }

    /// Sets quiet hours and the least amount that is said aloud, until the till is closed.
    ///
    /// # Errors
    /// If one is wrong.
    pub async fn set_announcing(&self, announcing: Announcing) -> Result<(), TillError> {
        announcing.check()?;
        self.ask(|reply| Command::SetAnnouncing { announcing, reply }).await
    }

    /// Says whether the app is in front. In the background the stream is let go and questions are few.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn foreground(&self, in_front: bool) -> Result<(), TillError> {
        self.ask(|reply| Command::Foreground { in_front, reply }).await
    }

    /// Says which sale's code people look at; it is asked about most often and goes first.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn on_screen(&self, order_no: Option<OrderNo>) -> Result<(), TillError> {
        self.ask(|reply| Command::OnScreen { order_no, reply }).await
    }

    /// Says whether the phone has a network. Also worth saying when it changes from one to another.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn network(&self, there: bool) -> Result<(), TillError> {
        self.ask(|reply| Command::Network { there, reply }).await
    }

    /// Sets what may be open at once, until the till is closed.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn set_limits(&self, limits: Limits) -> Result<(), TillError> {
        self.ask(|reply| Command::SetLimits { limits, reply }).await
    }

    /// How the till is: its pairing, road, clock, storage.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn diagnosis(&self) -> Result<Diagnosis, TillError> {
        self.ask(Command::Diagnosis).await
    }

    /// Watches how the till is. The receiver always holds the latest, and tells of a change only where people are shown
    /// something else: not for a mere tick of time.
    ///
    /// # Errors
    /// If the till is closed.
    pub async fn watch_diagnosis(&self) -> Result<watch::Receiver<Diagnosis>, TillError> {
        self.ask(Command::WatchDiagnosis).await
    }

    /// The receipt of a paid sale, as a text that anyone can verify offline with [`verify_receipt`](crate::verify_receipt).
    ///
    /// # Errors
    /// If the sale has no receipt.
    pub async fn receipt(&self, order_no: &OrderNo) -> Result<ReceiptFile, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::Receipt { order_no, reply }).await
    }

    /// A paper slip for the customer of a paid sale, as plain lines of the paper's width.
    ///
    /// # Errors
    /// If the sale has no receipt.
    pub async fn receipt_slip(
        &self,
        order_no: &OrderNo,
        paper: Paper,
        language: Language,
    ) -> Result<Vec<String>, TillError> {
        let order_no = order_no.clone();
        self.ask(|reply| Command::ReceiptSlip { order_no, paper, language, reply }).await
    }

    /// The sales that were rung up on a day, newest first, as a table for spreadsheets: CSV by RFC 4180, UTF-8 with a byte
    /// order mark, times by the merchant's clock; today if no day is given.
    ///
    /// # Errors
    /// If the date is none, the till is not paired, or the storage fails.
    pub async fn sales_csv(&self, date: Option<&str>, language: Language) -> Result<String, TillError> {
        let LocalDay { date, utc_offset_minutes, .. } = self.day(date).await?;
        let mut table = export::sales_table(language, utc_offset_minutes);
        let mut after = None;
        // Page by page, so that the till does its work in between.
        loop {
            let query = PageQuery {
                after: after.take(),
                date: Some(date.clone()),
                limit: Some(100),
                ..PageQuery::default()
            };
            let page = self.list(query).await?;
            page.sales.iter().for_each(|sale| export::add_sale(&mut table, sale));
            after = page.sales.last().map(|sale| sale.order_no.clone());
            if !page.more {
                return Ok(table.into_text());
            }
        }
    }

    /// The days from one to another, both counted, as a table for spreadsheets like [`sales_csv`](Self::sales_csv)'s: what
    /// this till itself took. At most 366 days.
    ///
    /// # Errors
    /// If a date is none, the last is before the first or too far after it, or the till is not paired.
    pub async fn days_csv(&self, from: &str, until: &str, language: Language) -> Result<String, TillError> {
        let first = self.day(Some(from)).await?;
        let zone = first.utc_offset_minutes;
        let start = |field: &str, date: &str| {
            Time::day_start(date, zone).map_err(|error| TillError::field(field, error))
        };
        let (begin, end) = (start("date", from)?, start("until", until)?);
        let days = end.ms_since(begin).div_euclid(DAY_MS);
        if !(0..DAYS_MAX).contains(&days) {
            return Err(TillError::field(
                "until",
                format!("must be 0 to {} days after the first day", DAYS_MAX - 1),
            ));
        }
        let mut table = export::days_table(language, zone);
        for day in 0..=days {
            let date = begin.plus_ms(day * DAY_MS).date(zone);
            export::add_day(&mut table, &self.day(Some(&date)).await?);
        }
        Ok(table.into_text())
    }

    /// Opens a shift with so many minor units of cash in the drawer; also without a network.
    ///
    /// # Errors
    /// If one is open, or the amount is wrong.
    pub async fn open_shift(&self, float: i64) -> Result<Shift, TillError> {
        self.ask(|reply| Command::OpenShift { float, reply }).await
    }

    /// Closes the open shift: its summary goes into the journal and is sealed there. Whatever is learned later is appended
    /// to it. `counted` is the cash in the drawer, if it was counted.
    ///
    /// # Errors
    /// If none is open, or the amount is wrong.
    pub async fn close_shift(&self, counted: Option<i64>) -> Result<Shift, TillError> {
        self.ask(|reply| Command::CloseShift { counted, reply }).await
    }

    /// The last shifts, newest first, the open one before all; 1 to 100.
    ///
    /// # Errors
    /// If the limit is wrong or the storage fails.
    pub async fn shifts(&self, limit: u32) -> Result<Vec<Shift>, TillError> {
        self.ask(|reply| Command::Shifts { limit, reply }).await
    }

    /// A shift's paper slip, as plain lines of the paper's width.
    ///
    /// # Errors
    /// If there is none of that number (`no_shift`).
    pub async fn shift_slip(
        &self,
        no: u32,
        paper: Paper,
        language: Language,
    ) -> Result<Vec<String>, TillError> {
        self.ask(|reply| Command::ShiftSlip { no, paper, language, reply }).await
    }

    /// Stops the till and gives its database free. Everything is durable already; requests under way are let go.
    pub async fn close(self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close { done }).await.is_ok() {
            // The task has gone if it does not answer: closed as well.
            let _ = closed.await;
        }
    }
}
