//! The customer: scans a code and answers. What comes of it, and what the customer sees.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Order, State};

/// The customer when a call names none.
pub(crate) const DEFAULT_PAYER: &str = "oSaomaPlayCustomer0000000001";
/// The customer who was faster.
const OTHER_PAYER: &str = "oSaomaPlayCustomer0000000002";

/// How the customer came to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan<'a> {
    /// By the code with this token.
    Code(&'a str),
    /// Named by its number: the newest code, whatever its age.
    Number,
}

/// What the customer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    #[default]
    Success,
    NotEnough,
    PasswordPending,
    Cancel,
    BankError,
    OtherScannedFirst,
}

/// What the customer sees in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Saw {
    Paid,
    NotEnough,
    EnterPassword,
    Cancelled,
    BankError,
    ScannedByAnother,
    AlreadyPaid,
    Closed,
    Expired,
    CodeDead,
}

impl Saw {
    /// The words on the customer's screen.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Paid => "支付成功",
            Self::NotEnough => "余额不足，支付失败",
            Self::EnterPassword => "请输入支付密码",
            Self::Cancelled => "已取消支付",
            Self::BankError => "银行系统异常，支付失败",
            Self::ScannedByAnother => "商家订单信息有误，请重新下单支付",
            Self::AlreadyPaid => "该订单已支付",
            Self::Closed => "该订单已关闭",
            Self::Expired => "订单已过期，无法支付",
            Self::CodeDead => "二维码已失效，请让商家重新出示",
        }
    }
}

/// What the wallet shows before the customer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Offer {
    Payable,
    EnterPassword,
    AlreadyPaid,
    Closed,
    Expired,
    CodeDead,
}

impl Order {
    /// Whether the order can be paid at a time, by who comes to it this way.
    pub(crate) fn offer(&self, scan: Scan<'_>, now: Timestamp) -> Offer {
        match self.clone().at(now).state {
            State::Paid { .. } => Offer::AlreadyPaid,
            State::Closed { .. } | State::Failed { .. } | State::Reversed { .. } => Offer::Closed,
            // Who is at the password page already needs neither time nor code any more.
            State::Unpaid { customer_is_paying: true } => Offer::EnterPassword,
            State::Unpaid { customer_is_paying: false } if self.is_expired(now) => Offer::Expired,
            State::Unpaid { customer_is_paying: false } => match scan {
                Scan::Code(token) if !self.is_led_to_by(token, now) => Offer::CodeDead,
                // A payment code is charged once; who left its password page cannot come back.
                Scan::Number if self.is_charge() => Offer::CodeDead,
                Scan::Code(_) | Scan::Number => Offer::Payable,
            },
        }
    }

    fn is_led_to_by(&self, token: &str, now: Timestamp) -> bool {
        self.code.as_ref().is_some_and(|code| code.token == token && code.is_alive(now))
    }

    /// The customer scans and answers. A failed try leaves the order unpaid (WeChat Pay protocol B.7).
    ///
    /// `payer` absent means the customer at the password page, else the one who usually plays.
    pub(crate) fn answered(
        self,
        scan: Scan<'_>,
        payer: Option<String>,
        answer: Answer,
        transaction_id: String,
        now: Timestamp,
    ) -> (Self, Saw) {
        let mut order = self.at(now);
        let is_paying = match order.offer(scan, now) {
            Offer::AlreadyPaid => return (order, Saw::AlreadyPaid),
            Offer::Closed => return (order, Saw::Closed),
            Offer::Expired => return (order, Saw::Expired),
            Offer::CodeDead => return (order, Saw::CodeDead),
            Offer::EnterPassword => true,
            Offer::Payable => false,
        };
        let at_password_page = order.scanned_by.clone().filter(|_| is_paying);
        let payer = payer.or(at_password_page).unwrap_or_else(|| DEFAULT_PAYER.to_owned());
        let scans_now = if answer == Answer::OtherScannedFirst { OTHER_PAYER } else { &payer };
        let first = order.scanned_by.get_or_insert_with(|| scans_now.to_owned());
        if *first != payer {
            return (order, Saw::ScannedByAnother);
        }
        let failed = match order.is_charge() {
            true => State::Failed { at: now },
            false => State::Unpaid { customer_is_paying: false },
        };
        let (state, saw) = match answer {
            Answer::Success => {
                (State::Paid { transaction_id, payer, at: now, is_refunded: false }, Saw::Paid)
            }
            Answer::PasswordPending => (State::Unpaid { customer_is_paying: true }, Saw::EnterPassword),
            Answer::NotEnough => (failed, Saw::NotEnough),
            Answer::Cancel => (State::Unpaid { customer_is_paying: false }, Saw::Cancelled),
            Answer::BankError => (failed, Saw::BankError),
            Answer::OtherScannedFirst => return (order, Saw::ScannedByAnother),
        };
        (Self { state, ..order }, saw)
    }
}
