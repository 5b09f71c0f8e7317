//! What people give back, and what they decide about money that came late or does not match.

use saoma_contract::{LateMoney, RefundNo};
use saoma_engine::{NewRefundWish, RefundWord, SaleView, ShownPayment, Till, TillError};

use crate::oracle::Confirmed;
use crate::people::said;
use crate::together::Deed;
use crate::world::{Event, World};

/// How often people ask one payment back when it does not go.
const TIMES_MAX: u32 = 6;

/// How often while it does not match: WeChat Pay gives back no amount that it did not take, and a person has to look.
const TIMES_MAX_UNMATCHED: u32 = 2;

/// What was asked back of a payment: the number of the refund sheet that is open, and how many there were.
#[derive(Default)]
pub(crate) struct Asked {
    number: Option<RefundNo>,
    times: u32,
}

impl World {
    /// Money is given back as soon as it came.
    pub(crate) async fn refund(&mut self, at: usize) {
        let Some(view) = self.screen_of(at) else { return };
        let of_wechat = |payment: &&ShownPayment| payment.channel == "wechatpay" && payment.left > 0;
        let Some(payment) = view.payments.iter().find(of_wechat) else { return };
        let amount = if self.sales[at].plan.amount % 2 == 0 { payment.left } else { (payment.left + 1) / 2 };
        if !self.give_back(at, &view, payment, amount, "as agreed").await {
            self.later(3_000, Event::Refund(at));
        }
    }

    /// Asks some of a payment back; whether the till has taken that down.
    async fn give_back(
        &mut self,
        at: usize,
        view: &SaleView,
        payment: &ShownPayment,
        amount: i64,
        why: &str,
    ) -> bool {
        let Some(till) = self.phone_of(at).till() else { return false };
        let asked = self.sales[at].asked_back.entry(payment.transaction_id.clone()).or_default();
        let number = asked.number.get_or_insert_with(|| till.new_refund_no()).clone();
        drop(till);
        let wish = NewRefundWish {
            channel: payment.channel.clone(),
            transaction_id: payment.transaction_id.clone(),
            amount,
            reason: why.to_owned(),
        };
        let needs_yes = self.phone_of(at).is_cashier;
        self.shop.floor.oracle().asked_back(view.order_no.as_str(), number.as_str(), needs_yes);
        let giving_back = async |till: Till| till.refund(&view.order_no, &number, wish).await;
        let outcome = self.phone_of(at).ask(giving_back).await;
        if outcome.is_ok() {
            let (till, order_no) = (self.phone_of(at).number, view.order_no.to_string());
            self.shop.floor.oracle().confirmed(till, Confirmed::Refund(order_no));
        }
        self.note(at, format!("{amount} is to be given back: {}", said(&outcome)));
        !matches!(outcome, Err(TillError::Closed | TillError::Storage(_)))
    }

    /// A manager says yes to every refund that still waits for a word.
    pub(crate) async fn answer_all(&mut self) {
        for at in 0..self.sales.len() {
            self.answer(at, 1_000).await;
        }
    }

    /// A manager answers what is requested of a sale: so often of a thousand times with yes.
    async fn answer(&mut self, at: usize, yes: u64) {
        let Some(view) = self.screen_of(at) else { return };
        for refund in view.refunds.iter().filter(|refund| refund.state == RefundWord::Requested) {
            let approves = self.dice.happens(yes);
            self.act_elsewhere(at, Deed::Decide(refund.refund_no.clone(), approves)).await;
        }
    }

    /// A manager looks at all money that waits for a word: late money is kept or given back, money that does not match is
    /// given back, and what did not go is asked back anew.
    pub(crate) async fn settle_money(&mut self) {
        for at in 0..self.sales.len() {
            self.answer(at, 750).await;
            let Some(view) = self.screen_of(at) else { continue };
            let is_cashier = self.phone_of(at).is_cashier;
            for payment in view.payments.iter().chain(&view.mismatches) {
                let is_late = payment.late_money == Some(LateMoney::Ask);
                if !is_late && payment.mismatch.is_none() || payment.left == 0 {
                    continue;
                }
                if is_late && (payment.channel != "wechatpay" || payment.amount % 2 == 0) {
                    if is_cashier {
                        let (channel, id) = (payment.channel.clone(), payment.transaction_id.clone());
                        self.act_elsewhere(at, Deed::Keep(channel, id)).await;
                        continue;
                    }
                    let keeping = async |till: Till| {
                        till.accept_late_money(&view.order_no, &payment.channel, &payment.transaction_id)
                            .await
                    };
                    let outcome = self.phone_of(at).ask(keeping).await;
                    self.note(at, format!("the manager keeps late money: {}", said(&outcome)));
                    continue;
                }
                let asked = self.sales[at].asked_back.entry(payment.transaction_id.clone()).or_default();
                let most = if payment.mismatch.is_some() { TIMES_MAX_UNMATCHED } else { TIMES_MAX };
                // Another try takes another number, once the one before has failed.
                let of_number =
                    view.refunds.iter().find(|refund| Some(&refund.refund_no) == asked.number.as_ref());
                if of_number.is_some_and(|refund| !is_over(refund.state)) || asked.times >= most {
                    continue;
                }
                if of_number.is_some() {
                    asked.number = None;
                }
                asked.times += 1;
                self.give_back(at, &view, payment, payment.left, "it came too late").await;
            }
        }
    }
}

/// Whether another refund must be asked for to have back what is left. Of one that is abnormal the bank has the money.
fn is_over(state: RefundWord) -> bool {
    matches!(
        state,
        RefundWord::Closed
            | RefundWord::Refused
            | RefundWord::Declined
            | RefundWord::Done
            | RefundWord::Abnormal
    )
}
