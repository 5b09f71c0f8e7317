//! The receipt of a payment, whatever was given back of it since: `paid` first, `refunded` in its place later.

use saoma_contract::statement::{Receipt, RefundedPart, RefundedReceipt};
use saoma_contract::{Currency, Jws, OrderNo, Payment, PaymentProof, Version};

use crate::result::payment_key;

/// A verified receipt of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentReceipt {
    /// Nothing of it was given back.
    Paid(Receipt),
    /// It says how much was given back.
    Refunded(RefundedReceipt),
}

impl PaymentReceipt {
    /// The money that came.
    pub fn payment(&self) -> &Payment {
        match self {
            Self::Paid(receipt) => &receipt.statement().payment,
            Self::Refunded(receipt) => &receipt.statement().payment,
        }
    }

    /// The parts that were given back, oldest first.
    pub fn parts(&self) -> &[RefundedPart] {
        match self {
            Self::Paid(_) => &[],
            Self::Refunded(receipt) => &receipt.statement().refunds,
        }
    }

    /// Minor units that were given back.
    pub fn refunded(&self) -> i64 {
        match self {
            Self::Paid(_) => 0,
            Self::Refunded(receipt) => receipt.statement().refunded,
        }
    }

    /// The order, and what it asks for.
    pub fn order(&self) -> (&OrderNo, i64, Currency) {
        match self {
            Self::Paid(receipt) => {
                let said = receipt.statement();
                (&said.order_no, said.amount, said.currency)
            }
            Self::Refunded(receipt) => {
                let said = receipt.statement();
                (&said.order_no, said.amount, said.currency)
            }
        }
    }

    /// Who was paid, as people know it.
    pub fn merchant_name(&self) -> &str {
        match self {
            Self::Paid(receipt) => &receipt.statement().merchant_name,
            Self::Refunded(receipt) => &receipt.statement().merchant_name,
        }
    }

    /// Real money, or play money.
    pub fn live(&self) -> bool {
        match self {
            Self::Paid(receipt) => receipt.is_money(),
            Self::Refunded(receipt) => receipt.is_money(),
        }
    }

    /// How new it is.
    pub fn version(&self) -> Version {
        match self {
            Self::Paid(receipt) => receipt.statement().version,
            Self::Refunded(receipt) => receipt.statement().version,
        }
    }

    /// Its signed text.
    pub fn jws(&self) -> &Jws {
        match self {
            Self::Paid(receipt) => receipt.jws(),
            Self::Refunded(receipt) => receipt.jws(),
        }
    }

    /// The payment's key: its channel and the channel's number.
    pub fn key(&self) -> String {
        payment_key(self.payment())
    }

    /// Whether a channel proves it. Cash is attested by a person, and an unknown kind of proof proves nothing.
    pub fn is_proven(&self) -> bool {
        self.payment().proof == PaymentProof::Proven
    }
}
