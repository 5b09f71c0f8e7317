//! A sale as a shell shows it, and what a cashier rings up.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use saoma_engine::contract::{Amount, Line, Method, OrderNo, Time};
use saoma_engine::wording::Language as Wording;
use saoma_engine::{PhaseWord, SaleView};

use crate::error::SaomaError;
use crate::qr::QrModules;
use crate::refund::{SalePayment, SaleRefund};

/// What a cashier rings up.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NewSale {
    /// Minor units (fen), more than zero.
    pub minor: i64,
    /// What the customer reads: 1–127 bytes of UTF-8, no emoji, no control characters.
    pub description: String,
    /// What the cashier notes: 1–500 bytes; it never leaves the merchant.
    #[uniffi(default = None)]
    pub note: Option<String>,
    /// What a plain amount is about, such as a table: 1–64 bytes. With lines, each has its own.
    #[uniffi(default = None)]
    pub reference: Option<String>,
    /// The parts, if there are several; they add up to the amount.
    #[uniffi(default = [])]
    pub lines: Vec<NewLine>,
    /// What may be open only once, such as a waybill: 1–64 bytes.
    #[uniffi(default = None)]
    pub business_key: Option<String>,
    /// Whether the till scans the customer's payment code ([`scan`](crate::Till::scan)), instead of showing a code of its own.
    #[uniffi(default = false)]
    pub by_code: bool,
    /// Whether it was paid in cash on the spot: no code is ever made for it.
    #[uniffi(default = false)]
    pub in_cash: bool,
    /// How long the code lives, in seconds, 60 to 6,600; the merchant's usual time if absent.
    #[uniffi(default = None)]
    pub life_s: Option<u32>,
}

/// A part of a sale.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NewLine {
    /// Minor units, more than zero.
    pub minor: i64,
    /// What it is about: 1–64 bytes.
    #[uniffi(default = None)]
    pub reference: Option<String>,
}

/// Where a sale stands. `Sale.title` and `Sale.sentence` say it to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Phase {
    /// Rung up, not sent; it goes out by itself.
    Draft,
    /// Rung up, not sent, and too old to go out by itself: a person sends it or gives it up.
    WaitingForPerson,
    /// Sent, and not known yet whether it arrived, or being opened at the channel. Do not ring it up again.
    Sending,
    /// A code can be paid.
    Awaiting,
    /// The code has ended, or payment or end was told without proof: it is being checked.
    Checking,
    /// A fresh code is being made.
    Refreshing,
    /// No longer offered; whether it was paid is being asked.
    Closing,
    /// Not paid and never payable again, proven.
    Closed,
    /// Paid, proven.
    Paid,
    /// Refused; ring it up anew.
    Rejected,
    /// Another order is open for the same thing.
    Joined,
    /// Given up before it was ever sent.
    Dropped,
    /// The customer's payment code is to be scanned.
    Ready,
    /// A payment code was sent to be charged; whether it was is not known yet. Do not scan another.
    Charging,
    /// The customer is entering the password.
    Paying,
    /// Paid in cash, by the word of a person; no code can be paid any more.
    Cash,
    /// Paid in cash, by the word of a person; its code may still be paid too.
    CashUnproven,
    /// The backend says something that this version does not know: please update.
    Unknown,
}

/// What a person may do about a sale now. A shell offers these and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum SaleAction {
    /// [`cancel`](crate::Till::cancel).
    Cancel,
    /// [`refresh`](crate::Till::refresh): a fresh code.
    Refresh,
    /// [`check_now`](crate::Till::check_now).
    CheckNow,
    /// [`decide_draft`](crate::Till::decide_draft).
    Decide,
    /// [`receipt`](crate::Till::receipt), [`receipt_slip`](crate::Till::receipt_slip).
    Receipt,
    /// [`take_cash`](crate::Till::take_cash).
    TakeCash,
    /// [`scan`](crate::Till::scan): the customer's payment code.
    Scan,
    /// [`refund`](crate::Till::refund) what is left of a payment, or of money that does not match.
    Refund,
    /// [`decide_refund`](crate::Till::decide_refund): a refund waits for a manager.
    DecideRefund,
    /// [`accept_late_money`](crate::Till::accept_late_money), or [`refund`](crate::Till::refund) it.
    DecideLateMoney,
}

/// A code that may be drawn now: its statement was verified and it has more than ten seconds left.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SaleCode {
    /// The text that the code stands for.
    pub text: String,
    /// Its modules, to be drawn.
    pub qr: QrModules,
    /// How many milliseconds after this view was made the code must leave the screen. Count them by a clock that runs while the
    /// phone sleeps.
    pub hide_in_ms: u64,
    /// When it ends, by the server's time.
    pub expires_at: SystemTime,
}

