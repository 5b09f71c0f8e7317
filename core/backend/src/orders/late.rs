//! Late money: kept, given back, or left to a person.

use saoma_contract::{LateMoney, NewRefund, ProblemCode, RefundNo, Time};
use sha2::{Digest as _, Sha256};

use super::decide::{Conflict, refuse};
use super::{By, Event, Moment, OrderRecord, PaymentRecord, decide};

/// What a merchant does with late money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LateRule {
    /// A person says.
    #[default]
    Ask,
    /// It is kept.
    Accept,
    /// It is given back at once.
    Refund,
}

impl std::str::FromStr for LateRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "ask" => Ok(Self::Ask),
            "accept" => Ok(Self::Accept),
            "refund" => Ok(Self::Refund),
            _ => Err("must be ask, accept or refund"),
        }
    }
}

/// A manager keeps late money.
pub(super) fn accept(
    record: &mut OrderRecord,
    channel: &str,
    transaction_id: &str,
    by: By,
    now: Time,
) -> Result<(), Conflict> {
    let is_it =
        |payment: &PaymentRecord| payment.channel == channel && payment.transaction_id == transaction_id;
    let Some(at) = record.payments.iter().position(is_it) else {
        return refuse(
            ProblemCode::PaymentUnknown,
            Some("transaction_id"),
            "the order has no payment of this channel and number",
        );
    };
    match record.late_money(&record.payments[at]) {
        Some(LateMoney::Ask) => record.payments[at].accepted = Some((now, by)),
        Some(LateMoney::GivenBack) => {
            return refuse(ProblemCode::RefundDecided, Some("transaction_id"), "the payment was given back");
        }
        _ => {}
    }
    Ok(())
}

/// Does with late money that just came what the merchant's rule says. Cash cannot be given back without a person.
pub fn follow(before: &OrderRecord, after: OrderRecord, rule: LateRule, moment: Moment) -> OrderRecord {
    let mut record = after;
    let new: Vec<PaymentRecord> = record.payments.iter().skip(before.payments.len()).cloned().collect();
    for payment in new.iter().filter(|payment| payment.late) {
        let event = match rule {
            LateRule::Ask => continue,
            LateRule::Refund if payment.is_cash() => continue,
            LateRule::Accept => Event::AcceptMoney {
                channel: payment.channel.clone(),
                transaction_id: payment.transaction_id.clone(),
                by: By::default(),
            },
            LateRule::Refund => Event::AskRefund {
                refund_no: number_of(payment),
                asked: NewRefund {
                    channel: payment.channel.clone(),
                    transaction_id: payment.transaction_id.clone(),
                    amount: payment.amount,
                    currency: payment.currency,
                    reason: REASON.parse().expect("a short text without control characters is a reason"),
                },
                by: By::default(),
                waits_for_manager: false,
            },
        };
        match decide(&record, event, moment) {
            Ok(decision) => record = decision.record,
            Err(conflict) => tracing::error!(
                order_no = %record.order_no, transaction_id = payment.transaction_id, detail = conflict.detail,
                "the rule for late money could not be followed; a person must say"
            ),
        }
    }
    record
}

/// "The order had ended already": the customer reads it.
const REASON: &str = "订单已结束，款项退回";

/// The number of the refund that gives a payment back by rule: always the same for the same payment, so that a ledger that
/// came back from a backup asks for the same refund again.
fn number_of(payment: &PaymentRecord) -> RefundNo {
    let mut digest = Sha256::new();
    for part in ["saoma late money", &payment.channel, &payment.transaction_id] {
        digest.update(part);
        digest.update([0]);
    }
    let hash: [u8; 32] = digest.finalize().into();
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    RefundNo::new(u64::try_from(payment.paid_at.unix_ms()).unwrap_or(0), random)
}
