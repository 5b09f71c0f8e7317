//! What people see of a sale, at one moment.

use saoma_contract::{
    AttemptNo, BusinessKey, ClockTrust, Code, Currency, Description, LateMoney, Line, Method, Mismatch, Note,
    OrderNo, OrderState, Reference, StaffId, Time,
};
use serde::Serialize;

use super::{Call, OtherOrder, PaymentReceipt, Phase, Refused, Sale, SaleAction, ShownRefund};
use crate::clock::Now;

/// Where a sale stands, in a word. Each has one sentence in each language of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseWord {
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
    /// The backend says something that this version does not know: please update.
    Unknown,
    /// The customer's payment code is to be scanned.
    Ready,
    /// A payment code was sent to be charged; whether it was is not known yet.
    Charging,
    /// The customer is entering the password.
    Paying,
    /// Paid in cash, by the word of a person; no code can be paid any more.
    Cash,
    /// Paid in cash, by the word of a person; its code may still be paid too.
    CashUnproven,
}

impl PhaseWord {
    /// The word as programs and files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::WaitingForPerson => "waiting_for_person",
            Self::Sending => "sending",
            Self::Awaiting => "awaiting",
            Self::Checking => "checking",
            Self::Refreshing => "refreshing",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Paid => "paid",
            Self::Rejected => "rejected",
            Self::Joined => "joined",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
            Self::Ready => "ready",
            Self::Charging => "charging",
            Self::Paying => "paying",
            Self::Cash => "cash",
            Self::CashUnproven => "cash_unproven",
        }
    }
}

impl std::fmt::Display for PhaseWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A code that may be drawn now: its statement was verified and it has more than ten seconds left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownCode {
    /// How it is shown, its text, its end.
    #[serde(flatten)]
    pub code: Code,
    /// When it must leave the screen: ten seconds before its end, by the server's time.
    pub hide_at: Time,
}

/// Money that came for a sale: by its receipt, or as the backend tells of money that does not match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownPayment {
    /// Who moved the money: `wechatpay`, or `cash`.
    pub channel: String,
    /// The channel's own number; for cash the sale's.
    pub transaction_id: String,
    /// Minor units owed to the merchant.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// It came after the sale's end, or beside another payment.
    pub late: bool,
    /// Whether the channel proves it. Cash is attested by a person, and never said in the words of proof.
    pub proven: bool,
    /// Minor units given back, by verified statements.
    pub refunded: i64,
    /// Minor units that are left to be given back, without what is on its way.
    pub left: i64,
    /// What becomes of it; only of late money.
    pub late_money: Option<LateMoney>,
    /// What does not match, as the backend said it; only of money that does not match.
    pub mismatch: Option<String>,
}