/// A part of a sale.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SaleLine {
    /// Its number in the sale, from 1.
    pub no: u32,
    /// Minor units.
    pub minor: i64,
    /// As people read it.
    pub amount: String,
    /// What it is about.
    pub reference: Option<String>,
}

/// The order that stands in a sale's way.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OtherSale {
    /// Its number.
    pub order_no: String,
    /// Its last six characters.
    pub tail: String,
    /// Its minor units.
    pub minor: i64,
    /// As people read it.
    pub amount: String,
}

/// Why a call was refused, or the sale rejected or dropped.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Notice {
    /// A stable word for programs.
    pub code: String,
    /// What happened, as the backend or the person said it.
    pub detail: String,
    /// The field that is wrong.
    pub field: Option<String>,
}

/// A sale as people see it at one moment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Sale {
    /// Its number: 26 characters.
    pub order_no: String,
    /// The number's last six characters, which people read to each other.
    pub tail: String,
    /// Minor units asked.
    pub minor: i64,
    /// As people read it, without a currency sign: `12.80`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Real money, or a test account's play money: every screen must say so.
    pub live: bool,
    /// Where it stands.
    pub phase: Phase,
    /// Where it stands, in a word or two of the till's language.
    pub title: String,
    /// What is known and what to do, in a sentence of the till's language.
    pub sentence: String,
    /// What a person may do about it now.
    pub actions: Vec<SaleAction>,
    /// The last attempt; refresh and cancel name it.
    pub attempt: u32,
    /// The code to draw, if one may be drawn now.
    pub code: Option<SaleCode>,
    /// What the customer reads.
    pub description: String,
    /// What the cashier noted.
    pub note: Option<String>,
    /// What a sale of one part is about.
    pub reference: Option<String>,
    /// Its parts, at least one.
    pub lines: Vec<SaleLine>,
    /// What may be open only once.
    pub business_key: Option<String>,
    /// When it was rung up, by the till's reckoning.
    pub made_at: SystemTime,
    /// When it was paid, by the channel's time.
    pub paid_at: Option<SystemTime>,
    /// Whether the till scans the customer's payment code for it.
    pub by_code: bool,
    /// The last attempt that was made, none if none was: [`scan`](crate::Till::scan) names it.
    pub last_attempt: Option<u32>,
    /// After an earlier code that could not be closed at once: how many milliseconds after this view was made a payment code may be
    /// scanned again.
    pub scan_again_in_ms: Option<u64>,
    /// Who rang it up, if someone was signed in.
    pub staff: Option<String>,
    /// When cash was taken for it here.
    pub cash_taken_at: Option<SystemTime>,
    /// Money that came, cash first, each with a receipt.
    pub payments: Vec<SalePayment>,
    /// Money that came and does not match what was asked. It pays nothing and has no receipt: never say paid of it. It can be given
    /// back like a payment.
    pub mismatches: Vec<SalePayment>,
    /// Money given back, or asked to be, oldest first.
    pub refunds: Vec<SaleRefund>,
    /// Money came after its end, or more than once.
    pub late: bool,
    /// Money that does not match came: frozen, a person must look.
    pub mismatch: bool,
    /// The order that stands in its way, when it is joined.
    pub other: Option<OtherSale>,
    /// Why a call was refused, or the sale rejected or dropped.
    pub notice: Option<Notice>,
    /// Why the backend cannot be reached about it just now, for developers: still trying.
    pub trouble: Option<String>,
    /// When the backend last spoke of it; none if never.
    pub heard_at: Option<SystemTime>,
    /// How many milliseconds before this view was made that was.
    pub heard_ago_ms: Option<u64>,
}

/// Something that happened to a sale.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HistoryEntry {
    /// When, by the till's reckoning of the server's time.
    pub at: SystemTime,
    /// A stable word, such as `rung_up` or `told`.
    pub word: String,
    /// The same in the till's language.
    pub text: String,
}

/// A sale with all that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SaleStory {
    /// The sale.
    pub sale: Sale,
    /// What happened, oldest first.
    pub history: Vec<HistoryEntry>,
}

/// Which sales a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ListFilter {
    /// Not at a proven end: what is still to be collected, drafts included.
    Open,
    /// Not answered by the backend yet: drafts and unknown outcomes.
    Unanswered,
    /// May still be paid.
    Answered,
    /// Paid.
    Paid,
    /// Closed, proven.
    Closed,
    /// Rejected, joined or dropped: no code was ever shown.
    Void,
    /// Late money, money that does not match, or a refund that failed; also after people were told.
    Alarmed,
    /// A refund or late money waits for a manager's word.
    ForManager,
    /// A refund is under way: asked for, waiting, or on its way to the customer.
    Refunding,
}

