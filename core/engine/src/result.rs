//! Results about money: they wait, on disk, until the app says that people were told.

use saoma_contract::statement::Receipt;
use saoma_contract::{Currency, OrderNo, Payment, Time};
use serde::{Deserialize, Serialize};

use crate::sale::{Effect, Sale};

/// What a result tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// Money came, with a verified receipt.
    Paid,
    /// Money that does not match the order came: an alarm, not a sum.
    Mismatch,
}

/// Something about money that people must be told at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyResult {
    /// What to acknowledge: for a payment its channel and transaction id, so that no payment is told twice.
    pub key: String,
    /// What it tells.
    pub kind: ResultKind,
    /// The sale.
    pub order_no: OrderNo,
    /// Minor units: paid, or for a mismatch asked.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Real money, or play money.
    pub live: bool,
    /// Late money: it came after the sale's end, or more than once.
    pub late: bool,
    /// When it was paid, by the channel's time; for a mismatch when it was learned.
    pub paid_at: Time,
    /// When this till learned it.
    pub learned_at: Time,
}

/// The key of a payment: its channel and the channel's number.
pub fn payment_key(payment: &Payment) -> String {
    format!("{}:{}", payment.channel, payment.transaction_id)
}

impl MoneyResult {
    /// The result that an announcement stands for.
    pub(crate) fn of(announcement: &Effect, sale: &Sale, live: bool, learned_at: Time) -> Option<Self> {
        match announcement {
            Effect::AnnouncePaid { key } => {
                let receipt = sale.receipts().find(|one| payment_key(&one.statement().payment) == *key)?;
                Some(Self::paid(sale, receipt, learned_at))
            }
            Effect::AnnounceMismatch => Some(Self::mismatch(sale, live, learned_at)),
            Effect::Record(_) | Effect::Send(_) | Effect::AskSoon | Effect::Regression => None,
        }
    }

    fn paid(sale: &Sale, receipt: &Receipt, learned_at: Time) -> Self {
        let paid = receipt.statement();
        Self {
            key: payment_key(&paid.payment),
            kind: ResultKind::Paid,
            order_no: paid.order_no.clone(),
            amount: paid.payment.amount,
            currency: paid.payment.currency,
            live: paid.live,
            late: sale.late(),
            paid_at: paid.payment.paid_at,
            learned_at,
        }
    }

    fn mismatch(sale: &Sale, live: bool, learned_at: Time) -> Self {
        Self {
            key: format!("mismatch:{}", sale.order_no()),
            kind: ResultKind::Mismatch,
            order_no: sale.order_no().clone(),
            amount: sale.amount().minor(),
            currency: sale.amount().currency(),
            live,
            late: false,
            paid_at: learned_at,
            learned_at,
        }
    }
}
