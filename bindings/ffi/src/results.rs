//! Results about money: they wait until the app says that people were told.

use std::time::SystemTime;

use saoma_engine::contract::Amount;
use saoma_engine::wording::Language as Wording;

use crate::sale::moment;

/// What a result tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ResultKind {
    /// Money came, with a verified receipt.
    Paid,
    /// Money that does not match the order came: an alarm, not a sum. A person must look.
    Mismatch,
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
    /// Minor units: paid, or for a mismatch asked.
    pub minor: i64,
    /// As people read it: `12.80`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// Late money: it came after the sale's end, or more than once.
    pub late: bool,
    /// When it was paid, by the channel's time; for a mismatch when it was learned.
    pub paid_at: SystemTime,
    /// When this till learned it.
    pub learned_at: SystemTime,
    /// A headline in the till's language.
    pub title: String,
    /// What happened and what to do, in the till's language.
    pub sentence: String,
    /// What is said aloud, in the till's language.
    pub spoken: String,
}

impl MoneyResult {
    /// The result in words, if this facade has its kind.
    pub(crate) fn worded(result: &saoma_engine::MoneyResult, language: Wording) -> Option<Self> {
        let words = language.result(result);
        Some(Self {
            key: result.key.clone(),
            kind: match result.kind {
                saoma_engine::ResultKind::Paid => ResultKind::Paid,
                saoma_engine::ResultKind::Mismatch => ResultKind::Mismatch,
                saoma_engine::ResultKind::Refunded | saoma_engine::ResultKind::RefundFailed => return None,
            },
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
        })
    }
}