/// A part of the list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct ListQuery {
    /// Go on after this sale: the last of the page before.
    #[uniffi(default = None)]
    pub after: Option<String>,
    /// Only sales of this kind.
    #[uniffi(default = None)]
    pub filter: Option<ListFilter>,
    /// Only sales whose number ends so; letters in either case.
    #[uniffi(default = None)]
    pub tail: Option<String>,
    /// Only sales rung up on this day of the merchant's, as `2026-08-01`.
    #[uniffi(default = None)]
    pub date: Option<String>,
    /// At most so many, 1 to 100; 50 if absent.
    #[uniffi(default = None)]
    pub limit: Option<u32>,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SalePage {
    /// Sales, newest first.
    pub sales: Vec<Sale>,
    /// Whether there are more.
    pub more: bool,
    /// When the backend last answered anything at all; none if never since the till was opened.
    pub heard_at: Option<SystemTime>,
}

/// What a person decides about an old draft.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DraftChoice {
    /// It goes out after all.
    Send,
    /// It is given up.
    Drop {
        /// Why, for the record.
        reason: String,
    },
}

/// A moment as both platforms know it.
pub(crate) fn moment(time: Time) -> SystemTime {
    let ms = Duration::from_millis(time.unix_ms().unsigned_abs());
    if time.unix_ms() >= 0 { UNIX_EPOCH + ms } else { UNIX_EPOCH - ms }
}

/// Milliseconds from one moment to a later one; none at all if it is not later.
pub(crate) fn ms_until(later: Time, earlier: Time) -> u64 {
    u64::try_from(later.ms_since(earlier)).unwrap_or(0)
}

/// The number of a sale, as a shell gives it.
pub(crate) fn number(text: &str) -> Result<OrderNo, SaomaError> {
    text.parse().map_err(|error| SaomaError::input("order_no", error))
}

impl Sale {
    pub(crate) fn worded(view: SaleView, language: Wording) -> Self {
        let words = language.sale(&view);
        let currency = view.currency;
        let print = |minor| Amount::print_minor(minor, currency);
        let line = |line: &Line| SaleLine {
            no: line.no,
            minor: line.amount,
            amount: print(line.amount),
            reference: line.reference.as_ref().map(ToString::to_string),
        };
        Self {
            order_no: view.order_no.to_string(),
            tail: view.tail,
            minor: view.amount,
            amount: print(view.amount),
            currency: currency.to_string(),
            live: view.live,
            phase: view.phase.into(),
            title: words.title,
            sentence: words.sentence,
            actions: view.actions.into_iter().map(Into::into).collect(),
            attempt: view.attempt.get().into(),
            // A text that no code can hold is not drawn; the sale still says that it waits, and can be refreshed.
            code: view.code.and_then(|shown| {
                Some(SaleCode {
                    qr: QrModules::new(&shown.code.text).ok()?,
                    hide_in_ms: ms_until(shown.hide_at, view.as_of),
                    expires_at: moment(shown.code.expires_at),
                    text: shown.code.text,
                })
            }),
            description: view.description.to_string(),
            note: view.note.map(|note| note.to_string()),
            reference: view.reference.map(|reference| reference.to_string()),
            lines: view.lines.iter().map(line).collect(),
            business_key: view.business_key.map(|key| key.to_string()),
            made_at: moment(view.made_at),
            paid_at: view.paid_at.map(moment),
            by_code: view.method == Method::WechatpayCode,
            last_attempt: view.last_attempt.map(|attempt| attempt.get().into()),
            scan_again_in_ms: view.scan_again_at.map(|at| ms_until(at, view.as_of)),
            staff: view.staff.map(|staff| staff.to_string()),
            cash_taken_at: view.cash_taken_at.map(moment),
            payments: view.payments.into_iter().map(Into::into).collect(),
            mismatches: view.mismatches.into_iter().map(Into::into).collect(),
            refunds: view
                .refunds
                .into_iter()
                .map(|refund| SaleRefund::worded(refund, view.as_of, language))
                .collect(),
            late: view.late,
            mismatch: view.mismatch,
            other: view.other.map(|other| OtherSale {
                order_no: other.order_no.to_string(),
                tail: other.order_no.tail().to_owned(),
                minor: other.amount,
                amount: print(other.amount),
            }),
            notice: view.notice.map(|why| Notice { code: why.code, detail: why.detail, field: why.field }),
            trouble: view.trouble,
            heard_at: view.heard_at.map(moment),
            heard_ago_ms: view.heard_at.map(|at| ms_until(view.as_of, at)),
        }
    }
}