/// A sale as people see it at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SaleView {
    /// Its number.
    pub order_no: OrderNo,
    /// The number's last six characters, which people read to each other.
    pub tail: String,
    /// Minor units asked.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// Where it stands.
    pub phase: PhaseWord,
    /// What a person may do about it now.
    pub actions: Vec<SaleAction>,
    /// The last attempt; refresh and cancel name it.
    pub attempt: AttemptNo,
    /// The code to draw, if one may be drawn now.
    pub code: Option<ShownCode>,
    /// What the customer reads.
    pub description: Description,
    /// What the cashier noted.
    pub note: Option<Note>,
    /// What a plain sale of one line is about; none when there are several, which have their own.
    pub reference: Option<Reference>,
    /// All its parts, at least one; together they are the amount.
    pub lines: Vec<Line>,
    /// What may be open only once.
    pub business_key: Option<BusinessKey>,
    /// When it was rung up, by the phone's reckoning.
    pub made_at: Time,
    /// How sure the phone was of that.
    pub made_by_clock: ClockTrust,
    /// When it was paid, by the channel's time.
    pub paid_at: Option<Time>,
    /// Money that came, cash first, each with a receipt.
    pub payments: Vec<ShownPayment>,
    /// Money that came and does not match what was asked: it pays nothing and has no receipt, and can be given back.
    pub mismatches: Vec<ShownPayment>,
    /// Money given back, or asked to be, oldest first.
    pub refunds: Vec<ShownRefund>,
    /// How it is to be paid.
    pub method: Method,
    /// Who rang it up.
    pub staff: Option<StaffId>,
    /// When cash was taken for it here.
    pub cash_taken_at: Option<Time>,
    /// When a payment code may be scanned again, after an earlier code that could not be closed at once.
    pub scan_again_at: Option<Time>,
    /// What a charge or cash names: the last attempt, none if none was made.
    pub last_attempt: Option<AttemptNo>,
    /// Money came after its end, or more than once.
    pub late: bool,
    /// Money that does not match came: frozen, a person must look.
    pub mismatch: bool,
    /// Whether there is a receipt.
    pub has_receipt: bool,
    /// The order that stands in its way, when it is joined.
    pub other: Option<OtherOrder>,
    /// Why a call was refused, or the sale rejected or dropped.
    pub notice: Option<Refused>,
    /// Why the backend cannot be reached about it just now: still trying.
    pub trouble: Option<String>,
    /// When the backend last spoke of it; none if never.
    pub heard_at: Option<Time>,
    /// How many seconds ago that was, when this view was made.
    pub heard_ago_s: Option<i64>,
    /// When this view was made, by the server's time as the phone reckons it.
    pub as_of: Time,
}

impl Sale {
    /// What people see of it now.
    pub fn view(&self, live: bool, now: Now, heard_at: Option<Time>, trouble: Option<String>) -> SaleView {
        let body = self.order.body();
        let shown = |hide_at: &Time| now.server < *hide_at && self.can_be_drawn();
        let code = self.code().zip(self.hide_at()).filter(|(_, hide_at)| shown(hide_at));
        SaleView {
            order_no: body.order_no.clone(),
            tail: body.order_no.tail().to_owned(),
            amount: body.amount,
            currency: body.currency,
            live,
            phase: self.word(now),
            actions: self.actions(now),
            attempt: self.attempt,
            code: code.map(|(code, hide_at)| ShownCode { code: code.statement().code.clone(), hide_at }),
            description: body.description.clone(),
            note: body.note.clone(),
            reference: match body.lines.as_slice() {
                [only] => only.reference.clone(),
                _ => None,
            },
            lines: body.lines.clone(),
            business_key: body.business_key.clone(),
            made_at: body.made_at,
            made_by_clock: body.clock,
            paid_at: self.receipts().next().map(|receipt| receipt.payment().paid_at),
            payments: self.shown_payments(),
            mismatches: self.shown_mismatches(),
            refunds: self.shown_refunds(),
            method: body.method,
            staff: body.staff.clone(),
            cash_taken_at: self.cash.as_ref().map(|cash| cash.taken_at),
            scan_again_at: self.scan_again_at.filter(|at| *at > now.server),
            last_attempt: self.last_attempt(),
            late: self.late,
            mismatch: self.mismatch,
            has_receipt: self.takings().next().is_some(),
            other: match &self.phase {
                Phase::Joined(other) => Some(other.clone()),
                _ => None,
            },
            notice: match &self.phase {
                Phase::Rejected(why) => Some(why.clone()),
                Phase::Dropped { reason } => {
                    Some(Refused { code: "dropped".to_owned(), detail: reason.clone(), field: None })
                }
                _ => self.notice.clone().or_else(|| self.scan_refusal()),
            },
            trouble: trouble.filter(|_| self.is_open()),
            heard_at,
            heard_ago_s: heard_at.map(|at| now.server.ms_since(at).max(0) / 1_000),
            as_of: now.server,
        }
    }

