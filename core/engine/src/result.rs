//! Results about money: they wait, on disk, until the app says that people were told.

use saoma_contract::{Currency, OrderNo, Payment, RefundState, Time};
use serde::{Deserialize, Serialize};

use crate::sale::{Effect, PaymentReceipt, RefundKey, Sale};

/// What a result tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// Money came, with a verified receipt.
    Paid,
    /// Money that does not match the order came: an alarm, not a sum.
    Mismatch,
    /// Money was given back, by a verified statement.
    Refunded,
    /// Money that was to be given back was not, or a person must see to it.
    RefundFailed,
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
    /// Minor units: paid, given back, or for a mismatch asked.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Real money, or play money.
    pub live: bool,
    /// Late money: it came after the sale's end, or more than once.
    pub late: bool,
    /// When it was paid or given back, by the channel's time; for a mismatch and a failed refund when it was learned.
    pub paid_at: Time,
    /// When this till learned it.
    pub learned_at: Time,
    /// Of a refund that failed: how it stands; none if the backend did not take it at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundState>,
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
                let receipt = sale.receipts().find(|one| one.key() == *key)?;
                Some(Self::paid(sale, receipt, learned_at))
            }
            Effect::AnnounceMismatch => Some(Self::mismatch(sale, live, learned_at)),
            Effect::AnnounceRefunded(key) => Self::refunded(sale, *key, live, learned_at),
            Effect::AnnounceRefundFailed(key) => Self::refund_failed(sale, *key, live, learned_at),
            Effect::Record(_) | Effect::Send(_) | Effect::AskSoon | Effect::Regression => None,
        }
    }

    fn paid(sale: &Sale, receipt: &PaymentReceipt, learned_at: Time) -> Self {
        let payment = receipt.payment();
        Self {
            key: receipt.key(),
            kind: ResultKind::Paid,
            order_no: sale.order_no().clone(),
            amount: payment.amount,
            currency: payment.currency,
            live: receipt.live(),
            late: sale.late(),
            paid_at: payment.paid_at,
            learned_at,
            refund: None,
        }
    }

    fn refunded(sale: &Sale, key: RefundKey, live: bool, learned_at: Time) -> Option<Self> {
        let refund_no = key.refund_no();
        let of_part = |receipt: &PaymentReceipt| {
            let part = receipt.parts().iter().find(|part| part.refund_no == refund_no)?;
            Some((part.amount, receipt.payment().currency, part.done_at))
        };
        let (amount, currency, done_at) = sale.receipts().find_map(of_part)?;
        Some(Self {
            key: format!("refund:{refund_no}"),
            kind: ResultKind::Refunded,
            order_no: sale.order_no().clone(),
            amount,
            currency,
            live,
            late: false,
            paid_at: done_at,
            learned_at,
            refund: None,
        })
    }

    fn refund_failed(sale: &Sale, key: RefundKey, live: bool, learned_at: Time) -> Option<Self> {
        let refund_no = key.refund_no();
        let told = sale.told_refunds().iter().find(|refund| refund.refund_no == refund_no);
        let told = told.map(|refund| (refund.amount, refund.currency, Some(refund.state.clone())));
        let asked = sale.ask(key).map(|ask| (ask.refund.amount, ask.refund.currency, None));
        let (amount, currency, refund) = told.or(asked)?;
        let word = refund.as_ref().map_or("not_taken", RefundState::as_str);
        Some(Self {
            key: format!("refund:{refund_no}:{word}"),
            kind: ResultKind::RefundFailed,
            order_no: sale.order_no().clone(),
            amount,
            currency,
            live,
            late: false,
            paid_at: learned_at,
            learned_at,
            refund,
        })
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
            refund: None,
        }
    }
}