impl SaleStory {
    pub(crate) fn worded(story: saoma_engine::SaleStory, language: Wording) -> Self {
        let entry =
            |(at, word): (Time, String)| HistoryEntry { at: moment(at), text: language.history(&word), word };
        Self {
            history: story.history.into_iter().map(entry).collect(),
            sale: Sale::worded(story.sale, language),
        }
    }
}

impl SalePage {
    pub(crate) fn worded(page: saoma_engine::Page, language: Wording) -> Self {
        Self {
            sales: page.sales.into_iter().map(|view| Sale::worded(view, language)).collect(),
            more: page.more,
            heard_at: page.heard_at.map(moment),
        }
    }
}

impl From<NewSale> for saoma_engine::NewSale {
    fn from(sale: NewSale) -> Self {
        let line = |line: NewLine| saoma_engine::NewLine { amount: line.minor, reference: line.reference };
        Self {
            amount: sale.minor,
            description: sale.description,
            note: sale.note,
            reference: sale.reference,
            lines: sale.lines.into_iter().map(line).collect(),
            business_key: sale.business_key,
            by_code: sale.by_code,
            in_cash: sale.in_cash,
            life_s: sale.life_s,
        }
    }
}

impl TryFrom<ListQuery> for saoma_engine::PageQuery {
    type Error = SaomaError;

    fn try_from(query: ListQuery) -> Result<Self, SaomaError> {
        let after = query.after.map(|after| after.parse()).transpose();
        Ok(Self {
            after: after.map_err(|error| SaomaError::input("after", error))?,
            filter: query.filter.map(Into::into),
            tail: query.tail,
            date: query.date,
            limit: query.limit,
        })
    }
}

impl From<DraftChoice> for saoma_engine::DraftChoice {
    fn from(choice: DraftChoice) -> Self {
        match choice {
            DraftChoice::Send => Self::Send,
            DraftChoice::Drop { reason } => Self::Drop { reason },
        }
    }
}

impl From<ListFilter> for saoma_engine::ListFilter {
    fn from(filter: ListFilter) -> Self {
        match filter {
            ListFilter::Open => Self::Open,
            ListFilter::Unanswered => Self::Unanswered,
            ListFilter::Answered => Self::Answered,
            ListFilter::Paid => Self::Paid,
            ListFilter::Closed => Self::Closed,
            ListFilter::Void => Self::Void,
            ListFilter::Alarmed => Self::Alarmed,
            ListFilter::ForManager => Self::ForManager,
            ListFilter::Refunding => Self::Refunding,
        }
    }
}

impl From<saoma_engine::SaleAction> for SaleAction {
    fn from(action: saoma_engine::SaleAction) -> Self {
        match action {
            saoma_engine::SaleAction::Cancel => Self::Cancel,
            saoma_engine::SaleAction::Refresh => Self::Refresh,
            saoma_engine::SaleAction::CheckNow => Self::CheckNow,
            saoma_engine::SaleAction::Decide => Self::Decide,
            saoma_engine::SaleAction::Receipt => Self::Receipt,
            saoma_engine::SaleAction::TakeCash => Self::TakeCash,
            saoma_engine::SaleAction::Scan => Self::Scan,
            saoma_engine::SaleAction::Refund => Self::Refund,
            saoma_engine::SaleAction::DecideRefund => Self::DecideRefund,
            saoma_engine::SaleAction::DecideLateMoney => Self::DecideLateMoney,
        }
    }
}

impl From<PhaseWord> for Phase {
    fn from(word: PhaseWord) -> Self {
        match word {
            PhaseWord::Draft => Self::Draft,
            PhaseWord::WaitingForPerson => Self::WaitingForPerson,
            PhaseWord::Sending => Self::Sending,
            PhaseWord::Awaiting => Self::Awaiting,
            PhaseWord::Checking => Self::Checking,
            PhaseWord::Refreshing => Self::Refreshing,
            PhaseWord::Closing => Self::Closing,
            PhaseWord::Closed => Self::Closed,
            PhaseWord::Paid => Self::Paid,
            PhaseWord::Rejected => Self::Rejected,
            PhaseWord::Joined => Self::Joined,
            PhaseWord::Dropped => Self::Dropped,
            PhaseWord::Unknown => Self::Unknown,
            PhaseWord::Ready => Self::Ready,
            PhaseWord::Charging => Self::Charging,
            PhaseWord::Paying => Self::Paying,
            PhaseWord::Cash => Self::Cash,
            PhaseWord::CashUnproven => Self::CashUnproven,
        }
    }
}