    fn shown_payments(&self) -> Vec<ShownPayment> {
        let shown = |receipt: &PaymentReceipt| {
            let payment = receipt.payment();
            ShownPayment {
                channel: payment.channel.clone(),
                transaction_id: payment.transaction_id.clone(),
                amount: payment.amount,
                currency: payment.currency,
                paid_at: payment.paid_at,
                late: self.is_late(receipt),
                proven: receipt.is_proven(),
                refunded: receipt.refunded(),
                left: self.left_of(&payment.channel, &payment.transaction_id).unwrap_or(0),
                late_money: payment.late_money.clone(),
                mismatch: None,
            }
        };
        self.takings().map(shown).collect()
    }

    fn shown_mismatches(&self) -> Vec<ShownPayment> {
        let shown = |(money, currency): (&Mismatch, Currency)| ShownPayment {
            channel: money.channel.clone(),
            transaction_id: money.transaction_id.clone(),
            amount: money.amount,
            currency,
            paid_at: money.paid_at,
            late: false,
            proven: true,
            refunded: 0,
            left: self.left_of(&money.channel, &money.transaction_id).unwrap_or(0),
            late_money: None,
            mismatch: Some(money.reason.clone()),
        };
        self.mismatched().map(shown).collect()
    }

    /// Why the last payment code was not charged.
    fn scan_refusal(&self) -> Option<Refused> {
        let hint = self.hint.as_ref().filter(|hint| hint.state == OrderState::Ready)?;
        let refusal = hint.attempt_refusal.as_ref()?;
        Some(Refused { code: refusal.code.clone(), detail: refusal.detail.clone(), field: None })
    }

    /// Where it stands now.
    pub fn word(&self, now: Now) -> PhaseWord {
        match &self.phase {
            Phase::Paid(_) => PhaseWord::Paid,
            _ if self.is_in_cash() && self.may_still_be_paid() => PhaseWord::CashUnproven,
            _ if self.is_in_cash() => PhaseWord::Cash,
            _ if self.charging.is_some() => PhaseWord::Charging,
            _ if self.refreshing.is_some() => PhaseWord::Refreshing,
            Phase::Closed(_) => PhaseWord::Closed,
            Phase::Rejected(_) => PhaseWord::Rejected,
            Phase::Joined(_) => PhaseWord::Joined,
            Phase::Dropped { .. } => PhaseWord::Dropped,
            _ if self.pending.is_some_and(|pending| matches!(pending.call, Call::Close(_))) => {
                PhaseWord::Closing
            }
            Phase::Unanswered if self.waits_for_person(now.server) => PhaseWord::WaitingForPerson,
            Phase::Unanswered if self.is_draft() => PhaseWord::Draft,
            Phase::Unanswered => PhaseWord::Sending,
            Phase::Answered { code } => {
                let told = self.hint.as_ref().map(|hint| &hint.state);
                match (told, code) {
                    (Some(OrderState::Unknown(_)), _) => PhaseWord::Unknown,
                    (_, Some(_)) if !self.can_be_drawn() => PhaseWord::Unknown,
                    (Some(OrderState::Closing), _) => PhaseWord::Closing,
                    (Some(OrderState::Charging), _) => PhaseWord::Charging,
                    (Some(OrderState::Paying), _) => PhaseWord::Paying,
                    (Some(OrderState::Ready), None) => PhaseWord::Ready,
                    (Some(OrderState::Cash), _) => PhaseWord::Checking,
                    (Some(OrderState::Paid | OrderState::Closed | OrderState::Rejected), _) => {
                        PhaseWord::Checking
                    }
                    (_, Some(_)) if self.hide_at().is_none_or(|hide_at| now.server >= hide_at) => {
                        PhaseWord::Checking
                    }
                    (_, Some(_)) => PhaseWord::Awaiting,
                    (_, None) if self.withdrawn >= self.attempt.get() => PhaseWord::Closing,
                    (_, None) => PhaseWord::Sending,
                }
            }
        }
    }
}
