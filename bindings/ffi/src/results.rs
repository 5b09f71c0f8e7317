//! Results about money: they wait until the app says that people were told. What is said aloud, and when the till is quiet.

use std::time::SystemTime;

use saoma_engine::Announcement;
use saoma_engine::contract::Amount;
use saoma_engine::wording::Language as Wording;

use crate::error::SaomaError;
use crate::sale::moment;
use crate::till::Till;

/// What a result tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ResultKind {
    /// Money came, with a verified receipt.
    Paid,
    /// Money that does not match the order came: an alarm, not a sum. A person must look.
    Mismatch,
    /// Money was given back, by a verified statement.
    Refunded,
    /// Money that was to be given back was not, or a person must see to it.
    RefundFailed,
}

/// Something about money that people must be told at least once. It comes again after each start until it is
/// acknowledged, and never after that.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MoneyResult {
    /// What to acknowledge. The same payment always has the same.
    pub key: String,
    /// What it tells.
    pub kind: ResultKind,
    /// The sale's number.
    pub order_no: String,
    /// Its last six characters.
    pub tail: String,
    /// Minor units: paid, given back, or for a mismatch asked.
    pub minor: i64,
    /// As people read it: `12.80`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// Late money: it came after the sale's end, or more than once.
    pub late: bool,
    /// When it was paid or given back, by the channel's time; for a mismatch and a failed refund when it was learned.
    pub paid_at: SystemTime,
    /// When this till learned it.
    pub learned_at: SystemTime,
    /// A headline in the till's language.
    pub title: String,
    /// What happened and what to do, in the till's language.
    pub sentence: String,
    /// What is said aloud, in the till's language.
    pub spoken: String,
    /// Whether it is to be said aloud now. If not, show it and [`acknowledge_shown`](Till::acknowledge_shown) it: it is the quiet
    /// hours, or less than what is said.
    pub aloud: bool,
}

/// What is said aloud, and when the till is quiet. What is not said is shown all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, uniffi::Record)]
pub struct Announcing {
    /// When nothing is said at all.
    #[uniffi(default = None)]
    pub quiet: Option<QuietHours>,
    /// Payments below so many minor units are not said. Late money and money that does not match always are.
    #[uniffi(default = 0)]
    pub least_minor: i64,
}

/// A part of each day, by the merchant's clock; it may lie across midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QuietHours {
    /// Its first minute of the day, 0 to 1,439.
    pub from_minute: u16,
    /// The first minute after it, 0 to 1,439; another than its first.
    pub until_minute: u16,
}

#[uniffi::export]
impl Till {
    /// Results about money that people have not been told yet, oldest first, each with whether it is to be said aloud now.
    pub async fn results(&self) -> Result<Vec<MoneyResult>, SaomaError> {
        self.ask(|till| async move { till.announcements().await }, MoneyResult::all_worded).await
    }

    /// Says that people were told of a result (`MoneyResult.key`): it never comes again.
    pub async fn acknowledge(&self, key: String) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.acknowledge(&key).await }, |(), _| ()).await
    }

    /// Says that people were shown a result while the till was quiet about it: it never comes again, and the journal says that it
    /// was not said aloud.
    pub async fn acknowledge_shown(&self, key: String) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.acknowledge_shown(&key).await }, |(), _| ()).await
    }

    /// Sets quiet hours and the least amount that is said aloud, until the till is closed. Error: `bad_input`.
    pub async fn set_announcing(&self, announcing: Announcing) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.set_announcing(announcing.into()).await }, |(), _| ()).await
    }
}

impl From<Announcing> for saoma_engine::Announcing {
    fn from(set: Announcing) -> Self {
        let quiet = |hours: QuietHours| saoma_engine::QuietHours {
            from_minute: hours.from_minute,
            until_minute: hours.until_minute,
        };
        Self { quiet: set.quiet.map(quiet), least_amount: set.least_minor }
    }
}

impl MoneyResult {
    pub(crate) fn all_worded(waiting: Vec<Announcement>, language: Wording) -> Vec<Self> {
        waiting.into_iter().map(|one| Self::worded(one, language)).collect()
    }

    fn worded(announcement: Announcement, language: Wording) -> Self {
        let Announcement { result, aloud } = announcement;
        let words = language.result(&result);
        Self {
            kind: match result.kind {
                saoma_engine::ResultKind::Paid => ResultKind::Paid,
                saoma_engine::ResultKind::Mismatch => ResultKind::Mismatch,
                saoma_engine::ResultKind::Refunded => ResultKind::Refunded,
                saoma_engine::ResultKind::RefundFailed => ResultKind::RefundFailed,
            },
            key: result.key,
            order_no: result.order_no.to_string(),
            tail: result.order_no.tail().to_owned(),
            minor: result.amount,
            amount: Amount::print_minor(result.amount, result.currency),
            currency: result.currency.to_string(),
            live: result.live,
            late: result.late,
            paid_at: moment(result.paid_at),
            learned_at: moment(result.learned_at),
            title: words.title,
            sentence: words.sentence,
            spoken: words.spoken,
            aloud,
        }
    }
}
